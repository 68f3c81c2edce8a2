//! Investigations over flows that went through an engine.

use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;

use super::{Direction, Dossier, Event, EventKind, Inquiry, Investigation};
use crate::coverage::CapturePoint;
use crate::engine::{Engine, Settings};
use crate::flow::Flow;
use crate::flow::tests::flow;
use crate::world::World;

/// Midnight of a day.
const MIDNIGHT: i64 = 1_700_006_400;
const ENI: &str = "eni-0123456789abcdef0";

fn inquiry(subject: &str) -> Inquiry {
    Inquiry::new(subject.parse().unwrap()).unwrap()
}

fn engine(inquiry: &Inquiry, memory: usize) -> Engine {
    let settings = Settings {
        only: Some(vec!["port-scan".to_owned()]),
        ..Settings::default()
    };
    let mut engine = Engine::new(&settings, &Arc::new(World::default()), 1).unwrap();
    engine.investigate(Investigation::new(inquiry.clone(), memory));
    engine
}

fn finished(engine: &Engine) -> Dossier {
    let report = engine.finish(&|_| None, &[], &[], date(2026, 11, 20));
    engine.dossier(&report).unwrap()
}

fn dossier_of(inquiry: &Inquiry, flows: &[Flow]) -> Dossier {
    let mut engine = engine(inquiry, 16 << 20);
    flows.iter().for_each(|flow| engine.see(flow));
    finished(&engine)
}

fn dossier(subject: &str, flows: &[Flow]) -> Dossier {
    dossier_of(&inquiry(subject), flows)
}

fn at(start: i64, flow: Flow) -> Flow {
    Flow {
        start: MIDNIGHT + start,
        end: MIDNIGHT + start + 30,
        ..flow
    }
}

fn refused(flow: Flow) -> Flow {
    Flow {
        rejected: true,
        packets_to_client: 0,
        bytes_to_client: 0,
        ..flow
    }
}

fn of_kind(dossier: &Dossier, kind: EventKind) -> Vec<&Event> {
    let events = dossier.events.iter();
    events.filter(|event| event.kind == kind).collect()
}

/// Calls a server, is scanned from outside, sends much to somebody outside, and is silent for a night.
fn story() -> Vec<Flow> {
    let mut flows = Vec::new();
    for hour in [0, 1, 2, 11, 12] {
        flows.push(at(hour * 3_600, flow("10.0.3.7", "10.0.2.9", 443)));
    }
    for number in 0..120 {
        let knock = flow("198.51.100.9", "10.0.3.7", 1_000 + number);
        flows.push(at(4_000 + 30 * i64::from(number), refused(knock)));
    }
    let session = flow("10.0.3.7", "10.0.2.20", 22);
    flows.push(at(6_000, refused(session)));
    flows.push(at(6_100, session));
    flows.push(Flow {
        end: MIDNIGHT + 9_000,
        bytes_to_server: 900_000_000,
        ..at(8_000, flow("10.0.3.7", "203.0.113.5", 443))
    });
    flows.push(at(5_000, flow("10.0.2.9", "10.0.2.20", 5432)));
    flows
}

