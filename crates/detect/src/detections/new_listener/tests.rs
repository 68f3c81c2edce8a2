//! Tests of `new-listener`.

use super::*;
use crate::detections::testing::{MIDNIGHT, days_of, every, findings, flow, learnt, report};

const FIFTH_DAY: i64 = MIDNIGHT + 5 * 86_400;

/// Eight hosts that answer at one port each hour, and one that only calls.
fn background() -> Vec<Flow> {
    let answers = days_of(7, |hour| {
        flow("10.0.0.1", &format!("10.0.1.{}", hour % 8), 8_080)
    });
    let calls = days_of(7, |_| Flow {
        client_port: 50_000,
        ..flow("10.0.2.1", "198.51.100.7", 443)
    });
    answers.into_iter().chain(calls).collect()
}

fn with(more: Vec<Flow>) -> Vec<Flow> {
    background().into_iter().chain(more).collect()
}

fn talk(client: &str, server: &str, port: u16) -> Vec<Flow> {
    every(5, FIFTH_DAY, 60, |_| flow(client, server, port))
}

#[test]
fn new_listeners_are_found() {
    for (client, server, port, severity) in [
        ("10.0.0.1", "10.0.1.3", 4_444, Severity::Medium),
        ("198.51.100.7", "10.0.1.3", 81, Severity::High),
        ("10.0.0.1", "10.0.2.1", 22, Severity::Medium),
        ("10.0.0.1", "10.0.1.3", 40_000, Severity::Medium),
    ] {
        let found = findings("new-listener", &with(talk(client, server, port)));
        assert_eq!(found.len(), 1, "{server} {port}");
        assert_eq!(
            (found[0].severity, found[0].server_port),
            (severity, Some(port))
        );
        assert_eq!(found[0].first_seen, FIFTH_DAY);
    }
}

#[test]
fn a_service_that_is_set_up_is_one_finding() {
    let everywhere = (0..8).flat_map(|host| talk("10.0.0.1", &format!("10.0.1.{host}"), 9_100));
    let found = findings("new-listener", &with(everywhere.collect()));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].server), (Severity::Low, None));
    assert_eq!(found[0].measures[0].value, 8.0);
}

#[test]
fn what_is_no_new_listener() {
    // What was there; a host that is new itself; ports that change all the time; guesses at high ports; probes; servers outside.
    let new_host = talk("10.0.0.1", "10.0.9.9", 80);
    let changing = (0..10).flat_map(|port| talk("10.0.0.1", "10.0.1.3", 21_000 + port));
    let guessed = talk("10.0.0.1", "10.0.1.3", 40_000)
        .into_iter()
        .map(|flow| Flow {
            flags_to_server: 0,
            ..flow
        });
    let probes = talk("10.0.0.1", "10.0.1.3", 4_444)
        .into_iter()
        .map(|flow| Flow {
            packets_to_client: 0,
            ..flow
        });
    let outside = talk("10.0.0.1", "198.51.100.7", 4_444);
    for flows in [
        Vec::new(),
        new_host,
        changing.collect(),
        guessed.collect(),
        probes.collect(),
        outside,
    ] {
        assert_eq!(findings("new-listener", &with(flows)), []);
    }
}

#[test]
fn a_baseline_is_a_past() {
    let today = talk("10.0.0.1", "10.0.2.1", 4_444);
    let found = |world: World| report("new-listener", world, &today).findings.len();
    assert_eq!(found(World::default()), 0);
    assert_eq!(found(learnt(World::default(), &background())), 1);
    assert_eq!(found(learnt(World::default(), &with(today.clone()))), 0);
}
