//! Reports, one file per format, what flow logs cost ([`render_cost`]), what detections found ([`render_detections`]), what somebody did
//! ([`render_investigation`]), rules that are suggested ([`render_suggestion`]), and plans ([`plan`]).
//!
//! A [`Report`] is data; everything here only shows it. Names, tags, identifiers
//! and messages in a report may hold text that an attacker chose, so each format makes it inert first
//! (`inert`): no terminal escape, no bidirectional control, no spreadsheet formula, no markup survives.

mod accounts;
mod asff;
mod assessment;
mod cost;
mod csv;
mod detections;
mod error;
#[cfg(test)]
mod fixture;
mod format;
pub mod html;
mod inert;
mod investigation;
mod json;
mod junit;
mod markdown;
mod ndjson;
mod ocsf;
mod options;
pub mod plan;
mod prometheus;
mod sarif;
mod schema;
mod subject;
mod suggestion;
mod table;
#[cfg(test)]
mod tests;
mod words;

use std::io::{BufWriter, Write};

use flowcover_core::report::Report;

pub use cost::{planned_markdown, planned_text, render as render_cost};
pub use detections::render as render_detections;
pub use error::RenderError;
pub use format::{Format, UnknownFormat};
pub use inert::text as inert_text;
pub use investigation::render as render_investigation;
pub use options::{Options, Rule};
pub use schema::{
    cost_schema, detections_schema, inventory_schema, investigation_schema, plan_schema,
    report_schema, suggestion_schema,
};
pub use suggestion::{
    Covered, Suggested, SuggestionFormat, UnknownSuggestionFormat, render as render_suggestion,
};

/// Bytes gathered before they are written on: serialisers write a few bytes at a time.
const BUFFER: usize = 64 * 1024;

/// Writes `report` to `out` in `format`.
///
/// Output is streamed: it is never held as a whole in memory.
///
/// # Errors
///
/// When `out` refuses what is written to it; see [`RenderError::is_broken_pipe`].
pub fn render(
    format: Format,
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut out = BufWriter::with_capacity(BUFFER, out);
    write(format, report, options, &mut out)?;
    Ok(out.flush()?)
}

fn write(
    format: Format,
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    match format {
        Format::Json => json::write(report, out),
        Format::Ndjson => ndjson::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Markdown => markdown::write(report, options, out),
        Format::Html => html::write(report, out),
        Format::Sarif => sarif::write(report, options, out),
        Format::Junit => junit::write(report, out),
        Format::Ocsf => ocsf::write(report, options, out),
        Format::Asff => asff::write(report, options, out),
        Format::Prometheus => prometheus::write(report, out),
        Format::Table => table::write(report, options, out),
    }
}
