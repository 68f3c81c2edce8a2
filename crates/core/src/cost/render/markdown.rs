//! Markdown.

use super::{Table, Tables};
use crate::cost::Estimate;

/// The estimate as GitHub Flavored Markdown. `inert` must escape markup, also that of table cells: every name passes it.
#[must_use]
pub fn to_markdown(estimate: &Estimate, inert: impl Fn(&str) -> String) -> String {
    let tables = Tables { estimate, inert };
    let mut text = format!("# Cost of flow logs\n\n{}\n", tables.headline());
    for (heading, table) in tables.tables() {
        text.push_str(&format!("\n## {heading}\n\n{}", rows(&table)));
    }
    for (heading, sentences) in tables.sections() {
        text.push_str(&format!("\n## {heading}\n\n"));
        for sentence in sentences {
            text.push_str(&format!("- {sentence}\n"));
        }
    }
    text
}

pub(super) fn rows((head, rows): &Table) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let mut text = line(&head);
    text.push_str(&line(&vec!["---".to_owned(); head.len()]));
    rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}
