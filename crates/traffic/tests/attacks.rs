//! What holds for attacks that are hidden.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_record::{LogFormat, LogStatus, Record};
use flowcover_traffic::{
    Hidden, Label, Object, Party, Settings, Technique, Traffic, VERSION_5_FORMAT, Variant,
};

fn format() -> LogFormat {
    LogFormat::parse(VERSION_5_FORMAT).expect("well-formed")
}

fn settings(hidden: Vec<Hidden>) -> Settings {
    Settings {
        minutes: 2 * 24 * 60,
        records: 60_000,
        format: format(),
        hidden,
        ..Settings::default()
    }
}

fn traffic(settings: Settings) -> Traffic {
    Traffic::new(settings).expect("the settings are valid")
}

fn everything(variant: Variant) -> Vec<Hidden> {
    let all = Technique::all().map(|technique| Hidden::Attack(technique, variant));
    all.collect()
}

fn objects(traffic: &Traffic) -> impl Iterator<Item = Object> {
    (0..traffic.bins()).flat_map(|bin| traffic.bin(bin))
}

/// Every line but the headers, and how often it is there.
fn lines(traffic: &Traffic) -> BTreeMap<String, u32> {
    let mut lines = BTreeMap::new();
    for object in objects(traffic) {
        let text = String::from_utf8(object.text).expect("records are ASCII");
        for line in text.lines().skip(1) {
            *lines.entry(line.to_owned()).or_default() += 1;
        }
    }
    lines
}

/// A row with traffic, as the interface saw it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    interface: String,
    source: String,
    destination: String,
    ports: (u16, u16),
    protocol: i64,
    start: i64,
    end: i64,
    bytes: u64,
}

fn seen(format: &LogFormat, line: &str) -> Option<Seen> {
    let record = Record::parse(format, line.as_bytes()).expect("it is a record");
    (record.log_status() == Some(LogStatus::Ok)).then(|| Seen {
        interface: record.text("interface-id").expect("it has one").to_owned(),
        source: record.text("srcaddr").expect("it has one").to_owned(),
        destination: record.text("dstaddr").expect("it has one").to_owned(),
        ports: ["srcport", "dstport"]
            .map(|name| record.int(name).unwrap_or_default() as u16)
            .into(),
        protocol: record.int("protocol").unwrap_or_default(),
        start: record.int("start").unwrap_or_default(),
        end: record.int("end").unwrap_or_default(),
        bytes: record.int("bytes").unwrap_or_default() as u64,
    })
}

#[test]
fn the_same_seed_gives_the_same_attacks() {
    let of = |seed| {
        let traffic = traffic(Settings {
            seed,
            habits: true,
            minutes: 60,
            ..settings(everything(Variant::Realistic))
        });
        let texts: Vec<_> = objects(&traffic).map(|object| object.text).collect();
        (texts, traffic.labels().to_vec())
    };
    assert_eq!(of(5), of(5));
    assert_ne!(of(5), of(6));
}

/// A window in which an attack fills the silence is no `NODATA` any more; nothing else goes away.
#[test]
fn all_other_traffic_is_the_same_with_attacks_and_without() {
    for (variant, habits) in [
        (Variant::Easy, false),
        (Variant::Realistic, true),
        (Variant::Evasive, true),
    ] {
        let mut hidden = everything(variant);
        hidden.retain(|one| one.technique() != Technique::RecordingStopped);
        let of = |hidden| {
            lines(&traffic(Settings {
                habits,
                ..settings(hidden)
            }))
        };
        let (without, with) = (of(Vec::new()), of(hidden));
        for (line, count) in &without {
            if !line.ends_with('-') && line.contains(" OK ") || line.contains(" SKIPDATA ") {
                assert!(with.get(line) >= Some(count), "{line}");
            }
        }
        let flows = |lines: &BTreeMap<String, u32>| -> u32 {
            let own = lines.iter().filter(|(line, _)| line.contains(" OK "));
            own.map(|(_, count)| count).sum()
        };
        assert!(flows(&with) > flows(&without) + 5000);
    }
}

