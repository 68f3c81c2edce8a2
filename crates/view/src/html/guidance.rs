//! What the page says about a check beside its findings, from the pages of `explain`.

use flowcover_core::explain::{self, Page};

/// Title of a check; its id where no page is about it.
pub(super) fn title(check: &str) -> &str {
    explain::page(check).map_or(check, |page| &page.title)
}

/// Whether a check can decide a verdict.
pub(super) fn decides(check: &str) -> bool {
    explain::page(check).is_some_and(|page| page.decides)
}

/// What the check is about, as blocks.
pub(super) fn statement(check: &str) -> Vec<Block<'static>> {
    let page = explain::page(check);
    let section = page.and_then(|page| page.section("Statement"));
    section.map_or_else(Vec::new, |section| blocks(&section.body))
}

/// Ways to mend it, each with its heading.
pub(super) fn remedies(check: &str) -> Vec<Remedy> {
    let section = |page: &'static Page| page.section("Remediation");
    let Some(section) = explain::page(check).and_then(section) else {
        return Vec::new();
    };
    let whole = std::iter::once(("", &*section.body));
    let parts = section
        .parts
        .iter()
        .map(|part| (&*part.heading, &*part.body));
    whole
        .chain(parts)
        .filter(|(_, body)| !body.trim().is_empty())
        .map(|(heading, body)| Remedy {
            heading,
            blocks: blocks(body),
        })
        .collect()
}

/// One way to mend it.
#[derive(Debug)]
pub(super) struct Remedy {
    /// `Console`, `AWS CLI`, …; empty for what holds for all of them.
    pub(super) heading: &'static str,
    pub(super) blocks: Vec<Block<'static>>,
}

/// A paragraph, or a block of code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) is_code: bool,
    pub(super) lines: Vec<&'a str>,
}

/// The blocks of markdown as the pages use it: paragraphs, lists and fenced code. Marks within a line stay as they are.
pub(super) fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open = Block {
        is_code: false,
        lines: Vec::new(),
    };
    for line in markdown.lines() {
        let fence = line.trim_start().starts_with("```");
        let blank = !open.is_code && line.trim().is_empty();
        if fence || blank {
            let is_code = fence && !open.is_code;
            blocks.push(std::mem::replace(
                &mut open,
                Block {
                    is_code,
                    lines: Vec::new(),
                },
            ));
        } else {
            open.lines.push(line);
        }
    }
    blocks.push(open);
    blocks.retain(|block| !block.lines.is_empty());
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_paragraphs() {
        let split = blocks("One\ntwo.\n\n```sh\naws ec2\n\n  x\n```\nThree.\n");
        let shown: Vec<_> = split
            .iter()
            .map(|block| (block.is_code, block.lines.join("|")))
            .collect();
        let expected = [
            (false, "One|two."),
            (true, "aws ec2||  x"),
            (false, "Three."),
        ];
        assert_eq!(
            shown,
            expected.map(|(is_code, text)| (is_code, text.to_owned()))
        );
    }

    #[test]
    fn every_check_has_a_title_a_statement_and_a_remedy() {
        for page in explain::pages() {
            assert_ne!(title(&page.id), page.id);
            assert!(!statement(&page.id).is_empty(), "{}", page.id);
            assert!(!remedies(&page.id).is_empty(), "{}", page.id);
        }
    }

    #[test]
    fn a_check_that_is_not_known_is_called_by_its_id() {
        assert_eq!(title("made-up"), "made-up");
        assert!(remedies("made-up").is_empty());
    }
}
