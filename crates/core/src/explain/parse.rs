//! Front matter and sections of a page file.

use serde::Deserialize;

use super::{Control, Page, Part, SECTIONS, Section};
use crate::Severity;

const FENCE: &str = "+++\n";

/// Why a text is not a page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The front matter does not begin on the first line, or does not end.
    #[error("no front matter between two lines of `+++`")]
    NoFrontMatter,
    /// The front matter is not what a page needs.
    #[error("front matter: {0}")]
    FrontMatter(#[from] toml::de::Error),
    /// Text stands before the first heading.
    #[error("text before the first section")]
    StrayText,
    /// A section or part is missing, unknown or out of order.
    #[error("headings are {found:?}, expected {expected:?}")]
    Headings {
        /// The headings of the page, in order.
        found: Vec<String>,
        /// The headings that belong there, in order.
        expected: Vec<String>,
    },
    /// Nothing stands under a heading.
    #[error("section `{0}` is empty")]
    Empty(String),
    /// A code block has no end.
    #[error("a code block is not closed")]
    OpenCodeBlock,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: String,
    title: String,
    severity: Severity,
    decides: bool,
    profile_level: u8,
    audience: Vec<String>,
    frameworks: Vec<Control>,
}

/// Reads one page file.
pub(super) fn parse(source: &str) -> Result<Page, PageError> {
    let (front, body) = source
        .strip_prefix(FENCE)
        .and_then(|rest| rest.split_once("\n+++\n"))
        .ok_or(PageError::NoFrontMatter)?;
    let front: FrontMatter = toml::from_str(front)?;
    let sections = sections(body)?;
    check_headings(&sections)?;
    check_bodies(&sections)?;
    Ok(Page {
        id: front.id,
        title: front.title,
        severity: front.severity,
        decides: front.decides,
        profile_level: front.profile_level,
        audience: front.audience,
        frameworks: front.frameworks,
        sections,
    })
}

/// Cuts the body at its headings. What looks like a heading inside a code block is none.
fn sections(body: &str) -> Result<Vec<Section>, PageError> {
    let mut sections: Vec<Section> = Vec::new();
    let mut in_code = false;
    for line in body.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        if let (false, Some(heading)) = (in_code, line.strip_prefix("## ")) {
            sections.push(Section {
                heading: heading.to_owned(),
                body: String::new(),
                parts: Vec::new(),
            });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            if line.trim().is_empty() {
                continue;
            }
            return Err(PageError::StrayText);
        };
        match line.strip_prefix("### ") {
            Some(heading) if !in_code => section.parts.push(Part {
                heading: heading.to_owned(),
                body: String::new(),
            }),
            _ => add_line(section, line),
        }
    }
    if in_code {
        return Err(PageError::OpenCodeBlock);
    }
    for section in &mut sections {
        trim(&mut section.body);
        for part in &mut section.parts {
            trim(&mut part.body);
        }
    }
    Ok(sections)
}

fn add_line(section: &mut Section, line: &str) {
    let body = match section.parts.last_mut() {
        Some(part) => &mut part.body,
        None => &mut section.body,
    };
    body.push_str(line);
    body.push('\n');
}

fn trim(body: &mut String) {
    *body = body.trim().to_owned();
}

fn check_headings(sections: &[Section]) -> Result<(), PageError> {
    let found: Vec<String> = sections.iter().flat_map(headings).collect();
    let expected: Vec<String> = SECTIONS
        .iter()
        .flat_map(|(heading, parts)| std::iter::once(heading).chain(parts.iter()))
        .map(|heading| (*heading).to_owned())
        .collect();
    if found == expected {
        Ok(())
    } else {
        Err(PageError::Headings { found, expected })
    }
}

fn headings(section: &Section) -> Vec<String> {
    std::iter::once(section.heading.clone())
        .chain(section.parts.iter().map(|part| part.heading.clone()))
        .collect()
}

fn check_bodies(sections: &[Section]) -> Result<(), PageError> {
    for section in sections {
        if section.parts.is_empty() && section.body.is_empty() {
            return Err(PageError::Empty(section.heading.clone()));
        }
        if let Some(part) = section.parts.iter().find(|part| part.body.is_empty()) {
            return Err(PageError::Empty(format!(
                "{}, {}",
                section.heading, part.heading
            )));
        }
    }
    Ok(())
}
