//! What a detection is, for formats that carry a description of the rule beside its findings.

use flowcover_detect::Detection;

use crate::Rule;

impl From<&Detection> for Rule {
    fn from(detection: &Detection) -> Self {
        let techniques = detection.techniques.iter();
        Self {
            id: detection.id.to_owned(),
            title: detection.summary.to_owned(),
            severity: detection.severity,
            help_uri: None,
            help_text: help(detection),
            help_markdown: Some(format!(
                "# {}\n\n{}\n\n{}",
                detection.id,
                sentence(detection.summary),
                detection.page
            )),
            requirements: techniques
                .map(|technique| format!("MITRE ATT&CK {} {}", technique.id, technique.name))
                .collect(),
        }
    }
}

/// The page in plain text: what it finds, then each section under its heading.
fn help(detection: &Detection) -> String {
    let mut text = sentence(detection.summary);
    for (heading, body) in sections(detection.page) {
        text.push_str(&format!("\n\n{heading}\n\n{}", body.trim()));
    }
    text
}

/// With a capital.
pub(crate) fn capital(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// With a capital and a full stop.
pub(crate) fn sentence(fragment: &str) -> String {
    let stop = if fragment.ends_with('.') { "" } else { "." };
    format!("{}{stop}", capital(fragment))
}

/// Headings of a page, and what stands under each.
pub(crate) fn sections(page: &str) -> Vec<(&str, &str)> {
    let mut sections = Vec::new();
    let mut rest = page;
    while let Some(at) = heading(rest) {
        let (line, after) = rest[at..].split_once('\n').unwrap_or((&rest[at..], ""));
        let end = heading(after).unwrap_or(after.len());
        sections.push((line.trim_start_matches('#').trim(), &after[..end]));
        rest = &after[end..];
    }
    sections
}

/// Where the next line begins that is a heading of the second level.
fn heading(text: &str) -> Option<usize> {
    if text.starts_with("## ") {
        return Some(0);
    }
    text.find("\n## ").map(|at| at + 1)
}
