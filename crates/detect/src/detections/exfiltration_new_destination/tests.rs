//! Tests of `exfiltration-new-destination`.

use super::*;
use crate::detections::testing::{
    MIDNIGHT, days_of, every, findings, flow, learnt, report, report_behind,
};

const DAY: i64 = 86_400;

fn upload(client: &str, server: &str, bytes: u64) -> Flow {
    Flow {
        bytes_to_server: bytes,
        ..flow(client, server, 443)
    }
}

/// Five days in which two hosts call one place each hour.
fn usual() -> Vec<Flow> {
    days_of(5, |hour| {
        upload(&format!("10.0.0.{}", 1 + hour % 2), "198.51.100.7", 60_000)
    })
}

#[test]
fn much_to_where_nobody_called_is_found() {
    let mut flows = usual();
    flows.extend(every(12, MIDNIGHT + 4 * DAY, 600, |_| {
        upload("10.0.0.1", "203.0.113.9", 25_000_000)
    }));
    let found = findings("exfiltration-new-destination", &flows);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Medium);
    assert_eq!(found[0].measures[0].value, 300e6);
    assert!(found[0].query.contains("server_addr = '203.0.113.9'"));
    flows.extend(every(3, MIDNIGHT + 4 * DAY, 600, |_| {
        upload("10.0.0.1", "203.0.113.10", 1_000_000_000)
    }));
    let found = findings("exfiltration-new-destination", &flows);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::High);
    assert_eq!(found[0].server, None);
}

#[test]
fn what_is_usual_or_shared_is_not_found() {
    let later = MIDNIGHT + 4 * DAY;
    let neighbour = every(3, later, 60, |_| {
        upload("10.0.0.1", "198.51.100.99", 100_000_000)
    });
    let shared = every(20, later, 60, |number| {
        upload(
            &format!("10.0.0.{}", 1 + number % 5),
            "203.0.113.9",
            100_000_000,
        )
    });
    let download = every(3, later, 60, |_| Flow {
        bytes_to_client: 4_000_000_000,
        ..upload("10.0.0.1", "203.0.113.9", 60_000_000)
    });
    let slow = every(10, MIDNIGHT + 3 * DAY + 60, 3 * 3600, |_| {
        upload("10.0.0.1", "203.0.113.9", 4_000_000)
    });
    let mut sends_anyway = days_of(3, |_| upload("10.0.0.1", "198.51.100.7", 1_000_000_000));
    sends_anyway.extend(every(3, later, 60, |_| {
        upload("10.0.0.1", "203.0.113.9", 100_000_000)
    }));
    for more in [neighbour, shared, download, slow, sends_anyway] {
        let flows = [usual(), more].concat();
        assert_eq!(findings("exfiltration-new-destination", &flows), []);
    }
}

#[test]
fn the_past_may_be_in_a_baseline() {
    let attack = every(12, MIDNIGHT + 9 * DAY, 600, |_| {
        upload("10.0.0.3", "203.0.113.9", 25_000_000)
    });
    let judge = |known: Vec<Flow>| {
        let world = learnt(World::default(), &[usual(), known].concat());
        let report = report("exfiltration-new-destination", world, &attack);
        report.findings.len()
    };
    assert_eq!(judge(Vec::new()), 1);
    // It asked there itself, another asked, another sent much.
    assert_eq!(judge(vec![upload("10.0.0.3", "203.0.113.77", 900)]), 0);
    assert_eq!(judge(vec![upload("10.0.0.2", "203.0.113.77", 900)]), 1);
    assert_eq!(judge(vec![upload("10.0.0.2", "203.0.113.77", 900_000)]), 0);
}

#[test]
fn who_asks_next_door_does_not_make_it_known() {
    let attack = || {
        every(12, MIDNIGHT + 4 * DAY, 600, |_| {
            upload("10.0.0.1", "203.0.113.9", 25_000_000)
        })
    };
    let asked = |number: i64, bytes| {
        let client = format!("10.0.0.{}", 2 + number % 6);
        upload(&client, &format!("203.0.113.{}", 20 + number), bytes)
    };
    // Before and after, a little by six hosts.
    let little = [
        every(12, MIDNIGHT, 3_600, |number| asked(number, 6_000)),
        every(12, MIDNIGHT + 4 * DAY, 3_600, |number| asked(number, 6_000)),
    ];
    let flows = [usual(), little.concat(), attack()].concat();
    let found = findings("exfiltration-new-destination", &flows);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].message.ends_with("no more than 72 kB before"),
        "{}",
        found[0].message
    );
    // Much, before; or by many.
    let before = every(12, MIDNIGHT, 3_600, |number| asked(number, 300_000));
    let by_many = every(12, MIDNIGHT + 4 * DAY, 3_600, |number| {
        asked(number, 900_000)
    });
    for known in [before, by_many] {
        let flows = [usual(), known, attack()].concat();
        assert_eq!(findings("exfiltration-new-destination", &flows), []);
    }
}

#[test]
fn a_gateway_is_no_sender_of_its_own() {
    // Two hosts, each behind a gateway: four addresses send.
    let flows = every(48, MIDNIGHT + 4 * DAY, 600, |number| {
        let client = ["10.0.0.1", "10.0.9.1", "10.0.0.2", "10.0.9.2"][number as usize % 4];
        upload(client, "203.0.113.9", 25_000_000)
    });
    let flows = [usual(), flows].concat();
    let of = |gateways: &[&str]| {
        let id = "exfiltration-new-destination";
        let report = report_behind(gateways, id, World::default(), &flows);
        let clients = report.findings.iter().filter_map(|found| found.client);
        clients.map(|client| client.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(&[]), [""; 0]);
    assert_eq!(of(&["10.0.9.1", "10.0.9.2"]), ["10.0.0.1", "10.0.0.2"]);
}

#[test]
fn too_little_past_is_said() {
    let flows = every(3, MIDNIGHT, 60, |_| {
        upload("10.0.0.1", "203.0.113.9", 1 << 30)
    });
    let report = report("exfiltration-new-destination", World::default(), &flows);
    assert_eq!(report.findings, []);
    assert!(
        report.coverage.weakened[0].why.contains("too little past"),
        "{:?}",
        report.coverage.weakened
    );
}
