//! Buckets.

pub(super) mod builders;

use std::collections::BTreeMap;

use flowcover_core::iam::{Context, PolicyDocument, PolicyKind, Principal, Request, Text};
use flowcover_core::inventory::{BucketEncryption, ExpirationRule, PublicAccessBlock, Tags};
use jiff::Timestamp;

use super::World;
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
    pub(super) public_access_block: Option<PublicAccessBlock>,
    pub(super) encryption: Option<BucketEncryption>,
    pub(super) expiration: Vec<ExpirationRule>,
    pub(super) tags: Tags,
    /// Key → when it was written.
    pub(super) objects: BTreeMap<String, Timestamp>,
}

impl World {
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
    pub(super) fn owned(
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

    /// Another region than the bucket's answers with a redirect, which names that region and looks at no permission
    /// (S3 user guide, "Request routing").
    pub(super) fn head_bucket(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<BucketHead, CloudError> {
        let bucket = self.headed(name)?;
        let here = bucket.region == region;
        Ok(BucketHead {
            region: Some(bucket.region.clone()),
            accessible: here.then(|| self.may(account_id, "s3:ListBucket", name, bucket)),
        })
    }

    /// The answer to a caller that may not ask: it still tells that the bucket exists, and where
    /// (S3 API reference, `HeadBucket`).
    pub(super) fn refused_head(&self, region: &str, name: &str) -> Result<BucketHead, CloudError> {
        let bucket = self.headed(name)?;
        let here = bucket.region == region;
        Ok(BucketHead {
            region: Some(bucket.region.clone()),
            accessible: here.then_some(false),
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

    pub(super) fn get_bucket_tagging(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<Tags, CloudError> {
        let bucket = self.owned("s3:GetBucketTagging", account_id, region, name)?;
        if bucket.tags.is_empty() {
            let message = "the TagSet does not exist";
            return Err(CloudError::answered("NoSuchTagSet", 404, message));
        }
        Ok(bucket.tags.clone())
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

pub(super) fn no_such_bucket(name: &str) -> CloudError {
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
pub(super) fn lets_everyone_in(policy: &PolicyDocument) -> bool {
    policy.statements.iter().any(|statement| {
        let everyone = matches!(&statement.principal, Some(flowcover_core::iam::PrincipalScope::Only(set)) if set.is_everyone());
        statement.effect == flowcover_core::iam::Effect::Allow
            && everyone
            && statement.conditions.is_empty()
    })
}
