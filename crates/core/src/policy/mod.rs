//! What "recorded" must mean here: the user's `flowcover.toml`, or a preset.

mod exemption;

use std::collections::BTreeMap;

use crate::Severity;
use crate::finding::PolicyLine;
use crate::inventory::TrafficType;

pub use exemption::{Exemption, Selector};

/// What a verdict `recorded` must rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceRequired {
    /// `DeliverLogsStatus` is enough where the facts could not be read.
    DeliveryStatus,
    /// Every deciding fact must have been read.
    Facts,
}

/// Encryption asked of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EncryptionRequired {
    /// None asked for.
    None,
    /// Encrypted at rest, with any key (for buckets: default encryption is set).
    Any,
    /// With a KMS key.
    Kms,
}

/// Kinds of destination that the policy can allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DestinationKind {
    /// CloudWatch Logs.
    CloudWatchLogs,
    /// S3.
    S3,
    /// Firehose.
    Firehose,
}

/// One setting, and where it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// The line (or preset) that set it: cited by findings.
    pub origin: PolicyLine,
}

/// The whole policy, presets applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Preset it starts from: `cis`, `strict`, `pci`.
    pub preset: String,
    /// Name of the file, if there was one.
    pub file: Option<String>,
    /// What must be recorded; `REJECT` means REJECT or wider.
    pub traffic_type: Setting<TrafficType>,
    /// What a verdict must rest on.
    pub evidence: Setting<EvidenceRequired>,
    /// Kinds of destination that are allowed; empty means all.
    pub destinations: Setting<Vec<DestinationKind>>,
    /// Shortest retention in days that is accepted, log groups and buckets alike; none: not checked.
    pub retention_min_days: Setting<Option<u32>>,
    /// Longest retention in days that is accepted; none: no upper limit.
    pub retention_max_days: Setting<Option<u32>>,
    /// Whether records that never expire are accepted.
    pub retention_may_be_unlimited: Setting<bool>,
    /// Encryption asked of log groups.
    pub log_group_encryption: Setting<EncryptionRequired>,
    /// Encryption asked of buckets.
    pub bucket_encryption: Setting<EncryptionRequired>,
    /// Fields that the record format must have, AWS's dashed names.
    pub required_fields: Setting<Vec<String>>,
    /// Longest aggregation interval in seconds that is accepted; none: not checked.
    pub max_aggregation_interval: Setting<Option<u32>>,
    /// How old the newest record may be, in seconds (`--prove`).
    pub freshness_seconds: Setting<u32>,
    /// Whether recording the same traffic twice is accepted.
    pub duplicates_allowed: Setting<bool>,
    /// Whether several VPCs may share one log group.
    pub shared_destinations_allowed: Setting<bool>,
    /// Whether transit gateways must be recorded.
    pub transit_gateways: Setting<bool>,
    /// Severities that differ from the check's default, by check id.
    pub severities: BTreeMap<String, Setting<Severity>>,
    /// Checks switched off, by id: their findings are not reported (verdicts do not change).
    pub disabled_checks: BTreeMap<String, PolicyLine>,
    /// Exemptions in the order of the file.
    pub exemptions: Vec<Exemption>,
}
