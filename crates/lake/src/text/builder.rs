//! The columns of a batch, filled from the fields of many lines at once.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int32Array, Int64Array, NullBufferBuilder, RecordBatch,
    RecordBatchOptions,
};
use datafusion::arrow::buffer::{Buffer, ScalarBuffer};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{ArrowNativeType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use flowcover_record::FieldKind;
use flowcover_record::split::Split;
use flowcover_record::value::{ValueError, int32, int64, unix_seconds};

use super::views::{TextBlock, TextViews};

/// A batch that is being filled. Its texts lie in the block that they were read from: it is finished before the next block.
#[derive(Debug)]
pub(crate) struct BatchBuilder {
    schema: SchemaRef,
    block: TextBlock,
    columns: Vec<ColumnBuilder>,
    rows: usize,
    /// Rows that turned out to be no records.
    bad: Vec<usize>,
}

#[derive(Debug)]
enum ColumnBuilder {
    Int32(Numbers<i32>),
    Int64(Numbers<i64>),
    Seconds(Numbers<i64>),
    Text(TextViews),
}

#[derive(Debug)]
struct Numbers<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
}

impl BatchBuilder {
    pub(crate) fn new(schema: SchemaRef, kinds: &[FieldKind]) -> Self {
        let columns = kinds.iter().map(|&kind| ColumnBuilder::new(kind));
        Self {
            schema,
            block: TextBlock::default(),
            columns: columns.collect(),
            rows: 0,
            bad: Vec::new(),
        }
    }

    /// Takes lines of that block from now on: most of them, or a few.
    pub(crate) fn begin(&mut self, block: &Buffer, few: bool) {
        let block = if few {
            TextBlock::unseen(block.clone())
        } else {
            TextBlock::new(block.clone())
        };
        for column in &mut self.columns {
            if let ColumnBuilder::Text(texts) = column {
                texts.begin(&block);
            }
        }
        self.block = block;
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Appends the lines; gives which of them, from 0, are no records.
    pub(crate) fn append(&mut self, split: &Split, positions: &[Option<usize>]) -> Vec<usize> {
        let mut bad = Vec::new();
        for (column, position) in self.columns.iter_mut().zip(positions) {
            match position {
                Some(position) => column.append(self.block.bytes(), split, *position, &mut bad),
                None => column.append_nulls(split.rows()),
            }
        }
        bad.sort_unstable();
        bad.dedup();
        self.bad.extend(bad.iter().map(|row| self.rows + row));
        self.rows += split.rows();
        bad
    }

    /// The batch, without the rows that are no records. The builder is empty again.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        let columns = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        if self.bad.is_empty() {
            return Ok(batch);
        }
        let mut keep = vec![true; rows];
        for row in self.bad.drain(..) {
            keep[row] = false;
        }
        filter_record_batch(&batch, &BooleanArray::from(keep))
    }
}

impl ColumnBuilder {
    fn new(kind: FieldKind) -> Self {
        match kind {
            FieldKind::Int32 => Self::Int32(Numbers::new()),
            FieldKind::Int64 => Self::Int64(Numbers::new()),
            FieldKind::UnixSeconds => Self::Seconds(Numbers::new()),
            FieldKind::Text | FieldKind::Address | FieldKind::TagValue => {
                Self::Text(TextViews::new(0))
            }
        }
    }

    fn append(&mut self, block: &[u8], split: &Split, position: usize, bad: &mut Vec<usize>) {
        let is_last = position + 1 == split.width();
        // Lines may end with CR LF.
        let end = move |from: usize, to: usize| {
            to - usize::from(is_last && to > from && block[to - 1] == b'\r')
        };
        let spans = split
            .column(position)
            .map(|(from, to)| (from, end(from, to)));
        let fields = spans.clone().map(|(from, to)| &block[from..to]);
        match self {
            Self::Int32(numbers) => numbers.append(fields, bad, int32),
            Self::Int64(numbers) => numbers.append(fields, bad, int64),
            Self::Seconds(numbers) => numbers.append(fields, bad, unix_seconds),
            Self::Text(texts) => append_texts(texts, block, spans, bad),
        }
    }

    fn append_nulls(&mut self, rows: usize) {
        match self {
            Self::Int32(numbers) => numbers.append_nulls(rows),
            Self::Int64(numbers) | Self::Seconds(numbers) => numbers.append_nulls(rows),
            Self::Text(texts) => texts.push_nulls(rows),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Int32(numbers) => {
                let (values, nulls) = (emptied(&mut numbers.values), numbers.nulls.finish());
                Arc::new(Int32Array::new(values, nulls))
            }
            Self::Int64(numbers) | Self::Seconds(numbers) => {
                let (values, nulls) = (emptied(&mut numbers.values), numbers.nulls.finish());
                Arc::new(Int64Array::new(values, nulls))
            }
            Self::Text(texts) => Arc::new(texts.finish()),
        }
    }
}

fn emptied<T: ArrowNativeType>(values: &mut Vec<T>) -> ScalarBuffer<T> {
    let capacity = values.capacity();
    std::mem::replace(values, Vec::with_capacity(capacity)).into()
}

fn append_texts(
    texts: &mut TextViews,
    block: &[u8],
    spans: impl Iterator<Item = (usize, usize)>,
    bad: &mut Vec<usize>,
) {
    for (row, (from, to)) in spans.enumerate() {
        if to <= from + 1 && is_no_value(&block[from..to]) {
            if from == to {
                bad.push(row);
            }
            texts.push_nulls(1);
        } else if !texts.push(from, to) {
            bad.push(row);
        }
    }
}

/// `-`, or nothing at all.
fn is_no_value(text: &[u8]) -> bool {
    text.first().is_none_or(|&byte| byte == b'-')
}

impl<T: Copy + Default> Numbers<T> {
    fn new() -> Self {
        Self {
            values: Vec::new(),
            nulls: NullBufferBuilder::new(0),
        }
    }

    #[inline]
    fn append<'b>(
        &mut self,
        fields: impl Iterator<Item = &'b [u8]>,
        bad: &mut Vec<usize>,
        parse: impl Fn(&[u8]) -> Result<Option<T>, ValueError>,
    ) {
        for (row, field) in fields.enumerate() {
            match parse(field) {
                Ok(Some(value)) => {
                    self.values.push(value);
                    self.nulls.append_non_null();
                }
                absent => {
                    if absent.is_err() {
                        bad.push(row);
                    }
                    self.append_nulls(1);
                }
            }
        }
    }

    fn append_nulls(&mut self, rows: usize) {
        self.values.resize(self.values.len() + rows, T::default());
        self.nulls.append_n_nulls(rows);
    }
}
