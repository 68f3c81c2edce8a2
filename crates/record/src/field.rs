//! What a field of a flow-log record is, and how to find one by name.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::table::FIELDS;

/// One field of a flow-log record.
///
/// Source: VPC user guide, "Flow log records"; transit gateway guide,
/// "Transit Gateway Flow Log records".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name AWS uses in a `LogFormat` and in the header of a text file: `account-id`.
    pub name: &'static str,
    /// The column name in a Parquet file: the name with `_` for `-`.
    pub parquet_name: &'static str,
    /// What the value is.
    pub kind: FieldKind,
    /// The record version that brought the field, 2 to 11.
    pub version: u8,
    /// What the value says, in one line.
    pub meaning: &'static str,
    /// When the value is `-`. `None`: no case is known, but AWS lets every field be
    /// `-`, so a reader expects it everywhere.
    pub absent_when: Option<&'static str>,
    /// Which flow logs can have the field.
    pub scope: Scope,
}

/// What the value of a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// A number that fits 32 bits.
    Int32,
    /// A number that may need 64 bits.
    Int64,
    /// Seconds since the Unix epoch. Milliseconds have been met in the wild.
    UnixSeconds,
    /// Text as it stands.
    Text,
    /// An IPv4 or IPv6 address.
    Address,
    /// The value of a tag, percent-encoded: a `-` in the tag arrives as `%2D`.
    TagValue,
}

impl FieldKind {
    /// The Parquet type that AWS writes: `INT32`, `INT64` or `STRING`.
    #[must_use]
    pub fn parquet_type(self) -> &'static str {
        match self {
            Self::Int32 => "INT32",
            Self::Int64 | Self::UnixSeconds => "INT64",
            Self::Text | Self::Address | Self::TagValue => "STRING",
        }
    }

    /// Whether it is a number, times among them.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int32 | Self::Int64 | Self::UnixSeconds)
    }
}

/// Which flow logs can have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Flow logs of a VPC, a subnet or a network interface.
    Vpc,
    /// Flow logs of a transit gateway or of its attachments.
    TransitGateway,
    /// Either.
    Both,
}

impl Scope {
    /// Whether a flow log of `resource` can have a field of this scope.
    #[must_use]
    pub fn covers(self, resource: Scope) -> bool {
        self == Scope::Both || self == resource
    }
}

/// The fields of the default format, in order. The default cannot be changed.
pub const DEFAULT_FIELDS: [&str; 14] = [
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
];

