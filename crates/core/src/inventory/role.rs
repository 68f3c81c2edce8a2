//! IAM roles that deliver records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fact, Listing, Tags};

/// A policy document with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedPolicy {
    /// Name of an inline policy, ARN of a managed one, id of a service control policy.
    pub name: String,
    /// The document as JSON text (percent-decoded).
    pub document: Fact<String>,
}

/// An IAM role (`GetRole`, and its policies).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Trust policy as JSON text.
    pub trust_policy: Fact<String>,
    /// Inline policies (`ListRolePolicies`, `GetRolePolicy`).
    pub inline_policies: Listing<NamedPolicy>,
    /// Attached managed policies (`ListAttachedRolePolicies`, `GetPolicy`, `GetPolicyVersion`).
    pub attached_policies: Listing<NamedPolicy>,
    /// Permissions boundary; absent means that there is none.
    pub permissions_boundary: Fact<NamedPolicy>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}
