//! Buckets put into a world, whatever S3 would say.

use std::collections::BTreeMap;

use flowcover_core::inventory::{BucketEncryption, ExpirationRule, PublicAccessBlock, Tags};

use super::{Bucket, lets_everyone_in, no_such_bucket};
use crate::CloudError;
use crate::simulator::World;
use crate::simulator::policies::parse_policy;

/// Everything blocked, as in every new bucket.
pub(in crate::simulator) const CLOSED: PublicAccessBlock = PublicAccessBlock {
    block_public_acls: true,
    ignore_public_acls: true,
    block_public_policy: true,
    restrict_public_buckets: true,
};

impl World {
    /// Makes a bucket as S3 makes them: encrypted with a key of S3, closed to the public, without a policy.
    /// Returns its ARN.
    pub fn create_bucket(&mut self, account_id: &str, region: &str, name: &str) -> String {
        let bucket = Bucket {
            owner: account_id.to_owned(),
            region: region.to_owned(),
            policy_text: None,
            policy: None,
            public: false,
            public_access_block: Some(CLOSED),
            encryption: Some(BucketEncryption {
                algorithm: "AES256".to_owned(),
                kms_key: None,
            }),
            expiration: Vec::new(),
            tags: Tags::new(),
            objects: BTreeMap::new(),
        };
        self.buckets.insert(name.to_owned(), bucket);
        format!("arn:aws:s3:::{name}")
    }

    /// Tags a bucket.
    pub fn tag_bucket(&mut self, name: &str, key: &str, value: &str) {
        if let Some(bucket) = self.buckets.get_mut(name) {
            bucket.tags.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Takes the policy of a bucket away.
    pub fn delete_bucket_policy(&mut self, name: &str) {
        if let Some(bucket) = self.buckets.get_mut(name) {
            bucket.public = false;
            bucket.policy_text = None;
            bucket.policy = None;
        }
    }

    /// The policy of a bucket as it was put, if it has one.
    #[must_use]
    pub fn bucket_policy(&self, name: &str) -> Option<&str> {
        self.buckets.get(name)?.policy_text.as_deref()
    }

    /// Deletes a bucket with its objects.
    pub fn delete_bucket(&mut self, name: &str) {
        self.buckets.remove(name);
    }

    /// Puts the policy of a bucket. One that lets everyone in makes it public.
    ///
    /// # Errors
    ///
    /// `MalformedPolicy` if it is no policy, `NoSuchBucket` if there is no such bucket. Nothing is changed.
    pub fn put_bucket_policy(&mut self, name: &str, policy: &str) -> Result<(), CloudError> {
        let document = parse_policy("MalformedPolicy", policy)?;
        let bucket = self
            .buckets
            .get_mut(name)
            .ok_or_else(|| no_such_bucket(name))?;
        bucket.public = lets_everyone_in(&document);
        bucket.policy_text = Some(policy.to_owned());
        bucket.policy = Some(document);
        Ok(())
    }

    /// Encrypts a bucket with a KMS key, by id, ARN or alias.
    pub fn encrypt_bucket(&mut self, name: &str, kms_key: &str) {
        if let Some(bucket) = self.buckets.get_mut(name) {
            bucket.encryption = Some(BucketEncryption {
                algorithm: "aws:kms".to_owned(),
                kms_key: Some(kms_key.to_owned()),
            });
        }
    }

    /// Removes the public-access block of a bucket.
    pub fn delete_public_access_block(&mut self, name: &str) {
        if let Some(bucket) = self.buckets.get_mut(name) {
            bucket.public_access_block = None;
        }
    }

    /// Lets objects below a prefix expire after so many days.
    pub fn expire_objects(&mut self, name: &str, prefix: &str, days: u32) {
        if let Some(bucket) = self.buckets.get_mut(name) {
            bucket.expiration.push(ExpirationRule {
                prefix: prefix.to_owned(),
                filtered: false,
                days,
            });
        }
    }
}
