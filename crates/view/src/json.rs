//! `json`: the report as it is. Also the way in which every JSON-based format is written.

use std::io::{self, Write};

use flowcover_core::report::Report;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::RenderError;
use crate::inert::is_unsafe;

/// Writes the report as one indented JSON document, exactly as it deserialises.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    write_pretty(report, out)?;
    Ok(out.write_all(b"\n")?)
}

/// Writes a value as indented JSON.
pub(crate) fn write_pretty(value: &impl Serialize, out: &mut dyn Write) -> Result<(), RenderError> {
    let formatter = Escaping(PrettyFormatter::new());
    Ok(value.serialize(&mut Serializer::with_formatter(out, formatter))?)
}

/// Writes a value as JSON on one line, without the line break.
pub(crate) fn write_compact(
    value: &impl Serialize,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let formatter = Escaping(CompactFormatter);
    Ok(value.serialize(&mut Serializer::with_formatter(out, formatter))?)
}

/// Writes characters that act on a terminal, reorder text or cannot be seen as `\u` escapes. The data stays the same;
/// only a person who looks at the file is protected. JSON itself asks for this only below U+0020.
struct Escaping<F>(F);

/// Passes formatter methods on.
macro_rules! pass_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)+) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            self.0.$name(writer $(, $argument)*)
        })+
    };
}

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Nearly all text is ASCII, of which only U+007F is not for serde_json to escape.
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        for (at, character) in fragment.char_indices() {
            if character >= '\u{7f}' && is_unsafe(character) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                write_escape(writer, character)?;
                written = at + character.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }
}

fn write_escape<W: ?Sized + Write>(writer: &mut W, character: char) -> io::Result<()> {
    for unit in character.encode_utf16(&mut [0; 2]) {
        write!(writer, "\\u{unit:04x}")?;
    }
    Ok(())
}

/// An array that is written from an iterator, never held as a whole.
pub(crate) struct Streamed<F>(pub(crate) F);

impl<F, I> Serialize for Streamed<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture;

    fn rendered(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    #[test]
    fn a_report_comes_back_as_it_was() {
        let report = fixture::report();
        let text = rendered(&report);
        assert!(!text.contains(|character| character != '\n' && is_unsafe(character)));
        let back: Report = serde_json::from_str(&text).expect("what was written can be read");
        assert_eq!(back, report);
    }

    #[test]
    fn the_document_is_what_serde_writes_but_for_escapes() {
        let report = fixture::report();
        let plain = serde_json::to_string_pretty(&report).expect("a report is JSON");
        let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        let ours = rendered(&report);
        assert_eq!(same(&ours), same(&plain));
        assert_eq!(ours.lines().count(), plain.lines().count());
    }

    proptest! {
        #[test]
        fn any_text_comes_back(raw in any::<String>()) {
            let mut out = Vec::new();
            write_compact(&raw, &mut out).expect("memory takes everything");
            let text = String::from_utf8(out).expect("JSON is UTF-8");
            prop_assert!(!text.contains(is_unsafe));
            prop_assert_eq!(serde_json::from_str::<String>(&text).expect("JSON"), raw);
        }
    }
}
