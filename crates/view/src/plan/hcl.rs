//! Terraform's language (HCL native syntax specification): strings, values, blocks.

use std::fmt::Write as _;

use serde_json::Value;

use crate::inert;

/// A quoted string that means `text`, whatever it holds: no template in it is run.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let opens = matches!(character, '$' | '%') && characters.peek() == Some(&'{');
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // Doubled, it would be read together with one that stands before it.
            sign if opens && quoted.ends_with(['$', '%']) => push_code(&mut quoted, sign),
            sign if opens => quoted.extend([sign, sign]),
            hidden if inert::is_unsafe(hidden) => push_code(&mut quoted, hidden),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// `\uNNNN` or `\UNNNNNNNN`
fn push_code(quoted: &mut String, character: char) {
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = if code > 0xffff {
        write!(quoted, "\\U{code:08x}")
    } else {
        write!(quoted, "\\u{code:04x}")
    };
}

/// A JSON value as an expression, on lines of their own from `indent` on.
pub(super) fn value(value: &Value, indent: usize) -> String {
    let inner = indent + 2;
    match value {
        Value::String(text) => string(text),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) if items.len() == 1 && !items[0].is_object() => {
            format!("[{}]", self::value(&items[0], indent))
        }
        Value::Array(items) => {
            let lines = items.iter().map(|item| {
                let item = self::value(item, inner);
                format!("{:inner$}{item},\n", "")
            });
            format!("[\n{}{:indent$}]", lines.collect::<String>(), "")
        }
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, item)| (string(key), self::value(item, inner)));
            format!("{{\n{}{:indent$}}}", attributes(fields, inner), "")
        }
        other => other.to_string(),
    }
}

/// Lines of `name = value`, aligned as `terraform fmt` does it: those that follow each other and take one
/// line each.
fn attributes(fields: impl Iterator<Item = (String, String)>, indent: usize) -> String {
    let fields: Vec<(String, String)> = fields.collect();
    let mut text = String::new();
    for run in fields.chunk_by(|(_, one), (_, other)| one.contains('\n') == other.contains('\n')) {
        let aligned = !run[0].1.contains('\n');
        let widest = run.iter().map(|(name, _)| name.chars().count()).max();
        let width = if aligned { widest.unwrap_or(0) } else { 0 };
        for (name, value) in run {
            let _ = writeln!(text, "{:indent$}{name:width$} = {value}", "");
        }
    }
    text
}

/// A block: `HEAD { … }`.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    head: String,
    attributes: Vec<(String, String)>,
    blocks: Vec<Block>,
}

impl Block {
    /// A block that begins with `head`, such as `resource "aws_flow_log" "name"`.
    pub(super) fn new(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            ..Self::default()
        }
    }

    /// `NAME = EXPRESSION`
    pub(super) fn set(mut self, name: &str, expression: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), expression.into()));
        self
    }

    /// `NAME = "TEXT"`
    pub(super) fn text(self, name: &str, text: &str) -> Self {
        self.set(name, string(text))
    }

    /// `NAME = EXPRESSION`, if there is one.
    pub(super) fn maybe(self, name: &str, expression: Option<String>) -> Self {
        match expression {
            Some(expression) => self.set(name, expression),
            None => self,
        }
    }

    /// A block in it, after its attributes.
    pub(super) fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// The block from `indent` on, with a newline at its end.
    pub(super) fn render(&self, indent: usize) -> String {
        let inner = indent + 2;
        let mut text = format!("{:indent$}{} {{\n", "", self.head);
        text.push_str(&attributes(self.attributes.iter().cloned(), inner));
        for (number, block) in self.blocks.iter().enumerate() {
            if number > 0 || !self.attributes.is_empty() {
                text.push('\n');
            }
            text.push_str(&block.render(inner));
        }
        let _ = writeln!(text, "{:indent$}}}", "");
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::HOSTILE;

    /// What a quoted string means, by the rules of the specification; none if a template in it would run.
    fn meaning(quoted: &str) -> Option<String> {
        let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let mut characters = inner.chars().peekable();
        let mut text = String::new();
        while let Some(character) = characters.next() {
            match character {
                '"' | '\n' => return None,
                '\\' => match characters.next()? {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    'u' => text.push(code(&mut characters, 4)?),
                    'U' => text.push(code(&mut characters, 8)?),
                    sign @ ('"' | '\\') => text.push(sign),
                    _ => return None,
                },
                sign @ ('$' | '%') => {
                    // `$${` is a literal `${`; a lone `${` opens a template.
                    let rest: String = characters.clone().take(2).collect();
                    if rest == format!("{sign}{{") {
                        characters.next();
                        text.push(sign);
                        text.push(characters.next()?);
                    } else if rest.starts_with('{') {
                        return None;
                    } else {
                        text.push(sign);
                    }
                }
                other => text.push(other),
            }
        }
        Some(text)
    }

    fn code(characters: &mut impl Iterator<Item = char>, digits: usize) -> Option<char> {
        let digits: String = characters.take(digits).collect();
        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
    }

    #[test]
    fn templates_are_text() {
        let cases = [
            ("${version} ${x}", r#""$${version} $${x}""#),
            ("%{ if true }", r#""%%{ if true }""#),
            ("$${a}", r#""$\u0024{a}""#),
            ("%${a}", r#""%\u0024{a}""#),
            ("5 $ and {", r#""5 $ and {""#),
            (
                "a\"b\\c\nd\u{1b}\u{202e}\u{e0041}",
                r#""a\"b\\c\nd\u001b\u202e\U000e0041""#,
            ),
        ];
        for (text, quoted) in cases {
            assert_eq!(string(text), quoted);
        }
    }

    #[test]
    fn hostile_strings_mean_themselves() {
        for text in HOSTILE {
            assert_eq!(meaning(&string(text)).as_deref(), Some(text));
        }
    }

    #[test]
    fn values_stand_on_lines_of_their_own() {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Action": ["a", "b"], "Effect": "Allow"}], "Z": true});
        insta::assert_snapshot!(value(&policy, 0), @r#"
        {
          "Statement" = [
            {
              "Action" = [
                "a",
                "b",
              ]
              "Effect" = "Allow"
            },
          ]
          "Version" = "2012-10-17"
          "Z"       = true
        }
        "#);
    }

    proptest! {
        #[test]
        fn every_string_means_itself(text in "([$%{}\"\\\\\n]|[a-c]|\\PC|\\p{C}){0,30}") {
            let quoted = string(&text);
            prop_assert!(!quoted.contains(inert::is_unsafe));
            prop_assert_eq!(meaning(&quoted), Some(text));
        }
    }
}
