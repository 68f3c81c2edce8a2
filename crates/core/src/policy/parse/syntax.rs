//! What in a file is not TOML, and how much of the rest can be judged all the same.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue, Error};

use super::super::diagnostic::{Diagnostic, Level, Source};

/// Most lines for which it is said that the grammar is broken: one slip tends to be found again
/// in every line after it.
const MOST_BROKEN_LINES: usize = 3;

/// How the TOML parser says that a key stands twice. Should it say it otherwise one day, such a
/// key counts as broken grammar, which is still an error.
const DUPLICATE_KEY: &str = "duplicate key";

/// The faults of a file, the first of each line (it is the cause of the others), in its order.
#[derive(Debug)]
pub(super) struct Faults {
    /// In a single value (a day that does not exist, a word without quotation marks) or a key
    /// that stands twice: the lines around are as they were meant.
    local: Vec<Fault>,
    /// In the grammar: what follows may have been read as something else.
    structural: Vec<Fault>,
}

impl Faults {
    pub(super) fn new(source: &Source<'_>, document: &DeTable<'_>, errors: &[Error]) -> Self {
        let mut values = Values::new();
        gather_values(document, &mut values);
        let (mut local, mut structural): (Vec<Fault>, Vec<Fault>) = errors
            .iter()
            .map(|error| Fault::new(source, error))
            .partition(|fault| fault.message == DUPLICATE_KEY || is_in_one(&values, &fault.span));
        for faults in [&mut local, &mut structural] {
            faults.sort_by_key(|fault| fault.span.start);
            faults.dedup_by_key(|fault| fault.line);
        }
        Self { local, structural }
    }

    /// Whether what seems to be missing may stand in a part that could not be read.
    pub(super) fn may_hide_something(&self) -> bool {
        !self.structural.is_empty()
    }

    /// Whether that line was read as it was meant.
    pub(super) fn spare(&self, line: u32) -> bool {
        line < self.first_broken_line()
            && self
                .local
                .binary_search_by_key(&line, |fault| fault.line)
                .is_err()
    }

    fn first_broken_line(&self) -> u32 {
        self.structural.first().map_or(u32::MAX, |fault| fault.line)
    }

    pub(super) fn diagnostics(&self, source: &Source<'_>) -> Vec<Diagnostic> {
        let broken = self.first_broken_line();
        let local = self.local.iter().take_while(|fault| fault.line < broken);
        let structural = self.structural.iter().take(MOST_BROKEN_LINES);
        let local = local.map(|fault| fault.in_value(source));
        let structural = structural.map(|fault| {
            let message = format!("not valid TOML: {}", fault.message);
            fault.diagnostic(source, message, None)
        });
        local.chain(structural).collect()
    }
}

/// One fault.
#[derive(Debug)]
struct Fault {
    message: String,
    span: Range<usize>,
    line: u32,
}

impl Fault {
    fn new(source: &Source<'_>, error: &Error) -> Self {
        let span = error.span().unwrap_or(0..0);
        Self {
            message: error.message().to_owned(),
            line: source.line(span.start),
            span,
        }
    }

    fn in_value(&self, source: &Source<'_>) -> Diagnostic {
        let text = source.text.get(self.span.clone()).unwrap_or_default();
        if self.message != DUPLICATE_KEY && is_bare_word(text) {
            let hint = match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "true" => "write true".to_owned(),
                "no" | "off" | "false" => "write false".to_owned(),
                _ => format!("write \"{text}\""),
            };
            let message = format!("`{text}` is neither a number nor text in quotation marks");
            return self.diagnostic(source, message, Some(hint));
        }
        self.diagnostic(source, self.message.clone(), None)
    }

    fn diagnostic(&self, source: &Source<'_>, message: String, hint: Option<String>) -> Diagnostic {
        Diagnostic {
            severity: Level::Error,
            message,
            source: source.name.to_owned(),
            place: Some(source.place(&self.span)),
            label: None,
            hint,
        }
    }
}

/// The end of each single value that belongs to a key, by its start, and whether it was taken
/// for text.
type Values = BTreeMap<usize, (usize, bool)>;

fn gather_values(table: &DeTable<'_>, values: &mut Values) {
    for value in table.values() {
        match value.get_ref() {
            DeValue::Table(table) => gather_values(table, values),
            DeValue::Array(items) => {
                let tables = items.iter().filter_map(|item| item.get_ref().as_table());
                tables.for_each(|table| gather_values(table, values));
            }
            single => {
                let span = value.span();
                values.insert(span.start, (span.end, single.is_str()));
            }
        }
    }
}

/// Whether the span is a value, or part of a number, date or the like. Part of a text will not
/// do: a text that is not closed goes on where it should have ended.
fn is_in_one(values: &Values, span: &Range<usize>) -> bool {
    let before = values.range(..=span.start).next_back();
    before.is_some_and(|(&start, &(end, is_text))| {
        !span.is_empty() && span.end <= end && (!is_text || *span == (start..end))
    })
}

/// Whether this is a short word, as one is written who forgets the quotation marks.
fn is_bare_word(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() <= 60
        && text.bytes().all(is_part)
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}
