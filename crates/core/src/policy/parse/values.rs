//! Typed reading of values, with a diagnostic for whatever does not fit.

use std::ops::{Range, RangeInclusive};

use toml::de::DeValue;

use super::super::diagnostic::shown;
use super::super::suggest;
use super::section::{Entry, Reader};

impl Reader<'_> {
    pub(super) fn boolean(&mut self, entry: &Entry<'_, '_>) -> Option<bool> {
        match entry.value.as_bool() {
            Some(value) => Some(value),
            None => self.wrong_type(entry, "true or false", None),
        }
    }

    pub(super) fn text<'a>(&mut self, entry: &Entry<'a, '_>) -> Option<&'a str> {
        match entry.value.as_str() {
            Some(text) => Some(text),
            None => self.wrong_type(entry, "a string", None),
        }
    }

    /// Text that says something.
    pub(super) fn nonempty_text<'a>(&mut self, entry: &Entry<'a, '_>) -> Option<&'a str> {
        let text = self.text(entry)?.trim();
        match text {
            "" => self.error(
                &entry.span,
                format!("`{}` is empty", entry.path),
                "say it in a few words",
            ),
            _ => Some(text),
        }
    }

    /// One of a few words.
    pub(super) fn choice<T: Clone>(
        &mut self,
        entry: &Entry<'_, '_>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let Some(text) = entry.value.as_str() else {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            return self.wrong_type(entry, "a string", Some(expected("", &words)));
        };
        self.chosen(&entry.path, text, &entry.span, choices)
    }

    fn chosen<T: Clone>(
        &mut self,
        path: &str,
        text: &str,
        span: &Range<usize>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let message = format!("`{}` is not a value of `{path}`", shown(text));
        self.error(span, message, &expected(text, &words))
    }

    /// A list of some of a few words.
    pub(super) fn choices<T: Clone>(
        &mut self,
        entry: &Entry<'_, '_>,
        choices: &[(&str, T)],
    ) -> Option<Vec<T>> {
        let texts = self.texts(entry)?;
        let chosen: Vec<_> = texts
            .iter()
            .map(|(text, span)| self.chosen(&entry.path, text, span, choices))
            .collect();
        chosen.into_iter().collect()
    }

    /// A list of texts, each once.
    pub(super) fn texts<'a>(
        &mut self,
        entry: &Entry<'a, '_>,
    ) -> Option<Vec<(&'a str, Range<usize>)>> {
        let DeValue::Array(array) = entry.value else {
            return self.wrong_type(entry, "a list of strings", None);
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut texts = Vec::new();
        for item in array {
            let span = item.span();
            let Some(text) = item.get_ref().as_str() else {
                let item = Entry {
                    path: format!("{}[]", entry.path),
                    value: item.get_ref(),
                    span: span.clone(),
                    ..entry.clone()
                };
                self.wrong_type::<()>(&item, "a string", None);
                continue;
            };
            if !seen.insert(text) {
                let message = format!("`{}` stands twice in `{}`", shown(text), entry.path);
                self.error::<()>(&span, message, "leave one of them out");
            }
            texts.push((text, span));
        }
        Some(texts)
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &mut self,
        entry: &Entry<'_, '_>,
        bounds: RangeInclusive<u32>,
    ) -> Option<u32> {
        let DeValue::Integer(integer) = entry.value else {
            return self.wrong_type(entry, "a whole number", None);
        };
        let value = i64::from_str_radix(integer.as_str(), integer.radix());
        match value.ok().and_then(|value| u32::try_from(value).ok()) {
            Some(value) if bounds.contains(&value) => Some(value),
            _ => {
                let message = format!("`{}` is out of range", entry.path);
                let hint = format!("expected {} to {}", bounds.start(), bounds.end());
                self.error(&entry.span, message, &hint)
            }
        }
    }

    /// A length of time, in seconds: a whole number of them, or text such as `90s`, `10m`, `2h`.
    pub(super) fn seconds(&mut self, entry: &Entry<'_, '_>) -> Option<u32> {
        match entry.value {
            DeValue::Integer(_) => self.number(entry, 0..=u32::MAX),
            DeValue::String(text) => match seconds_of(text) {
                Some(seconds) => Some(seconds),
                None => {
                    let message = format!("`{}` is not a length of time", shown(text));
                    let hint = "write a number and one of s, m, h, d, such as \"2h\"";
                    self.error(&entry.span, message, hint)
                }
            },
            _ => self.wrong_type(entry, "a length of time such as \"2h\"", None),
        }
    }

    /// A day, as a TOML date or as text.
    pub(super) fn date(&mut self, entry: &Entry<'_, '_>) -> Option<jiff::civil::Date> {
        let hint = "write a day such as 2027-06-30, without a time";
        let text = match entry.value {
            DeValue::Datetime(datetime) => datetime.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return self.wrong_type(entry, "a date such as 2027-06-30", None),
        };
        // jiff would read a date out of a time stamp too, and drop the rest in silence.
        let is_plain = text.len() == "2027-06-30".len();
        match text.parse() {
            Ok(date) if is_plain => Some(date),
            _ => {
                let message = format!("`{}` is not a date", shown(&text));
                self.error(&entry.span, message, hint)
            }
        }
    }
}

/// What was expected in place of a word, the likeliest first if one is near.
pub(super) fn expected(text: &str, words: &[&str]) -> String {
    let all = format!("expected one of {}", words.join(", "));
    match suggest::nearest(text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all,
    }
}

fn seconds_of(text: &str) -> Option<u32> {
    let unit = text.chars().next_back()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = number.parse().ok().filter(|_| is_plain)?;
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::seconds_of;

    #[test]
    fn lengths_of_time() {
        let check = |text: &str, expected| assert_eq!(seconds_of(text), expected, "{text}");
        check("90s", Some(90));
        check("10m", Some(600));
        check("2h", Some(7200));
        check("1d", Some(86_400));
        check("", None);
        check("h", None);
        check("2", None);
        check("+2h", None);
        check("2ä", None);
        check("1.5h", None);
        check("99999999d", None);
    }
}
