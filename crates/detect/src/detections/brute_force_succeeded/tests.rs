//! Tests of `brute-force-succeeded`.

use super::*;
use crate::detections::brute_force;
use crate::detections::logins::tests::{failed, session};
use crate::detections::testing::{MIDNIGHT, every, findings};

const CLIENT: &str = "198.51.100.7";

fn tries(count: i64, step: i64) -> Vec<Flow> {
    every(count, MIDNIGHT, step, |_| failed(CLIENT, "10.0.0.5", 22))
}

fn stays(at: i64) -> Vec<Flow> {
    every(1, at, 1, |_| session(CLIENT, "10.0.0.5", 22))
}

#[test]
fn a_success_is_found() {
    for (count, step, after) in [(200, 10, 120), (35, 60, 7_200), (2_000, 3, 61)] {
        let mut flows = tries(count, step);
        flows.extend(stays(MIDNIGHT + count * step + after));
        let found = findings("brute-force-succeeded", &flows);
        assert_eq!(found.len(), 1, "{count}");
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(found[0].measures[0].value, count as f64);
        assert_eq!(
            found[0].last_seen,
            MIDNIGHT + count * step + after + stays(0)[0].duration()
        );
    }
}

#[test]
fn refused_attempts_count() {
    let mut flows = tries(200, 10);
    flows.iter_mut().for_each(|flow| {
        flow.rejected = true;
        flow.packets_to_client = 0;
    });
    flows.extend(stays(MIDNIGHT + 3_000));
    assert_eq!(findings("brute-force-succeeded", &flows).len(), 1);
}

#[test]
fn what_is_no_success() {
    // Attempts alone; a session before them, and one long after; few attempts; slow ones; a place where people work and tools too.
    let alone = tries(200, 10);
    let mut before = tries(200, 10);
    before.extend(stays(MIDNIGHT - 60));
    let mut late = tries(200, 10);
    late.extend(stays(MIDNIGHT + 3 * 86_400));
    let mut few = tries(10, 5);
    few.extend(stays(MIDNIGHT + 600));
    let mut slow = tries(60, 600);
    slow.extend(stays(MIDNIGHT + 40_000));
    let mut office = tries(300, 60);
    office.extend(every(100, MIDNIGHT + 30, 180, |_| {
        session(CLIENT, "10.0.0.5", 22)
    }));
    for flows in [alone, before, late, few, slow, office] {
        assert_eq!(findings("brute-force-succeeded", &flows), []);
    }
}

#[test]
fn both_queries_look_at_the_same_ports() {
    let ports = |sql: &'static str| {
        sql.split_once("server_port in (")
            .and_then(|(_, rest)| rest.split_once(')'))
    };
    let ours = ports(DETECTION.sql).map(|(ports, _)| ports);
    assert!(ours.is_some());
    assert_eq!(
        ours,
        ports(brute_force::DETECTION.sql).map(|(ports, _)| ports)
    );
}
