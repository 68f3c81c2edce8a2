//! Where in a file something is wrong.

/// Most characters of a key or a message that are shown.
const MOST_SHOWN: usize = 160;

/// One level of nesting.
enum Level<'a> {
    Object(Option<&'a [u8]>),
    Array(usize),
}

/// The path of the JSON value at a line and column (both from 1, the column in bytes):
/// `regions[3].vpcs`, or `the top` outside of everything.
///
/// It scans the text from its start, so it is for errors only.
pub(crate) fn json_path(bytes: &[u8], line: usize, column: usize) -> String {
    let end = offset(bytes, line, column);
    let mut levels = Vec::new();
    let mut at = 0;
    while at < end {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
            }
            b',' => match levels.last_mut() {
                Some(Level::Object(key)) => *key = None,
                Some(Level::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = at;
                at = end_of_string(bytes, at, end);
                if let Some(Level::Object(key @ None)) = levels.last_mut() {
                    *key = Some(&bytes[start..at.saturating_sub(1).max(start)]);
                }
            }
            _ => {}
        }
    }
    show(&levels)
}

/// Just past the closing quote of a string that starts at `at`, or `end`.
fn end_of_string(bytes: &[u8], mut at: usize, end: usize) -> usize {
    while at < end {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    end
}

fn show(levels: &[Level<'_>]) -> String {
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object(None) => {}
            Level::Object(Some(key)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&String::from_utf8_lossy(key));
            }
            Level::Array(index) => path.push_str(&format!("[{index}]")),
        }
        if path.len() > MOST_SHOWN {
            break;
        }
    }
    if path.is_empty() {
        return "the top".to_owned();
    }
    one_line(&path)
}

/// Offset in bytes of a line and column.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        match bytes[start..].iter().position(|byte| *byte == b'\n') {
            Some(length) => start += length + 1,
            None => return bytes.len(),
        }
    }
    start.saturating_add(column).min(bytes.len())
}

/// Line and column (both from 1) of an offset in bytes.
pub(crate) fn position_at(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = &bytes[..offset.min(bytes.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    (line, before.len() - start + 1)
}

/// Text of unknown origin as one line that does nothing to a terminal, cut where it gets long.
pub(crate) fn one_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                '\u{fffd}'
            }
            c if c.is_control() => ' ',
            c => c,
        })
        .take(MOST_SHOWN)
        .collect();
    if text.chars().nth(MOST_SHOWN).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{json_path, one_line, position_at};

    #[test]
    fn paths_name_keys_and_indexes() {
        let text = br#"{"a": 1, "b": [{"c": "x,\"]"}, {"d": 2}], "e": {}}"#;
        for (before, expected) in [
            ("{", "the top"),
            (r#"{"a""#, "a"),
            (r#"{"a": 1, "b": ["#, "b[0]"),
            (r#"{"a": 1, "b": [{"c": "x"#, "b[0].c"),
            (r#"{"a": 1, "b": [{"c": "x,\"]"}, {"d": 2"#, "b[1].d"),
            (r#"{"a": 1, "b": [{"c": "x,\"]"}, {"d": 2}]"#, "b"),
            (
                r#"{"a": 1, "b": [{"c": "x,\"]"}, {"d": 2}], "e": {}}"#,
                "the top",
            ),
        ] {
            assert_eq!(json_path(text, 1, before.len()), expected, "{before}");
        }
    }

    #[test]
    fn places_past_the_end_are_the_end() {
        assert_eq!(json_path(b"{\"a\":\n[1,", 9, 9), "a[1]");
        assert_eq!(json_path(b"\"\\", 1, 2), "the top");
        assert_eq!(position_at(b"a\nbc", 3), (2, 2));
        assert_eq!(position_at(b"a\nbc", 99), (2, 3));
    }

    #[test]
    fn hostile_text_is_one_quiet_line() {
        assert_eq!(one_line("a\u{1b}[31m\n\u{202e}b"), "a [31m \u{fffd}b");
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), 161);
    }
}
