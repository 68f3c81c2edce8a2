//! Faults leave gaps where they are, and nowhere else.

use flowcover_cloud::simulator::{Matching, TokenBucket, scenario};
use flowcover_core::inventory::{AccountAccess, GapKind, ListingState};

use super::*;

/// The one account of a small organisation with three regions.
pub(crate) const ACCOUNT: &str = "100000000001";

pub(crate) fn plain() -> Arc<Simulator> {
    Arc::new(scenario::organization(1, 3, 2))
}

pub(crate) fn own(simulator: &Arc<Simulator>) -> CollectOptions {
    options(simulator, AccountSelection::Own, Depth::Delivery)
}

/// Everything but one region was read, in full.
fn others_are_whole(inventory: &Inventory, but: &str) {
    for region in inventory.regions.iter().filter(|it| it.region != but) {
        assert_eq!(region.status, RegionStatus::Collected, "{}", region.region);
        assert_eq!(region.vpcs.items.len(), 2);
        assert!(region.vpcs.is_complete() && region.flow_logs.is_complete());
    }
}

#[tokio::test(start_paused = true)]
async fn all_of_ec2_denied_in_one_region() {
    let simulator = plain();
    let closed = Matching::action("ec2:*").in_region("ap-northeast-1");
    simulator.world().faults.deny_by_control_policy(closed);
    let inventory = run(&simulator, &own(&simulator)).await;
    let denied = region(&inventory, ACCOUNT, "ap-northeast-1");
    assert_eq!(denied.status, RegionStatus::Denied);
    assert_eq!(denied.vpcs.state, ListingState::NotRead);
    others_are_whole(&inventory, "ap-northeast-1");
    assert_eq!(
        gaps(&inventory),
        [
            "ec2:DescribeFlowLogs ap-northeast-1 UnauthorizedOperation",
            "ec2:DescribeVpcs ap-northeast-1 UnauthorizedOperation"
        ]
    );
    assert!(
        inventory
            .gaps
            .iter()
            .all(|gap| gap.permission.as_ref() == Some(&gap.action))
    );
}

