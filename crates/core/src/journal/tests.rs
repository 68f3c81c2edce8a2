//! What is said of journals that cannot be used, and what is made of those that were cut.

use super::*;
use crate::plan::PlanError;

const STORED: &str = include_str!("../../tests/stored/journal-1.jsonl");

fn said(text: &str) -> String {
    read(text.as_bytes(), "run.journal")
        .unwrap_err()
        .to_string()
}

#[test]
fn a_line_that_was_cut_is_left_out() {
    let whole = read(STORED.as_bytes(), "run.journal").unwrap();
    assert_eq!((whole.whole, whole.is_cut), (STORED.len() as u64, false));
    let last = STORED.trim_end().rfind('\n').unwrap() + 1;
    for at in last + 1..STORED.len() {
        let cut = read(&STORED.as_bytes()[..at], "run.journal").unwrap();
        assert_eq!((cut.whole, cut.is_cut), (last as u64, true), "{at}");
        assert_eq!(cut.entries, whole.entries[..whole.entries.len() - 1]);
    }
}

#[test]
fn a_journal_without_a_whole_first_line_is_empty() {
    let first = STORED.find('\n').unwrap();
    for at in [0, 1, first / 2, first] {
        assert_eq!(
            said(&STORED[..at]),
            "run.journal: the journal has no whole first line"
        );
    }
}

#[test]
fn a_line_within_that_is_none_is_refused_with_its_number() {
    let mut lines: Vec<&str> = STORED.lines().collect();
    lines[3] = "{\"at\":";
    let text = lines.join("\n") + "\n";
    assert!(
        said(&text).starts_with("run.journal:4: not a line of a journal: "),
        "{}",
        said(&text)
    );
    lines[3] = "{\"at\":\"2026-11-20T12:00:00Z\",\"event\":\"begun\",\"step\":\"no\\u001bbody's\"}";
    let unknown = said(&(lines.join("\n") + "\n"));
    assert!(
        unknown.starts_with("run.journal:4: the plan has no step `"),
        "{unknown}"
    );
    assert!(!unknown.chars().any(char::is_control), "{unknown:?}");
}

#[test]
fn other_versions_are_refused_by_name() {
    let other = STORED.replacen(SCHEMA, "flowcover.journal/2", 1);
    assert_eq!(
        said(&other),
        "run.journal: `flowcover.journal/2` is not `flowcover.journal/1`"
    );
}

#[test]
fn an_edited_plan_in_it_is_refused() {
    let edited = STORED.replacen("\"retention_in_days\":365", "\"retention_in_days\":1", 1);
    assert_ne!(edited, STORED);
    let refused = read(edited.as_bytes(), "run.journal").unwrap_err();
    assert!(
        matches!(refused, JournalError::Plan(PlanError::Edited { .. })),
        "{refused}"
    );
}

#[test]
fn what_is_adopted_is_kept_as_it_was_first() {
    let step = "a".to_owned();
    let was = |days| Adopted::LogGroup {
        retention_in_days: days,
        kms_key_id: None,
    };
    let events = [
        Event::Begun { step: step.clone() },
        Event::Intent {
            step: step.clone(),
            call: Box::new(crate::call::CreateLogGroup::default().into()),
        },
        Event::Adopted {
            step: step.clone(),
            was: was(Some(7)),
        },
        Event::Adopted {
            step: step.clone(),
            was: was(Some(365)),
        },
        Event::Done { step: step.clone() },
    ];
    let at = jiff::Timestamp::UNIX_EPOCH;
    let entries = events.map(|event| Entry { at, event });
    let stored = serde_json::to_string(&entries).unwrap();
    let entries: Vec<Entry> = serde_json::from_str(&stored).unwrap();
    let made = states(&entries)[&step].made().cloned().unwrap();
    assert_eq!(made.adopted, Some(was(Some(7))));
    // The group is not what the call made.
    assert_eq!((made.calls.len(), made.pending), (0, None));
}

#[test]
fn a_call_without_an_answer_is_pending() {
    let lines: Vec<&str> = STORED.lines().collect();
    let state_after = |count: usize| {
        let text = lines[..=count].join("\n") + "\n";
        let journal = read(text.as_bytes(), "run.journal").unwrap();
        let role = journal.header.plan.steps[2].id.clone();
        states(&journal.entries).remove(&role)
    };
    assert_eq!(state_after(0), None);
    let pending = |count| match state_after(count) {
        Some(StepState::Begun(made)) => (made.calls.len(), made.pending.is_some()),
        other => panic!("{other:?}"),
    };
    assert_eq!(pending(1), (0, false));
    assert_eq!(pending(2), (0, true));
    assert_eq!(pending(3), (1, false));
    assert!(state_after(4).unwrap().is_done());
}
