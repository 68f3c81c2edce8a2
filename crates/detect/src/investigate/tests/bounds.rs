//! Memory is bounded, whatever comes.

use super::super::{Dossier, EventKind, Investigation};
use super::{at, dossier, engine, finished, inquiry, of_kind, refused, story};
use crate::flow::Flow;
use crate::flow::tests::flow;

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

/// One record says 1970, one 2262, and one that it lasted from the one to the other: the time line is that of all others.
#[test]
fn stray_moments_do_not_stretch_the_time_line() {
    let clean = dossier("10.0.3.7", &story());
    let far = [0, 9_223_372_036].map(|start| Flow {
        start,
        end: start + 30,
        ..flow("10.0.3.7", "10.0.2.9", 443)
    });
    let endless = Flow {
        end: 9_223_372_036,
        ..at(40_000, flow("10.0.3.7", "10.0.2.9", 443))
    };
    let mut flows = story();
    flows.extend(far);
    flows.push(endless);
    // Most flows of all are where the others are.
    let others = (0..2_000).map(|second| at(second, flow("10.0.7.1", "10.0.7.2", 443)));
    flows.extend(others);
    let found = dossier("10.0.3.7", &flows);
    assert_eq!(found.timeline.step, clean.timeline.step);
    let starts = |dossier: &Dossier| -> Vec<i64> {
        let cells = dossier.timeline.cells.iter();
        cells.map(|cell| cell.start).collect()
    };
    assert_eq!(starts(&found), starts(&clean));
    assert_eq!(found.totals.first_seen, clean.totals.first_seen);
    assert_eq!(
        found.totals.flows,
        clean.totals.flows + 3,
        "all are counted"
    );
    for kind in [EventKind::FirstSign, EventKind::LastSign] {
        let start = |dossier: &Dossier| of_kind(dossier, kind)[0].start;
        let cell = found.timeline.step;
        assert_eq!(start(&found) / cell, start(&clean) / cell, "{kind:?}");
    }
    let remark = "5 moments at which a flow of it began or ended lie far from all others";
    assert!(
        found.remarks.iter().any(|it| it.starts_with(remark)),
        "{:?}",
        found.remarks
    );
    assert!(!clean.remarks.iter().any(|it| it.contains("far from")));
}
