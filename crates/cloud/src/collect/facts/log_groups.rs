//! CloudWatch Logs log groups, up to 50 in one call.

use std::collections::BTreeMap;

use flowcover_core::inventory::{Fact, Located, LogGroup};
use futures::{StreamExt, stream};

use super::Reach;
use crate::DescribeLogGroups;
use crate::collect::{Run, Session};

/// Most identifiers of one call (CloudWatch Logs API, `DescribeLogGroups`).
const MOST_IDENTIFIERS: usize = 50;

/// ARN → name of the groups wanted in one account and region.
type Wanted = BTreeMap<String, String>;

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    named: BTreeMap<String, Located>,
) -> BTreeMap<String, Fact<LogGroup>> {
    let batches = by_place(named).into_iter().flat_map(|(place, wanted)| {
        let wanted: Vec<_> = wanted.into_iter().collect();
        wanted
            .chunks(MOST_IDENTIFIERS)
            .map(|chunk| (place.clone(), chunk.to_vec()))
            .collect::<Vec<_>>()
    });
    let batches: Vec<Vec<_>> = stream::iter(batches)
        .map(|((account_id, region), wanted)| async move {
            read_batch(run, reach, &account_id, &region, wanted).await
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await;
    batches.into_iter().flatten().collect()
}

/// The same by account and region: one call asks in one of them.
fn by_place(named: BTreeMap<String, Located>) -> BTreeMap<(String, String), Wanted> {
    let mut places: BTreeMap<_, Wanted> = BTreeMap::new();
    for (arn, group) in named {
        places
            .entry((group.account_id, group.region))
            .or_default()
            .insert(arn, group.name);
    }
    places
}

async fn read_batch(
    run: &Run<'_>,
    reach: &Reach<'_>,
    account_id: &str,
    region: &str,
    wanted: Vec<(String, String)>,
) -> Vec<(String, Fact<LogGroup>)> {
    let Some(account) = reach.account(account_id) else {
        for (arn, _) in &wanted {
            reach.out_of_reach(account_id, "logs:DescribeLogGroups", arn);
        }
        return wanted
            .into_iter()
            .map(|(arn, _)| (arn, Fact::NotRead))
            .collect();
    };
    let session = Session::new(run, account.home.in_region(region));
    let log_group_identifiers = wanted.iter().map(|(_, name)| name.clone()).collect();
    let (listing, _) = session
        .list(
            DescribeLogGroups {
                log_group_identifiers,
                next_token: None,
            },
            None,
        )
        .await;
    let complete = listing.is_complete();
    let mut found: BTreeMap<String, LogGroup> = listing
        .items
        .into_iter()
        .map(|group| (group.name.clone(), group))
        .collect();
    wanted
        .into_iter()
        .map(|(arn, name)| {
            let fact = match found.remove(&name) {
                Some(group) => Fact::Present(group),
                None if complete => Fact::Absent,
                None => Fact::NotRead,
            };
            (arn, fact)
        })
        .collect()
}
