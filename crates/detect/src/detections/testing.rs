//! What the tests of detections share: make flows, run one detection over them.

use std::sync::Arc;

use jiff::civil::date;

use crate::Address;
use crate::baseline::Baseline;
use crate::coverage::{Attendance, CapturePoint};
use crate::engine::{Engine, Report, Settings};
use crate::finding::Finding;
use crate::flow::Flow;
use crate::world::World;

pub(crate) use crate::flow::tests::flow;

/// Midnight of a day.
pub(crate) const MIDNIGHT: i64 = 1_699_920_000;

/// What the detection says of these flows, seen in two parts that were joined: no detection may depend on who saw what.
pub(crate) fn report(detection: &str, world: World, flows: &[Flow]) -> Report {
    report_behind(&[], detection, world, flows)
}

/// The same where these addresses are of gateways.
pub(crate) fn report_behind(
    gateways: &[&str],
    detection: &str,
    world: World,
    flows: &[Flow],
) -> Report {
    let gateways = gateways
        .iter()
        .map(|address| address.parse().expect("an address"));
    let gateways: Vec<Address> = gateways.collect();
    let settings = Settings {
        only: Some(vec![detection.to_owned()]),
        ..Settings::default()
    };
    let world = Arc::new(world);
    let engine = |flows: &mut dyn Iterator<Item = &Flow>| {
        let mut engine = Engine::new(&settings, &world, 1).expect("defaults are sound");
        engine.pass_over(gateways.iter().copied());
        flows.for_each(|flow| engine.see(flow));
        engine
    };
    let judge = |engine: &Engine| engine.finish(&|_| None, &[], &[], date(2026, 1, 1));
    let whole = judge(&engine(&mut flows.iter()));
    let mut left = engine(&mut flows.iter().step_by(2));
    left.join(engine(&mut flows.iter().skip(1).step_by(2)));
    assert_eq!(
        judge(&left).findings,
        whole.findings,
        "joined parts find otherwise"
    );
    let backwards = engine(&mut flows.iter().rev());
    assert_eq!(
        judge(&backwards).findings,
        whole.findings,
        "the order of flows matters"
    );
    whole
}

/// Its findings alone.
pub(crate) fn findings(detection: &str, flows: &[Flow]) -> Vec<Finding> {
    report(detection, World::default(), flows).findings
}

/// What the detection says of an attendance: capture point 3 is the interface `eni-3`.
pub(crate) fn attended(detection: &str, attendance: &Attendance) -> Vec<Finding> {
    let settings = Settings {
        only: Some(vec![detection.to_owned()]),
        ..Settings::default()
    };
    let world = Arc::new(World::default());
    let mut engine = Engine::new(&settings, &world, 1).expect("defaults are sound");
    engine.attend(attendance);
    let point = |number| {
        Some(CapturePoint {
            interface_id: Some(format!("eni-{number}")),
            ..CapturePoint::default()
        })
    };
    engine.finish(&point, &[], &[], date(2026, 1, 1)).findings
}

/// `count` flows, `step` seconds apart from `start` on, each changed by its number.
pub(crate) fn every(count: i64, start: i64, step: i64, one: impl Fn(i64) -> Flow) -> Vec<Flow> {
    (0..count)
        .map(|number| {
            let flow = one(number);
            let (start, lasts) = (start + number * step, flow.duration());
            Flow {
                start,
                end: start + lasts,
                ..flow
            }
        })
        .collect()
}

/// A flow each hour for so many days from [`MIDNIGHT`] on, each changed by the number of its hour.
pub(crate) fn days_of(days: i64, one: impl Fn(i64) -> Flow) -> Vec<Flow> {
    every(days * 24, MIDNIGHT, 3_600, one)
}

/// That world, with a baseline that was learnt from these flows.
pub(crate) fn learnt(world: World, flows: &[Flow]) -> World {
    let settings = Settings {
        only: Some(Vec::new()),
        learn: true,
        ..Settings::default()
    };
    let shared = Arc::new(world.clone());
    let mut engine = Engine::new(&settings, &shared, 1).expect("defaults are sound");
    flows.iter().for_each(|flow| engine.see(flow));
    World {
        baseline: engine.take_past().map(Baseline::new),
        ..world
    }
}

/// A number below `below` that looks like chance and is always the same for the same `number`.
pub(crate) fn chance(number: u64, below: i64) -> i64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed >> 33) as i64).rem_euclid(below)
}

/// One packet from the client to that port of the server, which is refused.
pub(crate) fn knock(client: &str, server: &str, port: u16) -> Flow {
    Flow {
        rejected: true,
        packets_to_client: 0,
        bytes_to_client: 0,
        packets_to_server: 1,
        bytes_to_server: 40,
        ..flow(client, server, port)
    }
}