#[tokio::test(start_paused = true)]
async fn only_describe_flow_logs_denied() {
    let simulator = plain();
    let denied = Matching::action("ec2:DescribeFlowLogs").in_region("us-east-1");
    simulator.world().faults.deny(denied);
    let inventory = run(&simulator, &own(&simulator)).await;
    let partial = region(&inventory, ACCOUNT, "us-east-1");
    assert_eq!(partial.status, RegionStatus::Partial);
    assert_eq!(partial.vpcs.items.len(), 2);
    assert_eq!(partial.flow_logs.state, ListingState::NotRead);
    others_are_whole(&inventory, "us-east-1");
    assert_eq!(inventory.gaps.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn describe_regions_denied() {
    let simulator = plain();
    simulator
        .world()
        .faults
        .deny(Matching::action("ec2:DescribeRegions"));
    let inventory = run(&simulator, &own(&simulator)).await;
    assert_eq!(statuses(&inventory), [("*", RegionStatus::Denied)]);
    assert_eq!(
        gaps(&inventory),
        ["ec2:DescribeRegions us-east-1 UnauthorizedOperation"]
    );
    // Regions that the user names are read all the same.
    let simulator = plain();
    simulator
        .world()
        .faults
        .deny(Matching::action("ec2:DescribeRegions"));
    let mut named = own(&simulator);
    named.regions.include = vec!["us-east-1".to_owned()];
    let inventory = run(&simulator, &named).await;
    assert_eq!(
        statuses(&inventory),
        [("us-east-1", RegionStatus::Collected)]
    );
}

/// A bucket that starts empty and refills at one call in two seconds.
const HARD: TokenBucket = TokenBucket {
    capacity: 1.0,
    refill: 0.5,
    initial: 0.0,
};

#[tokio::test(start_paused = true)]
async fn throttled_hard_is_slower_and_right() {
    let calm = plain();
    let expected = run(&calm, &own(&calm)).await;
    let simulator = plain();
    simulator.world().paging.set_every(1);
    simulator
        .world()
        .faults
        .throttle(Matching::action("ec2:*"), HARD);
    let mut inventory = run(&simulator, &own(&simulator)).await;
    assert_eq!(gaps(&inventory), [""; 0]);
    assert!(
        inventory.calls["ec2:DescribeVpcs"] > 6,
        "{:?}",
        inventory.calls
    );
    inventory.calls.clone_from(&expected.calls);
    assert_eq!(inventory, expected);
}

#[tokio::test(start_paused = true)]
async fn throttled_past_the_deadline_is_a_gap() {
    let simulator = plain();
    let never = TokenBucket {
        refill: 0.0,
        ..HARD
    };
    let matching = Matching::action("ec2:DescribeFlowLogs").in_region("us-east-1");
    simulator.world().faults.throttle(matching, never);
    let inventory = run_within(&simulator, &own(&simulator), Duration::from_secs(60)).await;
    assert!(inventory.interrupted);
    let partial = region(&inventory, ACCOUNT, "us-east-1");
    assert_eq!(partial.status, RegionStatus::Partial);
    assert_eq!(partial.flow_logs.state, ListingState::NotRead);
    others_are_whole(&inventory, "us-east-1");
    assert_eq!(
        gaps(&inventory),
        ["ec2:DescribeFlowLogs us-east-1 RequestLimitExceeded"]
    );
    assert_eq!(inventory.gaps[0].kind, GapKind::Throttled);
}

#[tokio::test(start_paused = true)]
async fn a_listing_cut_off_between_pages_is_partial() {
    let simulator = plain();
    let one = TokenBucket {
        refill: 0.0,
        initial: 1.0,
        ..HARD
    };
    {
        let mut world = simulator.world();
        world.paging.set("ec2:DescribeVpcs", 1);
        let matching = Matching::action("ec2:DescribeVpcs").in_region("us-east-1");
        world.faults.throttle(matching, one);
    }
    let inventory = run_within(&simulator, &own(&simulator), Duration::from_secs(60)).await;
    let vpcs = &region(&inventory, ACCOUNT, "us-east-1").vpcs;
    assert_eq!((vpcs.state, vpcs.items.len()), (ListingState::Partial, 1));
}

#[tokio::test(start_paused = true)]
async fn a_region_that_never_answers_is_unreachable_and_the_others_are_unharmed() {
    for delay in [
        Duration::from_millis(100),
        Duration::from_secs(5),
        Duration::from_secs(100_000),
    ] {
        let simulator = plain();
        let dead = Matching::every_call().in_region("ap-northeast-2");
        simulator.world().faults.cut_off(dead, delay);
        let began = tokio::time::Instant::now();
        let inventory = run(&simulator, &own(&simulator)).await;
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{:?}",
            began.elapsed()
        );
        let dead = region(&inventory, ACCOUNT, "ap-northeast-2");
        assert_eq!(dead.status, RegionStatus::Unreachable, "{delay:?}");
        others_are_whole(&inventory, "ap-northeast-2");
        assert!(
            inventory
                .gaps
                .iter()
                .all(|gap| gap.kind == GapKind::Unreachable)
        );
        assert_eq!(inventory.gaps.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn one_account_that_refuses_does_not_hide_the_others() {
    let simulator = Arc::new(scenario::organization(3, 2, 1));
    simulator
        .world()
        .delete_role("100000000002", "OrganizationAccountAccessRole");
    simulator
        .world()
        .set_account_status("100000000003", "SUSPENDED");
    let options = options(&simulator, everything(), Depth::Delivery);
    let inventory = run(&simulator, &options).await;
    let access: Vec<_> = inventory.accounts.iter().map(|it| it.access).collect();
    assert_eq!(
        access,
        [
            AccountAccess::Reached,
            AccountAccess::Refused,
            AccountAccess::NotTried
        ]
    );
    assert_eq!(
        region(&inventory, "100000000002", "*").status,
        RegionStatus::Denied
    );
    assert_eq!(
        region(&inventory, ACCOUNT, "us-east-1").status,
        RegionStatus::Collected
    );
    assert_eq!(gaps(&inventory), ["sts:AssumeRole us-east-1 AccessDenied"]);
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_not_opted_in_is_disabled_and_not_called() {
    let simulator = plain();
    simulator.world().disable_region(ACCOUNT, "ap-northeast-1");
    let inventory = run(&simulator, &own(&simulator)).await;
    assert_eq!(
        region(&inventory, ACCOUNT, "ap-northeast-1").status,
        RegionStatus::Disabled
    );
    assert_eq!(simulator.total_calls(), 2 + 2 * 2);
    assert_eq!(gaps(&inventory), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_says_what_it_did_not_read() {
    let simulator = plain();
    let dead = Matching::every_call().in_region("ap-northeast-2");
    simulator
        .world()
        .faults
        .delay(dead, Duration::from_secs(10));
    let limited = Limited::new(Arc::clone(&simulator) as _, Limits::default());
    let stop = limited.stop();
    let options = own(&simulator);
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.stop();
    };
    let (inventory, ()) = futures::join!(collect(&limited, &options, &Quiet), stopping);
    assert!(inventory.interrupted);
    others_are_whole(&inventory, "ap-northeast-2");
    assert_eq!(inventory.gaps.len(), 2);
    assert!(
        inventory
            .gaps
            .iter()
            .all(|gap| gap.kind == GapKind::Interrupted)
    );
}
