//! The bucket that `[fix]` names: its policy lets the delivery service write for every account that delivers there.

use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use super::bucket_policy::{accounts_in, merged, our_statement};
use super::chosen::Chosen;
use super::documents::bucket_statement;
use super::refusal::Refusal;
use super::steps::{Draft, Place, Rank};
use crate::finding::Resource;
use crate::iam::PolicyDocument;
use crate::iam::flow_logs::{BucketDelivery, Source, bucket_allows_delivery, key_allows_delivery};
use crate::inventory::{Bucket, Fact, Inventory, Tags};
use crate::judge::exemptions::Units;
use crate::judge::index::Index;
use crate::plan::{Change, Reason};
use crate::policy::{DestinationKind, EncryptionRequired, Policy, fill_in};

/// A bucket that is made, or whose policy gets a statement.
#[derive(Clone, Debug)]
pub(super) struct BucketNeed {
    /// Id of the step.
    pub(super) step: String,
    place: Place,
    /// Whether it is made.
    create: bool,
    /// Accounts that deliver there.
    pub(super) accounts: BTreeSet<String>,
    /// Our statement as it stands there now.
    before: Option<String>,
    encryption: (String, Option<String>),
    expiration_days: Option<u32>,
    tags: Tags,
}

/// What `[fix]` says of a bucket in any of the regions whose records go there: one that says it is enough, for the bucket is the
/// same, whichever flow log is planned first.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedBucket {
    /// Whether it is made if it does not exist.
    create: bool,
    /// The key, a template as it stands in the file; the first that is named.
    key: Option<String>,
}

/// The buckets that the choices name, by name.
pub(super) fn shared_buckets(
    index: &Index<'_>,
    chosen: &[Result<Chosen, Refusal>],
) -> BTreeMap<String, SharedBucket> {
    let mut shared = BTreeMap::<String, SharedBucket>::new();
    for (region, chosen) in index.regions.iter().zip(chosen) {
        let Ok(chosen) = chosen else { continue };
        let own = region.region;
        if chosen.destination != DestinationKind::S3 {
            continue;
        }
        if let Some(name) = bucket_name(chosen, &own.account_id, &own.region) {
            let bucket = shared.entry(name).or_default();
            bucket.create |= chosen.given.bucket_create == Some(true);
            let key = chosen.given.bucket_kms_key.as_ref();
            bucket.key = bucket.key.take().or_else(|| key.cloned());
        }
    }
    shared
}

/// The bucket of a region: its name by the template.
pub(super) fn bucket_name(chosen: &Chosen, account_id: &str, region: &str) -> Option<String> {
    let template = chosen.given.bucket.as_deref()?;
    Some(fill_in(
        template,
        &[("account_id", account_id), ("region", region)],
    ))
}

/// The buckets that `[fix]` names for the regions of an inventory, each with the account that owns it by what `[fix]`
/// says. A plan is right only if they were read: whoever collects for one asks for them, too.
#[must_use]
pub fn fix_buckets(inventory: &Inventory, policy: &Policy) -> BTreeMap<String, String> {
    let index = Index::new(inventory);
    let units = Units::new(&index);
    let mut buckets = BTreeMap::new();
    for region in &inventory.regions {
        let (account, name) = (&region.account_id, &region.region);
        let given = policy.fix.settings_for(account, units.above(account), name);
        let chosen = Chosen::new(policy, given);
        if !chosen.enabled
            || chosen.destination != DestinationKind::S3
            || (region.vpcs.items.is_empty() && region.transit_gateways.items.is_empty())
        {
            continue;
        }
        let Some(bucket) = bucket_name(&chosen, account, name) else {
            continue;
        };
        let owner = chosen
            .given
            .bucket_account
            .unwrap_or_else(|| account.clone());
        buckets.entry(bucket).or_insert(owner);
    }
    buckets
}

