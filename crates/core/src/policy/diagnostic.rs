//! What is wrong with a policy file, and where.

use std::fmt;
use std::ops::Range;

/// Whether the file can be used all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It cannot.
    Error,
    /// It can; something in it has no effect, or not the one that was meant.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes from the start of the file, on character boundaries; empty for a point.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One thing that is wrong with a policy file. Its texts hold no control characters, whatever
/// the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the file can be used all the same.
    pub severity: Level,
    /// What is wrong, in one line.
    pub message: String,
    /// File name as given; `--preset` where that is at fault.
    pub source: String,
    /// Where; none if no line of the file is at fault.
    pub place: Option<Place>,
    /// What to write beside the underlined place.
    pub label: Option<String>,
    /// What to do about it, in one line.
    pub hint: Option<String>,
}

impl fmt::Display for Diagnostic {
    /// `flowcover.toml:12:3: error: …`, and the hint on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.source)?;
        if let Some(place) = &self.place {
            write!(f, "{}:{}:", place.line, place.column)?;
        }
        write!(f, " {}: {}", self.severity, self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// A file's text and its lines.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(name: &'a str, text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            name,
            text,
            line_starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// Line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> u32 {
        let line = self.line_starts.partition_point(|&start| start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The place of a span; a span past the end or within a character is cut to fit.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.floor_char_boundary(span.end).max(start);
        let line = self.line(start);
        let line_start = self.line_starts[line as usize - 1];
        let column = self.text[line_start..start].chars().count() + 1;
        Place {
            span: start..end,
            line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

/// Text from a file, fit to stand in a message: cut to a sensible length, and without control
/// characters or marks that turn the direction of writing.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(|c| match c {
            '"' | '\'' => c.to_string().chars().collect::<Vec<_>>(),
            _ => c.escape_debug().collect(),
        })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Source, shown};

    #[test]
    fn places_in_lines_and_columns() {
        let source = Source::new("f", "ab\näö = 1\n");
        let check = |span, line, column| {
            let place = source.place(&span);
            assert_eq!((place.line, place.column), (line, column), "{span:?}");
        };
        check(0..1, 1, 1);
        check(2..3, 1, 3);
        check(3..5, 2, 1);
        check(5..7, 2, 2);
        check(6..7, 2, 2);
        check(12..12, 3, 1);
        check(99..120, 3, 1);
    }

    #[test]
    fn shows_hostile_text_inert() {
        assert_eq!(shown("a \"b\" 'c' ü"), "a \"b\" 'c' ü");
        assert_eq!(shown("\u{1b}[31m\n"), "\\u{1b}[31m\\n");
        assert_eq!(shown("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
    }
}
