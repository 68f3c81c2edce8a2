//! What follows from a change: its calls, what must hold before, how it is taken back.

use std::collections::BTreeSet;

use flowcover_record::Owner;

use super::{Change, PolicyStatement, Step};
use crate::call::{
    AssociateKmsKey, Call, CreateBucket, CreateFlowLogs, CreateLogGroup, CreateRole,
    DeleteFlowLogs, FlowLogRequest, PutBucketEncryption, PutBucketLifecycle, PutBucketPolicy,
    PutBucketTagging, PutPublicAccessBlock, PutRetentionPolicy, PutRolePolicy,
    UpdateAssumeRolePolicy,
};
use crate::inventory::Tags;

impl Change {
    /// Whether it belongs to a region: all but roles do.
    #[must_use]
    pub const fn is_regional(&self) -> bool {
        !matches!(self, Self::CreateRole { .. } | Self::MendRole { .. })
    }

    /// The tags that the policy asks for on what it makes; none for what it only changes.
    #[must_use]
    pub const fn tags(&self) -> Option<&Tags> {
        match self {
            Self::CreateRole { tags, .. }
            | Self::CreateLogGroup { tags, .. }
            | Self::CreateBucket { tags, .. } => Some(tags),
            Self::CreateFlowLogs { flow_logs, .. } => Some(&flow_logs.tags),
            _ => None,
        }
    }

