//! What parts of the flows say together, and that others' flows say nothing.

use proptest::prelude::*;

use super::{ENI, MIDNIGHT, dossier, dossier_of, engine, finished, inquiry};
use crate::coverage::CapturePoint;
use crate::flow::Flow;
use crate::flow::tests::flow;

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
