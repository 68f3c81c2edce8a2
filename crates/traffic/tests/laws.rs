//! What holds for every set of records that is simulated.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use flowcover_record::{Field, FieldKind, LogFormat};
use flowcover_traffic::{
    Hidden, Object, Settings, SettingsError, Totals, Traffic, VERSION_5_FORMAT,
};
use jiff::Timestamp;
use libdeflater::Decompressor;
use sha2::{Digest, Sha256};

fn settings() -> Settings {
    Settings {
        minutes: 30,
        records: 20_000,
        records_per_object: 1500,
        hidden: vec![
            Hidden::VerticalScan,
            Hidden::VerticalScan,
            Hidden::Exfiltration,
            Hidden::Beacon,
        ],
        ..Settings::default()
    }
}

fn traffic(settings: Settings) -> Traffic {
    Traffic::new(settings).expect("the settings are valid")
}

fn objects(traffic: &Traffic) -> Vec<Object> {
    (0..traffic.bins())
        .flat_map(|bin| traffic.bin(bin))
        .collect()
}

/// Rows as maps from the name of the field to its value.
fn rows(object: &Object) -> Vec<HashMap<&str, &str>> {
    let text = std::str::from_utf8(&object.text).expect("records are ASCII");
    let mut lines = text.lines();
    let names: Vec<&str> = lines
        .next()
        .expect("there is a header")
        .split(' ')
        .collect();
    lines
        .map(|line| {
            let values: Vec<&str> = line.split(' ').collect();
            assert_eq!(values.len(), names.len(), "{line}");
            names.iter().copied().zip(values).collect()
        })
        .collect()
}