#[test]
fn all_that_one_address_did() {
    let dossier = dossier("10.0.3.7", &story());
    let totals = &dossier.totals;
    assert_eq!(
        (totals.flows, totals.flows_out, totals.flows_in),
        (128, 8, 120)
    );
    assert_eq!((totals.refused_out, totals.refused_in), (1, 120));
    assert_eq!((totals.peers, totals.peers_outside), (4, 2));
    assert_eq!(totals.bytes_out, 900_000_000 + 7 * 1_000);
    assert_eq!(totals.bytes_in, 7 * 5_000 + 120 * 1_000);
    assert_eq!(totals.first_seen, Some(MIDNIGHT));

    let heaviest = &dossier.peers[0];
    assert_eq!(heaviest.peer.to_string(), "203.0.113.5");
    assert_eq!(
        (heaviest.direction, heaviest.inside),
        (Direction::Out, false)
    );
    assert_eq!(heaviest.bytes_out, 900_000_000);
    let scanner = dossier
        .peers
        .iter()
        .find(|peer| peer.direction == Direction::In);
    let scanner = scanner.unwrap();
    assert_eq!((scanner.port_count, scanner.ports.len()), (120, 8));
    assert_eq!((scanner.refused, scanner.answered), (120, 0));

    let kinds: Vec<(EventKind, i64)> = dossier
        .events
        .iter()
        .map(|event| (event.kind, event.start - MIDNIGHT))
        .collect();
    let expected = [
        (EventKind::FirstSign, 0),
        (EventKind::RefusalBurst, 3_900),
        (EventKind::Finding, 4_000),
        (EventKind::AdminPort, 6_000),
        (EventKind::AdminPort, 6_100),
        (EventKind::FirstContact, 8_000),
        (EventKind::LargeTransfer, 8_000),
        (EventKind::Silence, 9_900),
        (EventKind::LastSign, 12 * 3_600 + 30),
    ];
    // The silence begins with the first cell after the last flow.
    assert_eq!(dossier.timeline.step, 300);
    assert_eq!(kinds.len(), expected.len(), "{kinds:?}");
    for (found, expected) in kinds.iter().zip(expected) {
        assert_eq!(found.0, expected.0);
        assert!(
            (found.1 - expected.1).abs() <= 3_600,
            "{found:?} {expected:?}"
        );
    }
    let finding = of_kind(&dossier, EventKind::Finding)[0];
    assert_eq!(finding.detection, Some("port-scan"));
    assert_eq!(dossier.findings.len(), 1);
    assert_eq!(
        finding.fingerprint.as_ref(),
        Some(&dossier.findings[0].fingerprint)
    );
}

#[test]
fn the_time_line_has_no_rest_and_sums_up() {
    let dossier = dossier("10.0.3.7", &story());
    let (cells, step) = (&dossier.timeline.cells, dossier.timeline.step);
    assert!(cells.len() <= 200, "{}", cells.len());
    assert!(
        cells
            .windows(2)
            .all(|two| two[1].start - two[0].start == step)
    );
    let sum = |of: fn(&super::Cell) -> u64| cells.iter().map(of).sum::<u64>();
    assert_eq!(sum(|cell| cell.flows), dossier.totals.flows);
    assert_eq!(sum(|cell| cell.refused), 121);
    assert_eq!(sum(|cell| cell.bytes_out), dossier.totals.bytes_out);
    assert_eq!(sum(|cell| cell.bytes_in), dossier.totals.bytes_in);
    let spread = cells.iter().filter(|cell| cell.bytes_out > 100_000_000);
    assert!(
        spread.count() >= 3,
        "what lasts long is spread over its time"
    );
}

#[test]
fn others_stay_out() {
    let dossier = dossier("10.0.2.9", &story());
    assert_eq!(dossier.totals.flows, 6);
    let text = serde_json::to_string(&dossier).unwrap();
    for other in ["198.51.100.9", "203.0.113.5"] {
        assert!(!text.contains(other), "{other}");
    }
    assert_eq!(dossier.findings, []);
}

#[test]
fn nobody_seen_is_an_empty_dossier() {
    let dossier = dossier("192.0.2.200", &story());
    assert_eq!(dossier.totals, super::Totals::default());
    assert_eq!((dossier.peers.len(), dossier.events.len()), (0, 0));
    assert_eq!(dossier.coverage.flows, story().len() as u64);
}

