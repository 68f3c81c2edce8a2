//! S3: buckets and the objects in them.

mod objects;
mod writes;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types as sdk;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use flowcover_cloud::{
    BucketHead, CloudError, ErrorKind, GetBucketEncryption, GetBucketLifecycle, GetBucketPolicy,
    GetBucketPolicyStatus, GetBucketTagging, GetPublicAccessBlock, HeadBucket, ListObjects, Page,
    StoredObject,
};
use flowcover_core::inventory::{BucketEncryption, ExpirationRule, PublicAccessBlock, Tags};

use crate::convert::{count, page, required, timestamp};
use crate::error::from_sdk;

pub(crate) use objects::{get_object, list_keys};
pub(crate) use writes::{
    create_bucket, delete_bucket, delete_bucket_policy, delete_objects, put_bucket_encryption,
    put_bucket_lifecycle, put_bucket_policy, put_bucket_tagging, put_public_access_block,
};

/// Largest page that S3 gives.
const PAGE_SIZE: i32 = 1000;
/// Header in which S3 names the region of a bucket, also when it refuses.
const REGION_HEADER: &str = "x-amz-bucket-region";

pub(crate) async fn head_bucket(
    client: &Client,
    request: HeadBucket,
) -> Result<BucketHead, CloudError> {
    match client.head_bucket().bucket(request.bucket).send().await {
        Ok(output) => Ok(BucketHead {
            region: output.bucket_region,
            accessible: Some(true),
        }),
        Err(error) => refused_head(error, client.config().region().map(AsRef::as_ref)),
    }
}

/// What a refusal tells. S3 answers 404 where there is no such bucket, without a code, for answers to
/// HEAD have no body; it answers 301, or 400, with the region of the bucket where that is another
/// one than was asked, and 403 where the bucket exists but the caller may not use it. Another region
/// does not know who may use the bucket, whatever it says. A 400 from the bucket's own region is about
/// the request, bad credentials for one.
fn refused_head(
    error: SdkError<HeadBucketError, HttpResponse>,
    asked_region: Option<&str>,
) -> Result<BucketHead, CloudError> {
    let raw = error.raw_response();
    let status = raw.map_or(0, |response| response.status().as_u16());
    let region = raw
        .and_then(|response| response.headers().get(REGION_HEADER))
        .map(ToOwned::to_owned);
    let elsewhere = region.is_some() && region.as_deref() != asked_region;
    let refusal = from_sdk(error);
    let denied = refusal.kind == ErrorKind::Denied && status == 403;
    let accessible = if elsewhere && (denied || matches!(status, 301 | 307 | 400)) {
        None
    } else if denied {
        Some(false)
    } else if status == 404 {
        return Err(CloudError::new(
            ErrorKind::NotFound,
            "NotFound",
            "there is no such bucket",
        ));
    } else {
        return Err(refusal);
    };
    Ok(BucketHead { region, accessible })
}

pub(crate) async fn get_bucket_policy(
    client: &Client,
    request: GetBucketPolicy,
) -> Result<String, CloudError> {
    let call = client.get_bucket_policy().bucket(request.bucket);
    let output = call.send().await.map_err(from_sdk)?;
    required(output.policy, "the policy")
}

pub(crate) async fn get_bucket_policy_status(
    client: &Client,
    request: GetBucketPolicyStatus,
) -> Result<bool, CloudError> {
    let call = client.get_bucket_policy_status().bucket(request.bucket);
    let output = call.send().await.map_err(from_sdk)?;
    let status = required(output.policy_status, "PolicyStatus")?;
    required(status.is_public, "IsPublic")
}

pub(crate) async fn get_public_access_block(
    client: &Client,
    request: GetPublicAccessBlock,
) -> Result<PublicAccessBlock, CloudError> {
    let call = client.get_public_access_block().bucket(request.bucket);
    let output = call.send().await.map_err(from_sdk)?;
    let block = required(
        output.public_access_block_configuration,
        "PublicAccessBlockConfiguration",
    )?;
    Ok(PublicAccessBlock {
        block_public_acls: block.block_public_acls.unwrap_or(false),
        ignore_public_acls: block.ignore_public_acls.unwrap_or(false),
        block_public_policy: block.block_public_policy.unwrap_or(false),
        restrict_public_buckets: block.restrict_public_buckets.unwrap_or(false),
    })
}

