//! Exemptions: what need not be recorded, why, and until when.

use jiff::civil::Date;

/// What an exemption applies to. Every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Account ids.
    pub accounts: Vec<String>,
    /// Ids or names of organizational units, at any level above the account.
    pub organizational_units: Vec<String>,
    /// Region names.
    pub regions: Vec<String>,
    /// Ids of VPCs or transit gateways.
    pub ids: Vec<String>,
    /// Tags that must be there; `*` as the value means any value.
    pub tags: Vec<(String, String)>,
    /// Pattern with `*` and `?` that the tag `Name` must match.
    pub name: Option<String>,
}

/// One exemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// What it applies to.
    pub selector: Selector,
    /// Why: never empty.
    pub reason: String,
    /// Last day (UTC) on which it holds.
    pub until: Date,
    /// File it stands in.
    pub source: String,
    /// Line of its heading, from 1.
    pub line: u32,
}
