//! `json`: all of it as it is, one document. Its schema is kept as `docs/schema/investigation-1.json`.

use std::io::Write;

use flowcover_detect::Dossier;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::detections::GENERATOR;
use crate::detections::words::rfc3339;
use crate::json::write_pretty;
use crate::{Options, RenderError};

/// What one subject did. Moments are Unix seconds, as in the records themselves.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Document<'a> {
    /// Name and version of the program.
    generator: &'a str,
    /// When it was looked at.
    generated_at: Option<Timestamp>,
    /// When the subject's first flow began (RFC 3339); none without flows.
    first_seen_at: Option<String>,
    /// When its last flow ended (RFC 3339); none without flows.
    last_seen_at: Option<String>,
    #[serde(flatten)]
    dossier: &'a Dossier,
}

/// Writes one indented document.
pub(super) fn write(
    dossier: &Dossier,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let document = Document {
        generator: GENERATOR,
        generated_at: options.generated_at,
        first_seen_at: dossier.totals.first_seen.and_then(rfc3339),
        last_seen_at: dossier.totals.last_seen.and_then(rfc3339),
        dossier,
    };
    write_pretty(&document, out)?;
    Ok(out.write_all(b"\n")?)
}