#[test]
fn blocks_tell_within_from_without() {
    let flows = [
        at(0, flow("10.0.3.7", "10.0.3.8", 22)),
        at(60, flow("10.0.3.8", "203.0.113.5", 443)),
        at(90, flow("10.0.2.9", "10.0.3.9", 80)),
        at(95, flow("10.0.2.9", "10.0.4.9", 80)),
    ];
    let dossier = dossier("10.0.3.0/24", &flows);
    let directions: Vec<_> = dossier
        .peers
        .iter()
        .map(|peer| (peer.direction, peer.own.to_string(), peer.peer.to_string()))
        .collect();
    assert_eq!(directions.len(), 3);
    for (direction, own, peer) in [
        (Direction::Within, "10.0.3.7", "10.0.3.8"),
        (Direction::Out, "10.0.3.8", "203.0.113.5"),
        (Direction::In, "10.0.3.9", "10.0.2.9"),
    ] {
        assert!(directions.contains(&(direction, own.to_owned(), peer.to_owned())));
    }
    let own: Vec<String> = dossier.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(own, ["10.0.3.7", "10.0.3.8", "10.0.3.9"]);
    assert_eq!(dossier.totals.peers, 2);
    assert!(dossier.query.contains(
        "where (in_cidr(client_addr, '10.0.3.0/24') or in_cidr(server_addr, '10.0.3.0/24'))"
    ));
}

#[test]
fn both_families_alike() {
    let flows = [
        at(0, flow("2001:db8:1::7", "2001:db8:ff::9", 443)),
        at(9, flow("2001:db8:2::9", "2001:db8:1::7", 22)),
        at(9, flow("2001:db8:2::9", "2001:db8:1::8", 22)),
    ];
    let one = dossier("2001:db8:1::7", &flows);
    assert_eq!((one.totals.flows_out, one.totals.flows_in), (1, 1));
    assert!(one.query.contains("client_addr = '2001:db8:1::7'"));
    let block = dossier("2001:db8:1::/64", &flows);
    assert_eq!((block.totals.flows_out, block.totals.flows_in), (1, 2));
}

#[test]
fn an_interface_is_known_by_where_flows_were_captured() {
    let here = CapturePoint::key(ENI);
    let captured = |flow: Flow| Flow {
        point: here,
        ..flow
    };
    let flows = [
        // Both ends are ours: that all of them share 10.0.3.7 tells whose interface it is.
        captured(at(0, flow("10.0.3.7", "10.0.2.9", 443))),
        captured(at(60, flow("10.0.2.20", "10.0.3.7", 22))),
        captured(at(90, flow("10.0.3.7", "203.0.113.5", 443))),
        at(95, flow("10.0.3.7", "10.0.2.30", 443)),
    ];
    let found = dossier(ENI, &flows);
    let own: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(own, ["10.0.3.7"]);
    assert_eq!((found.totals.flows_out, found.totals.flows_in), (2, 1));
    assert_eq!(found.totals.bytes_out, 2 * 1_000 + 5_000);
    let ssh = found
        .ports
        .iter()
        .find(|port| port.server_port == 22)
        .unwrap();
    assert_eq!(
        (ssh.direction, ssh.peers, ssh.is_admin),
        (Direction::In, 1, true)
    );
    assert!(found.query.contains(&format!("capture_point = '{ENI}'")));
    assert!(found.remarks[0].starts_with("known by its interface only"));

    // With its address, what was captured elsewhere is found as well.
    let known = inquiry(ENI).with_addresses(["10.0.3.7".parse().unwrap()]);
    assert_eq!(dossier_of(&known, &flows).totals.flows, 4);

    let instance = "i-0123abcd".parse().unwrap();
    let instance = Inquiry::of_instance(instance, [ENI], []).unwrap();
    let by_instance = dossier_of(&instance, &flows);
    assert_eq!(by_instance.totals, found.totals);
    assert_eq!(by_instance.kind, "instance");
}

#[test]
fn millions_of_peers_do_not_take_more_memory() {
    let limit = 1 << 20;
    let mut engine = engine(&inquiry("10.0.3.7"), limit);
    let heavy = Flow {
        bytes_to_server: 3_000_000_000,
        ..at(10, flow("10.0.3.7", "203.0.113.5", 443))
    };
    engine.see(&heavy);
    for number in 0..200_000_u32 {
        let mut knock = at(
            i64::from(number),
            refused(flow("198.51.100.9", "10.0.3.7", 22)),
        );
        knock.client = core::net::Ipv4Addr::from_bits(0x2000_0000 + number).into();
        knock.server_port = (number % 65_536) as u16;
        engine.see(&knock);
    }
    let dossier = finished(&engine);
    assert_eq!(dossier.totals.flows, 200_001);
    assert_eq!(dossier.totals.refused_in, 200_000);
    assert_eq!(dossier.peers[0].peer.to_string(), "203.0.113.5");
    assert_eq!(dossier.peers.len() as u64 + dossier.peers_beyond, 200_001);
    assert!(
        dossier.remarks[0].contains("peers were dropped"),
        "{:?}",
        dossier.remarks
    );
}

