//! Which region is asked about accounts as a whole.

use flowcover_cloud::simulator::{Matching, scenario};
use flowcover_core::inventory::AccountAccess;

use super::*;

/// Two accounts with `us-east-1`, `ap-northeast-1` and `ap-northeast-2`; the run starts in the second region.
fn from_tokyo(simulator: &Arc<Simulator>) -> CollectOptions {
    CollectOptions {
        home_region: "ap-northeast-1".to_owned(),
        ..options(simulator, everything(), Depth::Delivery)
    }
}

fn two_accounts() -> Arc<Simulator> {
    Arc::new(scenario::organization(2, 3, 1))
}

/// Both accounts were entered and read, but for one region.
fn all_but(inventory: &Inventory, closed: &str) {
    let access: Vec<_> = inventory.accounts.iter().map(|it| it.access).collect();
    assert_eq!(access, [AccountAccess::Reached; 2]);
    assert_eq!(inventory.regions.len(), 2 * 3);
    for region in &inventory.regions {
        let is_read = region.status == RegionStatus::Collected;
        assert_eq!(is_read, region.region != closed, "{region:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_starts_elsewhere_takes_no_more_calls() {
    let simulator = two_accounts();
    let inventory = run(&simulator, &from_tokyo(&simulator)).await;
    all_but(&inventory, "");
    assert_eq!(simulator.total_calls(), 2 * 2 * 3 + 2 * 2 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_home_of_the_partition_closes_only_itself() {
    let simulator = two_accounts();
    let dead = Matching::every_call().in_region("us-east-1");
    let delay = Duration::from_secs(5);
    simulator.world().faults.cut_off(dead, delay);
    let inventory = run(&simulator, &from_tokyo(&simulator)).await;
    all_but(&inventory, "us-east-1");
}

#[tokio::test(start_paused = true)]
async fn a_home_of_the_partition_closed_by_a_control_policy_closes_only_itself() {
    let simulator = two_accounts();
    let closed = Matching::every_call().in_region("us-east-1");
    simulator.world().faults.deny_by_control_policy(closed);
    let inventory = run(&simulator, &from_tokyo(&simulator)).await;
    all_but(&inventory, "us-east-1");
}

#[tokio::test(start_paused = true)]
async fn a_start_that_does_not_serve_is_left_for_the_home_of_the_partition() {
    for fault in ["dead", "denied", "disabled"] {
        let simulator = two_accounts();
        {
            let mut world = simulator.world();
            let there = Matching::every_call().in_region("ap-northeast-1");
            match fault {
                "dead" => world.faults.cut_off(there, Duration::from_secs(5)),
                "denied" => world.faults.deny_by_control_policy(there),
                _ => {
                    world.disable_region("100000000001", "ap-northeast-1");
                    world.disable_region("100000000002", "ap-northeast-1");
                }
            }
        }
        let options = CollectOptions {
            accounts: AccountSelection::Listed(vec![
                "100000000001".to_owned(),
                "100000000002".to_owned(),
            ]),
            ..from_tokyo(&simulator)
        };
        let inventory = run(&simulator, &options).await;
        all_but(&inventory, "ap-northeast-1");
        assert!(
            inventory
                .gaps
                .iter()
                .all(|gap| gap.action.starts_with("ec2:Describe")
                    && gap.action != "ec2:DescribeRegions"),
            "{fault} {:?}",
            gaps(&inventory)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_was_named_serves_where_the_home_of_the_partition_does_not() {
    let simulator = two_accounts();
    let closed = Matching::every_call().in_region("us-east-1");
    simulator.world().faults.deny_by_control_policy(closed);
    let mut named = options(&simulator, AccountSelection::Own, Depth::Delivery);
    named.regions.include = vec!["ap-northeast-2".to_owned()];
    let inventory = run(&simulator, &named).await;
    assert_eq!(
        statuses(&inventory),
        [("ap-northeast-2", RegionStatus::Collected)]
    );
    assert_eq!(gaps(&inventory), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn where_both_regions_refuse_the_first_says_why() {
    let simulator = two_accounts();
    let denied = Matching::action("ec2:DescribeRegions").in_account("100000000002");
    simulator.world().faults.deny(denied);
    let inventory = run(&simulator, &from_tokyo(&simulator)).await;
    assert_eq!(
        gaps(&inventory),
        ["ec2:DescribeRegions ap-northeast-1 UnauthorizedOperation"]
    );
    assert_eq!(inventory.calls["ec2:DescribeRegions"], 1 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_trusts_somebody_else_is_tried_once() {
    let simulator = two_accounts();
    let role = "OrganizationAccountAccessRole";
    simulator.world().delete_role("100000000002", role);
    let inventory = run(&simulator, &from_tokyo(&simulator)).await;
    assert_eq!(
        gaps(&inventory),
        ["sts:AssumeRole ap-northeast-1 AccessDenied"]
    );
    assert_eq!(inventory.calls["sts:AssumeRole"], 1);
}
