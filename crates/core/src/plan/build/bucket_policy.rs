//! Our statement in the policy of a bucket: found, read, and put beside the others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::documents::{STATEMENT_ID, bucket_statement};
use crate::iam::PolicyDocument;

/// The statement with our id in a bucket policy.
pub(super) fn our_statement(policy: &str) -> Option<String> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let statements = match policy.get("Statement")? {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let ours =
        |statement: &&Value| statement.get("Sid").and_then(Value::as_str) == Some(STATEMENT_ID);
    statements.into_iter().find(ours).map(Value::to_string)
}

/// The accounts that a statement of ours lets deliver.
pub(super) fn accounts_in(statement: &str) -> BTreeSet<String> {
    let statement: Value = serde_json::from_str(statement).unwrap_or_default();
    let said = statement.pointer("/Condition/StringEquals/aws:SourceAccount");
    let texts = match said {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one.as_str()],
        _ => Vec::new(),
    };
    texts.into_iter().map(str::to_owned).collect()
}

/// A bucket policy as it will be.
pub(super) fn merged(
    policy: Option<&str>,
    partition: &str,
    name: &str,
    accounts: &BTreeSet<String>,
) -> Option<PolicyDocument> {
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let ours = bucket_statement(partition, name, &accounts).statement;
    let ours: Value = serde_json::from_str(&ours).ok()?;
    let mut statements: Vec<Value> = match policy {
        None => Vec::new(),
        Some(text) => {
            let policy: Value = serde_json::from_str(text).ok()?;
            match policy.get("Statement")? {
                Value::Array(all) => all.clone(),
                one => vec![one.clone()],
            }
        }
    };
    statements
        .retain(|statement| statement.get("Sid").and_then(Value::as_str) != Some(STATEMENT_ID));
    statements.push(ours);
    let merged = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
    PolicyDocument::from_value(&merged).ok()
}
