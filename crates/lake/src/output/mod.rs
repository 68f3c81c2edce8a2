//! Query results for people and programs.
//!
//! Batches are written as they come, but for the table, which must know the widths of its columns.

mod arrow;
mod csv;
mod json;
mod parquet;
mod plain;
mod table;
mod units;

use std::borrow::Cow;
use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::FormatOptions;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultFormat {
    /// Columns side by side, for a terminal.
    Table,
    /// RFC 4180, with a header row.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line.
    Ndjson,
    /// A Parquet file.
    Parquet,
    /// A file of Arrow's IPC format.
    Arrow,
}

impl ResultFormat {
    /// Whether it is no text, and nothing for a terminal.
    #[must_use]
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// Makes a text that comes from elsewhere harmless where it is shown.
pub type Inert = fn(&str) -> Cow<'_, str>;

/// What a table looks like.
#[derive(Debug, Clone, Copy)]
pub struct TableOptions {
    /// Columns of the terminal. `None`: as wide as it needs.
    pub width: Option<usize>,
    /// The most rows that are shown; the others are counted.
    pub most_rows: usize,
    /// Values as they are: none is cut, and none is shown in a larger unit.
    pub full: bool,
}

/// Writes one result.
pub trait ResultWriter {
    /// Takes the next rows.
    ///
    /// # Errors
    /// If they cannot be written.
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError>;

    /// Writes what must stand at the end.
    ///
    /// # Errors
    /// If it cannot be written.
    fn finish(&mut self) -> Result<(), ArrowError>;
}

/// A writer of results of `schema` into `out`.
///
/// # Errors
/// If the format has no type for a column, or its first bytes cannot be written.
pub fn writer<'w>(
    format: ResultFormat,
    schema: &SchemaRef,
    options: TableOptions,
    inert: Inert,
    out: &'w mut dyn Write,
) -> Result<Box<dyn ResultWriter + 'w>, ArrowError> {
    Ok(match format {
        ResultFormat::Table => Box::new(table::Table::new(schema, options, inert, out)),
        ResultFormat::Csv => Box::new(csv::Csv::new(schema, inert, out)),
        ResultFormat::Json => Box::new(json::Json::array(out)),
        ResultFormat::Ndjson => Box::new(json::Json::lines(out)),
        ResultFormat::Parquet => Box::new(parquet::Parquet::new(schema, out)?),
        ResultFormat::Arrow => Box::new(arrow::Arrow::new(schema, out)?),
    })
}

/// How values are spelled: NULL is nothing.
fn spelling() -> FormatOptions<'static> {
    FormatOptions::new().with_null("")
}

#[cfg(test)]
mod tests;
