//! What a plan does not fix, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Resource;

/// Why a finding is not fixed by a plan.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// What it is about was not made by flowcover, and nobody said that it may be changed.
    NotOurs,
    /// What decides could not be read: first the permission, then a new plan.
    NotRead,
    /// Flow logs cannot be changed; a new one beside the old would record the same traffic twice.
    NeedsReplace,
    /// It belongs to another account, which must act.
    NotOwned,
    /// It is a matter of the policy file, of an organisation's guard rails, or of time.
    NotAChange,
    /// AWS takes no further flow log on that resource.
    Quota,
    /// The policy's `[fix]` section does not say enough.
    NotConfigured,
    /// Switched off for this account, or exempt.
    LeftAlone,
}

/// A finding that a plan does not fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotFixed {
    /// Id of the check.
    pub check: String,
    /// Fingerprint of the finding.
    pub fingerprint: String,
    /// What it is about.
    pub resource: Resource,
    /// Why it is not fixed.
    pub reason: Reason,
    /// The same in one sentence.
    pub message: String,
    /// What a person can do, step by step.
    pub manual: Vec<String>,
}
