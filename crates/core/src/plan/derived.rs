//! What follows from a change: its calls, what must hold before, how it is taken back.

use std::collections::BTreeSet;

use super::{Change, PolicyStatement};
use crate::call::{
    AssociateKmsKey, Call, CreateBucket, CreateFlowLogs, CreateLogGroup, CreateRole,
    DeleteFlowLogs, PutBucketEncryption, PutBucketLifecycle, PutBucketPolicy, PutPublicAccessBlock,
    PutRetentionPolicy, PutRolePolicy, UpdateAssumeRolePolicy,
};
use crate::inventory::Tags;

impl Change {
    /// Whether it belongs to a region: all but roles do.
    #[must_use]
    pub const fn is_regional(&self) -> bool {
        !matches!(self, Self::CreateRole { .. } | Self::MendRole { .. })
    }

    /// The calls that make it, in order, without the tags and tokens of a run. What they hold of a bucket policy that
    /// exists is only the statement: the rest is read when the step is carried out.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        match self {
            Self::CreateRole {
                role_name,
                trust_policy,
                policy_name,
                policy,
            } => vec![
                CreateRole {
                    role_name: role_name.clone(),
                    trust_policy: trust_policy.clone(),
                    tags: Tags::new(),
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
            } => {
                let create = CreateLogGroup {
                    log_group_name: log_group_name.clone(),
                    kms_key_id: kms_key_id.clone(),
                    tags: Tags::new(),
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
            } => bucket_calls(
                bucket,
                encryption,
                kms_key.as_deref(),
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
                    flow_logs: flow_logs.clone(),
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
            Self::CreateRole { role_name, .. } => vec![format!("there is no role {role_name}")],
            Self::MendRole { role_name, .. } => vec![
                format!(
                    "role {role_name} carries the tags {} and {}",
                    super::RUN_TAG,
                    super::PLAN_TAG
                ),
                "its trust policy and its inline policy are as they were".to_owned(),
            ],
            Self::CreateLogGroup { log_group_name, .. } => {
                vec![format!("there is no log group {log_group_name}")]
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
            Self::CreateBucket { bucket, .. } => vec![format!("there is no bucket {bucket}")],
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

/// A policy of these statements, JSON.
#[must_use]
pub fn policy_of(statements: &[PolicyStatement]) -> String {
    let statements: Vec<&str> = statements.iter().map(|it| it.statement.as_str()).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
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

/// The public-access block comes right after the bucket, so that it is never open.
fn bucket_calls(
    bucket: &str,
    encryption: &str,
    kms_key: Option<&str>,
    expiration_days: Option<u32>,
    statements: &[PolicyStatement],
) -> Vec<Call> {
    let bucket = bucket.to_owned();
    let mut calls = vec![
        CreateBucket {
            bucket: bucket.clone(),
        }
        .into(),
        PutPublicAccessBlock {
            bucket: bucket.clone(),
        }
        .into(),
        PutBucketEncryption {
            bucket: bucket.clone(),
            algorithm: encryption.to_owned(),
            kms_key: kms_key.map(str::to_owned),
        }
        .into(),
    ];
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
