//! What one address, block, interface, instance or security group did, in each format.

mod csv;
mod html;
pub(crate) mod json;
mod markdown;
mod ndjson;
mod table;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod words;

use std::io::{BufWriter, Write};

use flowcover_detect::Dossier;

use crate::{BUFFER, Format, Options, RenderError};

/// Writes an investigation to `out` in `format`, which must be one of [`Format::OF_INVESTIGATIONS`].
///
/// # Errors
///
/// When the format has no place for it, before anything is written; or when `out` refuses what is written to it, see
/// [`RenderError::is_broken_pipe`].
pub fn render(
    dossier: &Dossier,
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut out = BufWriter::with_capacity(BUFFER, out);
    match format {
        Format::Table => table::write(dossier, options, &mut out)?,
        Format::Json => json::write(dossier, options, &mut out)?,
        Format::Ndjson => ndjson::write(dossier, options, &mut out)?,
        Format::Csv => csv::write(dossier, &mut out)?,
        Format::Markdown => markdown::write(dossier, options, &mut out)?,
        Format::Html => html::write(dossier, options, &mut out)?,
        _ => return Err(RenderError::NotForInvestigations(format)),
    }
    Ok(out.flush()?)
}
