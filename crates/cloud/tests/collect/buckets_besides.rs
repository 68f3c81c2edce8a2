//! Buckets that are read though no flow log delivers to them yet.

use std::collections::BTreeMap;

use flowcover_cloud::Entry;
use flowcover_cloud::collect::{Collected, NO_ROLE_NAME, collect_with_entries};
use flowcover_cloud::simulator::{World, policies};
use flowcover_core::inventory::Fact;
use flowcover_core::plan::fix_buckets;
use flowcover_core::policy::Policy;

use super::*;

const AUDITED: &str = "100000000001";
const OWNER: &str = "100000000002";
const REGION: &str = "us-east-1";
const ROLE: &str = "OrganizationAccountAccessRole";

/// An account with a VPC that nothing records, and one that owns the central bucket.
fn world() -> World {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &[REGION]);
    for id in [AUDITED, OWNER] {
        world.add_account(id, "one");
        world
            .create_role(id, ROLE, &policies::trust_account(AUDITED))
            .unwrap();
    }
    world.make_organization("o-exampleorgid", AUDITED);
    world.add_vpc(AUDITED, REGION, "main");
    world.create_bucket(OWNER, REGION, "central");
    world
        .put_bucket_policy("central", &policies::bucket_for_account("central", OWNER))
        .unwrap();
    world
}

/// As a plan asks for the bucket that `[fix]` names.
fn besides(options: CollectOptions, name: &str) -> CollectOptions {
    let text = format!(
        "[fix]\ndestination = \"s3\"\n[fix.bucket]\nname = \"{name}\"\naccount = \"{OWNER}\"\n"
    );
    let policy = Policy::parse(&text, "test", None).unwrap().policy;
    CollectOptions {
        buckets_besides: Some(Arc::new(move |inventory| fix_buckets(inventory, &policy))),
        ..options
    }
}

async fn collected(simulator: &Arc<Simulator>, options: &CollectOptions) -> Collected {
    let limited = Limited::new(Arc::clone(simulator) as _, Limits::default());
    collect_with_entries(&limited, options, &Quiet).await
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_the_policy_is_read_through_its_account() {
    for depth in [Depth::Delivery, Depth::Full] {
        for accounts in [AccountSelection::Own, everything()] {
            let simulator = Arc::new(Simulator::new(world()));
            let audited = if accounts == AccountSelection::Own {
                1
            } else {
                2
            };
            let options = besides(options(&simulator, accounts, depth), "central");
            let Collected { inventory, entries } = collected(&simulator, &options).await;
            let bucket = inventory.buckets["central"].present().unwrap();
            assert_eq!(bucket.owner_account_id.as_deref(), Some(OWNER));
            assert_eq!(bucket.region.as_deref(), Some(REGION));
            assert!(bucket.policy.present().is_some(), "{bucket:?}");
            let role = Entry::Role {
                via: Box::new(Entry::Caller),
                role_arn: format!("arn:aws:iam::{OWNER}:role/{ROLE}"),
                external_id: None,
            };
            let expected = [(AUDITED, Entry::Caller), (OWNER, role)];
            let expected = expected.map(|(id, entry)| (id.to_owned(), entry));
            assert_eq!(entries, BTreeMap::from(expected));
            assert_eq!(inventory.accounts.len(), audited);
            assert_eq!(gaps(&inventory), [""; 0]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn names_are_filled_in_for_each_region_and_a_bucket_that_is_not_there_is_absent() {
    let simulator = Arc::new(Simulator::new(world()));
    let template = "records-{account_id}-{region}";
    let options = besides(
        options(&simulator, AccountSelection::Own, Depth::Full),
        template,
    );
    let inventory = collected(&simulator, &options).await.inventory;
    let name = format!("records-{AUDITED}-{REGION}");
    assert_eq!(inventory.buckets, [(name, Fact::Absent)].into());
}

#[tokio::test(start_paused = true)]
async fn without_a_role_the_bucket_is_found_and_what_was_not_read_is_a_gap() {
    let simulator = Arc::new(Simulator::new(world()));
    let options = CollectOptions {
        role_name: None,
        ..besides(
            options(&simulator, AccountSelection::Own, Depth::Full),
            "central",
        )
    };
    let Collected { inventory, entries } = collected(&simulator, &options).await;
    let bucket = inventory.buckets["central"].present().unwrap();
    assert_eq!(bucket.policy, Fact::NotRead);
    assert_eq!(entries.len(), 1);
    let refused = inventory
        .gaps
        .iter()
        .find(|it| it.error_code == NO_ROLE_NAME);
    assert_eq!(
        refused.and_then(|it| it.account_id.as_deref()),
        Some(OWNER),
        "{:#?}",
        inventory.gaps
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_that_refused_is_asked_once() {
    let mut world = world();
    world.delete_role(OWNER, ROLE);
    let simulator = Arc::new(Simulator::new(world));
    let options = CollectOptions {
        bucket_accounts: vec![OWNER.to_owned()],
        ..besides(
            options(&simulator, AccountSelection::Own, Depth::Full),
            "central",
        )
    };
    let inventory = collected(&simulator, &options).await.inventory;
    let refused = inventory
        .gaps
        .iter()
        .filter(|it| it.action == "sts:AssumeRole");
    assert_eq!(refused.count(), 1, "{:#?}", inventory.gaps);
    assert_eq!(inventory.calls["sts:AssumeRole"], 1);
}
