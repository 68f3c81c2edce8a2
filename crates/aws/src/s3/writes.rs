//! S3: what changes a bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::types as sdk;
use flowcover_cloud::{
    CloudError, CreateBucket, DeleteBucket, DeleteBucketPolicy, DeleteObjects, PutBucketEncryption,
    PutBucketLifecycle, PutBucketPolicy, PutBucketTagging, PutPublicAccessBlock,
};

use crate::convert::incomplete;
use crate::error::from_sdk;

/// The region that takes no location constraint: it is where buckets lie that have none
/// (S3 API reference, `CreateBucket`).
const WITHOUT_CONSTRAINT: &str = "us-east-1";

/// Id of the one rule of a lifecycle configuration.
const EXPIRATION: &str = "flowcover-expiration";

pub(crate) async fn create_bucket(
    client: &Client,
    request: Box<CreateBucket>,
) -> Result<(), CloudError> {
    let region = client.config().region().map(AsRef::as_ref);
    let constraint = region.filter(|region| *region != WITHOUT_CONSTRAINT);
    let configuration = constraint.map(|region| {
        sdk::CreateBucketConfiguration::builder()
            .location_constraint(region.into())
            .build()
    });
    let call = client.create_bucket().bucket(request.bucket);
    let call = call.set_create_bucket_configuration(configuration);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn put_bucket_tagging(
    client: &Client,
    request: Box<PutBucketTagging>,
) -> Result<(), CloudError> {
    let tags = request
        .tags
        .into_iter()
        .map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
    let tags = tags.collect::<Result<_, _>>().map_err(incomplete)?;
    let tagging = sdk::Tagging::builder().set_tag_set(Some(tags)).build();
    let call = client.put_bucket_tagging().bucket(request.bucket);
    let call = call.tagging(tagging.map_err(incomplete)?);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn put_public_access_block(
    client: &Client,
    request: Box<PutPublicAccessBlock>,
) -> Result<(), CloudError> {
    let configuration = sdk::PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    let call = client.put_public_access_block().bucket(request.bucket);
    let call = call.public_access_block_configuration(configuration);
    call.send().await.map_err(from_sdk).map(drop)
}

/// With a KMS key, also bucket keys, which save calls to KMS (S3 User Guide, "Reducing the cost of SSE-KMS with Amazon
/// S3 Bucket Keys").
pub(crate) async fn put_bucket_encryption(
    client: &Client,
    request: Box<PutBucketEncryption>,
) -> Result<(), CloudError> {
    let by_kms = request.algorithm.starts_with("aws:kms");
    let default = sdk::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(request.algorithm.as_str().into())
        .set_kms_master_key_id(request.kms_key)
        .build()
        .map_err(incomplete)?;
    let rule = sdk::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .set_bucket_key_enabled(by_kms.then_some(true))
        .build();
    let configuration = sdk::ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build()
        .map_err(incomplete)?;
    let call = client.put_bucket_encryption().bucket(request.bucket);
    let call = call.server_side_encryption_configuration(configuration);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn put_bucket_lifecycle(
    client: &Client,
    request: Box<PutBucketLifecycle>,
) -> Result<(), CloudError> {
    // Days that the SDK cannot hold are more than S3 takes: it refuses them.
    let days = i32::try_from(request.expiration_days).unwrap_or(i32::MAX);
    let rule = sdk::LifecycleRule::builder()
        .id(EXPIRATION)
        .status(sdk::ExpirationStatus::Enabled)
        .filter(
            sdk::LifecycleRuleFilter::builder()
                .prefix(request.prefix)
                .build(),
        )
        .expiration(sdk::LifecycleExpiration::builder().days(days).build())
        .build()
        .map_err(incomplete)?;
    let configuration = sdk::BucketLifecycleConfiguration::builder()
        .rules(rule)
        .build()
        .map_err(incomplete)?;
    let call = client.put_bucket_lifecycle_configuration();
    let call = call
        .bucket(request.bucket)
        .lifecycle_configuration(configuration);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn put_bucket_policy(
    client: &Client,
    request: Box<PutBucketPolicy>,
) -> Result<(), CloudError> {
    let call = client.put_bucket_policy().bucket(request.bucket);
    let call = call.policy(request.policy);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn delete_bucket_policy(
    client: &Client,
    request: Box<DeleteBucketPolicy>,
) -> Result<(), CloudError> {
    let call = client.delete_bucket_policy().bucket(request.bucket);
    call.send().await.map_err(from_sdk).map(drop)
}

/// The answer is a success also where no object was deleted: what failed stands in it, key by key.
pub(crate) async fn delete_objects(
    client: &Client,
    request: Box<DeleteObjects>,
) -> Result<(), CloudError> {
    let asked = request.keys.len();
    let objects = request
        .keys
        .into_iter()
        .map(|key| sdk::ObjectIdentifier::builder().key(key).build());
    let objects = objects.collect::<Result<_, _>>().map_err(incomplete)?;
    let delete = sdk::Delete::builder()
        .set_objects(Some(objects))
        .quiet(true)
        .build()
        .map_err(incomplete)?;
    let call = client.delete_objects().bucket(request.bucket);
    let output = call.delete(delete).send().await.map_err(from_sdk)?;
    let errors = output.errors.unwrap_or_default();
    match errors.first() {
        None => Ok(()),
        Some(first) => Err(not_deleted(first, errors.len(), asked)),
    }
}

fn not_deleted(first: &sdk::Error, failed: usize, asked: usize) -> CloudError {
    let message = format!(
        "{failed} of {asked} objects were not deleted, such as {}: {}",
        first.key().unwrap_or("one without a key"),
        first.message().unwrap_or("no message"),
    );
    // An error by itself, whatever the status of the answer that it stands in.
    CloudError::answered(first.code().unwrap_or("InternalError"), 500, message)
}

pub(crate) async fn delete_bucket(
    client: &Client,
    request: Box<DeleteBucket>,
) -> Result<(), CloudError> {
    let call = client.delete_bucket().bucket(request.bucket);
    call.send().await.map_err(from_sdk).map(drop)
}

#[cfg(test)]
#[path = "writes_tests.rs"]
mod tests;
