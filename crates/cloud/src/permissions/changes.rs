//! What the commands that change something need, and those that look at what was changed.
//!
//! Resources as the Service Authorization Reference gives them for each action.

use super::{Grant, GrantCondition, grant};
use crate::{
    AssociateKmsKey, CreateBucket, CreateFlowLogs, CreateLogGroup, CreateRole, DeleteBucket,
    DeleteBucketPolicy, DeleteFlowLogs, DeleteLogGroup, DeleteObjects, DeleteRetentionPolicy,
    DeleteRole, DeleteRolePolicy, DescribeFlowLogs, DescribeLogGroups, DescribeLogStreams,
    DescribeNetworkInterfaces, DescribeRegions, DescribeSubnets, DescribeTransitGateways,
    DescribeVpcs, DisassociateKmsKey, GetAccountSummary, GetBucketEncryption, GetBucketLifecycle,
    GetBucketPolicy, GetBucketTagging, GetPublicAccessBlock, GetRole, GetRolePolicy, HeadBucket,
    ListAttachedRolePolicies, ListObjects, ListRolePolicies, ListTagsForResource, Operation,
    PutBucketEncryption, PutBucketLifecycle, PutBucketPolicy, PutBucketTagging,
    PutPublicAccessBlock, PutRetentionPolicy, PutRolePolicy, SimulatePrincipalPolicy,
    UpdateAssumeRolePolicy,
};

/// Names of the roles that flowcover makes, and no others.
const ROLES: &str = "arn:*:iam::*:role/flowcover-*";

/// What is read only by those that change something: whose it is, and whether the change would be allowed and fits.
#[cfg(test)]
pub(super) const READS: [&str; 4] = [
    SimulatePrincipalPolicy::ACTION,
    GetAccountSummary::ACTION,
    ListTagsForResource::ACTION,
    GetBucketTagging::ACTION,
];

/// A command that acts on a plan or on what it made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// `apply`, and to go on with one.
    Apply,
    /// `verify`.
    Verify,
    /// `rollback`.
    Rollback,
}

/// What the commands are to be able to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changing {
    /// Patterns of the names of log groups, such as `/flowcover/*`; none: all.
    pub log_groups: Vec<String>,
    /// Names of the central buckets; none: all.
    pub buckets: Vec<String>,
    /// Flow logs that others made may be replaced (`--replace`).
    pub replace: bool,
    /// Rollback may delete records (`--delete-records`).
    pub delete_records: bool,
}

/// What a command needs in an account with VPCs.
#[must_use]
pub fn account_with_vpcs(part: Part, changing: &Changing) -> Vec<Grant> {
    let mut grants = vec![grant(
        "Network",
        &[
            DescribeRegions::ACTION,
            DescribeVpcs::ACTION,
            DescribeSubnets::ACTION,
            DescribeNetworkInterfaces::ACTION,
            DescribeTransitGateways::ACTION,
            DescribeFlowLogs::ACTION,
            DescribeLogGroups::ACTION,
        ],
    )];
    match part {
        Part::Verify => grants.push(on_groups(
            changing,
            "Records",
            &[DescribeLogStreams::ACTION],
        )),
        Part::Apply => {
            // The principal is not known before: it is the one that the policy is put on. The other takes no resource.
            grants.push(grant(
                "Preflight",
                &[SimulatePrincipalPolicy::ACTION, GetAccountSummary::ACTION],
            ));
            grants.extend(make_flow_logs(ROLES));
            if changing.replace {
                grants.extend(delete_flow_logs());
            }
            grants.push(roles(&[
                CreateRole::ACTION,
                "iam:TagRole",
                UpdateAssumeRolePolicy::ACTION,
                PutRolePolicy::ACTION,
                GetRole::ACTION,
                GetRolePolicy::ACTION,
                // Whether a role that an earlier run left has others.
                ListRolePolicies::ACTION,
                ListAttachedRolePolicies::ACTION,
            ]));
            let groups = [
                CreateLogGroup::ACTION,
                "logs:TagResource",
                PutRetentionPolicy::ACTION,
                AssociateKmsKey::ACTION,
                ListTagsForResource::ACTION,
            ];
            grants.push(on_groups(changing, "LogGroups", &groups));
        }
        Part::Rollback => {
            grants.extend(delete_flow_logs());
            if changing.replace {
                // What was replaced is made again, with the role that it had.
                grants.extend(make_flow_logs("*"));
            }
            grants.push(roles(&[
                UpdateAssumeRolePolicy::ACTION,
                PutRolePolicy::ACTION,
                DeleteRolePolicy::ACTION,
                DeleteRole::ACTION,
                GetRole::ACTION,
                GetRolePolicy::ACTION,
                ListRolePolicies::ACTION,
                ListAttachedRolePolicies::ACTION,
            ]));
            let groups = [
                PutRetentionPolicy::ACTION,
                DeleteRetentionPolicy::ACTION,
                AssociateKmsKey::ACTION,
                DisassociateKmsKey::ACTION,
                DeleteLogGroup::ACTION,
                ListTagsForResource::ACTION,
                DescribeLogStreams::ACTION,
            ];
            grants.push(on_groups(changing, "LogGroups", &groups));
        }
    }
    grants
}