impl Builder<'_> {
    /// What must be done so that the bucket which `[fix]` names takes a delivery; none where it does already.
    pub(super) fn bucket_need(
        &self,
        chosen: &Chosen,
        delivery: &BucketDelivery,
        source: &Source,
    ) -> Result<Option<BucketNeed>, Refusal> {
        let name = delivery.bucket.as_str();
        let create = self.shared_buckets.get(name).is_some_and(|it| it.create);
        let known = self.context.inventory().buckets.get(name);
        match known {
            Some(Fact::Present(bucket)) => self.need_of_present(chosen, bucket, delivery, source),
            Some(Fact::NotRead) => Err(Refusal::not_read(
                format!("bucket {name}, which `[fix]` names, was not read"),
                Some("s3:GetBucketPolicy"),
            )),
            Some(Fact::Absent) if !create => Err(Refusal::not_configured(
                format!("bucket {name}, which `[fix]` names, does not exist"),
                "make it, or set `create = true` in `[fix.bucket]`",
            )),
            None if !create => self
                .statement_need(chosen, None, name, source, None)
                .map(Some),
            Some(Fact::Absent) | None => self.new_bucket(chosen, name, source).map(Some),
        }
    }

    fn need_of_present(
        &self,
        chosen: &Chosen,
        bucket: &Bucket,
        delivery: &BucketDelivery,
        source: &Source,
    ) -> Result<Option<BucketNeed>, Refusal> {
        let name = &bucket.name;
        if let Some(key) = bucket.key_arn() {
            self.check_delivery_key(&key, name, source)?;
        }
        let text = match &bucket.policy {
            Fact::Present(text) => Some(text.as_str()),
            Fact::Absent => None,
            Fact::NotRead => {
                return Err(Refusal::not_read(
                    format!("the policy of bucket {name} was not read"),
                    Some("s3:GetBucketPolicy"),
                ));
            }
        };
        let unread = |error: String| {
            Refusal::not_read(
                format!("the policy of bucket {name} cannot be understood ({error})"),
                None,
            )
        };
        let document = text.map(PolicyDocument::parse).transpose();
        let document = document.map_err(|error| unread(error.to_string()))?;
        let now = bucket_allows_delivery(document.as_ref(), delivery, source);
        if matches!(now, crate::iam::Decision::Allowed { .. }) {
            return Ok(None);
        }
        let before = text.and_then(our_statement);
        let need = self.statement_need(chosen, Some(bucket), name, source, before)?;
        let merged = merged(text, source.partition(), name, &need.accounts)
            .ok_or_else(|| unread("it is no policy".to_owned()))?;
        let after = bucket_allows_delivery(Some(&merged), delivery, source);
        if after.is_denied() {
            return Err(Refusal::new(
                Reason::NotOurs,
                format!(
                    "the policy of bucket {name} denies delivery whatever is added to it: {after}"
                ),
                vec!["change the statement that denies".to_owned()],
            ));
        }
        Ok(Some(need))
    }

    /// That a key, where it was read, lets the delivery service use it.
    fn check_delivery_key(&self, arn: &str, bucket: &str, source: &Source) -> Result<(), Refusal> {
        let refuses = match self.context.inventory().keys.get(arn) {
            Some(Fact::Present(key)) => {
                let document = key
                    .policy
                    .present()
                    .and_then(|text| PolicyDocument::parse(text).ok());
                key.enabled == Some(false)
                    || document.is_some_and(|document| {
                        key_allows_delivery(&document, &key.arn, source).is_denied()
                    })
            }
            Some(Fact::Absent) => true,
            Some(Fact::NotRead) | None => false,
        };
        if refuses {
            return Err(Refusal::new(
                Reason::NotOurs,
                format!("key {arn} of bucket {bucket} does not let the delivery service use it"),
                vec![
                    "let delivery.logs.amazonaws.com use the key in its key policy, and enable it"
                        .to_owned(),
                ],
            ));
        }
        Ok(())
    }

    fn statement_need(
        &self,
        chosen: &Chosen,
        bucket: Option<&Bucket>,
        name: &str,
        source: &Source,
        before: Option<String>,
    ) -> Result<BucketNeed, Refusal> {
        let place = self.place_of_bucket(chosen, bucket, name, source)?;
        let mut accounts = before.as_deref().map(accounts_in).unwrap_or_default();
        accounts.insert(source.account_id.clone());
        Ok(BucketNeed {
            step: place.id("bucket-policy", name),
            place,
            create: false,
            accounts,
            before,
            encryption: (String::new(), None),
            expiration_days: None,
            tags: Tags::new(),
        })
    }

    fn new_bucket(
        &self,
        chosen: &Chosen,
        name: &str,
        source: &Source,
    ) -> Result<BucketNeed, Refusal> {
        let place = self.place_of_bucket(chosen, None, name, source)?;
        // A bucket and its key are in one region.
        let region = place.region.as_deref().unwrap_or_default();
        let values = [
            ("account_id", place.account_id.as_str()),
            ("region", region),
        ];
        let shared = || self.shared_buckets.get(name)?.key.as_deref();
        let key = chosen.given.bucket_kms_key.as_deref().or_else(shared);
        let key = key.map(|template| fill_in(template, &values));
        if let Some(key) = &key {
            self.check_delivery_key(key, name, source)?;
        }
        if key.is_none() && self.context.policy.bucket_encryption.value == EncryptionRequired::Kms {
            return Err(Refusal::not_configured(
                format!("the policy asks for a KMS key on bucket {name}, and `[fix]` names none"),
                "set `kms_key` in `[fix.bucket]`",
            ));
        }
        let algorithm = if key.is_some() { "aws:kms" } else { "AES256" };
        Ok(BucketNeed {
            step: place.id("bucket", name),
            place,
            create: true,
            accounts: BTreeSet::from([source.account_id.clone()]),
            before: None,
            encryption: (algorithm.to_owned(), key),
            expiration_days: chosen.bucket_expiration,
            tags: chosen.tags.clone(),
        })
    }

    /// Account and region of the bucket: as they were read, else as `[fix]` says, else those of the flow log.
    fn place_of_bucket(
        &self,
        chosen: &Chosen,
        bucket: Option<&Bucket>,
        name: &str,
        source: &Source,
    ) -> Result<Place, Refusal> {
        let read = bucket.and_then(|bucket| bucket.owner_account_id.as_deref());
        let said = chosen.given.bucket_account.as_deref();
        if let (Some(read), Some(said)) = (read, said)
            && read != said
        {
            return Err(Refusal::not_configured(
                format!("bucket {name} belongs to account {read}, and `[fix]` says {said}"),
                "correct `account` in `[fix.bucket]`",
            ));
        }
        let account = read.or(said).unwrap_or(&source.account_id);
        let region = bucket.and_then(|bucket| bucket.region.as_deref());
        let region = region.or(chosen.given.bucket_region.as_deref());
        if !self.request.entries.contains_key(account) {
            return Err(Refusal::not_configured(
                format!(
                    "bucket {name} must be changed, and how its account {account} is reached for changes is not known"
                ),
                "name a role or a profile that may change the bucket",
            ));
        }
        let region = region.unwrap_or(&source.region);
        Ok(Place::regional(account, region, Rank::Bucket))
    }

    /// Notes that an account delivers to a bucket. Gives the id of the step that lets it.
    pub(super) fn need_bucket(&mut self, name: &str, need: BucketNeed) -> String {
        let noted = self
            .buckets
            .entry(name.to_owned())
            .or_insert_with(|| need.clone());
        noted.accounts.extend(need.accounts);
        noted.step.clone()
    }

    /// Puts the steps of buckets in their place. What findings they answer is told afterwards.
    pub(super) fn add_bucket_steps(&mut self) {
        for (name, need) in &self.buckets {
            let accounts: Vec<&str> = need.accounts.iter().map(String::as_str).collect();
            let region = need.place.region.as_deref().unwrap_or_default();
            let partition = crate::partition::of_region(region);
            let statement = bucket_statement(partition, name, &accounts);
            let resource = Resource {
                account_id: Some(need.place.account_id.clone()),
                region: Some(region.to_owned()),
                kind: "AWS::S3::Bucket".to_owned(),
                id: name.clone(),
            };
            let (kind, change, summary) = if need.create {
                let (encryption, kms_key) = need.encryption.clone();
                let change = Change::CreateBucket {
                    bucket: name.clone(),
                    encryption,
                    kms_key,
                    expiration_days: need.expiration_days,
                    statements: vec![statement],
                    tags: need.tags.clone(),
                };
                (
                    "bucket",
                    change,
                    format!(
                        "make bucket {name}, closed to the public, for {} accounts",
                        accounts.len()
                    ),
                )
            } else {
                let change = Change::AddBucketStatement {
                    bucket: name.clone(),
                    statement,
                    before: need.before.clone(),
                };
                let summary = format!(
                    "let delivery.logs.amazonaws.com write to bucket {name} for {} accounts, with one statement beside those that stand there",
                    accounts.len()
                );
                ("bucket-policy", change, summary)
            };
            let mut draft =
                Draft::new(need.place.clone(), kind, name, resource, change).summary(summary);
            draft.blast_radius = self.users(self.users_of_destination(name));
            self.steps.add(draft);
        }
    }
}
