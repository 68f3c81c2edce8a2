//! Every line that is no record, in a file: `--rejects`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use flowcover_record::Malformed;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::{Filling, Sink};

/// Bytes of a line that are written. The longest record that is read is no longer.
const MOST_BYTES: usize = 1024 * 1024;

/// A file of NDJSON that is written as the lines are met, by any number of tasks.
#[derive(Debug)]
pub(crate) struct Rejects {
    state: Mutex<State>,
    /// Whether what stands in the lines is left out.
    hides_text: bool,
}

#[derive(Debug)]
struct State {
    /// None: it is finished.
    filling: Option<Filling>,
    /// A query may read an object twice.
    written: HashMap<Arc<str>, Lines>,
}

impl Rejects {
    /// Into that place.
    pub(crate) fn new(sink: Sink, hides_text: bool) -> Self {
        Self {
            state: Mutex::new(State {
                filling: Some(sink.begin()),
                written: HashMap::new(),
            }),
            hides_text,
        }
    }

    /// Writes a line, unless it was written before.
    pub(crate) fn add(
        &self,
        location: &Arc<str>,
        line: u64,
        why: &Malformed,
        text: &[u8],
    ) -> Result<(), Failure> {
        let text = (!self.hides_text).then_some(text);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { filling, written } = &mut *state;
        let Some(filling) = filling else {
            return Ok(());
        };
        if !written.entry(Arc::clone(location)).or_default().add(line) {
            return Ok(());
        }
        filling.write(object(location, line, why, text).as_bytes())
    }

    /// Makes the file whole. What comes later is not written.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.filling.take().map_or(Ok(()), Filling::finish)
    }
}

/// A set of numbers of lines, 64 to an entry: most lie close together where there are many.
#[derive(Debug, Default)]
struct Lines(BTreeMap<u64, u64>);

impl Lines {
    /// Whether it was not there before.
    fn add(&mut self, line: u64) -> bool {
        let lines = self.0.entry(line / 64).or_default();
        let bit = 1 << (line % 64);
        let is_new = *lines & bit == 0;
        *lines |= bit;
        is_new
    }
}

/// One line of the file. It is ASCII without control characters: a terminal and a pager are safe with it.
fn object(location: &str, line: u64, why: &Malformed, text: Option<&[u8]>) -> String {
    let mut members: Vec<(&str, Value)> = vec![("place", location.into()), ("line", line.into())];
    members.extend(why.column.map(|column| ("column", Value::from(column))));
    members.extend(
        why.field
            .as_deref()
            .map(|field| ("field", Value::from(field))),
    );
    members.push(("reason", why.reason.to_string().into()));
    let text = text.filter(|text| !text.is_empty());
    members.extend(text.map(stands_there));
    members.extend(
        text.filter(|text| text.len() > MOST_BYTES)
            .map(|text| ("bytes", Value::from(text.len()))),
    );
    let members = members.iter();
    let members: Vec<String> = members
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    in_ascii(&format!("{{{}}}", members.join(","))) + "\n"
}

/// As text, or as hexadecimal digits where it is none.
fn stands_there(text: &[u8]) -> (&'static str, Value) {
    let shown = &text[..text.len().min(MOST_BYTES)];
    let is_cut = shown.len() < text.len();
    match std::str::from_utf8(shown) {
        Ok(text) => ("text", text.into()),
        // It was cut in the middle of a character.
        Err(error) if is_cut && error.error_len().is_none() => {
            let whole = &shown[..error.valid_up_to()];
            ("text", String::from_utf8_lossy(whole).into())
        }
        Err(_) => {
            use std::fmt::Write as _;
            let mut digits = String::with_capacity(2 * shown.len());
            for byte in shown {
                // Writing into a string cannot fail.
                let _ = write!(digits, "{byte:02x}");
            }
            ("hex", digits.into())
        }
    }
}

/// JSON with `\u` for everything but printable ASCII. Outside of its texts JSON has nothing else.
fn in_ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && !character.is_ascii_control() {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            ascii.push_str(&format!("\\u{unit:04x}"));
        }
    }
    ascii
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_record::Reason;

    use super::*;
    use crate::output;

    fn why() -> Malformed {
        Malformed {
            column: Some(7),
            field: Some("dstport".to_owned()),
            reason: Reason::NotANumber,
        }
    }

    #[test]
    fn a_line_is_an_object_of_printable_ascii() {
        let start = r#"{"place":"a\u00e9.gz","line":3,"column":7,"field":"dstport","reason":"not a number""#;
        for (text, end) in [
            (None, "}\n"),
            (Some(&b""[..]), "}\n"),
            (Some(b"2 x \"y\""), ",\"text\":\"2 x \\\"y\\\"\"}\n"),
            (Some(b"\x1b[2J\x7f"), ",\"text\":\"\\u001b[2J\\u007f\"}\n"),
            (
                Some("\u{9b}\u{202e}\u{1f600}".as_bytes()),
                ",\"text\":\"\\u009b\\u202e\\ud83d\\ude00\"}\n",
            ),
            (Some(b"\xff\x00a"), ",\"hex\":\"ff0061\"}\n"),
        ] {
            let object = object("a\u{e9}.gz", 3, &why(), text);
            assert_eq!(object, format!("{start}{end}"));
            let value: Value = serde_json::from_str(&object).unwrap();
            assert_eq!(value["place"], "a\u{e9}.gz");
        }
        let whole = object("-", 1, &Malformed::from(Reason::Blank), None);
        assert_eq!(
            whole,
            "{\"place\":\"-\",\"line\":1,\"reason\":\"the line is blank\"}\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_and_its_length_said() {
        let cut_character = "\u{e9}".repeat(MOST_BYTES / 2).into_bytes();
        for (before, kept) in [(0, MOST_BYTES), (1, MOST_BYTES - 1)] {
            let text = [&b"x".repeat(before)[..], &cut_character, b"more"].concat();
            let value: Value = serde_json::from_str(&object("-", 1, &why(), Some(&text))).unwrap();
            assert_eq!(value["text"].as_str().unwrap().len(), kept);
            assert_eq!(value["bytes"], text.len());
        }
        let binary = vec![0xff; MOST_BYTES + 1];
        let value: Value = serde_json::from_str(&object("-", 1, &why(), Some(&binary))).unwrap();
        assert_eq!(value["hex"].as_str().unwrap().len(), 2 * MOST_BYTES);
    }

    #[test]
    fn a_line_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.ndjson");
        let rejects = Rejects::new(output::open_one(Some(&path)).unwrap(), true);
        let [one, other] = ["one", "other"].map(Arc::<str>::from);
        for (location, line) in [(&one, 63), (&one, 64), (&other, 64), (&one, 64), (&one, 63)] {
            rejects.add(location, line, &why(), b"secret").unwrap();
        }
        assert!(!path.exists());
        rejects.finish().unwrap();
        rejects.add(&one, 1, &why(), b"late").unwrap();
        rejects.finish().unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 3, "{written}");
        assert!(!written.contains("secret"), "{written}");
    }
}
