//! Whole plans, as they are reviewed.

use super::*;
use crate::fixture::*;
use crate::inventory::*;
use crate::plan;
use crate::policy::{DestinationKind, FixSettings};

/// Two accounts with VPCs in each state that a plan answers.
fn organisation() -> Inventory {
    let accepting = FlowLog {
        traffic_type: Some(TrafficType::Accept),
        ..to_bucket(flow_log("fl-2", "vpc-2"))
    };
    let mut inventory = with(vec![flow_log("fl-1", "vpc-1"), accepting]);
    let region = &mut inventory.regions[0];
    region.vpcs.items.extend(["vpc-2", "vpc-3"].map(vpc));
    region.vpcs.items[2]
        .tags
        .insert("Name".to_owned(), "payments".to_owned());
    let published = role(WRONG_TRUST, WRITE_LOGS);
    inventory
        .roles
        .insert(ROLE.to_owned(), Fact::Present(published));
    let mut other = Region::new(OTHER, "us-east-1", RegionStatus::Collected);
    other.vpcs = Listing::complete(vec![Vpc {
        owner_id: Some(OTHER.to_owned()),
        ..vpc("vpc-9")
    }]);
    other.flow_logs = Listing::complete(Vec::new());
    inventory.regions.push(other);
    inventory.accounts.push(Account {
        name: Some("log-archive".to_owned()),
        ..account(OTHER)
    });
    inventory
}

fn written(policy: &Policy, replace: bool) -> String {
    let plan = super::plan(&organisation(), policy, replace);
    let mut written = Vec::new();
    plan::write(&plan, &mut written).unwrap();
    plan::read(&written, "plan.json").unwrap();
    String::from_utf8(written).unwrap()
}

#[test]
fn the_default_policy() {
    insta::assert_snapshot!("cis", written(&Policy::default(), false));
}

#[test]
fn the_strict_policy_with_a_key() {
    let strict = policy("strict", |policy| {
        let key = "arn:aws:kms:{region}:{account_id}:alias/flow-logs";
        policy.fix.base.log_group_kms_key = Some(key.to_owned());
    });
    insta::assert_snapshot!("strict", written(&strict, false));
}

#[test]
fn a_central_bucket_that_is_made() {
    let central = policy("cis", |policy| {
        policy.fix.base = FixSettings {
            destination: Some(DestinationKind::S3),
            bucket: Some("archive-flow-logs".to_owned()),
            bucket_account: Some(OTHER.to_owned()),
            bucket_region: Some(REGION.to_owned()),
            bucket_create: Some(true),
            bucket_prefix: Some("{account_id}".to_owned()),
            parquet: Some(true),
            hive_prefixes: Some(true),
            ..FixSettings::default()
        };
    });
    insta::assert_snapshot!("central_bucket", written(&central, false));
}

#[test]
fn old_flow_logs_make_way() {
    insta::assert_snapshot!("replace", written(&Policy::default(), true));
}
