//! A look at a few account-regions: their flow logs, and the newest record of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use flowcover_core::inventory::{Fact, Gap, LastRecord, Region, RegionStatus};
use futures::{StreamExt, stream};

use super::gaps::Gaps;
use super::{Accounts, CollectOptions, EnteredAccount, Place, Quiet, Run, facts, proof, region};
use crate::Limited;

/// What was seen.
#[derive(Debug)]
pub(crate) struct Sight {
    /// The account-regions, as far as they could be read.
    pub(crate) regions: Vec<Region>,
    /// Newest record by flow-log id.
    pub(crate) last_records: BTreeMap<String, Fact<LastRecord>>,
    /// What could not be read.
    pub(crate) gaps: Vec<Gap>,
}

/// Looks at these account-regions, and for records no further back than `window`.
pub(crate) async fn sight(
    cloud: &Limited,
    accounts: Vec<EnteredAccount>,
    places: BTreeSet<(String, String)>,
    window: Duration,
    options: &CollectOptions,
) -> Sight {
    let run = Run {
        cloud,
        options,
        gaps: Gaps::default(),
        observer: &Quiet,
    };
    let by_id = |account: EnteredAccount| (account.account_id.clone(), Arc::new(account));
    let accounts: Accounts = accounts.into_iter().map(by_id).collect();
    let places = places.into_iter().filter_map(|(account_id, region)| {
        let account = Arc::clone(accounts.get(&account_id)?);
        let region = Region::new(&account_id, &region, RegionStatus::Collected);
        Some(Place { account, region })
    });
    let places: Vec<Place> = stream::iter(places)
        .map(|place| region::read(&run, place))
        .buffer_unordered(options.places_at_once.max(1))
        .collect()
        .await;
    let reach = facts::Reach::new(&run, &accounts);
    let last_records = proof::read(&run, &reach, &places, window, &BTreeMap::new()).await;
    Sight {
        regions: places.into_iter().map(|place| place.region).collect(),
        last_records,
        gaps: run.gaps.into_vec(),
    }
}
