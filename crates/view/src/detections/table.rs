//! `table`: for reading in a terminal or a pipe.
//!
//! Findings first, the gravest first, grouped by detection; then entries of the allow-list that need a look; then what was covered,
//! always. Nothing is said by colour alone, and identifiers are never cut.

use std::io::Write;

use flowcover_detect::{Finding, Report};

use super::chart::Series;
use super::groups::{Group, groups, headline};
use super::{allowed, coverage, words};
use crate::table::page::{Page, Tone, pad};
use crate::words::grouped;
use crate::{Options, RenderError, inert};

/// Findings of one group that are shown, unless everything is asked for.
const ROWS: usize = 10;
/// Cells of a spark line.
const CELLS: usize = 24;
/// Columns of the labels of what was covered.
const LABEL: usize = 17;

/// Writes every section that has something to say; what was covered always has.
pub(super) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut page = Page::new(out, options);
    page.heading(Tone::Strong, "DETECTIONS", &headline(report))?;
    let groups = groups(report);
    for group in &groups {
        write_group(group, options.verbose, &mut page)?;
    }
    write_allowed(report, options.verbose, &mut page)?;
    write_coverage(report, &mut page)?;
    write_next(&groups, options.verbose, &mut page)
}

fn write_group(group: &Group<'_>, verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.blank()?;
    page.group(
        group.severity,
        group.id,
        group.findings.len(),
        group.title(),
    )?;
    let limit = if verbose { usize::MAX } else { ROWS };
    for finding in group.findings.iter().take(limit) {
        write_finding(finding, verbose, page)?;
    }
    write_left_out(group.findings.len(), limit, page)
}

fn write_finding(finding: &Finding, verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.entry(2, 4, &[(Tone::Plain, "- ")], Tone::Plain, &finding.message)?;
    if let Some(ends) = words::ends(finding) {
        page.text(4, Tone::Strong, &ends)?;
    }
    let place = words::place(finding);
    if !place.is_empty() {
        page.text(4, Tone::Quiet, &place)?;
    }
    write_times(finding, page)?;
    let measures = words::measures(finding);
    if !measures.is_empty() {
        page.text(4, Tone::Plain, &measures)?;
    }
    if let Some(why) = &finding.approximate {
        let lead = [(Tone::Warning, "approximate: ")];
        page.entry(4, 6, &lead, Tone::Plain, why)?;
    }
    if verbose {
        let lead = [(Tone::Quiet, "fingerprint: ")];
        page.entry(4, 6, &lead, Tone::Quiet, &finding.fingerprint)?;
        write_query(&finding.query, page)?;
    }
    Ok(())
}

/// When it was, and how it was spread over that time.
fn write_times(finding: &Finding, page: &mut Page<'_>) -> Result<(), RenderError> {
    let mut text = words::when(finding.first_seen, finding.last_seen);
    if let Some(series) = Series::of(finding, CELLS).filter(|series| series.amounts.len() > 1) {
        text.push_str(&format!(" {} {}", series.spark(), words::step(series.step)));
    }
    page.text(4, Tone::Plain, &text)
}

/// Line by line as it stands, not cut: it is there to be run.
fn write_query(query: &str, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.text(4, Tone::Quiet, "query:")?;
    for line in query.lines() {
        page.verbatim(6, &inert::text(line))?;
    }
    Ok(())
}

fn write_left_out(count: usize, limit: usize, page: &mut Page<'_>) -> Result<(), RenderError> {
    if count <= limit {
        return Ok(());
    }
    let left_out = grouped((count - limit) as u64);
    page.text(
        2,
        Tone::Plain,
        &format!("… and {left_out} more (--verbose lists all)"),
    )
}

fn write_allowed(report: &Report, verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    if report.allowed.is_empty() {
        return Ok(());
    }
    let kept: u64 = report
        .allowed
        .iter()
        .fold(0, |kept, state| kept.saturating_add(state.findings));
    let remark = format!("{} kept out", crate::words::plural(kept, "finding"));
    page.heading(Tone::Strong, "ALLOW-LIST", &remark)?;
    let limit = if verbose { usize::MAX } else { ROWS };
    let shown = || {
        let entries = report.allowed.iter();
        entries.filter(|state| verbose || allowed::Standing::of(state) != allowed::Standing::Used)
    };
    for state in shown().take(limit) {
        let standing = allowed::Standing::of(state);
        let word = standing.as_str().to_uppercase();
        let lead = [
            (Tone::of_severity(standing.severity()), word.as_str()),
            (Tone::Plain, "  "),
        ];
        page.entry(2, 4, &lead, Tone::Plain, &allowed::sentence(state))?;
        let lead = [(Tone::Quiet, "reason: ")];
        page.entry(4, 6, &lead, Tone::Quiet, &state.reason)?;
    }
    write_left_out(shown().count(), limit, page)
}

fn write_coverage(report: &Report, page: &mut Page<'_>) -> Result<(), RenderError> {
    let remark = if coverage::has_gaps(report) {
        "what was not seen is unknown, not absent"
    } else {
        ""
    };
    page.heading(Tone::Strong, "COVERED", remark)?;
    for line in coverage::lines(report) {
        let label = pad(line.label, LABEL);
        let tone = if line.is_gap {
            Tone::Warning
        } else {
            Tone::Quiet
        };
        page.entry(2, 2 + LABEL, &[(tone, &label)], Tone::Plain, &line.text)?;
    }
    let label = pad("weakened", LABEL);
    for weakened in coverage::weakened(report) {
        let lead = [
            (Tone::Warning, label.as_str()),
            (Tone::Strong, &*inert::text(weakened.detection)),
            (Tone::Plain, "  "),
        ];
        page.entry(2, 2 + LABEL, &lead, Tone::Plain, &weakened.why)?;
    }
    Ok(())
}

fn write_next(groups: &[Group<'_>], verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    let Some(group) = groups.first() else {
        return Ok(());
    };
    page.blank()?;
    let next = [(Tone::Strong, "next: ")];
    let explain = format!(
        "flowcover explain {} says what it sees, what is mistaken for it, and how to tune it",
        group.id
    );
    page.entry(0, 6, &next, Tone::Plain, &explain)?;
    if !verbose {
        let queries = "--verbose adds to each finding the query that shows it";
        page.entry(0, 6, &next, Tone::Plain, queries)?;
    }
    Ok(())
}
