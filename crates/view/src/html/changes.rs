//! What changed since an earlier report.

use std::collections::HashSet;

use flowcover_core::finding::Finding;
use flowcover_core::report::{Changes, Report, VerdictChange};

use super::words::{class, label};

/// What is new, fixed and unchanged.
#[derive(Debug)]
pub(super) struct ChangesView<'a> {
    pub(super) changes: &'a Changes,
    pub(super) since: Option<String>,
    /// The new findings, most severe first.
    pub(super) new: Vec<&'a Finding>,
    pub(super) verdicts: Vec<Turn<'a>>,
}

/// A verdict that changed: class and word before and now.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) change: &'a VerdictChange,
    pub(super) before: (&'static str, &'static str),
    pub(super) now: (&'static str, &'static str),
}

impl<'a> ChangesView<'a> {
    pub(super) fn new(report: &'a Report) -> Option<Self> {
        let changes = report.changes.as_ref()?;
        let known: HashSet<&str> = changes.new.iter().map(String::as_str).collect();
        let mut new: Vec<_> = super::findings(report)
            .filter(|finding| known.contains(&*finding.fingerprint))
            .collect();
        new.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let turn = |change: &'a VerdictChange| Turn {
            change,
            before: change.before.map_or(("na", "not there"), |verdict| {
                (class(verdict), label(verdict))
            }),
            now: change
                .now
                .map_or(("na", "gone"), |verdict| (class(verdict), label(verdict))),
        };
        Some(Self {
            changes,
            since: changes.since.map(super::words::moment),
            new,
            verdicts: changes.verdicts.iter().map(turn).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn new_findings_are_found_by_their_fingerprint() {
        let report = fixture::report();
        let view = ChangesView::new(&report).expect("the fixture has changes");
        assert_eq!(view.new.len(), 1);
        assert_eq!(view.new[0].check, "flow-log-missing");
        assert_eq!(view.verdicts.len(), 4);
    }
}
