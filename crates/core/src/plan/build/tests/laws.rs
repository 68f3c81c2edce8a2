//! What holds for every inventory.

use proptest::prelude::*;

use super::model::{apply, apply_in_vain};
use super::*;
use crate::fixture::*;
use crate::inventory::*;
use crate::judge::strategies::any_inventory;
use crate::plan::{self, Change};
use crate::policy::{DestinationKind, FixSettings};
use crate::verdict::Verdict;

fn any_policy() -> impl Strategy<Value = Policy> {
    let preset = prop::sample::select(vec!["cis", "strict", "pci"]);
    (preset, any_fix(), any::<bool>()).prop_map(|(preset, base, narrow)| {
        policy(preset, |policy| {
            policy.fix.base = base;
            if narrow {
                policy.destinations.value = vec![
                    policy
                        .fix
                        .base
                        .destination
                        .unwrap_or(DestinationKind::CloudWatchLogs),
                ];
            }
        })
    })
}

fn tags() -> Tags {
    [("team".to_owned(), "net".to_owned())].into()
}

fn any_fix() -> impl Strategy<Value = FixSettings> {
    let base = FixSettings::default;
    let text = |text: &str| Some(text.to_owned());
    let s3 = move |bucket: &str, create: bool| FixSettings {
        destination: Some(DestinationKind::S3),
        bucket: text(bucket),
        bucket_account: text(OTHER),
        bucket_create: Some(create),
        bucket_prefix: text("flow/{account_id}"),
        bucket_kms_key: create.then(|| KEY.to_owned()),
        tags: create.then(tags),
        ..base()
    };
    prop::sample::select(vec![
        base(),
        base(),
        FixSettings {
            traffic_type: Some(TrafficType::All),
            log_group_kms_key: text(KEY),
            tags: Some(tags()),
            ..base()
        },
        FixSettings {
            role: text("flow-logs"),
            ..base()
        },
        FixSettings {
            enabled: Some(false),
            ..base()
        },
        s3(BUCKET, false),
        s3(BUCKET, true),
        s3("another-{region}", true),
        FixSettings {
            destination: Some(DestinationKind::S3),
            ..base()
        },
        FixSettings {
            destination: Some(DestinationKind::Firehose),
            delivery_stream: text(STREAM),
            ..base()
        },
    ])
}

/// Inventories in which some flow logs and roles are ours.
fn any_world() -> impl Strategy<Value = Inventory> {
    (any_inventory(), any::<u8>(), any::<bool>()).prop_map(|(mut inventory, ours, role_is_ours)| {
        for (place, log) in inventory.regions[0].flow_logs.items.iter_mut().enumerate() {
            if ours >> (place % 8) & 1 == 1 {
                *log = made_by_us(log.clone());
            }
        }
        if role_is_ours {
            inventory = with_our_role(&inventory);
        }
        inventory
    })
}

fn answered(plan: &Plan) -> BTreeSet<(String, String)> {
    let all = plan.steps.iter().flat_map(|step| &step.answers);
    all.map(|answered| (answered.check.clone(), answered.fingerprint.clone()))
        .collect()
}

