//! Who may list the buckets that records are delivered to.

use std::collections::BTreeMap;

use flowcover_record::Destination;
use futures::{StreamExt, stream};

use super::facts::{Reach, destination};
use super::{Place, Run, Session};
use crate::HeadBucket;

/// Finds out once per bucket who may list it: the accounts of flow logs, or any other that was entered.
pub(super) async fn readers<'a>(
    run: &'a Run<'_>,
    reach: &Reach<'a>,
    places: &[Place],
) -> BTreeMap<String, Option<Session<'a>>> {
    let mut buckets = BTreeMap::new();
    for place in places {
        for log in &place.region.flow_logs.items {
            if let Destination::Bucket { name, .. } = destination(place, log) {
                buckets
                    .entry(name)
                    .or_insert_with(|| place.region.account_id.clone());
            }
        }
    }
    stream::iter(buckets)
        .map(|(bucket, user)| async move {
            let session = reader(run, reach, &bucket, &user).await;
            (bucket, session)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

/// A session in the region of the bucket, of an account that may list it.
async fn reader<'a>(
    run: &'a Run<'_>,
    reach: &Reach<'a>,
    bucket: &str,
    user: &str,
) -> Option<Session<'a>> {
    for account in reach.likely_owners(bucket, user) {
        let session = Session::new(run, account.home.clone());
        let request = HeadBucket {
            bucket: bucket.to_owned(),
        };
        if let Ok(head) = session.ask(request).await
            && head.accessible
        {
            let scope = head.region.as_deref().map_or_else(
                || account.home.clone(),
                |region| account.home.in_region(region),
            );
            return Some(Session::new(run, scope));
        }
    }
    None
}
