//! Records of Parquet objects, as AWS writes them and as `convert` does.
//!
//! Columns are found by name; one that the file has not is NULL. AWS writes `-` as text where text has no value: it becomes NULL, as
//! in text objects.

mod prune;
mod reader;

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use datafusion::arrow::datatypes::Schema;
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use datafusion::parquet::file::reader::{ChunkReader, Length};
use flowcover_record::{Field, LogFormat};

pub(crate) use reader::ParquetReader;

/// Bytes from the end of a file that hold the footer of most files.
pub(crate) const TAIL: usize = 64 * 1024;

/// A file that can be read anywhere: in memory, or on disk.
#[derive(Debug)]
pub(crate) enum Input {
    Memory(Bytes),
    File(File),
}

impl Length for Input {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(file) => Length::len(file),
        }
    }
}

impl ChunkReader for Input {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(start)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Box::new(bytes.slice(start..).reader())
            }
            Self::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                Box::new(std::io::BufReader::new(file))
            }
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // Places come from the file: they may be anything.
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > Length::len(self)) {
            let message = format!("it says to have {length} bytes from {start} on, and has not");
            return Err(ParquetError::EOF(message));
        }
        match self {
            Self::Memory(bytes) => bytes.get_bytes(start, length),
            Self::File(file) => file.get_bytes(start, length),
        }
    }
}

/// The columns of a file, from bytes of its end. `Err`: how many bytes of its end are needed, or what is wrong.
pub(crate) fn schema_of_tail(tail: &Bytes, size: u64) -> Result<Schema, ParquetError> {
    let mut reader = ParquetMetaDataReader::new();
    reader.try_parse_sized(tail, size)?;
    schema_of(&reader.finish()?)
}

fn schema_of(metadata: &ParquetMetaData) -> Result<Schema, ParquetError> {
    let file = metadata.file_metadata();
    parquet_to_arrow_schema(file.schema_descr(), None)
}

/// The fields that the columns of a file hold, as a format. Columns whose names could be no field are left out.
pub(crate) fn format_of(schema: &Schema) -> Option<LogFormat> {
    let names = schema.fields().iter().map(|column| {
        let known = Field::all()
            .iter()
            .find(|field| field.parquet_name == column.name());
        known.map_or(column.name().as_str(), |field| field.name)
    });
    let names: Vec<&str> = names
        .filter(|name| LogFormat::parse(name).is_ok())
        .collect();
    LogFormat::parse(&names.join(" ")).ok()
}

/// The name of the column that says whether a record tells of traffic.
pub(crate) const STATUS: &str = "log_status";

/// Shared by what reads a file.
pub(crate) type FileSchema = Arc<Schema>;
