//! What changed since an earlier report.

use flowcover_core::Verdict;
use flowcover_core::report::{Changes, Report, VerdictChange};

use super::page::{Page, Tone};
use crate::{RenderError, inert, words};

/// Changed verdicts that are shown, unless everything is asked for.
const ROWS: usize = 20;

pub(super) fn write(
    report: &Report,
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let Some(changes) = &report.changes else {
        return Ok(());
    };
    let limit = if verbose { usize::MAX } else { ROWS };
    page.heading(Tone::Strong, &title(changes), &counts(changes))?;
    for change in changes.verdicts.iter().take(limit) {
        write_change(change, page)?;
    }
    if changes.verdicts.len() > limit {
        let left_out = words::grouped((changes.verdicts.len() - limit) as u64);
        page.text(
            2,
            Tone::Plain,
            &format!("… and {left_out} more (--verbose lists all)"),
        )?;
    }
    Ok(())
}

fn title(changes: &Changes) -> String {
    let since = changes
        .since
        .map(|since| since.strftime("%Y-%m-%d %H:%M UTC").to_string());
    format!("SINCE {}", since.as_deref().unwrap_or("THE EARLIER REPORT"))
}

fn counts(changes: &Changes) -> String {
    format!(
        "{}, {} fixed, {} not checked this time, {} unchanged",
        words::plural(changes.new.len() as u64, "new finding"),
        changes.fixed.len(),
        changes.not_checked.len(),
        changes.unchanged
    )
}

fn write_change(change: &VerdictChange, page: &mut Page<'_>) -> Result<(), RenderError> {
    let tone = change.now.map_or(Tone::Quiet, Tone::of_verdict);
    let before = change.before.map_or("not seen", Verdict::as_str);
    let now = change.now.map_or("gone", Verdict::as_str);
    let step = format!("{before} → {now}");
    let lead = [
        (Tone::Plain, &*inert::text(&change.vpc_id)),
        (Tone::Plain, "  "),
        (tone, &*step),
        (Tone::Plain, "  "),
    ];
    let place = format!("{} {}", change.account_id, change.region);
    page.entry(2, 4, &lead, Tone::Quiet, &place)
}
