//! What could not be read, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why something could not be read.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// A permission is missing, or an SCP or resource policy denies.
    Denied,
    /// Throttled until the deadline passed.
    Throttled,
    /// The endpoint did not answer, or could not be reached.
    Unreachable,
    /// The deadline of the run passed first.
    Deadline,
    /// The run was interrupted.
    Interrupted,
    /// Credentials were missing, wrong or expired.
    Credentials,
    /// AWS answered with an error of its own, or with something that cannot be understood.
    Service,
    /// A directory of saved answers does not hold it.
    NotSaved,
    /// It belongs to an account that is not among those audited, nor named as holding a bucket.
    OutOfReach,
}

/// One thing that could not be read.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Gap {
    /// Account it concerns; none where the run as a whole is concerned.
    #[serde(default)]
    pub account_id: Option<String>,
    /// Region it concerns; none for global services.
    #[serde(default)]
    pub region: Option<String>,
    /// The call that failed, IAM style (`ec2:DescribeFlowLogs`).
    pub action: String,
    /// What it was asked about, where it was one resource (role, bucket, …).
    #[serde(default)]
    pub resource: Option<String>,
    /// Why.
    pub kind: GapKind,
    /// Error code of AWS (`UnauthorizedOperation`), or of flowcover (`Deadline`, `ConnectTimeout`).
    pub error_code: String,
    /// IAM permission that would have been needed, where one was missing.
    #[serde(default)]
    pub permission: Option<String>,
    /// What happened, in one line; no secrets.
    pub message: String,
}
