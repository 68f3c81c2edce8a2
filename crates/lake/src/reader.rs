//! What reads one object, by its format.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::buffer::Buffer;
use datafusion::common::Result;
use flowcover_record::FileFormat;

use crate::error::ObjectError;
use crate::inflate::Inflater;
use crate::ledger::Account;
use crate::object::Object;
use crate::parquet::{Input, ParquetReader};
use crate::source::Content;
use crate::text::{ObjectReader, ScanSpec};
use crate::witness::Witness;

/// Parquet is not read from front to back: what comes as a stream is read into memory first.
fn input(content: Content) -> Result<Input, ObjectError> {
    Ok(match content {
        Content::Whole(bytes) => Input::Memory(bytes.into()),
        Content::File(file) => Input::File(file),
        Content::Stream(_) => {
            let message = "a stream is no Parquet file".to_owned();
            return Err(ObjectError::Parquet(message));
        }
    })
}

/// What reads an object, by its format.
pub(crate) enum Reader {
    /// Text.
    Text(Box<ObjectReader>),
    /// Parquet.
    Parquet(Box<ParquetReader>),
}

impl Reader {
    /// Of the bytes as they lie there. `spare` is a block whose memory can be used again.
    pub(crate) fn open(
        spec: &Arc<ScanSpec>,
        object: &Object,
        content: Content,
        inflater: &mut Inflater,
        spare: Buffer,
    ) -> Result<Self, ObjectError> {
        let location = &object.location;
        if object.format() == FileFormat::Parquet {
            let reader = ParquetReader::new(spec, location, object.size, input(content)?);
            return Ok(Self::Parquet(Box::new(reader)));
        }
        let spare = spare.into_vec().unwrap_or_default();
        let reader = ObjectReader::new(spec, location, content, inflater, spare);
        Ok(Self::Text(Box::new(reader)))
    }

    /// Tells of lines that are no records. Parquet has none.
    pub(crate) fn with_witness(self, witness: Option<&Arc<dyn Witness>>) -> Self {
        match self {
            Self::Text(reader) => Self::Text(Box::new(reader.with_witness(witness.cloned()))),
            Self::Parquet(_) => self,
        }
    }

    /// Bytes of text that were read so far. 0 of Parquet.
    pub(crate) fn bytes_text(&self) -> u64 {
        match self {
            Self::Text(reader) => reader.bytes_text(),
            Self::Parquet(_) => 0,
        }
    }

    /// The next batch. `None` at the end.
    pub(crate) fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        match self {
            Self::Text(reader) => Ok(reader.next_batch()?),
            Self::Parquet(reader) => Ok(reader.next_batch()),
        }
    }

    /// What was read, and a block whose memory can be used again.
    pub(crate) fn finish(self) -> (Account, Buffer) {
        match self {
            Self::Text(reader) => reader.finish(),
            Self::Parquet(reader) => (reader.finish(), Buffer::default()),
        }
    }
}