/// The fields of a transit gateway flow log without a format of its own, in
/// order: all that there are. There is neither `action` nor `interface-id`.
pub const DEFAULT_TRANSIT_GATEWAY_FIELDS: [&str; 36] = [
    "version",
    "resource-type",
    "account-id",
    "tgw-id",
    "tgw-attachment-id",
    "tgw-src-vpc-account-id",
    "tgw-dst-vpc-account-id",
    "tgw-src-vpc-id",
    "tgw-dst-vpc-id",
    "tgw-src-subnet-id",
    "tgw-dst-subnet-id",
    "tgw-src-eni",
    "tgw-dst-eni",
    "tgw-src-az-id",
    "tgw-dst-az-id",
    "tgw-pair-attachment-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "log-status",
    "type",
    "packets-lost-no-route",
    "packets-lost-blackhole",
    "packets-lost-mtu-exceeded",
    "packets-lost-ttl-expired",
    "tcp-flags",
    "region",
    "flow-direction",
    "pkt-src-aws-service",
    "pkt-dst-aws-service",
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Field>> =
    LazyLock::new(|| FIELDS.iter().map(|field| (field.name, field)).collect());

impl Field {
    /// Every field, by version, then in AWS's order.
    #[must_use]
    pub fn all() -> &'static [Field] {
        FIELDS
    }

    /// The field of that dashed name. Names are case-sensitive, as AWS's are.
    ///
    /// ```
    /// use flowcover_record::Field;
    /// assert_eq!(Field::by_name("tcp-flags").map(|field| field.version), Some(3));
    /// assert_eq!(Field::by_name("tcp_flags"), None);
    /// ```
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Field> {
        BY_NAME.get(name).copied()
    }

    /// Whether `CreateFlowLogs` refuses the field unless `TagFieldSpecifications`
    /// names the tag to write.
    #[must_use]
    pub fn needs_tag_field_specification(&self) -> bool {
        self.kind == FieldKind::TagValue
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = Field::all().iter().map(|field| field.name).collect();
        assert_eq!(names.len(), Field::all().len());
    }

    #[test]
    fn parquet_names_have_underscores_for_dashes() {
        for field in Field::all() {
            assert_eq!(field.parquet_name, field.name.replace('-', "_"));
        }
    }

    #[test]
    fn table_is_sorted_by_version() {
        assert!(Field::all().is_sorted_by_key(|field| field.version));
    }

    #[test]
    fn every_version_has_its_number_of_fields() {
        let count = |version| Field::all().iter().filter(|f| f.version == version).count();
        let counts: Vec<_> = (2..=11).map(count).collect();
        assert_eq!(counts, [14, 7, 4, 4, 18, 10, 1, 1, 1, 12]);
        assert_eq!(counts.iter().sum::<usize>(), Field::all().len());
    }

    #[test]
    fn meanings_are_one_line() {
        for field in Field::all() {
            for text in [Some(field.meaning), field.absent_when]
                .into_iter()
                .flatten()
            {
                assert!(
                    !text.is_empty() && !text.contains(['\n', '|']),
                    "{}",
                    field.name
                );
            }
        }
    }

    #[test]
    fn every_field_is_found_by_name() {
        for field in Field::all() {
            assert_eq!(Field::by_name(field.name), Some(field));
        }
        for name in ["", "-", "Version", "account_id", "account-id "] {
            assert_eq!(Field::by_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn default_fields_are_those_of_version_2_in_order() {
        let second: Vec<_> = Field::all()
            .iter()
            .filter(|f| f.version == 2)
            .map(|f| f.name)
            .collect();
        assert_eq!(second, DEFAULT_FIELDS);
    }

    #[test]
    fn transit_gateway_default_is_every_field_of_its_scope() {
        let default: HashSet<_> = DEFAULT_TRANSIT_GATEWAY_FIELDS.into_iter().collect();
        let in_scope: HashSet<_> = Field::all()
            .iter()
            .filter(|field| field.scope.covers(Scope::TransitGateway))
            .map(|field| field.name)
            .collect();
        assert_eq!(default, in_scope);
        assert!(!default.contains("action") && !default.contains("interface-id"));
    }

    #[test]
    fn version_6_is_the_transit_gateway_and_nothing_else_is_its_alone() {
        for field in Field::all() {
            assert_eq!(
                field.version == 6,
                field.scope == Scope::TransitGateway,
                "{}",
                field.name
            );
        }
    }

    #[test]
    fn only_tag_fields_need_a_tag_specification() {
        let names: Vec<_> = Field::all()
            .iter()
            .filter(|field| field.needs_tag_field_specification())
            .map(|field| field.name)
            .collect();
        assert_eq!(
            names,
            [
                "instance-tag",
                "instance-tag-2",
                "interface-tag",
                "interface-tag-2",
                "asg-tag",
                "asg-tag-2"
            ]
        );
    }

    #[test]
    fn types_are_those_that_aws_writes() {
        let check = |name: &str, expected: &str| {
            let field = Field::by_name(name).expect("a field of the table");
            assert_eq!(field.kind.parquet_type(), expected, "{name}");
        };
        check("protocol", "INT32");
        check("srcport", "INT32");
        check("bytes", "INT64");
        check("end", "INT64");
        check("srcaddr", "STRING");
        check("traffic-path", "INT32");
        check("encryption-status", "INT32");
        check("asg-tag", "STRING");
        check("packets-lost-no-route", "INT64");
    }
}
