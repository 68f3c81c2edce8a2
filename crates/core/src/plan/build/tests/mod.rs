//! Plans, whole and by their laws.

mod buckets;
mod laws;
mod model;
mod recovery;
mod renewed;
mod single;
mod unlisted;
mod whole;

use std::collections::BTreeSet;

use super::{BuildRequest, build};
use crate::Severity;
use crate::fixture::{ACCOUNT, OTHER, REGION};
use crate::inventory::{Fact, FlowLog, Inventory, Tags, TrafficType};
use crate::judge::assess;
use crate::plan::{NotFixed, PLAN_TAG, Plan, RUN_TAG, Reason, STEP_TAG, step_id, tag_value};
use crate::policy::Policy;
use crate::reach::Entry;

/// The tags of what a run makes in a step.
fn tags_of(step: &str) -> Tags {
    [
        (RUN_TAG, "20261120T120000Z-01234567-1f"),
        (PLAN_TAG, "0123456789abcdef"),
        (STEP_TAG, &tag_value(step)),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// A flow log that a run made in the first region of the fixtures.
fn made_by_us(log: FlowLog) -> FlowLog {
    let on = log.resource_id.as_deref().unwrap_or_default();
    let traffic = log.traffic_type.as_ref().map(TrafficType::as_str);
    let name = format!("{on}/{}", traffic.unwrap_or_default());
    let id = step_id(ACCOUNT, Some(REGION), "flow-log", &name);
    FlowLog {
        tags: tags_of(&id),
        ..log
    }
}

/// The name of the role of the fixtures, were it made by flowcover.
const OUR_ROLE: &str = "flowcover-vpc-1";

/// The same, but that a run made its role.
fn with_our_role(inventory: &Inventory) -> Inventory {
    let text = serde_json::to_string(inventory).unwrap();
    let text = text.replace("role/flow-logs", &format!("role/{OUR_ROLE}"));
    let mut inventory: Inventory = serde_json::from_str(&text).unwrap();
    for role in inventory.roles.values_mut() {
        if let Fact::Present(role) = role {
            role.tags = tags_of(&step_id(ACCOUNT, None, "role", OUR_ROLE));
        }
    }
    inventory
}

/// A request that may change things in both accounts of the fixtures.
fn request(replace: bool) -> BuildRequest {
    let role = |account: &str| Entry::Role {
        via: Box::new(Entry::Caller),
        role_arn: format!("arn:aws:iam::{account}:role/flowcover-write"),
        external_id: None,
    };
    let accounts = [ACCOUNT, OTHER];
    BuildRequest {
        replace,
        entries: accounts
            .map(|account| (account.to_owned(), role(account)))
            .into(),
        only: BTreeSet::new(),
        made_by: Vec::new(),
    }
}

fn plan(inventory: &Inventory, policy: &Policy, replace: bool) -> Plan {
    build(
        inventory,
        &assess(inventory, policy),
        policy,
        &request(replace),
    )
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

/// What is not fixed, as check, resource and reason; what is merely not read of a VPC included.
fn refused(plan: &Plan) -> Vec<(&str, &str, Reason)> {
    let all = plan.not_fixed.iter();
    all.map(
        |NotFixed {
             check,
             resource,
             reason,
             ..
         }| (check.as_str(), resource.id.as_str(), *reason),
    )
    .collect()
}

/// Findings of at least low severity, as check and fingerprint.
fn weighty(inventory: &Inventory, policy: &Policy) -> BTreeSet<(String, String)> {
    let report = assess(inventory, policy);
    let all = report.all_findings();
    all.filter(|finding| finding.severity >= Severity::Low)
        .map(|finding| (finding.check.clone(), finding.fingerprint.clone()))
        .collect()
}
