//! `ndjson`: one JSON object per line, each with a `kind`, for log pipelines and line-by-line tools.
//!
//! The first line has kind `report` and holds what concerns the run as a whole. Then follow lines of kind `account`,
//! `region`, `vpc`, `transit-gateway`, `other-flow-log`, `finding` (those on no VPC and no transit gateway), `gap` and
//! `changes`. Beside `kind`, each has the fields of the JSON report; the kind of a gap is `gap_kind`.

use std::collections::BTreeMap;
use std::io::Write;

use flowcover_core::inventory::{Depth, Gap, GapKind};
use flowcover_core::report::{PolicySummary, Report, Summary};
use jiff::Timestamp;
use serde::Serialize;

use crate::RenderError;
use crate::json::write_compact;

#[derive(Serialize)]
struct Line<'a, T> {
    kind: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Serialize)]
struct RunLine<'a> {
    schema: &'a str,
    generated_at: Timestamp,
    generator: &'a str,
    partition: &'a str,
    depth: Depth,
    proved: bool,
    interrupted: bool,
    policy: &'a PolicySummary,
    summary: &'a Summary,
    calls: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct GapLine<'a> {
    account_id: Option<&'a str>,
    region: Option<&'a str>,
    action: &'a str,
    resource: Option<&'a str>,
    gap_kind: GapKind,
    error_code: &'a str,
    permission: Option<&'a str>,
    message: &'a str,
}

/// Writes the report line by line.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    write_line("report", &run_line(report), out)?;
    write_lines("account", &report.accounts, out)?;
    write_lines("region", &report.regions, out)?;
    write_lines("vpc", &report.vpcs, out)?;
    write_lines("transit-gateway", &report.transit_gateways, out)?;
    write_lines("other-flow-log", &report.other_flow_logs, out)?;
    write_lines("finding", &report.findings, out)?;
    for gap in &report.gaps {
        write_line("gap", &gap_line(gap), out)?;
    }
    if let Some(changes) = &report.changes {
        write_line("changes", changes, out)?;
    }
    Ok(())
}

/// Writes each of them as a line of that kind.
pub(crate) fn write_lines<T: Serialize>(
    kind: &'static str,
    items: &[T],
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    items
        .iter()
        .try_for_each(|item| write_line(kind, item, out))
}

/// Writes one line of that kind.
pub(crate) fn write_line<T: Serialize>(
    kind: &'static str,
    body: &T,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    write_compact(&Line { kind, body }, out)?;
    Ok(out.write_all(b"\n")?)
}

fn run_line(report: &Report) -> RunLine<'_> {
    RunLine {
        schema: &report.schema,
        generated_at: report.generated_at,
        generator: &report.generator,
        partition: &report.partition,
        depth: report.depth,
        proved: report.proved,
        interrupted: report.interrupted,
        policy: &report.policy,
        summary: &report.summary,
        calls: &report.calls,
    }
}

fn gap_line(gap: &Gap) -> GapLine<'_> {
    GapLine {
        account_id: gap.account_id.as_deref(),
        region: gap.region.as_deref(),
        action: &gap.action,
        resource: gap.resource.as_deref(),
        gap_kind: gap.kind,
        error_code: &gap.error_code,
        permission: gap.permission.as_deref(),
        message: &gap.message,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixture;

    fn lines() -> Vec<Value> {
        let mut out = Vec::new();
        write(&fixture::report(), &mut out).expect("memory takes everything");
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect()
    }

    #[test]
    fn every_line_says_what_it_is_and_nothing_is_missing() {
        let report = fixture::report();
        let lines = lines();
        let count = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
        assert_eq!(lines[0]["kind"], "report");
        assert_eq!(count("account"), report.accounts.len());
        assert_eq!(count("region"), report.regions.len());
        assert_eq!(count("vpc"), report.vpcs.len());
        assert_eq!(count("transit-gateway"), report.transit_gateways.len());
        assert_eq!(count("other-flow-log"), report.other_flow_logs.len());
        assert_eq!(count("finding"), report.findings.len());
        assert_eq!(count("gap"), report.gaps.len());
        assert_eq!(count("changes"), 1);
    }

    #[test]
    fn a_vpc_line_has_the_fields_of_the_report() {
        let report = fixture::report();
        let lines = lines();
        let line = lines.iter().find(|line| line["kind"] == "vpc");
        let mut line = line.expect("there are VPCs").clone();
        line.as_object_mut().expect("an object").remove("kind");
        assert_eq!(line, serde_json::to_value(&report.vpcs[0]).expect("JSON"));
    }

    #[test]
    fn a_gap_keeps_both_kinds() {
        let lines = lines();
        let gap = lines
            .iter()
            .find(|line| line["kind"] == "gap")
            .expect("there are gaps");
        assert_eq!(gap["gap_kind"], "unreachable");
    }
}
