//! Plans, whole and by their laws.

mod laws;
mod model;
mod single;
mod unlisted;
mod whole;

use std::collections::BTreeSet;

use super::{BuildRequest, build};
use crate::Severity;
use crate::fixture::{ACCOUNT, OTHER};
use crate::inventory::Inventory;
use crate::judge::assess;
use crate::plan::{NotFixed, Plan, Reason};
use crate::policy::Policy;
use crate::reach::Entry;

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
