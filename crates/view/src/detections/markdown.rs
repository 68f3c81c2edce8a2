//! `markdown`: GitHub Flavored Markdown, for tickets and chat.
//!
//! Findings in tables by severity, the gravest of them with their numbers and queries, then what was covered. Long lists end with a count
//! where they are cut.

use std::io::Write;

use flowcover_core::Severity;
use flowcover_detect::{Finding, Report};

use super::groups::{count, headline};
use super::{GENERATOR, allowed, coverage, words};
use crate::markdown::{cell, write_left_out};
use crate::words::grouped;
use crate::{Options, RenderError, inert};

/// Rows of one table, unless everything is asked for.
const ROWS: usize = 20;
/// Findings that are told with all they have, unless everything is asked for: a comment on GitHub holds 65,536 characters.
const TOLD: usize = 5;
/// Characters of a query, unless everything is asked for.
const QUERY: usize = 4_000;

/// Writes it under one second-level heading, so that it fits into a page of others.
pub(super) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let limits = if options.verbose {
        [usize::MAX; 3]
    } else {
        [ROWS, TOLD, QUERY]
    };
    writeln!(out, "## Detections: {}", cell(&headline(report)))?;
    if coverage::has_gaps(report) {
        writeln!(
            out,
            "\n> [!WARNING]\n> Not everything was seen: see what was covered."
        )?;
    }
    for severity in Severity::DESCENDING {
        write_severity(report, severity, limits[0], out)?;
    }
    write_told(report, limits[1], limits[2], out)?;
    write_allowed(report, limits[0], out)?;
    write_coverage(report, limits[0], out)?;
    let when = options
        .generated_at
        .map_or_else(String::new, |time| format!(", {time}"));
    Ok(writeln!(out, "\n<sub>{}{when}</sub>", cell(GENERATOR))?)
}

fn write_severity(
    report: &Report,
    severity: Severity,
    limit: usize,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let number = count(report, severity);
    if number == 0 {
        return Ok(());
    }
    let attribute = if severity == Severity::High {
        " open"
    } else {
        ""
    };
    writeln!(
        out,
        "\n<details{attribute}>\n<summary>{severity} ({})</summary>\n",
        grouped(number)
    )?;
    writeln!(
        out,
        "| detection | what was seen | who | when (UTC) | where |\n| --- | --- | --- | --- | --- |"
    )?;
    let findings = report.findings.iter();
    let these = findings.filter(|finding| finding.severity == severity);
    for finding in these.take(limit) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            cell(finding.detection),
            cell(&finding.message),
            cell(words::ends(finding).as_deref().unwrap_or("–")),
            cell(&words::when(finding.first_seen, finding.last_seen)),
            cell(&or_dash(words::place(finding)))
        )?;
    }
    write_left_out(usize::try_from(number).unwrap_or(usize::MAX), limit, out)?;
    Ok(writeln!(out, "\n</details>")?)
}

/// The first findings, which are the gravest, with all they have.
fn write_told(
    report: &Report,
    limit: usize,
    query: usize,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    for finding in report.findings.iter().take(limit) {
        // Within tags Markdown is not read, so the message stands below.
        let id = finding.detection;
        writeln!(
            out,
            "\n<details>\n<summary>{id}: numbers and query</summary>\n"
        )?;
        writeln!(out, "{}\n", cell(&finding.message))?;
        write_facts(finding, out)?;
        write_query(&finding.query, query, out)?;
        writeln!(out, "\n</details>")?;
    }
    Ok(())
}

fn write_facts(finding: &Finding, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(out, "| | |\n| --- | ---: |")?;
    for measure in &finding.measures {
        let (label, amount) = (words::label(measure), words::amount(measure));
        writeln!(out, "| {} | {} |", cell(&label), cell(&amount))?;
    }
    writeln!(out, "| fingerprint | {} |", cell(&finding.fingerprint))?;
    if let Some(why) = &finding.approximate {
        writeln!(out, "\nApproximate: {}.", cell(why))?;
    }
    Ok(())
}

/// A block of code, fenced by more backticks than stand in it.
fn write_query(query: &str, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    if query.chars().nth(limit).is_some() {
        return Ok(writeln!(
            out,
            "\nThe query is long: another format, or `--verbose`, has it."
        )?);
    }
    let most = query
        .split(|character| character != '`')
        .map(str::len)
        .max();
    let fence = "`".repeat(most.unwrap_or(0).max(2) + 1);
    writeln!(out, "\n{fence}sql")?;
    for line in query.lines() {
        writeln!(out, "{}", inert::text(line))?;
    }
    Ok(writeln!(out, "{fence}")?)
}

fn write_allowed(report: &Report, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    let count = allowed::worth_a_look(report).count();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "\n### Allow-list\n")?;
    writeln!(out, "| entry | reason |\n| --- | --- |")?;
    for state in allowed::worth_a_look(report).take(limit) {
        let sentence = allowed::sentence(state);
        writeln!(out, "| {} | {} |", cell(&sentence), cell(&state.reason))?;
    }
    write_left_out(count, limit, out)
}

fn write_coverage(report: &Report, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(out, "\n### Covered\n\n| | |\n| --- | --- |")?;
    for line in coverage::lines(report) {
        let bold = if line.is_gap { "**" } else { "" };
        writeln!(out, "| {bold}{}{bold} | {} |", line.label, cell(&line.text))?;
    }
    let weakened = coverage::weakened(report).count();
    if weakened == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\nSaw less than they could:\n\n| detection | why |\n| --- | --- |"
    )?;
    for weakened in coverage::weakened(report).take(limit) {
        writeln!(
            out,
            "| {} | {} |",
            cell(weakened.detection),
            cell(&weakened.why)
        )?;
    }
    write_left_out(weakened, limit, out)
}

fn or_dash(text: String) -> String {
    if text.is_empty() {
        "–".to_owned()
    } else {
        text
    }
}
