//! `json` and `ndjson`.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;

use super::ResultWriter;

/// Objects with every column, NULL as `null`.
pub(super) struct Json<'w> {
    out: &'w mut dyn Write,
    /// `None`: one object a line. Else whether the array has begun.
    array: Option<bool>,
}

impl<'w> Json<'w> {
    pub(super) fn array(out: &'w mut dyn Write) -> Self {
        Self {
            out,
            array: Some(false),
        }
    }

    pub(super) fn lines(out: &'w mut dyn Write) -> Self {
        Self { out, array: None }
    }
}

impl ResultWriter for Json<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let mut lines = Vec::new();
        let mut writer = WriterBuilder::new()
            .with_explicit_nulls(true)
            .build::<_, LineDelimited>(&mut lines);
        writer.write(batch)?;
        writer.finish()?;
        drop(writer);
        let Some(begun) = &mut self.array else {
            return Ok(self.out.write_all(&lines)?);
        };
        // No line end stands inside an object: texts have it escaped.
        for line in lines
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let before: &[u8] = if std::mem::replace(begun, true) {
                b",\n"
            } else {
                b"[\n"
            };
            self.out.write_all(before)?;
            self.out.write_all(line)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        match self.array {
            None => {}
            Some(false) => self.out.write_all(b"[]\n")?,
            Some(true) => self.out.write_all(b"\n]\n")?,
        }
        Ok(self.out.flush()?)
    }
}
