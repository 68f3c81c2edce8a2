//! What the world is once a plan was carried out: the plan's changes and nothing else.

use std::collections::BTreeSet;

use flowcover_record::{Destination, Owner};

use super::recovery::{recover, stuck};
use crate::call::FlowLogRequest;
use crate::inventory::*;
use crate::partition;
use crate::plan::{Change, Plan, Step, is_our_flow_log, policy_of};

/// Carries a plan out on an inventory, as AWS would: what is made can be read and delivers, and so does what is mended.
pub(super) fn apply(plan: &Plan, inventory: &Inventory) -> Inventory {
    carry_out(plan, inventory, &BTreeSet::new())
}

/// The same, but that flow logs which failed for want of a permission of their role go on failing once it has it.
pub(super) fn apply_in_vain(plan: &Plan, inventory: &Inventory) -> Inventory {
    carry_out(plan, inventory, &stuck(inventory))
}

fn carry_out(plan: &Plan, inventory: &Inventory, stuck: &BTreeSet<String>) -> Inventory {
    let mut world = inventory.clone();
    for (number, step) in plan.steps.iter().enumerate() {
        change(&mut world, step, number);
    }
    recover(&mut world, plan, stuck);
    world
}

fn change(world: &mut Inventory, step: &Step, number: usize) {
    let (account, region) = (
        step.account_id.as_str(),
        step.region.as_deref().unwrap_or_default(),
    );
    match &step.change {
        Change::CreateRole {
            role_name,
            trust_policy,
            policy_name,
            policy,
            ..
        } => {
            let role = Role {
                arn: step.resource.id.clone(),
                trust_policy: Fact::Present(trust_policy.clone()),
                inline_policies: Listing::complete(vec![named(policy_name, policy)]),
                attached_policies: Listing::complete(Vec::new()),
                permissions_boundary: Fact::Absent,
                tags: super::tags_of(&step.id),
            };
            assert!(role.arn.ends_with(&format!(":role/{role_name}")) && role_name.len() <= 64);
            let before = world.roles.insert(role.arn.clone(), Fact::Present(role));
            assert!(
                before.is_none_or(|before| before.is_absent()),
                "{} exists",
                step.id
            );
        }
        Change::MendRole {
            trust_policy,
            policy_name,
            policy,
            ..
        } => {
            let Some(Fact::Present(role)) = world.roles.get_mut(&step.resource.id) else {
                panic!("{}: no role", step.id);
            };
            assert!(step.is_about_ours(&role.tags), "{} is not ours", step.id);
            if let Some(trust) = trust_policy {
                assert_eq!(role.trust_policy.present(), trust.before.as_ref());
                role.trust_policy = Fact::Present(trust.after.clone());
            }
            if let Some(policy) = policy {
                role.inline_policies
                    .items
                    .retain(|item| item.name != *policy_name);
                role.inline_policies
                    .items
                    .push(named(policy_name, &policy.after));
            }
        }
        Change::CreateLogGroup {
            log_group_name,
            retention_in_days,
            kms_key_id,
            ..
        } => {
            let group = LogGroup {
                arn: group_arn(account, region, log_group_name),
                name: log_group_name.clone(),
                retention_in_days: *retention_in_days,
                kms_key_id: kms_key_id.clone(),
                stored_bytes: None,
            };
            let before = world
                .log_groups
                .insert(group.arn.clone(), Fact::Present(group));
            assert!(
                before.is_none_or(|before| before.is_absent()),
                "{} exists",
                step.id
            );
        }
        Change::SetRetention {
            log_group_name,
            retention_in_days,
        } => {
            let group = group(world, &group_arn(account, region, log_group_name));
            assert_eq!(group.retention_in_days, retention_in_days.before);
            group.retention_in_days = Some(retention_in_days.after);
        }
        Change::SetLogGroupKey {
            log_group_name,
            kms_key_id,
        } => {
            let group = group(world, &group_arn(account, region, log_group_name));
            assert_eq!(group.kms_key_id, kms_key_id.before);
            group.kms_key_id = Some(kms_key_id.after.clone());
        }
        Change::CreateBucket {
            bucket,
            encryption,
            kms_key,
            expiration_days,
            statements,
            ..
        } => {
            let expiration = expiration_days.map(|days| ExpirationRule {
                prefix: String::new(),
                filtered: false,
                days,
            });
            let made = Bucket {
                name: bucket.clone(),
                owner_account_id: Some(account.to_owned()),
                region: Some(region.to_owned()),
                policy: Fact::Present(policy_of(statements)),
                public: Fact::Present(false),
                public_access_block: Fact::Present(PublicAccessBlock {
                    block_public_acls: true,
                    ignore_public_acls: true,
                    block_public_policy: true,
                    restrict_public_buckets: true,
                }),
                encryption: Fact::Present(BucketEncryption {
                    algorithm: encryption.clone(),
                    kms_key: kms_key.clone(),
                }),
                expiration: expiration.map_or(Fact::Absent, |rule| Fact::Present(vec![rule])),
            };
            let before = world.buckets.insert(bucket.clone(), Fact::Present(made));
            assert!(
                before.is_none_or(|before| before.is_absent()),
                "{} exists",
                step.id
            );
        }
        Change::AddBucketStatement {
            bucket, statement, ..
        } => add_statement(world, bucket, &statement.statement, &statement.sid),
        Change::CreateFlowLogs {
            flow_logs,
            existing,
        } => {
            create_flow_logs(world, step, flow_logs, existing, number);
        }
        Change::DeleteFlowLogs { flow_logs } => {
            let gone = |log: &FlowLog| flow_logs.iter().any(|old| old == log);
            let listed = &mut region_of(world, account, region).flow_logs.items;
            let before = listed.len();
            listed.retain(|log| !gone(log));
            assert_eq!(before - listed.len(), flow_logs.len());
        }
    }
}

