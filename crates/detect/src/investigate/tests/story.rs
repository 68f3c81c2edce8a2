//! All that one address did.

use super::super::{Cell, Direction, EventKind, Totals};
use super::{MIDNIGHT, dossier, of_kind, story};

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
    let sum = |of: fn(&Cell) -> u64| cells.iter().map(of).sum::<u64>();
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
    assert_eq!(dossier.totals, Totals::default());
    assert_eq!((dossier.peers.len(), dossier.events.len()), (0, 0));
    assert_eq!(dossier.coverage.flows, story().len() as u64);
}
