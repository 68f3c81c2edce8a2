//! DuckDB.

use flowcover_record::{FieldKind, FileFormat};

use super::{Described, Layout, TABLE, quoted};

pub(super) fn define(described: &Described) -> String {
    let files = format!("{}/**/*.{}", described.root("PATH"), described.ending());
    let files = quoted(&files);
    let source = match described.file_format {
        FileFormat::PlainText => {
            let columns: Vec<String> = described
                .columns
                .iter()
                .map(|(name, kind)| format!("    {}: '{}'", quoted(name), type_of(*kind)))
                .collect();
            format!(
                "read_csv({files},\n  delim = ' ', header = true, nullstr = '-', auto_detect = false, quote = '', escape = '',\n  columns = {{\n{}\n  }})",
                columns.join(",\n")
            )
        }
        FileFormat::Parquet => format!(
            "read_parquet({files}, union_by_name = true, {})",
            partitions(&described.layout)
        ),
    };
    let names = described.columns.iter();
    let names: Vec<String> = names
        .map(|(name, kind)| column(name, *kind, described))
        .collect();
    let mut names = names.join(",\n");
    if described.layout == Layout::Converted {
        names += ",\n  aws_account_id, aws_region, \"day\"";
    }
    format!("CREATE OR REPLACE VIEW {TABLE} AS\nSELECT\n{names}\nFROM {source};\n")
}

/// AWS writes `-` into texts of Parquet that have no value; `convert` does not.
fn column(name: &str, kind: FieldKind, described: &Described) -> String {
    let name = format!("\"{}\"", name.replace('"', "\"\""));
    if !described.has_dashes() || kind.is_number() {
        return format!("  {name}");
    }
    format!("  nullif({name}, '-') AS {name}")
}

/// Without types, an account that begins with 0 would be read as a number, and lose it.
fn partitions(layout: &Layout) -> &'static str {
    match layout {
        Layout::Converted => {
            "hive_partitioning = true,\n  hive_types = {'aws_account_id': VARCHAR, 'aws_region': VARCHAR, 'day': DATE}"
        }
        Layout::Aws { .. } | Layout::Unknown => "hive_partitioning = false",
    }
}

fn type_of(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Int32 => "INTEGER",
        FieldKind::Int64 | FieldKind::UnixSeconds => "BIGINT",
        FieldKind::Text | FieldKind::Address | FieldKind::TagValue => "VARCHAR",
    }
}