    /// The calls that make it, in order, without the tags and tokens of a run. What they hold of a bucket policy that
    /// exists is only the statement: the rest is read when the step is carried out.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.calls_with(&Tags::new())
    }

    /// The same with more tags on what it makes, which go before those of the change.
    #[must_use]
    pub fn calls_with(&self, more: &Tags) -> Vec<Call> {
        let all = |tags: &Tags| {
            let mut tags = tags.clone();
            tags.extend(more.clone());
            tags
        };
        match self {
            Self::CreateRole {
                role_name,
                trust_policy,
                policy_name,
                policy,
                tags,
            } => vec![
                CreateRole {
                    role_name: role_name.clone(),
                    trust_policy: trust_policy.clone(),
                    tags: all(tags),
                }
                .into(),
                put_role_policy(role_name, policy_name, policy),
            ],
            Self::MendRole {
                role_name,
                trust_policy,
                policy_name,
                policy,
            } => {
                let trust = trust_policy.as_ref().map(|trust| {
                    UpdateAssumeRolePolicy {
                        role_name: role_name.clone(),
                        trust_policy: trust.after.clone(),
                    }
                    .into()
                });
                let policy = policy
                    .as_ref()
                    .map(|policy| put_role_policy(role_name, policy_name, &policy.after));
                trust.into_iter().chain(policy).collect()
            }
            Self::CreateLogGroup {
                log_group_name,
                retention_in_days,
                kms_key_id,
                tags,
            } => {
                let create = CreateLogGroup {
                    log_group_name: log_group_name.clone(),
                    kms_key_id: kms_key_id.clone(),
                    tags: all(tags),
                };
                let retention = retention_in_days.map(|days| put_retention(log_group_name, days));
                [create.into()].into_iter().chain(retention).collect()
            }
            Self::SetRetention {
                log_group_name,
                retention_in_days,
            } => {
                vec![put_retention(log_group_name, retention_in_days.after)]
            }
            Self::SetLogGroupKey {
                log_group_name,
                kms_key_id,
            } => vec![
                AssociateKmsKey {
                    log_group_name: log_group_name.clone(),
                    kms_key_id: kms_key_id.after.clone(),
                }
                .into(),
            ],
            Self::CreateBucket {
                bucket,
                encryption,
                kms_key,
                expiration_days,
                statements,
                tags,
            } => bucket_calls(
                bucket,
                all(tags),
                (encryption, kms_key.as_deref()),
                *expiration_days,
                statements,
            ),
            Self::AddBucketStatement {
                bucket, statement, ..
            } => vec![
                PutBucketPolicy {
                    bucket: bucket.clone(),
                    policy: policy_of(std::slice::from_ref(statement)),
                }
                .into(),
            ],
            Self::CreateFlowLogs { flow_logs, .. } => vec![
                CreateFlowLogs {
                    flow_logs: FlowLogRequest {
                        tags: all(&flow_logs.tags),
                        ..flow_logs.clone()
                    },
                }
                .into(),
            ],
            Self::DeleteFlowLogs { flow_logs } => vec![
                DeleteFlowLogs {
                    flow_log_ids: flow_logs
                        .iter()
                        .map(|log| log.flow_log_id.clone())
                        .collect(),
                }
                .into(),
            ],
        }
    }

    /// What must hold before it is made, in sentences.
    #[must_use]
    pub fn precondition(&self) -> Vec<String> {
        match self {
            Self::CreateRole { role_name, .. } => vec![none_but_left(&format!("role {role_name}"))],
            Self::MendRole { role_name, .. } => vec![
                format!(
                    "role {role_name} carries the tags {} and {}",
                    super::RUN_TAG,
                    super::PLAN_TAG
                ),
                "its trust policy and its inline policy are as they were".to_owned(),
            ],
            Self::CreateLogGroup { log_group_name, .. } => {
                vec![none_but_left(&format!("log group {log_group_name}"))]
            }
            Self::SetRetention {
                log_group_name,
                retention_in_days,
            } => vec![
                ours(log_group_name),
                retention_in_days.before.map_or_else(
                    || "its events never expire".to_owned(),
                    |days| format!("its events expire after {days} days"),
                ),
            ],
            Self::SetLogGroupKey {
                log_group_name,
                kms_key_id,
            } => vec![
                ours(log_group_name),
                kms_key_id.before.as_ref().map_or_else(
                    || "it has no KMS key".to_owned(),
                    |key| format!("its KMS key is {key}"),
                ),
            ],
            Self::CreateBucket { bucket, .. } => vec![none_but_left(&format!("bucket {bucket}"))],
            Self::AddBucketStatement {
                bucket,
                statement,
                before,
            } => vec![
                format!("bucket {bucket} exists"),
                if before.is_some() {
                    format!("its policy has the statement {} as it was", statement.sid)
                } else {
                    format!("its policy has no statement {}", statement.sid)
                },
            ],
            Self::CreateFlowLogs {
                flow_logs,
                existing,
            } => vec![
                format!("{} exist", flow_logs.resource_ids.join(", ")),
                if existing.is_empty() {
                    "there is no flow log on them".to_owned()
                } else {
                    format!("the flow logs on them are {}", existing.join(", "))
                },
            ],
            Self::DeleteFlowLogs { flow_logs } => flow_logs
                .iter()
                .map(|log| format!("flow log {} is as it was", log.flow_log_id))
                .collect(),
        }
    }

    /// How it is taken back, in sentences.
    #[must_use]
    pub fn inverse(&self) -> Vec<String> {
        match self {
            Self::CreateRole {
                role_name,
                policy_name,
                ..
            } => vec![
                format!("delete the inline policy {policy_name}"),
                format!("delete the role {role_name}"),
            ],
            Self::MendRole { role_name, .. } => {
                vec![format!(
                    "give role {role_name} back the policies that it had"
                )]
            }
            Self::CreateLogGroup { log_group_name, .. } => vec![format!(
                "delete the log group {log_group_name}, if it holds no records or --delete-records is given"
            )],
            Self::SetRetention {
                retention_in_days, ..
            } => vec![retention_in_days.before.map_or_else(
                || "let its events never expire again".to_owned(),
                |days| format!("let its events expire after {days} days again"),
            )],
            Self::SetLogGroupKey { kms_key_id, .. } => {
                vec![kms_key_id.before.as_ref().map_or_else(
                    || "take the KMS key from it".to_owned(),
                    |key| format!("give it the KMS key {key} again"),
                )]
            }
            Self::CreateBucket { bucket, .. } => vec![format!(
                "delete the bucket {bucket}, if it is empty or --delete-records is given"
            )],
            Self::AddBucketStatement {
                statement, before, ..
            } => vec![if before.is_some() {
                format!("put the statement {} back as it was", statement.sid)
            } else {
                format!(
                    "take the statement {} out of whatever policy stands there then",
                    statement.sid
                )
            }],
            Self::CreateFlowLogs { .. } => vec!["delete the flow logs that were made".to_owned()],
            Self::DeleteFlowLogs { .. } => {
                vec!["make flow logs like them again: they get new ids".to_owned()]
            }
        }
    }

    /// IAM actions that making it and reading again need, sorted. `tagged`: the run gives tags.
    #[must_use]
    pub fn iam_actions(&self) -> Vec<String> {
        let mut actions: BTreeSet<&str> = self.calls().iter().flat_map(Call::actions).collect();
        actions.extend(self.reading_actions());
        // Whatever is made carries the tags of the run.
        match self {
            Self::CreateRole { .. } => actions.extend(["iam:TagRole"]),
            Self::CreateLogGroup { .. } => actions.extend(["logs:TagResource"]),
            Self::CreateBucket { .. } => actions.extend(["s3:PutBucketTagging"]),
            Self::CreateFlowLogs { .. } => actions.extend(["ec2:CreateTags"]),
            _ => {}
        }
        actions.into_iter().map(str::to_owned).collect()
    }

    /// IAM actions with which what it rests on is read.
    const fn reading_actions(&self) -> &'static [&'static str] {
        match self {
            Self::CreateRole { .. } | Self::MendRole { .. } => {
                &["iam:GetRole", "iam:GetRolePolicy"]
            }
            Self::CreateLogGroup { .. }
            | Self::SetRetention { .. }
            | Self::SetLogGroupKey { .. } => {
                &["logs:DescribeLogGroups", "logs:ListTagsForResource"]
            }
            Self::CreateBucket { .. } => &["s3:ListBucket", "s3:GetBucketTagging"],
            Self::AddBucketStatement { .. } => &["s3:ListBucket", "s3:GetBucketPolicy"],
            Self::CreateFlowLogs { .. } | Self::DeleteFlowLogs { .. } => &["ec2:DescribeFlowLogs"],
        }
    }
}