#[test]
fn memory_is_bounded_by_its_own_limit() {
    let limit = 1 << 20;
    let mut investigation = Investigation::new(inquiry("10.0.0.0/8"), limit);
    for number in 0..300_000_u32 {
        let mut one = at(i64::from(number) * 61, flow("10.0.3.7", "203.0.113.5", 443));
        one.client = core::net::Ipv4Addr::from_bits(0x0a00_0000 + number).into();
        one.server_port = (number % 65_536) as u16;
        investigation.see(&one);
    }
    // The time line of each direction has so many cells at most.
    assert!(
        investigation.bytes() <= limit + 3 * 4_096 * 96,
        "{}",
        investigation.bytes()
    );
}

/// Flows among few addresses, so that most have to do with the subject.
fn any_flow() -> impl Strategy<Value = Flow> {
    let address = || {
        prop::sample::select(vec![
            "10.0.3.7",
            "10.0.3.8",
            "10.0.2.9",
            "203.0.113.5",
            "2001:db8::1",
        ])
    };
    let ports = prop::sample::select(vec![22_u16, 80, 443, 3389, 9000]);
    let moments = (0_i64..400_000, 0_i64..30_000);
    (
        address(),
        address(),
        ports,
        moments,
        0_u64..200_000_000,
        any::<(bool, bool, bool, bool)>(),
    )
        .prop_map(
            |(
                client,
                server,
                port,
                (start, lasts),
                bytes,
                (here, rejected, client_inside, server_inside),
            )| Flow {
                start: MIDNIGHT + start,
                end: MIDNIGHT + start + lasts,
                bytes_to_server: bytes,
                rejected,
                packets_to_client: if rejected { 0 } else { 10 },
                point: if here { CapturePoint::key(ENI) } else { 7 },
                client_inside,
                server_inside,
                ..flow(client, server, port)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn joined_and_reordered_parts_say_the_same(
        flows in prop::collection::vec(any_flow(), 0..80),
        cut in 0_usize..80,
        subject in prop::sample::select(vec!["10.0.3.7", "10.0.3.0/24", "2001:db8::1", "203.0.113.5", ENI]),
    ) {
        let inquiry = inquiry(subject);
        let whole = dossier_of(&inquiry, &flows);
        let (left, right) = flows.split_at(cut.min(flows.len()));
        let mut joined = engine(&inquiry, 16 << 20);
        right.iter().rev().for_each(|flow| joined.see(flow));
        let mut other = engine(&inquiry, 16 << 20);
        left.iter().for_each(|flow| other.see(flow));
        joined.join(other);
        prop_assert_eq!(finished(&joined), whole);
    }

    #[test]
    fn nothing_of_others_gets_in(flows in prop::collection::vec(any_flow(), 0..60)) {
        let found = dossier("10.0.3.7", &flows);
        let own = "10.0.3.7".parse().unwrap();
        let mine: Vec<Flow> = flows.iter().copied().filter(|flow| flow.client == own || flow.server == own).collect();
        prop_assert_eq!(found.totals.flows, mine.len() as u64);
        let counted: u64 = found.peers.iter().map(|peer| peer.flows).sum();
        prop_assert_eq!(counted, mine.len() as u64);
        let cells: u64 = found.timeline.cells.iter().map(|cell| cell.flows).sum();
        prop_assert_eq!(cells, mine.len() as u64);
        let alone = dossier("10.0.3.7", &mine);
        prop_assert_eq!(found.peers, alone.peers);
        prop_assert_eq!(found.ports, alone.ports);
        prop_assert_eq!(found.timeline, alone.timeline);
        prop_assert_eq!(found.totals, alone.totals);
    }
}