fn number(row: &HashMap<&str, &str>, name: &str) -> i64 {
    let value = row[name];
    value
        .parse()
        .unwrap_or_else(|_| panic!("{name} is {value}"))
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let digest = |seed| {
        let mut hash = Sha256::new();
        for object in objects(&traffic(Settings { seed, ..settings() })) {
            hash.update(object.key.to_string());
            hash.update(&object.text);
        }
        let digits = hash.finalize();
        digits
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    assert_eq!(
        digest(1),
        "0036a0acf0d5411b14bdce3eb9c0382c3e7d3b8909f51c3bebd0028a4bc97040"
    );
    assert_ne!(digest(1), digest(2));
}

#[test]
fn every_value_is_of_its_kind_and_every_record_in_the_object_of_its_end() {
    let format = LogFormat::parse(VERSION_5_FORMAT).expect("well-formed");
    for (format, interval, version) in [
        (LogFormat::default(), 60, "2"),
        (LogFormat::default(), 600, "2"),
        (format, 60, "5"),
    ] {
        let settings = Settings {
            format,
            interval,
            ..settings()
        };
        for object in objects(&traffic(settings)) {
            let bin = object.key.bin;
            let ends = bin.start().as_second()..bin.end().as_second();
            for row in rows(&object) {
                assert_eq!(row["version"], version);
                assert!(ends.contains(&number(&row, "end")), "{row:?}");
                let lasts = number(&row, "end") - number(&row, "start");
                assert!((0..i64::from(interval)).contains(&lasts), "{row:?}");
                check_kinds(&row);
            }
        }
    }
}

fn check_kinds(row: &HashMap<&str, &str>) {
    let is_flow = row["log-status"] == "OK";
    for (name, value) in row {
        let kind = Field::by_name(name).expect("the field is known").kind;
        match kind {
            _ if *value == "-" => {
                let needed = ["srcaddr", "dstaddr", "packets", "bytes", "action"];
                assert!(!(is_flow && needed.contains(name)), "{row:?}");
            }
            FieldKind::Int32 => assert!(value.parse::<i32>().is_ok(), "{name} {value}"),
            FieldKind::Int64 | FieldKind::UnixSeconds => {
                assert!(value.parse::<i64>().is_ok(), "{name} {value}");
            }
            FieldKind::Address => {
                assert!(value.parse::<std::net::IpAddr>().is_ok(), "{name} {value}");
            }
            FieldKind::Text | FieldKind::TagValue => assert!(!value.is_empty(), "{name}"),
        }
    }
    match row["log-status"] {
        "OK" => assert!(["ACCEPT", "REJECT"].contains(&row["action"])),
        "NODATA" | "SKIPDATA" => assert!(row["srcaddr"] == "-" && row["action"] == "-"),
        other => panic!("no log-status {other}"),
    }
}

#[test]
fn objects_are_as_large_as_asked_and_contain_what_they_say() {
    for object in objects(&traffic(settings())) {
        let mut found = Totals::default();
        for row in rows(&object) {
            match row["log-status"] {
                "NODATA" => found.no_data += 1,
                "SKIPDATA" => found.skip_data += 1,
                _ => {
                    found.records += 1;
                    found.rejected += u64::from(row["action"] == "REJECT");
                    found.packets += number(&row, "packets") as u64;
                    found.bytes += number(&row, "bytes") as u64;
                }
            }
        }
        assert_eq!(found, object.totals);
        assert!((1..=1500).contains(&found.rows()));
    }
}

#[test]
fn keys_are_unique_and_objects_unpack_to_their_text() {
    let traffic = traffic(settings());
    let mut keys = BTreeSet::new();
    for object in objects(&traffic) {
        assert_eq!(object.key.flow_log_id, traffic.flow_log_id());
        assert!(keys.insert(object.key.to_string()));
        let mut text = vec![0; object.text.len()];
        let length = Decompressor::new().gzip_decompress(&object.gzip(), &mut text);
        assert_eq!(length, Ok(object.text.len()));
        assert_eq!(text, object.text);
    }
    assert!(keys.len() > 6, "{} objects in six bins", keys.len());
}

/// Source, its port, destination, its port, protocol.
type Tuple = (String, i64, String, i64, i64);

fn tuple(row: &HashMap<&str, &str>) -> Tuple {
    (
        row["srcaddr"].to_owned(),
        number(row, "srcport"),
        row["dstaddr"].to_owned(),
        number(row, "dstport"),
        number(row, "protocol"),
    )
}

/// A NAT gateway's records have other addresses, but all that it carries is seen at the client, too.
#[test]
fn records_add_up_to_the_connections_that_they_are_of() {
    let traffic = traffic(settings());
    let from = settings().start.as_second();
    let to = from + i64::from(traffic.bins()) * 300;
    let mut expected: BTreeMap<Tuple, (u64, u64)> = BTreeMap::new();
    let mut cut_off = HashSet::new();
    for one in (0..traffic.bins()).flat_map(|bin| traffic.connections(bin)) {
        let (client, server) = (one.client.to_string(), one.server.to_string());
        let ports = (i64::from(one.client_port), i64::from(one.server_port));
        let protocol = i64::from(one.protocol);
        let there = (client.clone(), ports.0, server.clone(), ports.1, protocol);
        let back = (server, ports.1, client, ports.0, protocol);
        let seen = if one.sightings == 3 {
            1
        } else {
            one.sightings as u64
        };
        for (tuple, packets, bytes) in [
            (there, one.packets_to_server, one.bytes_to_server),
            (back, one.packets_to_client, one.bytes_to_client),
        ] {
            if one.start < from || one.end >= to {
                cut_off.insert(tuple.clone());
            }
            let sum = expected.entry(tuple).or_default();
            sum.0 += packets * seen;
            sum.1 += bytes * seen;
        }
    }
    let mut found: BTreeMap<Tuple, (u64, u64)> = BTreeMap::new();
    for object in objects(&traffic) {
        for row in rows(&object).iter().filter(|row| row["log-status"] == "OK") {
            let sum = found.entry(tuple(row)).or_default();
            sum.0 += number(row, "packets") as u64;
            sum.1 += number(row, "bytes") as u64;
        }
    }
    let mut compared = 0;
    for (tuple, sums) in &expected {
        if !cut_off.contains(tuple) && sums.0 > 0 {
            assert_eq!(found.get(tuple), Some(sums), "{tuple:?}");
            compared += 1;
        }
    }
    assert!(compared > 5000, "{compared}");
}

#[test]
fn a_silent_window_has_no_packet() {
    let mut silent: Vec<(String, i64, i64)> = Vec::new();
    let mut busy: HashMap<String, Vec<(i64, i64)>> = HashMap::new();
    for object in objects(&traffic(settings())) {
        for row in rows(&object) {
            let (start, end) = (number(&row, "start"), number(&row, "end"));
            let interface = row["interface-id"].to_owned();
            match row["log-status"] {
                "NODATA" => silent.push((interface, start, end)),
                "OK" => busy.entry(interface).or_default().push((start, end)),
                _ => {}
            }
        }
    }
    assert!(!silent.is_empty());
    for (interface, start, end) in silent {
        assert_eq!(end - start, 59);
        let own = busy.get(&interface).into_iter().flatten();
        for (first, last) in own {
            assert!(*last < start || *first > end, "{interface} at {start}");
        }
    }
}

#[test]
fn labels_tell_what_is_in_the_records() {
    let traffic = traffic(settings());
    let objects = objects(&traffic);
    for label in traffic.labels() {
        let (client, server) = (label.client.to_string(), label.server.to_string());
        let labelled: BTreeSet<u16> = label.server_ports.iter().copied().collect();
        let mut found = BTreeSet::new();
        let mut bytes = 0;
        for row in objects.iter().flat_map(rows) {
            let is_own = row["srcaddr"] == client && row["dstaddr"] == server;
            if !is_own || row["interface-id"] != label.interface_id {
                continue;
            }
            let port = number(&row, "dstport") as u16;
            // A server that is scanned may have ordinary traffic with the same client.
            if labelled.contains(&port) {
                assert!((label.start..=label.end).contains(&number(&row, "end")));
                found.insert(port);
                bytes += number(&row, "bytes") as u64;
            }
        }
        assert_eq!(found, labelled, "{:?}", label.hidden);
        assert_eq!(bytes, label.bytes_to_server, "{:?}", label.hidden);
    }
}

#[test]
fn a_day_has_about_as_many_records_as_asked_for() {
    let traffic = traffic(Settings {
        hidden: vec![Hidden::Beacon],
        ..Settings::default()
    });
    let mut totals = Totals::default();
    let mut by_hour = [0; 24];
    for bin in 0..traffic.bins() {
        for object in traffic.bin(bin) {
            totals += object.totals;
            by_hour[bin as usize / 12] += object.totals.records;
        }
    }
    assert!(totals.rows().abs_diff(200_000) < 20_000, "{totals:?}");
    let rejected = totals.rejected * 1000 / totals.records;
    assert!((40..=90).contains(&rejected), "{rejected} of 1000");
    assert!(totals.no_data > 0 && totals.skip_data > 0);
    assert!(by_hour[15] > by_hour[3] * 2, "{by_hour:?}");
}

#[test]
fn settings_out_of_range_are_refused() {
    let valid = settings();
    assert!(Traffic::new(valid.clone()).is_ok());
    let late: Timestamp = "2100-01-01T00:05:00Z".parse().expect("a time");
    let odd: Timestamp = "2026-01-01T00:01:00Z".parse().expect("a time");
    for (settings, error) in [
        (
            Settings {
                start: late,
                ..valid.clone()
            },
            SettingsError::Start,
        ),
        (
            Settings {
                start: odd,
                ..valid.clone()
            },
            SettingsError::Start,
        ),
        (
            Settings {
                minutes: 4,
                ..valid.clone()
            },
            SettingsError::Minutes,
        ),
        (
            Settings {
                minutes: 92 * 24 * 60 + 1,
                ..valid.clone()
            },
            SettingsError::Minutes,
        ),
        (
            Settings {
                interfaces: Some(17),
                ..valid.clone()
            },
            SettingsError::Interfaces,
        ),
        (
            Settings {
                interfaces: Some(1001),
                ..valid.clone()
            },
            SettingsError::Interfaces,
        ),
        (
            Settings {
                interval: 61,
                ..valid.clone()
            },
            SettingsError::Interval,
        ),
        (
            Settings {
                records_per_object: 0,
                ..valid.clone()
            },
            SettingsError::RecordsPerObject,
        ),
        (
            Settings {
                records: u64::MAX,
                ..valid.clone()
            },
            SettingsError::Records,
        ),
    ] {
        assert_eq!(Traffic::new(settings).err(), Some(error));
    }
}
