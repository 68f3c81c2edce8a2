//! Lines on a terminal: indented, wrapped, coloured where there is colour.

use std::borrow::Cow;
use std::io::Write;

use flowcover_core::{Severity, Verdict};
use owo_colors::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{Options, RenderError, inert, words};

/// Columns where there is no terminal.
const DEFAULT_WIDTH: usize = 100;
/// Narrower than this, nothing fits: the terminal may wrap then.
const LEAST_WIDTH: usize = 40;
/// Characters of a message that are shown.
const MESSAGE_LIMIT: usize = 1_000;

/// How a piece of text sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Strong,
    Quiet,
    Bad,
    Warning,
    Good,
}

impl Tone {
    pub(crate) const fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Recorded => Self::Good,
            Verdict::NotRecorded => Self::Bad,
            Verdict::Unknown => Self::Warning,
            Verdict::Exempt | Verdict::NotOwned => Self::Quiet,
        }
    }

    pub(crate) const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::High => Self::Bad,
            Severity::Medium => Self::Warning,
            Severity::Low | Severity::Info => Self::Plain,
        }
    }

    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Quiet => Style::new().dimmed(),
            Self::Bad => Style::new().red().bold(),
            Self::Warning => Style::new().yellow().bold(),
            Self::Good => Style::new().green(),
        }
    }
}

/// Where lines go, and how wide they may be.
pub(crate) struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    colour: bool,
}

impl<'a> Page<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, options: &Options) -> Self {
        Self {
            out,
            width: options.width.unwrap_or(DEFAULT_WIDTH).max(LEAST_WIDTH),
            colour: options.colour,
        }
    }

    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn blank(&mut self) -> Result<(), RenderError> {
        Ok(self.out.write_all(b"\n")?)
    }

    /// A heading of a section, with a remark.
    pub(crate) fn heading(
        &mut self,
        tone: Tone,
        title: &str,
        remark: &str,
    ) -> Result<(), RenderError> {
        self.blank()?;
        self.entry(
            0,
            title.width() + 2,
            &[(tone, title), (Tone::Plain, "  ")],
            Tone::Quiet,
            remark,
        )
    }

    /// A heading of `count` findings of one kind.
    pub(crate) fn group(
        &mut self,
        severity: Severity,
        id: &str,
        count: usize,
        title: &str,
    ) -> Result<(), RenderError> {
        let number = format!(" × {}", words::grouped(count as u64));
        let lead = [
            (
                Tone::of_severity(severity),
                &*severity.as_str().to_uppercase(),
            ),
            (Tone::Plain, "  "),
            (Tone::Strong, &*inert::text(id)),
            (Tone::Plain, if count > 1 { &number } else { "" }),
            (Tone::Plain, "  "),
        ];
        self.entry(0, 2, &lead, Tone::Quiet, title)
    }

    /// Text alone, wrapped at `indent`.
    pub(crate) fn text(
        &mut self,
        indent: usize,
        tone: Tone,
        text: &str,
    ) -> Result<(), RenderError> {
        self.entry(indent, indent, &[], tone, text)
    }

    /// One line as it is, inert already: neither wrapped nor cut.
    pub(crate) fn verbatim(&mut self, indent: usize, line: &str) -> Result<(), RenderError> {
        write!(self.out, "{:indent$}", "")?;
        self.paint(Tone::Quiet, line)?;
        self.blank()
    }

    /// `lead` at `indent`, then `text` from there on, wrapped at `hanging`.
    ///
    /// Breaks only at spaces: a longer word stays whole, for it may be an identifier that will be copied.
    pub(crate) fn entry(
        &mut self,
        indent: usize,
        hanging: usize,
        lead: &[(Tone, &str)],
        tone: Tone,
        text: &str,
    ) -> Result<(), RenderError> {
        let text = inert::clip(text, MESSAGE_LIMIT);
        let column = indent + self.write_lead(indent, lead, text.trim().is_empty())?;
        self.write_wrapped(column, hanging, tone, &text)?;
        self.blank()
    }

    /// Returns the columns of the lead.
    fn write_lead(
        &mut self,
        indent: usize,
        lead: &[(Tone, &str)],
        alone: bool,
    ) -> Result<usize, RenderError> {
        let mut columns = 0;
        write!(self.out, "{:indent$}", "")?;
        for (number, (tone, piece)) in lead.iter().enumerate() {
            // Nothing trails: spaces at the end are dropped where no text follows.
            let last = alone
                && lead[number + 1..]
                    .iter()
                    .all(|(_, next)| next.trim().is_empty());
            let piece = if last { piece.trim_end() } else { piece };
            self.paint(*tone, piece)?;
            columns += piece.width();
        }
        Ok(columns)
    }

    /// Writes words from `column` on, in further lines from `hanging` on.
    fn write_wrapped(
        &mut self,
        mut column: usize,
        hanging: usize,
        tone: Tone,
        text: &str,
    ) -> Result<(), RenderError> {
        let mut line = String::new();
        for word in text.split_whitespace() {
            let width = word.width();
            let space = usize::from(!line.is_empty());
            // Straight after the lead, a word that is too long for any line stays where it is.
            let helps = !line.is_empty() || hanging + width <= self.width;
            if column + space + width > self.width && column > hanging && helps {
                self.paint(tone, &line)?;
                line.clear();
                write!(self.out, "\n{:hanging$}", "")?;
                column = hanging;
            }
            if !line.is_empty() {
                line.push(' ');
                column += 1;
            }
            line.push_str(word);
            column += width;
        }
        self.paint(tone, &line)
    }

    fn paint(&mut self, tone: Tone, text: &str) -> Result<(), RenderError> {
        if self.colour && tone != Tone::Plain && !text.is_empty() {
            write!(self.out, "{}", tone.style().style(text))?;
        } else {
            self.out.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

/// Untrusted text in at most `columns` columns, with `…` at the end where some is left out.
pub(crate) fn fit(raw: &str, columns: usize) -> Cow<'_, str> {
    let shown = inert::text(raw);
    if shown.len() <= columns || shown.width() <= columns {
        return shown;
    }
    let mut used = 0;
    let kept = shown.char_indices().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used >= columns
    });
    let cut = kept.map_or(shown.len(), |(at, _)| at);
    Cow::Owned(format!("{}…", &shown[..cut]))
}

/// `text`, and spaces up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_its_end_and_says_so() {
        let cases = [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("a\nb", 10, "a\\nb"),
        ];
        for (raw, columns, shown) in cases {
            assert_eq!(fit(raw, columns), shown);
            assert!(fit(raw, columns).width() <= columns);
        }
    }
}
