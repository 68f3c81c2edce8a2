//! Rules of security groups that are suggested, in each format.

mod format;
pub(crate) mod json;
mod markdown;
mod table;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod words;

use std::io::{BufWriter, Write};

use flowcover_core::suggest::{self, Replayed, Suggestion};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{BUFFER, Options, RenderError};

pub use format::{SuggestionFormat, UnknownSuggestionFormat};

/// A suggestion, and what it rests on.
#[derive(Clone, Debug)]
pub struct Suggested<'a> {
    /// The suggestion.
    pub suggestion: &'a Suggestion,
    /// What would have been blocked, of the flows that it was made from.
    pub replay: &'a Replayed,
    /// What was looked at.
    pub covered: Covered,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Covered {
    /// When the inventory was collected.
    pub inventory_collected_at: Option<Timestamp>,
    /// Records that were understood.
    pub records: u64,
    /// `NODATA` records.
    pub nodata: u64,
    /// `SKIPDATA` records: AWS lost some there.
    pub skipdata: u64,
    /// Lines that are no records.
    pub malformed: u64,
    /// Objects that could not be read.
    pub unreadable_objects: u64,
    /// Flows of which no record says whether they were let through; they are left out.
    pub flows_without_action: u64,
    /// Bins of time without an object, in words.
    pub missing: Vec<String>,
    /// What could not be read when the inventory was collected, in words.
    pub gaps: Vec<String>,
}

/// Writes a suggestion to `out` in `format`.
///
/// # Errors
///
/// When `out` refuses what is written to it, see [`RenderError::is_broken_pipe`].
pub fn render(
    suggested: &Suggested<'_>,
    format: SuggestionFormat,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut out = BufWriter::with_capacity(BUFFER, out);
    match format {
        SuggestionFormat::Table => table::write(suggested, options, &mut out)?,
        SuggestionFormat::Json => json::write(suggested, options, &mut out)?,
        SuggestionFormat::Markdown => markdown::write(suggested, options, &mut out)?,
        SuggestionFormat::Diff => {
            writeln!(out, "replay: {}", words::replayed(suggested))?;
            for warning in words::not_covered(suggested) {
                writeln!(out, "warning: {}", crate::inert::text(&warning))?;
            }
            out.write_all(suggest::diff_text(suggested.suggestion).as_bytes())?;
        }
        SuggestionFormat::Terraform => {
            write_commented(
                suggested,
                &suggest::terraform(suggested.suggestion),
                &mut out,
            )?;
        }
        SuggestionFormat::AwsCli => {
            write_commented(suggested, &suggest::aws_cli(suggested.suggestion), &mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// Code, with what weakens it as comments behind its first lines of comment.
fn write_commented(
    suggested: &Suggested<'_>,
    code: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let is_comment = |line: &&str| line.starts_with('#');
    let head = code.lines().take_while(is_comment).count();
    for line in code.lines().take(head) {
        writeln!(out, "{line}")?;
    }
    for remark in words::remarks(suggested) {
        writeln!(out, "# {}", crate::inert::text(&remark))?;
    }
    for line in code.lines().skip(head) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
