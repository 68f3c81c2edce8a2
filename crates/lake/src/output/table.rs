//! `table`.

use std::borrow::Cow;
use std::io::Write;

use comfy_table::{
    Cell, CellAlignment, ContentArrangement, Table as Drawn, TableComponent, presets,
};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::ArrayFormatter;

use super::units::Unit;
use super::{Inert, ResultWriter, TableOptions, spelling};

/// Characters of a value that are shown on a terminal.
const MOST_WIDTH: usize = 48;

/// Columns side by side, numbers to the right.
pub(super) struct Table<'w> {
    drawn: Drawn,
    numeric: Vec<bool>,
    units: Vec<Unit>,
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
        let width = options.width.filter(|_| !options.full);
        match width.and_then(|width| u16::try_from(width).ok()) {
            Some(width) => drawn
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width),
            None => drawn.set_content_arrangement(ContentArrangement::Disabled),
        };
        let fields = schema.fields().iter();
        let numeric: Vec<bool> = fields.map(|field| field.data_type().is_numeric()).collect();
        let units = schema.fields().iter().map(|field| match options.full {
            true => Unit::None,
            false => Unit::of(field),
        });
        let units = units.collect();
        let fields = schema.fields().iter().zip(&numeric);
        drawn.set_header(fields.map(|(field, numeric)| cell(&inert(field.name()), *numeric)));
        Self {
            drawn,
            numeric,
            units,
            options,
            rows: 0,
            inert,
            out,
        }
    }
}

/// The first characters of a text, with a sign that there are more.
fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST_WIDTH) {
        None => Cow::from(text),
        Some(_) => {
            let start: String = text.chars().take(MOST_WIDTH - 1).collect();
            Cow::from(start + "…")
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
            for (index, column) in columns.iter().enumerate() {
                let value = column.value(row).try_to_string()?;
                let value = self.units[index].show(&value);
                let value = (self.inert)(&value);
                let is_cut = !self.options.full && self.options.width.is_some();
                let value = if is_cut { cut(&value) } else { value };
                cells.push(cell(&value, self.numeric[index]));
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
