//! Whether a destination exists and takes what is delivered.

use std::collections::HashMap;

use super::facts::{Facts, Proof};
use super::source_of;
use crate::iam::flow_logs::{
    BucketDelivery, Source, bucket_allows_delivery, key_allows_delivery, log_group_key_allows,
};
use crate::iam::{Decision, PolicyDocument};
use crate::inventory::{AccountStatus, Bucket, Fact, LogGroup};
use crate::judge::gaps::in_words;
use crate::judge::index::{FlowLogAt, Index, Presence};
use crate::judge::keyed::Map;

/// Number of the destination, region as a place in the index, and layout: what decides about a bucket.
type BucketKey = (usize, usize, bool);

/// The destinations of an inventory, each parsed once.
#[derive(Debug, Default)]
pub(super) struct Destinations<'a> {
    policies: HashMap<&'a str, Result<PolicyDocument, String>>,
    keys: HashMap<&'a str, Result<PolicyDocument, String>>,
    buckets: Map<BucketKey, Facts>,
}

impl<'a> Destinations<'a> {
    /// Judges a bucket, its policy and its key.
    pub(super) fn bucket(
        &mut self,
        index: &Index<'a>,
        at: &FlowLogAt<'_>,
        name: &str,
        prefix: &str,
    ) -> Facts {
        let hive = at.flow_log.hive_compatible_partitions == Some(true);
        let key = (at.destination.number, at.region, hive);
        if let Some(facts) = self.buckets.get(&key) {
            return facts.clone();
        }
        let delivery = BucketDelivery {
            bucket: name.to_owned(),
            folder: prefix.trim_matches('/').to_owned(),
            hive,
        };
        let facts = self.judge_bucket(index, &delivery, &source_of(index, at));
        self.buckets.insert(key, facts.clone());
        facts
    }

    fn judge_bucket(
        &mut self,
        index: &Index<'a>,
        delivery: &BucketDelivery,
        source: &Source,
    ) -> Facts {
        let name = &delivery.bucket;
        let bucket = match index.inventory.buckets.get(name) {
            Some(Fact::Present(bucket)) => bucket,
            Some(Fact::Absent) => return Facts::proof(Proof::DestinationGone { what: "bucket" }),
            Some(Fact::NotRead) | None => {
                let arn = format!("arn:{}:s3:::{name}", source.partition());
                let gap = in_words(index.gaps.about(&[name, &arn]));
                return Facts::doubt(format!("bucket {name} was not read ({gap})"));
            }
        };
        let mut facts = closed_account(index, bucket.owner_account_id.as_deref());
        facts.add(self.bucket_policy(bucket, delivery, source));
        facts.add(self.bucket_key(index, bucket, source));
        facts
    }

    fn bucket_policy(
        &mut self,
        bucket: &'a Bucket,
        delivery: &BucketDelivery,
        source: &Source,
    ) -> Facts {
        let name = &bucket.name;
        let document = match &bucket.policy {
            Fact::Absent => None,
            Fact::NotRead => {
                return Facts::doubt(format!("the policy of bucket {name} was not read"));
            }
            Fact::Present(text) => match parsed(&mut self.policies, name, text) {
                Ok(document) => Some(document),
                Err(error) => {
                    return Facts::doubt(format!(
                        "the policy of bucket {name} cannot be understood ({error})"
                    ));
                }
            },
        };
        match bucket_allows_delivery(document, delivery, source) {
            Decision::Allowed { .. } => Facts::default(),
            Decision::CannotTell { reasons } => Facts::doubt(format!(
                "whether bucket {name} lets the delivery service write cannot be told ({})",
                reasons.join("; ")
            )),
            denied => Facts::proof(Proof::BucketRefuses {
                decision: denied.to_string(),
            }),
        }
    }

    fn bucket_key(&mut self, index: &Index<'a>, bucket: &'a Bucket, source: &Source) -> Facts {
        let encryption = match &bucket.encryption {
            Fact::Present(encryption) => encryption,
            Fact::Absent => return Facts::default(),
            Fact::NotRead => {
                let reason = format!(
                    "the default encryption of bucket {} was not read",
                    bucket.name
                );
                return Facts::doubt(reason);
            }
        };
        if !encryption.algorithm.starts_with("aws:kms") {
            return Facts::default();
        }
        match bucket.key_arn() {
            Some(key) if !key.ends_with("alias/aws/s3") => self.key(index, &key, |policy, arn| {
                key_allows_delivery(policy, arn, source)
            }),
            // CloudWatch Logs User Guide, "Enable logging from AWS services": a customer managed key
            // is needed; with the key of AWS objects may arrive that nobody can read.
            _ => Facts::doubt(format!(
                "bucket {} is encrypted with the key that AWS manages, which the delivery service is not documented to use",
                bucket.name
            )),
        }
    }