/// What a command needs in the account with the central bucket.
#[must_use]
pub fn account_with_bucket(part: Part, changing: &Changing) -> Vec<Grant> {
    let looks = [
        HeadBucket::ACTION,
        GetBucketPolicy::ACTION,
        GetBucketTagging::ACTION,
    ];
    let on_buckets = |sid, actions: &[&[&'static str]], objects: &str| Grant {
        resources: bucket_arns(&changing.buckets, objects),
        ..grant(sid, &actions.concat())
    };
    // Whether a bucket is as it was made, or as it would be.
    let settings = [
        GetPublicAccessBlock::ACTION,
        GetBucketEncryption::ACTION,
        GetBucketLifecycle::ACTION,
    ];
    match part {
        Part::Verify => vec![on_buckets("Records", &[&[ListObjects::ACTION]], "")],
        Part::Apply => {
            let writes = [
                CreateBucket::ACTION,
                PutBucketTagging::ACTION,
                PutPublicAccessBlock::ACTION,
                PutBucketEncryption::ACTION,
                PutBucketLifecycle::ACTION,
                PutBucketPolicy::ACTION,
            ];
            let actions: [&[_]; 3] = [&writes, &looks, &settings];
            let preflight = grant("Preflight", &[SimulatePrincipalPolicy::ACTION]);
            vec![preflight, on_buckets("Buckets", &actions, "")]
        }
        Part::Rollback => {
            let writes = [
                PutBucketPolicy::ACTION,
                DeleteBucketPolicy::ACTION,
                DeleteBucket::ACTION,
            ];
            let mut grants = vec![on_buckets("Buckets", &[&writes, &looks, &settings], "")];
            if changing.delete_records {
                let objects = [DeleteObjects::ACTION];
                grants.push(on_buckets("DeleteRecords", &[&objects], "/*"));
            }
            grants
        }
    }
}

/// Making flow logs that deliver through these roles.
fn make_flow_logs(roles: &str) -> [Grant; 4] {
    let recorded = ["vpc", "subnet", "network-interface", "transit-gateway"];
    let resources = [FLOW_LOGS].into_iter().chain(recorded).map(ec2);
    [
        Grant {
            resources: resources.collect(),
            ..grant("MakeFlowLogs", &[CreateFlowLogs::ACTION])
        },
        Grant {
            resources: vec![ec2(FLOW_LOGS)],
            conditions: vec![equals("ec2:CreateAction", "CreateFlowLogs")],
            ..grant("TagFlowLogs", &["ec2:CreateTags"])
        },
        Grant {
            resources: vec![roles.to_owned()],
            conditions: vec![equals("iam:PassedToService", "vpc-flow-logs.amazonaws.com")],
            ..grant("PassRoles", &["iam:PassRole"])
        },
        // Takes no resource.
        grant("MakeDeliveries", &["logs:CreateLogDelivery"]),
    ]
}

fn delete_flow_logs() -> [Grant; 2] {
    [
        Grant {
            resources: vec![ec2(FLOW_LOGS)],
            ..grant("DeleteFlowLogs", &[DeleteFlowLogs::ACTION])
        },
        // Takes no resource.
        grant("DeleteDeliveries", &["logs:DeleteLogDelivery"]),
    ]
}

/// What the Service Authorization Reference calls a flow log.
const FLOW_LOGS: &str = "vpc-flow-log";

fn ec2(kind: &str) -> String {
    format!("arn:*:ec2:*:*:{kind}/*")
}

fn roles(actions: &[&'static str]) -> Grant {
    Grant {
        resources: vec![ROLES.to_owned()],
        ..grant("Roles", actions)
    }
}

/// Some actions on groups take their ARN with `:*` at its end, some without.
fn on_groups(changing: &Changing, sid: &'static str, actions: &[&'static str]) -> Grant {
    on_log_groups(&changing.log_groups, sid, actions)
}

/// On the log groups with names of these patterns, and what is in them; none: all.
pub(super) fn on_log_groups(
    patterns: &[String],
    sid: &'static str,
    actions: &[&'static str],
) -> Grant {
    let every = ["*".to_owned()];
    let patterns = match patterns {
        [] => every.as_slice(),
        patterns => patterns,
    };
    let arns = patterns.iter().flat_map(|pattern| {
        let arn = format!("arn:*:logs:*:*:log-group:{pattern}");
        // What ends with a star covers the other form.
        let starred = (!pattern.ends_with('*')).then(|| format!("{arn}:*"));
        [arn].into_iter().chain(starred)
    });
    Grant {
        resources: arns.collect(),
        ..grant(sid, actions)
    }
}

pub(super) fn bucket_arns(buckets: &[String], objects: &str) -> Vec<String> {
    let arn = |name: &str| format!("arn:*:s3:::{name}{objects}");
    match buckets {
        [] => vec![arn("*")],
        names => names.iter().map(|name| arn(name)).collect(),
    }
}

const fn equals(key: &'static str, value: &'static str) -> GrantCondition {
    GrantCondition {
        operator: "StringEquals",
        key,
        value,
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
