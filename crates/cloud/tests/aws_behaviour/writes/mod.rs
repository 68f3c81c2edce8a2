//! Calls that change something: every row of their table, and what each service refuses.

mod buckets;
mod log_groups;
mod roles;
mod troubles;

use std::collections::BTreeSet;

use flowcover_cloud::simulator::Matching;
use flowcover_cloud::{
    AssociateKmsKey, Call, Cloud, CreateBucket, CreateLogGroup, CreateRole, DeleteBucket,
    DeleteBucketPolicy, DeleteLogGroup, DeleteObjects, DeleteRetentionPolicy, DeleteRole,
    DeleteRolePolicy, DisassociateKmsKey, GetBucketEncryption, GetBucketLifecycle, GetBucketPolicy,
    GetBucketTagging, GetPublicAccessBlock, GetRole, GetRolePolicy, ListTagsForResource,
    PutBucketEncryption, PutBucketLifecycle, PutBucketPolicy, PutBucketTagging,
    PutPublicAccessBlock, PutRetentionPolicy, PutRolePolicy, UpdateAssumeRolePolicy,
};
use flowcover_core::call::{ACTIONS_BESIDES, WRITE_ACTIONS};
use flowcover_core::inventory::Tags;

use super::*;

pub(crate) fn tags() -> Tags {
    [("flowcover:run".to_owned(), "r1".to_owned())].into()
}

pub(crate) fn role(name: &str) -> CreateRole {
    CreateRole {
        role_name: name.to_owned(),
        trust_policy: policies::trust_service(FLOW_LOGS, Some(ACCOUNT)),
        tags: tags(),
    }
}

pub(crate) fn group(name: &str) -> CreateLogGroup {
    CreateLogGroup {
        log_group_name: name.to_owned(),
        kms_key_id: None,
        tags: tags(),
    }
}

/// A KMS key that CloudWatch Logs may use.
pub(crate) fn key(lab: &Lab) -> String {
    let service = format!("logs.{REGION}.amazonaws.com");
    let policy = policies::key_for_service(ACCOUNT, &service);
    let mut world = lab.simulator.world();
    world.create_key(ACCOUNT, REGION, &policy).unwrap()
}

/// The code of a refusal; `ok` if there was none.
pub(crate) fn code<T>(answer: Result<T, CloudError>) -> String {
    answer.err().map_or_else(|| "ok".to_owned(), |it| it.code)
}

/// Every call of the table, in an order in which all of them succeed.
fn every_call(lab: &Lab) -> Vec<Call> {
    let [role_name, policy_name] = ["made", "deliver-flow-logs"].map(str::to_owned);
    let log_group_name = "/made".to_owned();
    let bucket = "made-bucket".to_owned();
    let policy = policies::deliver_to("arn:aws:logs:*:111122223333:log-group:/made:*", false);
    let bucket_policy = policies::bucket_for_account(&bucket, ACCOUNT);
    let existing = {
        let mut world = lab.simulator.world();
        let flow_logs = FlowLogRequest {
            traffic_type: Some("REJECT".to_owned()),
            ..lab.to_group()
        };
        let made = world.create_flow_logs(ACCOUNT, REGION, &flow_logs);
        made.unwrap().flow_log_ids
    };
    vec![
        role(&role_name).into(),
        UpdateAssumeRolePolicy {
            role_name: role_name.clone(),
            trust_policy: policies::trust_service(FLOW_LOGS, None),
        }
        .into(),
        PutRolePolicy {
            role_name: role_name.clone(),
            policy_name: policy_name.clone(),
            policy,
        }
        .into(),
        DeleteRolePolicy {
            role_name: role_name.clone(),
            policy_name,
        }
        .into(),
        DeleteRole { role_name }.into(),
        group(&log_group_name).into(),
        PutRetentionPolicy {
            log_group_name: log_group_name.clone(),
            retention_in_days: 365,
        }
        .into(),
        DeleteRetentionPolicy {
            log_group_name: log_group_name.clone(),
        }
        .into(),
        AssociateKmsKey {
            log_group_name: log_group_name.clone(),
            kms_key_id: key(lab),
        }
        .into(),
        DisassociateKmsKey {
            log_group_name: log_group_name.clone(),
        }
        .into(),
        DeleteLogGroup { log_group_name }.into(),
        CreateBucket {
            bucket: bucket.clone(),
        }
        .into(),
        PutBucketTagging {
            bucket: bucket.clone(),
            tags: tags(),
        }
        .into(),
        PutPublicAccessBlock {
            bucket: bucket.clone(),
        }
        .into(),
        PutBucketEncryption {
            bucket: bucket.clone(),
            algorithm: "aws:kms".to_owned(),
            kms_key: Some(key(lab)),
        }
        .into(),
        PutBucketLifecycle {
            bucket: bucket.clone(),
            prefix: "AWSLogs/".to_owned(),
            expiration_days: 365,
        }
        .into(),
        PutBucketPolicy {
            bucket: bucket.clone(),
            policy: bucket_policy,
        }
        .into(),
        DeleteBucketPolicy {
            bucket: bucket.clone(),
        }
        .into(),
        DeleteObjects {
            bucket: bucket.clone(),
            keys: vec!["AWSLogs/a.gz".to_owned()],
        }
        .into(),
        DeleteBucket { bucket }.into(),
        CreateFlowLogs {
            flow_logs: FlowLogRequest {
                tags: tags(),
                ..lab.to_group()
            },
        }
        .into(),
        DeleteFlowLogs {
            flow_log_ids: existing,
        }
        .into(),
    ]
}

async fn make(lab: &Lab, call: Call) -> Result<(), CloudError> {
    let scope = Scope::new(Entry::Caller, ACCOUNT, REGION);
    lab.simulator.call(&scope, call.into()).await.map(drop)
}

#[tokio::test]
async fn every_row_of_the_table_is_answered() {
    let lab = Lab::new();
    let calls = every_call(&lab);
    let actions: Vec<&str> = calls.iter().map(Call::action).collect();
    assert_eq!(actions, WRITE_ACTIONS, "each row once, in its order");
    for call in calls {
        assert_eq!(make(&lab, call.clone()).await, Ok(()), "{}", call.name());
    }
}

/// Each action that a call is said to need is needed: without any one of them the service of the call refuses, and
/// nothing is done, so that the same call succeeds after.
#[tokio::test]
async fn every_action_of_every_row_is_needed() {
    let lab = Lab::new();
    let mut met = BTreeSet::new();
    for call in every_call(&lab) {
        for action in call.actions() {
            met.insert(action);
            let denied = Matching::action(action);
            lab.simulator.world().faults.deny(denied);
            let expected = match call.action().split(':').next() {
                Some("ec2") => "UnauthorizedOperation",
                Some("logs") => "AccessDeniedException",
                _ => "AccessDenied",
            };
            let refused = code(make(&lab, call.clone()).await);
            assert_eq!(refused, expected, "{} without {action}", call.name());
            lab.simulator.world().faults.allow_all();
        }
        assert_eq!(make(&lab, call.clone()).await, Ok(()), "{}", call.name());
    }
    let to_bucket = CreateFlowLogs {
        flow_logs: lab.to_bucket(),
    };
    met.extend(Call::from(to_bucket).actions());
    let table = WRITE_ACTIONS.iter().chain(&ACTIONS_BESIDES).copied();
    assert_eq!(met, table.collect());
}
