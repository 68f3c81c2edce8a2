//! Amazon Athena.
//!
//! Sources: Athena user guide, "Query Amazon VPC flow logs" and "Use partition projection with Amazon Athena".

use std::fmt::Write as _;

use flowcover_record::{FieldKind, FileFormat};

use super::{Described, Layout, TABLE};

/// A partition that Athena works out instead of looking for it.
struct Projected {
    name: &'static str,
    kind: &'static str,
    properties: Vec<(&'static str, String)>,
}

pub(super) fn define(described: &Described) -> String {
    let root = match described.root("s3://BUCKET") {
        root if root.starts_with("s3://") => root,
        // Athena reads S3 alone: where the objects lie there is for the reader to say.
        _ => "s3://BUCKET".to_owned(),
    };
    let (partitions, template) = partitions(described, &root);
    let mut text = format!("CREATE EXTERNAL TABLE IF NOT EXISTS `{TABLE}` (\n");
    let columns = described.columns.iter();
    let columns: Vec<String> = columns
        .map(|(name, kind)| format!("  `{name}` {}", type_of(*kind)))
        .collect();
    text += &columns.join(",\n");
    text += "\n)\n";
    if !partitions.is_empty() {
        let names: Vec<String> = partitions
            .iter()
            .map(|partition| format!("`{}` {}", partition.name, partition.kind))
            .collect();
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "PARTITIONED BY ({})", names.join(", "));
    }
    let mut properties: Vec<(String, String)> = Vec::new();
    match described.file_format {
        FileFormat::PlainText => {
            text += "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'\n";
            text +=
                "WITH SERDEPROPERTIES ('field.delim' = ' ', 'serialization.null.format' = '-')\n";
            text += "STORED AS TEXTFILE\n";
            properties.push(("skip.header.line.count".to_owned(), "1".to_owned()));
        }
        FileFormat::Parquet => text += "STORED AS PARQUET\n",
    }
    let _ = writeln!(text, "LOCATION '{}/'", root.replace('\'', "''"));
    if !partitions.is_empty() {
        properties.push(("projection.enabled".to_owned(), "true".to_owned()));
    }
    for partition in partitions {
        for (property, value) in partition.properties {
            properties.push((format!("projection.{}.{property}", partition.name), value));
        }
    }
    properties.extend(template.map(|template| ("storage.location.template".to_owned(), template)));
    if !properties.is_empty() {
        let lines: Vec<String> = properties
            .iter()
            .map(|(name, value)| format!("  '{name}' = '{}'", value.replace('\'', "''")))
            .collect();
        let _ = write!(text, "TBLPROPERTIES (\n{}\n)", lines.join(",\n"));
    }
    format!("{};\n", text.trim_end())
}

fn type_of(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Int32 => "int",
        FieldKind::Int64 | FieldKind::UnixSeconds => "bigint",
        FieldKind::Text | FieldKind::Address | FieldKind::TagValue => "string",
    }
}

/// The partitions, and where each one lies.
fn partitions(described: &Described, root: &str) -> (Vec<Projected>, Option<String>) {
    let both = || {
        vec![
            text("aws_account_id", described.account.as_deref()),
            text("aws_region", described.region.as_deref()),
        ]
    };
    match &described.layout {
        Layout::Unknown => (Vec::new(), None),
        Layout::Converted => {
            let mut partitions = both();
            partitions.push(date("yyyy-MM-dd", "2020-01-01,NOW+1DAY"));
            let template = "aws_account_id=${aws_account_id}/aws_region=${aws_region}/day=${day}";
            (partitions, Some(format!("{root}/{template}")))
        }
        Layout::Aws {
            hive,
            per_hour,
            organization,
        } => {
            let mut partitions = both();
            let organization = organization.as_ref().map(|id| format!("{id}/"));
            let start = format!("{root}/AWSLogs/{}", organization.unwrap_or_default());
            let mut template = if *hive {
                partitions.push(number("year", "2020,2049", 4));
                partitions.push(number("month", "1,12", 2));
                partitions.push(number("day", "1,31", 2));
                "aws-account-id=${aws_account_id}/aws-service=vpcflowlogs/aws-region=${aws_region}/year=${year}/month=${month}/day=${day}".to_owned()
            } else {
                partitions.push(date("yyyy/MM/dd", "2020/01/01,NOW+1DAY"));
                "${aws_account_id}/vpcflowlogs/${aws_region}/${day}".to_owned()
            };
            if *per_hour {
                partitions.push(number("hour", "0,23", 2));
                template += if *hive { "/hour=${hour}" } else { "/${hour}" };
            }
            (partitions, Some(start + &template))
        }
    }
}

/// A value that is known, or one that every query must give.
fn text(name: &'static str, value: Option<&str>) -> Projected {
    let properties = match value {
        Some(value) => vec![("type", "enum".to_owned()), ("values", value.to_owned())],
        None => vec![("type", "injected".to_owned())],
    };
    Projected {
        name,
        kind: "string",
        properties,
    }
}

fn date(format: &str, range: &str) -> Projected {
    Projected {
        name: "day",
        kind: "string",
        properties: vec![
            ("type", "date".to_owned()),
            ("format", format.to_owned()),
            ("range", range.to_owned()),
        ],
    }
}

fn number(name: &'static str, range: &str, digits: u8) -> Projected {
    Projected {
        name,
        kind: "int",
        properties: vec![
            ("type", "integer".to_owned()),
            ("range", range.to_owned()),
            ("digits", digits.to_string()),
        ],
    }
}
