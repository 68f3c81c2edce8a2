//! From what was counted at the places that were read, to samples of flow logs and VPCs.

use std::collections::{BTreeMap, BTreeSet};

use super::estimate::NotEstimated;
use super::samples::{Sample, SampleOf, Stored};
use super::scale;
use super::whose::{Map, Origin, RecordOf, Whose, whose};
use crate::inventory::Inventory;
use crate::words::{choose, counted};

/// Interfaces that a reason names.
const NAMED: usize = 3;

/// Records that have in common whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Whose they are, as they say themselves.
    pub of: RecordOf,
    /// How many.
    pub records: u64,
    /// Their bytes as lines of text.
    pub text_bytes: u64,
}

/// What was counted at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The place.
    pub origin: Origin,
    /// First second of the span that was read, since the Unix epoch.
    pub from: i64,
    /// First second after it.
    pub to: i64,
    /// Whether somebody asked for that span. If not, it is that of the records.
    pub is_asked: bool,
    /// The records, each once.
    pub tallies: Vec<Tally>,
    /// The objects that they lay in, where these are as a flow log writes them.
    pub stored: Option<Stored>,
    /// How many records would be left with windows of ten minutes, where that was counted.
    pub records_in_ten_minutes: Option<u64>,
}

/// Samples, and what could not be made one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributed {
    /// By flow log or VPC.
    pub samples: Vec<Sample>,
    /// Records that belong to nobody who is known.
    pub not_estimated: Vec<NotEstimated>,
    /// What was supposed, one sentence each.
    pub assumptions: Vec<String>,
}

/// Says of all that was read whose it is.
#[must_use]
pub fn attribute(inventory: &Inventory, readings: &[Reading]) -> Attributed {
    let map = Map::new(inventory);
    let created = created(inventory);
    let mut attributed = Attributed::default();
    for reading in readings {
        let mut shares = Shares::default();
        match whose(inventory, &reading.origin) {
            Whose::One(id) => {
                let of = SampleOf::FlowLog(id.to_owned());
                let tallies = reading.tallies.iter();
                tallies.for_each(|tally| shares.give(&of, tally, 1, 0));
            }
            Whose::Several(flow_logs) => {
                for tally in &reading.tallies {
                    let (ids, is_supposed) = map.flow_logs_of(&tally.of, &flow_logs);
                    let ids = ids.into_iter().map(|id| SampleOf::FlowLog(id.to_owned()));
                    shares.share(&ids.collect::<Vec<_>>(), tally, is_supposed);
                }
            }
            Whose::Vpcs => {
                for tally in &reading.tallies {
                    let vpc = map.vpc_of(&tally.of);
                    let of = vpc.map(|(vpc, _)| SampleOf::Vpc(vpc.to_owned()));
                    let is_supposed = vpc.is_some_and(|(_, is_supposed)| is_supposed);
                    shares.share(of.as_slice(), tally, is_supposed);
                }
            }
        }
        shares.finish(reading, &created, &mut attributed);
    }
    attributed
}

/// When each flow log, and the first one of each VPC, was made.
fn created(inventory: &Inventory) -> BTreeMap<SampleOf, i64> {
    let mut created = BTreeMap::new();
    let flow_logs = inventory.regions.iter().flat_map(|it| &it.flow_logs.items);
    for flow_log in flow_logs {
        let Some(at) = flow_log.creation_time.map(jiff::Timestamp::as_second) else {
            continue;
        };
        created.insert(SampleOf::FlowLog(flow_log.flow_log_id.clone()), at);
        let resource = flow_log.resource_id.clone().unwrap_or_default();
        let first = created.entry(SampleOf::Vpc(resource)).or_insert(at);
        *first = at.min(*first);
    }
    created
}

/// The records of one reading, by whose they are.
#[derive(Debug, Default)]
struct Shares<'r> {
    samples: BTreeMap<SampleOf, Sample>,
    /// Records that are of one of several flow logs.
    divided: u64,
    /// Records whose VPC is only supposed.
    supposed: u64,
    /// Records of nobody, and their interfaces.
    nobody: u64,
    interfaces: BTreeSet<&'r str>,
    all: u64,
}

impl<'r> Shares<'r> {
    /// Gives a tally to those that it may be of, in even parts.
    fn share(&mut self, of: &[SampleOf], tally: &'r Tally, is_supposed: bool) {
        match of.len() as u64 {
            0 => {
                self.all = self.all.saturating_add(tally.records);
                self.nobody = self.nobody.saturating_add(tally.records);
                self.interfaces.extend(tally.of.interface_id.as_deref());
            }
            parts => {
                if parts > 1 {
                    self.divided = self.divided.saturating_add(tally.records);
                }
                if is_supposed {
                    self.supposed = self.supposed.saturating_add(tally.records);
                }
                for (part, of) in (0..parts).zip(of) {
                    self.give(of, tally, parts, part);
                }
            }
        }
    }

