//! The head of the page: what was looked at, and how much of it is recorded.

use flowcover_core::Verdict;
use flowcover_core::inventory::Depth;
use flowcover_core::report::Report;

use super::page::{Page, Tone};
use crate::{RenderError, words};

const WIDEST_BAR: usize = 60;
/// Columns before a bar: indent, verdict, count.
const BEFORE_BAR: usize = 2 + 12 + 2 + 9 + 2;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.entry(
        0,
        2,
        &[(Tone::Strong, "VPC FLOW LOGS"), (Tone::Plain, "  ")],
        Tone::Quiet,
        &scope(report),
    )?;
    page.text(0, Tone::Quiet, &policy(report))?;
    page.blank()?;
    page.text(2, headline_tone(report), &headline(report))?;
    page.blank()?;
    for verdict in Verdict::ALL {
        write_bar(report, verdict, page)?;
    }
    page.blank()?;
    page.text(
        2,
        Tone::Plain,
        &format!("findings: {}", words::by_severity(&report.summary)),
    )
}

fn scope(report: &Report) -> String {
    format!(
        "{} · {} · {} in {} · {}",
        report.generated_at.strftime("%Y-%m-%d %H:%M UTC"),
        words::plural(report.vpcs.len() as u64, "VPC"),
        words::plural(report.accounts.len() as u64, "account"),
        words::plural(report.regions.len() as u64, "account-region"),
        report.generator
    )
}

fn policy(report: &Report) -> String {
    let policy = &report.policy;
    let file = policy.file.as_deref().map(|file| format!("{file}, "));
    let wider = if policy.traffic_type == "ALL" {
        ""
    } else {
        " or wider"
    };
    let proved = if report.proved {
        " · arrival of records proved"
    } else {
        ""
    };
    let depth = match report.depth {
        Depth::Full => "",
        Depth::Delivery => " · depth delivery: roles and destinations were not read",
    };
    format!(
        "policy: {}preset {} · traffic type {}{wider} · evidence {}{proved}{depth}",
        file.unwrap_or_default(),
        policy.preset,
        policy.traffic_type,
        policy.evidence
    )
}

fn headline(report: &Report) -> String {
    let summary = &report.summary;
    if summary.vpcs == 0 {
        return "No VPC was seen.".to_owned();
    }
    // Rounded down: all but one is not 100 %.
    let percent = summary.recorded * 100 / summary.vpcs;
    format!(
        "{} of {} recorded ({percent} %)",
        words::grouped(summary.recorded),
        words::plural(summary.vpcs, "VPC")
    )
}

const fn headline_tone(report: &Report) -> Tone {
    let summary = &report.summary;
    if summary.not_recorded > 0 {
        Tone::Bad
    } else if summary.unknown > 0
        || summary.regions_not_collected > 0
        || summary.vpcs == 0
        || report.interrupted
    {
        Tone::Warning
    } else {
        Tone::Good
    }
}

fn write_bar(report: &Report, verdict: Verdict, page: &mut Page<'_>) -> Result<(), RenderError> {
    let count = words::counted(&report.summary, verdict);
    let tone = if count == 0 {
        Tone::Quiet
    } else {
        Tone::of_verdict(verdict)
    };
    let number = format!("{:>9}", words::grouped(count));
    let room = page.width().saturating_sub(BEFORE_BAR).min(WIDEST_BAR);
    let lead = [
        (tone, &*format!("{:<12}", verdict.as_str())),
        (Tone::Plain, "  "),
        (tone, &*number),
        (Tone::Plain, "  "),
    ];
    page.entry(
        2,
        BEFORE_BAR,
        &lead,
        tone,
        &bar(count, report.summary.vpcs, room),
    )
}

/// A bar as long as the share of `count`, at least one cell where there is something.
fn bar(count: u64, all: u64, room: usize) -> String {
    if count == 0 || all == 0 {
        return String::new();
    }
    let cells = u128::from(count) * room as u128 / u128::from(all);
    "█".repeat(usize::try_from(cells).unwrap_or(room).clamp(1, room.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_shares_and_never_hide_the_last_one() {
        let cases = [
            (0, 10, 0),
            (1, 100_000, 1),
            (5, 10, 20),
            (10, 10, 40),
            (u64::MAX, u64::MAX, 40),
            (1, 0, 0),
        ];
        for (count, all, cells) in cases {
            assert_eq!(bar(count, all, 40).chars().count(), cells);
        }
    }
}
