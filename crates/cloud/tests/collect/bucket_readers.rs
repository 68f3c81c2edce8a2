//! Who is found to list a bucket, and what is said where nobody is.

use flowcover_cloud::simulator::{Matching, TokenBucket, World};
use flowcover_core::inventory::GapKind;

use super::proof::central_bucket;
use super::*;

const ACTION: &str = "s3:ListBucket";

/// The proof of one flow log, from the account of the VPC and that of the bucket.
fn prove(world: World, options: impl Fn(&mut CollectOptions)) -> Inventory {
    let simulator = Arc::new(Simulator::new(world));
    let mut all = CollectOptions {
        bucket_accounts: vec!["100000000002".to_owned()],
        prove_window: Some(Duration::from_secs(2 * 3600)),
        ..super::options(&simulator, AccountSelection::Own, Depth::Delivery)
    };
    options(&mut all);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(run(&simulator, &all))
}

/// What was found of the only flow log: whether its records were looked for, and whether there are any.
fn found(inventory: &Inventory) -> Option<bool> {
    assert_eq!(inventory.last_records.len(), 1);
    let fact = inventory.last_records.values().next().unwrap();
    fact.present().map(|record| record.at.is_some())
}

#[test]
fn why_a_bucket_cannot_be_asked_about_is_said_as_it_is() {
    let all = || Matching::action(ACTION);
    let world = |fault: &dyn Fn(&mut World)| {
        let mut world = central_bucket(1, |_| {});
        fault(&mut world);
        world
    };
    let none = Duration::from_millis(100);
    let empty = TokenBucket {
        capacity: 1.0,
        refill: 0.0,
        initial: 0.0,
    };
    for (fault, kind, code, permission) in [
        (
            world(&|it| it.faults.cut_off(all(), none)),
            GapKind::Unreachable,
            "ConnectTimeout",
            None,
        ),
        (
            world(&|it| it.faults.bad_keys(all())),
            GapKind::Credentials,
            "InvalidAccessKeyId",
            None,
        ),
        (
            world(&|it| it.faults.throttle(all(), empty)),
            GapKind::Throttled,
            "SlowDown",
            None,
        ),
        (
            world(&|it| it.faults.deny(all())),
            GapKind::OutOfReach,
            "NoProof",
            Some(ACTION),
        ),
    ] {
        let inventory = prove(fault, |_| {});
        assert_eq!(found(&inventory), None, "{code}");
        let gaps: Vec<_> = inventory
            .gaps
            .iter()
            .filter(|gap| gap.action == ACTION)
            .map(|gap| (gap.kind, gap.error_code.as_str(), gap.permission.as_deref()))
            .collect();
        assert_eq!(gaps, [(kind, code, permission)]);
    }
}

#[test]
fn a_bucket_that_does_not_exist_has_no_records() {
    let mut world = central_bucket(1, |_| {});
    world.delete_bucket("central");
    let inventory = prove(world, |_| {});
    assert_eq!(found(&inventory), Some(false));
    assert_eq!(gaps(&inventory), [""; 0]);
    assert_eq!(inventory.calls[ACTION], 1);
}

#[test]
fn one_account_that_cannot_ask_does_not_hide_one_that_can() {
    let mut world = central_bucket(1, |_| {});
    let matching = Matching::action(ACTION).in_account("100000000001");
    world.faults.bad_keys(matching);
    let inventory = prove(world, |options| {
        options.accounts =
            AccountSelection::Listed(vec!["100000000001".to_owned(), "100000000002".to_owned()]);
        options.bucket_accounts.clear();
    });
    assert_eq!(found(&inventory), Some(true));
    assert_eq!(gaps(&inventory), [""; 0]);
}

#[test]
fn the_region_of_the_bucket_tells_who_may_list_it() {
    // The account of the flow log is asked first, in its home region, and is not the one that may.
    let neither_named = |options: &mut CollectOptions| {
        options.accounts =
            AccountSelection::Listed(vec!["100000000001".to_owned(), "100000000002".to_owned()]);
        options.bucket_accounts.clear();
    };
    let inventory = prove(central_bucket(1, |_| {}), neither_named);
    assert_eq!(found(&inventory), Some(true));
    assert_eq!(gaps(&inventory), [""; 0]);
    // Asked of: the home region, then twice the region of the bucket. Then one listing.
    assert_eq!(inventory.calls[ACTION], 3 + 1);
}

#[test]
fn what_the_facts_of_a_bucket_told_is_not_asked_again() {
    let full = |options: &mut CollectOptions| options.depth = Depth::Full;
    let inventory = prove(central_bucket(1, |_| {}), full);
    assert_eq!(found(&inventory), Some(true));
    assert_eq!(inventory.calls[ACTION], 1 + 1);

    let mut world = central_bucket(1, |_| {});
    world.delete_bucket("central");
    let inventory = prove(world, full);
    assert_eq!(found(&inventory), Some(false));
    assert_eq!(inventory.calls[ACTION], 1);

    // The owner is not known, the region is.
    let mut world = central_bucket(1, |_| {});
    world.faults.deny(Matching::action("s3:GetBucketPolicy"));
    let inventory = prove(world, full);
    assert_eq!(found(&inventory), Some(true));
    assert_eq!(inventory.calls[ACTION], 1 + 1 + 1);
}
