//! `markdown`: GitHub Flavored Markdown, for a pull-request comment or a wiki page.
//!
//! What is recorded is counted, not listed, unless asked for; long lists are folded away and end with a count where they are cut,
//! for a comment on GitHub holds 65,536 characters and a longer one is refused.

use std::io::Write;

use flowcover_core::finding::Finding;
use flowcover_core::report::{Report, VerdictChange};
use flowcover_core::{Severity, Verdict};

use crate::inert::{clip, markdown};
use crate::subject::{Subject, findings, subjects};
use crate::{Options, RenderError, words};

/// Rows of one table, unless everything is asked for.
const ROWS: usize = 20;
/// Characters of a name or a message in a table cell.
const CELL: usize = 300;

/// Writes the report under one second-level heading, so that it fits into a page of others.
pub(crate) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let limit = if options.verbose { usize::MAX } else { ROWS };
    write_summary(report, out)?;
    write_unread(report, limit, out)?;
    write_subjects(report, options.verbose, limit, out)?;
    write_findings(report, limit, out)?;
    write_changes(report, limit, out)?;
    Ok(writeln!(
        out,
        "\n<sub>{}, {}, policy {}</sub>",
        cell(&report.generator),
        report.generated_at,
        cell(
            report
                .policy
                .file
                .as_deref()
                .unwrap_or(&report.policy.preset)
        )
    )?)
}

fn write_summary(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    let summary = &report.summary;
    writeln!(out, "## VPC flow logs: {}\n", headline(report))?;
    if report.interrupted {
        writeln!(
            out,
            "> [!WARNING]\n> Collecting was cut short: what was not read is unknown.\n"
        )?;
    }
    writeln!(out, "| verdict | VPCs |\n| --- | ---: |")?;
    for verdict in Verdict::ALL {
        let count = words::counted(summary, verdict);
        let bold = if count > 0 && matches!(verdict, Verdict::NotRecorded | Verdict::Unknown) {
            "**"
        } else {
            ""
        };
        writeln!(
            out,
            "| {bold}{verdict}{bold} | {bold}{}{bold} |",
            words::grouped(count)
        )?;
    }
    writeln!(out, "| all | {} |", words::grouped(summary.vpcs))?;
    Ok(writeln!(
        out,
        "\nFindings: {}.",
        words::by_severity(summary)
    )?)
}

fn headline(report: &Report) -> String {
    let summary = &report.summary;
    let interrupted = u64::from(report.interrupted);
    let unread = summary.unknown + summary.regions_not_collected + interrupted;
    match (summary.not_recorded, unread) {
        (0, 0) if summary.vpcs == 0 => "no VPC seen".to_owned(),
        (0, 0) => "every VPC that must be recorded is".to_owned(),
        (0, _) => "incomplete, not everything could be read".to_owned(),
        (count, 0) => format!("{} not recorded", words::plural(count, "VPC")),
        (count, _) => format!(
            "{} not recorded, and not everything could be read",
            words::plural(count, "VPC")
        ),
    }
}

fn write_unread(report: &Report, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    if report.gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Not read\n")?;
    if report.summary.regions_not_collected > 0 {
        writeln!(
            out,
            "{} of accounts not read in full: VPCs may hide there.\n",
            words::plural(report.summary.regions_not_collected, "region")
        )?;
    }
    writeln!(
        out,
        "| account | region | call | error | missing permission | what happened |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    for gap in report.gaps.iter().take(limit) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            cell(gap.account_id.as_deref().unwrap_or("–")),
            cell(gap.region.as_deref().unwrap_or("–")),
            cell(&gap.action),
            cell(&gap.error_code),
            cell(gap.permission.as_deref().unwrap_or("–")),
            cell(&gap.message)
        )?;
    }
    write_left_out(report.gaps.len(), limit, out)
}

fn write_subjects(
    report: &Report,
    verbose: bool,
    limit: usize,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    for verdict in Verdict::ALL {
        let these = || subjects(report).filter(move |subject| subject.verdict() == verdict);
        let count = these().count();
        if count == 0 || (verdict == Verdict::Recorded && !verbose) {
            continue;
        }
        let open = matches!(verdict, Verdict::NotRecorded | Verdict::Unknown);
        let attribute = if open { " open" } else { "" };
        writeln!(
            out,
            "\n<details{attribute}>\n<summary>{verdict} ({})</summary>\n",
            words::grouped(count as u64)
        )?;
        writeln!(
            out,
            "| account | region | resource | name | why |\n| --- | --- | --- | --- | --- |"
        )?;
        for subject in these().take(limit) {
            write_subject(subject, out)?;
        }
        write_left_out(count, limit, out)?;
        writeln!(out, "\n</details>")?;
    }
    Ok(())
}

fn write_subject(subject: Subject<'_>, out: &mut dyn Write) -> Result<(), RenderError> {
    let exemption = subject
        .exemption()
        .map(|exemption| format!(". Exempt until {}: {}", exemption.until, exemption.reason));
    let why = format!("{}{}", subject.reason(), exemption.unwrap_or_default());
    Ok(writeln!(
        out,
        "| {} | {} | {} | {} | {} |",
        cell(subject.account_id()),
        cell(subject.region()),
        cell(subject.id()),
        cell(subject.name().unwrap_or("–")),
        cell(&why)
    )?)
}

