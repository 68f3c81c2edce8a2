//! `csv`.

use std::borrow::Cow;
use std::io::Write;

use ::csv::Writer;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::ArrayFormatter;

use super::{Inert, ResultWriter, spelling};

/// One row a record, NULL an empty cell. A text that a spreadsheet would run as a formula has a `'` before it.
pub(super) struct Csv<'w> {
    rows: Writer<&'w mut dyn Write>,
    header: Option<Vec<String>>,
    inert: Inert,
}

impl<'w> Csv<'w> {
    pub(super) fn new(schema: &SchemaRef, inert: Inert, out: &'w mut dyn Write) -> Self {
        let names = schema
            .fields()
            .iter()
            .map(|field| cell(field.name(), inert).into_owned());
        Self {
            rows: Writer::from_writer(out),
            header: Some(names.collect()),
            inert,
        }
    }

    fn header(&mut self) -> Result<(), ArrowError> {
        match self.header.take() {
            Some(names) => self.rows.write_record(names).map_err(failed),
            None => Ok(()),
        }
    }
}

impl ResultWriter for Csv<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.header()?;
        let options = spelling();
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()?;
        let schema = batch.schema();
        let is_text: Vec<bool> = schema
            .fields()
            .iter()
            .map(|f| is_text(f.data_type()))
            .collect();
        for row in 0..batch.num_rows() {
            for (column, is_text) in columns.iter().zip(&is_text) {
                let value = column.value(row).try_to_string()?;
                let value = if *is_text {
                    cell(&value, self.inert)
                } else {
                    Cow::from(value.as_str())
                };
                self.rows.write_field(value.as_bytes()).map_err(failed)?;
            }
            self.rows.write_record(None::<&[u8]>).map_err(failed)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        self.header()?;
        self.rows.flush().map_err(ArrowError::from)
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

fn cell(text: &str, inert: Inert) -> Cow<'_, str> {
    let text = inert(text);
    // `-` alone, or before other than a digit, is no formula that could do harm; it is guarded all the same.
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::from(format!("'{text}"))
    } else {
        text
    }
}

fn failed(error: ::csv::Error) -> ArrowError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => ArrowError::from(error),
        other => ArrowError::CsvError(format!("{other:?}")),
    }
}
