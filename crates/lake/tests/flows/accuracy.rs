//! Flows against the connections that the simulated traffic really had.

use std::collections::HashMap;

use flowcover_lake::LakeSettings;
use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Settings, Traffic, VERSION_5_FORMAT};

use crate::memory::Memory;

const DEFAULT_FORMAT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// What both ends and the protocol are, client first.
type Ends = (String, u16, String, u16, u8);

fn traffic(format: &str) -> Traffic {
    let settings = Settings {
        seed: 7,
        minutes: 60,
        records: 60_000,
        format: LogFormat::parse(format).unwrap(),
        hidden: vec![Hidden::VerticalScan],
        ..Settings::default()
    };
    Traffic::new(settings).unwrap()
}

fn flows(traffic: &Traffic, sql: &str) -> Vec<String> {
    let objects = (0..traffic.bins()).flat_map(|bin| traffic.bin(bin));
    let memory = objects.fold(Memory::default(), |memory, object| {
        memory.with(&object.key.to_string(), object.text)
    });
    memory.ask(sql, &LakeSettings::default()).0
}

/// How many connections there really were between two ends, with what went each way.
fn truth(traffic: &Traffic) -> HashMap<Ends, Vec<(u64, u64)>> {
    let mut truth: HashMap<Ends, Vec<(u64, u64)>> = HashMap::new();
    for one in (0..traffic.bins()).flat_map(|bin| traffic.connections(bin)) {
        let ends = (
            one.client.to_string(),
            one.client_port,
            one.server.to_string(),
            one.server_port,
            one.protocol,
        );
        truth
            .entry(ends)
            .or_default()
            .push((one.packets_to_server, one.packets_to_client));
    }
    truth
}

/// Flows whose ends are those of a connection: how many are the right way round, how many the wrong way, and how many were told by a rule that
/// only guesses.
fn oriented(traffic: &Traffic) -> (usize, usize, usize) {
    let sql = "select client_addr, client_port, server_addr, server_port, protocol, orientation from flows";
    let truth = truth(traffic);
    let (mut right, mut wrong, mut guessed) = (0, 0, 0);
    for row in flows(traffic, sql) {
        let fields: Vec<&str> = row.split(',').collect();
        if ["address", "lower-port"].contains(&fields[5]) {
            guessed += 1;
            continue;
        }
        let port = |index: usize| fields[index].parse::<u16>().unwrap();
        let protocol = fields[4].parse().unwrap();
        let (one, other) = (
            (fields[0].to_owned(), port(1)),
            (fields[2].to_owned(), port(3)),
        );
        let there = (one.0.clone(), one.1, other.0.clone(), other.1, protocol);
        let back = (other.0, other.1, one.0, one.1, protocol);
        match (truth.contains_key(&there), truth.contains_key(&back)) {
            (true, false) => right += 1,
            (false, true) => wrong += 1,
            // Between the same two ports either may have called; behind a gateway the ends are others.
            _ => {}
        }
    }
    (right, wrong, guessed)
}

#[test]
fn with_flags_the_client_is_right() {
    let (right, wrong, guessed) = oriented(&traffic(VERSION_5_FORMAT));
    assert!(right > 15_000, "{right}");
    assert_eq!(wrong, 0, "the wrong way round");
    assert!(guessed * 50 < right, "{guessed} guessed");
}

#[test]
fn by_ports_the_client_is_nearly_always_right() {
    let (right, wrong, guessed) = oriented(&traffic(DEFAULT_FORMAT));
    assert!(right > 15_000, "{right}");
    assert!(
        wrong * 1_000 <= right,
        "{wrong} of {right} the wrong way round"
    );
    assert!(guessed * 50 < right, "{guessed} guessed");
}

#[test]
fn bytes_are_counted_once() {
    let traffic = traffic(VERSION_5_FORMAT);
    let truth = truth(&traffic);
    let sql = "select client_addr, client_port, server_addr, server_port, protocol, packets_to_server, packets_to_client \
               from flows where start > 1792368600 and \"end\" < 1792371000";
    let (mut same, mut other) = (0, Vec::new());
    for row in flows(&traffic, sql) {
        let fields: Vec<&str> = row.split(',').collect();
        let number = |index: usize| fields[index].parse::<u64>().unwrap();
        let ends = (
            fields[0].to_owned(),
            number(1) as u16,
            fields[2].to_owned(),
            number(3) as u16,
            number(4) as u8,
        );
        match truth.get(&ends).map(Vec::as_slice) {
            // A pair of ends that met more than once may be one flow, or several.
            Some([only]) if *only == (number(5), number(6)) => same += 1,
            Some([only]) => other.push((row, *only)),
            _ => {}
        }
    }
    assert!(same > 2_000, "{same}");
    assert!(
        other.len() * 1_000 <= same,
        "{} of {same} differ: {:#?}",
        other.len(),
        &other[..other.len().min(5)]
    );
}
