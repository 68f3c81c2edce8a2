//! Query results as text for people and programs.
//!
//! Batches are written as they come, but for the table, which must know the widths of its columns.

mod csv;
mod json;
mod table;

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
#[must_use]
pub fn writer<'w>(
    format: ResultFormat,
    schema: &SchemaRef,
    options: TableOptions,
    inert: Inert,
    out: &'w mut dyn Write,
) -> Box<dyn ResultWriter + 'w> {
    match format {
        ResultFormat::Table => Box::new(table::Table::new(schema, options, inert, out)),
        ResultFormat::Csv => Box::new(csv::Csv::new(schema, inert, out)),
        ResultFormat::Json => Box::new(json::Json::array(out)),
        ResultFormat::Ndjson => Box::new(json::Json::lines(out)),
    }
}

/// How values are spelled: NULL is nothing.
fn spelling() -> FormatOptions<'static> {
    FormatOptions::new().with_null("")
}
