//! `ndjson`: one JSON object per line, each with a `kind`.
//!
//! The first line has kind `detections` and holds what concerns the run as a whole, what was covered among it. Then follow lines of kind
//! `finding` and `allowed`, with the fields that they have in `json`.

use std::collections::BTreeMap;
use std::io::Write;

use flowcover_detect::Report;
use jiff::Timestamp;
use serde::Serialize;

use super::GENERATOR;
use super::json::{Covered, Dated};
use crate::ndjson::{write_line, write_lines};
use crate::{Options, RenderError};

#[derive(Serialize)]
struct RunLine<'a> {
    schema: &'a str,
    generator: &'a str,
    generated_at: Option<Timestamp>,
    beyond: &'a BTreeMap<&'static str, usize>,
    detections: &'a [&'static str],
    coverage: Covered<'a>,
}

/// Writes line by line.
pub(super) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let run = RunLine {
        schema: report.schema,
        generator: GENERATOR,
        generated_at: options.generated_at,
        beyond: &report.beyond,
        detections: &report.detections,
        coverage: Covered::from(&report.coverage),
    };
    write_line("detections", &run, out)?;
    for finding in &report.findings {
        write_line("finding", &Dated::from(finding), out)?;
    }
    write_lines("allowed", &report.allowed, out)
}
