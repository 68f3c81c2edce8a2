//! What holds for attacks that are hidden, and for networks over many days.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};

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
    let half_a_day = |hidden| Settings {
        minutes: 12 * 60,
        records: 15_000,
        ..settings(hidden)
    };
    let without = lines(&traffic(half_a_day(Vec::new())));
    for hidden in Variant::ALL.into_iter().flat_map(everything) {
        if hidden.technique() == Technique::RecordingStopped {
            continue;
        }
        let (label, rows) = added(&without, half_a_day(vec![hidden]));
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

#[test]
fn a_network_has_as_many_hosts_as_asked_for() {
    for wanted in [18, 19, 24, 60, 1000] {
        let traffic = traffic(Settings {
            interfaces: Some(wanted as u32),
            minutes: 60,
            ..settings(Vec::new())
        });
        let hosts = traffic.hosts();
        let (count, wanted) = (hosts.len(), wanted as usize);
        assert!(
            count >= 18 && count.abs_diff(wanted) * 5 < wanted,
            "{count}"
        );
        let addresses: BTreeSet<_> = hosts.iter().map(|host| host.address).collect();
        assert_eq!(addresses.len(), count);
    }
}

/// Peers that a host called in a day, by host.
fn peers(traffic: &Traffic, day: u32) -> HashMap<String, BTreeSet<(String, u16)>> {
    let mut peers: HashMap<String, BTreeSet<(String, u16)>> = HashMap::new();
    for one in (day * 288..(day + 1) * 288).flat_map(|bin| traffic.connections(bin)) {
        let (client, server) = (one.client.to_string(), one.server.to_string());
        // Administrators are not at the same servers every week.
        let is_inside = client.starts_with("10.") && server.starts_with("10.");
        if is_inside && one.server_port != 22 {
            let own = peers.entry(client).or_default();
            own.insert((server, one.server_port));
        }
    }
    peers
}

#[test]
fn habits_are_the_same_after_weeks() {
    let traffic = traffic(Settings {
        minutes: 60 * 24 * 60,
        records: 60 * 150_000,
        interfaces: Some(24),
        habits: true,
        ..settings(Vec::new())
    });
    let hosts: BTreeSet<String> = traffic
        .hosts()
        .iter()
        .map(|host| host.interface_id.clone())
        .collect();
    // Both are weekdays, a week apart.
    for day in [1, 43] {
        let (first, later) = (peers(&traffic, day), peers(&traffic, day + 7));
        assert!(first.len() > 8);
        for (client, peers) in &first {
            let kept = peers.intersection(&later[client]).count();
            assert!(
                kept * 10 >= peers.len() * 7,
                "{client}: {kept} of {}",
                peers.len()
            );
        }
        let mut writing = BTreeSet::new();
        let format = format();
        for object in (day * 288..day * 288 + 12).flat_map(|bin| traffic.bin(bin)) {
            let text = String::from_utf8(object.text).expect("records are ASCII");
            for line in text.lines().skip(1) {
                let record = Record::parse(&format, line.as_bytes()).expect("it is a record");
                writing.extend(record.text("interface-id").map(str::to_owned));
            }
        }
        assert_eq!(writing, hosts);
    }
}

/// Whether an address is in one of the networks of a list.
fn is_in(networks: &[(Ipv4Addr, u32)], address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else {
        return false;
    };
    let within = |(network, length): &(Ipv4Addr, u32)| {
        let host_bits = 32 - length;
        u64::from(u32::from(*network)) >> host_bits == u64::from(u32::from(address)) >> host_bits
    };
    networks.iter().any(within)
}

fn network(cidr: &str) -> (Ipv4Addr, u32) {
    let (address, length) = cidr.split_once('/').expect("a network has a length");
    let parsed = address.parse().expect("an address");
    (parsed, length.parse().expect("a length"))
}

/// What a detection finds in this is a false alarm.
#[test]
fn without_attacks_nothing_is_there_that_must_not_be() {
    let traffic = traffic(Settings {
        seed: 3,
        minutes: 6 * 24 * 60,
        records: 600_000,
        habits: true,
        ..settings(Vec::new())
    });
    let lists = traffic.lists();
    let bad: Vec<_> = lists
        .bad_addresses
        .iter()
        .map(|cidr| network(cidr))
        .collect();
    let (public, private): (Vec<_>, Vec<_>) = lists
        .cross_tenant
        .iter()
        .map(|(from, to)| (network(from), network(to)))
        .unzip();
    let countries: HashMap<&str, &str> = lists
        .countries
        .iter()
        .map(|(cidr, country)| (cidr.as_str(), *country))
        .collect();
    let is_ours = |address: IpAddr| address.to_string().starts_with("10.");
    let mut listening: HashMap<(IpAddr, u16), u32> = HashMap::new();
    let mut called = BTreeSet::new();
    for bin in 0..traffic.bins() {
        for one in traffic.connections(bin) {
            for address in [one.client, one.server] {
                assert!(!is_in(&bad, address), "{one:?}");
            }
            let forth = is_in(&public, one.client) && is_in(&private, one.server);
            let back = is_in(&public, one.server) && is_in(&private, one.client);
            assert!(!forth && !back, "{one:?}");
            assert!([1, 6, 17].contains(&one.protocol), "{one:?}");
            assert!(one.rejected || one.packets_to_client > 0, "{one:?}");
            assert!(one.rejected || one.server_port != 25, "{one:?}");
            let own_server = is_ours(one.server) || one.server.to_string().starts_with("2600:1f18");
            if own_server && !one.rejected {
                assert!(
                    is_ours(one.client) || [80, 443].contains(&one.server_port),
                    "{one:?}"
                );
                listening
                    .entry((one.server, one.server_port))
                    .or_insert(bin);
            }
            if let (false, IpAddr::V4(server)) = (own_server, one.server) {
                let [a, b, ..] = server.octets();
                called.insert(countries[format!("{a}.{b}.0.0/16").as_str()]);
            }
        }
    }
    let late = traffic.bins() / 3 * 2;
    assert!(listening.len() > 30);
    assert!(
        listening.values().all(|first| *first < late),
        "{listening:?}"
    );
    assert!(called.contains("US") && called.len() <= 5, "{called:?}");
}
