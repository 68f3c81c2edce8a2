//! What detections found, in each format.
//!
//! Every format says three things: the findings, the gravest first; which entries of the allow-list have expired or are not needed; and
//! what was covered, also where nothing was found, for without it "nothing found" means little.

mod allowed;
pub(crate) mod chart;
pub(crate) mod coverage;
mod csv;
mod groups;
pub(crate) mod html;
pub(crate) mod json;
mod markdown;
mod ndjson;
mod ocsf;
pub(crate) mod rule;
mod sarif;
mod table;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
pub(crate) mod words;

use std::io::{BufWriter, Write};

use flowcover_detect::Report;

use crate::{BUFFER, Format, Options, RenderError};

/// Of what was written: name and version.
pub(crate) const GENERATOR: &str = concat!("flowcover ", env!("CARGO_PKG_VERSION"));

/// Writes what detections found to `out` in `format`, which must be one of [`Format::OF_DETECTIONS`].
///
/// # Errors
///
/// When the format has no place for it, before anything is written; or when `out` refuses what is written to it, see
/// [`RenderError::is_broken_pipe`].
pub fn render(
    report: &Report,
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut out = BufWriter::with_capacity(BUFFER, out);
    write(report, format, options, &mut out)?;
    Ok(out.flush()?)
}

fn write(
    report: &Report,
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    match format {
        Format::Table => table::write(report, options, out),
        Format::Json => json::write(report, options, out),
        Format::Ndjson => ndjson::write(report, options, out),
        Format::Csv => csv::write(report, out),
        Format::Markdown => markdown::write(report, options, out),
        Format::Html => html::write(report, options, out),
        Format::Sarif => sarif::write(report, options, out),
        Format::Ocsf => ocsf::write(report, options, out),
        Format::Junit | Format::Asff | Format::Prometheus => {
            Err(RenderError::NotForDetections(format))
        }
    }
}
