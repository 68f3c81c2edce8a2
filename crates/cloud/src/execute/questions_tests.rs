use flowcover_core::call::FlowLogRequest;
use flowcover_core::finding::Resource;
use flowcover_core::iam::{Context, Decision, PolicyDocument, PolicyKind, Principal, Request};
use flowcover_core::inventory::Tags;
use flowcover_core::plan::{Effect, PolicyStatement, Replaced};
use serde_json::json;

use super::*;
use crate::READ_ACTIONS;
use crate::permissions::{Changing, Grant, Part, account_with_bucket, account_with_vpcs};

const VPCS: &str = "222222222222";
const BUCKET: &str = "111111111111";

fn step(account_id: &str, region: Option<&str>, change: Change) -> Step {
    Step {
        id: "step".to_owned(),
        account_id: account_id.to_owned(),
        region: region.map(str::to_owned),
        effect: Effect::Create,
        resource: Resource {
            account_id: None,
            region: None,
            kind: String::new(),
            id: String::new(),
        },
        summary: String::new(),
        because: None,
        answers: Vec::new(),
        after: Vec::new(),
        after_delivery_of: Vec::new(),
        precondition: change.precondition(),
        calls: change.calls(),
        iam_actions: change.iam_actions(),
        inverse: change.inverse(),
        change,
        blast_radius: Vec::new(),
        needs_argument: None,
    }
}

fn replaced() -> Replaced<String> {
    Replaced {
        before: Some("{}".to_owned()),
        after: "{}".to_owned(),
    }
}

fn flow_logs(kind: &str, id: &str, role: Option<&str>) -> Change {
    Change::CreateFlowLogs {
        flow_logs: FlowLogRequest {
            resource_ids: vec![id.to_owned()],
            resource_type: kind.to_owned(),
            deliver_logs_permission_arn: role
                .map(|name| format!("arn:aws:iam::{VPCS}:role/{name}")),
            ..FlowLogRequest::default()
        },
        existing: Vec::new(),
    }
}

/// Every kind of change in an account with VPCs.
fn with_vpcs() -> Vec<Step> {
    let role_name = || "flowcover-eu-west-1-vpc-1".to_owned();
    let log_group_name = || "/flowcover/eu-west-1/vpc-1".to_owned();
    let roles = [
        Change::CreateRole {
            tags: Tags::new(),
            role_name: role_name(),
            trust_policy: String::new(),
            policy_name: String::new(),
            policy: String::new(),
        },
        Change::MendRole {
            role_name: role_name(),
            trust_policy: Some(replaced()),
            policy_name: String::new(),
            policy: Some(replaced()),
        },
    ];
    let regional = [
        Change::CreateLogGroup {
            tags: Tags::new(),
            log_group_name: log_group_name(),
            retention_in_days: Some(365),
            kms_key_id: Some("key".to_owned()),
        },
        Change::SetRetention {
            log_group_name: log_group_name(),
            retention_in_days: Replaced {
                before: None,
                after: 365,
            },
        },
        Change::SetLogGroupKey {
            log_group_name: log_group_name(),
            kms_key_id: replaced(),
        },
        flow_logs("VPC", "vpc-1", Some(&role_name())),
        flow_logs("Subnet", "subnet-1", None),
        flow_logs("NetworkInterface", "eni-1", None),
        flow_logs("TransitGateway", "tgw-1", None),
        Change::DeleteFlowLogs {
            flow_logs: Vec::new(),
        },
    ];
    let roles = roles.map(|change| step(VPCS, None, change));
    let regional = regional.map(|change| step(VPCS, Some("eu-west-1"), change));
    roles.into_iter().chain(regional).collect()
}

/// Every kind of change in the account with the central bucket.
fn with_bucket() -> Vec<Step> {
    let bucket = || "central".to_owned();
    let statement = || PolicyStatement {
        sid: "Ours".to_owned(),
        statement: "{}".to_owned(),
    };
    let changes = [
        Change::CreateBucket {
            tags: Tags::new(),
            bucket: bucket(),
            encryption: "AES256".to_owned(),
            kms_key: None,
            expiration_days: Some(365),
            statements: vec![statement()],
        },
        Change::AddBucketStatement {
            bucket: bucket(),
            statement: statement(),
            before: None,
        },
    ];
    let steps = changes.map(|change| step(BUCKET, Some("eu-west-1"), change));
    steps.into()
}

