//! Tests of `long-connection`.

use super::*;
use crate::detections::testing::{
    MIDNIGHT, days_of, every, findings, flow, learnt, report, report_behind,
};

fn long(client: &str, server: &str, port: u16, hours: i64) -> Flow {
    Flow {
        start: MIDNIGHT + 100,
        end: MIDNIGHT + 100 + hours * 3_600,
        ..flow(client, server, port)
    }
}

#[test]
fn a_long_connection_to_the_internet_is_found() {
    let found = findings(
        "long-connection",
        &[long("10.0.0.1", "198.51.100.7", 443, 16)],
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Medium);
    assert_eq!(found[0].measures[0].value, 57_600.0);
    assert!(found[0].query.contains("end - start >= 28800"));
    let daily = every(6, MIDNIGHT, 86_400, |_| {
        long("10.0.0.1", "198.51.100.7", 443, 20)
    });
    assert_eq!(
        findings("long-connection", &daily)[0].severity,
        Severity::Low
    );
}

#[test]
fn a_gateway_is_no_caller_of_its_own() {
    // Two hosts, each behind a gateway: four addresses call.
    let addresses = ["10.0.0.1", "10.0.9.1", "10.0.0.2", "10.0.9.2"];
    let flows = addresses.map(|client| long(client, "198.51.100.7", 443, 16));
    let found = |gateways: &[&str]| {
        let world = World::default();
        report_behind(gateways, "long-connection", world, &flows)
            .findings
            .len()
    };
    assert_eq!(found(&[]), 0);
    assert_eq!(found(&["10.0.9.1", "10.0.9.2"]), 2);
}

#[test]
fn what_is_usual_is_not_found() {
    let short = long("10.0.0.1", "198.51.100.7", 443, 7);
    let pool = long("10.0.0.1", "10.0.0.9", 5432, 40);
    let time = Flow {
        protocol: UDP,
        ..long("10.0.0.1", "198.51.100.7", 123, 40)
    };
    let ping = Flow {
        protocol: 1,
        ..long("10.0.0.1", "198.51.100.7", 0, 40)
    };
    let unanswered = Flow {
        packets_to_client: 0,
        ..long("10.0.0.1", "198.51.100.7", 443, 40)
    };
    for flow in [short, pool, time, ping, unanswered] {
        assert_eq!(findings("long-connection", &[flow]), []);
    }
    let shared: Vec<Flow> = (1..6)
        .map(|host| {
            long(
                &format!("10.0.0.{host}"),
                &format!("198.51.100.{host}"),
                443,
                20,
            )
        })
        .collect();
    assert_eq!(findings("long-connection", &shared), []);
}

#[test]
fn the_past_decides_where_there_is_one() {
    let past = days_of(5, |_| flow("10.0.0.1", "198.51.100.7", 443));
    let services = days_of(5, |_| flow("10.0.0.2", "10.0.0.9", 8080));
    let world = learnt(World::default(), &[past, services].concat());
    let check = |flow: Flow, expected: &[Severity]| {
        let report = report("long-connection", world.clone(), &[flow]);
        let found: Vec<Severity> = report.findings.iter().map(|one| one.severity).collect();
        assert_eq!(found, expected, "{flow:?}");
    };
    check(long("10.0.0.1", "198.51.100.99", 443, 16), &[]);
    check(
        long("10.0.0.1", "203.0.113.9", 443, 16),
        &[Severity::Medium],
    );
    check(long("10.0.0.3", "10.0.0.9", 8080, 16), &[Severity::Low]);
    check(long("10.0.0.3", "10.0.0.9", 9090, 16), &[]);
}
