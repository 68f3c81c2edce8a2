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

/// A line of text, cut by kind.
pub(crate) type Line<'a> = Vec<Span<'a>>;

/// A block of markdown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block<'a> {
    /// A paragraph or a list.
    Text(Vec<Line<'a>>),
    Code(Vec<&'a str>),
    /// Rows of cells, the head first.
    Table(Vec<Vec<Line<'a>>>),
}

/// A stretch of a line, all of one kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Span<'a> {
    Plain(&'a str),
    Strong(&'a str),
    Emphasis(&'a str),
    Code(&'a str),
    /// What leads elsewhere is named, not linked: the page has no outside resource.
    Link {
        text: &'a str,
        address: &'a str,
    },
}

/// The spans of a line of markdown: `**strong**`, `*emphasis*`, code between backticks and links;
/// other marks stay as they are.
pub(crate) fn spans(line: &str) -> Line<'_> {
    let mut spans = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['`', '*', '[']) {
        let (before, marked) = rest.split_at(at);
        let Some((span, after)) = marked_span(marked) else {
            let mark = if marked.starts_with("**") { 2 } else { 1 };
            let (plain, after) = rest.split_at(at + mark);
            spans.push(Span::Plain(plain));
            rest = after;
            continue;
        };
        spans.push(Span::Plain(before));
        spans.push(span);
        rest = after;
    }
    spans.push(Span::Plain(rest));
    spans.retain(|span| *span != Span::Plain(""));
    spans
}

/// The span that a mark opens, if it is closed, and what follows.
fn marked_span(marked: &str) -> Option<(Span<'_>, &str)> {
    if let Some(inside) = marked.strip_prefix('`') {
        let (code, after) = inside.split_once('`')?;
        return Some((Span::Code(code), after));
    }
    if let Some(inside) = marked.strip_prefix("**") {
        let (strong, after) = inside.split_once("**")?;
        return Some((Span::Strong(strong), after));
    }
    if let Some(inside) = marked.strip_prefix('*') {
        let (text, after) = inside.split_once('*')?;
        let closed = !text.is_empty() && !text.starts_with(' ') && !text.ends_with(' ');
        return closed.then_some((Span::Emphasis(text), after));
    }
    let (text, after) = marked.strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    let closed = !text.contains('[');
    closed.then_some((Span::Link { text, address }, after))
}

/// The blocks of markdown as the pages use it: paragraphs, lists, tables and fenced code.
pub(crate) fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        let begun = line.trim();
        if begun.starts_with("```") {
            let code = lines.by_ref().take_while(|line| !is_fence(line));
            blocks.push(Block::Code(code.collect()));
        } else if begun.starts_with('|') {
            let mut rows = vec![cells(begun)];
            while let Some(row) = lines.next_if(|line| line.trim().starts_with('|')) {
                rows.push(cells(row.trim()));
            }
            rows.retain(|row| !row.iter().all(|cell| is_rule(cell)));
            let cut = |row: Vec<_>| row.into_iter().map(spans).collect();
            blocks.push(Block::Table(rows.into_iter().map(cut).collect()));
        } else if !begun.is_empty() {
            let mut text = vec![spans(line)];
            while let Some(line) = lines.next_if(|line| goes_on(line)) {
                text.push(spans(line));
            }
            blocks.push(Block::Text(text));
        }
    }
    blocks
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// Whether a line belongs to the paragraph before it.
fn goes_on(line: &str) -> bool {
    let begun = line.trim();
    !begun.is_empty() && !begun.starts_with('|') && !is_fence(begun)
}

/// The cells of a row of a table.
fn cells(row: &str) -> Vec<&str> {
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = row.strip_suffix('|').unwrap_or(row);
    row.split('|').map(str::trim).collect()
}

/// Whether a cell only parts the head of a table from its rows.
fn is_rule(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| matches!(byte, b'-' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_tables_are_told_from_paragraphs() {
        let split = blocks(
            "One\ntwo.\n\n```sh\naws `ec2`\n\n  | x\n```\nThree.\n| a | `b` |\n|---|:-:|\n| **c** | |\nFour.\n",
        );
        let expected = [
            Block::Text(vec![spans("One"), spans("two.")]),
            Block::Code(vec!["aws `ec2`", "", "  | x"]),
            Block::Text(vec![spans("Three.")]),
            Block::Table(vec![
                vec![spans("a"), spans("`b`")],
                vec![spans("**c**"), spans("")],
            ]),
            Block::Text(vec![spans("Four.")]),
        ];
        assert_eq!(split, expected);
        assert_eq!(blocks("```\nopen"), [Block::Code(vec!["open"])]);
    }

    #[test]
    fn no_page_shows_marks_that_should_have_been_read() {
        let raw = |line: &Line<'_>| {
            line.iter().any(|span| match span {
                Span::Plain(text) => ["`", "**", "](", "|"]
                    .iter()
                    .any(|mark| text.contains(mark)),
                _ => false,
            })
        };
        for page in explain::pages() {
            let remedies = remedies(&page.id);
            let of_remedies = remedies.iter().flat_map(|remedy| &remedy.blocks);
            for block in statement(&page.id).iter().chain(of_remedies) {
                let lines: Vec<_> = match block {
                    Block::Text(lines) => lines.iter().collect(),
                    Block::Table(rows) => rows.iter().flatten().collect(),
                    Block::Code(_) => continue,
                };
                assert!(!lines.into_iter().any(raw), "{}: {block:?}", page.id);
            }
        }
    }

    #[test]
    fn marks_that_are_not_closed_stay() {
        use Span::{Code, Emphasis, Link, Plain, Strong};
        let link = Link {
            text: "b",
            address: "https://c",
        };
        let cases: [(&str, Vec<Span<'_>>); 9] = [
            ("*a* b", vec![Emphasis("a"), Plain(" b")]),
            ("2 * 3 * 4", vec![Plain("2 *"), Plain(" 3 *"), Plain(" 4")]),
            ("a [b](https://c).", vec![Plain("a "), link, Plain(".")]),
            ("[a] (b)", vec![Plain("["), Plain("a] (b)")]),
            ("by `:*`; it", vec![Plain("by "), Code(":*"), Plain("; it")]),
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
