//! `sarif`: Static Analysis Results Interchange Format 2.1.0 (OASIS).
//!
//! One rule for each detection that ran, with its page as help, and one result for each finding. A finding has no file: its logical
//! location is where it was seen, and the physical one, which consumers such as GitHub ask for, a path made of account, VPC and
//! interface. What was not seen, and what an entry of the allow-list no longer does, are notifications of the invocation.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use flowcover_core::Severity;
use flowcover_detect::{Detection, Finding, Report};
use serde_json::json;

use super::{GENERATOR, allowed, coverage, words};
use crate::json::{Streamed, write_pretty};
use crate::sarif::log::{
    Driver, Invocation, Location, Log, LogicalLocation, Message, Notification,
    NotificationDescriptor, ReportingDescriptor, Run, SarifResult, Tool,
};
use crate::sarif::{SCHEMA_URI, descriptor, level, path, time};
use crate::{Options, RenderError, Rule, inert};

/// Writes one log with one run.
pub(super) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let known: Vec<Rule> = ids(report)
        .into_iter()
        .filter_map(|id| Detection::named(id).map(Rule::from))
        .collect();
    let log = Log {
        schema: SCHEMA_URI,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "flowcover",
                    version: GENERATOR.strip_prefix("flowcover ").unwrap_or(GENERATOR),
                    rules: rules(report, &known),
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                end_time_utc: options.generated_at.map(time),
                tool_execution_notifications: notifications(report),
            }],
            column_kind: "unicodeCodePoints",
            results: Streamed(|| report.findings.iter().map(result)),
        }],
    };
    write_pretty(&log, out)?;
    Ok(out.write_all(b"\n")?)
}

/// Detections that ran, and those of findings.
fn ids(report: &Report) -> BTreeSet<&str> {
    let found = report.findings.iter().map(|finding| finding.detection);
    report.detections.iter().copied().chain(found).collect()
}

fn rules<'a>(report: &'a Report, known: &'a [Rule]) -> Vec<ReportingDescriptor<'a>> {
    let rule = |id| {
        let rule = known.iter().find(|rule| rule.id == id);
        descriptor(id, Severity::Medium, rule)
    };
    ids(report).into_iter().map(rule).collect()
}

fn result(finding: &Finding) -> SarifResult<'_> {
    let fingerprint = Cow::Borrowed(finding.fingerprint.as_str());
    let point = &finding.capture_point;
    let or_unknown = |id: &'_ Option<String>| id.clone().unwrap_or_else(|| "unknown".to_owned());
    SarifResult {
        rule_id: finding.detection,
        kind: "fail",
        level: level(finding.severity),
        message: Message::owned(message(finding)),
        locations: [Location {
            physical_location: path([
                "aws",
                &or_unknown(&point.account_id),
                &or_unknown(&point.vpc_id),
                &or_unknown(&point.interface_id),
                finding.detection,
            ]),
            logical_locations: [logical_location(finding)],
        }],
        partial_fingerprints: BTreeMap::from([
            ("flowcover/v1", fingerprint.clone()),
            ("primaryLocationLineHash", fingerprint),
        ]),
        baseline_state: None,
        properties: Some(json!({
            "client": finding.client,
            "server": finding.server,
            "serverPort": finding.server_port,
            "protocol": finding.protocol,
            "firstSeen": words::rfc3339_or_seconds(finding.first_seen),
            "lastSeen": words::rfc3339_or_seconds(finding.last_seen),
            "measures": finding.measures,
            "query": finding.query,
        })),
    }
}

/// What was seen, between whom, when, by which numbers.
fn message(finding: &Finding) -> String {
    let parts = [
        Some(finding.message.clone()),
        words::ends(finding),
        Some(words::when(finding.first_seen, finding.last_seen)),
        Some(words::measures(finding)),
        finding
            .approximate
            .as_deref()
            .map(|why| format!("approximate: {why}")),
    ];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    let text = parts.collect::<Vec<String>>().join(". ");
    inert::text(&text).into_owned()
}

/// The interface where it was seen, or else the address that it is about.
fn logical_location(finding: &Finding) -> LogicalLocation<'_> {
    let point = &finding.capture_point;
    let address = finding.client.or(finding.server);
    let name = match (&point.interface_id, address) {
        (Some(id), _) => Cow::Borrowed(id.as_str()),
        (None, Some(address)) => address.to_string().into(),
        (None, None) => "traffic".into(),
    };
    let above = [&point.account_id, &point.vpc_id, &point.subnet_id];
    let above = above.into_iter().flatten().map(String::as_str);
    let full: Vec<&str> = above.chain([name.as_ref()]).collect();
    LogicalLocation {
        fully_qualified_name: inert::text(&full.join("/")).into_owned(),
        name: inert::text(&name).into_owned().into(),
        kind: "resource",
    }
}

fn notifications(report: &Report) -> Vec<Notification<'_>> {
    let mut said = Vec::new();
    let mut say = |id, level, text: &str| {
        said.push(Notification {
            level,
            message: Message::owned(inert::text(text).into_owned()),
            descriptor: NotificationDescriptor { id },
        });
    };
    for line in coverage::lines(report) {
        let level = if line.is_gap { "warning" } else { "note" };
        let text = format!("{}: {}", line.label, line.text);
        say("coverage", level, &text);
    }
    for weakened in coverage::weakened(report) {
        let text = format!("{}: {}", weakened.detection, weakened.why);
        say("weakened", "warning", &text);
    }
    for state in allowed::worth_a_look(report) {
        let text = format!("{} ({})", allowed::sentence(state), state.reason);
        say(
            "allow-list",
            level(allowed::Standing::of(state).severity()),
            &text,
        );
    }
    said
}
