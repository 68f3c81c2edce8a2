//! Tests of `egress-to-new-country`.

use std::sync::Arc;

use super::*;
use crate::detections::testing::{MIDNIGHT, days_of, every, flow, learnt, report};

const DAY: i64 = 86_400;

/// The last part of an address of IPv4 tells its country; that of other addresses is not known.
#[derive(Debug)]
struct ByLastPart;

impl Countries for ByLastPart {
    fn country(&self, address: Address) -> Option<Country> {
        let std::net::IpAddr::V4(address) = address.ip() else {
            return None;
        };
        Country::new(["IE", "US", "IS"][usize::from(address.octets()[3] % 3)])
    }
}

fn world() -> World {
    World {
        countries: Some(Arc::new(ByLastPart)),
        ..World::default()
    }
}

fn sent(client: &str, server: &str, bytes: u64) -> Flow {
    Flow {
        bytes_to_server: bytes,
        ..flow(client, server, 443)
    }
}

/// Five days in which one host calls Ireland and another the United States.
fn usual() -> Vec<Flow> {
    days_of(5, |hour| {
        let number = hour % 2;
        sent(
            &format!("10.0.0.{number}"),
            &format!("198.51.100.{number}"),
            90_000,
        )
    })
}

/// So many uploads of 300 kB to Iceland.
fn to_iceland(count: i64, start: i64) -> Vec<Flow> {
    every(count, start, 600, |_| {
        sent("10.0.0.1", "203.0.113.2", 300_000)
    })
}

fn check(world: World, flows: &[Flow], expected: &[(Severity, &str)]) {
    let report = report("egress-to-new-country", world, flows);
    let found: Vec<(Severity, &str)> = report
        .findings
        .iter()
        .map(|one| (one.severity, one.message.as_str()))
        .collect();
    assert_eq!(found, expected, "{:?}", report.coverage.weakened);
}

#[test]
fn data_to_a_new_country_is_found() {
    let later = MIDNIGHT + 4 * DAY;
    let much = every(1, later, 60, |_| {
        sent("10.0.0.1", "198.51.100.0", 400_000_000)
    });
    check(
        world(),
        &[usual(), to_iceland(25, later), much].concat(),
        &[
            (
                Severity::Medium,
                "10.0.0.1 sent 7.5 MB to IS, where nobody of ours called before: to 203.0.113.2",
            ),
            (
                Severity::Low,
                "10.0.0.1 sent 400.0 MB to IE, where it never called before: to 198.51.100.0",
            ),
        ],
    );
}

#[test]
fn what_is_little_or_usual_is_not_found() {
    let later = MIDNIGHT + 4 * DAY;
    let little = to_iceland(2, later);
    let known = to_iceland(25, MIDNIGHT);
    let download = vec![Flow {
        start: later,
        end: later + 60,
        bytes_to_client: 1 << 30,
        ..sent("10.0.0.1", "203.0.113.2", 20_000_000)
    }];
    let other_host = every(1, later, 60, |_| {
        sent("10.0.0.1", "198.51.100.0", 50_000_000)
    });
    let unknown = every(1, later, 60, |_| sent("10.0.0.1", "2001:db8::2", 1 << 30));
    let mut sends_anyway = days_of(3, |_| sent("10.0.0.1", "198.51.100.1", 20_000_000));
    sends_anyway.extend(every(1, later, 60, |_| {
        sent("10.0.0.1", "198.51.100.0", 400_000_000)
    }));
    for more in [little, known, download, other_host, unknown, sends_anyway] {
        check(world(), &[usual(), more].concat(), &[]);
    }
}

#[test]
fn the_past_may_be_in_a_baseline() {
    let attack = to_iceland(25, MIDNIGHT + 9 * DAY);
    let message = "10.0.0.1 sent 7.5 MB to IS, where nobody of ours called before: to 203.0.113.2";
    check(
        learnt(world(), &usual()),
        &attack,
        &[(Severity::Medium, message)],
    );
    let visited = sent("10.0.0.7", "192.0.2.2", 500);
    check(
        learnt(world(), &[usual(), vec![visited]].concat()),
        &attack,
        &[],
    );
}

#[test]
fn without_countries_it_says_so() {
    let without = learnt(World::default(), &usual());
    let blind = World {
        countries: world().countries,
        ..without.clone()
    };
    for (world, why) in [
        (World::default(), "no file was given"),
        (without, "no file was given"),
        (blind, "built without countries"),
        (world(), "too little past"),
    ] {
        let attack = to_iceland(25, MIDNIGHT);
        let report = report("egress-to-new-country", world, &attack);
        assert_eq!(report.findings, []);
        let said = &report.coverage.weakened[0].why;
        assert!(said.contains(why), "{said}");
    }
}
