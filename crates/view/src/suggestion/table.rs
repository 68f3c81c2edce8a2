//! `table`: groups, how much each of their rules was used, and what is proposed, on a terminal.

use std::io::Write;

use flowcover_core::suggest::words::{of_today, proposed, state, title};
use flowcover_core::suggest::{GroupAdvice, Standing, Status};

use super::{Suggested, words};
use crate::table::page::{Page, Tone, pad};
use crate::{Options, RenderError};

/// Columns of labels.
const LABEL: usize = 9;

/// Writes what it rests on, then group by group.
pub(super) fn write(
    suggested: &Suggested<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut page = Page::new(out, options);
    let headline = words::headline(suggested.suggestion);
    page.heading(Tone::Strong, "SECURITY GROUPS", &headline)?;
    for (label, text) in words::facts(suggested) {
        labelled(&mut page, Tone::Quiet, label, &text)?;
    }
    for warning in words::warnings(suggested) {
        labelled(&mut page, Tone::Warning, "warning", &warning)?;
    }
    for group in words::in_order(suggested.suggestion) {
        write_group(group, &mut page)?;
    }
    page.blank()?;
    page.text(
        0,
        Tone::Quiet,
        "Nothing was applied. --format terraform or aws-cli writes what would do it; read it before you run it.",
    )
}

fn labelled(page: &mut Page<'_>, tone: Tone, label: &str, text: &str) -> Result<(), RenderError> {
    let lead = pad(label, LABEL);
    page.entry(2, 2 + LABEL, &[(tone, &lead)], Tone::Plain, text)
}

fn write_group(group: &GroupAdvice, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.blank()?;
    let tone = match group.status {
        Status::Change => Tone::Warning,
        Status::Fits => Tone::Good,
        Status::Withheld { .. } => Tone::Quiet,
    };
    page.text(0, Tone::Strong, &title(group))?;
    page.text(2, tone, &state(group))?;
    for (at, rule) in group.rules.iter().enumerate() {
        let (sign, tone) = if group.diff.revoke.contains(&at) {
            ("- ", Tone::Bad)
        } else {
            ("  ", Tone::Plain)
        };
        let text = match rule.standing {
            Standing::Unused => Tone::Quiet,
            _ => Tone::Plain,
        };
        page.entry(2, 8, &[(tone, sign)], text, &of_today(rule))?;
    }
    for rule in group.authorized() {
        page.entry(2, 8, &[(Tone::Good, "+ ")], Tone::Plain, &proposed(rule))?;
    }
    Ok(())
}
