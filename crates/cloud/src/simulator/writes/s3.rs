//! S3: buckets, their settings and their objects (errors: S3 API reference, "Error responses").

use flowcover_core::inventory::{BucketEncryption, ExpirationRule};

use super::World;
use crate::simulator::policies::parse_bucket_policy;
use crate::simulator::refusals::denied;
use crate::simulator::s3::builders::CLOSED;
use crate::simulator::s3::{Bucket, lets_everyone_in, no_such_bucket};
use crate::{
    CloudError, CreateBucket, DeleteBucket, DeleteBucketPolicy, DeleteObjects, PutBucketEncryption,
    PutBucketLifecycle, PutBucketPolicy, PutBucketTagging, PutPublicAccessBlock,
};

/// Bytes of a bucket policy, at most (S3 User Guide, "Adding a bucket policy"); white space does not count here, as
/// AWS stores policies without it.
const POLICY_SIZE: usize = 20 * 1024;

impl World {
    /// Somebody else's name, one's own, or a new one. In us-east-1, one's own is no error (S3 API reference,
    /// `CreateBucket`).
    pub(super) fn call_create_bucket(
        &mut self,
        account_id: &str,
        region: &str,
        call: &CreateBucket,
    ) -> Result<(), CloudError> {
        let name = &call.bucket;
        check_name(name)?;
        match self.buckets.get(name) {
            Some(bucket) if bucket.owner != account_id => Err(CloudError::answered(
                "BucketAlreadyExists",
                409,
                format!("the name {name} is not available: all users of S3 share it"),
            )),
            Some(bucket) if bucket.region() == "us-east-1" && region == "us-east-1" => Ok(()),
            Some(_) => Err(CloudError::answered(
                "BucketAlreadyOwnedByYou",
                409,
                format!("the bucket {name} exists and is yours"),
            )),
            None => {
                self.create_bucket(account_id, region, name);
                Ok(())
            }
        }
    }

    pub(super) fn call_put_bucket_tagging(
        &mut self,
        account_id: &str,
        region: &str,
        call: PutBucketTagging,
    ) -> Result<(), CloudError> {
        if call.tags.keys().any(|key| key.starts_with("aws:")) {
            let message = "keys of tags must not begin with aws:";
            return Err(CloudError::answered("InvalidTag", 400, message));
        }
        if call.tags.len() > 50 {
            let message = "at most 50 tags are taken";
            return Err(CloudError::answered("BadRequest", 400, message));
        }
        self.owned_mut("s3:PutBucketTagging", account_id, region, &call.bucket)?
            .tags = call.tags;
        Ok(())
    }

    pub(super) fn call_put_public_access_block(
        &mut self,
        account_id: &str,
        region: &str,
        call: &PutPublicAccessBlock,
    ) -> Result<(), CloudError> {
        let action = PutPublicAccessBlock::ACTION;
        self.owned_mut(action, account_id, region, &call.bucket)?
            .public_access_block = Some(CLOSED);
        Ok(())
    }

    /// Whether the key exists is not looked at.
    pub(super) fn call_put_bucket_encryption(
        &mut self,
        account_id: &str,
        region: &str,
        call: PutBucketEncryption,
    ) -> Result<(), CloudError> {
        let action = PutBucketEncryption::ACTION;
        let bucket = self.owned_mut(action, account_id, region, &call.bucket)?;
        match (call.algorithm.as_str(), &call.kms_key) {
            ("AES256", None) | ("aws:kms" | "aws:kms:dsse", _) => {
                bucket.encryption = Some(BucketEncryption {
                    algorithm: call.algorithm,
                    kms_key: call.kms_key,
                });
                Ok(())
            }
            ("AES256", Some(_)) => {
                let message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
                Err(CloudError::answered("InvalidArgument", 400, message))
            }
            _ => Err(malformed()),
        }
    }

