//! Buckets.

use std::collections::BTreeMap;

use flowcover_core::iam::{Context, PolicyDocument, PolicyKind, Principal, Request, Text};
use flowcover_core::inventory::{BucketEncryption, ExpirationRule, PublicAccessBlock};
use jiff::Timestamp;

use super::World;
use super::policies::parse_policy;
use super::refusals::denied;
use crate::{BucketHead, CloudError, ErrorKind};

/// A bucket.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) owner: String,
    region: String,
    policy_text: Option<String>,
    pub(super) policy: Option<PolicyDocument>,
    public: bool,
    public_access_block: Option<PublicAccessBlock>,
    pub(super) encryption: Option<BucketEncryption>,
    expiration: Vec<ExpirationRule>,
    /// Key → when it was written.
    pub(super) objects: BTreeMap<String, Timestamp>,
}

impl World {
    /// Makes a bucket as S3 makes them: encrypted with a key of S3, closed to the public, without a policy.
    /// Returns its ARN.
    pub fn create_bucket(&mut self, account_id: &str, region: &str, name: &str) -> String {
        let closed = PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        };
        let bucket = Bucket {
            owner: account_id.to_owned(),
            region: region.to_owned(),
            policy_text: None,
            policy: None,
            public: false,
            public_access_block: Some(closed),
            encryption: Some(BucketEncryption {
                algorithm: "AES256".to_owned(),
                kms_key: None,
            }),
            expiration: Vec::new(),
            objects: BTreeMap::new(),
        };
        self.buckets.insert(name.to_owned(), bucket);
        format!("arn:aws:s3:::{name}")
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

    pub(super) fn bucket(&self, name: &str) -> Result<&Bucket, CloudError> {
        self.buckets.get(name).ok_or_else(|| no_such_bucket(name))
    }

    /// Whether a principal of an account may do something with a bucket: its own may, others by its policy.
    pub(super) fn may(&self, account_id: &str, action: &str, name: &str, bucket: &Bucket) -> bool {
        if bucket.owner == account_id {
            return true;
        }
        let organization = self
            .organization
            .as_ref()
            .filter(|tree| tree.holds(account_id));
        let context = Context::new().with("aws:PrincipalAccount", account_id);
        let context = match organization {
            Some(tree) => context.with("aws:PrincipalOrgID", tree.id.as_str()),
            None => context.without("aws:PrincipalOrgID"),
        };
        let request = Request {
            principal: Principal::Aws {
                account_id: account_id.to_owned(),
                arn: format!("arn:aws:iam::{account_id}:role/flowcover"),
            },
            action: action.to_owned(),
            resource: Some(Text::Exact(format!("arn:aws:s3:::{name}"))),
            context,
        };
        bucket.policy.as_ref().is_some_and(|policy| {
            policy
                .evaluate("bucket policy", PolicyKind::Resource, &request)
                .is_allowed()
        })
    }

    /// The bucket, for its owner, at the endpoint of its region.
    fn owned(
        &self,
        action: &str,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<&Bucket, CloudError> {
        let bucket = self.bucket(name)?;
        bucket.check_region(region, name)?;
        if bucket.owner == account_id {
            Ok(bucket)
        } else {
            Err(denied(action, &format!("on bucket {name}")))
        }
    }

    /// The answer to HEAD has no body, so no code of S3.
    fn headed(&self, name: &str) -> Result<&Bucket, CloudError> {
        self.buckets
            .get(name)
            .ok_or_else(|| CloudError::new(ErrorKind::NotFound, "NotFound", "not found"))
    }

    pub(super) fn head_bucket(
        &self,
        account_id: &str,
        name: &str,
    ) -> Result<BucketHead, CloudError> {
        let bucket = self.headed(name)?;
        Ok(BucketHead {
            region: Some(bucket.region.clone()),
            accessible: self.may(account_id, "s3:ListBucket", name, bucket),
        })
    }

    /// The answer to a caller that may not ask: it still tells that the bucket exists, and where
    /// (S3 API reference, `HeadBucket`).
    pub(super) fn refused_head(&self, name: &str) -> Result<BucketHead, CloudError> {
        let bucket = self.headed(name)?;
        Ok(BucketHead {
            region: Some(bucket.region.clone()),
            accessible: false,
        })
    }

    pub(super) fn get_bucket_policy(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<String, CloudError> {
        self.owned("s3:GetBucketPolicy", account_id, region, name)?
            .policy_text
            .clone()
            .ok_or_else(no_policy)
    }

    pub(super) fn get_bucket_policy_status(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<bool, CloudError> {
        let bucket = self.owned("s3:GetBucketPolicyStatus", account_id, region, name)?;
        match bucket.policy_text {
            Some(_) => Ok(bucket.public),
            None => Err(no_policy()),
        }
    }

    pub(super) fn get_public_access_block(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<PublicAccessBlock, CloudError> {
        self.owned("s3:GetBucketPublicAccessBlock", account_id, region, name)?
            .public_access_block
            .ok_or_else(|| {
                CloudError::answered(
                    "NoSuchPublicAccessBlockConfiguration",
                    404,
                    "the public access block configuration was not found",
                )
            })
    }

    pub(super) fn get_bucket_encryption(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<BucketEncryption, CloudError> {
        self.owned("s3:GetEncryptionConfiguration", account_id, region, name)?
            .encryption
            .clone()
            .ok_or_else(|| {
                CloudError::answered(
                    "ServerSideEncryptionConfigurationNotFoundError",
                    404,
                    "the server side encryption configuration was not found",
                )
            })
    }

    pub(super) fn get_bucket_lifecycle(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<Vec<ExpirationRule>, CloudError> {
        let bucket = self.owned("s3:GetLifecycleConfiguration", account_id, region, name)?;
        if bucket.expiration.is_empty() {
            return Err(CloudError::answered(
                "NoSuchLifecycleConfiguration",
                404,
                "the lifecycle configuration does not exist",
            ));
        }
        Ok(bucket.expiration.clone())
    }
}

impl Bucket {
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn check_region(&self, region: &str, name: &str) -> Result<(), CloudError> {
        if self.region == region {
            return Ok(());
        }
        Err(CloudError::answered(
            "PermanentRedirect",
            301,
            format!("{name} is in {}", self.region),
        ))
    }
}

fn no_such_bucket(name: &str) -> CloudError {
    CloudError::answered("NoSuchBucket", 404, format!("{name} does not exist"))
}

fn no_policy() -> CloudError {
    CloudError::answered(
        "NoSuchBucketPolicy",
        404,
        "the bucket policy does not exist",
    )
}

/// Whether some statement allows everyone without a condition.
fn lets_everyone_in(policy: &PolicyDocument) -> bool {
    policy.statements.iter().any(|statement| {
        let everyone = matches!(&statement.principal, Some(flowcover_core::iam::PrincipalScope::Only(set)) if set.is_everyone());
        statement.effect == flowcover_core::iam::Effect::Allow
            && everyone
            && statement.conditions.is_empty()
    })
}
