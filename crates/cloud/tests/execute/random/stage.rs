//! Random organisations: what stands in them before.

use std::collections::BTreeSet;

use flowcover_cloud::simulator::{BatchFaults, World, policies};
use proptest::prelude::*;

use super::super::plans::{CENTRAL, EAST, HUB, SHOP, WEB};
use super::fix::{ACCOUNTS, BUCKET_KEY, GROUP_KEY, REGIONS, SHARED_ROLE, STREAM, UNIT};
use super::old::{Old, SERVICE, make_role};

/// What stands on a VPC, or below it, or on a transit gateway.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Before {
    /// Nothing.
    Bare,
    /// Nothing, and no interface.
    Unused,
    /// A flow log that works.
    Well,
    /// One that records too little.
    Accepted,
    /// One whose role trusts the wrong service.
    Mistrusted,
    /// One whose group is gone.
    Missing,
    /// One whose role is gone.
    Roleless,
    /// One to a bucket that refuses.
    Refused,
    /// One to a bucket that is gone.
    Bucketless,
    /// One to a delivery stream that is gone.
    Streamless,
    /// One that delivers to a stream.
    Streaming,
}

impl Before {
    /// Whether AWS would not make that flow log again.
    pub(super) const fn is_lost_with_its_flow_log(self) -> bool {
        matches!(
            self,
            Self::Roleless | Self::Refused | Self::Bucketless | Self::Streamless
        )
    }
}

/// What of a VPC the flow log is on.
#[derive(Clone, Copy, Debug)]
pub(super) enum On {
    Vpc,
    Subnets,
    OneSubnet,
    Interfaces,
    OneInterface,
}

/// A VPC or transit gateway, in an account and a region, given by number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thing {
    pub(super) account: usize,
    pub(super) region: usize,
    pub(super) before: Before,
    pub(super) on: On,
    pub(super) gateway: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) things: Vec<Thing>,
    /// Whether a batch of which one item is refused fails as a whole.
    pub(super) whole_batches: bool,
}

pub(super) fn stages() -> impl Strategy<Value = Stage> {
    use Before as B;
    let before = prop::sample::select(vec![
        B::Bare,
        B::Bare,
        B::Unused,
        B::Well,
        B::Accepted,
        B::Mistrusted,
        B::Missing,
        B::Roleless,
        B::Refused,
        B::Bucketless,
        B::Streamless,
        B::Streaming,
    ]);
    let on = prop::sample::select(vec![
        On::Vpc,
        On::Vpc,
        On::Vpc,
        On::Subnets,
        On::OneSubnet,
        On::Interfaces,
        On::OneInterface,
    ]);
    let thing = (
        0..3_usize,
        0..2_usize,
        before,
        on,
        prop::bool::weighted(0.15),
    )
        .prop_map(|(account, region, before, on, gateway)| Thing {
            account,
            region,
            before,
            on,
            gateway,
        });
    (prop::collection::vec(thing, 1..7), any::<bool>()).prop_map(|(things, whole_batches)| Stage {
        things,
        whole_batches,
    })
}

/// The world, and the names of what is somebody's there.
pub(super) fn world(stage: &Stage) -> (World, BTreeSet<String>) {
    let mut world = World::new("2026-03-02T08:00:00Z".parse().unwrap(), &REGIONS);
    for id in ACCOUNTS {
        world.add_account(id, "account");
    }
    let root = world.make_organization("o-example", HUB);
    world.add_unit(&root, UNIT, &[WEB, SHOP]);
    for id in [WEB, SHOP] {
        world
            .create_role(id, "FlowcoverWrite", &policies::trust_account(HUB))
            .unwrap();
    }
    world.create_bucket(HUB, EAST, CENTRAL);
    world
        .put_bucket_policy(CENTRAL, &policies::bucket_for_account(CENTRAL, HUB))
        .unwrap();
    let mut names = BTreeSet::from([SHARED_ROLE.to_owned(), "FlowcoverWrite".to_owned()]);
    for account in ACCOUNTS {
        make_role(&mut world, account, SHARED_ROLE, SERVICE, "*");
        for region in REGIONS {
            furnish(&mut world, account, region);
        }
    }
    if stage.whole_batches {
        world.batch_faults = BatchFaults::Error;
    }
    for (number, thing) in stage.things.iter().enumerate() {
        let log = Old {
            account: ACCOUNTS[thing.account],
            region: REGIONS[thing.region],
            number,
            before: thing.before,
        };
        names.extend(log.names());
        log.add(&mut world, thing);
    }
    world.advance(7200);
    (world, names)
}

/// What `[fix]` may name: keys and a delivery stream.
fn furnish(world: &mut World, account: &str, region: &str) {
    let groups = format!("logs.{region}.amazonaws.com");
    let buckets = "delivery.logs.amazonaws.com".to_owned();
    for (alias, service) in [(GROUP_KEY, groups), (BUCKET_KEY, buckets)] {
        let policy = policies::key_for_service(account, &service);
        let key = world.create_key(account, region, &policy).unwrap();
        world.create_alias(&key, alias);
    }
    world.create_delivery_stream(account, region, STREAM);
}
