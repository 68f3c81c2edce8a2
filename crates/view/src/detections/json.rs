//! `json`: what was found as it is, one document. Its schema is kept as `docs/schema/detections-1.json`.

use std::collections::BTreeMap;
use std::io::Write;

use flowcover_detect::{AllowState, Coverage, Finding, Report};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::GENERATOR;
use super::words::rfc3339;
use crate::json::write_pretty;
use crate::{Options, RenderError};

/// What detections found. Moments are Unix seconds, as in the records themselves; those that people look for stand beside them as RFC 3339 has
/// them, in fields that end with `_at`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Document<'a> {
    /// `flowcover.detections/1`.
    schema: &'a str,
    /// Name and version of the program.
    generator: &'a str,
    /// When detections ran.
    generated_at: Option<Timestamp>,
    /// The gravest first.
    findings: Vec<Dated<'a>>,
    /// Findings beyond what is listed, by detection: there were too many.
    beyond: &'a BTreeMap<&'static str, usize>,
    /// What each entry of the allow-list did.
    allowed: &'a [AllowState],
    /// Ids of the detections that ran.
    detections: &'a [&'static str],
    /// What was looked at.
    coverage: Covered<'a>,
}

/// A finding with its times.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Dated<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    /// When it began (RFC 3339); none where records say a moment beyond any calendar.
    first_seen_at: Option<String>,
    /// When it was last seen (RFC 3339); none likewise.
    last_seen_at: Option<String>,
}

impl<'a> From<&'a Finding> for Dated<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            finding,
            first_seen_at: rfc3339(finding.first_seen),
            last_seen_at: rfc3339(finding.last_seen),
        }
    }
}

/// What was looked at, with its times.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Covered<'a> {
    #[serde(flatten)]
    coverage: &'a Coverage,
    /// When the first flow began (RFC 3339); none without flows.
    from_at: Option<String>,
    /// When the last flow ended (RFC 3339); none without flows.
    to_at: Option<String>,
}

impl<'a> From<&'a Coverage> for Covered<'a> {
    fn from(coverage: &'a Coverage) -> Self {
        Self {
            coverage,
            from_at: coverage.from.and_then(rfc3339),
            to_at: coverage.to.and_then(rfc3339),
        }
    }
}

/// Writes one indented document.
pub(super) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let document = Document {
        schema: report.schema,
        generator: GENERATOR,
        generated_at: options.generated_at,
        findings: report.findings.iter().map(Dated::from).collect(),
        beyond: &report.beyond,
        allowed: &report.allowed,
        detections: &report.detections,
        coverage: Covered::from(&report.coverage),
    };
    write_pretty(&document, out)?;
    Ok(out.write_all(b"\n")?)
}
