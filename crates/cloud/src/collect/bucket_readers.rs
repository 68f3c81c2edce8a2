//! Who may list the buckets that records are delivered to.

use std::collections::BTreeMap;

use flowcover_record::Destination;
use futures::{StreamExt, stream};

use super::facts::{Reach, destination};
use super::{Place, Run, Session};
use crate::{ErrorKind, HeadBucket, Operation};

/// Who may list a bucket.
pub(super) enum Reader<'a> {
    /// An account, in the region of the bucket.
    Found(Session<'a>),
    /// No account that was entered: each was refused.
    Nobody,
    /// There is no such bucket.
    NoBucket,
    /// It could not be found out. The failure is noted.
    NotRead,
}

/// Finds out once per bucket who may list it: the accounts of flow logs, or any other that was entered.
pub(super) async fn readers<'a>(
    run: &'a Run<'_>,
    reach: &Reach<'a>,
    places: &[Place],
) -> BTreeMap<String, Reader<'a>> {
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
            let reader = reader(run, reach, &bucket, &user).await;
            (bucket, reader)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

async fn reader<'a>(run: &'a Run<'_>, reach: &Reach<'a>, bucket: &str, user: &str) -> Reader<'a> {
    let mut failed = None;
    for account in reach.likely_owners(bucket, user) {
        let session = Session::new(run, account.home.clone());
        let request = HeadBucket {
            bucket: bucket.to_owned(),
        };
        match session.ask(request).await {
            Ok(head) if head.accessible => {
                let scope = head.region.as_deref().map_or_else(
                    || account.home.clone(),
                    |region| account.home.in_region(region),
                );
                return Reader::Found(Session::new(run, scope));
            }
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::NotFound => return Reader::NoBucket,
            Err(error) => {
                failed.get_or_insert((session, error));
            }
        }
    }
    match failed {
        Some((session, error)) => {
            session.failed(HeadBucket::ACTION, Some(bucket), &error);
            Reader::NotRead
        }
        None => Reader::Nobody,
    }
}
