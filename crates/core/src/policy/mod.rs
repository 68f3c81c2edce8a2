//! What "recorded" must mean here, and what detections are to look for: the user's `flowcover.toml`, or a preset.
//!
//! [`Policy::parse`] reads a file, [`Policy::preset`] gives a preset alone. Every setting knows
//! the line, or the preset, that made it. What is wrong with a file is said all at once, each
//! [`Diagnostic`] with its place.

mod check_ids;
mod detect;
mod detection_ids;
mod diagnostic;
mod exemption;
mod fix;
mod keys;
mod network;
mod parse;
mod presets;
mod suggest;
mod template;

use std::collections::BTreeMap;

use crate::Severity;
use crate::finding::PolicyLine;
use crate::inventory::TrafficType;

pub use check_ids::CHECK_IDS;
pub use detect::{AllowEntry, DetectPolicy, SeparateEntry};
pub use detection_ids::DETECTION_IDS;
pub use diagnostic::{Diagnostic, Level, Place};
pub use exemption::{Exemption, Selector, Subject};
pub use fix::{FixOverride, FixPolicy, FixSettings, fill_in};
pub use keys::{KEYS, Key, key_table};
pub use network::{Network, NoNetwork};
pub use parse::{LARGEST_FILE, Parsed};
pub use presets::{DEFAULT_PRESET, UnknownPreset, preset_names};
pub use template::TEMPLATE;

/// What a verdict `recorded` must rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceRequired {
    /// `DeliverLogsStatus` is enough where the facts could not be read.
    DeliveryStatus,
    /// Every deciding fact must have been read.
    Facts,
}

impl EvidenceRequired {
    /// All of them, the weakest first.
    pub const ALL: [Self; 2] = [Self::DeliveryStatus, Self::Facts];

    /// The word used in policy files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeliveryStatus => "delivery-status",
            Self::Facts => "facts",
        }
    }
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

impl EncryptionRequired {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Any, Self::Kms];

    /// The word used in policy files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Any => "any",
            Self::Kms => "kms",
        }
    }
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

impl DestinationKind {
    /// All of them, in the order of EC2's `LogDestinationType`.
    pub const ALL: [Self; 3] = [Self::CloudWatchLogs, Self::S3, Self::Firehose];

    /// The word used in policy files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloudWatchLogs => "cloud-watch-logs",
            Self::S3 => "s3",
            Self::Firehose => "kinesis-data-firehose",
        }
    }
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
    /// How a plan makes what is missing.
    pub fix: FixPolicy,
    /// What detections need to know, how they are tuned, and what they need not report.
    pub detect: DetectPolicy,
}

impl Policy {
    /// Severity of a check's finding: as the policy has it (with the line that says so), else as
    /// the check has it.
    #[must_use]
    pub fn severity_of(
        &self,
        check_id: &str,
        default: Severity,
    ) -> (Severity, Option<&PolicyLine>) {
        self.severities
            .get(check_id)
            .map_or((default, None), |setting| {
                (setting.value, Some(&setting.origin))
            })
    }

    /// Whether findings of that check are reported.
    #[must_use]
    pub fn is_enabled(&self, check_id: &str) -> bool {
        !self.disabled_checks.contains_key(check_id)
    }

    /// Where each setting was made, in the order of the documentation; checks and exemptions
    /// are not among them.
    #[must_use]
    pub fn origins(&self) -> [&PolicyLine; 14] {
        [
            &self.traffic_type.origin,
            &self.evidence.origin,
            &self.required_fields.origin,
            &self.max_aggregation_interval.origin,
            &self.freshness_seconds.origin,
            &self.duplicates_allowed.origin,
            &self.transit_gateways.origin,
            &self.destinations.origin,
            &self.retention_min_days.origin,
            &self.retention_max_days.origin,
            &self.retention_may_be_unlimited.origin,
            &self.log_group_encryption.origin,
            &self.bucket_encryption.origin,
            &self.shared_destinations_allowed.origin,
        ]
    }
}
