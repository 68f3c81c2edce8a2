//! `json`: all of it as it is, one document. Its schema is kept as `docs/schema/suggestion-1.json`.

use std::io::Write;

use flowcover_core::suggest::{Replayed, Suggestion};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Covered, Suggested};
use crate::detections::GENERATOR;
use crate::detections::words::rfc3339;
use crate::json::write_pretty;
use crate::{Options, RenderError};

/// Version of the document.
const SCHEMA: &str = "flowcover.suggestion/1";

/// Rules of security groups as the accepted traffic needs them. Moments are Unix seconds, as in the records themselves.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Document<'a> {
    /// `flowcover.suggestion/1`.
    schema: &'a str,
    /// Name and version of the program.
    generator: &'a str,
    /// When it was made.
    generated_at: Option<Timestamp>,
    /// When the first accepted flow began (RFC 3339); none without flows.
    first_seen_at: Option<String>,
    /// When the last one ended (RFC 3339); none without flows.
    last_seen_at: Option<String>,
    /// What was looked at.
    covered: &'a Covered,
    /// What would have been blocked, of the flows that it was made from.
    replay: &'a Replayed,
    #[serde(flatten)]
    suggestion: &'a Suggestion,
}

/// Writes one indented document.
pub(super) fn write(
    suggested: &Suggested<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let suggestion = suggested.suggestion;
    let document = Document {
        schema: SCHEMA,
        generator: GENERATOR,
        generated_at: options.generated_at,
        first_seen_at: suggestion.first_seen.and_then(rfc3339),
        last_seen_at: suggestion.last_seen.and_then(rfc3339),
        covered: &suggested.covered,
        replay: suggested.replay,
        suggestion,
    };
    write_pretty(&document, out)?;
    Ok(out.write_all(b"\n")?)
}
