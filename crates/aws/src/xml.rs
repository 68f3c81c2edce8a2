//! Reads XML as EC2 writes it: elements without attributes, and text.
//!
//! Strict on purpose. The SDK's own decoder stands behind it, so whatever is not understood for certain (attributes,
//! comments, CDATA, prefixes, tags that do not match) is refused rather than guessed at.

use std::borrow::Cow;

/// The declaration that EC2 writes; any other is left to the SDK.
const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// Elements within each other; EC2's answers have about ten. The SDK stops at 128.
const MAX_DEPTH: usize = 32;

/// XML that is malformed, or more than elements and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotPlain;

/// An element whose start tag has been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Whether the tag was `<name/>`: nothing is left to read.
    is_empty: bool,
}

enum Tag<'a> {
    Start(Element<'a>),
    End,
}

/// Goes through a document once, from start to end.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Elements that [`Self::skip`] is in, kept for their room.
    skipped: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    /// A reader behind the start tag of the root, which may have one attribute, `xmlns`.
    pub(crate) fn new(body: &'a [u8]) -> Result<(Self, Element<'a>), NotPlain> {
        let text = std::str::from_utf8(body).map_err(|_| NotPlain)?;
        if !is_xml(text) {
            return Err(NotPlain);
        }
        let mut reader = Self {
            text,
            at: text
                .strip_prefix(DECLARATION)
                .map_or(0, |_| DECLARATION.len()),
            skipped: Vec::new(),
        };
        reader.space();
        reader.expect("<")?;
        let name = reader.name()?;
        if reader.expect(" xmlns=\"").is_ok() {
            let value = reader.until('"')?;
            if value.contains(['<', '&']) {
                return Err(NotPlain);
            }
            reader.expect("\"")?;
        }
        let root = reader.start(name)?;
        Ok((reader, root))
    }

    /// Hands each element directly in `parent` to `each`, which has to read or skip it.
    pub(crate) fn children(
        &mut self,
        parent: Element<'a>,
        mut each: impl FnMut(&mut Self, Element<'a>) -> Result<(), NotPlain>,
    ) -> Result<(), NotPlain> {
        if parent.is_empty {
            return Ok(());
        }
        loop {
            self.space();
            match self.tag(parent.name)? {
                Tag::Start(child) => each(self, child)?,
                Tag::End => return Ok(()),
            }
        }
    }

    /// The text of an element that holds nothing else, whitespace and all.
    pub(crate) fn text(&mut self, element: Element<'a>) -> Result<Cow<'a, str>, NotPlain> {
        if element.is_empty {
            return Ok(Cow::Borrowed(""));
        }
        let raw = self.before_tag()?;
        match self.tag(element.name)? {
            Tag::End => unescape(raw),
            Tag::Start(_) => Err(NotPlain),
        }
    }

    /// Passes over an element with all that is in it.
    pub(crate) fn skip(&mut self, element: Element<'a>) -> Result<(), NotPlain> {
        if element.is_empty {
            return Ok(());
        }
        self.skipped.clear();
        self.skipped.push(element.name);
        while let Some(innermost) = self.skipped.last().copied() {
            self.space();
            self.before_tag()?;
            match self.tag(innermost)? {
                Tag::Start(child) if child.is_empty => {}
                Tag::Start(_) if self.skipped.len() == MAX_DEPTH => return Err(NotPlain),
                Tag::Start(child) => self.skipped.push(child.name),
                Tag::End => drop(self.skipped.pop()),
            }
        }
        Ok(())
    }

    /// Checks that nothing follows.
    pub(crate) fn end(mut self) -> Result<(), NotPlain> {
        self.space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(NotPlain)
        }
    }

    /// The next tag, in an element of that name.
    fn tag(&mut self, inside: &str) -> Result<Tag<'a>, NotPlain> {
        self.expect("<")?;
        if self.expect("/").is_ok() {
            self.expect(inside)?;
            self.expect(">")?;
            return Ok(Tag::End);
        }
        let name = self.name()?;
        self.start(name).map(Tag::Start)
    }

    fn start(&mut self, name: &'a str) -> Result<Element<'a>, NotPlain> {
        let is_empty = self.expect("/").is_ok();
        self.expect(">")?;
        Ok(Element { name, is_empty })
    }

    /// Letters and digits, the first one a letter: all that EC2 uses of what XML allows.
    fn name(&mut self) -> Result<&'a str, NotPlain> {
        let rest = &self.text[self.at..];
        let others = |byte: &u8| !byte.is_ascii_alphanumeric();
        let length = rest.as_bytes().iter().position(others).ok_or(NotPlain)?;
        let name = &rest[..length];
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(NotPlain);
        }
        self.at += length;
        Ok(name)
    }

    fn space(&mut self) {
        /// Lines are indented deeply, so most of an answer is spaces.
        const MANY: &[u8; 8] = b"        ";
        let mut rest = &self.text.as_bytes()[self.at..];
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = rest.first() {
            rest = rest.strip_prefix(MANY).unwrap_or(&rest[1..]);
        }
        self.at = self.text.len() - rest.len();
    }

    fn expect(&mut self, text: &str) -> Result<(), NotPlain> {
        if self.text.as_bytes()[self.at..].starts_with(text.as_bytes()) {
            self.at += text.len();
            Ok(())
        } else {
            Err(NotPlain)
        }
    }

    /// The text before the next tag, in which the end of CDATA must not stand.
    fn before_tag(&mut self) -> Result<&'a str, NotPlain> {
        let text = self.until('<')?;
        if text.contains('>') && text.contains("]]>") {
            return Err(NotPlain);
        }
        Ok(text)
    }

    /// The text before `mark`, which is left to be read.
    fn until(&mut self, mark: char) -> Result<&'a str, NotPlain> {
        let rest = &self.text[self.at..];
        let before = &rest[..rest.find(mark).ok_or(NotPlain)?];
        self.at += before.len();
        Ok(before)
    }
}

/// Whether XML 1.0 allows all characters of a text (its production `Char`).
fn is_xml(text: &str) -> bool {
    let is_odd = |byte: u8| (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    // Without a way out inside a block: so the bytes of one are looked at side by side.
    let any_odd = |block: &[u8]| block.iter().fold(false, |odd, byte| odd | is_odd(*byte));
    let (blocks, rest) = text.as_bytes().as_chunks::<64>();
    let is_odd = blocks.iter().any(|block| any_odd(block)) || any_odd(rest);
    !is_odd && (text.is_ascii() || !text.contains(['\u{fffe}', '\u{ffff}']))
}

/// Puts characters in the place of references to them. Only XML's own five names are known.
fn unescape(raw: &str) -> Result<Cow<'_, str>, NotPlain> {
    if !raw.contains('&') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, from)) = rest.split_once('&') {
        let (reference, after) = from.split_once(';').ok_or(NotPlain)?;
        text.push_str(before);
        text.push(character(reference).ok_or(NotPlain)?);
        rest = after;
    }
    text.push_str(rest);
    Ok(Cow::Owned(text))
}

fn character(reference: &str) -> Option<char> {
    let number = match reference {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => reference.strip_prefix('#')?,
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // Not a sign, which Rust would take.
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
