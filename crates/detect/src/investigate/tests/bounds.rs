//! Memory is bounded, whatever comes.

use super::super::Investigation;
use super::{at, engine, finished, inquiry, refused};
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
