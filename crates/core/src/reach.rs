//! How an account is reached: whose credentials, and which role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way to credentials.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// What the AWS CLI would use: environment, `AWS_PROFILE`, container or instance role.
    Caller,
    /// A named profile of the shared configuration files.
    Profile(String),
    /// A role, assumed with the credentials of another entry.
    Role {
        /// Where the assuming credentials come from.
        via: Box<Entry>,
        /// Role to assume.
        role_arn: String,
        /// External id that the role's trust policy asks for.
        external_id: Option<String>,
    },
}
