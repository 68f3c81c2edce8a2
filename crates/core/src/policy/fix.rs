//! The section `[fix]`: how a plan makes what is missing.

use crate::finding::PolicyLine;
use crate::inventory::{Tags, TrafficType};

use super::DestinationKind;

/// How a plan makes what is missing. Where the file is silent: CloudWatch Logs, a log group and a role for each VPC,
/// the traffic type and retention that the policy asks for.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FixPolicy {
    /// For all accounts and regions that no override names.
    pub base: FixSettings,
    /// Overrides in the order of the file: the first that applies goes before the base, key by key.
    pub overrides: Vec<FixOverride>,
}

/// Settings for some accounts and regions.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FixOverride {
    /// Account ids; empty: any.
    pub accounts: Vec<String>,
    /// Ids or names of organizational units, at any depth; empty: any.
    pub organizational_units: Vec<String>,
    /// Regions; empty: any.
    pub regions: Vec<String>,
    /// Line of the file where it begins.
    pub origin: Option<PolicyLine>,
    /// What differs.
    pub settings: FixSettings,
}

/// What can be set for all, and for some. None: the default.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FixSettings {
    /// Whether anything is changed there at all.
    pub enabled: Option<bool>,
    /// Kind of destination; CloudWatch Logs by default.
    pub destination: Option<DestinationKind>,
    /// What new flow logs capture; by default what the policy asks for.
    pub traffic_type: Option<TrafficType>,
    /// Fields of the record format, AWS's dashed names in order; by default AWS's default format, or what the
    /// policy requires if that is more.
    pub fields: Option<Vec<String>>,
    /// Aggregation interval, 60 or 600 seconds; by default the longest that the policy accepts.
    pub interval: Option<u32>,
    /// Tags of everything that is made, beside flowcover's own.
    pub tags: Option<Tags>,
    /// Name template of the log group of a VPC, with `{account_id}`, `{region}`, `{vpc_id}`, `{vpc_name}`.
    /// By default `/flowcover/{region}/{vpc_id}`.
    pub log_group_name: Option<String>,
    /// Retention of log groups in days; by default the shortest that the policy accepts.
    pub retention_days: Option<u32>,
    /// ARN of the KMS key of log groups, with `{account_id}` and `{region}`.
    pub log_group_kms_key: Option<String>,
    /// ARN or name of a role that delivers to log groups and exists, with `{account_id}`; by default one is made for each.
    pub role: Option<String>,
    /// Name of the bucket, with `{account_id}` and `{region}`.
    pub bucket: Option<String>,
    /// Account that owns the bucket; by default the account of the VPC.
    pub bucket_account: Option<String>,
    /// Region of the bucket; by default the region of the VPC.
    pub bucket_region: Option<String>,
    /// Whether the bucket is made if it does not exist.
    pub bucket_create: Option<bool>,
    /// Prefix in the bucket, with `{account_id}` and `{region}`; AWS adds `AWSLogs/…` below it.
    pub bucket_prefix: Option<String>,
    /// Whether objects are Parquet; plain text by default.
    pub parquet: Option<bool>,
    /// Whether prefixes are Hive-compatible.
    pub hive_prefixes: Option<bool>,
    /// Whether there is a prefix for each hour.
    pub per_hour: Option<bool>,
    /// Days until objects of a bucket that is made expire; by default the shortest that the policy accepts.
    pub bucket_expiration_days: Option<u32>,
    /// ARN of the KMS key of a bucket that is made; by default S3's own encryption.
    pub bucket_kms_key: Option<String>,
    /// ARN of the Firehose delivery stream, with `{account_id}` and `{region}`; it must exist.
    pub delivery_stream: Option<String>,
}
