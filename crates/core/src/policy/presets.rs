//! The presets: what "recorded" means where the policy file is silent.

use super::{DetectPolicy, EncryptionRequired, EvidenceRequired, FixPolicy, Policy, Setting};
use crate::finding::PolicyLine;
use crate::inventory::TrafficType;

/// Preset of a policy that names none.
pub const DEFAULT_PRESET: &str = "cis";

/// Names of the presets, the default first.
#[must_use]
pub const fn preset_names() -> [&'static str; 3] {
    [DEFAULT_PRESET, "strict", "pci"]
}

/// The name given is not that of a preset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a preset: expected cis, strict or pci", super::diagnostic::shown(.0))]
pub struct UnknownPreset(pub String);

/// A year, counted so that a setting of 365 days satisfies it: CloudWatch Logs offers 365 days,
/// and no other value below 400 that reaches 12 months.
const TWELVE_MONTHS: u32 = 365;

/// The shortest window, in seconds, in which `--prove` is right for log groups: the last event time of a
/// log stream is brought up to date within an hour, usually (CloudWatch Logs API Reference,
/// `LogStream`, `lastEventTimestamp`).
pub(super) const PROVABLE_SECONDS: u32 = 2 * 3600;

/// What a preset sets.
struct Values {
    name: &'static str,
    traffic_type: TrafficType,
    evidence: EvidenceRequired,
    retention_min_days: u32,
    log_group_encryption: EncryptionRequired,
    bucket_encryption: EncryptionRequired,
    fields: &'static [&'static str],
    max_interval: u32,
    freshness_seconds: u32,
}

/// CIS AWS Foundations, "VPC flow logging is enabled in all VPCs".
///
/// - Traffic: the benchmark recommends to capture rejected packets, so REJECT or wider.
/// - Retention: the benchmark names no figure. A year satisfies the frameworks that are usually
///   asked for beside it (CIS Controls v8 8.10: 90 days, PCI DSS: twelve months), and records that
///   never expire are a cost nobody decided on.
/// - Encryption: not asked for, except that a bucket has a default encryption, as S3 has
///   given every new one since January 2023.
/// - Interval: 600 seconds is the longest there is, so any.
/// - Freshness: ten minutes to aggregate, ten to deliver, an hour until CloudWatch Logs says so,
///   and room for a bad half hour.
fn cis() -> Values {
    Values {
        name: "cis",
        traffic_type: TrafficType::Reject,
        evidence: EvidenceRequired::DeliveryStatus,
        retention_min_days: TWELVE_MONTHS,
        log_group_encryption: EncryptionRequired::None,
        bucket_encryption: EncryptionRequired::Any,
        fields: &[],
        max_interval: 600,
        freshness_seconds: PROVABLE_SECONDS,
    }
}

/// For those who will have to answer, after an incident, what went where.
///
/// - Traffic: ALL, for what an intruder did was accepted.
/// - Evidence: AWS's word for the last delivery is not enough; every deciding fact must be read.
/// - Encryption: with a KMS key, whose use is logged and can be revoked.
/// - Fields: those of the default format, and those up to version 5 that say which VPC, subnet
///   and instance, which packet address behind a gateway, which way, and which AWS service.
///   Local zones' and containers' fields are left out: they are empty almost everywhere.
/// - Interval: 60 seconds, so that a short connection is not lost in ten minutes.
/// - Freshness: as in `cis`. A shorter interval is delivered sooner, but CloudWatch Logs is no sooner
///   in saying when the last event of a stream was.
fn strict() -> Values {
    Values {
        name: "strict",
        traffic_type: TrafficType::All,
        evidence: EvidenceRequired::Facts,
        retention_min_days: TWELVE_MONTHS,
        log_group_encryption: EncryptionRequired::Kms,
        bucket_encryption: EncryptionRequired::Kms,
        fields: &[
            "version",
            "account-id",
            "interface-id",
            "srcaddr",
            "dstaddr",
            "srcport",
            "dstport",
            "protocol",
            "packets",
            "bytes",
            "start",
            "end",
            "action",
            "log-status",
            "vpc-id",
            "subnet-id",
            "instance-id",
            "tcp-flags",
            "type",
            "pkt-srcaddr",
            "pkt-dstaddr",
            "region",
            "az-id",
            "pkt-src-aws-service",
            "pkt-dst-aws-service",
            "flow-direction",
            "traffic-path",
        ],
        max_interval: 60,
        freshness_seconds: PROVABLE_SECONDS,
    }
}

/// PCI DSS, requirement 10: log and monitor all access to system components and cardholder data.
///
/// - Traffic: ALL. Records must allow events to be reconstructed, and what reached cardholder
///   data was accepted. (Security Hub's control PCI.EC2.6 is content with REJECT; a file may say
///   `traffic_type = "REJECT"`.)
/// - Retention: twelve months (10.7 in version 3.2.1, 10.5.1 in version 4.0).
/// - Encryption: at rest with any key; the standard asks that records be protected from change,
///   which the checks of bucket policy and exposure look at.
/// - Fields: who (interface, account), what (action, protocol, ports), when (start, end), from
///   and to where (addresses): 10.3 in version 3.2.1, 10.2.2 in version 4.0. The default format
///   has them all.
/// - Interval and freshness: the standard names none, so as in `cis`.
fn pci() -> Values {
    Values {
        name: "pci",
        traffic_type: TrafficType::All,
        log_group_encryption: EncryptionRequired::Any,
        fields: &[
            "account-id",
            "interface-id",
            "srcaddr",
            "dstaddr",
            "srcport",
            "dstport",
            "protocol",
            "start",
            "end",
            "action",
            "log-status",
        ],
        ..cis()
    }
}