    /// Judges a log group that may be missing: AWS makes it again while traffic flows, if the role may.
    pub(super) fn log_group(
        &mut self,
        index: &Index<'a>,
        at: &FlowLogAt<'_>,
        presence: Presence,
        may_create: &Decision,
    ) -> Facts {
        let arn = at.destination.key.as_str();
        let mut facts = closed_account(index, at.destination.named.account_id());
        facts.add(match index.inventory.log_groups.get(arn) {
            Some(Fact::Present(group)) => self.log_group_key(index, group),
            Some(Fact::Absent) => missing_log_group(arn, presence, may_create),
            Some(Fact::NotRead) | None => {
                let name = arn.rsplit("log-group:").next().unwrap_or(arn);
                let gap = in_words(index.gaps.about(&[arn, name]));
                Facts::doubt(format!("log group {arn} was not read ({gap})"))
            }
        });
        facts
    }

    fn log_group_key(&mut self, index: &Index<'a>, group: &'a LogGroup) -> Facts {
        match group.kms_key_id.as_deref() {
            None => Facts::default(),
            Some(key) => self.key(index, key, |policy, arn| {
                log_group_key_allows(policy, arn, &group.arn)
            }),
        }
    }

    fn key(
        &mut self,
        index: &Index<'a>,
        name: &str,
        decide: impl FnOnce(&PolicyDocument, &str) -> Decision,
    ) -> Facts {
        let refuses = |decision: String| {
            Facts::proof(Proof::KeyRefuses {
                key: name.to_owned(),
                decision,
            })
        };
        let (name, key) = match index.inventory.keys.get_key_value(name) {
            Some((name, Fact::Present(key))) => (name, key),
            Some((_, Fact::Absent)) => return refuses("the key does not exist".to_owned()),
            Some((_, Fact::NotRead)) | None => {
                let gap = in_words(index.gaps.about(&[name]));
                return Facts::doubt(format!("key {name} was not read ({gap})"));
            }
        };
        if key.enabled == Some(false) {
            return refuses("the key is not enabled".to_owned());
        }
        let Fact::Present(text) = &key.policy else {
            return Facts::doubt(format!("the policy of key {name} was not read"));
        };
        let document = match parsed(&mut self.keys, name, text) {
            Ok(document) => document,
            Err(error) => {
                return Facts::doubt(format!(
                    "the policy of key {name} cannot be understood ({error})"
                ));
            }
        };
        match decide(document, &key.arn) {
            Decision::Allowed { .. } => Facts::default(),
            Decision::CannotTell { reasons } => Facts::doubt(format!(
                "whether key {name} serves delivery cannot be told ({})",
                reasons.join("; ")
            )),
            denied => refuses(denied.to_string()),
        }
    }
}

/// Judges a delivery stream.
pub(super) fn delivery_stream(index: &Index<'_>, at: &FlowLogAt<'_>, account_id: &str) -> Facts {
    let (arn, stream) = (at.destination.key.as_str(), &at.destination.named);
    let mut facts = closed_account(index, stream.account_id());
    facts.add(match index.inventory.delivery_streams.get(arn) {
        Some(Fact::Present(found)) => match found.status.as_str() {
            "ACTIVE" => Facts::default(),
            "DELETING" | "CREATING_FAILED" => Facts::proof(Proof::StreamUnusable {
                status: found.status.clone(),
            }),
            other => Facts::doubt(format!("delivery stream {arn} is {other}")),
        },
        Some(Fact::Absent) => Facts::proof(Proof::DestinationGone {
            what: "delivery stream",
        }),
        Some(Fact::NotRead) | None => {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            let gap = in_words(index.gaps.about(&[arn, name]));
            Facts::doubt(format!("delivery stream {arn} was not read ({gap})"))
        }
    });
    if stream.account_id().is_some_and(|owner| owner != account_id) {
        facts.add(Facts::doubt(format!(
            "delivery stream {arn} is another account's: its policies do not decide alone"
        )));
    }
    facts
}

fn missing_log_group(arn: &str, presence: Presence, may_create: &Decision) -> Facts {
    if presence.any == Some(true) || may_create.is_denied() {
        return Facts::proof(Proof::DestinationGone { what: "log group" });
    }
    let mut facts = Facts::default();
    if presence.any.is_none() {
        facts.add(Facts::doubt(format!(
            "log group {arn} does not exist, and whether an interface sends traffic there was not read"
        )));
    }
    if let Decision::CannotTell { reasons } = may_create {
        facts.add(Facts::doubt(format!(
            "log group {arn} does not exist, and whether the role may make it again cannot be told ({})",
            reasons.join("; ")
        )));
    }
    facts
}

fn closed_account(index: &Index<'_>, owner: Option<&str>) -> Facts {
    let account = owner.and_then(|id| index.account(id));
    match account.filter(|account| account.status == AccountStatus::Suspended) {
        Some(account) => Facts::proof(Proof::AccountClosed {
            account_id: account.account_id.clone(),
        }),
        None => Facts::default(),
    }
}

fn parsed<'m, 'a>(
    cache: &'m mut HashMap<&'a str, Result<PolicyDocument, String>>,
    name: &'a str,
    text: &str,
) -> Result<&'m PolicyDocument, &'m str> {
    cache
        .entry(name)
        .or_insert_with(|| PolicyDocument::parse(text).map_err(|error| error.to_string()))
        .as_ref()
        .map_err(String::as_str)
}
