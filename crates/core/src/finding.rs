//! What a check found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Severity;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// Account that holds it; none for the policy file itself.
    #[serde(default)]
    pub account_id: Option<String>,
    /// Region that holds it; none for global resources.
    #[serde(default)]
    pub region: Option<String>,
    /// Kind, CloudFormation style: `AWS::EC2::VPC`, `AWS::EC2::FlowLog`, `AWS::IAM::Role`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Id, name or ARN.
    pub id: String,
}

/// What can be done about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// In one sentence.
    pub summary: String,
    /// Whether it takes nothing away and interrupts nothing.
    pub safe: bool,
}

/// A line of the policy file, or the preset, that made something a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyLine {
    /// File name as given, or `preset cis`.
    pub source: String,
    /// Line in that file, from 1; none for a preset.
    #[serde(default)]
    pub line: Option<u32>,
    /// The setting, as `key = value`.
    pub setting: String,
}

/// API fields that decided, by name. Values as AWS gave them.
pub type Evidence = BTreeMap<String, serde_json::Value>;

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the check.
    pub check: String,
    /// How much it matters here (the check's default, unless context or policy changed it).
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What it is about.
    pub resource: Resource,
    /// The API fields that decided.
    #[serde(default)]
    pub evidence: Evidence,
    /// The policy line that made it a finding.
    #[serde(default)]
    pub policy: Option<PolicyLine>,
    /// What can be done.
    #[serde(default)]
    pub fix: Option<Fix>,
    /// Stable over runs: the same fault on the same resource has the same fingerprint.
    pub fingerprint: String,
    /// Of a finding that many VPCs share: all of them, as places in the report's list of VPCs, each
    /// once. The evidence names the first few. No part of the stored form.
    #[serde(skip)]
    pub vpcs: Vec<usize>,
}
