//! `ocsf`: Open Cybersecurity Schema Framework 1.3.0, class Compliance Finding (2003) with the profile `cloud`: one JSON object per
//! line, as Amazon Security Lake and other lakes ingest it.
//!
//! `compliance.status_id` is 1 (Pass) for recorded, 3 (Fail) for not-recorded and for findings, 2 (Warning, "no result due to missing
//! information") for unknown, and 99 (Other, `not-applicable`) for exempt and not-owned.

pub(crate) mod objects;

use std::io::Write;

use flowcover_core::report::Report;
use serde::Serialize;

use self::objects::{
    ACTIVITY_UPDATE, CATEGORY_FINDINGS, Cloud, Metadata, ResourceDetails, severity,
};
use crate::assessment::{Assessment, Outcome, assessments};
use crate::json::write_compact;
use crate::{Options, RenderError};

const CLASS_COMPLIANCE_FINDING: u32 = 2003;

#[derive(Serialize)]
struct ComplianceFinding<'a> {
    activity_id: u32,
    activity_name: &'static str,
    category_uid: u32,
    category_name: &'static str,
    class_uid: u32,
    class_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    /// Milliseconds since the Unix epoch.
    time: i64,
    severity_id: u32,
    severity: &'static str,
    status_id: u32,
    status: &'static str,
    message: &'a str,
    metadata: Metadata<'a>,
    cloud: Cloud<'a>,
    finding_info: FindingInfo<'a>,
    compliance: Compliance<'a>,
    resources: [ResourceDetails<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation<'a>>,
}

#[derive(Serialize)]
struct FindingInfo<'a> {
    uid: &'a str,
    title: &'a str,
    desc: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_url: Option<&'a str>,
}

#[derive(Serialize)]
struct Compliance<'a> {
    control: &'a str,
    status_id: u32,
    status: &'static str,
    standards: [&'a str; 1],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    requirements: &'a [String],
}

#[derive(Serialize)]
struct Remediation<'a> {
    desc: &'a str,
}

/// Writes one event per verdict and per finding.
pub(crate) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let standard = format!("flowcover policy {}", report.policy.preset);
    for assessment in assessments(report, options) {
        write_compact(&event(report, &standard, &assessment), out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn event<'a>(
    report: &'a Report,
    standard: &'a str,
    assessment: &'a Assessment<'a>,
) -> ComplianceFinding<'a> {
    let (severity_id, severity) = severity(assessment.severity);
    let (status_id, status) = match assessment.outcome {
        Outcome::Pass => (4, "Resolved"),
        Outcome::Fail | Outcome::Unknown => (1, "New"),
        Outcome::NotApplicable => (3, "Suppressed"),
    };
    ComplianceFinding {
        activity_id: ACTIVITY_UPDATE,
        activity_name: "Update",
        category_uid: CATEGORY_FINDINGS,
        category_name: "Findings",
        class_uid: CLASS_COMPLIANCE_FINDING,
        class_name: "Compliance Finding",
        type_uid: CLASS_COMPLIANCE_FINDING * 100 + ACTIVITY_UPDATE,
        type_name: "Compliance Finding: Update",
        time: report.generated_at.as_millisecond(),
        severity_id,
        severity,
        status_id,
        status,
        message: &assessment.message,
        metadata: metadata(report, assessment),
        cloud: cloud(assessment),
        finding_info: FindingInfo {
            uid: &assessment.id,
            title: &assessment.title,
            desc: &assessment.message,
            src_url: assessment.rule.and_then(|rule| rule.help_uri.as_deref()),
        },
        compliance: compliance(standard, assessment),
        resources: [ResourceDetails {
            uid: &assessment.resource_arn,
            kind: &assessment.resource_type,
            name: assessment.resource_name.as_deref(),
            cloud_partition: Some(&report.partition),
            region: assessment.region,
        }],
        remediation: assessment.fix.as_deref().map(|desc| Remediation { desc }),
    }
}

fn metadata<'a>(report: &'a Report, assessment: &'a Assessment<'a>) -> Metadata<'a> {
    Metadata::new(&report.generator, assessment.check)
}

fn cloud<'a>(assessment: &'a Assessment<'a>) -> Cloud<'a> {
    Cloud::new(assessment.account_id, assessment.region)
}

fn compliance<'a>(standard: &'a str, assessment: &'a Assessment<'a>) -> Compliance<'a> {
    let (status_id, status) = match assessment.outcome {
        Outcome::Pass => (1, "Pass"),
        Outcome::Unknown => (2, "Warning"),
        Outcome::Fail => (3, "Fail"),
        Outcome::NotApplicable => (99, "not-applicable"),
    };
    Compliance {
        control: assessment.check,
        status_id,
        status,
        standards: [standard],
        requirements: assessment
            .rule
            .map_or(&[], |rule| rule.requirements.as_slice()),
    }
}
