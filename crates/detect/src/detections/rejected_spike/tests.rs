//! Tests of `rejected-spike`.

use super::*;
use crate::detections::testing::{
    self, MIDNIGHT, chance, days_of, every, findings, learnt, report,
};

fn refused(client: &str) -> Flow {
    testing::knock(client, "10.0.0.5", 23)
}

/// Some forty refused flows in every hour.
fn noise(days: i64) -> Vec<Flow> {
    every(days * 960, MIDNIGHT, 90, |number| {
        refused(&format!("198.51.100.{}", chance(number as u64, 250)))
    })
}

#[test]
fn a_spike_is_found() {
    for (client, severity) in [
        ("203.0.113.7", Severity::Low),
        ("10.0.0.9", Severity::Medium),
    ] {
        let mut flows = noise(3);
        flows.extend(every(2_000, MIDNIGHT + 2 * 86_400, 1, |_| refused(client)));
        let found = findings("rejected-spike", &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, severity);
        assert_eq!(found[0].first_seen, MIDNIGHT + 2 * 86_400);
        assert_eq!(found[0].measures[0].value, 2_040.0);
        assert_eq!(found[0].measures[1].value, 40.0);
    }
}

#[test]
fn each_spike_is_a_finding() {
    // A scan, two days later another client that is refused for two hours, which is less.
    let mut flows = noise(6);
    flows.extend(every(3_000, MIDNIGHT + 2 * 86_400, 1, |_| {
        refused("203.0.113.7")
    }));
    flows.extend(every(1_400, MIDNIGHT + 4 * 86_400, 5, |_| {
        refused("10.0.0.9")
    }));
    let found = findings("rejected-spike", &flows);
    let when: Vec<(i64, i64)> = found
        .iter()
        .map(|found| {
            let hours = |moment: i64| (moment - MIDNIGHT) / HOUR;
            (hours(found.first_seen), hours(found.last_seen))
        })
        .collect();
    assert_eq!(when, [(96, 98), (48, 49)]);
    assert_ne!(found[0].fingerprint, found[1].fingerprint);
}

#[test]
fn what_is_usual_is_no_spike() {
    // Noise alone; a peak that is too small; one that there is every day; answers to somebody who used our address.
    let with = |more: Vec<Flow>| noise(3).into_iter().chain(more).collect::<Vec<_>>();
    let small = every(150, MIDNIGHT + 2 * 86_400, 1, |_| refused("203.0.113.7"));
    let daily: Vec<Flow> = (0..3)
        .flat_map(|day| every(800, MIDNIGHT + day * 86_400, 1, |_| refused("203.0.113.7")))
        .collect();
    let backscatter = every(2_000, MIDNIGHT + 2 * 86_400, 1, |_| Flow {
        packets_to_server: 0,
        packets_to_client: 1,
        ..refused("203.0.113.7")
    });
    for flows in [Vec::new(), small, daily, backscatter] {
        assert_eq!(findings("rejected-spike", &with(flows)), []);
    }
}

#[test]
fn a_baseline_is_a_past() {
    let today = every(2_000, MIDNIGHT + 3 * 86_400, 1, |_| refused("203.0.113.7"));
    let world = learnt(World::default(), &noise(3));
    assert_eq!(report("rejected-spike", world, &today).findings.len(), 1);
    let busy = days_of(3, |_| refused("203.0.113.7"));
    let busy: Vec<Flow> = busy.into_iter().flat_map(|flow| vec![flow; 600]).collect();
    let world = learnt(World::default(), &busy);
    assert_eq!(report("rejected-spike", world, &today).findings, []);
    let alone = report("rejected-spike", World::default(), &today);
    assert!(alone.coverage.weakened[0].why.contains("too little past"));
}
