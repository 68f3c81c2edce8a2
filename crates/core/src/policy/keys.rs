//! Every key of a policy file: one table for the parser, the template's test and the
//! documentation.

use super::{Policy, preset_names};

/// One key of a policy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Full name. `<…>` stands for any name, `[]` for each table of a list.
    pub path: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn key(path: &'static str, takes: &'static str, meaning: &'static str) -> Key {
    Key {
        path,
        takes,
        meaning,
    }
}

/// Every key that a policy file may have.
pub const KEYS: [Key; 49] = [
    key(
        "preset",
        "`cis`, `strict` or `pci`",
        "The preset to start from. `--preset` on the command line goes before it.",
    ),
    key(
        "record.traffic_type",
        "`REJECT`, `ALL` or `ACCEPT`",
        "What must be recorded at least. `REJECT` means REJECT or wider.",
    ),
    key(
        "record.evidence",
        "`delivery-status` or `facts`",
        "What a verdict `recorded` may rest on: AWS's own word for the last delivery, or every deciding fact read.",
    ),
    key(
        "record.fields",
        "list of field names",
        "Fields that the record format must have.",
    ),
    key(
        "record.max_interval",
        "60 or 600, or `1m` or `10m`",
        "Longest aggregation interval that is accepted, in seconds.",
    ),
    key(
        "record.freshness",
        "seconds, or text such as `2h`; 10 minutes to 24 hours",
        "How old the newest record may be (`--prove`).",
    ),
    key(
        "record.duplicates",
        "`report` or `allow`",
        "Whether recording the same traffic twice is a finding.",
    ),
    key(
        "record.transit_gateways",
        "true or false",
        "Whether transit gateways must be recorded too.",
    ),
    key(
        "destinations.allowed",
        "list of `cloud-watch-logs`, `s3`, `kinesis-data-firehose`",
        "Kinds of destination that are accepted. Every kind, if it is left out.",
    ),
    key(
        "destinations.retention.min",
        "days",
        "Shortest retention that is accepted, log groups and buckets alike. 0: not checked.",
    ),
    key(
        "destinations.retention.max",
        "days",
        "Longest retention that is accepted.",
    ),
    key(
        "destinations.retention.unlimited",
        "true or false",
        "Whether records that never expire are accepted.",
    ),
    key(
        "destinations.log_group_encryption",
        "`none`, `any` or `kms`",
        "Encryption asked of log groups. CloudWatch Logs always encrypts with a key of its own, so `any` always holds.",
    ),
    key(
        "destinations.bucket_encryption",
        "`none`, `any` or `kms`",
        "Default encryption asked of buckets.",
    ),
    key(
        "destinations.shared",
        "true or false",
        "Whether several VPCs may share one log group.",
    ),
    key(
        "checks.<id>.severity",
        "`high`, `medium`, `low` or `info`",
        "Severity of that check's findings, in place of its own.",
    ),
    key(
        "checks.<id>.enabled",
        "true or false",
        "`false`: that check's findings are not reported. Verdicts do not change.",
    ),
    key(
        "exempt[].accounts",
        "list of account ids",
        "Exempts what lies in one of these accounts.",
    ),
    key(
        "exempt[].organizational_units",
        "list of ids or names",
        "Exempts what lies below one of these organizational units, at any depth.",
    ),
    key(
        "exempt[].regions",
        "list of region names",
        "Exempts what lies in one of these regions.",
    ),
    key(
        "exempt[].ids",
        "list of VPC or transit gateway ids",
        "Exempts these.",
    ),
    key(
        "exempt[].tags",
        "table of tags",
        "Exempts what has all these tags. `\"*\"` stands for any value.",
    ),
    key(
        "exempt[].name",
        "text, with `*` and `?`",
        "Exempts what has a tag `Name` that matches.",
    ),
    key(
        "exempt[].reason",
        "text",
        "Why. Required; the report shows it.",
    ),
    key(
        "exempt[].until",
        "date",
        "Last day, in UTC, on which the exemption holds. Required.",
    ),
    key(
        "fix.enabled",
        "true or false",
        "`false`: nothing is changed there.",
    ),
    key(
        "fix.destination",
        "`cloud-watch-logs`, `s3` or `kinesis-data-firehose`",
        "Where new flow logs deliver. CloudWatch Logs, if it is left out and allowed.",
    ),
    key(
        "fix.traffic_type",
        "`REJECT`, `ALL` or `ACCEPT`",
        "What new flow logs capture together with those that are there. What `record.traffic_type` asks for, if it is left out.",
    ),
    key(
        "fix.fields",
        "list of field names",
        "Record format of new flow logs. If it is left out: the default format of AWS, and what `record.fields` asks for beside it.",
    ),
    key(
        "fix.interval",
        "60 or 600, or `1m` or `10m`",
        "Aggregation interval of new flow logs. The longest that `record.max_interval` accepts, if it is left out.",
    ),
    key(
        "fix.tags",
        "table of tags",
        "Tags of everything that is made, beside flowcover's own.",
    ),
    key(
        "fix.log_group.name",
        "text with `{account_id}`, `{region}`, `{vpc_id}`, `{vpc_name}`",
        "Name of the log group of a VPC. `{vpc_id}` must be in it. `/flowcover/{region}/{vpc_id}`, if it is left out.",
    ),
    key(
        "fix.log_group.retention",
        "days",
        "Retention of log groups. The shortest that the policy accepts, if it is left out.",
    ),
    key(
        "fix.log_group.kms_key",
        "ARN with `{account_id}`, `{region}`",
        "KMS key of log groups.",
    ),
    key(
        "fix.log_group.role",
        "name or ARN with `{account_id}`, `{region}`",
        "A role that exists and delivers. One is made for each log group, if it is left out.",
    ),
    key(
        "fix.bucket.name",
        "text with `{account_id}`, `{region}`",
        "The bucket. With `destination = \"s3\"` it must be given.",
    ),
    key(
        "fix.bucket.account",
        "account id",
        "Account that owns the bucket. The account of the VPC, if it is left out.",
    ),
    key(
        "fix.bucket.region",
        "region name",
        "Region of the bucket. The region of the VPC, if it is left out.",
    ),
    key(
        "fix.bucket.create",
        "true or false",
        "Whether the bucket is made if it does not exist.",
    ),
    key(
        "fix.bucket.prefix",
        "text with `{account_id}`, `{region}`",
        "Folder in the bucket. AWS adds `AWSLogs/` below it.",
    ),
    key(
        "fix.bucket.format",
        "`plain-text` or `parquet`",
        "Format of the objects.",
    ),
    key(
        "fix.bucket.hive_prefixes",
        "true or false",
        "Whether prefixes are Hive-compatible.",
    ),
    key(
        "fix.bucket.per_hour",
        "true or false",
        "Whether there is a prefix for each hour.",
    ),
    key(
        "fix.bucket.expiration",
        "days",
        "After how many days objects of a bucket that is made expire. The shortest that the policy accepts, if it is left out.",
    ),
    key(
        "fix.bucket.kms_key",
        "ARN with `{account_id}`, `{region}`",
        "KMS key of a bucket that is made; account and region are the bucket's. S3's own encryption, if it is left out.",
    ),
    key(
        "fix.delivery_stream.arn",
        "ARN with `{account_id}`, `{region}`",
        "The delivery stream, which must exist. With `destination = \"kinesis-data-firehose\"` it must be given.",
    ),
    key(
        "fix.override[].accounts",
        "list of account ids",
        "Where an override holds. It takes every key of `[fix]` beside these three; the first override that sets a key decides it.",
    ),
    key(
        "fix.override[].organizational_units",
        "list of ids or names",
        "Where an override holds: below one of these organizational units, at any depth.",
    ),
    key(
        "fix.override[].regions",
        "list of region names",
        "Where an override holds.",
    ),
];

