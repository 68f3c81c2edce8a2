#![allow(clippy::unwrap_used)]

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn rows(count: i64) -> RecordBatch {
    let numbers: Int64Array = (0..count).map(|n| (n % 3 != 0).then_some(n)).collect();
    let texts = (0..count).map(|n| (n % 5 != 0).then(|| format!("a text of some length, {n}")));
    let texts: StringViewArray = texts.collect();
    RecordBatch::try_from_iter_with_nullable([
        ("bytes", Arc::new(numbers) as ArrayRef, true),
        ("text", Arc::new(texts) as ArrayRef, true),
    ])
    .unwrap()
}

fn written(format: ResultFormat, batches: &[RecordBatch], options: TableOptions) -> Vec<u8> {
    let mut out = Vec::new();
    let schema = rows(1).schema();
    let inert: Inert = |text| Cow::from(text);
    let mut writer = writer(format, &schema, options, inert, &mut out).unwrap();
    for batch in batches {
        writer.batch(batch).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    out
}

const FULL: TableOptions = TableOptions {
    width: Some(60),
    most_rows: 10,
    full: true,
};

/// What a reader finds in it is what was written, texts as texts.
#[test]
fn binary_formats_are_read_back() {
    for batches in [vec![], vec![rows(1)], vec![rows(5000), rows(0), rows(3)]] {
        let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let parquet = Bytes::from(written(ResultFormat::Parquet, &batches, FULL));
        let reader = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap();
        let found: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        check(&found, &batches, count);
        let arrow = written(ResultFormat::Arrow, &batches, FULL);
        let reader = FileReader::try_new(Cursor::new(arrow), None).unwrap();
        let found: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        check(&found, &batches, count);
    }
}

fn check(found: &[RecordBatch], expected: &[RecordBatch], count: usize) {
    let joined = |batches: &[RecordBatch]| {
        let columns: Vec<Vec<String>> = (0..2)
            .map(|column| {
                let values = batches.iter().flat_map(|batch| {
                    let column = batch.column(column);
                    let texts = cast(column, &DataType::Utf8).unwrap();
                    let texts = texts.to_data();
                    let texts = datafusion::arrow::array::StringArray::from(texts);
                    let owned = texts.iter().map(|text| format!("{text:?}"));
                    owned.collect::<Vec<_>>()
                });
                values.collect()
            })
            .collect();
        columns
    };
    assert_eq!(joined(found), joined(expected));
    assert_eq!(joined(found)[0].len(), count);
    for batch in found {
        assert_eq!(*batch.schema().field(1).data_type(), DataType::Utf8);
    }
}

#[test]
fn tables_are_cut_and_in_units_unless_full() {
    let long = "x".repeat(100);
    let texts: StringViewArray = [Some(long.as_str())].into_iter().collect();
    let numbers = Int64Array::from(vec![123_456_789]);
    let columns: Vec<ArrayRef> = vec![Arc::new(numbers), Arc::new(texts)];
    let batch = RecordBatch::try_new(rows(1).schema(), columns).unwrap();
    let text = |options| {
        let out = written(ResultFormat::Table, std::slice::from_ref(&batch), options);
        String::from_utf8(out).unwrap()
    };
    let full = text(FULL);
    assert!(full.contains(&long) && full.contains("123456789"), "{full}");
    let short = text(TableOptions {
        width: Some(80),
        full: false,
        ..FULL
    });
    assert!(short.contains("123 MB") && short.contains('…'), "{short}");
    assert!(!short.contains(&long), "{short}");
    assert_eq!(short.lines().count(), 3, "{short}");
}
