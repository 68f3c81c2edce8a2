//! Answers as the AWS CLI prints them. Every field is optional, whatever its reference says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::inventory::Tags;

/// Defines the form of one answer or of a part of one.
macro_rules! form {
    ($($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)+ })+) => {
        $(
            #[derive(Debug, Default, Deserialize)]
            #[serde(default, rename_all = "PascalCase")]
            pub(super) struct $name { $($(#[$meta])* pub(super) $field: $type,)+ }
        )+
    };
}

form! {
    Tag { key: Option<String>, value: Option<String>, }
    Vpc {
        vpc_id: Option<String>,
        owner_id: Option<String>,
        is_default: Option<bool>,
        cidr_block: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    FlowLog {
        flow_log_id: Option<String>,
        resource_id: Option<String>,
        traffic_type: Option<String>,
        flow_log_status: Option<String>,
        deliver_logs_status: Option<String>,
        deliver_logs_error_message: Option<String>,
        deliver_logs_permission_arn: Option<String>,
        deliver_cross_account_role: Option<String>,
        log_destination_type: Option<String>,
        log_destination: Option<String>,
        log_group_name: Option<String>,
        log_format: Option<String>,
        max_aggregation_interval: Option<u32>,
        #[serde(deserialize_with = "time")]
        creation_time: Option<Timestamp>,
        destination_options: Option<DestinationOptions>,
        tags: Option<Vec<Tag>>,
    }
    DestinationOptions {
        file_format: Option<String>,
        hive_compatible_partitions: Option<bool>,
        per_hour_partition: Option<bool>,
    }
    Subnet {
        subnet_id: Option<String>,
        subnet_arn: Option<String>,
        vpc_id: Option<String>,
        owner_id: Option<String>,
        availability_zone: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    NetworkInterface {
        network_interface_id: Option<String>,
        vpc_id: Option<String>,
        subnet_id: Option<String>,
        owner_id: Option<String>,
        status: Option<String>,
        interface_type: Option<String>,
        availability_zone: Option<String>,
        attachment: Option<Attachment>,
        groups: Option<Vec<GroupIdentifier>>,
        private_ip_addresses: Option<Vec<PrivateIpAddress>>,
        ipv6_addresses: Option<Vec<Ipv6Address>>,
        ipv4_prefixes: Option<Vec<Ipv4Prefix>>,
        ipv6_prefixes: Option<Vec<Ipv6Prefix>>,
    }
    GroupIdentifier { group_id: Option<String>, }
    PrivateIpAddress {
        private_ip_address: Option<String>,
        association: Option<Association>,
    }
    Association { public_ip: Option<String>, }
    Ipv6Address { ipv6_address: Option<String>, }
    Ipv4Prefix { ipv4_prefix: Option<String>, }
    Ipv6Prefix { ipv6_prefix: Option<String>, }
    SecurityGroup {
        group_id: Option<String>,
        group_name: Option<String>,
        description: Option<String>,
        vpc_id: Option<String>,
        owner_id: Option<String>,
        security_group_arn: Option<String>,
        ip_permissions: Option<Vec<IpPermission>>,
        ip_permissions_egress: Option<Vec<IpPermission>>,
        tags: Option<Vec<Tag>>,
    }
    IpPermission {
        ip_protocol: Option<String>,
        from_port: Option<i32>,
        to_port: Option<i32>,
        ip_ranges: Option<Vec<IpRange>>,
        ipv6_ranges: Option<Vec<Ipv6Range>>,
        prefix_list_ids: Option<Vec<PrefixListId>>,
        user_id_group_pairs: Option<Vec<GroupPair>>,
    }
    IpRange { cidr_ip: Option<String>, description: Option<String>, }
    Ipv6Range { cidr_ipv6: Option<String>, description: Option<String>, }
    PrefixListId { prefix_list_id: Option<String>, description: Option<String>, }
    GroupPair {
        group_id: Option<String>,
        user_id: Option<String>,
        description: Option<String>,
    }
    SecurityGroupRule {
        security_group_rule_id: Option<String>,
        security_group_rule_arn: Option<String>,
        group_id: Option<String>,
        group_owner_id: Option<String>,
        is_egress: Option<bool>,
        ip_protocol: Option<String>,
        from_port: Option<i32>,
        to_port: Option<i32>,
        cidr_ipv4: Option<String>,
        cidr_ipv6: Option<String>,
        prefix_list_id: Option<String>,
        referenced_group_info: Option<GroupPair>,
        description: Option<String>,
    }
    PrefixList {
        prefix_list_id: Option<String>,
        prefix_list_name: Option<String>,
        cidrs: Option<Vec<String>>,
    }
    PrefixListEntry { cidr: Option<String>, }
    Attachment { instance_id: Option<String>, }
    TransitGateway {
        transit_gateway_id: Option<String>,
        transit_gateway_arn: Option<String>,
        owner_id: Option<String>,
        state: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    Region { region_name: Option<String>, opt_in_status: Option<String>, }
    Role {
        arn: Option<String>,
        role_name: Option<String>,
        assume_role_policy_document: Option<Value>,
        permissions_boundary: Option<Boundary>,
        tags: Option<Vec<Tag>>,
    }
    Boundary { permissions_boundary_arn: Option<String>, }
    RolePolicy {
        role_name: Option<String>,
        policy_name: Option<String>,
        policy_document: Option<Value>,
    }
    AttachedPolicy { policy_arn: Option<String>, }
    Policy { arn: Option<String>, default_version_id: Option<String>, }
    PolicyVersion {
        version_id: Option<String>,
        is_default_version: Option<bool>,
        document: Option<Value>,
    }
    CallerIdentity { account: Option<String>, arn: Option<String>, }
    PolicyStatus { is_public: Option<bool>, }
    PublicAccessBlock {
        block_public_acls: Option<bool>,
        ignore_public_acls: Option<bool>,
        block_public_policy: Option<bool>,
        restrict_public_buckets: Option<bool>,
    }
    EncryptionConfiguration { rules: Option<Vec<EncryptionRule>>, }
    EncryptionRule { apply_server_side_encryption_by_default: Option<EncryptionDefault>, }
    EncryptionDefault {
        #[serde(rename = "SSEAlgorithm")]
        algorithm: Option<String>,
        #[serde(rename = "KMSMasterKeyID")]
        kms_key: Option<String>,
    }
    LifecycleRule {
        status: Option<String>,
        expiration: Option<Expiration>,
        prefix: Option<String>,
        filter: Option<LifecycleFilter>,
    }
    Expiration { days: Option<u32>, }
    LifecycleFilter {
        prefix: Option<String>,
        tag: Option<Value>,
        object_size_greater_than: Option<Value>,
        object_size_less_than: Option<Value>,
        and: Option<LifecycleAnd>,
    }
    LifecycleAnd { prefix: Option<String>, }
    Head { bucket_region: Option<String>, }
    Location { location_constraint: Option<String>, }
    KeyMetadata { arn: Option<String>, key_id: Option<String>, enabled: Option<bool>, }
    DeliveryStream {
        #[serde(rename = "DeliveryStreamARN")]
        arn: Option<String>,
        delivery_stream_status: Option<String>,
    }
    Account {
        id: Option<String>,
        name: Option<String>,
        status: Option<String>,
        state: Option<String>,
    }
    Organization {
        id: Option<String>,
        master_account_id: Option<String>,
        management_account_id: Option<String>,
    }
}

/// A log group: CloudWatch Logs does not capitalise.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LogGroup {
    pub(super) arn: Option<String>,
    pub(super) log_group_arn: Option<String>,
    pub(super) log_group_name: Option<String>,
    pub(super) retention_in_days: Option<u32>,
    pub(super) kms_key_id: Option<String>,
    pub(super) stored_bytes: Option<u64>,
}

/// Tags as a map; one without a key is none.
pub(super) fn tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default()
        .into_iter()
        .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
        .collect::<BTreeMap<_, _>>()
}

/// A policy document as JSON text: the CLI prints it as an object, the API gives it
/// percent-encoded, and `GetBucketPolicy` as text.
pub(super) fn document(value: Value) -> String {
    match value {
        Value::String(text) if text.trim_start().starts_with('%') => percent_decoded(&text),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn percent_decoded(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(
                    u8::try_from(high * 16 + low).expect("two hexadecimal digits are a byte"),
                );
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A time as the CLI prints it: ISO 8601, or seconds (with a fraction) or milliseconds since
/// the Unix epoch, by `cli_timestamp_format` and service. What is none of these is left out.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .or_else(|| of_epoch(text.trim().parse().ok()?)),
        Value::Number(number) => number.as_f64().and_then(of_epoch),
        _ => None,
    })
}

fn of_epoch(number: f64) -> Option<Timestamp> {
    /// Seconds from here on are past the year 5000: they are milliseconds.
    const FIRST_MILLISECONDS: f64 = 1e11;
    let seconds = if number.abs() >= FIRST_MILLISECONDS {
        number / 1e3
    } else {
        number
    };
    let milliseconds = (seconds * 1e3).round();
    if milliseconds.is_nan() || milliseconds.abs() >= 1e15 {
        return None;
    }
    #[allow(clippy::cast_possible_truncation)]
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form() {
        for (printed, expected) in [
            (
                r#""2026-05-01T10:00:00+00:00""#,
                Some("2026-05-01T10:00:00Z"),
            ),
            (
                r#""2026-05-01T12:00:00.5+02:00""#,
                Some("2026-05-01T10:00:00.5Z"),
            ),
            (
                r#""2026-05-01T10:00:00.000Z""#,
                Some("2026-05-01T10:00:00Z"),
            ),
            ("1777629600", Some("2026-05-01T10:00:00Z")),
            ("1777629600.25", Some("2026-05-01T10:00:00.25Z")),
            ("1777629600000", Some("2026-05-01T10:00:00Z")),
            (r#""1777629600""#, Some("2026-05-01T10:00:00Z")),
            (r#""yesterday""#, None),
            (r#""NaN""#, None),
            ("1e300", None),
            ("null", None),
        ] {
            let form: FlowLog =
                serde_json::from_str(&format!(r#"{{"CreationTime": {printed}}}"#)).unwrap();
            assert_eq!(
                form.creation_time,
                expected.map(|text| text.parse().unwrap()),
                "{printed}"
            );
        }
    }

    #[test]
    fn documents_are_read_in_every_form() {
        for printed in [
            r#"{"Version": "2012-10-17"}"#,
            r#""{\"Version\":\"2012-10-17\"}""#,
            r#""%7B%22Version%22%3A%222012-10-17%22%7D""#,
        ] {
            let text = document(serde_json::from_str(printed).unwrap());
            assert_eq!(text, r#"{"Version":"2012-10-17"}"#, "{printed}");
        }
        assert_eq!(percent_decoded("%7B%2%zz%"), "{%2%zz%");
    }
}
