//! A suggestion as a diff of rules.

use std::fmt::Write as _;

use super::super::advice::Suggestion;
use super::words::{of_today, proposed, state};
use super::{plain, title};

/// The suggestion as a diff: `-` rules of today that go, `+` new ones, and what stays between them, each with what was seen.
#[must_use]
pub fn diff_text(suggestion: &Suggestion) -> String {
    let mut text = String::new();
    for warning in &suggestion.warnings {
        let _ = writeln!(text, "warning: {}", plain(&warning.to_string()));
    }
    for group in &suggestion.groups {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}: {}", title(group), state(group));
        for (at, rule) in group.rules.iter().enumerate() {
            let sign = if group.diff.revoke.contains(&at) {
                '-'
            } else {
                ' '
            };
            let _ = writeln!(text, "{sign} {}", of_today(rule));
        }
        for rule in group.authorized() {
            let _ = writeln!(text, "+ {}", proposed(rule));
        }
    }
    text
}
