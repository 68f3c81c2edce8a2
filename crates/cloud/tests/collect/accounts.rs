//! Accounts, and the ways into them.

use flowcover_cloud::Entry;
use flowcover_cloud::simulator::{Matching, TokenBucket, policies, scenario};
use flowcover_core::inventory::AccountAccess;

use super::proof::central_bucket;
use super::*;

const FIRST: &str = "100000000001";
const SECOND: &str = "100000000002";
const THIRD: &str = "100000000003";

#[tokio::test(start_paused = true)]
async fn an_account_list_that_breaks_off_is_said_and_what_was_listed_is_there() {
    let simulator = Arc::new(scenario::organization(45, 1, 1));
    {
        let mut world = simulator.world();
        let two_pages = TokenBucket {
            capacity: 2.0,
            refill: 0.0,
            initial: 2.0,
        };
        let listing = Matching::action("organizations:ListAccounts");
        world.faults.throttle(listing, two_pages);
    }
    let options = options(&simulator, everything(), Depth::Delivery);
    let inventory = run_within(&simulator, &options, Duration::from_secs(30)).await;
    assert_eq!(inventory.accounts.len(), 40);
    // Accounts that nobody could list must not be missing without a word.
    assert_eq!(region(&inventory, "*", "*").status, RegionStatus::Denied);
    let broke_off = "organizations:ListAccounts us-east-1 TooManyRequestsException";
    assert!(gaps(&inventory).iter().any(|gap| gap == broke_off));
}

#[tokio::test(start_paused = true)]
async fn an_account_list_that_is_refused_leaves_the_callers_account() {
    let simulator = Arc::new(scenario::organization(3, 1, 1));
    let listing = Matching::action("organizations:*");
    simulator.world().faults.deny(listing);
    let options = options(&simulator, everything(), Depth::Delivery);
    let inventory = run(&simulator, &options).await;
    assert_eq!(inventory.accounts.len(), 1);
    assert_eq!(region(&inventory, "*", "*").status, RegionStatus::Denied);
    assert_eq!(
        region(&inventory, FIRST, "us-east-1").status,
        RegionStatus::Collected
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_is_reached_if_any_entry_reaches_it() {
    let simulator = Arc::new(scenario::organization(3, 1, 1));
    {
        let mut world = simulator.world();
        world.add_profile("helper", SECOND);
        let only_second = policies::trust_account(SECOND);
        world
            .set_role_trust(THIRD, "OrganizationAccountAccessRole", &only_second)
            .unwrap();
    }
    let listed = AccountSelection::Listed(vec![THIRD.to_owned()]);
    let options = CollectOptions {
        entries: vec![Entry::Caller, Entry::Profile("helper".to_owned())],
        ..options(&simulator, listed, Depth::Delivery)
    };
    let inventory = run(&simulator, &options).await;
    assert_eq!(inventory.accounts.len(), 1);
    assert_eq!(inventory.accounts[0].access, AccountAccess::Reached);
    assert_eq!(
        statuses(&inventory),
        [("us-east-1", RegionStatus::Collected)]
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_in_reach_of_several_entries_is_entered_once() {
    let simulator = Arc::new(scenario::organization(3, 1, 1));
    {
        let mut world = simulator.world();
        world.add_profile("same", FIRST);
        world.set_account_status(THIRD, "SUSPENDED");
    }
    let options = CollectOptions {
        entries: vec![Entry::Caller, Entry::Profile("same".to_owned())],
        ..options(&simulator, everything(), Depth::Delivery)
    };
    let inventory = run(&simulator, &options).await;
    let access: Vec<_> = inventory.accounts.iter().map(|it| it.access).collect();
    assert_eq!(
        access,
        [
            AccountAccess::Reached,
            AccountAccess::Reached,
            AccountAccess::NotTried
        ]
    );
    assert_eq!(inventory.calls["sts:AssumeRole"], 1);
    assert_eq!(inventory.regions.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_account_is_entered_for_its_bucket_and_not_audited() {
    for named in [false, true] {
        let simulator = Arc::new(Simulator::new(central_bucket(1, |_| {})));
        let options = CollectOptions {
            bucket_accounts: named.then(|| SECOND.to_owned()).into_iter().collect(),
            ..options(&simulator, AccountSelection::Own, Depth::Full)
        };
        let inventory = run(&simulator, &options).await;
        let bucket = inventory.buckets["central"].present().unwrap();
        assert_eq!(bucket.policy.present().is_some(), named, "{bucket:?}");
        assert_eq!(bucket.owner_account_id.is_some(), named);
        assert_eq!(inventory.accounts.len(), 1);
        assert!(inventory.regions.iter().all(|it| it.account_id == FIRST));
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_home_region_does_not_answer_is_unreachable() {
    let simulator = Arc::new(scenario::organization(1, 2, 1));
    let regions = Matching::action("ec2:DescribeRegions");
    let delay = Duration::from_secs(5);
    simulator.world().faults.cut_off(regions, delay);
    let options = options(&simulator, AccountSelection::Own, Depth::Delivery);
    let inventory = run(&simulator, &options).await;
    assert_eq!(statuses(&inventory), [("*", RegionStatus::Unreachable)]);
}
