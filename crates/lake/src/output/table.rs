//! `table`.

use std::io::Write;

use comfy_table::{
    Cell, CellAlignment, ContentArrangement, Table as Drawn, TableComponent, presets,
};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::ArrayFormatter;

use super::{Inert, ResultWriter, TableOptions, spelling};

/// Columns side by side, numbers to the right.
pub(super) struct Table<'w> {
    drawn: Drawn,
    numeric: Vec<bool>,
    options: TableOptions,
    rows: usize,
    inert: Inert,
    out: &'w mut dyn Write,
}

impl<'w> Table<'w> {
    pub(super) fn new(
        schema: &SchemaRef,
        options: TableOptions,
        inert: Inert,
        out: &'w mut dyn Write,
    ) -> Self {
        let mut drawn = Drawn::new();
        drawn
            .load_preset(presets::NOTHING)
            .set_style(TableComponent::HeaderLines, '─')
            .set_style(TableComponent::MiddleHeaderIntersections, '─');
        match options.width.and_then(|width| u16::try_from(width).ok()) {
            Some(width) => drawn
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width),
            None => drawn.set_content_arrangement(ContentArrangement::Disabled),
        };
        let fields = schema.fields().iter();
        let numeric: Vec<bool> = fields.map(|field| field.data_type().is_numeric()).collect();
        let fields = schema.fields().iter().zip(&numeric);
        drawn.set_header(fields.map(|(field, numeric)| cell(&inert(field.name()), *numeric)));
        Self {
            drawn,
            numeric,
            options,
            rows: 0,
            inert,
            out,
        }
    }
}

fn cell(text: &str, numeric: bool) -> Cell {
    let side = if numeric {
        CellAlignment::Right
    } else {
        CellAlignment::Left
    };
    Cell::new(text).set_alignment(side)
}

impl ResultWriter for Table<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let options = spelling();
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()?;
        let room = self.options.most_rows.saturating_sub(self.rows);
        for row in 0..batch.num_rows().min(room) {
            let mut cells = Vec::with_capacity(columns.len());
            for (column, numeric) in columns.iter().zip(&self.numeric) {
                let value = column.value(row).try_to_string()?;
                cells.push(cell(&(self.inert)(&value), *numeric));
            }
            self.drawn.add_row(cells);
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        writeln!(self.out, "{}", self.drawn)?;
        let hidden = self.rows.saturating_sub(self.options.most_rows);
        if hidden > 0 {
            writeln!(self.out, "… and {hidden} more rows: --format csv gives all")?;
        }
        Ok(self.out.flush()?)
    }
}
