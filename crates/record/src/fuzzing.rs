//! What the fuzz targets run, and the replay of their corpus: one function for each target,
//! that takes any bytes and panics where an invariant does not hold.

use crate::envelope::{Ending, visit};
use crate::header::{header_of, repeated_header};
use crate::object_key::ObjectKey;
use crate::{LogFormat, Record, percent};

/// The first line is a log format, the rest a record line of it. Where the first is no
/// format, the default one serves.
///
/// # Panics
/// If a record that was read is not the same after it was written and read again.
pub fn record_line(data: &[u8]) {
    let (format, line) = split_line(data);
    let format = std::str::from_utf8(format)
        .ok()
        .and_then(|text| LogFormat::parse(text).ok())
        .unwrap_or_default();
    match Record::parse(&format, line) {
        Ok(record) => {
            let written = record.encode();
            assert_eq!(
                Record::parse(&format, written.as_bytes()).as_ref(),
                Ok(&record),
                "written as {written:?}"
            );
            for value in record.values() {
                if let crate::Value::Text(text) = value {
                    assert_eq!(percent::decode(&percent::encode(text)), text.as_ref());
                    assert!(percent::decode(text).len() <= 3 * text.len());
                }
            }
        }
        Err(malformed) => assert!(!malformed.to_string().contains(char::is_control)),
    }
}

/// Any line, judged as a header.
///
/// # Panics
/// If the header that was found is not found again in its own text, or if the line is a
/// record of the default format too.
pub fn header(data: &[u8]) {
    let Some(format) = header_of(data) else {
        return;
    };
    let text = format.header();
    assert_eq!(header_of(text.as_bytes()).as_ref(), Some(&format));
    assert_eq!(repeated_header(&format, data).as_ref(), Some(&format));
    assert_eq!(LogFormat::parse(&text).as_ref(), Ok(&format));
    let default = LogFormat::default();
    assert!(Record::parse(&default, data).is_err());
    assert!(repeated_header(&default, data).is_some());
}

/// Any text, read as the key of an object.
///
/// # Panics
/// If a key that was read is not the same after it was written and read again.
pub fn object_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = ObjectKey::parse(text) {
        let written = key.to_string();
        assert_eq!(
            ObjectKey::parse(&written).as_ref(),
            Ok(&key),
            "written as {written:?}"
        );
    }
}

/// Any bytes, read as a block of envelopes.
///
/// # Panics
/// If the block is not read to its end, a place lies outside of it, or a block without
/// errors gives other lines when it is cut in two.
pub fn envelope(data: &[u8]) {
    let (mut lines, mut errors) = (Vec::new(), 0_usize);
    let visited = visit(data, Ending::Last, &mut |item| match item {
        Ok(found) => {
            assert!(found.offset < data.len() && !found.text.contains('\n'));
            lines.push(found.text.to_owned());
        }
        Err(error) => {
            assert!(error.offset + error.bytes <= data.len());
            errors += 1;
        }
    });
    assert_eq!(visited.consumed, data.len());
    if errors == 0 {
        assert_eq!(cut_in_two(data), lines);
    }
}

fn cut_in_two(data: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut sink = |item: Result<crate::envelope::EnvelopeLine<'_>, _>| {
        lines.extend(item.map(|found| found.text.to_owned()));
    };
    let (first, _) = data.split_at(data.len() / 2);
    let done = visit(first, Ending::More, &mut sink).consumed;
    visit(
        data.get(done..).unwrap_or_default(),
        Ending::Last,
        &mut sink,
    );
    lines
}

fn split_line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|&byte| byte == b'\n') {
        Some(end) => (
            data.get(..end).unwrap_or_default(),
            data.get(end + 1..).unwrap_or_default(),
        ),
        None => (&[], data),
    }
}
