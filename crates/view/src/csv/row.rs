//! One row of a CSV file, set by the names of its columns.

use std::borrow::Cow;
use std::io::Write;

use csv::Writer;

use crate::{RenderError, inert};

/// The cells of one row; those that are not set are empty.
pub(crate) struct Row<'a> {
    columns: &'static [&'static str],
    cells: Vec<Cow<'a, str>>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(columns: &'static [&'static str]) -> Self {
        Self {
            columns,
            cells: vec![Cow::Borrowed(""); columns.len()],
        }
    }

    pub(crate) fn set(&mut self, column: &str, value: impl Into<Cow<'a, str>>) {
        let at = self.columns.iter().position(|name| *name == column);
        self.cells[at.expect("only columns of the list are set")] = value.into();
    }

    pub(crate) fn set_if(&mut self, column: &str, value: Option<impl Into<Cow<'a, str>>>) {
        self.set(column, value.map(Into::into).unwrap_or_default());
    }

    /// Writes the cells; one that a spreadsheet would run as a formula has a `'` before it.
    pub(crate) fn write<W: Write>(&self, rows: &mut Writer<W>) -> Result<(), RenderError> {
        for cell in &self.cells {
            rows.write_field(inert::csv(cell).as_bytes())?;
        }
        // Ends the record.
        Ok(rows.write_record(None::<&[u8]>)?)
    }
}
