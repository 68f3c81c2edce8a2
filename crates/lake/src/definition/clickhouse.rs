//! ClickHouse.

use flowcover_record::{FieldKind, FileFormat};

use super::{Described, TABLE, quoted};

pub(super) fn define(described: &Described) -> String {
    let columns = described.columns.iter();
    let lines: Vec<String> = columns
        .clone()
        .map(|(name, kind)| format!("  {} {}", name_of(name), type_of(name, *kind)))
        .collect();
    let has = |wanted: &str| columns.clone().any(|(name, _)| name == wanted);
    let partition = match has("start") {
        true => "PARTITION BY toYYYYMM(toDateTime(assumeNotNull(`start`)))\n",
        false => "",
    };
    let order = ["srcaddr", "start"].map(|name| (name, has(name)));
    let order: Vec<String> = order
        .iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(name, _)| name_of(name))
        .collect();
    let order = match order.is_empty() {
        true => "tuple()".to_owned(),
        false => format!("({})", order.join(", ")),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {TABLE}\n(\n{}\n)\nENGINE = MergeTree\n{partition}ORDER BY {order}\nSETTINGS allow_nullable_key = 1;\n\n{}",
        lines.join(",\n"),
        load(described)
    )
}

/// How the table is filled. In text, columns are by position.
fn load(described: &Described) -> String {
    let files = format!("{}/**/*.{}", described.root("PATH"), described.ending());
    let source = match files.starts_with("s3://") {
        true => "s3",
        false => "file",
    };
    let files = quoted(&files);
    let names = described.columns.iter();
    match described.file_format {
        FileFormat::PlainText => {
            let structure: Vec<String> = names
                .map(|(name, kind)| format!("{} {}", name_of(name), plain_type_of(*kind)))
                .collect();
            let structure = quoted(&structure.join(", "));
            format!(
                "INSERT INTO {TABLE}\nSELECT * FROM {source}({files}, 'CustomSeparatedWithNames', {structure})\nSETTINGS format_custom_field_delimiter = ' ', format_custom_escaping_rule = 'CSV', format_csv_null_representation = '-',\n  input_format_with_names_use_header = 0;\n"
            )
        }
        FileFormat::Parquet => {
            let names: Vec<String> = names
                .map(
                    |(name, kind)| match kind.is_number() || !described.has_dashes() {
                        true => name_of(name),
                        false => format!("nullIf({}, '-')", name_of(name)),
                    },
                )
                .collect();
            format!(
                "INSERT INTO {TABLE}\nSELECT {}\nFROM {source}({files}, 'Parquet');\n",
                names.join(", ")
            )
        }
    }
}

fn name_of(name: &str) -> String {
    format!("`{}`", name.replace('`', ""))
}

/// Texts of few values are kept as numbers.
fn type_of(name: &str, kind: FieldKind) -> &'static str {
    let is_id = name.ends_with("_id") || name.ends_with("eni");
    match kind {
        FieldKind::Text if !is_id || name == "account_id" => "LowCardinality(Nullable(String))",
        _ => plain_type_of(kind),
    }
}

fn plain_type_of(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Int32 => "Nullable(Int32)",
        FieldKind::Int64 | FieldKind::UnixSeconds => "Nullable(Int64)",
        FieldKind::Text | FieldKind::Address | FieldKind::TagValue => "Nullable(String)",
    }
}
