//! Untrusted text made inert, for each kind of output.
//!
//! Tags, names and error messages come from whoever may write to an account. Nothing here drops a character
//! without a trace: what cannot be shown safely is shown as a visible escape (`\u{202e}`).

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text for a terminal or any plain-text place: control characters, bidirectional controls and invisible
/// characters become visible escapes, so the result is one line and can neither move the cursor, nor reorder
/// what is read, nor hide a part of itself.
pub fn text(raw: &str) -> Cow<'_, str> {
    // Nearly all text is plain ASCII, and bytes are quicker to look at than characters.
    let plain = raw.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain || !raw.chars().any(is_unsafe) {
        return Cow::Borrowed(raw);
    }
    let mut shown = String::with_capacity(raw.len() + 16);
    for character in raw.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            other if is_unsafe(other) => push_escape(&mut shown, other),
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

fn push_escape(shown: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
}

/// Whether a character acts on a terminal, on the order of reading, or cannot be seen.
///
/// General categories Cc, Cf, Zl and Zp of the Unicode Character Database, and the letters, fillers and
/// selectors that it lists as `Default_Ignorable_Code_Point`.
pub(crate) const fn is_unsafe(character: char) -> bool {
    matches!(character as u32,
        0x00..=0x1f | 0x7f..=0x9f | 0xad | 0x034f | 0x0600..=0x0605 | 0x061c | 0x06dd | 0x070f
        | 0x0890..=0x0891 | 0x08e2 | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
        | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff
        | 0xffa0 | 0xfff0..=0xfffb | 0xfffe..=0xffff | 0x110bd | 0x110cd | 0x13430..=0x1343f
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// A cell of a CSV file: as [`text`], and a `'` before it where a spreadsheet would take it for a formula.
///
/// Spreadsheets run cells that begin with `=`, `+`, `-` or `@` (also in their full-width forms), or with a tab or a
/// carriage return before one of these; see "CSV Injection" of OWASP.
pub(crate) fn csv(raw: &str) -> Cow<'_, str> {
    let shown = text(raw);
    if raw.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) {
        return Cow::Owned(format!("'{shown}"));
    }
    shown
}

/// Text for GitHub Flavored Markdown, also within a table cell: as [`text`], and nothing in it is markup,
/// a link, a mention of a person (`@name`) or of an issue (`#1`).
pub(crate) fn markdown(raw: &str) -> Cow<'_, str> {
    let shown = text(raw);
    if !shown.contains(is_markdown) && !shown.contains("://") && !shown.contains(['.', '+', '-']) {
        return shown;
    }
    let mut escaped = String::with_capacity(shown.len() + 16);
    for (at, character) in shown.char_indices() {
        let rest = &shown[at..];
        let before = &shown[..at];
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // Table cells are split before escapes are read, and not by every reader in the same way.
            '|' => escaped.push_str("&#124;"),
            // A zero-width space (as an entity) ends what would be taken for a mention, and is not seen.
            '@' | '#' => {
                escaped.push('\\');
                escaped.push(character);
                escaped.push_str("&#8203;");
            }
            other if is_markdown(other) || starts_markup(before, rest) => {
                escaped.push('\\');
                escaped.push(other);
            }
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

const fn is_markdown(character: char) -> bool {
    matches!(
        character,
        '\\' | '`'
            | '*'
            | '_'
            | '{'
            | '}'
            | '['
            | ']'
            | '<'
            | '>'
            | '|'
            | '~'
            | '@'
            | '#'
            | '&'
            | '$'
    )
}

/// Whether `rest` begins with something that is markup only where it stands: a list item or a heading at the start, the
/// `:` of an address, the `.` of `www.`.
fn starts_markup(before: &str, rest: &str) -> bool {
    let at_start = before.trim().is_empty();
    let numbered = !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit());
    (at_start && rest.starts_with(['-', '+', '=', '!']))
        || (numbered && rest.starts_with(['.', ')']))
        || rest.starts_with("://")
        || (rest.starts_with('.') && ends_with_www(before))
}

