//! Keys, texts and dates of a price file, and what is said where they are wrong.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Reader, Value};
use crate::policy::{Diagnostic, Level, Place};

/// Most faults that are told of one file.
const MOST_FAULTS: usize = 20;

/// The keys of one tier.
pub(super) const TIER: [&str; 2] = ["up_to", "price"];

impl Reader<'_> {
    pub(super) fn fault(&mut self, span: Option<Range<usize>>, message: String, hint: &str) {
        if self.faults.len() < MOST_FAULTS {
            let place = span.map(|span| place(self.text, &span));
            self.faults.push(Diagnostic {
                severity: Level::Error,
                message,
                source: self.name.to_owned(),
                place,
                label: None,
                hint: Some(hint.to_owned()),
            });
        }
    }

    pub(super) fn confirmed(&mut self, table: &DeTable<'_>, at: &Range<usize>) -> Option<bool> {
        let value = self.value(table, "confirmed", at)?;
        match value.get_ref() {
            DeValue::Boolean(confirmed) => Some(*confirmed),
            _ => {
                self.fault(
                    Some(value.span()),
                    "`confirmed` must be true or false".to_owned(),
                    "true where you have seen it on a bill or a price list",
                );
                None
            }
        }
    }

    pub(super) fn date_of(&mut self, table: &DeTable<'_>, at: &Range<usize>) -> Option<String> {
        let date = self.text_of(table, "date", at)?;
        if date.parse::<jiff::civil::Date>().is_err() {
            self.fault(
                span_of(table, "date"),
                format!("{} is no date", shown(&date)),
                "write it as \"2026-11-22\"",
            );
            return None;
        }
        Some(date)
    }

    pub(super) fn text_of(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        at: &Range<usize>,
    ) -> Option<String> {
        let value = self.value(table, key, at)?;
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.to_string()),
            _ => {
                self.fault(
                    Some(value.span()),
                    format!("`{key}` must be text"),
                    "write it in quotation marks",
                );
                None
            }
        }
    }

    pub(super) fn value<'t, 'i>(
        &mut self,
        table: &'t DeTable<'i>,
        key: &str,
        at: &Range<usize>,
    ) -> Option<&'t Value<'i>> {
        let value = table.get(key);
        if value.is_none() {
            self.fault(
                Some(at.clone()),
                format!("`{key}` is missing"),
                "the file that is built in shows the form",
            );
        }
        value
    }

    pub(super) fn unknown_keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for (key, _) in table.iter() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let message = format!("unknown key {}", shown(name));
                self.fault(
                    Some(key.span()),
                    message,
                    &format!("known here: {}", known.join(", ")),
                );
            }
        }
    }
}

pub(super) fn span_of(table: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
    table.get(key).map(Spanned::span)
}

/// Text from the file, fit to stand in a message.
pub(super) fn shown(text: &str) -> String {
    let start: String = text.chars().take(60).collect();
    format!("`{}`", start.escape_debug())
}

fn place(text: &str, span: &Range<usize>) -> Place {
    let start = text.floor_char_boundary(span.start);
    let end = text.floor_char_boundary(span.end).max(start);
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Place {
        span: start..end,
        line: number(before.matches('\n').count() + 1),
        column: number(before[line_start..].chars().count() + 1),
    }
}
