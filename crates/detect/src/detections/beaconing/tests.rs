//! Tests of `beaconing`.

use super::*;
use crate::detections::testing::{MIDNIGHT, chance, every, findings, flow, report_behind};

fn call(client: &str) -> Flow {
    flow(client, "198.51.100.7", 443)
}

fn moved(flows: Vec<Flow>, by: i64) -> Vec<Flow> {
    let shift = |(number, flow): (usize, Flow)| {
        let shift = chance(number as u64, by);
        Flow {
            start: flow.start + shift,
            end: flow.end + shift,
            ..flow
        }
    };
    flows.into_iter().enumerate().map(shift).collect()
}

#[test]
fn even_calls_are_found_with_jitter_and_losses() {
    let even = every(200, MIDNIGHT, 120, |_| call("10.0.0.1"));
    let uneven = moved(even.clone(), 40);
    let lossy: Vec<Flow> = uneven
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 7 != 3)
        .map(|(_, flow)| *flow)
        .collect();
    let long = every(5_000, MIDNIGHT, 60, |_| call("10.0.0.1"));
    for (flows, interval) in [(even, 120.0), (uneven, 120.0), (lossy, 120.0), (long, 60.0)] {
        let found = findings("beaconing", &flows);
        assert_eq!(found.len(), 1);
        let measured = found[0].measures[1].value;
        assert!((measured - interval).abs() < 15.0, "{measured}");
    }
}

#[test]
fn a_gateway_is_no_caller_of_its_own() {
    // Two hosts, each behind a gateway: four addresses call.
    let addresses = ["10.0.0.1", "10.0.9.1", "10.0.0.2", "10.0.9.2"];
    let flows = addresses.map(|client| every(200, MIDNIGHT, 120, move |_| call(client)));
    let found = |gateways: &[&str]| {
        let report = report_behind(gateways, "beaconing", World::default(), &flows.concat());
        report.findings.len()
    };
    assert_eq!(found(&[]), 0);
    assert_eq!(found(&["10.0.9.1", "10.0.9.2"]), 2);
}

#[test]
fn what_is_no_beacon() {
    let human = moved(every(200, MIDNIGHT, 1, |_| call("10.0.0.1")), 40_000);
    let few = every(10, MIDNIGHT, 3_600, |_| call("10.0.0.1"));
    let short = every(100, MIDNIGHT, 30, |_| call("10.0.0.1"));
    let shared: Vec<Flow> = (1..6)
        .flat_map(|host| every(200, MIDNIGHT, 120, move |_| call(&format!("10.0.0.{host}"))))
        .collect();
    for flows in [human, few, short, shared] {
        assert_eq!(findings("beaconing", &flows), []);
    }
}
