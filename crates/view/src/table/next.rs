//! What to do next, in one or two lines.

use flowcover_core::Severity;
use flowcover_core::report::Report;

use super::page::{Page, Tone};
use crate::RenderError;
use crate::subject::findings;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.blank()?;
    let mut lines = Vec::new();
    if let Some(check) = first_check(report) {
        lines.push(format!(
            "flowcover explain {check} says why it matters and how to mend it"
        ));
    }
    if report.gaps.iter().any(|gap| gap.permission.is_some()) {
        lines.push(
            "flowcover permissions audit prints the permissions that reading everything needs"
                .to_owned(),
        );
    } else if !report.gaps.is_empty() {
        lines.push("run it again: what could not be read may answer then".to_owned());
    }
    if lines.is_empty() {
        lines.push(
            "nothing to mend; run it again from time to time, or on a schedule with --baseline"
                .to_owned(),
        );
    }
    for line in lines {
        page.entry(0, 6, &[(Tone::Strong, "next: ")], Tone::Plain, &line)?;
    }
    Ok(())
}

/// The check to begin with: the one found most often among the most severe.
fn first_check(report: &Report) -> Option<&str> {
    let mut counts = std::collections::BTreeMap::<&str, (Severity, usize)>::new();
    for (_, finding) in findings(report).filter(|(_, finding)| finding.severity > Severity::Info) {
        let count = counts
            .entry(&finding.check)
            .or_insert((finding.severity, 0));
        *count = (count.0.max(finding.severity), count.1 + 1);
    }
    // The first of equals by name, so that the same report gives the same line.
    let worst = counts.into_iter().rev().max_by_key(|(_, rank)| *rank);
    worst.map(|(check, _)| check)
}