proptest! {
    #[test]
    fn every_finding_is_answered_or_not_fixed(inventory in any_world(), policy in any_policy(), replace: bool) {
        let plan = plan(&inventory, &policy, replace);
        let not_fixed: BTreeSet<_> = plan
            .not_fixed
            .iter()
            .filter(|it| it.check != "not-readable")
            .map(|it| (it.check.clone(), it.fingerprint.clone()))
            .collect();
        let answered = answered(&plan);
        prop_assert_eq!(answered.intersection(&not_fixed).next(), None);
        let all: BTreeSet<_> = answered.union(&not_fixed).cloned().collect();
        prop_assert_eq!(all, weighty(&inventory, &policy));
        for it in &plan.not_fixed {
            prop_assert!(!it.message.is_empty());
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written(inventory in any_world(), policy in any_policy(), replace: bool) {
        let plan = plan(&inventory, &policy, replace);
        let mut written = Vec::new();
        plan::write(&plan, &mut written).unwrap();
        prop_assert_eq!(plan::read(&written, "plan.json"), Ok(plan.clone()));
        for step in &plan.steps {
            prop_assert!(!step.summary.is_empty());
            prop_assert_ne!(step.answers.is_empty(), step.because.is_none(), "{}", step.id);
            let asked = policy.fix.base.tags.clone().unwrap_or_default();
            prop_assert!(step.change.tags().is_none_or(|given| *given == asked), "{}", step.id);
            let argument = match &step.change {
                Change::DeleteFlowLogs { .. } => Some("--replace"),
                Change::SetRetention { retention_in_days: days, .. }
                    if days.before.is_none_or(|before| before > days.after) => Some("--shorten-retention"),
                _ => None,
            };
            prop_assert_eq!(step.needs_argument.as_deref(), argument);
            prop_assert!(replace || argument != Some("--replace"));
            if let Change::CreateFlowLogs { flow_logs, .. } = &step.change {
                let most = if flow_logs.resource_type == "TransitGateway" { 25 } else { 300 };
                prop_assert!((1..=most).contains(&flow_logs.resource_ids.len()));
            }
        }
    }

    #[test]
    fn the_order_of_lists_does_not_matter(inventory in any_world(), policy in any_policy(), replace: bool) {
        let mut turned = inventory.clone();
        for region in &mut turned.regions {
            region.vpcs.items.reverse();
            region.flow_logs.items.reverse();
            region.subnets.items.reverse();
            region.network_interfaces.items.reverse();
        }
        let (turned, straight) = (plan(&turned, &policy, replace), plan(&inventory, &policy, replace));
        for (turned, straight) in turned.not_fixed.iter().zip(&straight.not_fixed) {
            prop_assert_eq!(turned, straight);
        }
        prop_assert_eq!(turned, straight);
    }

    #[test]
    fn what_is_promised_is_fixed_and_nothing_is_left_to_do(inventory in any_world(), policy in any_policy(), replace: bool, vain: bool) {
        let first = plan(&inventory, &policy, replace);
        let world = if vain { apply_in_vain(&first, &inventory) } else { apply(&first, &inventory) };
        let report = assess(&world, &policy);
        let promised = answered(&first);
        for finding in report.all_findings() {
            let key = (finding.check.clone(), finding.fingerprint.clone());
            prop_assert!(
                !promised.contains(&key) || finding.severity < Severity::Low,
                "{} on {}: {}", finding.check, finding.resource.id, finding.message
            );
        }
        let second = plan(&world, &policy, replace);
        // Where an old flow log goes there is room for what AWS would not take beside it.
        let room_is_made = replace && first.not_fixed.iter().any(|it| it.reason == Reason::Quota);
        prop_assert!(second.steps.is_empty() || room_is_made, "{:?} after {:?}", ids(&second), ids(&first));
    }

    #[test]
    fn nothing_that_is_recorded_is_lost_or_recorded_twice(inventory in any_world(), policy in any_policy()) {
        let first = plan(&inventory, &policy, false);
        let world = apply(&first, &inventory);
        let (before, after) = (assess(&inventory, &policy), assess(&world, &policy));
        for (before, after) in before.vpcs.iter().zip(&after.vpcs) {
            prop_assert!(before.verdict != Verdict::Recorded || after.verdict == Verdict::Recorded);
            let twice = |vpc: &crate::report::VpcReport| vpc.findings.iter().any(|finding| finding.check == "flow-log-duplicate");
            prop_assert!(!twice(after) || twice(before) || revived(&first), "{}: {:?}", after.vpc_id, ids(&first));
        }
    }
}

/// What a law was once broken with: the search for records found no log group.
#[test]
fn what_is_mended_brings_records_where_there_was_no_place_for_them() {
    let narrow = FlowLog {
        traffic_type: Some(TrafficType::Accept),
        deliver_logs_status: None,
        ..to_bucket(flow_log("fl-1", "vpc-1"))
    };
    let ours = made_by_us(FlowLog {
        deliver_logs_status: None,
        ..flow_log("fl-2", "vpc-1")
    });
    let inventory = but(with(vec![narrow, ours]), |i| {
        i.proved = true;
        let role = role(WRONG_TRUST, WRITE_LOGS);
        i.roles.insert(ROLE.to_owned(), Fact::Present(role));
        let bucket = Bucket {
            policy: Fact::NotRead,
            ..bucket()
        };
        i.buckets.insert(BUCKET.to_owned(), Fact::Present(bucket));
        i.last_records.insert("fl-2".to_owned(), Fact::Absent);
    });
    let inventory = with_our_role(&inventory);
    let first = plan(&inventory, &Policy::default(), false);
    assert_eq!(
        ids(&first),
        ["111111111111/global/role/flowcover-vpc-1"],
        "{first:#?}"
    );
    assert!(matches!(first.steps[0].change, Change::MendRole { .. }));
    let report = assess(&apply(&first, &inventory), &Policy::default());
    assert_eq!(
        report.vpcs[0].verdict,
        Verdict::Recorded,
        "{}",
        report.vpcs[0].reason
    );
}

/// Whether a plan mends what several flow logs depend on: then one may record what another does.
fn revived(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| {
        matches!(
            step.change,
            Change::MendRole { .. }
                | Change::CreateLogGroup { .. }
                | Change::AddBucketStatement { .. }
                | Change::CreateRole { .. }
                | Change::CreateBucket { .. }
        ) && !step.blast_radius.is_empty()
    })
}
