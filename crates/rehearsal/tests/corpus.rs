//! What the corpus promises, held against its records.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::LazyLock;

use flowcover_record::{LogFormat, LogStatus, ObjectKey, Record};
use flowcover_rehearsal::{
    Country, CrossTenant, Label, Labels, Object, RecordFormat, Rehearsal, Settings, Technique,
    Variant, Window,
};

fn small() -> Settings {
    Settings {
        days: 3,
        hosts: 24,
        instances: 1,
        ..Settings::default()
    }
}

/// Every technique in every variant, twice.
fn full() -> Settings {
    Settings {
        seed: 7,
        days: 9,
        hosts: 30,
        variants: Variant::ALL.to_vec(),
        ..Settings::default()
    }
}

fn objects(settings: Settings) -> Rehearsal {
    Rehearsal::new(settings).unwrap()
}

fn lines(object: &Object) -> impl Iterator<Item = &[u8]> {
    let lines = object.text.split(|byte| *byte == b'\n').skip(1);
    lines.filter(|line| !line.is_empty())
}

fn hash(bytes: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn same_settings_give_the_same_bytes() {
    let all = |settings: Settings| -> Vec<_> {
        objects(settings)
            .map(|object| (object.key.clone(), hash(object.gzip())))
            .collect()
    };
    let first = all(small());
    assert!(first.len() > 3 * 288, "{}", first.len());
    assert_eq!(first, all(small()));
    let other = Settings { seed: 2, ..small() };
    assert_ne!(first, all(other.clone()));
    let labels = |settings| objects(settings).labels();
    assert_eq!(labels(small()), labels(small()));
    assert_ne!(labels(small()).labels, labels(other).labels);
}

#[test]
fn every_record_is_read_and_written_alike() {
    for (format, window) in [
        (RecordFormat::Version5, Window::TenMinutes),
        (RecordFormat::Version5, Window::Minute),
        (RecordFormat::Default, Window::TenMinutes),
    ] {
        let settings = Settings {
            format,
            window,
            ..small()
        };
        let log_format = format.log_format();
        let width = if window == Window::Minute { 60 } else { 600 };
        let mut statuses = BTreeMap::new();
        for object in objects(settings) {
            let key = ObjectKey::parse(&object.key).unwrap();
            assert!(object.text.starts_with(log_format.header().as_bytes()));
            assert_eq!(lines(&object).count() as u64, object.records);
            for line in lines(&object) {
                let record = Record::parse(&log_format, line).unwrap();
                assert_eq!(record.encode().as_bytes(), line);
                check_record(&record, &key, width);
                *statuses
                    .entry(record.text("log-status").unwrap().to_owned())
                    .or_insert(0) += 1;
            }
        }
        assert!(statuses["OK"] > 50_000, "{statuses:?}");
        assert!(statuses.contains_key("NODATA"), "{statuses:?}");
    }
}

/// What holds of every record, whatever it tells.
fn check_record(record: &Record<'_>, key: &ObjectKey, width: i64) {
    let (start, end) = (record.int("start").unwrap(), record.int("end").unwrap());
    assert!(
        start <= end && end - start <= width + 60,
        "{}",
        record.encode()
    );
    let bin = key.bin.start().as_second()..key.bin.end().as_second();
    assert!(bin.contains(&end), "{}", record.encode());
    assert_eq!(
        record.text("account-id"),
        Some(key.layout.account_id.as_str())
    );
    if record.log_status() != Some(LogStatus::Ok) {
        assert_eq!(record.text("srcaddr"), None);
        return;
    }
    let (packets, bytes) = (record.int("packets").unwrap(), record.int("bytes").unwrap());
    assert!(packets > 0 && bytes >= packets * 28, "{}", record.encode());
    if record.format().contains("tcp-flags") {
        let is_tcp = record.int("protocol") == Some(6);
        assert_eq!(
            record.int("tcp-flags").is_some(),
            is_tcp,
            "{}",
            record.encode()
        );
        let six = record.text("srcaddr").unwrap().contains(':');
        assert_eq!(record.text("type"), Some(if six { "IPv6" } else { "IPv4" }));
    }
}

#[test]
fn hosts_keep_who_they_are() {
    let format = RecordFormat::Version5.log_format();
    let mut known: HashMap<String, (String, BTreeSet<String>, BTreeSet<i64>)> = HashMap::new();
    let settings = Settings {
        days: 8,
        variants: Vec::new(),
        ..small()
    };
    for object in objects(settings) {
        for line in lines(&object) {
            let record = Record::parse(&format, line).unwrap();
            let text = |name| record.text(name).unwrap_or("-").to_owned();
            let who = [text("instance-id"), text("vpc-id"), text("subnet-id")].join(" ");
            let entry = known.entry(text("interface-id"));
            let (is, addresses, days) =
                entry.or_insert((who.clone(), BTreeSet::new(), BTreeSet::new()));
            assert_eq!(*is, who);
            days.insert(record.int("end").unwrap() / 86_400);
            if record.log_status() == Some(LogStatus::Ok) {
                let own = if record.text("flow-direction") == Some("egress") {
                    text("srcaddr")
                } else {
                    text("dstaddr")
                };
                addresses.insert(own);
            }
        }
    }
    let stand = known.values().filter(|(.., days)| days.len() >= 8).count();
    // 24 hosts, 4 nodes of load balancers, 3 NAT gateways, 3 endpoints.
    assert_eq!(stand, 34);
    assert!(known.len() > stand, "some come and go");
    for (is, addresses, _) in known.values() {
        let four = addresses
            .iter()
            .filter(|address| !address.contains(':'))
            .count();
        assert!(four == 1 && addresses.len() <= 2, "{is} {addresses:?}");
    }
}

#[test]
fn days_have_a_rhythm() {
    let settings = Settings {
        days: 7,
        variants: Vec::new(),
        ..small()
    };
    let from = settings.from;
    let mut by_hour = vec![0_u64; 7 * 24];
    for object in objects(settings) {
        let bin = ObjectKey::parse(&object.key)
            .unwrap()
            .bin
            .start()
            .as_second();
        if let Some(count) = by_hour.get_mut(usize::try_from((bin - from) / 3600).unwrap()) {
            *count += object.records;
        }
    }
    let of = |day: usize, hour: usize| by_hour[day * 24 + hour];
    for day in 0..5 {
        assert!(of(day, 10) * 10 > of(day, 3) * 13, "day {day}");
        assert!(
            of(day, 10) > of(5, 10) && of(day, 10) > of(6, 10),
            "day {day}"
        );
    }
}

/// A corpus with attacks, held against the same without.
struct Held {
    labels: Labels,
    /// Lines that only the corpus with attacks has.
    added: Vec<String>,
    /// How many lines of the background it lacks.
    gone: usize,
    /// How many lines of interfaces that are silent for a while the background has in that while.
    silenced: usize,
    /// How many of them the corpus with attacks has.
    left: usize,
}

static HELD: LazyLock<Held> = LazyLock::new(|| {
    let labels = objects(full()).labels();
    let quiet = Settings {
        variants: Vec::new(),
        ..full()
    };
    let mut background: HashMap<u64, u32> = HashMap::new();
    let (mut silenced, mut left, mut added) = (0, 0, Vec::new());
    for object in objects(quiet) {
        for line in lines(&object).filter(|line| !is_empty(line)) {
            silenced += usize::from(is_silenced(&labels, line));
            *background.entry(hash((&object.key, line))).or_insert(0) += 1;
        }
    }
    for object in objects(full()) {
        for line in lines(&object).filter(|line| !is_empty(line)) {
            left += usize::from(is_silenced(&labels, line));
            match background.get_mut(&hash((&object.key, line))) {
                Some(count) if *count > 0 => *count -= 1,
                _ => added.push(String::from_utf8(line.to_vec()).unwrap()),
            }
        }
    }
    Held {
        labels,
        added,
        gone: background.values().map(|count| *count as usize).sum(),
        silenced,
        left,
    }
});

/// Whether it says that there was no traffic: an attack may take that back.
fn is_empty(line: &[u8]) -> bool {
    line.windows(7).any(|word| word == b" NODATA")
}

fn is_silenced(labels: &Labels, line: &[u8]) -> bool {
    let eni = line.split(|byte| *byte == b' ').nth(2).unwrap();
    let of = labels.labels.iter().filter(|label| {
        label.detection == Technique::RecordingStopped && label.interface_id.as_bytes() == eni
    });
    let start = || Record::parse(&FORMAT, line).unwrap().int("start").unwrap();
    of.into_iter()
        .any(|label| (label.start..label.end).contains(&start()))
}

static FORMAT: LazyLock<LogFormat> = LazyLock::new(|| RecordFormat::Version5.log_format());

fn address(record: &Record<'_>, name: &str) -> IpAddr {
    record.text(name).unwrap().parse().unwrap()
}

/// The port that was called, if the record is one of the attack's, at the interface that the label names and from
/// client to server.
fn part_of(label: &Label, record: &Record<'_>) -> Option<i64> {
    if record.text("interface-id") != Some(&label.interface_id) {
        return None;
    }
    let (start, end) = (record.int("start")?, record.int("end")?);
    if start < label.start || end > label.end + 60 {
        return None;
    }
    let (client, server) = (address(record, "srcaddr"), address(record, "dstaddr"));
    let port = record.int("dstport")?;
    let ports = &label.server_ports;
    (label.client.is_none_or(|wanted| wanted == client)
        && label.server.is_none_or(|wanted| wanted == server)
        && (ports.is_empty() || ports.iter().any(|wanted| i64::from(*wanted) == port)))
    .then_some(port)
}

fn added() -> Vec<Record<'static>> {
    let parse = |line: &'static String| Record::parse(&FORMAT, line.as_bytes()).unwrap();
    HELD.added.iter().map(parse).collect()
}

