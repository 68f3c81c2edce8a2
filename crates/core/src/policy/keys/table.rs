//! The table of keys.

use super::Key;

const fn key(path: &'static str, takes: &'static str, meaning: &'static str) -> Key {
    Key {
        path,
        takes,
        meaning,
    }
}

/// Every key that a policy file may have.
pub const KEYS: [Key; 67] = [
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
    key(
        "detect.inside",
        "list of addresses and blocks",
        "Networks that are yours, beside the private ones.",
    ),
    key(
        "detect.resolvers",
        "list of addresses and blocks",
        "DNS servers that your hosts are meant to ask.",
    ),
    key(
        "detect.bad_addresses",
        "list of addresses and blocks",
        "Addresses with a bad name.",
    ),
    key(
        "detect.bad_address_files",
        "list of files, relative to the policy file",
        "Lists of addresses with a bad name: one address or block a line; `#` begins a comment.",
    ),
    key(
        "detect.geoip",
        "file, relative to the policy file",
        "Tells the country of an address, in MaxMind's format (`.mmdb`).",
    ),
    key(
        "detect.aws_ranges",
        "file, relative to the policy file",
        "Names the service and region of AWS's own addresses: `ip-ranges.json`, as AWS publishes it.",
    ),
    key(
        "detect.<id>.severity",
        "`high`, `medium`, `low` or `info`",
        "Severity of that detection's findings, in place of its own.",
    ),
    key(
        "detect.<id>.enabled",
        "true or false",
        "`false`: that detection is off.",
    ),
    key(
        "detect.<id>.<parameter>",
        "number above zero",
        "A parameter of that detection, in place of its own value.",
    ),
    key(
        "detect.allow[].detection",
        "id of a detection",
        "Allows findings of this detection only.",
    ),
    key(
        "detect.allow[].clients",
        "list of addresses and blocks",
        "Allows findings whose client lies in one of these.",
    ),
    key(
        "detect.allow[].servers",
        "list of addresses and blocks",
        "Allows findings whose server lies in one of these.",
    ),
    key(
        "detect.allow[].server_ports",
        "list of ports",
        "Allows findings about one of these ports of the server.",
    ),
    key(
        "detect.allow[].reason",
        "text",
        "Why. Required; the report shows it.",
    ),
    key(
        "detect.allow[].until",
        "date",
        "Last day, in UTC, on which the entry holds. Required.",
    ),
    key(
        "detect.separate[].name",
        "text",
        "What findings call this pair of networks. Required.",
    ),
    key(
        "detect.separate[].one",
        "list of addresses and blocks",
        "Networks that must not talk to those of `other`, either way. Required.",
    ),
    key(
        "detect.separate[].other",
        "list of addresses and blocks",
        "The other side. Required.",
    ),
];
