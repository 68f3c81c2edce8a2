//! Who may list the buckets that records are delivered to.

use std::collections::BTreeMap;

use flowcover_core::inventory::{Bucket, Fact, Named};
use futures::{StreamExt, stream};

use super::facts::Reach;
use super::{EnteredAccount, Place, Run, Session};
use crate::{CloudError, ErrorKind, HeadBucket, Operation};

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

/// Finds out once per bucket who may list it: its owner where `known` has one, else the accounts of flow logs, or any
/// other that was entered.
pub(super) async fn readers<'a>(
    run: &'a Run<'_>,
    reach: &Reach<'a>,
    places: &[Place],
    known: &BTreeMap<String, Fact<Bucket>>,
) -> BTreeMap<String, Reader<'a>> {
    let buckets = Named::by(places.iter().map(|place| &place.region)).buckets;
    stream::iter(buckets)
        .map(|(bucket, user)| async move {
            let reader = match known.get(&bucket) {
                Some(Fact::Absent) => Reader::NoBucket,
                Some(Fact::Present(found)) => known_reader(run, reach, found, &user).await,
                Some(Fact::NotRead) | None => reader(run, reach, &bucket, &user, None).await,
            };
            (bucket, reader)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

/// The reader of a bucket of which the facts were read: its owner, without asking again.
async fn known_reader<'a>(
    run: &'a Run<'_>,
    reach: &Reach<'a>,
    found: &Bucket,
    user: &str,
) -> Reader<'a> {
    let region = found.region.as_deref();
    let owner = found.owner_account_id.as_deref();
    match owner.and_then(|owner| reach.account(owner)) {
        Some(owner) => Reader::Found(session(run, owner, region)),
        None => reader(run, reach, &found.name, user, region).await,
    }
}

/// The first account that may list a bucket. Its region, if it is not known, is told by the first answer.
async fn reader<'a>(
    run: &'a Run<'_>,
    reach: &Reach<'a>,
    bucket: &str,
    user: &str,
    region: Option<&str>,
) -> Reader<'a> {
    let mut region = region.map(str::to_owned);
    let mut failed = None;
    for account in reach.likely_owners(bucket, user) {
        match session_that_lists(run, account, bucket, &mut region).await {
            Ok(Some(session)) => return Reader::Found(session),
            Ok(None) => {}
            Err((_, error)) if error.kind == ErrorKind::NotFound => return Reader::NoBucket,
            Err(error) => {
                failed.get_or_insert(error);
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

/// A session of the account in the region of the bucket, if it may list it there: that region knows, another only
/// names it. What is told of the region is kept for the next account.
async fn session_that_lists<'a>(
    run: &'a Run<'_>,
    account: &EnteredAccount,
    bucket: &str,
    region: &mut Option<String>,
) -> Result<Option<Session<'a>>, (Session<'a>, CloudError)> {
    let asked = session(run, account, region.as_deref());
    let told = match ask(&asked, bucket, region).await {
        Ok(None) => ask(&session(run, account, region.as_deref()), bucket, region).await,
        told => told,
    };
    let session = session(run, account, region.as_deref());
    match told {
        Ok(Some(may)) => Ok(may.then_some(session)),
        Ok(None) => {
            let message = "the region that S3 named for the bucket names another one";
            let error = CloudError::new(ErrorKind::Service, "PermanentRedirect", message);
            Err((session, error))
        }
        Err(error) => Err((session, error)),
    }
}

/// Whether the bucket may be listed, if the region that was asked knows; the bucket's own region, if it is told.
async fn ask(
    session: &Session<'_>,
    bucket: &str,
    region: &mut Option<String>,
) -> Result<Option<bool>, CloudError> {
    let request = HeadBucket {
        bucket: bucket.to_owned(),
    };
    let head = session.ask(request).await?;
    if head.region.is_some() {
        *region = head.region;
    }
    Ok(head.accessible)
}

fn session<'a>(run: &'a Run<'_>, account: &EnteredAccount, region: Option<&str>) -> Session<'a> {
    let home = &account.home;
    let scope = region.map_or_else(|| home.clone(), |region| home.in_region(region));
    Session::new(run, scope)
}
