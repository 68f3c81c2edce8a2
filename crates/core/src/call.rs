//! The AWS calls that change something: what each takes, and the IAM actions behind it.
//!
//! They are data here, because plans and journals hold them word for word; `flowcover-cloud` makes
//! them. The table at the end is the only list of them.

use std::collections::BTreeSet;

use flowcover_record::{Destination, DestinationAnswer, Owner};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::{FlowLog, Tags};

/// The retentions that CloudWatch Logs offers, in days (`PutRetentionPolicy`, `retentionInDays`).
pub const RETENTION_DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// How flow logs are to be made (EC2 `CreateFlowLogs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlowLogRequest {
    /// Up to 300 VPC, subnet or interface ids, or 25 transit gateways, of one kind.
    pub resource_ids: Vec<String>,
    /// `VPC`, `Subnet`, `NetworkInterface`, `TransitGateway`, …
    pub resource_type: String,
    /// `ACCEPT`, `REJECT`, `ALL`; none for transit gateways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic_type: Option<String>,
    /// `cloud-watch-logs`, `s3`, `kinesis-data-firehose`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_destination_type: Option<String>,
    /// ARN of the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_destination: Option<String>,
    /// Name of a log group, instead of its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group_name: Option<String>,
    /// Role that delivers to CloudWatch Logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_logs_permission_arn: Option<String>,
    /// Role in the destination account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_cross_account_role: Option<String>,
    /// Record format; none means AWS's default format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
    /// 60 or 600 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_aggregation_interval: Option<u32>,
    /// `plain-text` or `parquet`, for S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_format: Option<String>,
    /// Hive-compatible prefixes, for S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hive_compatible_partitions: Option<bool>,
    /// Prefixes down to the hour, for S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour_partition: Option<bool>,
    /// Tags of the flow logs.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Makes a repeated call return the first one's result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

impl FlowLogRequest {
    /// Where the flow logs would deliver, if they belonged to that owner.
    #[must_use]
    pub fn destination(&self, owner: Owner<'_>) -> Destination {
        Destination::of_flow_log(
            DestinationAnswer {
                log_destination: self.log_destination.as_deref(),
                log_group_name: self.log_group_name.as_deref(),
                log_destination_type: self.log_destination_type.as_deref(),
            },
            owner,
        )
    }

    /// The request that makes a flow log like that one again, on the same resource and with the same
    /// tags; none where AWS did not say what it is attached to.
    #[must_use]
    pub fn like(flow_log: &FlowLog) -> Option<Self> {
        let resource_id = flow_log.resource_id.clone()?;
        let resource_type = flow_log.resource_kind().resource_type()?.to_owned();
        let s3 = flow_log
            .log_destination_type
            .as_ref()
            .is_some_and(|kind| kind.as_str() == "s3");
        Some(Self {
            resource_ids: vec![resource_id],
            resource_type,
            traffic_type: flow_log
                .traffic_type
                .as_ref()
                .map(|it| it.as_str().to_owned()),
            log_destination_type: flow_log
                .log_destination_type
                .as_ref()
                .map(|it| it.as_str().to_owned()),
            log_destination: flow_log.log_destination.clone(),
            // EC2 takes the name or the ARN, not both.
            log_group_name: flow_log
                .log_group_name
                .clone()
                .filter(|_| flow_log.log_destination.is_none()),
            // EC2 refuses a role for S3, although old flow logs carry one.
            deliver_logs_permission_arn: flow_log
                .deliver_logs_permission_arn
                .clone()
                .filter(|_| !s3),
            deliver_cross_account_role: flow_log.deliver_cross_account_role.clone(),
            log_format: flow_log.log_format.clone(),
            max_aggregation_interval: flow_log.max_aggregation_interval,
            file_format: flow_log.file_format.clone(),
            hive_compatible_partitions: flow_log.hive_compatible_partitions,
            per_hour_partition: flow_log.per_hour_partition,
            tags: flow_log.tags.clone(),
            client_token: None,
        })
    }
}

/// An item of a batch that failed although the call succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unsuccessful {
    /// The item: a resource id, or a flow-log id.
    pub resource_id: String,
    /// Error code.
    pub code: String,
    /// What AWS said.
    pub message: String,
}

/// What a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchResult {
    /// Ids of the flow logs made, in AWS's order; empty for deletions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flow_log_ids: Vec<String>,
    /// Items that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsuccessful: Vec<Unsuccessful>,
}

macro_rules! calls {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? } = $action:literal;)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type),* }

            impl $name {
                /// IAM action that the call needs.
                pub const ACTION: &'static str = $action;
            }

            impl From<$name> for Call {
                fn from(call: $name) -> Self {
                    Self::$name(call)
                }
            }
        )+

        /// Any call that changes something.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "call", content = "parameters")]
        #[allow(missing_docs)]
        #[allow(clippy::large_enum_variant, reason = "a plan holds a few for each VPC")]
        pub enum Call { $($name($name)),+ }

        impl Call {
            /// Name of the API operation, as AWS spells it.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }

            /// The IAM action of the operation itself; see [`Call::actions`].
            #[must_use]
            pub const fn action(&self) -> &'static str {
                match self { $(Self::$name(_) => $action),+ }
            }
        }

        /// The IAM actions of all calls, in the order of the table.
        pub const WRITE_ACTIONS: &[&str] = &[$($action),+];
    };
}

