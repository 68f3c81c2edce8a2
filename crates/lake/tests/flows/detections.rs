//! Detections see the same flows as SQL does, and their queries show what they found.

use std::collections::BTreeSet;
use std::sync::Arc;

use flowcover_detect::{DETECTIONS, Engine, Report, Settings as Detecting, World};
use flowcover_lake::LakeSettings;
use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Settings, Traffic, VERSION_5_FORMAT};
use jiff::civil::date;

use crate::memory::Memory;

fn traffic() -> Traffic {
    Traffic::new(Settings {
        seed: 11,
        minutes: 240,
        records: 80_000,
        format: LogFormat::parse(VERSION_5_FORMAT).unwrap(),
        hidden: vec![
            Hidden::VerticalScan,
            Hidden::VerticalScan,
            Hidden::Beacon,
            Hidden::Exfiltration,
        ],
        ..Settings::default()
    })
    .unwrap()
}

fn stored(traffic: &Traffic) -> Memory {
    let objects = (0..traffic.bins()).flat_map(|bin| traffic.bin(bin));
    objects.fold(Memory::default(), |memory, object| {
        memory.with(&object.key.to_string(), object.text)
    })
}

fn report(memory: &Memory, partitions: usize) -> Report {
    let settings = LakeSettings {
        partitions,
        ..LakeSettings::default()
    };
    let world = Arc::new(World::default());
    let engine = |share| Engine::new(&Detecting::default(), &world, share).unwrap();
    memory.with_lake(&settings, async |lake| {
        let judged = lake.judge(engine).await.unwrap();
        let points = |key| judged.point(key);
        judged.engine.finish(&points, &[], &[], date(2026, 11, 22))
    })
}

#[test]
fn every_flow_is_seen_once() {
    let memory = stored(&traffic());
    let report = report(&memory, 3);
    let ask = |sql: &str| memory.ask(sql, &LakeSettings::default());
    let (rows, account) = ask("select count(*), min(start), max(\"end\") from flows");
    let coverage = &report.coverage;
    let (from, to) = (coverage.from.unwrap(), coverage.to.unwrap());
    assert_eq!(rows, [format!("{},{from},{to}", coverage.flows)]);
    let (interfaces, _) = ask("select count(distinct interface_id) from records");
    assert_eq!(interfaces, [coverage.interfaces.to_string()]);
    assert!(
        account.is_complete() && coverage.flows > 20_000,
        "{coverage:?}"
    );
}

#[test]
fn findings_depend_neither_on_order_nor_on_how_many_work() {
    let memory = stored(&traffic());
    let one = report(&memory, 1);
    assert!(!one.findings.is_empty());
    for partitions in [2, 5] {
        let other = report(&memory, partitions);
        assert_eq!(other.findings, one.findings, "{partitions}");
    }
}

#[test]
fn what_is_hidden_is_found() {
    let traffic = traffic();
    let report = report(&stored(&traffic), 2);
    for label in traffic.labels() {
        let id = match label.hidden {
            Hidden::VerticalScan => "port-scan",
            Hidden::Beacon => "beaconing",
            // Its day is the first: there is no past to hold it against.
            _ => continue,
        };
        let client = label.client.to_string();
        let found = report.findings.iter().any(|finding| {
            finding.detection == id
                && finding
                    .client
                    .is_some_and(|address| address.to_string() == client)
        });
        assert!(found, "{label:?}");
    }
}

/// Every finding's query runs and shows something; where the query decides, it shows this finding.
#[test]
fn queries_show_what_was_found() {
    let memory = stored(&traffic());
    let report = report(&memory, 2);
    let mut shown = BTreeSet::new();
    for finding in &report.findings {
        // One of each detection is enough: they differ only in addresses.
        if !shown.insert(finding.detection) {
            continue;
        }
        let (rows, _) = memory.ask(&finding.query, &LakeSettings::default());
        assert!(
            !rows.is_empty(),
            "{}:\n{}",
            finding.detection,
            finding.query
        );
    }
    assert!(shown.len() > 1, "{shown:?}");
}

/// Without narrowing, every detection's query is one that the engine takes.
#[test]
fn every_query_runs() {
    let memory = stored(&traffic());
    for detection in DETECTIONS {
        let sql = detection.query_of_all(&World::default());
        memory.ask(&sql, &LakeSettings::default());
    }
}
