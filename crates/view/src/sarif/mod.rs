//! `sarif`: Static Analysis Results Interchange Format 2.1.0 (OASIS), for code scanning and its dashboards.
//!
//! One result per finding. A VPC or transit gateway whose verdict is unknown has one of kind `open` ("not enough information to
//! decide"); one that is not recorded, and whose findings the policy switches off, has one of kind `fail`. Each result names its AWS resource as a logical location; as a physical one, which consumers such as GitHub ask for, it
//! names the line of the policy file that made it a finding, or else a path made of account, region and resource. Gaps are
//! notifications of the invocation.

pub(crate) mod log;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use flowcover_core::explain;
use flowcover_core::finding::Finding;
use flowcover_core::inventory::Gap;
use flowcover_core::report::Report;
use flowcover_core::{Severity, Verdict};
use jiff::Timestamp;

use self::log::{
    Driver, Help, Invocation, Location, Log, LogicalLocation, Message, Notification,
    NotificationDescriptor, PhysicalLocation, ReportingDescriptor, RuleConfiguration,
    RuleProperties, Run, SarifResult, Tool,
};
use crate::json::{Streamed, write_pretty};
use crate::subject::{Subject, findings, resource_arn, subjects};
use crate::{Options, RenderError, Rule, inert, words};

pub(crate) const SCHEMA_URI: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Tags that GitHub takes of one rule.
const TAGS: usize = 20;
/// Check under which an unknown verdict is listed.
const NOT_READABLE: &str = "not-readable";
/// Rule of what is not recorded where no check says why.
const NOT_RECORDED: &str = "not-recorded";

/// Writes one log with one run.
pub(crate) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let new = report.changes.as_ref().map(|changes| {
        let new = changes.new.iter().map(String::as_str);
        new.collect::<HashSet<&str>>()
    });
    let results = Streamed(|| {
        let of_findings =
            findings(report).map(|(_, finding)| of_finding(report, new.as_ref(), finding));
        let verdicts = undecided(report).chain(unsaid(report));
        of_findings.chain(verdicts.map(|subject| of_verdict(report, subject)))
    });
    let generator = report.generator.as_str();
    let log = Log {
        schema: SCHEMA_URI,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "flowcover",
                    version: generator.strip_prefix("flowcover ").unwrap_or(generator),
                    rules: rules(report, options),
                },
            },
            invocations: [invocation(report)],
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    write_pretty(&log, out)?;
    Ok(out.write_all(b"\n")?)
}

/// What has an unknown verdict and no finding that says so.
fn undecided(report: &Report) -> impl Iterator<Item = Subject<'_>> {
    subjects(report).filter(|subject| {
        let said = subject
            .findings()
            .iter()
            .any(|finding| finding.check == NOT_READABLE);
        subject.verdict() == Verdict::Unknown && !said
    })
}

/// VPCs that are not recorded and have no finding that says so, because the check that would is off.
fn unsaid(report: &Report) -> impl Iterator<Item = Subject<'_>> {
    let said = |finding: &Finding| explain::page(&finding.check).is_some_and(|page| page.decides);
    let vpcs = report.vpcs.iter();
    let unsaid = vpcs
        .filter(move |vpc| vpc.verdict == Verdict::NotRecorded && !vpc.findings.iter().any(said));
    unsaid.map(Subject::Vpc)
}

/// Rule, kind and severity of a verdict that no finding explains.
fn stands_for(verdict: Verdict) -> (&'static str, &'static str, Severity) {
    match verdict {
        Verdict::NotRecorded => (NOT_RECORDED, "fail", Severity::High),
        _ => (NOT_READABLE, "open", Severity::Info),
    }
}

/// One rule per check that has a result, with its description where the caller gave one.
fn rules<'a>(report: &'a Report, options: &'a Options) -> Vec<ReportingDescriptor<'a>> {
    let mut checks: BTreeMap<&str, Severity> = BTreeMap::new();
    for (_, finding) in findings(report) {
        let severity = checks.entry(&finding.check).or_insert(finding.severity);
        *severity = finding.severity.max(*severity);
    }
    for subject in undecided(report).chain(unsaid(report)) {
        let (check, _, severity) = stands_for(subject.verdict());
        checks.entry(check).or_insert(severity);
    }
    let rule = |(check, severity)| descriptor(check, severity, options.rule(check));
    checks.into_iter().map(rule).collect()
}

/// A rule, with its description where there is one; `found` is the severity of one that has none.
pub(crate) fn descriptor<'a>(
    check: &'a str,
    found: Severity,
    rule: Option<&'a Rule>,
) -> ReportingDescriptor<'a> {
    let severity = rule.map_or(found, |rule| rule.severity);
    ReportingDescriptor {
        id: check,
        name: check,
        short_description: rule.map(|rule| Message::new(&rule.title)),
        full_description: rule.map(|rule| Message::new(first_paragraph(&rule.help_text))),
        help: rule.map(|rule| Help {
            text: &rule.help_text,
            markdown: rule.help_markdown.as_deref(),
        }),
        help_uri: rule.and_then(|rule| rule.help_uri.as_deref()),
        default_configuration: RuleConfiguration {
            level: level(severity),
        },
        properties: RuleProperties {
            security_severity: security_severity(severity),
            tags: std::iter::once("security")
                .chain(
                    rule.into_iter()
                        .flat_map(|rule| rule.requirements.iter().map(String::as_str)),
                )
                .take(TAGS)
                .collect(),
        },
    }
}

fn first_paragraph(text: &str) -> &str {
    text.split_once("\n\n").map_or(text, |(first, _)| first)
}

/// The level of a result.
pub(crate) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// Score on the scale of CVSS by which GitHub sorts security results.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