    /// Gives one of so many parts of a tally.
    fn give(&mut self, of: &SampleOf, tally: &Tally, parts: u64, part: u64) {
        let cut = |number: u64| scale(number, part + 1, parts) - scale(number, part, parts);
        let (records, text_bytes) = (cut(tally.records), cut(tally.text_bytes));
        let sample = self.samples.entry(of.clone()).or_insert_with(|| Sample {
            of: of.clone(),
            seconds: 0,
            records: 0,
            text_bytes: 0,
            accepted_records: 0,
            rejected_records: 0,
            rejected_text_bytes: Some(0),
            stored: None,
            records_in_ten_minutes: None,
        });
        let add = |sum: &mut u64, number: u64| *sum = sum.saturating_add(number);
        add(&mut self.all, records);
        add(&mut sample.records, records);
        add(&mut sample.text_bytes, text_bytes);
        match tally.of.action.as_deref() {
            Some("ACCEPT") => add(&mut sample.accepted_records, records),
            Some("REJECT") => {
                add(&mut sample.rejected_records, records);
                let rejected = sample.rejected_text_bytes.get_or_insert(0);
                add(rejected, text_bytes);
            }
            _ => {}
        }
    }

    fn finish(
        self,
        reading: &Reading,
        created: &BTreeMap<SampleOf, i64>,
        attributed: &mut Attributed,
    ) {
        self.say(reading, attributed);
        let is_one = self.samples.len() == 1 && self.nobody == 0;
        for (of, sample) in self.samples {
            let created = created.get(&of).copied();
            attributed.samples.push(Sample {
                seconds: seconds(reading, created),
                stored: reading.stored.filter(|_| is_one),
                records_in_ten_minutes: reading.records_in_ten_minutes.filter(|_| is_one),
                ..sample
            });
        }
    }

    fn say(&self, reading: &Reading, attributed: &mut Attributed) {
        let place = place(&reading.origin);
        if self.divided > 0 {
            attributed.assumptions.push(format!(
                "{} of {} of {place} can be those of several flow logs, and are counted to each in even parts",
                self.divided,
                counted(self.all, "record")
            ));
        }
        if self.supposed > 0 {
            attributed.assumptions.push(format!(
                "{} of {} of {place} {} of interfaces that the inventory does not have: they are counted to the only VPC of their account that has a flow log",
                self.supposed,
                counted(self.all, "record"),
                choose(self.supposed, "is", "are")
            ));
        }
        if self.nobody > 0 {
            let named: Vec<&str> = self.interfaces.iter().copied().take(NAMED).collect();
            let named = match (named.len(), self.interfaces.len()) {
                (0, _) => "no interface".to_owned(),
                (few, all) if few < all => format!("{} and {} more", named.join(", "), all - few),
                _ => named.join(", "),
            };
            attributed.not_estimated.push(NotEstimated {
                id: place,
                reason: format!(
                    "{} of its {} {} of no VPC or flow log of the inventory ({named})",
                    self.nobody,
                    counted(self.all, "record"),
                    choose(self.nobody, "is", "are")
                ),
            });
        }
    }
}

/// The span as a flow log had it: where it was asked for, no earlier than the flow log was made.
fn seconds(reading: &Reading, created: Option<i64>) -> u64 {
    let within = created.filter(|at| reading.is_asked && (reading.from..reading.to).contains(at));
    let from = within.unwrap_or(reading.from);
    u64::try_from(reading.to.saturating_sub(from)).unwrap_or_default()
}

