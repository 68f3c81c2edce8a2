//! `asff`: AWS Security Finding Format (schema version 2018-10-08), as Security Hub imports it.
//!
//! One JSON array with one finding per line. `BatchImportFindings` takes at most 100 at a time, and only in the account and region that
//! they belong to (`ProductArn`). `jq -c 'group_by(.ProductArn)[] | range(0; length; 100) as $at | .[$at:$at + 100]'` cuts the
//! array into such batches.
//!
//! `Compliance.Status` is PASSED for recorded, FAILED for not-recorded and for findings, WARNING ("some information is missing") for
//! unknown, and NOT_AVAILABLE for exempt and not-owned. Limits on lengths are those of the Security Hub API reference, "AwsSecurityFinding".

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use flowcover_core::Severity;
use flowcover_core::report::Report;
use serde::Serialize;

use crate::assessment::{Assessment, Outcome, assessments};
use crate::inert::clip;
use crate::json::write_compact;
use crate::{Options, RenderError};

const ID_LIMIT: usize = 512;
const TITLE_LIMIT: usize = 256;
const DESCRIPTION_LIMIT: usize = 1024;
const RECOMMENDATION_LIMIT: usize = 512;
const REQUIREMENTS_LIMIT: usize = 32;
const PRODUCT_FIELD_LIMIT: usize = 2048;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecurityFinding<'a> {
    schema_version: &'static str,
    id: Cow<'a, str>,
    product_arn: String,
    generator_id: String,
    aws_account_id: &'a str,
    types: [&'static str; 1],
    created_at: &'a str,
    updated_at: &'a str,
    severity: FindingSeverity,
    title: Cow<'a, str>,
    description: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation<'a>>,
    product_fields: BTreeMap<&'static str, Cow<'a, str>>,
    resources: [FindingResource<'a>; 1],
    compliance: Compliance<'a>,
    record_state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FindingSeverity {
    label: &'static str,
    original: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation<'a> {
    recommendation: Recommendation<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation<'a> {
    text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FindingResource<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    id: &'a str,
    partition: &'a str,
    region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    related_requirements: &'a [String],
}

/// Writes the array, one finding per line.
///
/// Results that belong to no account (lines of the policy) are given to the management account, or to the first one.
pub(crate) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let home = home_account(report);
    let time = report
        .generated_at
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    out.write_all(b"[")?;
    let mut separator = "\n";
    for assessment in assessments(report, options) {
        let Some(account_id) = assessment.account_id.or(home) else {
            continue;
        };
        out.write_all(separator.as_bytes())?;
        write_compact(&finding(report, &time, account_id, &assessment), out)?;
        separator = ",\n";
    }
    Ok(out.write_all(b"\n]\n")?)
}

fn home_account(report: &Report) -> Option<&str> {
    let management = report.accounts.iter().find(|account| account.is_management);
    let account = management.or_else(|| report.accounts.first())?;
    Some(&account.account_id)
}

/// Region in which findings about global resources are reported.
fn home_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

fn finding<'a>(
    report: &'a Report,
    time: &'a str,
    account_id: &'a str,
    assessment: &'a Assessment<'a>,
) -> SecurityFinding<'a> {
    let partition = report.partition.as_str();
    let region = assessment.region.filter(|region| *region != "*");
    let region = region.unwrap_or_else(|| home_region(partition));
    SecurityFinding {
        schema_version: "2018-10-08",
        id: clip(&assessment.id, ID_LIMIT),
        product_arn: format!(
            "arn:{partition}:securityhub:{region}:{account_id}:product/{account_id}/default"
        ),
        generator_id: format!("flowcover/{}", assessment.check),
        aws_account_id: account_id,
        types: ["Software and Configuration Checks/AWS Security Best Practices"],
        created_at: time,
        updated_at: time,
        severity: severity(assessment.severity),
        title: or_check(clip(&assessment.title, TITLE_LIMIT), assessment),
        description: or_check(clip(&assessment.message, DESCRIPTION_LIMIT), assessment),
        remediation: remediation(assessment),
        product_fields: product_fields(report, assessment),
        resources: [FindingResource {
            kind: resource_type(&assessment.resource_type),
            id: &assessment.resource_arn,
            partition,
            region,
        }],
        compliance: compliance(assessment),
        record_state: "ACTIVE",
    }
}

/// Security Hub refuses empty text.
fn or_check<'a>(text: Cow<'a, str>, assessment: &'a Assessment<'a>) -> Cow<'a, str> {
    if text.is_empty() {
        return Cow::Borrowed(assessment.check);
    }
    text
}

fn remediation<'a>(assessment: &'a Assessment<'a>) -> Option<Remediation<'a>> {
    let fix = assessment.fix.as_deref().filter(|fix| !fix.is_empty())?;
    Some(Remediation {
        recommendation: Recommendation {
            text: clip(fix, RECOMMENDATION_LIMIT),
            url: assessment.rule.and_then(|rule| rule.help_uri.as_deref()),
        },
    })
}

fn product_fields<'a>(
    report: &'a Report,
    assessment: &'a Assessment<'a>,
) -> BTreeMap<&'static str, Cow<'a, str>> {
    let fields = [
        ("flowcover/Check", Some(assessment.check)),
        ("flowcover/Policy", Some(report.policy.preset.as_str())),
        (
            "flowcover/ResourceName",
            assessment.resource_name.as_deref(),
        ),
        ("flowcover/Version", Some(report.generator.as_str())),
    ];
    let fields = fields.into_iter().filter_map(|(key, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some((key, clip(value, PRODUCT_FIELD_LIMIT)))
    });
    fields.collect()
}

fn compliance<'a>(assessment: &'a Assessment<'a>) -> Compliance<'a> {
    let requirements = assessment
        .rule
        .map_or(&[][..], |rule| rule.requirements.as_slice());
    Compliance {
        status: match assessment.outcome {
            Outcome::Pass => "PASSED",
            Outcome::Fail => "FAILED",
            Outcome::Unknown => "WARNING",
            Outcome::NotApplicable => "NOT_AVAILABLE",
        },
        related_requirements: &requirements[..requirements.len().min(REQUIREMENTS_LIMIT)],
    }
}

const fn severity(severity: Option<Severity>) -> FindingSeverity {
    let (label, original) = match severity {
        None => ("INFORMATIONAL", "none"),
        Some(Severity::Info) => ("INFORMATIONAL", "info"),
        Some(Severity::Low) => ("LOW", "low"),
        Some(Severity::Medium) => ("MEDIUM", "medium"),
        Some(Severity::High) => ("HIGH", "high"),
    };
    FindingSeverity { label, original }
}

/// The name of the format for a resource type; `Other` where it has none.
fn resource_type(cloudformation: &str) -> &'static str {
    match cloudformation {
        "AWS::EC2::VPC" => "AwsEc2Vpc",
        "AWS::EC2::Subnet" => "AwsEc2Subnet",
        "AWS::EC2::NetworkInterface" => "AwsEc2NetworkInterface",
        "AWS::EC2::TransitGateway" => "AwsEc2TransitGateway",
        "AWS::IAM::Role" => "AwsIamRole",
        "AWS::S3::Bucket" => "AwsS3Bucket",
        "AWS::KMS::Key" => "AwsKmsKey",
        _ => "Other",
    }
}
