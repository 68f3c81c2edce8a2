//! How much a finding matters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Severity of a finding, lowest first. Which check has which is in its page of `explain`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to mend.
    Info,
    /// Mend when convenient.
    Low,
    /// Mend soon: evidence, money or least privilege is at stake.
    Medium,
    /// Traffic is not recorded, or records are exposed.
    High,
}

impl Severity {
    /// All severities, highest first, as reports list them.
    pub const DESCENDING: [Self; 4] = [Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word used in policy files, on the command line and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word given is not a severity.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a severity: expected info, low, medium or high")]
pub struct UnknownSeverity(String);

impl std::str::FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::DESCENDING
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}