calls! {
    /// IAM
    CreateRole {
        /// Name without path; the path is `/`.
        role_name: String,
        /// Trust policy, JSON.
        trust_policy: String,
        /// Tags.
        tags: Tags,
    } = "iam:CreateRole";
    /// IAM: replaces the trust policy of a role.
    UpdateAssumeRolePolicy {
        /// Name without path.
        role_name: String,
        /// Trust policy, JSON.
        trust_policy: String,
    } = "iam:UpdateAssumeRolePolicy";
    /// IAM: makes or replaces an inline policy.
    PutRolePolicy {
        /// Name without path.
        role_name: String,
        /// Name of the policy.
        policy_name: String,
        /// The policy, JSON.
        policy: String,
    } = "iam:PutRolePolicy";
    /// IAM: deletes an inline policy.
    DeleteRolePolicy {
        /// Name without path.
        role_name: String,
        /// Name of the policy.
        policy_name: String,
    } = "iam:DeleteRolePolicy";
    /// IAM: deletes a role that has no policies.
    DeleteRole {
        /// Name without path.
        role_name: String,
    } = "iam:DeleteRole";
    /// CloudWatch Logs
    CreateLogGroup {
        /// Its name.
        log_group_name: String,
        /// ARN of the KMS key; none: a key of AWS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kms_key_id: Option<String>,
        /// Tags.
        tags: Tags,
    } = "logs:CreateLogGroup";
    /// CloudWatch Logs
    PutRetentionPolicy {
        /// Name of the group.
        log_group_name: String,
        /// Days; only those that the API lists.
        retention_in_days: u32,
    } = "logs:PutRetentionPolicy";
    /// CloudWatch Logs: from now on events never expire.
    DeleteRetentionPolicy {
        /// Name of the group.
        log_group_name: String,
    } = "logs:DeleteRetentionPolicy";
    /// CloudWatch Logs: what is written from now on is encrypted with that key.
    AssociateKmsKey {
        /// Name of the group.
        log_group_name: String,
        /// ARN of the KMS key.
        kms_key_id: String,
    } = "logs:AssociateKmsKey";
    /// CloudWatch Logs: what is written from now on is encrypted with a key of AWS.
    DisassociateKmsKey {
        /// Name of the group.
        log_group_name: String,
    } = "logs:DisassociateKmsKey";
    /// CloudWatch Logs: deletes a group with every event in it.
    DeleteLogGroup {
        /// Its name.
        log_group_name: String,
    } = "logs:DeleteLogGroup";
    /// S3: makes a bucket in the region of the call.
    CreateBucket {
        /// Its name.
        bucket: String,
    } = "s3:CreateBucket";
    /// S3: replaces the tags of a bucket.
    PutBucketTagging {
        /// Its name.
        bucket: String,
        /// All its tags.
        tags: Tags,
    } = "s3:PutBucketTagging";
    /// S3: switches all four parts of the public-access block on.
    PutPublicAccessBlock {
        /// Name of the bucket.
        bucket: String,
    } = "s3:PutBucketPublicAccessBlock";
    /// S3: sets the default encryption.
    PutBucketEncryption {
        /// Name of the bucket.
        bucket: String,
        /// `AES256` or `aws:kms`.
        algorithm: String,
        /// ARN of the KMS key, with `aws:kms`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kms_key: Option<String>,
    } = "s3:PutEncryptionConfiguration";
    /// S3: replaces the lifecycle configuration by one rule that expires objects.
    PutBucketLifecycle {
        /// Name of the bucket.
        bucket: String,
        /// Key prefix that the rule applies to; empty means the whole bucket.
        prefix: String,
        /// Days after creation.
        expiration_days: u32,
    } = "s3:PutLifecycleConfiguration";
    /// S3: replaces the bucket policy. There is no conditional form of it.
    PutBucketPolicy {
        /// Name of the bucket.
        bucket: String,
        /// The whole policy, JSON.
        policy: String,
    } = "s3:PutBucketPolicy";
    /// S3: deletes the bucket policy.
    DeleteBucketPolicy {
        /// Name of the bucket.
        bucket: String,
    } = "s3:DeleteBucketPolicy";
    /// S3 `DeleteObjects`.
    DeleteObjects {
        /// Name of the bucket.
        bucket: String,
        /// Up to 1,000 keys.
        keys: Vec<String>,
    } = "s3:DeleteObject";
    /// S3: deletes a bucket that is empty.
    DeleteBucket {
        /// Its name.
        bucket: String,
    } = "s3:DeleteBucket";
    /// EC2: makes flow logs.
    CreateFlowLogs {
        /// How.
        flow_logs: FlowLogRequest,
    } = "ec2:CreateFlowLogs";
    /// EC2: deletes flow logs.
    DeleteFlowLogs {
        /// Up to 1,000 ids.
        flow_log_ids: Vec<String>,
    } = "ec2:DeleteFlowLogs";
}

