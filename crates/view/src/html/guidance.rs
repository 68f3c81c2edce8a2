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
    pub(super) lines: Vec<Vec<Span<'a>>>,
}

/// A stretch of a line, all of one kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Span<'a> {
    Plain(&'a str),
    Strong(&'a str),
    Code(&'a str),
}

/// The spans of a line of markdown: `**strong**` and code between backticks; other marks stay as they are.
fn spans(line: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['`', '*']) {
        let (mark, kind): (_, fn(&str) -> Span<'_>) = match &rest[at..] {
            marked if marked.starts_with('`') => ("`", |text| Span::Code(text)),
            marked if marked.starts_with("**") => ("**", |text| Span::Strong(text)),
            _ => ("", |text| Span::Plain(text)),
        };
        let inside = &rest[at + mark.len()..];
        let Some((marked, after)) = inside.split_once(mark).filter(|_| !mark.is_empty()) else {
            let (plain, after) = rest.split_at(at + mark.len().max(1));
            spans.push(Span::Plain(plain));
            rest = after;
            continue;
        };
        spans.push(Span::Plain(&rest[..at]));
        spans.push(kind(marked));
        rest = after;
    }
    spans.push(Span::Plain(rest));
    spans.retain(|span| *span != Span::Plain(""));
    spans
}

/// The blocks of markdown as the pages use it: paragraphs, lists and fenced code.
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
            open.lines.push(if open.is_code {
                vec![Span::Plain(line)]
            } else {
                spans(line)
            });
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
        let plain = |lines: &[&'static str]| -> Vec<Vec<Span<'static>>> {
            lines.iter().map(|line| spans(line)).collect()
        };
        let split = blocks("One\ntwo.\n\n```sh\naws `ec2`\n\n  x\n```\nThree.\n");
        let code = ["aws `ec2`", "", "  x"].map(|line| vec![Span::Plain(line)]);
        let expected = [
            Block {
                is_code: false,
                lines: plain(&["One", "two."]),
            },
            Block {
                is_code: true,
                lines: code.into(),
            },
            Block {
                is_code: false,
                lines: plain(&["Three."]),
            },
        ];
        assert_eq!(split, expected);
    }

    #[test]
    fn marks_that_are_not_closed_stay() {
        use Span::{Code, Plain, Strong};
        let cases: [(&str, Vec<Span<'_>>); 4] = [
            (
                "a **b** `c**`",
                vec![Plain("a "), Strong("b"), Plain(" "), Code("c**")],
            ),
            ("a `b", vec![Plain("a `"), Plain("b")]),
            ("**a", vec![Plain("**"), Plain("a")]),
            ("1 * 2", vec![Plain("1 *"), Plain(" 2")]),
        ];
        for (line, expected) in cases {
            assert_eq!(spans(line), expected);
        }
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