/// The policy that a role gets of these grants, but for one action.
fn policy(grants: &[Grant], without: &str) -> PolicyDocument {
    let statements = grants.iter().map(|grant| {
        let actions = grant.actions.iter().filter(|action| **action != without);
        let mut statement = json!({
            "Sid": grant.sid,
            "Effect": "Allow",
            "Action": actions.collect::<Vec<_>>(),
            "Resource": grant.resources,
        });
        for condition in &grant.conditions {
            statement["Condition"][condition.operator][condition.key] = json!(condition.value);
        }
        statement
    });
    let statements: Vec<_> = statements
        .filter(|it| it["Action"].as_array().is_some_and(|it| !it.is_empty()))
        .collect();
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    PolicyDocument::parse(&document.to_string()).unwrap()
}

/// Actions that the policy does not surely allow on everything that they are asked on.
fn missing(policy: &PolicyDocument, steps: &[Step]) -> BTreeMap<String, Decision> {
    let known = context("run-1", "0123456789abcdef").into_iter();
    let context = known.fold(Context::new(), |context, (key, value)| {
        context.with(&key, value)
    });
    let mut missing = BTreeMap::new();
    for (arns, actions) in questions("aws", &steps.iter().collect::<Vec<_>>()) {
        let resources: Vec<Option<String>> = match arns.as_slice() {
            [] => vec![None],
            arns => arns.iter().cloned().map(Some).collect(),
        };
        for action in actions {
            for resource in &resources {
                let request = Request {
                    principal: Principal::Aws {
                        account_id: VPCS.to_owned(),
                        arn: format!("arn:aws:iam::{VPCS}:role/Writes"),
                    },
                    action: action.clone(),
                    resource: resource.clone().map(Into::into),
                    context: context.clone(),
                };
                let decision = policy.evaluate("policy", PolicyKind::Identity, &request);
                if !decision.is_allowed() {
                    missing.insert(action.clone(), decision);
                }
            }
        }
    }
    missing
}

/// Both kinds of account: what `permissions apply` prints for it, and the steps there.
fn accounts() -> Vec<(Vec<Grant>, Vec<Step>)> {
    let narrow = Changing {
        log_groups: vec!["/flowcover/*".to_owned()],
        buckets: vec!["central".to_owned()],
        replace: true,
        delete_records: false,
    };
    let wide = Changing {
        replace: true,
        ..Changing::default()
    };
    let changing = [narrow, wide];
    let accounts = changing.iter().flat_map(|changing| {
        [
            (account_with_vpcs(Part::Apply, changing), with_vpcs()),
            (account_with_bucket(Part::Apply, changing), with_bucket()),
        ]
    });
    accounts.collect()
}

#[test]
fn what_the_printed_policy_grants_is_not_missing() {
    for (grants, steps) in accounts() {
        assert_eq!(missing(&policy(&grants, ""), &steps), BTreeMap::new());
    }
}

#[test]
fn each_action_that_a_policy_lacks_is_named_and_no_other() {
    for (grants, steps) in accounts() {
        let asked: BTreeSet<&String> = steps.iter().flat_map(|it| &it.iam_actions).collect();
        for grant in &grants {
            for &action in &grant.actions {
                let missing = missing(&policy(&grants, action), &steps);
                if asked.contains(&action.to_owned()) {
                    let named: Vec<_> = missing.keys().collect();
                    assert_eq!(named, [action]);
                    assert!(missing[action].is_denied(), "{missing:?}");
                } else {
                    assert!(
                        READ_ACTIONS.contains(&action),
                        "{action} is never asked for"
                    );
                }
            }
        }
    }
}

/// A run writes no objects, and asks for none of the rights to.
#[test]
fn of_buckets_nothing_is_asked_about_objects() {
    for (_, steps) in accounts() {
        let steps: Vec<&Step> = steps.iter().collect();
        for (arns, actions) in questions("aws", &steps) {
            assert!(
                !actions.iter().any(|it| it.ends_with("Object")),
                "{actions:?}"
            );
            assert!(
                !arns.iter().any(|it| it.contains("s3:::central/")),
                "{arns:?}"
            );
        }
    }
}

#[test]
fn a_role_that_somebody_else_made_must_be_passed_too() {
    let (grants, _) = accounts().remove(0);
    let foreign = step(
        VPCS,
        Some("eu-west-1"),
        flow_logs("VPC", "vpc-1", Some("guide")),
    );
    let missing = missing(&policy(&grants, ""), &[foreign]);
    let named: Vec<_> = missing.keys().collect();
    assert_eq!(named, ["iam:PassRole"]);
}