fn ends_with_www(before: &str) -> bool {
    let bytes = before.as_bytes();
    bytes.len() >= 3 && bytes[bytes.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// A label value of the Prometheus text exposition format: as [`text`], and backslash and quote escaped.
pub(crate) fn label(raw: &str) -> Cow<'_, str> {
    let shown = text(raw);
    if !shown.contains(['\\', '"']) {
        return shown;
    }
    Cow::Owned(shown.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Character data or an attribute value of an XML document: as [`text`], so that no character is left that XML 1.0 forbids,
/// and what would be markup is escaped.
pub(crate) fn xml(raw: &str) -> Cow<'_, str> {
    let shown = text(raw);
    if !shown.contains(['&', '<', '>', '"', '\'']) {
        return shown;
    }
    let mut escaped = String::with_capacity(shown.len() + 16);
    for character in shown.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// At most `limit` characters of [`text`], with `…` at the end where some are left out.
///
/// For places with a limit of their own; what is cut is cut at the end and visibly.
pub(crate) fn clip(raw: &str, limit: usize) -> Cow<'_, str> {
    let shown = text(raw);
    if shown.len() <= limit {
        return shown;
    }
    let Some((cut, _)) = shown.char_indices().nth(limit.saturating_sub(1)) else {
        return shown;
    };
    if shown[cut..].chars().nth(1).is_none() {
        return shown;
    }
    Cow::Owned(format!("{}…", &shown[..cut]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::HOSTILE;

    #[test]
    fn what_acts_or_hides_becomes_a_visible_escape() {
        let cases = [
            ("plain-name_1 ü 日本 🙂", "plain-name_1 ü 日本 🙂"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("invoice\u{202e}fdp.exe", "invoice\\u{202e}fdp.exe"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("two\nlines\r\tend\0", "two\\nlines\\r\\tend\\u{0}"),
            ("\u{9b}31m\u{7f}\u{e0041}", "\\u{9b}31m\\u{7f}\\u{e0041}"),
        ];
        for (raw, shown) in cases {
            assert_eq!(text(raw), shown);
        }
    }

    #[test]
    fn formulas_are_not_formulas() {
        let cases = [
            ("=cmd()", "'=cmd()"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\\t=1"),
            ("\r=1", "'\\r=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("a=b", "a=b"),
            ("", ""),
        ];
        for (raw, shown) in cases {
            assert_eq!(csv(raw), shown);
        }
    }

    #[test]
    fn markup_is_not_markup() {
        let cases = [
            ("vpc-0a1b in 10.0.0.0/16", "vpc-0a1b in 10.0.0.0/16"),
            ("a|b", "a&#124;b"),
            ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("[a](http://b)", "\\[a\\](http\\://b)"),
            ("see www.evil.example", "see www\\.evil.example"),
            ("@team #1", "\\@&#8203;team \\#&#8203;1"),
            ("- item", "\\- item"),
            ("1. item", "1\\. item"),
            ("C:\\n", "C:\\\\n"),
        ];
        for (raw, shown) in cases {
            assert_eq!(markdown(raw), shown);
        }
    }

    #[test]
    fn labels_keep_their_quotes() {
        assert_eq!(label("a\"b\\c\nd"), "a\\\"b\\\\c\\\\nd");
    }

    #[test]
    fn what_is_cut_says_so() {
        let cases = [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("äöü", 3, "äöü"),
            ("äöüß", 3, "äö…"),
            ("", 0, ""),
        ];
        for (raw, limit, shown) in cases {
            assert_eq!(clip(raw, limit), shown);
        }
    }

    #[test]
    fn hostile_text_is_inert_everywhere() {
        for raw in HOSTILE {
            for shown in [
                text(raw),
                csv(raw),
                markdown(raw),
                label(raw),
                clip(raw, 20),
            ] {
                assert!(!shown.contains(is_unsafe), "{shown:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_acts_whatever_it_is(raw in any::<String>(), limit in 1usize..40) {
            for shown in [text(&raw), csv(&raw), markdown(&raw), xml(&raw), label(&raw)] {
                prop_assert!(!shown.contains(is_unsafe));
            }
            prop_assert!(!xml(&raw).contains(['<', '>', '"', '\'']));
            prop_assert!(clip(&raw, limit).chars().count() <= limit);
            prop_assert!(!csv(&raw).starts_with(['=', '+', '-', '@']));
        }

        #[test]
        fn safe_text_stays_as_it_is(raw in "[ -~äöü日本]{0,40}") {
            prop_assert_eq!(&text(&raw), &raw);
        }
    }
}
