//! The tables of a policy file, and the reader that gathers what is wrong with them.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::super::diagnostic::{Diagnostic, Level, Source, shown};
use super::super::keys::{self, Part};
use super::super::{Setting, suggest};
use crate::finding::PolicyLine;

/// A table of the file.
#[derive(Clone, Debug)]
pub(super) struct Section<'a, 'i> {
    pub(super) table: &'a DeTable<'i>,
    /// Its full name, as in messages.
    pub(super) path: String,
    /// Its full name in [`keys::KEYS`].
    pub(super) pattern: &'static str,
    /// Where its heading stands.
    pub(super) heading: Range<usize>,
}

/// A key of the file with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a, 'i> {
    pub(super) name: &'a str,
    /// Its full name, fit to be shown.
    pub(super) path: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: &'a DeValue<'i>,
    pub(super) span: Range<usize>,
}

impl<'a, 'i> Section<'a, 'i> {
    /// The keys, in the order of the file.
    pub(super) fn entries(&self) -> Vec<Entry<'a, 'i>> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| Entry {
                name: key.get_ref(),
                path: match self.path.as_str() {
                    "" => shown(key.get_ref()),
                    path => format!("{path}.{}", shown(key.get_ref())),
                },
                key_span: key.span(),
                value: value.get_ref(),
                span: value.span(),
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        entries
    }

    pub(super) fn entry(&self, name: &str) -> Option<Entry<'a, 'i>> {
        self.entries().into_iter().find(|entry| entry.name == name)
    }
}

impl<'a, 'i> Entry<'a, 'i> {
    pub(super) fn is_empty_list(&self) -> bool {
        matches!(self.value, DeValue::Array(items) if items.iter().next().is_none())
    }

    /// The value as a table, whose keys [`keys::KEYS`] has under `pattern`.
    pub(super) fn section(
        &self,
        reader: &mut Reader<'_>,
        pattern: &'static str,
    ) -> Option<Section<'a, 'i>> {
        match self.value {
            DeValue::Table(table) => Some(Section {
                table,
                path: self.path.clone(),
                pattern,
                heading: self.span.clone(),
            }),
            _ => reader.wrong_type(self, "a table", None),
        }
    }
}

/// Reads values and gathers what is wrong.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) source: Source<'a>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether the file is not TOML, so that what seems to be missing may stand in the part that
    /// could not be read.
    pub(super) is_broken: bool,
}

