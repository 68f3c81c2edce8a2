//! Files of records in each format, and how they are read back.

mod ocsf;
mod parquet;
mod read_back;
mod text;

use std::fs::File;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::error::at;
use super::{ConvertError, To};

pub(super) use read_back::read_back;

/// Writes one file.
pub(super) trait RecordWriter: Send {
    /// Takes the next rows.
    fn write(&mut self, rows: &RecordBatch) -> Result<(), ConvertError>;

    /// The rows that come next are not in order with those before.
    fn end_run(&mut self) -> Result<(), ConvertError>;

    /// Bytes that were written so far.
    fn size(&self) -> u64;

    /// Ends the file. It is on disk then.
    fn finish(self: Box<Self>) -> Result<(), ConvertError>;
}

/// Begins a file.
pub(super) fn writer(
    to: To,
    schema: &SchemaRef,
    path: &Path,
) -> Result<Box<dyn RecordWriter>, ConvertError> {
    let file = File::create_new(path).map_err(at(path))?;
    Ok(match to {
        To::Parquet => Box::new(parquet::Parquet::new(file, path, schema)?),
        To::Csv => Box::new(text::Packed::new(file, path, text::Csv::default())),
        To::Ndjson => Box::new(text::Packed::new(file, path, text::Ndjson)),
        To::Ocsf => Box::new(text::Packed::new(file, path, ocsf::Events)),
    })
}
