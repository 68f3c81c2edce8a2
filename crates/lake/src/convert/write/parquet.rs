//! Parquet as it is read fastest.

use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::schema::types::ColumnPath;
use flowcover_record::{Field, FieldKind};

use super::RecordWriter;
use crate::convert::ConvertError;
use crate::convert::error::at;

/// Rows of a row group at most; memory sets a smaller limit.
const MOST_ROWS: usize = 1 << 20;
/// How often a bloom filter says that an address may be there, and it is not.
const FALSE_POSITIVES: f64 = 0.01;
/// Different addresses of a row group that its filter is made for; it shrinks to what there are.
const ADDRESSES: u64 = 1 << 17;

/// One file.
pub(super) struct Parquet {
    rows: ArrowWriter<File>,
    path: PathBuf,
}

impl Parquet {
    pub(super) fn new(file: File, path: &Path, schema: &SchemaRef) -> Result<Self, ConvertError> {
        // Without Arrow's own description of the columns, every reader takes texts for texts.
        let options = ArrowWriterOptions::new()
            .with_properties(properties(schema)?)
            .with_skip_arrow_metadata(true);
        let rows = ArrowWriter::try_new_with_options(file, SchemaRef::clone(schema), options)?;
        Ok(Self {
            rows,
            path: path.to_owned(),
        })
    }
}

fn properties(schema: &SchemaRef) -> Result<WriterProperties, ConvertError> {
    let mut properties = WriterProperties::builder()
        .set_created_by(format!("flowcover {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(MOST_ROWS));
    for field in schema.fields() {
        let known = Field::all()
            .iter()
            .find(|known| known.parquet_name == field.name());
        if known.is_some_and(|known| known.kind == FieldKind::Address) {
            let path = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_bloom_filter_enabled(path.clone(), true)
                .set_column_bloom_filter_fpp(path.clone(), FALSE_POSITIVES)
                .set_column_bloom_filter_max_ndv(path, ADDRESSES);
        }
    }
    Ok(properties.build())
}

impl RecordWriter for Parquet {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), ConvertError> {
        Ok(self.rows.write(rows)?)
    }

    fn end_run(&mut self) -> Result<(), ConvertError> {
        Ok(self.rows.flush()?)
    }

    fn size(&self) -> u64 {
        self.rows.bytes_written() as u64
    }

    fn finish(self: Box<Self>) -> Result<(), ConvertError> {
        let file = self.rows.into_inner()?;
        file.sync_all().map_err(at(&self.path))
    }
}
