//! A service control policy that denies what would stop or erase flow logs.

use serde_json::{Value, json};
use thiserror::Error;

use super::{GuardRail, Remarks};

/// Characters that a service control policy may have (AWS Organizations User Guide, "Quotas for AWS Organizations").
pub const MAX_SCP_CHARACTERS: usize = 5_120;

/// What a service control policy keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Names of log groups, with `*` and `?`: `/flowcover/*`.
    pub log_groups: Vec<String>,
    /// Names of roles that deliver, with `*` and `?`: `flowcover-*`.
    pub roles: Vec<String>,
    /// Names of buckets.
    pub buckets: Vec<String>,
    /// ARNs of principals that may, with `*` and `?`: `arn:aws:iam::*:role/break-glass`. None: nobody may.
    pub exempt: Vec<String>,
}

impl Protected {
    /// What flowcover makes by default.
    #[must_use]
    pub fn by_default(partition: &str) -> Self {
        Self {
            partition: partition.to_owned(),
            log_groups: vec!["/flowcover/*".to_owned()],
            roles: vec!["flowcover-*".to_owned()],
            buckets: Vec::new(),
            exempt: Vec::new(),
        }
    }
}

/// A service control policy would be longer than AWS takes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "a service control policy of {characters} characters: AWS takes {MAX_SCP_CHARACTERS}\nhint: name fewer buckets, log groups and exempt principals, or use wildcards"
)]
pub struct ScpTooLong {
    /// Characters without white space.
    pub characters: usize,
}

/// A policy that denies to all but the exempt what would stop flow logs or erase their records. Indented if there is room.
///
/// # Errors
///
/// If it is longer than AWS takes.
pub fn service_control_policy(protected: &Protected) -> Result<GuardRail, ScpTooLong> {
    let policy = json!({"Version": "2012-10-17", "Statement": statements(protected)});
    let short = policy.to_string();
    let characters = short.chars().count();
    if characters > MAX_SCP_CHARACTERS {
        return Err(ScpTooLong { characters });
    }
    let long = format!("{policy:#}");
    let fits = long.chars().count() <= MAX_SCP_CHARACTERS;
    Ok(GuardRail {
        file_name: "flowcover-scp.json",
        document: if fits { long } else { short },
        remarks: remarks(protected),
    })
}

fn statements(protected: &Protected) -> Vec<Value> {
    let Protected {
        partition,
        log_groups,
        roles,
        buckets,
        ..
    } = protected;
    let any = vec!["*".to_owned()];
    let each = |names: &[String], arn: &dyn Fn(&String) -> String| names.iter().map(arn).collect();
    let groups: Vec<String> = each(log_groups, &|name| {
        format!("arn:{partition}:logs:*:*:log-group:{name}")
    });
    let roles: Vec<String> = each(roles, &|name| format!("arn:{partition}:iam::*:role/{name}"));
    let whole: Vec<String> = each(buckets, &|name| format!("arn:{partition}:s3:::{name}"));
    // Flow logs write below `AWSLogs/`, after the folder of the destination; other objects are not ours to keep.
    let records: Vec<String> = each(buckets, &|name| {
        format!("arn:{partition}:s3:::{name}/*AWSLogs/*")
    });
    [
        ("FlowcoverFlowLogs", FLOW_LOG_ACTIONS, any),
        ("FlowcoverLogGroups", LOG_GROUP_ACTIONS, groups),
        ("FlowcoverRoles", ROLE_ACTIONS, roles),
        ("FlowcoverBuckets", BUCKET_ACTIONS, whole),
        ("FlowcoverRecords", RECORD_ACTIONS, records),
    ]
    .into_iter()
    .filter(|(_, _, resources)| !resources.is_empty())
    .map(|(sid, actions, resources)| statement(protected, sid, actions, &resources))
    .collect()
}

const FLOW_LOG_ACTIONS: &[&str] = &["ec2:DeleteFlowLogs"];

/// Shorter retention erases as deletion does; without its key, a group is no longer closed to those who may not use the key.
const LOG_GROUP_ACTIONS: &[&str] = &[
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:DeleteRetentionPolicy",
    "logs:DisassociateKmsKey",
    "logs:PutRetentionPolicy",
];

/// A role that cannot be assumed, or may not write, delivers nothing.
const ROLE_ACTIONS: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
];

const BUCKET_ACTIONS: &[&str] = &[
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
];

const RECORD_ACTIONS: &[&str] = &["s3:DeleteObject", "s3:DeleteObjectVersion"];

fn statement(protected: &Protected, sid: &str, actions: &[&str], resources: &[String]) -> Value {
    let mut statement =
        json!({"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": resources});
    if !protected.exempt.is_empty() {
        // Compared part by part: as plain text, `*` would also match the colons that a user's path may have.
        statement["Condition"] = json!({"ArnNotLike": {"aws:PrincipalArn": protected.exempt}});
    }
    statement
}

fn remarks(protected: &Protected) -> Remarks {
    let exempt = if protected.exempt.is_empty() {
        "Nobody is let through, and neither is flowcover: without an exempt role it can make flow logs, but not roll them back, \
         and not set the retention of its log groups. Name a role for flowcover and one for emergencies."
            .to_owned()
    } else {
        format!(
            "Let through: {}.\nWho may assume or change these roles may do everything that is denied here: keep them as well.",
            protected.exempt.join(", ")
        )
    };
    Remarks {
        does: "Denies to every other principal of the accounts that it is attached to: deleting flow logs, deleting or shortening \
               their log groups, changing the roles that deliver, changing the buckets and deleting the records in them. \
               Making flow logs stays allowed."
            .to_owned(),
        does_not: "It does not bind the management account of the organisation, nor service-linked roles.\n\
                   It does not stop the deletion of a VPC, of a KMS key, or of what its patterns do not name.\n\
                   Who makes flow logs to a bucket whose policy lacks a statement for them can no longer have AWS add it: put it there before."
            .to_owned(),
        exempt,
        put_in_place: "aws organizations create-policy --type SERVICE_CONTROL_POLICY --name flowcover --description 'Keeps VPC flow logs on' --content file://flowcover-scp.json\n\
                       aws organizations attach-policy --policy-id POLICY_ID --target-id TARGET_ID\n\
                       Attach it to one account first."
            .to_owned(),
        take_back: "aws organizations detach-policy --policy-id POLICY_ID --target-id TARGET_ID\n\
                    aws organizations delete-policy --policy-id POLICY_ID"
            .to_owned(),
    }
}
