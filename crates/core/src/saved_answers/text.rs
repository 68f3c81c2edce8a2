//! The text of a file, whatever the shell encoded it in.

use std::borrow::Cow;

/// The bytes as UTF-8, without byte order mark. `>` in Windows PowerShell 5 writes UTF-16 with
/// one; `Out-File` of some versions leaves it out, which the zero bytes of ASCII give away.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
            Cow::Owned(utf16(bytes, u16::from_le_bytes))
        }
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
            Cow::Owned(utf16(bytes, u16::from_be_bytes))
        }
        _ => Cow::Borrowed(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn every_encoding_of_a_shell_gives_the_same_text() {
        let text = r#"{"Name": "Zürich"}"#;
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", &*little].concat(),
            [b"\xfe\xff", &*big].concat(),
            little,
            big,
        ] {
            assert_eq!(decode(&bytes).as_ref(), text.as_bytes());
        }
    }

    #[test]
    fn half_a_unit_and_half_a_pair_do_no_harm() {
        assert_eq!(decode(b"\xff\xfe{\0}").as_ref(), b"{");
        assert_eq!(decode(b"\xff\xfe\x00\xd8").as_ref(), "\u{fffd}".as_bytes());
        assert_eq!(decode(b"").as_ref(), b"");
    }
}
