//! Facts that are denied, or not told.

use flowcover_cloud::simulator::{Matching, World, scenario};

use super::faults::ACCOUNT;
use super::*;

#[tokio::test(start_paused = true)]
async fn facts_that_are_denied_are_not_read_and_not_absent() {
    let simulator = Arc::new(scenario::demo());
    let whole = run(&simulator, &options(&simulator, everything(), Depth::Full)).await;
    let simulator = Arc::new(scenario::demo());
    let denied = ["iam:*", "s3:*", "kms:*", "firehose:*", "logs:*", "config:*"];
    for action in denied {
        simulator.world().faults.deny(Matching::action(action));
    }
    let inventory = run(&simulator, &options(&simulator, everything(), Depth::Full)).await;
    assert_eq!(inventory.roles.len(), whole.roles.len());
    assert!(inventory.roles.values().all(|fact| fact.is_not_read()));
    assert_eq!(inventory.log_groups.len(), whole.log_groups.len());
    assert!(inventory.log_groups.values().all(|fact| fact.is_not_read()));
    assert_eq!(inventory.buckets.len(), whole.buckets.len());
    // That a bucket exists is told even to those who may not look into it.
    for bucket in inventory.buckets.values() {
        let bucket = bucket.present().unwrap();
        assert!(bucket.region.is_some() && bucket.owner_account_id.is_none());
        assert!(bucket.policy.is_not_read() && bucket.public.is_not_read());
        assert!(bucket.public_access_block.is_not_read() && bucket.encryption.is_not_read());
        assert!(bucket.expiration.is_not_read());
    }
    assert!(
        inventory
            .delivery_streams
            .values()
            .all(|fact| fact.is_not_read())
    );
    // What is not a fact about a destination is as it was.
    assert_eq!(inventory.regions, whole.regions);
    let named = |action: &str| {
        inventory
            .gaps
            .iter()
            .any(|gap| gap.permission.as_deref() == Some(action))
    };
    for permission in [
        "iam:GetRole",
        "s3:GetBucketPolicy",
        "logs:DescribeLogGroups",
        "firehose:DescribeDeliveryStream",
        "config:DescribeConfigRules",
    ] {
        assert!(named(permission), "{permission}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_log_of_which_little_is_told_is_carried_and_never_makes_recorded() {
    use flowcover_core::inventory::FlowLog;
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["us-east-1"]);
    world.add_account(ACCOUNT, "one");
    let vpc_id = world.add_workload_vpc(ACCOUNT, "us-east-1", "main");
    for (id, resource_id) in [("fl-1", None), ("fl-2", Some(vpc_id))] {
        let flow_log = FlowLog {
            flow_log_id: id.to_owned(),
            resource_id,
            ..FlowLog::default()
        };
        world.put_flow_log(ACCOUNT, "us-east-1", flow_log);
    }
    let simulator = Arc::new(Simulator::new(world));
    for seconds in [0, 3600] {
        simulator.world().advance(seconds);
        for depth in [Depth::Delivery, Depth::Full] {
            let options = CollectOptions {
                prove_window: (depth == Depth::Full).then(|| Duration::from_secs(3600)),
                ..options(&simulator, AccountSelection::Own, depth)
            };
            let limited = Limited::new(Arc::clone(&simulator) as _, Limits::default());
            let inventory = collect(&limited, &options, &Quiet).await;
            assert_eq!(inventory.regions[0].flow_logs.items.len(), 2);
            let policy = flowcover_core::policy::Policy::default();
            let report = flowcover_core::assess(&inventory, &policy);
            assert_eq!(report.vpcs.len(), 1);
            assert_ne!(report.vpcs[0].verdict.as_str(), "recorded", "{depth:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn denied_organization_calls_leave_the_guard_rails_unread() {
    let simulator = Arc::new(scenario::demo());
    for action in ["organizations:ListPoliciesForTarget", "config:*"] {
        simulator.world().faults.deny(Matching::action(action));
    }
    let inventory = run(&simulator, &options(&simulator, everything(), Depth::Full)).await;
    let protections: Vec<_> = inventory
        .accounts
        .iter()
        .filter_map(|account| account.protection.as_ref())
        .collect();
    assert!(!protections.is_empty());
    for protection in protections {
        assert!(protection.service_control_policies.is_not_read());
        assert!(protection.config_rules.is_not_read());
    }
}
