//! Buckets: what is there.

use flowcover_core::inventory::Tags;
use flowcover_core::plan::{Change, PolicyStatement, policy_of};

use super::bucket_left::left_before;
use super::bucket_policy::{BucketPolicy, merged, same_statement};
use super::look::{Seen, Setting, setting};
use super::same::same_policy;
use super::work::{LEFT_BEFORE, Work, made_by};
use crate::{
    BucketHead, Call, CloudError, DeleteBucketPolicy, ErrorKind, GetBucketPolicy, GetBucketTagging,
    HeadBucket, ListObjects, PutBucketPolicy,
};

/// Error code of a bucket without a policy.
const NO_POLICY: &str = "NoSuchBucketPolicy";

/// The bucket that a step makes, and its statements.
pub(super) fn wanted<'a>(work: &Work<'a>) -> (&'a str, &'a [PolicyStatement]) {
    match &work.step.change {
        Change::CreateBucket {
            bucket, statements, ..
        } => (bucket, statements),
        _ => unreachable!("only steps that make a bucket come here"),
    }
}

/// To make a bucket: it must not exist, or be the one that this step made.
pub(super) async fn look(work: &Work<'_>) -> Result<Seen, CloudError> {
    let (bucket, statements) = wanted(work);
    let what = format!("bucket {bucket}");
    let calls = work.calls();
    let Some(head) = head(work, bucket).await? else {
        return Ok(match work.adopted() {
            Some(_) => Seen::changed(what, LEFT_BEFORE, "none"),
            None => Seen::act(calls),
        });
    };
    if let Some(seen) = left_before(work, bucket, &head).await? {
        return Ok(seen);
    }
    let policy = match whose(work, bucket, &head).await? {
        Whose::Others(found) => return Ok(Seen::changed(what, "none", found)),
        Whose::Ours { policy } => policy,
    };
    if let Some(policy) = &policy
        && !same_policy(policy, &policy_of(statements))
    {
        let what = format!("the policy of {what}");
        return Ok(Seen::changed(what, "what this run wrote", "something else"));
    }
    // Settings are put whole: to put one again that took effect changes nothing.
    let made = work.made().calls;
    let is_left = |call: &Call| match call {
        Call::CreateBucket(_) => false,
        Call::PutBucketPolicy(_) => policy.is_none(),
        _ => !made.contains(call),
    };
    Ok(Seen::left(calls.into_iter().filter(is_left).collect()))
}

pub(super) async fn head(work: &Work<'_>, bucket: &str) -> Result<Option<BucketHead>, CloudError> {
    let bucket = bucket.to_owned();
    work.find(HeadBucket { bucket }).await
}

pub(super) async fn policy(work: &Work<'_>, bucket: &str) -> Result<Option<String>, CloudError> {
    let bucket = bucket.to_owned();
    work.find(GetBucketPolicy { bucket }).await
}

/// Whose a bucket is.
pub(super) enum Whose {
    Ours { policy: Option<String> },
    Others(String),
}

/// By tag and by journal. Buckets are tagged by a call of their own: between the two, a bucket is ours if this run made it, or
/// may have, and nobody put anything on it or into it.
pub(super) async fn whose(
    work: &Work<'_>,
    bucket: &str,
    head: &BucketHead,
) -> Result<Whose, CloudError> {
    if head.accessible == Some(false) {
        return Ok(Whose::Others("one of another account".to_owned()));
    }
    if !work.may_have_called(|call| matches!(call, Call::CreateBucket(_))) {
        let tags = tags(work, bucket).await?;
        return Ok(Whose::Others(made_by(&tags)));
    }
    let tags = tags(work, bucket).await?;
    let policy = policy(work, bucket).await?;
    let is_bare = tags.is_empty() && policy.is_none();
    if work.is_of_this_step(&tags) || (is_bare && is_empty(work, bucket).await?) {
        return Ok(Whose::Ours { policy });
    }
    Ok(Whose::Others(made_by(&tags)))
}