impl Default for Policy {
    /// The policy of the default preset.
    fn default() -> Self {
        cis().into_policy()
    }
}

impl Policy {
    /// The policy of a preset alone.
    ///
    /// # Errors
    /// If there is no preset of that name.
    pub fn preset(name: &str) -> Result<Self, UnknownPreset> {
        [cis(), strict(), pci()]
            .into_iter()
            .find(|values| values.name == name)
            .map(Values::into_policy)
            .ok_or_else(|| UnknownPreset(name.to_owned()))
    }
}

impl Values {
    fn into_policy(self) -> Policy {
        let from = PresetOrigin(self.name);
        let fields: Vec<String> = self.fields.iter().map(|&field| field.to_owned()).collect();
        let traffic_type = format!("{:?}", self.traffic_type.as_str());
        let evidence = format!("{:?}", self.evidence.as_str());
        let on_group = format!("{:?}", self.log_group_encryption.as_str());
        let on_bucket = format!("{:?}", self.bucket_encryption.as_str());
        let [min, interval, freshness] = [
            self.retention_min_days,
            self.max_interval,
            self.freshness_seconds,
        ];
        Policy {
            preset: self.name.to_owned(),
            file: None,
            traffic_type: from.set("record.traffic_type", &traffic_type, self.traffic_type),
            evidence: from.set("record.evidence", &evidence, self.evidence),
            destinations: from.set("destinations.allowed", "every kind", Vec::new()),
            retention_min_days: from.set("destinations.retention.min", &min.to_string(), Some(min)),
            retention_max_days: from.set("destinations.retention.max", "none", None),
            retention_may_be_unlimited: from.set(
                "destinations.retention.unlimited",
                "false",
                false,
            ),
            log_group_encryption: from.set(
                "destinations.log_group_encryption",
                &on_group,
                self.log_group_encryption,
            ),
            bucket_encryption: from.set(
                "destinations.bucket_encryption",
                &on_bucket,
                self.bucket_encryption,
            ),
            required_fields: from.set("record.fields", &format!("{fields:?}"), fields.clone()),
            max_aggregation_interval: from.set(
                "record.max_interval",
                &interval.to_string(),
                Some(interval),
            ),
            freshness_seconds: from.set("record.freshness", &freshness.to_string(), freshness),
            duplicates_allowed: from.set("record.duplicates", "\"report\"", false),
            shared_destinations_allowed: from.set("destinations.shared", "false", false),
            transit_gateways: from.set("record.transit_gateways", "true", true),
            severities: std::collections::BTreeMap::new(),
            disabled_checks: std::collections::BTreeMap::new(),
            exemptions: Vec::new(),
            fix: FixPolicy::default(),
            detect: DetectPolicy::default(),
        }
    }
}

/// The preset that settings come from.
struct PresetOrigin(&'static str);

impl PresetOrigin {
    fn set<T>(&self, key: &str, shown: &str, value: T) -> Setting<T> {
        let origin = PolicyLine {
            source: format!("preset {}", self.0),
            line: None,
            setting: format!("{key} = {shown}"),
        };
        Setting { value, origin }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{DEFAULT_PRESET, preset_names};
    use crate::policy::Policy;

    #[test]
    fn every_name_is_a_preset() {
        for name in preset_names() {
            assert_eq!(Policy::preset(name).unwrap().preset, name);
        }
        assert_eq!(Policy::default(), Policy::preset(DEFAULT_PRESET).unwrap());
        assert_eq!(
            Policy::preset("soc\u{1b}2").unwrap_err().to_string(),
            "`soc\\u{1b}2` is not a preset: expected cis, strict or pci"
        );
    }

    #[test]
    fn presets_ask_for_fields_that_there_are() {
        for name in preset_names() {
            for field in Policy::preset(name).unwrap().required_fields.value {
                assert!(
                    flowcover_record::Field::by_name(&field).is_some(),
                    "{field}"
                );
            }
        }
    }

    #[test]
    fn no_preset_asks_for_fresher_records_than_can_be_proved() {
        for name in ["cis", "strict", "pci"] {
            let policy = Policy::preset(name).unwrap();
            assert!(
                policy.freshness_seconds.value >= super::PROVABLE_SECONDS,
                "{name}"
            );
        }
    }

    #[test]
    fn what_each_preset_sets() {
        let shown: Vec<String> = preset_names()
            .iter()
            .flat_map(|name| {
                let policy = Policy::preset(name).unwrap();
                let origins = policy.origins();
                let lines = origins
                    .iter()
                    .map(|origin| format!("{}: {}", origin.source, origin.setting));
                lines.collect::<Vec<_>>()
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }
}
