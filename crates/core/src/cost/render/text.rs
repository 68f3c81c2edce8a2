//! Plain text for a terminal.

use super::{Table, Tables};
use crate::cost::Estimate;

/// The estimate as plain text. Sentences are wrapped at `width` characters; tables take what they need, for a number that is cut is wrong.
/// `inert` makes text safe to show: every name passes it.
#[must_use]
pub fn to_text(estimate: &Estimate, width: usize, inert: impl Fn(&str) -> String) -> String {
    let tables = Tables { estimate, inert };
    let mut text = wrapped(&tables.headline(), width, "", "");
    for (heading, table) in tables.tables() {
        text.push_str(&format!("\n{heading}\n"));
        text.push_str(&aligned(&table));
    }
    for (heading, sentences) in tables.sections() {
        text.push_str(&format!("\n{heading}\n"));
        for sentence in sentences {
            text.push_str(&wrapped(&sentence, width, "  - ", "    "));
        }
    }
    text
}

/// Columns side by side, two blanks apart; those that hold numbers stand right.
pub(super) fn aligned((head, rows): &Table) -> String {
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(head[column].chars().count())
        })
        .collect();
    let right = |column: usize| {
        let mut cells = rows.iter().map(|row| row[column].as_str());
        cells.all(|cell| cell.is_empty() || is_number(cell))
    };
    let numeric: Vec<bool> = (0..head.len()).map(right).collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::new();
        for ((cell, width), right) in cells.into_iter().zip(&widths).zip(&numeric) {
            line.push_str("  ");
            let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
            line.push_str(&if *right {
                format!("{blanks}{cell}")
            } else {
                format!("{cell}{blanks}")
            });
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = line(head.clone());
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

fn is_number(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_digit() || "$<>+-×".contains(c))
        || cell == "as today"
        || cell == "as planned"
        || cell == "not known"
}

/// Words in lines of at most `width` characters where they fit, with a line end.
pub(super) fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            lines.push_str(line.trim_end());
            lines.push('\n');
            rest.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn sentences_wrap_and_long_words_stay_whole() {
        assert_eq!(
            wrapped("one two three", 9, "- ", "  "),
            "- one two\n  three\n"
        );
        assert_eq!(
            wrapped("a extraordinarily b", 6, "", ""),
            "a\nextraordinarily\nb\n"
        );
        assert_eq!(wrapped("", 0, "", ""), "\n");
    }
}
