//! Tests of `recording-stopped`.

use super::*;
use crate::coverage::Attendance;
use crate::detections::testing::{MIDNIGHT, attended};
use crate::finding::Finding;

/// Notes a record in each window of ten minutes.
fn write(attendance: &mut Attendance, point: u64, hours: std::ops::Range<i64>) {
    for window in hours.start * 6..hours.end * 6 {
        attendance.note(point, MIDNIGHT + window * 600);
    }
}

fn found(recorded: &[(u64, std::ops::Range<i64>)]) -> Vec<Finding> {
    let mut attendance = Attendance::default();
    for (point, hours) in recorded {
        write(&mut attendance, *point, hours.clone());
    }
    attended("recording-stopped", &attendance)
}

#[test]
fn silence_is_found() {
    let found = found(&[(0, 0..24), (1, 0..24), (2, 0..20)]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Info);
    assert_eq!(
        found[0].capture_point.interface_id.as_deref(),
        Some("eni-2")
    );
    assert_eq!(found[0].first_seen, MIDNIGHT + 20 * 3_600);
    assert_eq!(found[0].measures[0].value, 4.0 * 3_600.0);
}

#[test]
fn one_that_stays_matters_more_than_one_that_came_to_go() {
    let found = found(&[(0, 0..200), (1, 0..190), (2, 100..120)]);
    let severities: Vec<Severity> = found.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Low, Severity::Info]);
}

#[test]
fn silence_that_ended_is_found() {
    let found = found(&[
        (0, 0..200),
        (1, 0..150),
        (1, 155..200),
        (2, 0..20),
        (2, 30..200),
    ]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].first_seen, MIDNIGHT + 150 * 3_600);
    assert_eq!(found[0].last_seen, MIDNIGHT + 155 * 3_600);
}

#[test]
fn silence_of_many_is_grave() {
    let found = found(&[(0, 0..24), (1, 0..20), (2, 0..20), (3, 0..20)]);
    let severities: Vec<Severity> = found.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::High; 3]);
    let fingerprints: std::collections::BTreeSet<_> =
        found.iter().map(|finding| &finding.fingerprint).collect();
    assert_eq!(fingerprints.len(), 3);
}

#[test]
fn what_is_no_stop() {
    // All until the end; a short silence; a guest; one that is often silent; all silent at once, which is the end of what was read.
    let often: Vec<_> = [0..6, 9..12, 15..20]
        .into_iter()
        .map(|hours| (1, hours))
        .collect();
    let often = [vec![(0, 0..24)], often].concat();
    for recorded in [
        vec![(0, 0..24), (1, 0..24)],
        vec![(0, 0..24), (1, 0..23)],
        vec![(0, 0..24), (1, 2..5)],
        often,
        vec![(0, 0..20), (1, 0..20)],
        Vec::new(),
    ] {
        assert_eq!(found(&recorded), [], "{recorded:?}");
    }
}

#[test]
fn lost_records_are_said() {
    let mut attendance = Attendance::default();
    write(&mut attendance, 0, 0..24);
    write(&mut attendance, 1, 0..20);
    attendance.note_skipped(0);
    attendance.note_skipped(0);
    attendance.note_skipped(1);
    let found = attended("recording-stopped", &attendance);
    let messages: Vec<&str> = found
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages
            .iter()
            .any(|message| message.contains("AWS lost records"))
    );
    let is_skip = |finding: &&Finding| finding.measures.iter().any(|one| one.name == "skipdata");
    assert_eq!(found.iter().filter(is_skip).count(), 2);
}
