//! `parquet`.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;

use super::{ResultWriter, plain};

/// One file, zstd. Row groups leave memory when they are full.
pub(super) struct Parquet<'w> {
    /// `None` once it is finished.
    rows: Option<ArrowWriter<Vec<u8>>>,
    schema: SchemaRef,
    out: &'w mut dyn Write,
}

impl<'w> Parquet<'w> {
    pub(super) fn new(schema: &SchemaRef, out: &'w mut dyn Write) -> Result<Self, ArrowError> {
        let schema = plain::schema(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let rows = ArrowWriter::try_new(Vec::new(), SchemaRef::clone(&schema), Some(properties))
            .map_err(failed)?;
        Ok(Self {
            rows: Some(rows),
            schema,
            out,
        })
    }
}

impl ResultWriter for Parquet<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let Some(rows) = &mut self.rows else {
            return Ok(());
        };
        rows.write(&plain::batch(batch, &self.schema)?)
            .map_err(failed)?;
        rows.sync()?;
        // What is encoded goes on: places in the file are counted by the writer, not by this buffer.
        self.out.write_all(rows.inner())?;
        rows.inner_mut().clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        if let Some(rows) = self.rows.take() {
            let rest = rows.into_inner().map_err(failed)?;
            self.out.write_all(&rest)?;
        }
        Ok(self.out.flush()?)
    }
}

fn failed(error: ParquetError) -> ArrowError {
    ArrowError::from(error)
}
