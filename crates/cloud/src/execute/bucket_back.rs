//! Buckets: taken back, with nothing in them but records of the run.

use flowcover_core::plan::policy_of;
use flowcover_record::ObjectKey;

use super::bucket::{Whose, head, is_empty, objects, tags, wanted, whose};
use super::bucket_left::difference;
use super::bucket_users::user;
use super::look::Seen;
use super::same::same_policy;
use super::work::{Work, kept};
use crate::{Call, CloudError, DeleteBucket, DeleteObjects};

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
    let keys: Vec<String> = if work.deletes_records() {
        let objects = work.list(objects(bucket)).await?;
        objects.into_iter().map(|object| object.key).collect()
    } else if is_empty(work, bucket).await? {
        Vec::new()
    } else {
        let found = "records: they are kept without --delete-records";
        return Ok(Seen::changed(what, "it to be empty", found));
    };
    if let Some(found) = keys.iter().find_map(|key| foreign(work, key)) {
        return Ok(Seen::changed(
            what,
            "nothing but records of this run",
            found,
        ));
    }
    let delete = |keys: &[String]| {
        let bucket = bucket.to_owned();
        let keys = keys.to_vec();
        Call::from(DeleteObjects { bucket, keys })
    };
    let mut calls: Vec<Call> = keys.chunks(MOST_KEYS).map(delete).collect();
    let bucket = bucket.to_owned();
    calls.push(DeleteBucket { bucket }.into());
    Ok(Seen::act(calls))
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