fn write_findings(report: &Report, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    for severity in Severity::DESCENDING {
        let these = || {
            findings(report)
                .map(|(_, finding)| finding)
                .filter(move |finding| finding.severity == severity)
        };
        let count = these().count();
        if count == 0 {
            continue;
        }
        let attribute = if severity == Severity::High {
            " open"
        } else {
            ""
        };
        writeln!(
            out,
            "\n<details{attribute}>\n<summary>Findings, {severity} ({})</summary>\n",
            words::grouped(count as u64)
        )?;
        writeln!(
            out,
            "| check | resource | message | fix |\n| --- | --- | --- | --- |"
        )?;
        for finding in these().take(limit) {
            write_finding(finding, out)?;
        }
        write_left_out(count, limit, out)?;
        writeln!(out, "\n</details>")?;
    }
    Ok(())
}

fn write_finding(finding: &Finding, out: &mut dyn Write) -> Result<(), RenderError> {
    let fix = finding.fix.as_ref().map_or("–", |fix| fix.summary.as_str());
    Ok(writeln!(
        out,
        "| {} | {} | {} | {} |",
        cell(&finding.check),
        cell(&finding.resource.id),
        cell(&finding.message),
        cell(fix)
    )?)
}

fn write_changes(report: &Report, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    let Some(changes) = &report.changes else {
        return Ok(());
    };
    let since = changes.since.map_or_else(
        || "the earlier report".to_owned(),
        |since| since.to_string(),
    );
    writeln!(out, "\n### Since {since}\n")?;
    writeln!(
        out,
        "{} new, {} fixed, {} not checked this time, {} unchanged.",
        changes.new.len(),
        changes.fixed.len(),
        changes.not_checked.len(),
        changes.unchanged
    )?;
    if changes.verdicts.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n| account | region | VPC | before | now |\n| --- | --- | --- | --- | --- |"
    )?;
    for change in changes.verdicts.iter().take(limit) {
        write_change(change, out)?;
    }
    write_left_out(changes.verdicts.len(), limit, out)
}

fn write_change(change: &VerdictChange, out: &mut dyn Write) -> Result<(), RenderError> {
    Ok(writeln!(
        out,
        "| {} | {} | {} | {} | {} |",
        cell(&change.account_id),
        cell(&change.region),
        cell(&change.vpc_id),
        change.before.map_or("–", Verdict::as_str),
        change.now.map_or("gone", Verdict::as_str)
    )?)
}

/// Says how many rows beyond the limit were left out, if any were.
pub(crate) fn write_left_out(
    count: usize,
    limit: usize,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    if count <= limit {
        return Ok(());
    }
    let left_out = words::grouped((count - limit) as u64);
    Ok(writeln!(
        out,
        "\n… and {left_out} more; `--verbose` or another format lists them all."
    )?)
}

/// Untrusted text for a cell of a table.
pub(crate) fn cell(raw: &str) -> String {
    markdown(&clip(raw, CELL)).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{fixture, inert};

    fn rendered(report: &Report, options: &Options) -> String {
        let mut out = Vec::new();
        write(report, options, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("Markdown is UTF-8")
    }

    fn rows<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
        text.lines().filter(move |line| line.starts_with(start))
    }

    #[test]
    fn what_is_recorded_is_listed_only_when_asked() {
        let report = fixture::report();
        let recorded = "| 111111111111 | eu-west-1 | vpc-0aaaaaaaaaaaaaa02 | payments |";
        assert_eq!(
            rows(&rendered(&report, &Options::default()), recorded).count(),
            0
        );
        let options = Options {
            verbose: true,
            ..Options::default()
        };
        assert_eq!(rows(&rendered(&report, &options), recorded).count(), 1);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut report = fixture::report();
        report.vpcs = vec![report.vpcs[0].clone(); 120];
        let text = rendered(&report, &Options::default());
        assert!(text.contains("… and 101 more;"), "{text}");
        assert!(text.len() < 65_536, "a comment on GitHub holds no more");
    }

    #[test]
    fn the_headline_says_pass_only_where_everything_was_read() {
        let headline = |change: fn(&mut Report)| {
            let mut report = fixture::report();
            report.summary = flowcover_core::report::Summary::default();
            report.summary.vpcs = 5;
            report.summary.recorded = 5;
            report.interrupted = false;
            change(&mut report);
            headline(&report)
        };
        assert_eq!(headline(|_| ()), "every VPC that must be recorded is");
        assert_eq!(headline(|report| report.summary.vpcs = 0), "no VPC seen");
        let incomplete = "incomplete, not everything could be read";
        assert_eq!(headline(|report| report.summary.unknown = 1), incomplete);
        assert_eq!(
            headline(|report| report.summary.regions_not_collected = 1),
            incomplete
        );
        assert_eq!(headline(|report| report.interrupted = true), incomplete);
        assert_eq!(
            headline(|report| report.summary.not_recorded = 1),
            "1 VPC not recorded"
        );
    }

    proptest! {
        // Each case renders a whole report.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_name_leaves_its_cell(name in any::<String>()) {
            let mut report = fixture::report();
            report.vpcs[0].name = Some(name.clone());
            report.vpcs[0].reason = name;
            let text = rendered(&report, &Options::default());
            prop_assert!(!text.contains(|character| character != '\n' && inert::is_unsafe(character)));
            let row = rows(&text, "| 111111111111 | eu-west-1 | vpc-0aaaaaaaaaaaaaa01 |").next();
            let row = row.expect("the VPC has a row");
            prop_assert_eq!(row.matches('|').count(), 6);
            prop_assert!(!row.contains(['<', '>']));
        }
    }
}