pub(super) async fn tags(work: &Work<'_>, bucket: &str) -> Result<Tags, CloudError> {
    let bucket = bucket.to_owned();
    Ok(work
        .find(GetBucketTagging { bucket })
        .await?
        .unwrap_or_default())
}

pub(super) async fn is_empty(work: &Work<'_>, bucket: &str) -> Result<bool, CloudError> {
    let page = work.ask(objects(bucket)).await?;
    Ok(page.items.is_empty() && page.next_token.is_none())
}

pub(super) fn objects(bucket: &str) -> ListObjects {
    ListObjects {
        bucket: bucket.to_owned(),
        ..ListObjects::default()
    }
}

/// To put a statement into the policy of a bucket, or to take it out of whatever policy stands there then.
pub(super) async fn look_at_statement(work: &Work<'_>) -> Result<Seen, CloudError> {
    let Change::AddBucketStatement {
        bucket,
        statement,
        before,
    } = &work.step.change
    else {
        unreachable!("only steps about a statement come here");
    };
    let there = match work
        .ask(GetBucketPolicy {
            bucket: bucket.clone(),
        })
        .await
    {
        Ok(policy) => Some(policy),
        Err(error) if error.code == NO_POLICY => None,
        Err(error) if error.kind != ErrorKind::NotFound => return Err(error),
        Err(_) if work.is_taking_back() => return Ok(Seen::settled()),
        Err(_) => {
            return Ok(Seen::changed(
                format!("bucket {bucket}"),
                "it to exist",
                "none",
            ));
        }
    };
    let parsed = there.as_deref().map(BucketPolicy::parse);
    let what = format!("the policy of bucket {bucket}");
    let Some(parsed) = parsed.map_or(Some(None), |it| it.map(Some)) else {
        return Ok(Seen::changed(what, "a policy", "something that is none"));
    };
    let found = parsed.as_ref().map(|it| it.with_sid(&statement.sid));
    let found = found.unwrap_or_default();
    let is = |text: &String| found.len() == 1 && same_statement(&found[0], text);
    let is_before = before.as_ref().map_or(found.is_empty(), is);
    let called = work.may_have_called(|call| matches!(call, Call::PutBucketPolicy(_)));
    let back = work.is_taking_back();
    match setting(is_before, is(&statement.statement), called, back) {
        Setting::Settled => Ok(Seen::settled()),
        Setting::Replace if !back => Ok(match merged(there.as_deref(), statement) {
            Some(policy) => Seen::act(vec![put(bucket, policy)]),
            None => Seen::changed(
                what,
                "a policy that takes the statement",
                "one that does not",
            ),
        }),
        Setting::Replace => Ok(parsed.map_or_else(Seen::settled, |policy| {
            Seen::act(vec![restored(bucket, policy, statement, before.as_ref())])
        })),
        Setting::Changed => {
            let expected = if back {
                Some(&statement.statement)
            } else {
                before.as_ref()
            };
            let text = |texts: &[String]| match texts {
                [] => "none".to_owned(),
                texts => texts.join(", "),
            };
            let expected = text(expected.cloned().as_slice());
            Ok(Seen::changed(
                format!("the statement {} in {what}", statement.sid),
                expected,
                text(&found),
            ))
        }
    }
}

fn put(bucket: &str, policy: String) -> Call {
    let bucket = bucket.to_owned();
    PutBucketPolicy { bucket, policy }.into()
}

/// The call that puts back what was, in whatever stands there now.
fn restored(
    bucket: &str,
    mut policy: BucketPolicy,
    ours: &PolicyStatement,
    before: Option<&String>,
) -> Call {
    let put_back = before.and_then(|before| {
        policy.put(&PolicyStatement {
            sid: ours.sid.clone(),
            statement: before.clone(),
        })
    });
    if put_back.is_none() {
        policy.take_out(&ours.sid);
    }
    if policy.is_empty() {
        let bucket = bucket.to_owned();
        return DeleteBucketPolicy { bucket }.into();
    }
    put(bucket, policy.to_text())
}
