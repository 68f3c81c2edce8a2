//! `markdown`: for an issue, a ticket or a wiki page.

use std::io::Write;

use flowcover_core::suggest::words::{of_today, proposed, state, title};
use flowcover_core::suggest::{GroupAdvice, Status};

use super::{Suggested, words};
use crate::detections::GENERATOR;
use crate::markdown::cell;
use crate::{Options, RenderError};

/// Writes it under one second-level heading, so that it fits into a page of others.
pub(super) fn write(
    suggested: &Suggested<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let headline = words::headline(suggested.suggestion);
    writeln!(
        out,
        "## Security groups: {headline}\n\n| | |\n| --- | --- |"
    )?;
    for (label, text) in words::facts(suggested) {
        writeln!(out, "| {label} | {} |", cell(&text))?;
    }
    for warning in words::warnings(suggested) {
        writeln!(out, "| **warning** | {} |", cell(&warning))?;
    }
    for group in words::in_order(suggested.suggestion) {
        write_group(group, out)?;
    }
    let time = options.generated_at;
    let time = time.map_or_else(String::new, |time| format!(", {time}"));
    let made = cell(GENERATOR);
    Ok(writeln!(
        out,
        "\n<sub>{made}{time}. Nothing was applied.</sub>"
    )?)
}

fn write_group(group: &GroupAdvice, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(
        out,
        "\n### {}\n\n{}.",
        cell(&title(group)),
        cell(&state(group))
    )?;
    if group.rules.is_empty() && group.status != Status::Change {
        return Ok(());
    }
    writeln!(out, "\n| | rule | what was seen |\n| --- | --- | --- |")?;
    for (at, rule) in group.rules.iter().enumerate() {
        let sign = if group.diff.revoke.contains(&at) {
            "revoke"
        } else {
            "keep"
        };
        write_row(sign, &of_today(rule), out)?;
    }
    for rule in group.authorized() {
        write_row("**authorize**", &proposed(rule), out)?;
    }
    Ok(())
}

/// `rule  # remark` as two cells.
fn write_row(sign: &str, text: &str, out: &mut dyn Write) -> Result<(), RenderError> {
    let (rule, remark) = text.split_once("  # ").unwrap_or((text, ""));
    Ok(writeln!(
        out,
        "| {sign} | {} | {} |",
        cell(rule),
        cell(remark)
    )?)
}
