//! Percent-encoding, in which the values of tags stand in records (version 11).
//!
//! A record's parts are apart by blanks and `-` means absent, so a tag value of `-`
//! arrives as `%2D`, a blank as `%20`. Records are kept as delivered; decoding is for display.

use std::borrow::Cow;

/// The value of a tag as its owner wrote it.
///
/// What is no valid sequence (`%`, `%2`, `%zz`) is left as it stands. Bytes that are no UTF-8
/// after decoding are shown as `U+FFFD`. The result can hold any character, control
/// characters among them: escape it before a terminal sees it.
///
/// ```
/// use flowcover_record::percent::decode;
/// assert_eq!(decode("web%20server"), "web server");
/// assert_eq!(decode("100%"), "100%");
/// ```
#[must_use]
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let encoded = (first == b'%').then(|| encoded_byte(after)).flatten();
        bytes.push(encoded.unwrap_or(first));
        let used = if encoded.is_some() { 2 } else { 0 };
        rest = after.get(used..).unwrap_or_default();
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text as AWS would write it as the value of a tag: `-` alone, `%`, blanks, control
/// characters and everything outside ASCII are encoded, with upper-case digits. Which
/// others AWS encodes is not published; [`decode`] gives the same text either way.
#[must_use]
pub fn encode(text: &str) -> Cow<'_, str> {
    if text == "-" {
        return Cow::Borrowed("%2D");
    }
    let stands = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
    if text.bytes().all(stands) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if stands(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 0xF)]);
        }
    }
    Cow::Owned(encoded)
}

fn encoded_byte(after: &[u8]) -> Option<u8> {
    let &[high, low] = after.first_chunk::<2>()?;
    let value = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(value(high)? * 16 + value(low)?).ok()
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decoding() {
        let check = |text: &str, expected: &str| assert_eq!(decode(text), expected, "{text:?}");
        check("", "");
        check("web", "web");
        check("%2D", "-");
        check("%2d", "-");
        check("a-b", "a-b");
        check("team%20a%2Fb", "team a/b");
        check("gr%C3%B6%C3%9Fe", "größe");
        check("größe%20", "größe ");
        check("%2520", "%20");
        check("a+b", "a+b");
        check("%", "%");
        check("%2", "%2");
        check("%zz", "%zz");
        check("%+1", "%+1");
        check("%%41", "%A");
        check("%é1", "%é1");
        check("%FF%41", "\u{fffd}A");
        check("%00", "\0");
    }

    #[test]
    fn encoding() {
        let check = |text: &str, expected: &str| assert_eq!(encode(text), expected, "{text:?}");
        check("", "");
        check("-", "%2D");
        check("--", "--");
        check("a-b", "a-b");
        check("web server", "web%20server");
        check("100%", "100%25");
        check("%2D", "%252D");
        check("größe", "gr%C3%B6%C3%9Fe");
        check("a\r\nb\t", "a%0D%0Ab%09");
        check("team=a/b:c@d", "team=a/b:c@d");
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert_eq!(decode(&encoded), text.as_str());
        }

        #[test]
        fn what_is_encoded_can_stand_in_a_record(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_ne!(encoded.as_ref(), "-");
        }

        #[test]
        fn any_text_is_decoded(text in "[%0-9a-gA-G é-]{0,30}") {
            prop_assert!(decode(&text).len() <= 3 * text.len());
        }
    }
}
