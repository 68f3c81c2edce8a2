//! Gathers an inventory: the accounts, their regions, and the facts that flow logs depend on.
//!
//! Gathering never judges and never fails half-way: what cannot be read becomes a gap.
//! It runs in stages: who (accounts), where (regions), what (VPCs, flow logs, and what
//! coverage needs), and then each fact that a flow log depends on, once.

mod accounts;
mod bucket_readers;
mod entered;
mod facts;
mod gaps;
mod guard;
mod observe;
mod options;
mod organization;
mod proof;
mod region;
mod security_groups;
mod session;
mod sight;
mod start;

use std::collections::BTreeMap;
use std::sync::Arc;

use flowcover_core::inventory::{Depth, Inventory, Region};
use futures::{StreamExt, stream};

use crate::{Entry, Limited};

pub use accounts::EnteredAccount;
pub use accounts::NO_ROLE_NAME;
pub use observe::{Observer, Quiet};
pub use options::{AccountSelection, CollectOptions, NameBuckets, RegionSelection};
pub use organization::NO_SUCH_UNIT;
pub(crate) use sight::{Sight, sight};

use gaps::Gaps;
use session::Session;

/// What every stage shares.
struct Run<'a> {
    cloud: &'a Limited,
    options: &'a CollectOptions,
    gaps: Gaps,
    observer: &'a dyn Observer,
}

/// One region of one account, and how to call there.
struct Place {
    account: Arc<EnteredAccount>,
    region: Region,
}

/// What was collected, and the way into each account that was entered.
#[derive(Clone, Debug)]
pub struct Collected {
    /// What was collected. Whatever went wrong is in its gaps.
    pub inventory: Inventory,
    /// Whose credentials were used in each account, by its id.
    pub entries: BTreeMap<String, Entry>,
}

/// Collects an inventory. Whatever goes wrong is in its gaps.
pub async fn collect(
    cloud: &Limited,
    options: &CollectOptions,
    observer: &dyn Observer,
) -> Inventory {
    collect_with_entries(cloud, options, observer)
        .await
        .inventory
}

/// As [`collect`], and tells how each account was entered.
pub async fn collect_with_entries(
    cloud: &Limited,
    options: &CollectOptions,
    observer: &dyn Observer,
) -> Collected {
    let run = Run {
        cloud,
        options,
        gaps: Gaps::default(),
        observer,
    };
    let mut inventory = Inventory::empty((options.clock)());
    inventory.depth = options.depth;
    inventory.proved = options.prove_window.is_some();

    let mut entered = accounts::enter(&run, &mut inventory).await;
    let places = region::places(&run, &mut entered.accounts, &mut inventory).await;
    observer.planned(places.len());
    let places: Vec<Place> = stream::iter(places)
        .map(|place| region::read(&run, place))
        .buffer_unordered(options.places_at_once.max(1))
        .collect()
        .await;

    let besides = buckets_besides(&run, &places, &inventory);
    accounts::enter_owners(&run, besides.values(), &inventory, &mut entered).await;
    let entered::Entered {
        accounts,
        overseers,
        ..
    } = entered;
    let reach = facts::Reach::new(&run, &accounts);
    if options.depth == Depth::Full {
        observer.stage("reading roles and destinations");
        facts::read(&run, &reach, &places, besides, &mut inventory).await;
        observer.stage("reading guard rails");
        guard::read(&run, &overseers, &places, &mut inventory).await;
    } else {
        facts::read_buckets(&run, &reach, besides, &mut inventory).await;
    }
    if let Some(window) = options.prove_window {
        observer.stage("looking for the newest records");
        inventory.last_records =
            proof::read(&run, &reach, &places, window, &inventory.buckets).await;
    }

    inventory
        .regions
        .extend(places.into_iter().map(|place| place.region));
    inventory.collected_at = (options.clock)();
    inventory.interrupted = cloud.stop().is_stopped() || cloud.is_past_deadline();
    inventory.calls = cloud.counters().calls();
    inventory.gaps = run.gaps.into_vec();
    inventory.sort();
    let entries = accounts
        .iter()
        .map(|(id, account)| (id.clone(), Entry::clone(&account.home.entry)))
        .collect();
    Collected { inventory, entries }
}

/// The buckets that are asked for besides those of flow logs, by what was collected so far.
fn buckets_besides(
    run: &Run<'_>,
    places: &[Place],
    inventory: &Inventory,
) -> BTreeMap<String, String> {
    let Some(name_buckets) = &run.options.buckets_besides else {
        return BTreeMap::new();
    };
    let mut so_far = inventory.clone();
    let regions = places.iter().map(|place| place.region.clone());
    so_far.regions.extend(regions);
    name_buckets(&so_far)
}

/// Accounts that were entered, by id.
type Accounts = BTreeMap<String, Arc<EnteredAccount>>;
