//! Patterns of policy elements: wildcards, policy variables, and the colons of ARNs.

use super::glob::{Colons, Reach, Token, reach};
use super::request::{Context, Known, Text};
use super::truth::Truth;

/// The policy language version that knows policy variables (IAM User Guide, "Policy elements: Variables").
pub(super) const VERSION_WITH_VARIABLES: &str = "2012-10-17";

/// How a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// Whether `*` and `?` are wildcards.
    pub(super) wildcards: bool,
    /// Whether ASCII letters match in either case.
    pub(super) ignore_case: bool,
    /// What a wildcard may do to the colons between the segments of an ARN.
    pub(super) segments: Segments,
}

/// How wildcards treat the first five colons of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segments {
    /// A plain string.
    None,
    /// The `Resource` element: the guide lets a star at the end of a segment go on past the colon, and advises against others doing so.
    /// Where that matters the answer is unknown.
    Resource,
    /// The ARN operators: each of the six components is matched by itself.
    Arn,
}

impl Style {
    pub(super) const ACTION: Style = Style {
        wildcards: true,
        ignore_case: true,
        segments: Segments::None,
    };
    pub(super) const RESOURCE: Style = Style {
        wildcards: true,
        ignore_case: false,
        segments: Segments::Resource,
    };
    pub(super) const ARN: Style = Style {
        wildcards: true,
        ignore_case: false,
        segments: Segments::Arn,
    };
}

/// Whether `text` matches `pattern`. With `variables`, `${key}` stands for the request's value of that key.
pub(super) fn matches(
    pattern: &str,
    text: &Text,
    style: Style,
    variables: Option<&Context>,
) -> Truth {
    if let (Text::Exact(text), false) = (text, pattern.contains(['*', '?', '$'])) {
        let same = if style.ignore_case {
            pattern.eq_ignore_ascii_case(text)
        } else {
            pattern == text
        };
        return Truth::from(same);
    }
    let head = match head(pattern, text, style.ignore_case) {
        Head::Differs => return Truth::No,
        Head::Undecided => "",
        Head::Same(head) => head,
    };
    // A star at the end goes on past colons in every style but that of ARN operators.
    if &pattern[head.len()..] == "*" && style.wildcards && style.segments != Segments::Arn {
        return Truth::Yes;
    }
    let mut compiled = compile(pattern, style.wildcards, variables);
    limit_to_segments(&mut compiled.tokens, style.segments);
    let tokens = &compiled.tokens[head.chars().count()..];
    let read = |colons| read(tokens, text, head.len(), colons, style.ignore_case);
    let broad = read(Colons::Ignore);
    if broad == Truth::No {
        return Truth::No;
    }
    if let Some(variable) = compiled.unresolved.first() {
        return Truth::unknown(format!("policy variable {variable:?} is not known"));
    }
    match (style.segments, read(Colons::Respect)) {
        (Segments::None, _) => broad,
        (Segments::Arn, narrow) if colons(&compiled.tokens) >= ARN_COLONS => narrow,
        (_, Truth::Yes) => Truth::Yes,
        (_, narrow) if narrow == broad => broad,
        _ => Truth::unknown(format!(
            "whether {pattern:?} reaches across the segments of the ARN is not documented"
        )),
    }
}

/// How a text begins, beside what a pattern says before its first wildcard or variable.
enum Head<'p> {
    /// Not so: it cannot match.
    Differs,
    /// So: this much of both is the same, but for the case of letters where that is ignored.
    Same(&'p str),
    /// Too little of the text is known.
    Undecided,
}

/// Most patterns and texts are told apart here, without following every position of the pattern.
fn head<'p>(pattern: &'p str, text: &Text, ignore_case: bool) -> Head<'p> {
    let literal = pattern.find(['*', '?', '$']).unwrap_or(pattern.len());
    let head = &pattern[..literal];
    let (text, known) = match text {
        Text::Exact(text) => (text, head.len()),
        Text::StartsWith(start) => (start, head.len().min(start.len())),
    };
    let wanted = &head.as_bytes()[..known];
    let same = text.as_bytes().get(..known).is_some_and(|text| {
        if ignore_case {
            text.eq_ignore_ascii_case(wanted)
        } else {
            text == wanted
        }
    });
    match same {
        false => Head::Differs,
        true if known == head.len() => Head::Same(head),
        true => Head::Undecided,
    }
}

/// Reads the text, but for its first `skip` bytes, with the tokens that are left.
fn read(tokens: &[Token], text: &Text, skip: usize, colons: Colons, ignore_case: bool) -> Truth {
    let reach = |text: &str| reach(tokens, &text[skip..], colons, ignore_case);
    match text {
        Text::Exact(text) => Truth::from(matches!(reach(text), Reach::Accepts | Reach::AcceptsAll)),
        Text::StartsWith(start) => match reach(start) {
            Reach::AcceptsAll => Truth::Yes,
            Reach::Dead => Truth::No,
            Reach::Live | Reach::Accepts => Truth::unknown(format!(
                "how a value that starts with {start:?} goes on is not known"
            )),
        },
    }
}

/// An ARN has six components: `arn:partition:service:region:account:resource`.
const ARN_COLONS: usize = 5;

fn colons(tokens: &[Token]) -> usize {
    tokens
        .iter()
        .filter(|token| **token == Token::Literal(':'))
        .count()
}

fn limit_to_segments(tokens: &mut [Token], segments: Segments) {
    if segments == Segments::None {
        return;
    }
    let mut seen = 0;
    for index in 0..tokens.len() {
        let ends_segment = matches!(tokens.get(index + 1), None | Some(Token::Literal(':')));
        let may_cross = segments == Segments::Resource && ends_segment;
        match &mut tokens[index] {
            Token::Literal(':') => seen += 1,
            Token::One { colon } if seen < ARN_COLONS => *colon = false,
            Token::Any { colon } if seen < ARN_COLONS => *colon = may_cross,
            _ => {}
        }
    }
}

struct Compiled {
    tokens: Vec<Token>,
    /// Variables without a known value; each stands as a star, which matches whatever the value may be.
    unresolved: Vec<String>,
}

fn compile(pattern: &str, wildcards: bool, variables: Option<&Context>) -> Compiled {
    let mut compiled = Compiled {
        tokens: Vec::with_capacity(pattern.len()),
        unresolved: Vec::new(),
    };
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        if let Some((context, (inner, after))) = variables.zip(variable(rest)) {
            compiled.substitute(inner, context);
            rest = after;
            continue;
        }
        compiled.tokens.push(match character {
            '*' if wildcards => Token::Any { colon: true },
            '?' if wildcards => Token::One { colon: true },
            other => Token::Literal(other),
        });
        rest = &rest[character.len_utf8()..];
    }
    compiled
}

/// Splits `${inner}after`.
fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

impl Compiled {
    /// The guide's forms: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the characters themselves.
    fn substitute(&mut self, inner: &str, context: &Context) {
        if matches!(inner, "*" | "?" | "$") {
            return self.literal(inner);
        }
        let (key, default) = match inner.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (inner.trim(), None),
        };
        match (context.get(key), default) {
            (Known::Values([Text::Exact(value)]), _) => self.literal(value),
            (Known::Absent, Some(default)) => self.literal(default),
            _ => {
                self.tokens.push(Token::Any { colon: true });
                self.unresolved.push(key.to_owned());
            }
        }
    }

    fn literal(&mut self, text: &str) {
        self.tokens.extend(text.chars().map(Token::Literal));
    }
}
