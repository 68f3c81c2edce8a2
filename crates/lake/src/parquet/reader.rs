//! The records of one Parquet object, batch by batch.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringViewArray, new_null_array,
};
use datafusion::arrow::compute::kernels::cmp::eq;
use datafusion::arrow::compute::{CastOptions, cast_with_options, nullif};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::errors::ParquetError;
use flowcover_record::{LogFormat, LogStatus};

use super::prune::{all_ok, row_groups};
use super::{FileSchema, Input, STATUS, format_of};
use crate::error::ObjectError;
use crate::ledger::Account;
use crate::text::ScanSpec;

/// Reads one object.
pub(crate) struct ParquetReader {
    schema: SchemaRef,
    location: Arc<str>,
    rows: Option<ParquetRecordBatchReader>,
    /// Whether statistics say that every record tells of traffic.
    all_ok: bool,
    account: Account,
}

/// A file whose rows can be read.
struct Opened {
    rows: ParquetRecordBatchReader,
    all_ok: bool,
    /// Rows of row groups that cannot hold what is asked for.
    passed_over: u64,
    /// The fields that its columns hold, if the table has not all of them.
    beyond: Option<LogFormat>,
}

impl ParquetReader {
    pub(crate) fn new(spec: &ScanSpec, location: &Arc<str>, size: u64, input: Input) -> Self {
        let mut reader = Self {
            schema: Arc::clone(&spec.schema),
            location: Arc::clone(location),
            rows: None,
            all_ok: false,
            account: Account {
                objects: 1,
                bytes_stored: size,
                ..Account::default()
            },
        };
        match open(spec, input) {
            Ok(opened) => {
                reader.rows = Some(opened.rows);
                reader.all_ok = opened.all_ok;
                reader.account.counts.read += opened.passed_over;
                reader.account.counts.passed_over += opened.passed_over;
                reader.account.beyond.extend(opened.beyond);
            }
            Err(error) => reader.fail(error.to_string()),
        }
        reader
    }

    pub(crate) fn finish(self) -> Account {
        self.account
    }

    /// The next batch. `None` at the end, or where the rest cannot be read.
    pub(crate) fn next_batch(&mut self) -> Option<RecordBatch> {
        let batch = self.rows.as_mut()?.next()?;
        let batch = batch.and_then(|batch| {
            let fitted = fit(&batch, &self.schema)?;
            count(&batch, self.all_ok, &mut self.account);
            Ok(fitted)
        });
        match batch {
            Ok(batch) => Some(batch),
            Err(error) => {
                self.rows = None;
                self.fail(error.to_string());
                None
            }
        }
    }

    fn fail(&mut self, what: String) {
        let first = what.lines().next().unwrap_or_default().to_owned();
        let error = ObjectError::Parquet(first);
        self.account
            .failures
            .insert(Arc::clone(&self.location), error);
    }
}

fn open(spec: &ScanSpec, input: Input) -> Result<Opened, ParquetError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = ArrowReaderMetadata::load(&input, options)?;
    let in_table = |name: &str| spec.schema.field_with_name(name).is_ok();
    let beyond = metadata.schema().fields().iter();
    let has_beyond = beyond.into_iter().any(|field| !in_table(field.name()));
    let beyond = has_beyond.then(|| format_of(metadata.schema())).flatten();
    // Texts as views: they are not copied out of their pages.
    let viewed = ArrowReaderOptions::new().with_schema(as_views(metadata.schema()));
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), viewed)?;
    let file = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata.clone());
    let groups = row_groups(&file, &metadata, &spec.bounds);
    let all_ok = all_ok(&metadata, &groups);
    let wanted = |name: &str| (name == STATUS && !all_ok) || in_table(name);
    let columns = metadata.schema().fields().iter().enumerate();
    let columns =
        columns.filter(|(_, field)| wanted(field.name()) && !field.data_type().is_nested());
    let columns: Vec<usize> = columns.map(|(index, _)| index).collect();
    let mask = ProjectionMask::roots(metadata.parquet_schema(), columns);
    let rows_of = |group: usize| {
        let rows = metadata.metadata().row_group(group).num_rows();
        u64::try_from(rows).unwrap_or_default()
    };
    let all: u64 = (0..metadata.metadata().num_row_groups()).map(rows_of).sum();
    let passed_over = all - groups.iter().copied().map(rows_of).sum::<u64>();
    let rows = file
        .with_projection(mask)
        .with_row_groups(groups)
        .with_batch_size(spec.batch_rows)
        .build()?;
    Ok(Opened {
        rows,
        all_ok,
        passed_over,
        beyond,
    })
}

fn as_views(schema: &FileSchema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<Arc<Field>>>()))
}

/// The columns of the table, in its order and types.
fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().map(|field| {
        let column = batch.column_by_name(field.name());
        let column = column.map_or_else(
            || Ok(new_null_array(field.data_type(), batch.num_rows())),
            |column| as_type(column, field.data_type()),
        );
        column.and_then(without_dashes)
    });
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

/// Other writers use other types. A value that does not fit is an error, not NULL.
fn as_type(column: &ArrayRef, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    if column.data_type() == kind {
        return Ok(Arc::clone(column));
    }
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(column, kind, &strict)
}

fn without_dashes(column: ArrayRef) -> Result<ArrayRef, ArrowError> {
    if *column.data_type() != DataType::Utf8View {
        return Ok(column);
    }
    let is_dash = eq(&column.as_string_view(), &StringViewArray::new_scalar("-"))?;
    if is_dash.true_count() == 0 {
        return Ok(column);
    }
    nullif(&column, &is_dash)
}

fn count(batch: &RecordBatch, all_ok: bool, account: &mut Account) {
    let counts = &mut account.counts;
    let rows = batch.num_rows() as u64;
    counts.read += rows;
    let status = batch.column_by_name(STATUS).filter(|_| !all_ok);
    match status.and_then(|column| column.as_string_view_opt()) {
        None => counts.parsed += rows,
        Some(status) => {
            for status in status {
                counts.record(status.and_then(|status| LogStatus::of(status.as_bytes())));
            }
        }
    }
}