    pub(super) fn call_put_bucket_lifecycle(
        &mut self,
        account_id: &str,
        region: &str,
        call: PutBucketLifecycle,
    ) -> Result<(), CloudError> {
        let action = PutBucketLifecycle::ACTION;
        let bucket = self.owned_mut(action, account_id, region, &call.bucket)?;
        if call.expiration_days == 0 {
            let message = "'Days' for Expiration action must be a positive integer";
            return Err(CloudError::answered("InvalidArgument", 400, message));
        }
        bucket.expiration = vec![ExpirationRule {
            prefix: call.prefix,
            filtered: false,
            days: call.expiration_days,
        }];
        Ok(())
    }

    /// What would make the bucket public is refused where its public-access block says so.
    pub(super) fn call_put_bucket_policy(
        &mut self,
        account_id: &str,
        region: &str,
        call: &PutBucketPolicy,
    ) -> Result<(), CloudError> {
        let action = PutBucketPolicy::ACTION;
        let bucket = self.owned(action, account_id, region, &call.bucket)?;
        let document = parse_bucket_policy(&call.bucket, &call.policy)?;
        let size: usize = call.policy.split_whitespace().map(str::len).sum();
        if size > POLICY_SIZE {
            let message = "Policy exceeds the maximum allowed document size.";
            return Err(CloudError::answered("MalformedPolicy", 400, message));
        }
        let blocked = bucket
            .public_access_block
            .is_some_and(|block| block.block_public_policy);
        if blocked && lets_everyone_in(&document) {
            return Err(denied(
                action,
                "public policies are prevented by the BlockPublicPolicy setting",
            ));
        }
        self.put_bucket_policy(&call.bucket, &call.policy)
    }

    /// A bucket without a policy is no error.
    pub(super) fn call_delete_bucket_policy(
        &mut self,
        account_id: &str,
        region: &str,
        call: &DeleteBucketPolicy,
    ) -> Result<(), CloudError> {
        let action = DeleteBucketPolicy::ACTION;
        self.owned(action, account_id, region, &call.bucket)?;
        self.delete_bucket_policy(&call.bucket);
        Ok(())
    }

    /// A key that does not exist is no error.
    pub(super) fn call_delete_objects(
        &mut self,
        account_id: &str,
        region: &str,
        call: &DeleteObjects,
    ) -> Result<(), CloudError> {
        let action = DeleteObjects::ACTION;
        let bucket = self.owned_mut(action, account_id, region, &call.bucket)?;
        if call.keys.is_empty() || call.keys.len() > 1000 {
            return Err(malformed());
        }
        for key in &call.keys {
            bucket.objects.remove(key);
        }
        Ok(())
    }

    pub(super) fn call_delete_bucket(
        &mut self,
        account_id: &str,
        region: &str,
        call: &DeleteBucket,
    ) -> Result<(), CloudError> {
        let action = DeleteBucket::ACTION;
        let bucket = self.owned(action, account_id, region, &call.bucket)?;
        if !bucket.objects.is_empty() {
            let message = "the bucket you tried to delete is not empty";
            return Err(CloudError::answered("BucketNotEmpty", 409, message));
        }
        self.delete_bucket(&call.bucket);
        Ok(())
    }

    fn owned_mut(
        &mut self,
        action: &str,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<&mut Bucket, CloudError> {
        self.owned(action, account_id, region, name)?;
        self.buckets
            .get_mut(name)
            .ok_or_else(|| no_such_bucket(name))
    }
}

/// S3 User Guide, "General purpose buckets naming rules", without the reserved prefixes and suffixes.
fn check_name(name: &str) -> Result<(), CloudError> {
    let letter_or_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let good = (3..=63).contains(&name.len())
        && name
            .bytes()
            .all(|it| letter_or_digit(it) || matches!(it, b'.' | b'-'))
        && name.bytes().next().is_some_and(letter_or_digit)
        && name.bytes().last().is_some_and(letter_or_digit)
        && !name.contains("..");
    if good {
        return Ok(());
    }
    let message = format!("{name} is not a valid name of a bucket");
    Err(CloudError::answered("InvalidBucketName", 400, message))
}

fn malformed() -> CloudError {
    let message = "the XML that you provided was not well-formed or did not validate";
    CloudError::answered("MalformedXML", 400, message)
}