pub(crate) async fn get_bucket_encryption(
    client: &Client,
    request: GetBucketEncryption,
) -> Result<BucketEncryption, CloudError> {
    let call = client.get_bucket_encryption().bucket(request.bucket);
    let output = call.send().await.map_err(from_sdk)?;
    let rule = output
        .server_side_encryption_configuration
        .and_then(|configuration| {
            let mut rules = configuration.rules.into_iter();
            rules.find_map(|rule| rule.apply_server_side_encryption_by_default)
        });
    let rule = required(rule, "ApplyServerSideEncryptionByDefault")?;
    Ok(BucketEncryption {
        algorithm: rule.sse_algorithm.as_str().to_owned(),
        kms_key: rule.kms_master_key_id.filter(|key| !key.is_empty()),
    })
}

pub(crate) async fn get_bucket_lifecycle(
    client: &Client,
    request: GetBucketLifecycle,
) -> Result<Vec<ExpirationRule>, CloudError> {
    let call = client.get_bucket_lifecycle_configuration();
    let output = call.bucket(request.bucket).send().await.map_err(from_sdk)?;
    let rules = output.rules.unwrap_or_default();
    Ok(rules.into_iter().filter_map(expiration_rule).collect())
}

pub(crate) async fn list_objects(
    client: &Client,
    request: ListObjects,
) -> Result<Page<StoredObject>, CloudError> {
    let call = client.list_objects_v2().bucket(request.bucket);
    let call = call
        .prefix(request.prefix)
        .max_keys(PAGE_SIZE)
        .set_continuation_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.contents.unwrap_or_default(),
        stored_object,
        output.next_continuation_token,
    ))
}

pub(crate) async fn get_bucket_tagging(
    client: &Client,
    request: GetBucketTagging,
) -> Result<Tags, CloudError> {
    let call = client.get_bucket_tagging().bucket(request.bucket);
    let output = call.send().await.map_err(from_sdk)?;
    let tags = output.tag_set.into_iter();
    Ok(tags.map(|tag| (tag.key, tag.value)).collect())
}

fn stored_object(object: sdk::Object) -> StoredObject {
    StoredObject {
        key: object.key.unwrap_or_default(),
        last_modified: object.last_modified.as_ref().and_then(timestamp),
        size: object
            .size
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or_default(),
    }
}

/// An enabled rule that expires current objects after so many days; none for any other rule.
fn expiration_rule(rule: sdk::LifecycleRule) -> Option<ExpirationRule> {
    if rule.status != sdk::ExpirationStatus::Enabled {
        return None;
    }
    let days = rule.expiration?.days.and_then(count)?;
    let filter = rule.filter;
    let and = filter.as_ref().and_then(|filter| filter.and.as_ref());
    let filtered = filter.as_ref().is_some_and(|filter| {
        filter.tag.is_some()
            || filter.object_size_greater_than.is_some()
            || filter.object_size_less_than.is_some()
    }) || and.is_some_and(|and| {
        and.tags.as_ref().is_some_and(|tags| !tags.is_empty())
            || and.object_size_greater_than.is_some()
            || and.object_size_less_than.is_some()
    });
    // Rules made before 2016 have the prefix outside of a filter.
    #[allow(deprecated)]
    let outer = rule.prefix;
    let inner = and.and_then(|and| and.prefix.clone());
    let prefix = inner.or(filter.and_then(|filter| filter.prefix)).or(outer);
    Some(ExpirationRule {
        prefix: prefix.unwrap_or_default(),
        filtered,
        days,
    })
}

#[cfg(test)]
#[path = "s3_tests.rs"]
mod tests;
