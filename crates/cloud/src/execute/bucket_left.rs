//! Buckets that an earlier run left.

use flowcover_core::inventory::{BucketEncryption, ExpirationRule};
use flowcover_core::journal::Adopted;
use flowcover_core::plan::{Change, policy_of};

use super::bucket::{policy, tags};
use super::look::Seen;
use super::same::same_policy;
use super::work::{LEFT_BEFORE, Work, left_by, made_by};
use crate::{
    BucketHead, Call, CloudError, GetBucketEncryption, GetBucketLifecycle, GetPublicAccessBlock,
};

/// How a new bucket encrypts (Amazon S3 User Guide, "Setting default server-side encryption behavior").
const NEW_BUCKETS: &str = "AES256";

/// A bucket that an earlier run left: it is gone on with if it is as the step would make it, and nothing of it is changed.
pub(super) async fn left_before(
    work: &Work<'_>,
    bucket: &str,
    head: &BucketHead,
) -> Result<Option<Seen>, CloudError> {
    // Anybody may make a bucket of that name, and give it such tags.
    if head.accessible != Some(true) {
        return Ok(None);
    }
    let tags = tags(work, bucket).await?;
    if !work.is_of_earlier_run(&tags) {
        let adopted = work.adopted().is_some();
        let what = format!("bucket {bucket}");
        return Ok(adopted.then(|| Seen::changed(what, LEFT_BEFORE, made_by(&tags))));
    }
    let different = difference(work, bucket, |_| true).await?;
    Ok(Some(match (different, work.adopted()) {
        (Some(what), _) => {
            let what = format!("the {what} of bucket {bucket}");
            Seen::changed(what, "what the plan has", "something else")
        }
        (None, None) => Seen::Adopt {
            was: Adopted::Bucket,
            says: left_by(&format!("bucket {bucket}"), &tags),
        },
        (None, Some(_)) => Seen::settled(),
    }))
}

/// In what a bucket is not as the step makes it. What the step did not set, by `is_set`, may also be as it is in a new bucket. To
/// read its policy is also to show that it is the account's: nobody else is told it (Amazon S3 API reference,
/// `GetBucketPolicy`).
pub(super) async fn difference(
    work: &Work<'_>,
    bucket: &str,
    is_set: impl Fn(fn(&Call) -> bool) -> bool,
) -> Result<Option<&'static str>, CloudError> {
    let Change::CreateBucket {
        encryption,
        kms_key,
        expiration_days,
        statements,
        ..
    } = &work.step.change
    else {
        unreachable!("only steps that make a bucket come here");
    };
    let name = || bucket.to_owned();
    let is_set_policy = is_set(|call| matches!(call, Call::PutBucketPolicy(_)));
    let is_same = match policy(work, bucket).await? {
        Some(found) => same_policy(&found, &policy_of(statements)),
        None => statements.is_empty() || !is_set_policy,
    };
    if !is_same {
        return Ok(Some("policy"));
    }
    let block = work.find(GetPublicAccessBlock { bucket: name() }).await?;
    let is_set_block = is_set(|call| matches!(call, Call::PutPublicAccessBlock(_)));
    if !block.map_or(!is_set_block, |block| block.is_complete()) {
        return Ok(Some("public-access block"));
    }
    let found = work.find(GetBucketEncryption { bucket: name() }).await?;
    let is_set_encryption = is_set(|call| matches!(call, Call::PutBucketEncryption(_)));
    let is_same = |it: &BucketEncryption| it.algorithm == *encryption && it.kms_key == *kms_key;
    let is_new = |it: &BucketEncryption| it.algorithm == NEW_BUCKETS && it.kms_key.is_none();
    let is_well = |it: &BucketEncryption| is_same(it) || (!is_set_encryption && is_new(it));
    if !found.as_ref().map_or(!is_set_encryption, is_well) {
        return Ok(Some("encryption"));
    }
    let found = work.find(GetBucketLifecycle { bucket: name() }).await?;
    let found = found.unwrap_or_default();
    let is_set_lifecycle = is_set(|call| matches!(call, Call::PutBucketLifecycle(_)));
    let rule = expiration_days.map(|days| ExpirationRule {
        prefix: String::new(),
        filtered: false,
        days,
    });
    let is_same = found == rule.into_iter().collect::<Vec<_>>();
    Ok((!is_same && (is_set_lifecycle || !found.is_empty())).then_some("lifecycle"))
}