/// What there is with the attack and is not without it, as the labelled interface saw it.
fn added(without: &BTreeMap<String, u32>, settings: Settings) -> (Label, Vec<Seen>) {
    let traffic = traffic(settings);
    let label = traffic.labels()[0].clone();
    let mut rows = Vec::new();
    let format = format();
    for (line, count) in lines(&traffic) {
        if count > without.get(&line).copied().unwrap_or_default() {
            rows.extend(seen(&format, &line));
        }
    }
    (label, rows)
}

#[test]
fn labels_tell_what_is_in_the_records() {
    let a_few_hours = |hidden| Settings {
        minutes: 6 * 60,
        records: 8_000,
        ..settings(hidden)
    };
    let without = lines(&traffic(a_few_hours(Vec::new())));
    for hidden in Variant::ALL.into_iter().flat_map(everything) {
        if hidden.technique() == Technique::RecordingStopped {
            continue;
        }
        let (label, rows) = added(&without, a_few_hours(vec![hidden]));
        let own: Vec<&Seen> = rows
            .iter()
            .filter(|row| row.interface == label.interface_id)
            .collect();
        assert!(!own.is_empty(), "{label:?}");
        for row in &rows {
            let within = label.start <= row.start && row.end <= label.end;
            assert!(within, "{label:?} {row:?}");
        }
        let is = |party: Party, address: &str| match party {
            Party::One(one) => one.to_string() == address,
            Party::Many => true,
        };
        let there = |row: &&&Seen| {
            let to_server = is(label.client, &row.source) && is(label.server, &row.destination);
            let port = label.server_ports.is_empty() && row.ports.1 == 0;
            to_server && (port || label.server_ports.contains(&row.ports.1))
        };
        let mut ports: BTreeSet<u16> = own.iter().filter(there).map(|row| row.ports.1).collect();
        ports.remove(&0);
        // Of a sweep, a server sees itself only; the label is about who sweeps.
        let labelled: BTreeSet<u16> = label.server_ports.iter().copied().collect();
        assert_eq!(ports, labelled, "{label:?}");
        let bytes: u64 = own.iter().filter(there).map(|row| row.bytes).sum();
        if let (Party::One(_), Party::One(_)) = (label.client, label.server) {
            assert_eq!(bytes, label.bytes_to_server, "{label:?}");
        }
        assert!(label.bytes_to_server > 0);
    }
}

#[test]
fn labels_count_the_connections_that_there_really_were() {
    for variant in Variant::ALL {
        let count = |hidden| {
            let traffic = traffic(settings(hidden));
            let all = (0..traffic.bins()).map(|bin| traffic.connections(bin).len());
            let labels = traffic.labels().to_vec();
            (all.sum::<usize>(), labels)
        };
        let (with, labels) = count(everything(variant));
        let (without, _) = count(Vec::new());
        let labelled: usize = labels.iter().map(|label| label.connections).sum();
        assert_eq!(with - without, labelled);
    }
}

#[test]
fn an_interface_that_stopped_writes_nothing_at_all() {
    for variant in Variant::ALL {
        let traffic = traffic(settings(vec![Hidden::Attack(
            Technique::RecordingStopped,
            variant,
        )]));
        let label = &traffic.labels()[0];
        let (mut before, mut during, mut after, mut skipped) = (0, 0, 0, 0);
        for line in lines(&traffic).keys() {
            let format = format();
            let record = Record::parse(&format, line.as_bytes()).expect("it is a record");
            if record.text("interface-id") != Some(&label.interface_id) {
                continue;
            }
            let end = record.int("end").expect("every row has one");
            match record.log_status() {
                _ if end < label.start => before += 1,
                _ if end > label.end => after += 1,
                Some(LogStatus::SkipData) => skipped += 1,
                _ => during += 1,
            }
        }
        // At least a row a minute.
        assert!(
            i64::from(before) > (label.start - 1_792_368_000) / 61,
            "{before}"
        );
        assert_eq!(during, 0);
        assert_eq!(skipped, i32::from(variant == Variant::Easy));
        assert_eq!(after > 0, variant == Variant::Evasive);
        let own = |one: &flowcover_traffic::TrafficHost| one.interface_id == label.interface_id;
        let host = traffic.hosts().into_iter().find(own).expect("it is ours");
        assert_eq!(label.client, Party::One(host.address));
    }
}