fn of_finding<'a>(
    report: &'a Report,
    new: Option<&HashSet<&str>>,
    finding: &'a Finding,
) -> SarifResult<'a> {
    let resource = &finding.resource;
    let fingerprint = inert::text(&finding.fingerprint);
    let place = [resource.account_id.as_deref(), resource.region.as_deref()];
    SarifResult {
        rule_id: &finding.check,
        kind: "fail",
        level: level(finding.severity),
        message: Message::owned(message(finding)),
        locations: [Location {
            physical_location: policy_place(finding).unwrap_or_else(|| {
                synthetic_place(&report.partition, place, &resource.kind, &resource.id)
            }),
            logical_locations: [LogicalLocation {
                name: inert::text(&resource.id),
                fully_qualified_name: inert::text(&resource_arn(&report.partition, resource))
                    .into_owned(),
                kind: "resource",
            }],
        }],
        partial_fingerprints: BTreeMap::from([
            ("flowcover/v1", fingerprint.clone()),
            ("primaryLocationLineHash", fingerprint),
        ]),
        baseline_state: new.map(|new| {
            let is_new = new.contains(finding.fingerprint.as_str());
            if is_new { "new" } else { "unchanged" }
        }),
        properties: None,
    }
}

fn message(finding: &Finding) -> String {
    let mut message = inert::text(&finding.message).into_owned();
    if let Some(fix) = &finding.fix {
        message.push_str(". Fix: ");
        message.push_str(&inert::text(&fix.summary));
    }
    message
}

fn of_verdict<'a>(report: &'a Report, subject: Subject<'a>) -> SarifResult<'a> {
    let place = [Some(subject.account_id()), Some(subject.region())];
    let verdict = subject.verdict();
    let (rule_id, kind, severity) = stands_for(verdict);
    let fingerprint = format!(
        "{verdict}:{}:{}",
        subject.account_id(),
        inert::text(subject.id())
    );
    SarifResult {
        rule_id,
        kind,
        // SARIF 2.1.0, 3.27.10: a result of any kind but `fail` has the level `none`.
        level: match kind {
            "fail" => level(severity),
            _ => "none",
        },
        message: Message::owned(format!(
            "{} {} is {verdict}: {}",
            subject.noun(),
            inert::text(subject.id()),
            inert::text(subject.reason())
        )),
        locations: [Location {
            physical_location: synthetic_place(
                &report.partition,
                place,
                subject.resource_type(),
                subject.id(),
            ),
            logical_locations: [LogicalLocation {
                name: inert::text(subject.id()),
                fully_qualified_name: inert::text(&subject.arn(&report.partition)).into_owned(),
                kind: "resource",
            }],
        }],
        partial_fingerprints: BTreeMap::from([("flowcover/v1", Cow::Owned(fingerprint))]),
        baseline_state: None,
        properties: None,
    }
}

/// The line of the policy file that made it a finding.
fn policy_place(finding: &Finding) -> Option<PhysicalLocation> {
    let policy = finding.policy.as_ref()?;
    let line = policy.line?;
    // A path as the shell gave it: separators stay, everything else that is no plain character is escaped.
    let parts = policy.source.split(['/', '\\']).map(percent_encode);
    let uri = parts.collect::<Vec<_>>().join("/");
    Some(PhysicalLocation::new(uri, line.max(1)))
}

/// A path that stands for a resource, as `aws/111111111111/eu-west-1/AWS-EC2-VPC/vpc-…`.
fn synthetic_place(
    partition: &str,
    place: [Option<&str>; 2],
    kind: &str,
    id: &str,
) -> PhysicalLocation {
    let kind = kind.replace("::", "-");
    let [account_id, region] = place;
    path([
        partition,
        account_id.unwrap_or("global"),
        region.unwrap_or("global"),
        &kind,
        id,
    ])
}

/// A path of these segments, that stands for what has no file.
pub(crate) fn path<const N: usize>(segments: [&str; N]) -> PhysicalLocation {
    PhysicalLocation::new(segments.map(percent_encode).join("/"), 1)
}

/// One segment of a path in a URI (RFC 3986): what is not unreserved is percent-encoded.
fn percent_encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

fn invocation(report: &Report) -> Invocation<'_> {
    Invocation {
        execution_successful: !report.interrupted,
        end_time_utc: Some(time(report.generated_at)),
        tool_execution_notifications: report.gaps.iter().map(notification).collect(),
    }
}

/// A moment as SARIF has it (3.9).
pub(crate) fn time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn notification(gap: &Gap) -> Notification<'_> {
    let place = [
        gap.account_id.as_deref(),
        gap.region.as_deref(),
        gap.resource.as_deref(),
    ];
    let place: Vec<Cow<'_, str>> = place.into_iter().flatten().map(inert::text).collect();
    let mut text = format!(
        "{} failed with {} in {}: {}",
        inert::text(&gap.action),
        inert::text(&gap.error_code),
        if place.is_empty() {
            "the run".to_owned()
        } else {
            place.join(" ")
        },
        inert::text(&gap.message)
    );
    if let Some(permission) = &gap.permission {
        text.push_str(". Missing permission: ");
        text.push_str(&inert::text(permission));
    }
    Notification {
        level: "error",
        message: Message::owned(text),
        descriptor: NotificationDescriptor {
            id: words::gap_kind(gap.kind),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cannot_leave_their_place() {
        let cases = [
            ("vpc-0a1b", "vpc-0a1b"),
            ("../../etc", "..%2F..%2Fetc"),
            ("a b<c>\u{202e}", "a%20b%3Cc%3E%E2%80%AE"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ];
        for (segment, encoded) in cases {
            assert_eq!(percent_encode(segment), encoded);
        }
    }
}
