//! Random sections `[fix]`, written as a user writes them.

use std::fmt::Write;

use proptest::prelude::*;

use super::super::plans::{CENTRAL, EAST, HUB, SHOP, WEB, WEST};

/// The unit that holds two of the accounts.
pub(super) const UNIT: &str = "Workloads";
/// A role in every account that may deliver to every log group.
pub(super) const SHARED_ROLE: &str = "shared-deliver";
/// Aliases of keys that every account has in every region.
pub(super) const GROUP_KEY: &str = "alias/groups";
pub(super) const BUCKET_KEY: &str = "alias/records";
/// The name of a delivery stream that every account has in every region.
pub(super) const STREAM: &str = "records";

pub(super) const ACCOUNTS: [&str; 3] = [HUB, WEB, SHOP];
pub(super) const REGIONS: [&str; 2] = [EAST, WEST];

/// Where new flow logs deliver.
#[derive(Clone, Copy, Debug)]
pub(super) enum To {
    Groups,
    /// Groups with another name.
    NamedGroups,
    /// Groups to which a role delivers that is there.
    GroupsByRole,
    /// A bucket in each account and region, which is made.
    OwnBuckets,
    /// One that stands in one account, with a policy of somebody.
    CentralBucket,
    /// One that is made in one account for all.
    MadeBucket,
    Streams,
}

/// Keys of `[fix]` or of an override.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) to: To,
    pub(super) off: bool,
    pub(super) all_traffic: bool,
    pub(super) every_minute: bool,
    pub(super) fields: bool,
    pub(super) tags: bool,
    pub(super) keys: bool,
    pub(super) prefix: bool,
    pub(super) parquet: Option<bool>,
    pub(super) hive: Option<bool>,
    pub(super) per_hour: Option<bool>,
}

/// Where an override holds: one account, the unit, or one region.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Account(usize),
    Unit,
    Region(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Fix {
    pub(super) strict: bool,
    pub(super) base: Settings,
    pub(super) overrides: Vec<(Place, Settings)>,
}

fn destinations() -> impl Strategy<Value = To> {
    prop::sample::select(vec![
        To::Groups,
        To::Groups,
        To::NamedGroups,
        To::GroupsByRole,
        To::OwnBuckets,
        To::CentralBucket,
        To::MadeBucket,
        To::Streams,
    ])
}

fn settings() -> impl Strategy<Value = Settings> {
    let flags = prop::array::uniform6(any::<bool>());
    let choice = || prop::option::of(any::<bool>());
    let off = prop::bool::weighted(0.15);
    (destinations(), flags, off, choice(), choice(), choice()).prop_map(
        |(to, flags, off, parquet, hive, per_hour)| {
            let [all_traffic, every_minute, fields, tags, keys, prefix] = flags;
            Settings {
                to,
                off,
                all_traffic,
                every_minute,
                fields,
                tags,
                keys,
                prefix,
                parquet,
                hive,
                per_hour,
            }
        },
    )
}

pub(super) fn fixes() -> impl Strategy<Value = Fix> {
    let place = prop_oneof![
        (0..3_usize).prop_map(Place::Account),
        Just(Place::Unit),
        (0..2_usize).prop_map(Place::Region),
    ];
    let base = settings().prop_map(|base| Settings { off: false, ..base });
    let overrides = prop::collection::vec((place, settings()), 0..3);
    (any::<bool>(), base, overrides).prop_map(|(strict, base, overrides)| Fix {
        strict,
        base,
        overrides,
    })
}

impl Fix {
    pub(super) const fn preset(&self) -> &'static str {
        if self.strict { "strict" } else { "cis" }
    }

    /// The policy file.
    pub(super) fn toml(&self) -> String {
        let mut text = "[fix]\n".to_owned();
        self.base.write(self.strict, &mut text);
        for (place, settings) in &self.overrides {
            let condition = match place {
                Place::Account(account) => format!("accounts = [\"{}\"]", ACCOUNTS[*account]),
                Place::Unit => format!("organizational_units = [\"{UNIT}\"]"),
                Place::Region(region) => format!("regions = [\"{}\"]", REGIONS[*region]),
            };
            writeln!(text, "[[fix.override]]\n{condition}").unwrap();
            settings.write(self.strict, &mut text);
        }
        text
    }
}

impl Settings {
    fn write(&self, strict: bool, text: &mut String) {
        let mut line = |line: &str| writeln!(text, "{line}").unwrap();
        if self.off {
            line("enabled = false");
        }
        if self.all_traffic {
            line("traffic_type = \"ALL\"");
        }
        if self.every_minute {
            line("interval = 60");
        }
        // The preset asks for more fields than these.
        if self.fields && !strict {
            line("fields = [\"version\", \"vpc-id\", \"srcaddr\", \"dstaddr\", \"action\"]");
        }
        if self.tags {
            line("tags = { team = \"net\" }");
        }
        line(&self.destination());
    }

    fn destination(&self) -> String {
        let mut group = Vec::new();
        if self.keys {
            group.push(format!(
                "kms_key = \"arn:aws:kms:{{region}}:{{account_id}}:{GROUP_KEY}\""
            ));
        }
        let kind = match self.to {
            To::Groups => "cloud-watch-logs",
            To::NamedGroups => {
                group
                    .push("name = \"/named/{account_id}/{region}/{vpc_name}/{vpc_id}\"".to_owned());
                "cloud-watch-logs"
            }
            To::GroupsByRole => {
                group.push(format!("role = \"{SHARED_ROLE}\""));
                "cloud-watch-logs"
            }
            To::OwnBuckets | To::CentralBucket | To::MadeBucket => "s3",
            To::Streams => "kinesis-data-firehose",
        };
        let bucket = self.bucket();
        let stream = match self.to {
            To::Streams => format!(
                "delivery_stream = {{ arn = \"arn:aws:firehose:{{region}}:{{account_id}}:deliverystream/{STREAM}\" }}\n"
            ),
            _ => String::new(),
        };
        format!(
            "destination = \"{kind}\"\nlog_group = {{ {} }}\n{bucket}{stream}",
            group.join(", ")
        )
    }

    fn bucket(&self) -> String {
        let central = format!("account = \"{HUB}\", region = \"{EAST}\"");
        let mut keys = match self.to {
            To::OwnBuckets => {
                vec!["name = \"made-{account_id}-{region}\", create = true".to_owned()]
            }
            To::CentralBucket => vec![format!("name = \"{CENTRAL}\", {central}")],
            To::MadeBucket => vec![format!("name = \"made-central\", {central}, create = true")],
            _ => return String::new(),
        };
        if self.keys {
            keys.push(format!(
                "kms_key = \"arn:aws:kms:{{region}}:{{account_id}}:{BUCKET_KEY}\""
            ));
        }
        if self.prefix {
            keys.push("prefix = \"vpc/{account_id}\"".to_owned());
        }
        let format = |on| if on { "parquet" } else { "plain-text" };
        let format = self
            .parquet
            .map(|on| format!("format = \"{}\"", format(on)));
        let hive = self.hive.map(|on| format!("hive_prefixes = {on}"));
        let per_hour = self.per_hour.map(|on| format!("per_hour = {on}"));
        keys.extend([format, hive, per_hour].into_iter().flatten());
        format!("bucket = {{ {} }}\n", keys.join(", "))
    }
}
