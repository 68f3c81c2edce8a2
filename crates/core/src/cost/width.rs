//! How long records of a format are.

use flowcover_record::{Column, FieldKind, LogFormat};

/// Typical length of a field as text, in bytes, without the blank after it: ids and times have a fixed length, the rest is
/// that of traffic within private networks over IPv4.
fn typical(column: &Column) -> u64 {
    let Column::Known(field) = column else {
        return 8;
    };
    match field.name {
        "interface-id" | "vpc-id" | "resource-id" => 21,
        "subnet-id" => 24,
        "instance-id" => 19,
        "account-id" | "srcaddr" | "dstaddr" | "pkt-srcaddr" | "pkt-dstaddr" => 12,
        "start" | "end" => 10,
        "region" => 9,
        "az-id" => 8,
        "flow-direction" => 7,
        "action" => 6,
        "srcport" | "dstport" | "bytes" => 5,
        "type" | "pkt-src-aws-service" | "pkt-dst-aws-service" => 4,
        "protocol" | "packets" | "tcp-flags" | "log-status" => 2,
        "version" | "traffic-path" | "sublocation-type" | "sublocation-id" => 1,
        _ => match field.kind {
            FieldKind::Int32 => 3,
            FieldKind::Int64 => 5,
            FieldKind::UnixSeconds => 10,
            FieldKind::Text | FieldKind::Address => 12,
            FieldKind::TagValue => 16,
        },
    }
}

/// Typical length of a record of that format as a line of text, in bytes, line end included.
#[must_use]
pub fn typical_line(format: &LogFormat) -> u64 {
    format
        .columns()
        .iter()
        .map(|column| typical(column) + 1)
        .sum()
}

/// How much of a line the named columns take, in bytes. Names as in a Parquet file or in a format. `None` if one is not in the format.
pub(super) fn typical_columns(format: &LogFormat, names: &[String]) -> Option<u64> {
    let width = |name: &String| {
        let position = format.position(&name.replace('_', "-"))?;
        Some(typical(&format.columns()[position]) + 1)
    };
    names.iter().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example line of the VPC user guide for the default format has 121 bytes with its end.
    #[test]
    fn the_default_format_is_as_long_as_an_example() {
        let example = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n";
        let line = typical_line(&LogFormat::default());
        assert!(
            line.abs_diff(example.len() as u64) <= 6,
            "{line} {}",
            example.len()
        );
    }

    #[test]
    fn columns_that_are_not_there() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let format = LogFormat::default();
        assert_eq!(
            typical_columns(&format, &names(&["srcaddr", "bytes"])),
            Some(19)
        );
        assert_eq!(typical_columns(&format, &names(&["log_status"])), Some(3));
        assert_eq!(
            typical_columns(&format, &names(&["srcaddr", "vpc_id"])),
            None
        );
    }
}
