//! `arrow`: the IPC file format.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::FileWriter;

use super::{ResultWriter, plain};

/// One file, also called Feather version 2.
pub(super) struct Arrow<'w> {
    rows: FileWriter<&'w mut dyn Write>,
    schema: SchemaRef,
}

impl<'w> Arrow<'w> {
    pub(super) fn new(schema: &SchemaRef, out: &'w mut dyn Write) -> Result<Self, ArrowError> {
        let schema = plain::schema(schema);
        Ok(Self {
            rows: FileWriter::try_new(out, &schema)?,
            schema,
        })
    }
}

impl ResultWriter for Arrow<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.rows.write(&plain::batch(batch, &self.schema)?)
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        self.rows.finish()?;
        Ok(self.rows.get_mut().flush()?)
    }
}
