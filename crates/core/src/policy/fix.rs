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

impl FixPolicy {
    /// What holds in a region of an account: key by key, the first override of the file that applies
    /// and sets it, else the section itself. `organizational_units` are the ids and names of the units
    /// above the account.
    #[must_use]
    pub fn settings_for(
        &self,
        account_id: &str,
        organizational_units: &[&str],
        region: &str,
    ) -> FixSettings {
        let applies =
            |place: &&FixOverride| place.applies(account_id, organizational_units, region);
        let mut settings = FixSettings::default();
        for given in self.overrides.iter().filter(applies) {
            settings.fill_from(&given.settings);
        }
        settings.fill_from(&self.base);
        settings
    }

    /// The section itself and each override, with the line where it begins.
    pub fn all(&self) -> impl Iterator<Item = &FixSettings> {
        std::iter::once(&self.base).chain(self.overrides.iter().map(|given| &given.settings))
    }
}

impl FixOverride {
    fn applies(&self, account_id: &str, organizational_units: &[&str], region: &str) -> bool {
        let none_or = |given: &[String], holds: &dyn Fn(&str) -> bool| {
            given.is_empty() || given.iter().any(|value| holds(value))
        };
        none_or(&self.accounts, &|account| account == account_id)
            && none_or(&self.organizational_units, &|unit| {
                organizational_units.contains(&unit)
            })
            && none_or(&self.regions, &|name| name == region)
    }
}

macro_rules! fill {
    ($to:ident, $from:ident: $($field:ident),+ $(,)?) => {
        $(if $to.$field.is_none() { $to.$field.clone_from(&$from.$field); })+
    };
}

impl FixSettings {
    /// Takes over what is not set.
    fn fill_from(&mut self, other: &Self) {
        fill!(self, other:
            enabled, destination, traffic_type, fields, interval, tags, log_group_name, retention_days,
            log_group_kms_key, role, bucket, bucket_account, bucket_region, bucket_create, bucket_prefix,
            parquet, hive_prefixes, per_hour, bucket_expiration_days, bucket_kms_key, delivery_stream,
        );
    }
}

/// Puts values in the place of `{name}` placeholders.
#[must_use]
pub fn fill_in(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    // One pass: what stands in a value is never taken for a placeholder.
    while let Some(start) = rest.find('{') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = values.iter().find_map(|(name, value)| {
            let after = rest[1..].strip_prefix(name)?.strip_prefix('}')?;
            Some((*value, after))
        });
        match found {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(regions: &[&str], settings: FixSettings) -> FixOverride {
        FixOverride {
            regions: regions.iter().map(|&region| region.to_owned()).collect(),
            settings,
            ..FixOverride::default()
        }
    }

    #[test]
    fn the_first_override_that_sets_a_key_decides_it() {
        let settings = |interval, role: Option<&str>| FixSettings {
            interval,
            role: role.map(str::to_owned),
            ..FixSettings::default()
        };
        let fix = FixPolicy {
            base: FixSettings {
                retention_days: Some(365),
                ..settings(Some(600), Some("base"))
            },
            overrides: vec![
                with(&["eu-west-1"], settings(None, Some("first"))),
                with(&[], settings(Some(60), Some("second"))),
                FixOverride {
                    accounts: vec!["222222222222".to_owned()],
                    ..with(&[], settings(Some(30), None))
                },
                FixOverride {
                    organizational_units: vec!["Sandbox".to_owned()],
                    ..with(
                        &[],
                        FixSettings {
                            enabled: Some(false),
                            ..FixSettings::default()
                        },
                    )
                },
            ],
        };
        let found = fix.settings_for("111111111111", &["r-1"], "eu-west-1");
        assert_eq!(
            (found.interval, found.role.as_deref()),
            (Some(60), Some("first"))
        );
        assert_eq!((found.retention_days, found.enabled), (Some(365), None));
        let found = fix.settings_for("222222222222", &["ou-1", "Sandbox"], "us-east-1");
        assert_eq!(
            (found.interval, found.role.as_deref()),
            (Some(60), Some("second"))
        );
        assert_eq!(found.enabled, Some(false));
    }

    #[test]
    fn values_are_not_read_as_templates() {
        let values = [("account_id", "1"), ("vpc_name", "{account_id}")];
        assert_eq!(
            fill_in("/{account_id}/{vpc_name}/{other}{", &values),
            "/1/{account_id}/{other}{"
        );
    }
}
