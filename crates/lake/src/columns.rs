//! The table `records`: which columns it has, and of which Arrow types.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use flowcover_record::{Column, FieldKind, LogFormat};

/// The Arrow type of a kind of field: that of AWS's Parquet files.
#[must_use]
pub fn arrow_type(kind: FieldKind) -> DataType {
    match kind {
        FieldKind::Int32 => DataType::Int32,
        FieldKind::Int64 | FieldKind::UnixSeconds => DataType::Int64,
        FieldKind::Text | FieldKind::Address | FieldKind::TagValue => DataType::Utf8View,
    }
}

/// The name of a column in SQL: the name of the field in AWS's Parquet files, `_` for `-`.
#[must_use]
pub fn column_name(column: &Column) -> String {
    match column {
        Column::Known(field) => field.parquet_name.to_owned(),
        Column::Unknown(name) => name.replace('-', "_"),
    }
}

/// The union of formats by name, in the order of their first coming. Every column may be NULL: AWS writes `-` anywhere.
#[must_use]
pub fn schema_of<'a>(formats: impl IntoIterator<Item = &'a LogFormat>) -> SchemaRef {
    let mut fields: Vec<ArrowField> = Vec::new();
    for column in formats.into_iter().flat_map(LogFormat::columns) {
        let name = column_name(column);
        if fields.iter().all(|field| *field.name() != name) {
            fields.push(ArrowField::new(name, arrow_type(column.kind()), true));
        }
    }
    Arc::new(Schema::new(fields))
}

/// Where the column of that SQL name stands in a format, from 0. The first place, if it comes twice.
#[must_use]
pub(crate) fn position(format: &LogFormat, name: &str) -> Option<usize> {
    format
        .columns()
        .iter()
        .position(|column| column_name(column) == name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn formats_are_united_by_name() {
        let one = LogFormat::parse("version account-id srcaddr").unwrap();
        let other = LogFormat::parse("srcaddr bytes start quantum-state version version").unwrap();
        let schema = schema_of([&one, &other]);
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| (field.name().as_str(), field.data_type().clone()))
            .collect();
        assert_eq!(
            columns,
            [
                ("version", DataType::Int32),
                ("account_id", DataType::Utf8View),
                ("srcaddr", DataType::Utf8View),
                ("bytes", DataType::Int64),
                ("start", DataType::Int64),
                ("quantum_state", DataType::Utf8View),
            ]
        );
        assert_eq!(position(&other, "quantum_state"), Some(3));
        assert_eq!(position(&other, "version"), Some(4));
        assert_eq!(position(&one, "bytes"), None);
    }
}
