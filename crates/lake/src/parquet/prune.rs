//! Which row groups of a file may hold what is asked for, by their statistics and bloom filters.
//!
//! Wrong statistics are taken at their word, as every reader of Parquet does.

use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::file::metadata::ColumnChunkMetaData;
use datafusion::parquet::file::statistics::Statistics;

use super::{Input, STATUS};
use crate::bounds::{Bound, Clause, Test};

/// The row groups that may hold rows that pass every clause, by number.
pub(super) fn row_groups(
    file: &ParquetRecordBatchReaderBuilder<Input>,
    metadata: &ArrowReaderMetadata,
    clauses: &[Clause],
) -> Vec<usize> {
    let all = 0..metadata.metadata().num_row_groups();
    let file = File { file, metadata };
    all.filter(|&group| {
        let passes =
            |test: &dyn Fn(&Bound) -> bool| clauses.iter().all(|clause| clause.iter().any(test));
        // Bloom filters must be read: they are asked where statistics do not settle it.
        passes(&|bound| file.may_hold(group, bound))
            && passes(&|bound| file.may_hold(group, bound) && file.may_bloom(group, bound))
    })
    .collect()
}

/// Whether the statistics of these row groups say that every record tells of traffic.
pub(super) fn all_ok(metadata: &ArrowReaderMetadata, groups: &[usize]) -> bool {
    let Some(column) = column(metadata, STATUS) else {
        return false;
    };
    groups.iter().all(|&group| {
        let chunk = metadata.metadata().row_group(group).column(column);
        chunk.statistics().is_some_and(|statistics| {
            statistics.null_count_opt() == Some(0)
                && statistics.min_is_exact()
                && statistics.max_is_exact()
                && statistics.min_bytes_opt() == Some(b"OK".as_slice())
                && statistics.max_bytes_opt() == Some(b"OK".as_slice())
        })
    })
}

/// The leaf of that column. Columns of flow logs are not nested: the first names of their paths are all of them.
fn column(metadata: &ArrowReaderMetadata, name: &str) -> Option<usize> {
    let columns = metadata.parquet_schema().columns();
    columns
        .iter()
        .position(|column| column.path().parts() == [name])
}

struct File<'f> {
    file: &'f ParquetRecordBatchReaderBuilder<Input>,
    metadata: &'f ArrowReaderMetadata,
}

impl File<'_> {
    /// What statistics say.
    fn may_hold(&self, group: usize, bound: &Bound) -> bool {
        let Some(column) = column(self.metadata, &bound.column) else {
            // NULL in every row, unless it is nested and not read: then it is NULL, too.
            return false;
        };
        let row_group = self.metadata.metadata().row_group(group);
        let chunk: &ColumnChunkMetaData = row_group.column(column);
        let Some(statistics) = chunk.statistics() else {
            return true;
        };
        let rows = u64::try_from(row_group.num_rows()).ok();
        if rows.is_some() && statistics.null_count_opt() == rows {
            return false;
        }
        let field = self.metadata.schema().field_with_name(&bound.column);
        let kind = field.map(|field| field.data_type().clone());
        match (&bound.test, kind) {
            (Test::Is(text), Ok(DataType::Utf8 | DataType::Utf8View)) => {
                may_hold_text(statistics, text)
            }
            (Test::Within(least, most), Ok(DataType::Int32 | DataType::Int64)) => {
                numbers(statistics).is_none_or(|(min, max)| min <= *most && max >= *least)
            }
            // Another type than AWS writes: its values are brought to ours when they are read.
            _ => true,
        }
    }

    /// What the bloom filter says, if there is one.
    fn may_bloom(&self, group: usize, bound: &Bound) -> bool {
        let Test::Is(text) = &bound.test else {
            return true;
        };
        let Some(column) = column(self.metadata, &bound.column) else {
            return true;
        };
        // One that cannot be read says nothing.
        match self.file.get_row_group_column_bloom_filter(group, column) {
            Ok(Some(filter)) if filter.num_blocks() > 0 => filter.check(text.as_str()),
            _ => true,
        }
    }
}

fn may_hold_text(statistics: &Statistics, text: &str) -> bool {
    // Old writers compared bytes as signed numbers.
    if statistics.is_min_max_deprecated() {
        return true;
    }
    let bytes = text.as_bytes();
    // Cut ones are still bounds.
    statistics.min_bytes_opt().is_none_or(|min| min <= bytes)
        && statistics.max_bytes_opt().is_none_or(|max| max >= bytes)
}

fn numbers(statistics: &Statistics) -> Option<(i64, i64)> {
    match statistics {
        Statistics::Int32(values) => {
            Some((i64::from(*values.min_opt()?), i64::from(*values.max_opt()?)))
        }
        Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
        _ => None,
    }
}
