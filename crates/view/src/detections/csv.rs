//! `csv`: one row for each finding, then rows about what was covered; the column `kind` tells them apart (`finding`, `allowed`, `coverage`,
//! `weakened`, `beyond`).
//!
//! Columns are only ever added, at the end. A cell that a spreadsheet would run as a formula has a `'` before it.

use std::io::Write;

use ::csv::Writer;
use flowcover_detect::{AllowState, Coverage, Detection, Finding, Report};

use super::allowed::{Standing, sentence};
use super::words::{rfc3339, rfc3339_or_seconds};
use crate::RenderError;
use crate::csv::Row;

/// Names of the columns, in order.
pub(super) const COLUMNS: [&str; 26] = [
    "kind",
    "severity",
    "detection",
    "message",
    "client",
    "client_name",
    "server",
    "server_name",
    "server_port",
    "protocol",
    "first_seen",
    "first_seen_at",
    "last_seen",
    "last_seen_at",
    "account_id",
    "vpc_id",
    "subnet_id",
    "instance_id",
    "interface_id",
    "measures",
    "approximate",
    "techniques",
    "query",
    "fingerprint",
    "name",
    "value",
];

/// Writes all rows under one header row.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut rows = Writer::from_writer(out);
    rows.write_record(COLUMNS)?;
    for finding in &report.findings {
        finding_row(finding).write(&mut rows)?;
    }
    for state in &report.allowed {
        allowed_row(state).write(&mut rows)?;
    }
    for (name, value) in covered(&report.coverage) {
        named_row("coverage", name, value).write(&mut rows)?;
    }
    for weakened in &report.coverage.weakened {
        let mut row = new_row("weakened");
        row.set("detection", weakened.detection);
        row.set("message", weakened.why.as_str());
        row.write(&mut rows)?;
    }
    for (detection, count) in &report.beyond {
        let mut row = named_row("beyond", "findings", count.to_string());
        row.set("detection", *detection);
        row.write(&mut rows)?;
    }
    Ok(rows.flush()?)
}

fn new_row(kind: &str) -> Row<'_> {
    let mut row = Row::new(&COLUMNS);
    row.set("kind", kind);
    row
}

fn named_row<'a>(kind: &'a str, name: &'a str, value: String) -> Row<'a> {
    let mut row = new_row(kind);
    row.set("name", name);
    row.set("value", value);
    row
}

fn finding_row(finding: &Finding) -> Row<'_> {
    let mut row = new_row("finding");
    let text = |value: Option<String>| value.unwrap_or_default();
    row.set("severity", finding.severity.as_str());
    row.set("detection", finding.detection);
    row.set("message", finding.message.as_str());
    row.set("client", text(finding.client.map(|it| it.to_string())));
    row.set_if("client_name", finding.client_name.as_deref());
    row.set("server", text(finding.server.map(|it| it.to_string())));
    row.set_if("server_name", finding.server_name.as_deref());
    let port = finding.server_port.map(|it| it.to_string());
    row.set("server_port", text(port));
    row.set("protocol", text(finding.protocol.map(|it| it.to_string())));
    row.set("first_seen", finding.first_seen.to_string());
    row.set("first_seen_at", text(rfc3339(finding.first_seen)));
    row.set("last_seen", finding.last_seen.to_string());
    row.set("last_seen_at", text(rfc3339(finding.last_seen)));
    let point = &finding.capture_point;
    row.set_if("account_id", point.account_id.as_deref());
    row.set_if("vpc_id", point.vpc_id.as_deref());
    row.set_if("subnet_id", point.subnet_id.as_deref());
    row.set_if("instance_id", point.instance_id.as_deref());
    row.set_if("interface_id", point.interface_id.as_deref());
    row.set("measures", measures(finding));
    row.set_if("approximate", finding.approximate.as_deref());
    row.set("techniques", techniques(finding.detection));
    row.set("query", one_line(&finding.query));
    row.set("fingerprint", finding.fingerprint.as_str());
    row
}

/// `ports=250 flows=300`, in the units of the JSON report.
fn measures(finding: &Finding) -> String {
    let measures = finding.measures.iter();
    let pairs: Vec<String> = measures
        .map(|measure| format!("{}={}", measure.name, measure.value))
        .collect();
    pairs.join(" ")
}

fn techniques(detection: &str) -> String {
    let techniques = Detection::named(detection).map_or(&[][..], |found| found.techniques);
    let ids: Vec<&str> = techniques.iter().map(|technique| technique.id).collect();
    ids.join(" ")
}

/// A query in one line: a cell has no line breaks, and SQL does not ask for them.
fn one_line(query: &str) -> String {
    query.lines().collect::<Vec<&str>>().join(" ")
}

fn allowed_row(state: &AllowState) -> Row<'_> {
    let mut row = new_row("allowed");
    row.set("severity", Standing::of(state).severity().as_str());
    let message = format!("{}; reason: {}", sentence(state), state.reason);
    row.set("message", message);
    row.set("name", state.place.as_str());
    row.set("value", Standing::of(state).as_str());
    row
}

fn covered(coverage: &Coverage) -> Vec<(&'static str, String)> {
    let moment = |seconds: Option<i64>| seconds.map(rfc3339_or_seconds).unwrap_or_default();
    let mut lines = vec![
        ("from", moment(coverage.from)),
        ("to", moment(coverage.to)),
        ("stray_moments", coverage.stray_moments.to_string()),
        ("flows", coverage.flows.to_string()),
        ("records", coverage.records.to_string()),
        ("interfaces", coverage.interfaces.to_string()),
        ("nodata", coverage.nodata.to_string()),
        ("skipdata", coverage.skipdata.to_string()),
        ("malformed", coverage.malformed.to_string()),
        ("gateway_findings", coverage.gateway_findings.to_string()),
        (
            "unreadable_objects",
            coverage.unreadable_objects.to_string(),
        ),
        ("lacking_fields", coverage.lacking_fields.join(" ")),
    ];
    let missing = coverage.missing.iter();
    lines.extend(missing.map(|span| ("missing", span.clone())));
    lines
}
