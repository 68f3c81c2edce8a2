//! Accounts and the organisation that they belong to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fact, NamedPolicy};
use crate::text_enum::text_enum;

text_enum! {
    /// State of an account (Organizations `ListAccounts`, field `Status`/`State`).
    AccountStatus {
        /// In use.
        Active = "ACTIVE",
        /// Closed within the last 90 days, or suspended by AWS: nothing can be read or delivered there.
        Suspended = "SUSPENDED",
        /// Closing.
        PendingClosure = "PENDING_CLOSURE",
    }
}

/// Whether an account could be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountAccess {
    /// Credentials for it were had.
    Reached,
    /// Assuming the role, or the credentials, failed; a gap says why.
    Refused,
    /// Not tried: suspended, or the run was cut short before.
    NotTried,
}

/// One AWS account in scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Twelve digits.
    pub account_id: String,
    /// Name in the organisation, where known.
    #[serde(default)]
    pub name: Option<String>,
    /// State in the organisation; `ACTIVE` where no organisation was asked.
    pub status: AccountStatus,
    /// Whether it could be entered.
    pub access: AccountAccess,
    /// Whether it is the management account of the organisation.
    #[serde(default)]
    pub is_management: bool,
    /// Ids of the root and organizational units that hold it, outermost first.
    #[serde(default)]
    pub organizational_units: Vec<String>,
    /// What stops a principal of this account from deleting a flow log; only at full depth.
    #[serde(default)]
    pub protection: Option<Protection>,
}

/// Guard rails on an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Protection {
    /// Service control policies in force on it (Organizations `ListPoliciesForTarget` on it and on its parents).
    pub service_control_policies: Fact<Vec<NamedPolicy>>,
    /// Where those policies are attached, from the root down to the account: each level must allow
    /// what is done (Organizations User Guide, "SCP evaluation"). Empty where that was not saved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_control_levels: Vec<ControlLevel>,
    /// Source identifiers of AWS Config managed rules that watch flow logs, with the region (`eu-west-1 VPC_FLOW_LOGS_ENABLED`).
    pub config_rules: Fact<Vec<String>>,
}

/// What is attached to one root, organizational unit or account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlLevel {
    /// `r-…`, `ou-…`, or the id of the account.
    pub target_id: String,
    /// Names of the service control policies.
    pub policies: Vec<String>,
}

/// The organisation (Organizations `DescribeOrganization`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// `o-…`
    pub id: String,
    /// The account that pays and manages.
    pub management_account_id: String,
    /// Organizational units, for their names.
    #[serde(default)]
    pub units: Vec<OrganizationalUnit>,
}

/// One organizational unit or root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationalUnit {
    /// `ou-…` or `r-…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// The unit or root above it.
    #[serde(default)]
    pub parent_id: Option<String>,
}
