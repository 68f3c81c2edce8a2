//! Packed texts: CSV and NDJSON.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv;
use datafusion::arrow::json;
use datafusion::arrow::json::writer::LineDelimited;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::RecordWriter;
use crate::convert::ConvertError;
use crate::convert::error::at;

/// How rows are written as text.
pub(super) trait Encode: Send {
    fn encode(&mut self, rows: &RecordBatch, out: &mut dyn Write) -> Result<(), ConvertError>;
}

/// A gzip file of text.
pub(super) struct Packed<E> {
    out: GzEncoder<Counted>,
    path: PathBuf,
    encode: E,
}

/// A file, and how much was written to it.
struct Counted {
    file: BufWriter<File>,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<E: Encode> Packed<E> {
    pub(super) fn new(file: File, path: &Path, encode: E) -> Self {
        let counted = Counted {
            file: BufWriter::with_capacity(1 << 16, file),
            bytes: 0,
        };
        Self {
            out: GzEncoder::new(counted, Compression::new(4)),
            path: path.to_owned(),
            encode,
        }
    }
}

impl<E: Encode> RecordWriter for Packed<E> {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), ConvertError> {
        // Encoders write bit by bit, and packing wants more at once.
        let mut text = Vec::new();
        self.encode.encode(rows, &mut text)?;
        self.out.write_all(&text).map_err(at(&self.path))
    }

    fn end_run(&mut self) -> Result<(), ConvertError> {
        Ok(())
    }

    fn size(&self) -> u64 {
        self.out.get_ref().bytes
    }

    fn finish(self: Box<Self>) -> Result<(), ConvertError> {
        let finish = |out: GzEncoder<Counted>| -> io::Result<()> {
            let file = out.finish()?.file;
            file.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()
        };
        finish(self.out).map_err(at(&self.path))
    }
}

/// With a header row. NULL is an empty cell; values are as they are, for programs: no formula of a spreadsheet is made harmless.
#[derive(Default)]
pub(super) struct Csv {
    begun: bool,
}

impl Encode for Csv {
    fn encode(&mut self, rows: &RecordBatch, out: &mut dyn Write) -> Result<(), ConvertError> {
        let has_header = !std::mem::replace(&mut self.begun, true);
        let builder = csv::WriterBuilder::new().with_header(has_header);
        Ok(builder.build(out).write(rows)?)
    }
}

/// One object a line, without what is NULL.
pub(super) struct Ndjson;

impl Encode for Ndjson {
    fn encode(&mut self, rows: &RecordBatch, out: &mut dyn Write) -> Result<(), ConvertError> {
        let builder = json::WriterBuilder::new().with_explicit_nulls(false);
        let mut writer = builder.build::<_, LineDelimited>(out);
        writer.write(rows)?;
        Ok(writer.finish()?)
    }
}
