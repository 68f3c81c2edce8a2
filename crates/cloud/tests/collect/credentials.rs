//! Credentials that are missing, wrong or expired.

use flowcover_cloud::simulator::{Matching, scenario};
use flowcover_core::inventory::GapKind;

use super::faults::{own, plain};
use super::*;

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_half_way_leave_what_was_read() {
    let simulator = Arc::new(scenario::organization(1, 17, 2));
    simulator.world().faults.expire_credentials_after(20);
    let inventory = run(&simulator, &own(&simulator)).await;
    assert_eq!(inventory.regions.len(), 17);
    let whole = inventory
        .regions
        .iter()
        .filter(|it| it.status == RegionStatus::Collected)
        .count();
    assert!((1..17).contains(&whole), "{whole}");
    for region in &inventory.regions {
        let complete = region.vpcs.is_complete() && region.flow_logs.is_complete();
        assert_eq!(complete, region.status == RegionStatus::Collected);
    }
    assert!(
        inventory
            .gaps
            .iter()
            .all(|gap| gap.kind == GapKind::Credentials)
    );
    assert_eq!(inventory.gaps.len(), 36 - 20);
}

#[tokio::test(start_paused = true)]
async fn no_credentials_read_nothing_and_say_so() {
    let simulator = plain();
    simulator.world().set_caller(None);
    let inventory = run(&simulator, &own(&simulator)).await;
    assert!(inventory.accounts.is_empty() && inventory.regions.is_empty());
    assert_eq!(
        gaps(&inventory),
        ["sts:GetCallerIdentity us-east-1 NoCredentials"]
    );
    assert_eq!(inventory.gaps[0].kind, GapKind::Credentials);
}

#[tokio::test(start_paused = true)]
async fn bad_keys_are_not_taken_for_a_region_that_is_not_enabled() {
    for include in [Vec::new(), vec!["us-east-1".to_owned()]] {
        let simulator = plain();
        let keys = Matching::action("ec2:*");
        simulator.world().faults.bad_keys(keys);
        let mut options = own(&simulator);
        options.regions.include = include;
        let inventory = run(&simulator, &options).await;
        assert_eq!(statuses(&inventory), [("*", RegionStatus::Denied)]);
        assert_eq!(
            gaps(&inventory),
            ["ec2:DescribeRegions us-east-1 AuthFailure"]
        );
        assert_eq!(inventory.gaps[0].kind, GapKind::Credentials);
    }
    let simulator = plain();
    simulator.world().faults.bad_keys(Matching::every_call());
    let inventory = run(&simulator, &own(&simulator)).await;
    assert!(inventory.accounts.is_empty());
    assert_eq!(
        gaps(&inventory),
        ["sts:GetCallerIdentity us-east-1 InvalidClientTokenId"]
    );
    assert_eq!(inventory.gaps[0].kind, GapKind::Credentials);
}