#[test]
fn labels_are_true() {
    let records = added();
    for technique in Technique::all() {
        for variant in Variant::ALL {
            let labels = HELD.labels.labels.iter();
            let of = labels.filter(|l| l.detection == technique && l.variant == variant);
            let of: Vec<_> = of.collect();
            assert_eq!(of.len(), 2, "{technique:?}");
            for label in of {
                check_label(label, &records);
            }
        }
    }
}

#[test]
fn nothing_is_added_that_no_label_tells_of() {
    for record in added() {
        // The outer side of a NAT gateway names it, and not the client.
        if record.text("instance-id").is_none() {
            continue;
        }
        let ends = [
            address(&record, "pkt-srcaddr"),
            address(&record, "pkt-dstaddr"),
        ];
        let (start, end) = (record.int("start").unwrap(), record.int("end").unwrap());
        let tells = |label: &Label| {
            let named = [label.client, label.server].into_iter().flatten();
            named.clone().any(|address| ends.contains(&address))
                && start >= label.start
                && end <= label.end + 60
        };
        assert!(HELD.labels.labels.iter().any(tells), "{}", record.encode());
    }
}

fn check_label(label: &Label, records: &[Record<'_>]) {
    let labels = &HELD.labels;
    let third = labels.to - (labels.to - labels.from) / 3;
    assert!(label.start >= third && label.end <= labels.to, "{label:?}");
    if label.detection == Technique::RecordingStopped {
        assert!(label.end > label.start);
        return;
    }
    let found: Vec<_> = records.iter().filter_map(|r| part_of(label, r)).collect();
    let expected = label.connections;
    // A window in some thousands is skipped in part.
    assert!(
        found.len() as u64 * 100 >= expected * 95,
        "{} of {label:?}",
        found.len()
    );
    let ports: BTreeSet<_> = found.iter().copied().filter(|port| *port != 0).collect();
    assert!(
        ports.len() * 100 >= label.server_ports.len() * 95,
        "{label:?}"
    );
}

#[test]
fn attacks_leave_the_background_as_it_is_but_where_recording_stops() {
    assert_eq!(HELD.left, 0, "nothing is recorded there");
    assert!(
        HELD.silenced > 500,
        "there was something to silence: {}",
        HELD.silenced
    );
    assert_eq!(HELD.gone, HELD.silenced, "and nothing else is gone");
}

#[test]
fn lists_cover_what_the_attacks_use() {
    let labels = objects(full()).labels();
    let in_block = |address: IpAddr, cidr: &str| match (address, cidr.split_once('/')) {
        (IpAddr::V4(v4), Some((base, bits))) => {
            let base: std::net::Ipv4Addr = match base.parse() {
                Ok(base) => base,
                Err(_) => return false,
            };
            let shift = 32 - bits.parse::<u32>().unwrap();
            v4.to_bits() >> shift == base.to_bits() >> shift
        }
        _ => false,
    };
    for label in &labels.labels {
        let (client, server) = (label.client, label.server);
        match label.detection {
            Technique::CrossTenant => {
                let (client, server) = (client.unwrap(), server.unwrap());
                let apart =
                    |pair: &CrossTenant| in_block(client, &pair.from) && in_block(server, &pair.to);
                assert!(labels.cross_tenant.iter().any(apart), "{label:?}");
            }
            Technique::TorOrBadAddress => {
                if let Some(server) = server {
                    let listed = |cidr: &String| in_block(server, cidr);
                    assert!(labels.bad_addresses.iter().any(listed), "{label:?}");
                }
            }
            Technique::EgressToNewCountry => {
                let server = server.unwrap();
                let of = |c: &&Country| in_block(server, &c.cidr);
                let country = labels.countries.iter().find(of).unwrap().country;
                let exotic = ["KP", "MD", "SC", "PA", "KG", "BZ", "LA"];
                assert!(exotic.contains(&country), "{label:?}");
            }
            Technique::DnsTunnel => {
                assert!(!labels.resolvers.contains(&server.unwrap()), "{label:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn labels_are_possible_for_all_kinds_of_settings() {
    for seed in 0..12_u64 {
        let settings = Settings {
            seed,
            days: [3, 10, 30, 90][seed as usize % 4],
            hosts: [24, 50, 300][seed as usize % 3],
            variants: Variant::ALL.to_vec(),
            instances: [1, 7][seed as usize % 2],
            ..Settings::default()
        };
        let wanted = Technique::all().count() * 3 * settings.instances as usize;
        let days = settings.days;
        let labels = objects(settings).labels();
        assert_eq!(labels.labels.len(), wanted);
        let third = labels.to - (labels.to - labels.from) / 3;
        for label in &labels.labels {
            let is_within =
                third <= label.start && label.start <= label.end && label.end <= labels.to;
            assert!(is_within, "{seed} {label:?}");
            let is_silence = label.detection == Technique::RecordingStopped;
            assert_eq!(label.connections == 0, is_silence, "{seed} {label:?}");
            // A host that only ever reaches one other does not move about.
            if label.detection == Technique::LateralMovement && days >= 30 {
                assert!(label.server.is_none(), "{seed} {label:?}");
            }
        }
    }
}