fn add_statement(world: &mut Inventory, bucket: &str, statement: &str, sid: &str) {
    // A bucket that was never asked for is read once a flow log names it.
    let fact = world.buckets.entry(bucket.to_owned()).or_insert_with(|| {
        Fact::Present(Bucket {
            name: bucket.to_owned(),
            policy: Fact::Absent,
            ..crate::fixture::bucket()
        })
    });
    let Fact::Present(bucket) = fact else {
        panic!("no bucket {bucket}");
    };
    let before = bucket
        .policy
        .present()
        .map_or(r#"{"Statement":[]}"#, String::as_str);
    let mut policy: serde_json::Value = serde_json::from_str(before).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    statements.retain(|statement| statement["Sid"] != sid);
    statements.push(serde_json::from_str(statement).unwrap());
    bucket.policy = Fact::Present(policy.to_string());
}

fn create_flow_logs(
    world: &mut Inventory,
    step: &Step,
    request: &FlowLogRequest,
    existing: &[String],
    number: usize,
) {
    let (account, region) = (
        step.account_id.as_str(),
        step.region.as_deref().unwrap_or_default(),
    );
    let listed = &mut region_of(world, account, region).flow_logs.items;
    let place = |log: &FlowLog| log.destination(owner(account, region));
    for (item, id) in request.resource_ids.iter().enumerate() {
        let on_it: Vec<&FlowLog> = listed
            .iter()
            .filter(|log| log.resource_id.as_ref() == Some(id))
            .collect();
        let gateway = id.starts_with("tgw-");
        assert!(gateway || on_it.len() < 2, "a third flow log on {id}");
        let to = request.destination(owner(account, region));
        assert!(
            on_it.iter().all(|log| place(log) != to),
            "a second one like it on {id}"
        );
        assert!(on_it.iter().all(|log| {
            existing.contains(&log.flow_log_id) || log.flow_log_id.starts_with("fl-new")
        }));
        listed.push(FlowLog {
            flow_log_id: format!("fl-new-{number}-{item}-{}", listed.len()),
            resource_id: Some(id.clone()),
            traffic_type: request.traffic_type.as_deref().map(TrafficType::from),
            flow_log_status: Some("ACTIVE".to_owned()),
            deliver_logs_status: Some(DeliverLogsStatus::Success),
            deliver_logs_permission_arn: request.deliver_logs_permission_arn.clone(),
            log_destination_type: request
                .log_destination_type
                .as_deref()
                .map(LogDestinationType::from),
            log_destination: request.log_destination.clone(),
            log_group_name: request.log_group_name.clone(),
            log_format: request.log_format.clone(),
            max_aggregation_interval: request.max_aggregation_interval,
            hive_compatible_partitions: request.hive_compatible_partitions,
            tags: super::tags_of(&step.id),
            ..FlowLog::default()
        });
        let made = listed.last().unwrap();
        assert!(
            is_our_flow_log(made, account, region),
            "{} is not ours",
            step.id
        );
    }
}

fn named(name: &str, document: &str) -> NamedPolicy {
    NamedPolicy {
        name: name.to_owned(),
        document: Fact::Present(document.to_owned()),
    }
}

fn owner<'o>(account_id: &'o str, region: &'o str) -> Owner<'o> {
    Owner {
        partition: partition::of_region(region),
        region,
        account_id,
    }
}

fn group_arn(account: &str, region: &str, name: &str) -> String {
    Destination::parse_arn(&super::super::settings::log_group_arn(
        account, region, name,
    ))
    .to_string()
}

fn group<'w>(world: &'w mut Inventory, arn: &str) -> &'w mut LogGroup {
    match world.log_groups.get_mut(arn) {
        Some(Fact::Present(group)) => group,
        _ => panic!("no log group {arn}"),
    }
}

fn region_of<'w>(world: &'w mut Inventory, account: &str, region: &str) -> &'w mut Region {
    let mut regions = world.regions.iter_mut();
    regions
        .find(|place| place.account_id == account && place.region == region)
        .unwrap()
}