/// The IAM actions of [`Call::actions`] that are those of no operation of the table, sorted.
pub const ACTIONS_BESIDES: [&str; 6] = [
    "ec2:CreateTags",
    "iam:PassRole",
    "iam:TagRole",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:TagResource",
];

impl Call {
    /// Every IAM action that the caller needs for it: that of the operation, and those that AWS checks
    /// besides (Service Authorization Reference, "dependent actions").
    #[must_use]
    pub fn actions(&self) -> BTreeSet<&'static str> {
        let mut actions = BTreeSet::from([self.action()]);
        match self {
            Self::CreateRole(call) if !call.tags.is_empty() => {
                actions.insert("iam:TagRole");
            }
            Self::CreateLogGroup(call) if !call.tags.is_empty() => {
                actions.insert("logs:TagResource");
            }
            Self::CreateFlowLogs(call) => {
                let request = &call.flow_logs;
                if !request.tags.is_empty() {
                    actions.insert("ec2:CreateTags");
                }
                let passes_a_role = request.deliver_logs_permission_arn.is_some();
                actions.insert(if passes_a_role {
                    "iam:PassRole"
                } else {
                    "logs:CreateLogDelivery"
                });
            }
            Self::DeleteFlowLogs(_) => {
                actions.insert("logs:DeleteLogDelivery");
            }
            _ => {}
        }
        actions
    }

    /// Whether making it twice leaves what making it once leaves, so that it may be made again when it is not known
    /// whether it acted. A deletion made again may say that there is nothing to delete.
    ///
    /// What makes something under a name of ours is not: the second call answers that it is there already, which is
    /// also what somebody else's would answer; in `us-east-1`, S3 answers success for a bucket that the account has
    /// (S3 API reference, `CreateBucket`). Flow logs are made once by their client token (EC2 API reference, "Ensuring
    /// idempotency").
    #[must_use]
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::CreateRole(_) | Self::CreateLogGroup(_) | Self::CreateBucket(_) => false,
            Self::CreateFlowLogs(call) => call.flow_logs.client_token.is_some(),
            Self::UpdateAssumeRolePolicy(_)
            | Self::PutRolePolicy(_)
            | Self::DeleteRolePolicy(_)
            | Self::DeleteRole(_)
            | Self::PutRetentionPolicy(_)
            | Self::DeleteRetentionPolicy(_)
            | Self::AssociateKmsKey(_)
            | Self::DisassociateKmsKey(_)
            | Self::DeleteLogGroup(_)
            | Self::PutBucketTagging(_)
            | Self::PutPublicAccessBlock(_)
            | Self::PutBucketEncryption(_)
            | Self::PutBucketLifecycle(_)
            | Self::PutBucketPolicy(_)
            | Self::DeleteBucketPolicy(_)
            | Self::DeleteObjects(_)
            | Self::DeleteBucket(_)
            | Self::DeleteFlowLogs(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_stored_by_its_name_in_the_api() {
        let call = Call::from(DeleteRole {
            role_name: "flow".to_owned(),
        });
        let stored = serde_json::json!({"call": "DeleteRole", "parameters": {"role_name": "flow"}});
        assert_eq!(serde_json::to_value(&call).ok(), Some(stored.clone()));
        assert_eq!(serde_json::from_value::<Call>(stored).ok(), Some(call));
    }

    #[test]
    fn what_aws_checks_besides_is_among_the_actions() {
        let mut flow_logs = FlowLogRequest {
            deliver_logs_permission_arn: Some("arn:aws:iam::111122223333:role/flow".to_owned()),
            ..FlowLogRequest::default()
        };
        let call = Call::from(CreateFlowLogs {
            flow_logs: flow_logs.clone(),
        });
        let expected = ["ec2:CreateFlowLogs", "iam:PassRole"];
        assert_eq!(call.actions(), BTreeSet::from(expected));
        flow_logs.deliver_logs_permission_arn = None;
        flow_logs.tags.insert("a".to_owned(), "b".to_owned());
        let call = Call::from(CreateFlowLogs { flow_logs });
        let expected = [
            "ec2:CreateFlowLogs",
            "ec2:CreateTags",
            "logs:CreateLogDelivery",
        ];
        assert_eq!(call.actions(), BTreeSet::from(expected));
    }

    #[test]
    fn flow_logs_are_made_again_only_with_a_token() {
        let mut call = CreateFlowLogs::default();
        assert!(!Call::from(call.clone()).is_idempotent());
        call.flow_logs.client_token = Some("once".to_owned());
        assert!(Call::from(call).is_idempotent());
        assert!(!Call::from(CreateRole::default()).is_idempotent());
        assert!(Call::from(DeleteRole::default()).is_idempotent());
    }
}
