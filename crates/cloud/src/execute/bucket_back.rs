//! Buckets: taken back, with nothing in them but records of the run.

use flowcover_core::plan::policy_of;
use flowcover_record::ObjectKey;

use super::bucket::{Whose, head, is_empty, objects, tags, wanted, whose};
use super::bucket_left::difference;
use super::bucket_users::user;
use super::look::Seen;
use super::same::same_policy;
use super::work::{NoResult, Work, kept};
use crate::pages::pages;
use crate::{Call, CloudError, DeleteBucket, DeleteObjects, ErrorKind, Paged, StoredObject};

/// Most keys of one `DeleteObjects` (Amazon S3 API reference).
const MOST_KEYS: usize = 1_000;

/// To take a bucket back: it must be as this step made it, nobody else may deliver there, and it must be empty, or hold nothing
/// but records of this run that may be deleted.
pub(super) async fn look_back(work: &Work<'_>) -> Result<Seen, CloudError> {
    let (bucket, statements) = wanted(work);
    let what = format!("bucket {bucket}");
    let Some(head) = head(work, bucket).await? else {
        return Ok(Seen::settled());
    };
    if work.adopted().is_some() {
        return Ok(kept(&what, &tags(work, bucket).await?));
    }
    let policy = match whose(work, bucket, &head).await? {
        Whose::Others(_) if !work.has_called(|call| matches!(call, Call::CreateBucket(_))) => {
            // Somebody else's, which stood in the way of the call.
            return Ok(Seen::settled());
        }
        Whose::Others(found) => {
            return Ok(Seen::changed(what, "the one that this run made", found));
        }
        Whose::Ours { policy } => policy,
    };
    if let Some(policy) = policy
        && !same_policy(&policy, &policy_of(statements))
    {
        let what = format!("the policy of {what}");
        return Ok(Seen::changed(what, "what this run wrote", "something else"));
    }
    let made = work.made().calls;
    let is_set = |is_it: fn(&Call) -> bool| made.iter().any(is_it);
    if let Some(setting) = difference(work, bucket, is_set).await? {
        let what = format!("the {setting} of {what}");
        return Ok(Seen::changed(what, "what this run set", "something else"));
    }
    if let Some(user) = user(work, bucket).await? {
        let what = format!("the use of {what}");
        let found = format!("{user} delivers there");
        return Ok(Seen::changed(what, "no flow log of others", found));
    }
    let keys = if work.deletes_records() {
        match contents(work, bucket).await? {
            Contents::Foreign(found) => return Ok(with_others(bucket, found)),
            Contents::Records { first } => first,
        }
    } else if is_empty(work, bucket).await? {
        Vec::new()
    } else {
        let found = "records: they are kept without --delete-records";
        return Ok(Seen::changed(what, "it to be empty", found));
    };
    let bucket = bucket.to_owned();
    let delete = Call::from(DeleteBucket {
        bucket: bucket.clone(),
    });
    Ok(Seen::act(if keys.is_empty() {
        vec![delete]
    } else {
        vec![DeleteObjects { bucket, keys }.into(), delete]
    }))
}

/// What is in a bucket.
enum Contents {
    /// Something that is not a record of this run, in words.
    Foreign(String),
    /// Nothing but records of this run; the first keys of them.
    Records { first: Vec<String> },
}

/// Looks at every key before the first one is deleted. There may be millions: none but the first are kept.
async fn contents(work: &Work<'_>, bucket: &str) -> Result<Contents, CloudError> {
    let mut first = Vec::new();
    let mut found = None;
    let take = |page: Vec<StoredObject>| {
        for object in page {
            if found.is_none() {
                found = foreign(work, &object.key);
            }
            if first.len() < MOST_KEYS {
                first.push(object.key);
            }
        }
    };
    pages(work.run.cloud, &work.scope, objects(bucket), take).await?;
    Ok(found.map_or(Contents::Records { first }, Contents::Foreign))
}

/// Deletes the records of this run, batch by batch, until the bucket is empty. Each batch is listed anew, and looked at anew:
/// some: what was found that is not this run's.
pub(super) async fn empty(work: &mut Work<'_>, bucket: &str) -> Result<Option<Seen>, NoResult> {
    let mut deleted = None;
    // Pages may be empty although others follow.
    let mut token = None;
    loop {
        work.run.may_go_on()?;
        let listing = objects(bucket).page(token.clone());
        let page = work.ask(listing).await.map_err(NoResult::Refused)?;
        let mut keys: Vec<String> = page.items.into_iter().map(|object| object.key).collect();
        keys.truncate(MOST_KEYS);
        if keys.is_empty() {
            match page.next_token {
                None => return Ok(None),
                next if next == token => return Err(stuck(bucket)),
                next => token = next,
            }
            continue;
        }
        token = None;
        if let Some(found) = keys.iter().find_map(|key| foreign(work, key)) {
            return Ok(Some(with_others(bucket, found)));
        }
        if deleted.as_ref() == keys.first() {
            return Err(stuck(bucket));
        }
        deleted = keys.first().cloned();
        let bucket = bucket.to_owned();
        work.call(DeleteObjects { bucket, keys }.into()).await?;
    }
}

fn stuck(bucket: &str) -> NoResult {
    let message = format!("objects that were deleted are still listed in bucket {bucket}");
    NoResult::Refused(CloudError::new(ErrorKind::Conflict, "NotDeleted", message))
}

fn with_others(bucket: &str, found: String) -> Seen {
    let what = format!("bucket {bucket}");
    Seen::changed(what, "nothing but records of this run", found)
}

/// What an object is that is no record of a flow log which this run made, in words; none: it is one.
fn foreign(work: &Work<'_>, key: &str) -> Option<String> {
    match ObjectKey::parse(key) {
        Err(_) => Some(format!("{key}, which is no record of a flow log")),
        Ok(parsed) if work.run.has_made(&parsed.flow_log_id) => None,
        Ok(parsed) => Some(format!(
            "{key}, a record of flow log {}, which this run did not make",
            parsed.flow_log_id
        )),
    }
}
