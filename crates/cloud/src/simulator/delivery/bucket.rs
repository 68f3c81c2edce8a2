//! Delivery to buckets.

use flowcover_core::iam::flow_logs::{
    BucketDelivery, Source, bucket_allows_delivery, key_allows_delivery,
};
use flowcover_record::{FileFormat, KeyLayout, ObjectKey, TimeBin};

use super::{Delivery, Outcome, refused};
use crate::simulator::World;
use crate::simulator::s3::Bucket;
use crate::simulator::trace::Trace;

impl World {
    pub(super) fn try_bucket(
        &self,
        delivery: &Delivery<'_>,
        name: String,
        prefix: String,
    ) -> Outcome {
        let hive = delivery.flow_log.hive_compatible_partitions == Some(true);
        if !self.bucket_takes(&name, &prefix, hive, &delivery.source) {
            return refused();
        }
        let flow_log = delivery.flow_log;
        let Some(bin) = TimeBin::containing(self.now) else {
            return refused();
        };
        let key = ObjectKey {
            layout: KeyLayout {
                prefix,
                organization: None,
                account_id: delivery.source.account_id.clone(),
                region: delivery.source.region.clone(),
                hive,
                per_hour: flow_log.per_hour_partition == Some(true),
            },
            flow_log_id: flow_log.flow_log_id.clone(),
            bin,
            hash: flow_log
                .flow_log_id
                .chars()
                .rev()
                .take(8)
                .collect::<String>(),
            format: match flow_log.file_format.as_deref() {
                Some("parquet") => FileFormat::Parquet,
                _ => FileFormat::PlainText,
            },
        };
        Outcome::Delivered(Trace::Object {
            bucket: name,
            key: key.to_string(),
        })
    }

    /// Whether a bucket, and the key that encrypts it, lets the delivery service write.
    pub(in crate::simulator) fn bucket_takes(
        &self,
        name: &str,
        prefix: &str,
        hive: bool,
        source: &Source,
    ) -> bool {
        let Some(bucket) = self.buckets.get(name) else {
            return false;
        };
        let delivery = BucketDelivery {
            bucket: name.to_owned(),
            folder: prefix.trim_end_matches('/').to_owned(),
            hive,
        };
        let encryption = bucket.encryption.as_ref();
        let by_kms = encryption.is_some_and(|it| it.algorithm.starts_with("aws:kms"));
        self.is_active(&bucket.owner)
            && bucket_allows_delivery(bucket.policy.as_ref(), &delivery, source).is_allowed()
            && (!by_kms || self.key_serves_bucket(bucket, source))
    }

    /// The key that AWS manages for S3 serves no other service: a bucket by `aws:kms` needs a key of its own.
    fn key_serves_bucket(&self, bucket: &Bucket, source: &Source) -> bool {
        let name = bucket
            .encryption
            .as_ref()
            .and_then(|encryption| encryption.kms_key.as_deref());
        let key = name.and_then(|name| self.key(&bucket.owner, bucket.region(), name));
        key.is_some_and(|key| {
            key.enabled && key_allows_delivery(&key.policy, &key.arn, source).is_allowed()
        })
    }
}