fn place(origin: &Origin) -> String {
    match origin {
        Origin::FlowLog(id) => id.clone(),
        Origin::LogGroup { name, .. } => format!("log group {name}"),
        Origin::Unnamed => "files without the name of a flow log".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::*;

    const DAY: i64 = 86_400;

    fn tally(interface: &str, action: Option<&str>, records: u64) -> Tally {
        Tally {
            of: RecordOf {
                interface_id: Some(interface.to_owned()),
                action: action.map(str::to_owned),
                ..RecordOf::default()
            },
            records,
            text_bytes: records * 100,
        }
    }

    fn reading(origin: Origin, tallies: Vec<Tally>) -> Reading {
        Reading {
            origin,
            from: 0,
            to: DAY,
            is_asked: true,
            tallies,
            stored: None,
            records_in_ten_minutes: Some(7),
        }
    }

    fn eni_of(inventory: &Inventory) -> String {
        inventory.regions[0].network_interfaces.items[0]
            .network_interface_id
            .clone()
    }

    #[test]
    fn objects_of_a_flow_log_are_its_sample() {
        let inventory = with(vec![flow_log("fl-1", "vpc-1")]);
        let tallies = vec![
            tally("eni-gone", Some("ACCEPT"), 10),
            tally("eni-gone", Some("REJECT"), 4),
            tally("eni-gone", None, 1),
        ];
        let origin = Origin::FlowLog("fl-1".to_owned());
        let found = attribute(&inventory, &[reading(origin, tallies)]);
        let expected = Sample {
            of: SampleOf::FlowLog("fl-1".to_owned()),
            seconds: 86_400,
            records: 15,
            text_bytes: 1500,
            accepted_records: 10,
            rejected_records: 4,
            rejected_text_bytes: Some(400),
            stored: None,
            records_in_ten_minutes: Some(7),
        };
        assert_eq!(found.samples, [expected]);
        assert_eq!((found.not_estimated, found.assumptions), (vec![], vec![]));
    }

    #[test]
    fn files_without_a_name_are_those_of_vpcs() {
        let inventory = with(vec![flow_log("fl-1", "vpc-1")]);
        let here = eni_of(&inventory);
        let tallies = vec![
            tally(&here, Some("ACCEPT"), 10),
            tally("eni-b", Some("ACCEPT"), 3),
            tally("eni-a", Some("ACCEPT"), 2),
        ];
        let found = attribute(&inventory, &[reading(Origin::Unnamed, tallies)]);
        assert_eq!(found.samples.len(), 1);
        assert_eq!(found.samples[0].of, SampleOf::Vpc("vpc-1".to_owned()));
        assert_eq!(found.samples[0].records, 10);
        assert_eq!(
            found.not_estimated[0].reason,
            "5 of its 15 records are of no VPC or flow log of the inventory (eni-a, eni-b)"
        );
    }

    #[test]
    fn what_can_be_of_several_is_divided_and_said() {
        let inventory = with(vec![
            flow_log("fl-1", "vpc-1"),
            flow_log("fl-2", "subnet-1"),
        ]);
        let origin = Origin::LogGroup {
            region: None,
            name: "/vpc/flow-logs".to_owned(),
        };
        let here = eni_of(&inventory);
        let found = attribute(
            &inventory,
            &[reading(origin, vec![tally(&here, Some("ACCEPT"), 11)])],
        );
        let records: Vec<u64> = found.samples.iter().map(|sample| sample.records).collect();
        assert_eq!(records, [5, 6]);
        assert!(
            found.assumptions[0].starts_with("11 of 11 records of log group /vpc/flow-logs"),
            "{:?}",
            found.assumptions
        );
    }

    #[test]
    fn a_flow_log_that_is_younger_than_the_span_is_measured_from_its_beginning() {
        let inventory = with(vec![flow_log("fl-1", "vpc-1")]);
        let made = inventory.regions[0].flow_logs.items[0]
            .creation_time
            .expect("it has one")
            .as_second();
        let origin = || Origin::FlowLog("fl-1".to_owned());
        let seconds = |from: i64, is_asked: bool| {
            let reading = Reading {
                from,
                to: made + DAY,
                is_asked,
                ..reading(origin(), vec![tally("eni-1", None, 1)])
            };
            attribute(&inventory, &[reading]).samples[0].seconds
        };
        assert_eq!(seconds(made - DAY, true), 86_400);
        assert_eq!(seconds(made + 3600, true), 82_800);
        assert_eq!(seconds(made - DAY, false), 172_800, "records are there");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_added(counts in prop::collection::vec((0_u64..1000, 0_usize..3), 0..12)) {
            let inventory = with(vec![flow_log("fl-1", "vpc-1"), flow_log("fl-2", "subnet-1")]);
            let here = eni_of(&inventory);
            let tallies = counts.iter().map(|(records, which)| {
                let interface = if *which == 0 { "eni-gone" } else { &here };
                tally(interface, [None, Some("ACCEPT"), Some("REJECT")][*which], *records)
            });
            let all: u64 = counts.iter().map(|(records, _)| records).sum();
            let lost: u64 = counts.iter().filter(|(_, which)| *which == 0).map(|(records, _)| records).sum();
            let origin = Origin::LogGroup { region: None, name: "/vpc/flow-logs".to_owned() };
            let found = attribute(&inventory, &[reading(origin, tallies.collect())]);
            let given: u64 = found.samples.iter().map(|sample| sample.records).sum();
            prop_assert_eq!(given, all - lost);
            let bytes: u64 = found.samples.iter().map(|sample| sample.text_bytes).sum();
            prop_assert_eq!(bytes, given * 100);
        }
    }
}
