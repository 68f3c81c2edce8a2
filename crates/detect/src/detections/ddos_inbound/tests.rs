//! Tests of `ddos-inbound`.

use super::*;
use crate::detections::testing::{MIDNIGHT, chance, every, findings, flow, report};

fn visit(number: i64, sources: i64) -> Flow {
    let source = chance(number as u64, sources);
    flow(
        &format!("198.51.{}.{}", source / 250, source % 250),
        "10.0.0.5",
        443,
    )
}

/// A day of some forty visits an hour, from fifty addresses.
fn day() -> Vec<Flow> {
    every(960, MIDNIGHT, 90, |number| visit(number, 50))
}

fn with(more: Vec<Flow>) -> Vec<Flow> {
    day().into_iter().chain(more).collect()
}

#[test]
fn floods_are_found() {
    let at = MIDNIGHT + 10 * HOUR;
    let many = every(10_000, at, 0, |number| visit(number, 2_000));
    let heavy = every(1_500, at, 2, |number| Flow {
        packets_to_server: 5_000,
        ..visit(number, 500)
    });
    let reflected = every(10_000, at, 0, |number| {
        let visit = visit(number, 2_000);
        Flow {
            client: visit.server,
            server: visit.client,
            server_port: 123,
            protocol: 17,
            packets_to_server: 0,
            ..visit
        }
    });
    let long: Vec<Flow> = (0..4)
        .flat_map(|hour| every(10_000, at + hour * HOUR, 0, |number| visit(number, 2_000)))
        .collect();
    for flows in [many, heavy, reflected, long] {
        let found = findings("ddos-inbound", &with(flows));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(
            found[0].server.map(|server| server.to_string()),
            Some("10.0.0.5".to_owned())
        );
        let sources = found[0].measures[2].value;
        assert!((250.0..4_000.0).contains(&sources), "{sources}");
    }
}

#[test]
fn what_is_no_flood() {
    let at = MIDNIGHT + 10 * HOUR;
    // A day like others; a scan or an upload of one; a site that is always busy; our own hosts.
    let scan = every(10_000, at, 0, |number| Flow {
        rejected: true,
        server_port: 1 + number as u16,
        ..visit(0, 50)
    });
    let upload = every(1, at, 1, |_| Flow {
        packets_to_server: 5_000_000,
        ..visit(0, 50)
    });
    let busy = every(120_000, MIDNIGHT, 1, |number| visit(number, 2_000));
    let inside = every(10_000, at, 0, |number| {
        flow(
            &format!("10.1.{}.{}", number / 250, number % 250),
            "10.0.0.5",
            443,
        )
    });
    for flows in [Vec::new(), scan, upload, busy, inside] {
        assert_eq!(findings("ddos-inbound", &with(flows)), []);
    }
}

#[test]
fn too_few_hours_are_said() {
    let flows = every(10_000, MIDNIGHT, 0, |number| visit(number, 2_000));
    let report = report("ddos-inbound", World::default(), &flows);
    assert_eq!(report.findings, []);
    assert!(report.coverage.weakened[0].why.contains("needs 6 hours"));
}

#[test]
fn rough_counts_are_roughly_right() {
    for (count, low, high) in [
        (0, 0, 0),
        (1, 1, 1),
        (20, 14, 26),
        (1_000, 600, 1_500),
        (100_000, 60_000, 150_000),
    ] {
        let mut rough = Rough::default();
        (0..count).for_each(|number| rough.insert(Address::from_bits(number)));
        let counted = rough.count();
        assert!((low..=high).contains(&counted), "{counted} for {count}");
    }
}
