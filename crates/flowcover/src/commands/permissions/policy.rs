//! As an IAM policy document.

use flowcover_cloud::permissions::{self, Grant};
use serde_json::{Value, json};

use super::Role;

/// The document, indented.
pub(super) fn text(role: &Role<'_>) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&document(role))? + "\n")
}

/// The document. What an audit reads cannot be narrowed to resources that are not known yet; none of it gives the
/// contents of a record.
pub(super) fn document(role: &Role<'_>) -> Value {
    let mut statements: Vec<Value> = grants(role).iter().map(statement).collect();
    if !role.enters.is_empty() {
        let arn = |account| format!("arn:*:iam::{account}:role/{}", role.name);
        let arns: Vec<_> = role.enters.iter().map(arn).collect();
        statements.push(json!({
            "Sid": "EnterAccounts",
            "Effect": "Allow",
            "Action": permissions::ENTER,
            "Resource": arns,
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

pub(super) fn grants(role: &Role<'_>) -> Vec<Grant> {
    if role.reads_records {
        return permissions::records(&role.changing.buckets, &role.changing.log_groups);
    }
    let Some(part) = role.part else {
        let mut grants = permissions::audited_account(role.depth, role.prove);
        if role.security_groups {
            grants.push(permissions::security_groups());
        }
        if role.organization {
            grants.push(permissions::organization(role.depth));
        }
        return grants;
    };
    let mut grants = permissions::account_with_vpcs(part, &role.changing);
    if !role.changing.buckets.is_empty() {
        for grant in permissions::account_with_bucket(part, &role.changing) {
            // One account may hold both.
            if !grants.contains(&grant) {
                grants.push(Grant {
                    sid: bucket_sid(grant.sid, &grants),
                    ..grant
                });
            }
        }
    }
    grants
}

/// Statement ids are unique in a policy.
fn bucket_sid(sid: &'static str, taken: &[Grant]) -> &'static str {
    match sid {
        "Records" if taken.iter().any(|it| it.sid == sid) => "BucketRecords",
        _ => sid,
    }
}

fn statement(grant: &Grant) -> Value {
    let resource = match grant.resources.as_slice() {
        [one] => json!(one),
        several => json!(several),
    };
    let mut statement = json!({
        "Sid": grant.sid, "Effect": "Allow", "Action": grant.actions, "Resource": resource,
    });
    for condition in &grant.conditions {
        statement["Condition"][condition.operator][condition.key] = condition.value.into();
    }
    statement
}
