//! Where records go: log groups, buckets, delivery streams, and the keys that encrypt them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fact;
use crate::partition;

/// A CloudWatch Logs log group (`DescribeLogGroups`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogGroup {
    /// ARN without the trailing `:*`.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Days until events expire; none means never.
    #[serde(default)]
    pub retention_in_days: Option<u32>,
    /// ARN of the KMS key, if one was set; all groups are encrypted with a key of AWS otherwise.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// Bytes stored, as of AWS's last count.
    #[serde(default)]
    pub stored_bytes: Option<u64>,
}

/// An S3 bucket, read as its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Account that owns it, where that is known.
    #[serde(default)]
    pub owner_account_id: Option<String>,
    /// Region that holds it (`HeadBucket`/`GetBucketLocation`).
    #[serde(default)]
    pub region: Option<String>,
    /// Bucket policy as JSON text (`GetBucketPolicy`); absent means that there is none.
    pub policy: Fact<String>,
    /// `GetBucketPolicyStatus`/`GetBucketAcl`: whether AWS considers it public.
    pub public: Fact<bool>,
    /// Public-access block of the bucket (`GetPublicAccessBlock`).
    pub public_access_block: Fact<PublicAccessBlock>,
    /// Default encryption (`GetBucketEncryption`).
    pub encryption: Fact<BucketEncryption>,
    /// Lifecycle rules that expire current objects (`GetBucketLifecycleConfiguration`); absent means none: objects stay for ever.
    pub expiration: Fact<Vec<ExpirationRule>>,
}

impl Bucket {
    /// The key of its default encryption, as [`Inventory::keys`](super::Inventory::keys) is keyed;
    /// none if the encryption was not read, or names no key.
    #[must_use]
    pub fn key_arn(&self) -> Option<Cow<'_, str>> {
        let name = self.encryption.present()?.kms_key.as_deref()?;
        Some(key_arn(
            name,
            self.owner_account_id.as_deref(),
            self.region.as_deref(),
        ))
    }
}

/// The ARN of a KMS key that a resource of this account and region names by ARN, id or alias
/// (AWS KMS Developer Guide, "Key identifiers"): ids and aliases differ by account and region.
/// A bare name stays as it is where the account or the region is not known.
fn key_arn<'a>(name: &'a str, account_id: Option<&str>, region: Option<&str>) -> Cow<'a, str> {
    match (account_id, region) {
        (Some(account_id), Some(region)) if !name.starts_with("arn:") => {
            let kind = if name.starts_with("alias/") {
                ""
            } else {
                "key/"
            };
            let partition = partition::of_region(region);
            format!("arn:{partition}:kms:{region}:{account_id}:{kind}{name}").into()
        }
        _ => name.into(),
    }
}

/// The four switches of a public-access block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(clippy::struct_excessive_bools)]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`
    pub block_public_acls: bool,
    /// `IgnorePublicAcls`
    pub ignore_public_acls: bool,
    /// `BlockPublicPolicy`
    pub block_public_policy: bool,
    /// `RestrictPublicBuckets`
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// Whether all four are on.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.block_public_acls
            && self.ignore_public_acls
            && self.block_public_policy
            && self.restrict_public_buckets
    }
}

/// Default encryption of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BucketEncryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// Key id, key ARN or alias, where `aws:kms` names one.
    #[serde(default)]
    pub kms_key: Option<String>,
}

/// An enabled lifecycle rule that expires objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpirationRule {
    /// Key prefix it applies to; empty means the whole bucket.
    pub prefix: String,
    /// Whether it also filters by tag or size, so that it may not reach flow-log objects.
    #[serde(default)]
    pub filtered: bool,
    /// Days after creation.
    pub days: u32,
}

/// A Firehose delivery stream (`DescribeDeliveryStream`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryStream {
    /// Its ARN.
    pub arn: String,
    /// `ACTIVE`, `CREATING`, `DELETING`, `CREATING_FAILED`, …
    pub status: String,
}

/// A KMS key (`DescribeKey`, `GetKeyPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Key {
    /// Its ARN.
    pub arn: String,
    /// Whether it can be used; a disabled or deleted key refuses every delivery.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Key policy as JSON text.
    pub policy: Fact<String>,
}

/// The newest record that was found of one flow log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastRecord {
    /// Time of the newest record (log event, or the 5-minute bin of the newest object); none if there is none since `searched_from`.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Where it was seen: stream or object key.
    #[serde(default)]
    pub seen_in: Option<String>,
    /// Start of the time searched.
    pub searched_from: Timestamp,
    /// Newest record by network interface, where the destination tells them apart.
    #[serde(default)]
    pub interfaces: BTreeMap<String, Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::key_arn;

    #[track_caller]
    fn check(name: &str, account_id: Option<&str>, region: Option<&str>, expected: &str) {
        assert_eq!(key_arn(name, account_id, region), expected);
    }

    #[test]
    fn keys_are_named_by_arn_wherever_that_is_known() {
        let (account, region) = (Some("111122223333"), Some("eu-west-1"));
        let alias = "arn:aws:kms:eu-west-1:111122223333:alias/logs";
        check("alias/logs", account, region, alias);
        check(alias, Some("444455556666"), Some("us-east-1"), alias);
        let id = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1";
        check("mrk-1", account, region, id);
        let china = "arn:aws-cn:kms:cn-north-1:111122223333:key/1";
        check("1", account, Some("cn-north-1"), china);
        check("alias/logs", None, region, "alias/logs");
        check("alias/logs", account, None, "alias/logs");
    }
}
