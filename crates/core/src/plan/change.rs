//! The kinds of change, each with the state that it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::FlowLogRequest;
use crate::inventory::{FlowLog, Tags};

/// A value that is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replaced<T> {
    /// As it was when the plan was made; none: there was none.
    pub before: Option<T>,
    /// As it will be.
    pub after: T,
}

/// A statement of a bucket policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyStatement {
    /// Its statement id, by which it is found again.
    pub sid: String,
    /// The statement, a JSON object.
    pub statement: String,
}

/// One change. Policies are JSON text as AWS gives and takes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Change {
    /// A role that delivers, with one inline policy. It must not exist, unless an earlier run left it.
    CreateRole {
        /// Name without path; the path is `/`.
        role_name: String,
        /// Trust policy.
        trust_policy: String,
        /// Name of the inline policy.
        policy_name: String,
        /// Inline policy.
        policy: String,
        /// Tags, beside those that the run gives.
        #[serde(default, skip_serializing_if = "Tags::is_empty")]
        tags: Tags,
    },
    /// A role that flowcover made: what is wrong with it is replaced. It must be as it was.
    MendRole {
        /// Name without path.
        role_name: String,
        /// Trust policy, if that is wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trust_policy: Option<Replaced<String>>,
        /// Name of the inline policy, ours.
        policy_name: String,
        /// The inline policy, if that is wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<Replaced<String>>,
    },
    /// A log group. It must not exist, unless an earlier run left it.
    CreateLogGroup {
        /// Its name.
        log_group_name: String,
        /// Days until events expire; none: never.
        retention_in_days: Option<u32>,
        /// ARN of the KMS key; none: a key of AWS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kms_key_id: Option<String>,
        /// Tags, beside those that the run gives.
        #[serde(default, skip_serializing_if = "Tags::is_empty")]
        tags: Tags,
    },
    /// Retention of a log group that flowcover made.
    SetRetention {
        /// Name of the group.
        log_group_name: String,
        /// Days.
        retention_in_days: Replaced<u32>,
    },
    /// Key of a log group that flowcover made.
    SetLogGroupKey {
        /// Name of the group.
        log_group_name: String,
        /// ARN of the KMS key.
        kms_key_id: Replaced<String>,
    },
    /// A bucket with its settings. It must not exist, unless an earlier run left it, and as it is here.
    CreateBucket {
        /// Its name.
        bucket: String,
        /// `AES256` or `aws:kms`.
        encryption: String,
        /// ARN of the KMS key, with `aws:kms`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kms_key: Option<String>,
        /// Days until objects expire; none: never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expiration_days: Option<u32>,
        /// The whole policy of the new bucket, in one statement for each account or organisation.
        statements: Vec<PolicyStatement>,
        /// Tags, beside those that the run gives.
        #[serde(default, skip_serializing_if = "Tags::is_empty")]
        tags: Tags,
    },
    /// A statement in the policy of a bucket, beside what stands there.
    AddBucketStatement {
        /// Name of the bucket.
        bucket: String,
        /// Ours. A statement with its id that is not the same is replaced only if `before` is it.
        statement: PolicyStatement,
        /// The statement with that id, as it was when the plan was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
    /// Flow logs, in one call. None like them may exist on these resources.
    CreateFlowLogs {
        /// How, without the tags and token of the run.
        flow_logs: FlowLogRequest,
        /// Flow logs that were on these resources when the plan was made, in order.
        existing: Vec<String>,
    },
    /// Old flow logs, once their successors deliver. They must be as they were.
    DeleteFlowLogs {
        /// As AWS told them when the plan was made.
        flow_logs: Vec<FlowLog>,
    },
}
