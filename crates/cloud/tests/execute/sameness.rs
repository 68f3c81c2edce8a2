//! What a world looks like, and whether two look the same.

use std::sync::Arc;

use flowcover_cloud::collect::{AccountSelection, CollectOptions, Quiet, collect};
use flowcover_cloud::{
    DescribeLogGroups, GetBucketEncryption, GetBucketLifecycle, GetBucketPolicy, GetBucketTagging,
    GetPublicAccessBlock, GetRole, GetRolePolicy, Limited, Limits, ListTagsForResource, Operation,
    Scope, ask,
};
use flowcover_core::inventory::Depth;
use flowcover_core::plan::Change;
use serde_json::Value;

use super::lab::Lab;
use super::plans::EAST;

impl Lab {
    /// What an audit collects, without what differs from run to run: ids of flow logs, times, the state of delivery, and the
    /// interfaces, which are asked for where delivery fails.
    pub(super) async fn inventory(&self) -> Value {
        let options = CollectOptions {
            accounts: AccountSelection::Organization {
                include_units: vec![],
                exclude_units: vec![],
            },
            role_name: Some("FlowcoverWrite".to_owned()),
            depth: Depth::Full,
            ..CollectOptions::new(self.simulator.clock())
        };
        let limited = Limited::new(Arc::clone(&self.simulator) as _, Limits::default());
        let inventory = collect(&limited, &options, &Quiet).await;
        let mut value = serde_json::to_value(&inventory).unwrap();
        let whole = value.as_object_mut().unwrap();
        for key in ["collected_at", "calls", "gaps"] {
            whole.remove(key);
        }
        without_ids(&mut value);
        value["named"] = self.named().await;
        value
    }

    /// What the plan names, whether a flow log uses it or not, with its tags.
    async fn named(&self) -> Value {
        let mut named = Vec::new();
        for step in &self.header.plan.steps {
            let account = &self.header.plan.accounts[&step.account_id];
            let region = step.region.as_deref().unwrap_or(EAST);
            let scope = Scope::new(account.entry.clone(), &step.account_id, region);
            named.extend(self.of_change(&scope, &step.change).await);
        }
        Value::from(named)
    }

    async fn of_change(&self, scope: &Scope, change: &Change) -> Vec<Value> {
        match change {
            Change::CreateRole {
                role_name,
                policy_name,
                ..
            }
            | Change::MendRole {
                role_name,
                policy_name,
                ..
            } => {
                let (role_name, policy_name) = (role_name.clone(), policy_name.clone());
                let role = self
                    .told(
                        scope,
                        GetRole {
                            role_name: role_name.clone(),
                        },
                    )
                    .await;
                vec![
                    role,
                    self.told(
                        scope,
                        GetRolePolicy {
                            role_name,
                            policy_name,
                        },
                    )
                    .await,
                ]
            }
            Change::CreateLogGroup { log_group_name, .. }
            | Change::SetRetention { log_group_name, .. }
            | Change::SetLogGroupKey { log_group_name, .. } => {
                let request = DescribeLogGroups {
                    log_group_identifiers: vec![log_group_name.clone()],
                    next_token: None,
                };
                let arn = format!(
                    "arn:aws:logs:{}:{}:log-group:{log_group_name}",
                    scope.region, scope.account_id
                );
                let tags = self
                    .told(scope, ListTagsForResource { resource_arn: arn })
                    .await;
                vec![self.told(scope, request).await, tags]
            }
            Change::CreateBucket { bucket, .. } | Change::AddBucketStatement { bucket, .. } => {
                let name = || bucket.clone();
                let policy = self.told(scope, GetBucketPolicy { bucket: name() }).await;
                vec![
                    policy,
                    self.told(scope, GetBucketTagging { bucket: name() }).await,
                    self.told(scope, GetBucketEncryption { bucket: name() })
                        .await,
                    self.told(scope, GetBucketLifecycle { bucket: name() })
                        .await,
                    self.told(scope, GetPublicAccessBlock { bucket: name() })
                        .await,
                ]
            }
            _ => vec![],
        }
    }

    async fn told<O: Operation>(&self, scope: &Scope, operation: O) -> Value
    where
        O::Output: serde::Serialize,
    {
        match ask(&*self.simulator, scope, operation).await {
            Ok(answer) => {
                let mut value = serde_json::to_value(answer).unwrap();
                without_ids(&mut value);
                value
            }
            Err(error) => Value::from(error.code),
        }
    }
}

fn without_ids(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in [
                "network_interfaces",
                "flow_log_id",
                "creation_time",
                "deliver_logs_status",
                "deliver_logs_error_message",
                "stored_bytes",
            ] {
                map.remove(key);
            }
            map.values_mut().for_each(without_ids);
        }
        Value::Array(items) => {
            items.iter_mut().for_each(without_ids);
            items.sort_by_key(ToString::to_string);
        }
        // Written again, a policy has its keys in another order.
        Value::String(text) if text.starts_with('{') => {
            if let Ok(policy) = serde_json::from_str(text) {
                *value = policy;
            }
        }
        _ => {}
    }
}

/// That two worlds look the same; otherwise, where they do not.
#[track_caller]
pub(super) fn assert_same(found: &Value, expected: &Value, when: &str) {
    let mut differences = Vec::new();
    differ("", found, expected, &mut differences);
    assert!(differences.is_empty(), "{when}: {}", differences.join("\n"));
}

fn differ(at: &str, found: &Value, expected: &Value, into: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let value = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or_default()
                };
                differ(&format!("{at}/{key}"), &value(a), &value(b), into);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differ(&format!("{at}/{index}"), a, b, into);
            }
        }
        _ if found == expected => {}
        _ => into.push(format!("{at}: found {found}, expected {expected}")),
    }
}
