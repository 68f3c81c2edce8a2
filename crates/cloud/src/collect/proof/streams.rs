//! Which flow logs may have written to a log stream, as far as its name and what was read tell.

use std::collections::{BTreeMap, HashMap};

use flowcover_core::inventory::{FlowLog, NetworkInterface, ResourceKind};
use flowcover_record::{StreamName, TrafficType};
use jiff::Timestamp;

use super::Wish;
use crate::collect::Place;

/// A log stream with events in the time searched.
pub(super) struct Stream {
    pub(super) name: String,
    /// What the name tells; the user guide promises no form.
    pub(super) parsed: Option<StreamName>,
    /// Time of the newest event.
    pub(super) at: Timestamp,
}

/// The network interfaces that were read, of all places.
pub(super) struct Interfaces<'a>(HashMap<&'a str, &'a NetworkInterface>);

impl<'a> Interfaces<'a> {
    pub(super) fn of(places: &'a [Place]) -> Self {
        let listed = places
            .iter()
            .flat_map(|place| &place.region.network_interfaces.items);
        Self(
            listed
                .map(|eni| (eni.network_interface_id.as_str(), eni))
                .collect(),
        )
    }
}

/// What the streams of a group tell of one flow log.
#[derive(Default)]
pub(super) struct Seen<'s> {
    /// The newest stream that no other flow log can have written.
    pub(super) newest: Option<&'s Stream>,
    /// Newest event of a stream that may be this flow log's or another's.
    pub(super) doubtful: Option<Timestamp>,
    /// Newest event by interface, also of streams that others may have written.
    pub(super) interfaces: BTreeMap<String, Timestamp>,
}

/// Whether a flow log writes to a stream if it delivers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writes {
    No,
    Perhaps,
    Surely,
}

/// The flow logs that deliver to one log group.
pub(super) struct Writers<'a> {
    pub(super) wishes: &'a [Wish<'a>],
    pub(super) interfaces: &'a Interfaces<'a>,
    /// Whether no other flow log delivers there, as far as can be known.
    pub(super) all: bool,
}

impl Writers<'_> {
    /// What the streams tell of each flow log, in their order.
    pub(super) fn seen<'s>(&self, streams: &'s [Stream]) -> Vec<Seen<'s>> {
        let mut seen: Vec<Seen<'s>> = self.wishes.iter().map(|_| Seen::default()).collect();
        for stream in streams {
            let eni = stream.parsed.as_ref();
            let eni = eni.and_then(|name| self.interfaces.0.get(name.eni.as_str()).copied());
            let writes = |&wish: &Wish<'_>| match writes_kind(wish.1, stream) {
                Writes::No => Writes::No,
                kind => reaches(wish, stream, eni).at_most(kind),
            };
            let writes: Vec<Writes> = self.wishes.iter().map(writes).collect();
            self.note(stream, &writes, &mut seen);
            if writes.iter().all(|&it| it == Writes::No) {
                // Written by a flow log that is gone or was not read, or named otherwise than is known.
                for (seen, &wish) in seen.iter_mut().zip(self.wishes) {
                    if reaches(wish, stream, eni) != Writes::No {
                        seen.doubt(stream.at);
                    }
                }
            }
        }
        seen
    }

    fn note<'s>(&self, stream: &'s Stream, writes: &[Writes], seen: &mut [Seen<'s>]) {
        let mut writers = self.wishes.iter().zip(writes);
        let first = writers.find(|(_, writes)| **writes != Writes::No);
        let of_one = first.is_some_and(|(first, _)| {
            writers.all(|(other, &writes)| writes == Writes::No || same_records(first.1, other.1))
        });
        for (seen, &writes) in seen.iter_mut().zip(writes) {
            match writes {
                Writes::No => continue,
                Writes::Surely if of_one => seen.prove(stream),
                Writes::Perhaps if of_one && self.all => seen.prove(stream),
                Writes::Surely | Writes::Perhaps => seen.doubt(stream.at),
            }
            seen.note_interface(stream);
        }
    }
}

impl Writes {
    fn at_most(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Surely, Self::Surely) => Self::Surely,
            _ => Self::Perhaps,
        }
    }
}

impl<'s> Seen<'s> {
    fn prove(&mut self, stream: &'s Stream) {
        if self.newest.is_none_or(|newest| newest.at < stream.at) {
            self.newest = Some(stream);
        }
    }

    fn doubt(&mut self, at: Timestamp) {
        self.doubtful = self.doubtful.max(Some(at));
    }

    fn note_interface(&mut self, stream: &Stream) {
        if let Some(name) = &stream.parsed {
            let newest = self.interfaces.entry(name.eni.clone()).or_insert(stream.at);
            *newest = stream.at.max(*newest);
        }
    }
}

/// Two flow logs of the same traffic of the same resource: each record of one is one of the other, so they need not be
/// told apart.
fn same_records(one: &FlowLog, other: &FlowLog) -> bool {
    one.resource_id.is_some()
        && one.resource_id == other.resource_id
        && one.traffic_type == other.traffic_type
}

/// By the traffic that the name of the stream tells, as met in practice: `-reject` is not of a flow log of `ACCEPT`.
fn writes_kind(log: &FlowLog, stream: &Stream) -> Writes {
    let records = log.traffic_type.as_ref();
    let records: Option<TrafficType> = records.and_then(|it| it.as_str().parse().ok());
    match (records, &stream.parsed) {
        (Some(records), Some(name)) if records == name.traffic_type => Writes::Surely,
        (Some(_), Some(_)) => Writes::No,
        _ => Writes::Perhaps,
    }
}

/// By the interface that the name of the stream tells; `eni` is what was read of it. An interface that was not read may
/// be gone by now: then its VPC is not known.
fn reaches((place, log): Wish<'_>, stream: &Stream, eni: Option<&NetworkInterface>) -> Writes {
    let Some(name) = &stream.parsed else {
        return Writes::Perhaps;
    };
    let resource_id = log.resource_id.as_deref();
    let lies_in =
        |parent: fn(&NetworkInterface) -> Option<&str>| match eni.map(|eni| (eni, parent(eni))) {
            None | Some((_, None)) => Writes::Perhaps,
            Some((_, parent)) if parent != resource_id => Writes::No,
            // In a shared VPC an account is not shown all interfaces that its flow log is about.
            Some((eni, _))
                if eni
                    .owner_id
                    .as_ref()
                    .is_some_and(|id| *id != place.region.account_id) =>
            {
                Writes::Perhaps
            }
            Some(_) => Writes::Surely,
        };
    match log.resource_kind() {
        ResourceKind::Vpc => lies_in(|eni| eni.vpc_id.as_deref()),
        ResourceKind::Subnet => lies_in(|eni| eni.subnet_id.as_deref()),
        ResourceKind::NetworkInterface if resource_id == Some(name.eni.as_str()) => Writes::Surely,
        ResourceKind::NetworkInterface => Writes::No,
        // How their streams are named is not documented. At least an interface of another kind is not theirs.
        _ => {
            let kind = eni.and_then(|eni| eni.interface_type.as_deref());
            if kind.is_none_or(|kind| kind.contains("gateway")) {
                Writes::Perhaps
            } else {
                Writes::No
            }
        }
    }
}
