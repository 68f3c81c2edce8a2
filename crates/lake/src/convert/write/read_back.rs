//! What a file holds, seen by reading it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, RecordBatch};
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use flate2::bufread::MultiGzDecoder;

use crate::convert::error::at;
use crate::convert::{ConvertError, To, Totals};

/// Counts and sums of a file that was written with that schema.
pub(in crate::convert) fn read_back(
    to: To,
    schema: &SchemaRef,
    path: &Path,
) -> Result<Totals, ConvertError> {
    let file = File::open(path).map_err(at(path))?;
    match to {
        To::Parquet => parquet(file),
        To::Csv => csv_file(file, schema),
        To::Ndjson => ndjson(file, sums(), |batch| Ok(batch.clone())),
        To::Ocsf => {
            let traffic = Field::new_struct("traffic", sums(), true);
            ndjson(file, Fields::from(vec![traffic]), traffic_of)
        }
    }
}

fn sums() -> Fields {
    let names = Totals::COLUMNS.iter();
    names
        .map(|name| Field::new(*name, DataType::Int64, true))
        .collect()
}

fn parquet(file: File) -> Result<Totals, ConvertError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let columns = Totals::COLUMNS.into_iter();
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(64 * 1024)
        .build()?;
    sum(batches)
}

fn csv_file(file: File, schema: &SchemaRef) -> Result<Totals, ConvertError> {
    let names = schema.fields().iter().enumerate();
    let mut columns: Vec<usize> = names
        .filter(|(_, field)| Totals::COLUMNS.contains(&field.name().as_str()))
        .map(|(index, _)| index)
        .collect();
    if columns.is_empty() {
        // Rows must be counted all the same.
        columns.push(0);
    }
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8View => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        _ => Arc::clone(field),
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let reader = csv::ReaderBuilder::new(Arc::new(schema))
        .with_header(true)
        .with_projection(columns)
        .build_buffered(unpacked(file))?;
    sum(reader)
}

fn ndjson(
    file: File,
    fields: Fields,
    rows: impl Fn(&RecordBatch) -> Result<RecordBatch, ArrowError>,
) -> Result<Totals, ConvertError> {
    let schema = Arc::new(Schema::new(fields));
    let reader = json::ReaderBuilder::new(schema).build(unpacked(file))?;
    sum(reader.map(|batch| rows(&batch?)))
}

fn unpacked(file: File) -> BufReader<MultiGzDecoder<BufReader<File>>> {
    BufReader::with_capacity(1 << 16, MultiGzDecoder::new(BufReader::new(file)))
}

fn traffic_of(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let traffic = batch.column(0).as_struct();
    // Where there is no traffic, its parts are NULL, too.
    let columns = traffic.columns().to_vec();
    RecordBatch::try_new(Arc::new(Schema::new(sums())), columns)
}

fn sum(
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<Totals, ConvertError> {
    let mut totals = Totals::default();
    for batch in batches {
        totals += Totals::of(&batch?);
    }
    Ok(totals)
}
