//! Tests of `lateral-movement`.

use super::*;
use crate::detections::testing::{MIDNIGHT, days_of, every, findings, flow, learnt, report};

const FIFTH_DAY: i64 = MIDNIGHT + 5 * DAY;

/// A bastion that reaches three hosts every day, for a week.
fn background() -> Vec<Flow> {
    days_of(7, |hour| {
        flow("10.0.0.1", &format!("10.0.1.{}", hour % 3), 22)
    })
}

fn with(more: Vec<Flow>) -> Vec<Flow> {
    background().into_iter().chain(more).collect()
}

#[test]
fn new_pairs_are_found() {
    let one = every(3, FIFTH_DAY, 60, |_| flow("10.0.0.9", "10.0.1.1", 3389));
    let found = findings("lateral-movement", &with(one));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].severity, found[0].server_port),
        (Severity::Low, Some(3389))
    );
    assert!(found[0].server.is_some());

    let many = every(20, FIFTH_DAY, 60, |number| {
        flow("10.0.0.9", &format!("10.0.2.{number}"), 445)
    });
    let found = findings("lateral-movement", &with(many));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].server), (Severity::High, None));
    assert_eq!(found[0].measures[0].value, 20.0);
}

#[test]
fn a_stepping_stone_is_grave() {
    let chain = vec![
        Flow {
            start: FIFTH_DAY,
            ..flow("10.0.0.9", "10.0.1.1", 22)
        },
        Flow {
            start: FIFTH_DAY + 900,
            ..flow("10.0.1.1", "10.0.1.2", 22)
        },
    ];
    let chain = chain.into_iter().map(|flow| Flow {
        end: flow.start + 30,
        ..flow
    });
    let found = findings("lateral-movement", &with(chain.collect()));
    let severities: Vec<Severity> = found.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::High, Severity::Low]);
}

#[test]
fn what_is_no_movement() {
    // What was there; one more host for the bastion; a file server that everybody gets; what was not let in.
    let more = every(3, FIFTH_DAY, 60, |_| flow("10.0.0.1", "10.0.1.77", 22));
    let service = every(20, FIFTH_DAY, 60, |number| {
        flow(&format!("10.0.3.{number}"), "10.0.1.77", 445)
    });
    let refused = every(20, FIFTH_DAY, 60, |number| Flow {
        rejected: true,
        ..flow("10.0.0.9", &format!("10.0.2.{number}"), 22)
    });
    for flows in [Vec::new(), more, service, refused] {
        assert_eq!(findings("lateral-movement", &with(flows)), []);
    }
}

#[test]
fn a_baseline_is_a_past() {
    let today = every(3, FIFTH_DAY, 60, |_| flow("10.0.0.9", "10.0.1.1", 22));
    let said = report("lateral-movement", World::default(), &today);
    assert!(said.findings.is_empty() && said.coverage.weakened[0].why.contains("too little past"));
    let world = learnt(World::default(), &background());
    assert_eq!(report("lateral-movement", world, &today).findings.len(), 1);
    let world = learnt(World::default(), &with(today.clone()));
    assert_eq!(report("lateral-movement", world, &today).findings, []);
}
