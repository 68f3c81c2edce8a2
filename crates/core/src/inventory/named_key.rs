//! Which KMS keys log groups and buckets name, and where each of them is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bucket, Fact, LogGroup};

/// A KMS key as a destination names it, and where to ask about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedKey {
    /// How it is named, as [`Inventory::keys`](super::Inventory::keys) is keyed.
    pub name: String,
    /// Account that owns it, where that is known.
    pub account_id: Option<String>,
    /// Region that holds it, where that is known.
    pub region: Option<String>,
}

impl NamedKey {
    /// The keys that these log groups (CloudWatch Logs `DescribeLogGroups`, `kmsKeyId`) and buckets
    /// (S3 `GetBucketEncryption`, `KMSMasterKeyID`) are encrypted with, each once.
    ///
    /// A bucket's key that is not named by ARN is one of the bucket's own account and region.
    #[must_use]
    pub fn all(
        log_groups: &BTreeMap<String, Fact<LogGroup>>,
        buckets: &BTreeMap<String, Fact<Bucket>>,
    ) -> BTreeSet<Self> {
        let of_groups = log_groups
            .values()
            .filter_map(Fact::present)
            .filter_map(|group| group.kms_key_id.as_deref())
            .map(|name| Self::new(name, None, None));
        let of_buckets = buckets
            .values()
            .filter_map(Fact::present)
            .filter_map(|bucket| {
                Some(Self::new(
                    &bucket.key_arn()?,
                    bucket.owner_account_id.as_deref(),
                    bucket.region.as_deref(),
                ))
            });
        of_groups.chain(of_buckets).collect()
    }

    /// A key named by ARN (AWS KMS Developer Guide, "Key identifiers") tells where it is; a bare id
    /// or alias is where the resource is that names it, as far as that is known.
    fn new(name: &str, account_id: Option<&str>, region: Option<&str>) -> Self {
        let parts: Vec<&str> = name.splitn(6, ':').collect();
        let (account_id, region) = match parts.as_slice() {
            ["arn", _, "kms", region, account_id, _] => (Some(*account_id), Some(*region)),
            _ => (account_id, region),
        };
        Self {
            name: name.to_owned(),
            account_id: account_id.map(str::to_owned),
            region: region.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BucketEncryption;
    use super::*;
    use crate::fixture::{BUCKET, GROUP, KEY, bucket, log_group};

    const OWNER: &str = "222222222222";

    fn groups(key: Option<&str>) -> BTreeMap<String, Fact<LogGroup>> {
        let mut group = log_group();
        group.kms_key_id = key.map(str::to_owned);
        BTreeMap::from([(GROUP.to_owned(), Fact::Present(group))])
    }

    fn buckets(key: &str, owner: Option<&str>) -> BTreeMap<String, Fact<Bucket>> {
        let mut bucket = bucket();
        bucket.owner_account_id = owner.map(str::to_owned);
        bucket.encryption = Fact::Present(BucketEncryption {
            algorithm: "aws:kms".to_owned(),
            kms_key: Some(key.to_owned()),
        });
        BTreeMap::from([(BUCKET.to_owned(), Fact::Present(bucket))])
    }

    #[track_caller]
    fn check(
        groups: &BTreeMap<String, Fact<LogGroup>>,
        buckets: &BTreeMap<String, Fact<Bucket>>,
        expected: &[(&str, Option<&str>, Option<&str>)],
    ) {
        let keys = NamedKey::all(groups, buckets);
        let found: Vec<_> = keys
            .iter()
            .map(|key| (&*key.name, key.account_id.as_deref(), key.region.as_deref()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_arn_tells_where_its_key_is_whoever_names_it() {
        let key = (KEY, Some("111111111111"), Some("eu-west-1"));
        let none = BTreeMap::new();
        check(&groups(Some(KEY)), &none, &[key]);
        check(&BTreeMap::new(), &buckets(KEY, Some(OWNER)), &[key]);
        check(&groups(Some(KEY)), &buckets(KEY, None), &[key]);
    }

    #[test]
    fn a_bare_name_is_of_the_bucket_that_names_it() {
        let arn = "arn:aws:kms:eu-west-1:222222222222:alias/logs";
        check(
            &BTreeMap::new(),
            &buckets("alias/logs", Some(OWNER)),
            &[(arn, Some(OWNER), Some("eu-west-1"))],
        );
        check(
            &BTreeMap::new(),
            &buckets("alias/logs", None),
            &[("alias/logs", None, Some("eu-west-1"))],
        );
    }

    #[test]
    fn where_the_key_of_a_group_is_is_not_guessed() {
        for name in ["1234abcd", "arn:aws:kms:eu-west-1", ""] {
            check(&groups(Some(name)), &BTreeMap::new(), &[(name, None, None)]);
        }
    }

    #[test]
    fn what_has_no_key_or_was_not_read_names_none() {
        let not_read = BTreeMap::from([(GROUP.to_owned(), Fact::NotRead)]);
        let absent = BTreeMap::from([(BUCKET.to_owned(), Fact::Absent)]);
        check(&groups(None), &absent, &[]);
        check(&not_read, &BTreeMap::new(), &[]);
    }
}