impl Reader<'_> {
    pub(super) fn push(
        &mut self,
        severity: Level,
        span: &Range<usize>,
        message: String,
        label: Option<String>,
        hint: Option<String>,
    ) {
        self.diagnostics.push(Diagnostic {
            severity,
            message,
            source: self.source.name.to_owned(),
            place: Some(self.source.place(span)),
            label,
            hint,
        });
    }

    /// An error at a span. Yields nothing, for use in the place of the value that is not there.
    pub(super) fn error<T>(
        &mut self,
        span: &Range<usize>,
        message: String,
        hint: &str,
    ) -> Option<T> {
        self.push(Level::Error, span, message, None, Some(hint.to_owned()));
        None
    }

    /// An error about something that is not in the table.
    pub(super) fn missing(&mut self, section: &Section<'_, '_>, message: &str, hint: &str) {
        if !self.is_broken {
            self.error::<()>(&section.heading, message.to_owned(), hint);
        }
    }

    pub(super) fn wrong_type<T>(
        &mut self,
        entry: &Entry<'_, '_>,
        wanted: &str,
        hint: Option<String>,
    ) -> Option<T> {
        let found = match entry.value.type_str() {
            kind @ ("integer" | "array") => format!("an {kind}"),
            "datetime" => "a date".to_owned(),
            kind => format!("a {kind}"),
        };
        let message = format!("`{}` must be {wanted}, not {found}", entry.path);
        let label = Some(format!("this is {found}"));
        self.push(Level::Error, &entry.span, message, label, hint);
        None
    }

    /// A warning for each key of the table that is not known there.
    pub(super) fn warn_of_unknown_keys(&mut self, section: &Section<'_, '_>) {
        self.report_unknown_keys(section, Level::Warning, "this has no effect");
    }

    /// A diagnostic for each key of the table that is not known there.
    pub(super) fn report_unknown_keys(
        &mut self,
        section: &Section<'_, '_>,
        severity: Level,
        label: &str,
    ) {
        let mut known = keys::names_in(section.pattern);
        if section.pattern == "fix.override[]" {
            // What can be set for all can be set for some.
            known.extend(
                keys::names_in("fix")
                    .into_iter()
                    .filter(|name| *name != "override"),
            );
        }
        let part = Part::of(section.pattern);
        for entry in section.entries() {
            if !known.contains(&entry.name) {
                self.report_unknown_key(&entry, &known, part, severity, label);
            }
        }
    }

    /// A diagnostic for a key that is none of those `known` in its table, of that part of the file.
    pub(super) fn report_unknown_key(
        &mut self,
        entry: &Entry<'_, '_>,
        known: &[&str],
        part: Part,
        severity: Level,
        label: &str,
    ) {
        let near = || suggest::nearest(entry.name, known.iter().copied());
        let elsewhere = |part| keys::path_of(entry.name, part);
        // Names of the other parts are like those of what the policy asks for.
        let meant = match part {
            Part::Asked => elsewhere(part)
                .or_else(near)
                .or_else(|| elsewhere(Part::Fix))
                .or_else(|| elsewhere(Part::Detect)),
            Part::Fix | Part::Detect => near().or_else(|| elsewhere(part)),
        };
        let hint = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let message = format!("unknown key `{}`", entry.path);
        let label = Some(label.to_owned());
        self.push(severity, &entry.key_span, message, label, Some(hint));
    }

    /// The tables of a list, whose keys [`keys::KEYS`] has under `pattern`; `hint` says how one is headed.
    pub(super) fn tables<'a, 'i>(
        &mut self,
        entry: &Entry<'a, 'i>,
        pattern: &'static str,
        hint: &str,
    ) -> Vec<Section<'a, 'i>> {
        let DeValue::Array(items) = entry.value else {
            let message = format!("`{}` must be a list of tables", entry.path);
            self.error::<()>(&entry.span, message, hint);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            let item = Entry {
                key_span: item.span(),
                value: item.get_ref(),
                span: item.span(),
                ..entry.clone()
            };
            sections.extend(item.section(self, pattern));
        }
        sections
    }

    /// Reads one key into a setting. The setting stays as it was if the key is not there, or
    /// not right.
    pub(super) fn set<'a, 'i, T>(
        &mut self,
        section: &Section<'a, 'i>,
        name: &str,
        setting: &mut Setting<T>,
        read: impl FnOnce(&mut Self, &Entry<'a, 'i>) -> Option<T>,
    ) -> Option<Entry<'a, 'i>> {
        let entry = section.entry(name)?;
        if let Some(value) = read(self, &entry) {
            let origin = self.origin(&entry);
            *setting = Setting { value, origin };
        }
        Some(entry)
    }

    /// Where an entry stands, as findings cite it.
    pub(super) fn origin(&self, entry: &Entry<'_, '_>) -> PolicyLine {
        PolicyLine {
            source: self.source.name.to_owned(),
            line: Some(self.source.line(entry.key_span.start)),
            setting: format!("{} = {}", entry.path, as_written(entry.value)),
        }
    }
}

/// A value on one line, as it could be written in a file.
fn as_written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{}\"", shown(text)),
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Datetime(datetime) => datetime.to_string(),
        DeValue::Array(array) => {
            let items: Vec<_> = array
                .iter()
                .map(|item| as_written(item.get_ref()))
                .collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(table) => {
            let items: Vec<_> = table
                .iter()
                .map(|(key, item)| {
                    format!("{} = {}", shown(key.get_ref()), as_written(item.get_ref()))
                })
                .collect();
            format!("{{ {} }}", items.join(", "))
        }
    }
}
