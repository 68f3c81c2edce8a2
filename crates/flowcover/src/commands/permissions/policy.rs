//! As an IAM policy document.

use flowcover_cloud::permissions::{self, Grant};
use serde_json::{Value, json};

use super::Role;

/// The document, indented.
pub(super) fn text(role: &Role<'_>) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&document(role))? + "\n")
}

/// The document. Reads of this kind cannot be narrowed to resources that are not known yet;
/// none of them gives the contents of a record.
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
    let mut grants = permissions::audited_account(role.depth, role.prove);
    if role.organization {
        grants.push(permissions::organization(role.depth));
    }
    grants
}

fn statement(grant: &Grant) -> Value {
    json!({ "Sid": grant.sid, "Effect": "Allow", "Action": grant.actions, "Resource": "*" })
}
