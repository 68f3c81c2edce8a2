//! What a host of ours sent to one place outside.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::Address;
use crate::baseline::Baseline;
use crate::finding::{Ends, Found};
use crate::flow::Flow;
use crate::hours::Hours;
use crate::keyed::State;
use crate::parameters::Unit;

/// Sums over the flows from one of ours to one place outside. Joining does not depend on who saw which flows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    /// Bytes that went there, by hour.
    pub(crate) bytes: Hours,
    /// Bytes that came back.
    pub(crate) back: u64,
    /// Flows.
    pub(crate) flows: u64,
    /// Unix seconds: the first began.
    pub(crate) first: i64,
    last: i64,
    point: u64,
    /// The lowest of the addresses there.
    lowest: Option<Address>,
    /// The highest of them.
    highest: Option<Address>,
}

impl Sent {
    pub(crate) fn add(&mut self, flow: &Flow) {
        self.stretch(flow.start, flow.end, flow.point, flow.server, flow.server);
        self.bytes.add(flow.start, flow.bytes_to_server);
        self.back = self.back.saturating_add(flow.bytes_to_client);
        self.flows += 1;
    }

    fn stretch(&mut self, first: i64, last: i64, point: u64, lowest: Address, highest: Address) {
        if self.flows == 0 {
            (self.first, self.last, self.point) = (first, last, point);
        } else {
            self.first = self.first.min(first);
            self.last = self.last.max(last);
            self.point = self.point.min(point);
        }
        self.lowest = Some(self.lowest.map_or(lowest, |mine| mine.min(lowest)));
        self.highest = self.highest.max(Some(highest));
    }

    /// Whether most of it went out: of a download, little does.
    pub(crate) fn is_upload(&self) -> bool {
        self.bytes.total() >= self.back
    }

    /// The address there; none if there were several.
    pub(crate) fn server(&self) -> Option<Address> {
        self.lowest.filter(|_| self.lowest == self.highest)
    }

    /// The address there, or the lowest of several.
    pub(crate) fn server_or_lowest(&self) -> Option<Address> {
        self.lowest
    }

    /// A finding about it. Where there were several addresses, the lowest stands for all in the sentence only.
    pub(crate) fn found(&self, client: Address, message: String) -> Found {
        let ends = Ends {
            client: Some(client),
            server: self.server(),
            ..Ends::default()
        };
        let found = Found {
            ends,
            message,
            first: self.first,
            last: self.last,
            point: Some(self.point),
            hours: self.bytes.clone(),
            weight: self.bytes.total(),
            ..Found::default()
        };
        found
            .with("bytes_to_server", self.bytes.total() as f64, Unit::Bytes)
            .with("bytes_to_client", self.back as f64, Unit::Bytes)
            .with_count("flows", self.flows)
    }

    /// The address there, or the lowest of several.
    pub(crate) fn place(&self) -> String {
        match (self.server(), self.lowest) {
            (Some(server), _) => server.to_string(),
            (None, Some(lowest)) => format!("{lowest} and others"),
            (None, None) => "nobody".to_owned(),
        }
    }
}

impl State for Sent {
    fn weight(&self) -> u64 {
        self.bytes.total()
    }

    fn heap(&self) -> usize {
        self.bytes.heap()
    }

    fn join(&mut self, other: Self) {
        let (Some(lowest), Some(highest)) = (other.lowest, other.highest) else {
            return;
        };
        self.stretch(other.first, other.last, other.point, lowest, highest);
        self.bytes.join(&other.bytes);
        self.back = self.back.saturating_add(other.back);
        self.flows += other.flows;
    }
}

/// Bytes that each of these hosts sent outside on its busiest day before that moment, in the baseline and in what was seen.
pub(crate) fn busiest_before<'s>(
    hosts: impl Iterator<Item = Address>,
    seen: impl Iterator<Item = (Address, &'s Sent)>,
    from: i64,
    baseline: Option<&Baseline>,
) -> HashMap<Address, u64> {
    let mut days: HashMap<Address, BTreeMap<i64, u64>> = hosts
        .map(|host| {
            let past = baseline.map_or_else(Vec::new, |baseline| baseline.sent_by_day(host));
            (host, past.into_iter().collect())
        })
        .collect();
    for (host, sent) in seen {
        let Some(days) = days.get_mut(&host) else {
            continue;
        };
        for (day, bytes) in sent.bytes.days() {
            if day < from {
                let sum = days.entry(day).or_default();
                *sum = sum.saturating_add(bytes);
            }
        }
    }
    let most = |days: BTreeMap<i64, u64>| days.into_values().max().unwrap_or(0);
    days.into_iter()
        .map(|(host, days)| (host, most(days)))
        .collect()
}
