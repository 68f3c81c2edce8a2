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
    // What other accounts own is theirs to record.
    let owned = summary.vpcs.saturating_sub(summary.not_owned);
    let whose = if summary.not_owned == 0 {
        ""
    } else {
        " that these accounts own"
    };
    // Rounded down: all but one is not 100 %.
    let Some(percent) = (summary.recorded * 100).checked_div(owned) else {
        return format!("No VPC{whose} was seen.");
    };
    format!(
        "{} of {}{whose} recorded ({percent} %)",
        words::grouped(summary.recorded),
        words::plural(owned, "VPC")
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
    fn the_share_is_of_what_the_accounts_own() {
        let mut report = crate::fixture::report();
        let mut said = |recorded, not_recorded, not_owned| {
            let summary = &mut report.summary;
            summary.vpcs = recorded + not_recorded + not_owned;
            summary.recorded = recorded;
            summary.not_recorded = not_recorded;
            summary.not_owned = not_owned;
            headline(&report)
        };
        let cases = [
            (
                said(60, 17, 3),
                "60 of 77 VPCs that these accounts own recorded (77 %)",
            ),
            (said(60, 20, 0), "60 of 80 VPCs recorded (75 %)"),
            (said(0, 0, 3), "No VPC that these accounts own was seen."),
            (said(0, 0, 0), "No VPC was seen."),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }

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
