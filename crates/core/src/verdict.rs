//! The answer per VPC and transit gateway, and what it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the traffic of a VPC or transit gateway is recorded.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Flow logs that work cover it with at least the traffic type that the policy asks for.
    Recorded,
    /// Even if every unknown were good it would not be covered.
    NotRecorded,
    /// What decides could not be read. Never pass, never fail.
    Unknown,
    /// Would be not-recorded or unknown; the policy exempts it until a date that has not passed.
    Exempt,
    /// Shared from another account through AWS RAM: only its owner can record all of it.
    NotOwned,
}

impl Verdict {
    /// All verdicts in the order in which reports show them.
    pub const ALL: [Self; 5] = [
        Self::NotRecorded,
        Self::Unknown,
        Self::Exempt,
        Self::NotOwned,
        Self::Recorded,
    ];

    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::NotRecorded => "not-recorded",
            Self::Unknown => "unknown",
            Self::Exempt => "exempt",
            Self::NotOwned => "not-owned",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the flow logs that exist reach the traffic of a VPC.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CoveredBy {
    /// A VPC-level flow log.
    Vpc,
    /// Every subnet has one.
    Subnets,
    /// Every network interface of today is reached, but not every subnet: the next interface will not be.
    Interfaces,
    /// Only some subnets or interfaces are reached.
    Partial,
    /// Nothing that works reaches it.
    None,
}

impl CoveredBy {
    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vpc => "vpc",
            Self::Subnets => "subnets",
            Self::Interfaces => "interfaces",
            Self::Partial => "partial",
            Self::None => "none",
        }
    }
}

impl std::fmt::Display for CoveredBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a verdict rests on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Every deciding fact (role, destination, key) was read and is good, or one was read and proves brokenness.
    Facts,
    /// Only what AWS says about delivery (`DeliverLogsStatus`, `DeliverLogsErrorMessage`).
    DeliveryStatus,
}

impl Basis {
    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::DeliveryStatus => "delivery-status",
        }
    }
}

impl std::fmt::Display for Basis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