impl Step {
    /// ARN of where the flow logs that it makes deliver; of a bucket, with the folder in it.
    #[must_use]
    pub fn destination(&self, partition: &str) -> Option<String> {
        let Change::CreateFlowLogs { flow_logs, .. } = &self.change else {
            return None;
        };
        let owner = Owner {
            partition,
            region: self.region.as_deref()?,
            account_id: &self.account_id,
        };
        Some(flow_logs.destination(owner).to_string())
    }
}

/// A policy of these statements, JSON.
#[must_use]
pub fn policy_of(statements: &[PolicyStatement]) -> String {
    let statements: Vec<&str> = statements.iter().map(|it| it.statement.as_str()).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn none_but_left(what: &str) -> String {
    format!("there is no {what}, unless an earlier run of flowcover left it")
}

fn ours(log_group_name: &str) -> String {
    let (run, plan) = (super::RUN_TAG, super::PLAN_TAG);
    format!("log group {log_group_name} carries the tags {run} and {plan}")
}

fn put_role_policy(role_name: &str, policy_name: &str, policy: &str) -> Call {
    PutRolePolicy {
        role_name: role_name.to_owned(),
        policy_name: policy_name.to_owned(),
        policy: policy.to_owned(),
    }
    .into()
}

fn put_retention(log_group_name: &str, retention_in_days: u32) -> Call {
    PutRetentionPolicy {
        log_group_name: log_group_name.to_owned(),
        retention_in_days,
    }
    .into()
}

/// Tags come right after the bucket, which cannot be made with them, so that it is known whose it is; then the
/// public-access block, so that it is never open.
fn bucket_calls(
    bucket: &str,
    tags: Tags,
    (encryption, kms_key): (&str, Option<&str>),
    expiration_days: Option<u32>,
    statements: &[PolicyStatement],
) -> Vec<Call> {
    let bucket = bucket.to_owned();
    let mut calls: Vec<Call> = vec![
        CreateBucket {
            bucket: bucket.clone(),
        }
        .into(),
    ];
    if !tags.is_empty() {
        let bucket = bucket.clone();
        calls.push(PutBucketTagging { bucket, tags }.into());
    }
    calls.push(
        PutPublicAccessBlock {
            bucket: bucket.clone(),
        }
        .into(),
    );
    calls.push(
        PutBucketEncryption {
            bucket: bucket.clone(),
            algorithm: encryption.to_owned(),
            kms_key: kms_key.map(str::to_owned),
        }
        .into(),
    );
    if let Some(expiration_days) = expiration_days {
        let prefix = String::new();
        calls.push(
            PutBucketLifecycle {
                bucket: bucket.clone(),
                prefix,
                expiration_days,
            }
            .into(),
        );
    }
    if !statements.is_empty() {
        let policy = policy_of(statements);
        calls.push(PutBucketPolicy { bucket, policy }.into());
    }
    calls
}
