//! `csv`: one row for each finding of each VPC and transit gateway, and one row for each of them without findings, so
//! that every VPC is there. Findings on neither, and gaps, have rows of their own; the column `kind` tells them apart
//! (`vpc`, `transit-gateway`, `finding`, `gap`).
//!
//! Columns are only ever added, at the end. Several values in one cell are separated by a space. A cell that a spreadsheet
//! would run as a formula has a `'` before it.

mod row;

use std::io::Write;

use ::csv::Writer;
use flowcover_core::finding::Finding;
use flowcover_core::inventory::Gap;
use flowcover_core::report::Report;

use crate::accounts::AccountNames;
use crate::subject::{Subject, subjects};
use crate::{RenderError, words};

pub(crate) use row::Row;

/// Names of the columns, in order.
pub(crate) const COLUMNS: [&str; 29] = [
    "kind",
    "account_id",
    "account_name",
    "region",
    "resource_id",
    "name",
    "owner_id",
    "is_default",
    "in_use",
    "verdict",
    "reason",
    "covered_by",
    "basis",
    "flow_log_ids",
    "last_record_at",
    "exempt_until",
    "exempt_reason",
    "check",
    "severity",
    "message",
    "finding_resource_type",
    "finding_resource_id",
    "fix",
    "policy_source",
    "policy_line",
    "fingerprint",
    "action",
    "error_code",
    "permission",
];

/// Writes all rows under one header row.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    let accounts = AccountNames::new(report);
    let mut rows = Writer::from_writer(out);
    rows.write_record(COLUMNS)?;
    for subject in subjects(report) {
        let mut row = subject_row(subject, &accounts);
        if subject.findings().is_empty() {
            row.write(&mut rows)?;
        }
        for finding in subject.findings() {
            set_finding(&mut row, finding);
            row.write(&mut rows)?;
        }
    }
    for finding in &report.findings {
        let mut row = finding_row(finding, &accounts);
        set_finding(&mut row, finding);
        row.write(&mut rows)?;
    }
    for gap in &report.gaps {
        gap_row(gap, &accounts).write(&mut rows)?;
    }
    Ok(rows.flush()?)
}

/// A row of that kind.
fn new_row(kind: &str) -> Row<'_> {
    let mut row = Row::new(&COLUMNS);
    row.set("kind", kind);
    row
}

/// Adds what a finding says.
fn set_finding<'a>(row: &mut Row<'a>, finding: &'a Finding) {
    let policy = finding.policy.as_ref();
    row.set("check", finding.check.as_str());
    row.set("severity", finding.severity.as_str());
    row.set("message", finding.message.as_str());
    row.set("finding_resource_type", finding.resource.kind.as_str());
    row.set("finding_resource_id", finding.resource.id.as_str());
    row.set_if("fix", finding.fix.as_ref().map(|fix| fix.summary.as_str()));
    row.set_if("policy_source", policy.map(|line| line.source.as_str()));
    let line = policy.and_then(|line| line.line);
    row.set_if("policy_line", line.map(|line| line.to_string()));
    row.set("fingerprint", finding.fingerprint.as_str());
}

fn subject_row<'a>(subject: Subject<'a>, accounts: &AccountNames<'a>) -> Row<'a> {
    let mut row = new_row(subject.kind());
    row.set("account_id", subject.account_id());
    row.set_if("account_name", accounts.name(subject.account_id()));
    row.set("region", subject.region());
    row.set("resource_id", subject.id());
    row.set_if("name", subject.name());
    row.set_if("owner_id", subject.owner_id());
    row.set("verdict", subject.verdict().as_str());
    row.set("reason", subject.reason());
    row.set_if("basis", subject.basis().map(|basis| basis.as_str()));
    row.set("flow_log_ids", subject.flow_log_ids().join(" "));
    if let Some(vpc) = subject.vpc() {
        row.set_if("is_default", vpc.is_default.map(words::boolean));
        row.set_if("in_use", vpc.in_use.map(words::boolean));
        row.set("covered_by", vpc.covered_by.as_str());
        row.set_if(
            "last_record_at",
            vpc.last_record_at.map(|at| at.to_string()),
        );
    }
    if let Some(exemption) = subject.exemption() {
        row.set("exempt_until", exemption.until.as_str());
        row.set("exempt_reason", exemption.reason.as_str());
    }
    row
}

fn finding_row<'a>(finding: &'a Finding, accounts: &AccountNames<'a>) -> Row<'a> {
    let account_id = finding.resource.account_id.as_deref();
    let mut row = new_row("finding");
    row.set_if("account_id", account_id);
    row.set_if("account_name", account_id.and_then(|id| accounts.name(id)));
    row.set_if("region", finding.resource.region.as_deref());
    row.set("resource_id", finding.resource.id.as_str());
    row
}

fn gap_row<'a>(gap: &'a Gap, accounts: &AccountNames<'a>) -> Row<'a> {
    let account_id = gap.account_id.as_deref();
    let mut row = new_row("gap");
    row.set_if("account_id", account_id);
    row.set_if("account_name", account_id.and_then(|id| accounts.name(id)));
    row.set_if("region", gap.region.as_deref());
    row.set_if("resource_id", gap.resource.as_deref());
    row.set("reason", words::gap_kind(gap.kind));
    row.set("message", gap.message.as_str());
    row.set("action", gap.action.as_str());
    row.set("error_code", gap.error_code.as_str());
    row.set_if("permission", gap.permission.as_deref());
    row
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{fixture, inert};

    fn rows(report: &Report) -> Vec<::csv::StringRecord> {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory takes everything");
        let text = String::from_utf8(out).expect("CSV is UTF-8");
        assert!(!text.contains(|character| character != '\n' && inert::is_unsafe(character)));
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().expect("a header"), COLUMNS.as_slice());
        reader.records().map(|row| row.expect("a row")).collect()
    }

    fn cell<'a>(row: &'a ::csv::StringRecord, column: &str) -> &'a str {
        let at = COLUMNS.iter().position(|name| *name == column);
        &row[at.expect("a column")]
    }

    #[test]
    fn every_vpc_and_every_finding_has_its_row() {
        let report = fixture::report();
        let rows = rows(&report);
        for subject in subjects(&report) {
            let own = rows.iter().filter(|row| {
                cell(row, "account_id") == subject.account_id()
                    && cell(row, "resource_id") == subject.id()
            });
            assert_eq!(
                own.count(),
                subject.findings().len().max(1),
                "{}",
                subject.id()
            );
        }
        let gaps = rows.iter().filter(|row| cell(row, "kind") == "gap");
        assert_eq!(gaps.count(), report.gaps.len());
        let loose = rows.iter().filter(|row| cell(row, "kind") == "finding");
        assert_eq!(loose.count(), report.findings.len());
    }

    #[test]
    fn no_cell_is_a_formula() {
        for row in rows(&fixture::report()) {
            for cell in &row {
                assert!(
                    !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{cell:?}"
                );
            }
        }
    }

    proptest! {
        // Each case renders a whole report.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn names_come_back_inert(name in any::<String>(), reason in any::<String>()) {
            let mut report = fixture::report();
            report.vpcs.truncate(1);
            report.vpcs[0].name = Some(name.clone());
            report.vpcs[0].reason = reason.clone();
            let rows = rows(&report);
            prop_assert_eq!(cell(&rows[0], "name"), inert::csv(&name));
            prop_assert_eq!(cell(&rows[0], "reason"), inert::csv(&reason));
        }
    }
}