/// Names that may stand directly in a table, given its path in [`KEYS`] (empty for the file
/// itself), in the order of the table.
pub(super) fn names_in(section: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for key in &KEYS {
        let rest = match section {
            "" => Some(key.path),
            _ => key
                .path
                .strip_prefix(section)
                .and_then(|rest| rest.strip_prefix('.')),
        };
        let name = rest.and_then(|rest| rest.split(['.', '[']).next());
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    names
}

/// Where a name belongs that does not stand in the table it was found in, if there is only one
/// such place; `in_fix`: among the keys of `[fix]`, else among the others.
pub(super) fn path_of(name: &str, in_fix: bool) -> Option<&'static str> {
    let mut paths: Vec<&str> = KEYS
        .iter()
        .filter_map(|key| up_to(key.path, name))
        .collect();
    paths.dedup();
    paths.retain(|path| path.starts_with("fix") == in_fix);
    match paths[..] {
        [path] => Some(path),
        _ => None,
    }
}

/// The path as far as the segment of that name.
fn up_to(path: &'static str, name: &str) -> Option<&'static str> {
    let mut start = 0;
    for segment in path.split('.') {
        let end = start + segment.len();
        if segment == name {
            return Some(&path[..end]);
        }
        start = end + 1;
    }
    None
}

/// The table of keys in Markdown, with what each preset sets, and the fields that presets ask
/// for: part of `docs/policy.md`.
#[must_use]
pub fn key_table() -> String {
    let presets: Vec<Policy> = preset_names()
        .iter()
        .filter_map(|name| Policy::preset(name).ok())
        .collect();
    let names: Vec<String> = presets
        .iter()
        .map(|policy| format!("`{}`", policy.preset))
        .collect();
    let mut table = format!("| key | takes | meaning | {} |\n", names.join(" | "));
    table += &format!("|---|---|---|{}\n", "---|".repeat(names.len()));
    for key in &KEYS {
        let values: Vec<String> = presets
            .iter()
            .map(|policy| preset_value(policy, key.path))
            .collect();
        let values = values.join(" | ");
        table += &format!(
            "| `{}` | {} | {} | {values} |\n",
            key.path, key.takes, key.meaning
        );
    }
    for policy in presets
        .iter()
        .filter(|policy| !policy.required_fields.value.is_empty())
    {
        let fields = policy.required_fields.value.join("`, `");
        table += &format!("\nFields that `{}` asks for: `{fields}`.\n", policy.preset);
    }
    table
}

fn preset_value(policy: &Policy, path: &str) -> String {
    let origins = policy.origins();
    let mut settings = origins
        .iter()
        .filter_map(|origin| origin.setting.split_once(" = "));
    match settings.find(|(key, _)| *key == path) {
        Some(("record.fields", "[]")) => "none".to_owned(),
        Some(("record.fields", _)) => format!("{}, below", policy.required_fields.value.len()),
        Some((_, value)) => value.replace('"', "`"),
        None => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYS, names_in, path_of};

    #[test]
    fn names_of_each_table() {
        assert_eq!(
            names_in(""),
            [
                "preset",
                "record",
                "destinations",
                "checks",
                "exempt",
                "fix"
            ]
        );
        assert_eq!(
            names_in("destinations.retention"),
            ["min", "max", "unlimited"]
        );
        assert_eq!(names_in("checks.<id>"), ["severity", "enabled"]);
        assert_eq!(names_in("exempt[]").len(), 8);
        assert_eq!(names_in("rec"), [""; 0]);
    }

    #[test]
    fn where_a_name_belongs() {
        assert_eq!(path_of("traffic_type", false), Some("record.traffic_type"));
        assert_eq!(path_of("retention", false), Some("destinations.retention"));
        assert_eq!(path_of("exempt[]", false), Some("exempt[]"));
        assert_eq!(
            path_of("hive_prefixes", true),
            Some("fix.bucket.hive_prefixes")
        );
        assert_eq!(path_of("kms_key", true), None);
        assert_eq!(path_of("nothing", false), None);
        assert_eq!(path_of("", false), None);
    }

    #[test]
    fn every_key_is_listed_once() {
        let mut paths: Vec<_> = KEYS.iter().map(|key| key.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), KEYS.len());
    }
}
