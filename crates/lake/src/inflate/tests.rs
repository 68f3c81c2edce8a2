#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn member(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// All text, and the error, if there is one.
fn in_pieces(bytes: &[u8], limit: u64) -> (Vec<u8>, Option<ObjectError>) {
    let mut pieces = Pieces::new(Cursor::new(bytes.to_vec()), limit);
    let (mut text, mut first) = (Vec::new(), None);
    loop {
        let (piece, error) = pieces.next();
        let ended = piece.is_none() && error.is_none();
        text.extend(piece.unwrap_or_default());
        first = first.or(error);
        if ended {
            return (text, first);
        }
    }
}

fn lines(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|line| format!("2 eni-{line} 10.0.0.1\n").into_bytes())
        .collect()
}

#[test]
fn one_member_is_unpacked_whole_and_the_buffer_is_used_again() {
    let mut inflater = Inflater::new();
    let mut spare = Vec::new();
    for text in [lines(1000), lines(3), lines(2000), Vec::new()] {
        spare = inflater.whole(&member(&text), spare).unwrap();
        assert_eq!(spare, text);
    }
}

/// Two members of one size: the size that the last one tells is that of the first, too.
#[test]
fn several_members_are_read_in_pieces() {
    let (one, other) = (
        b"2 eni-1 10.0.0.1\n".to_vec(),
        b"2 eni-2 10.0.0.2\n".to_vec(),
    );
    let packed = [member(&one), member(&other)].concat();
    assert_eq!(Inflater::new().whole(&packed, Vec::new()), None);
    assert_eq!(in_pieces(&packed, 1000), ([one, other].concat(), None));
}

#[test]
fn what_stands_before_a_cut_is_used_to_the_last_whole_line() {
    let text = lines(5000);
    let packed = member(&text);
    let cut = &packed[..packed.len() / 2];
    assert_eq!(Inflater::new().whole(cut, Vec::new()), None);
    let (read, error) = in_pieces(cut, u64::MAX);
    assert!(!read.is_empty() && text.starts_with(&read) && read.ends_with(b"\n"));
    assert!(
        matches!(error, Some(ObjectError::Gzip { what: "cut", .. })),
        "{error:?}"
    );
}

#[test]
fn damage_is_found() {
    let mut packed = member(&lines(5000));
    let middle = packed.len() / 2;
    packed[middle] ^= 0x55;
    assert_eq!(Inflater::new().whole(&packed, Vec::new()), None);
    assert!(in_pieces(&packed, u64::MAX).1.is_some());
}

#[test]
fn bombs_are_capped() {
    let packed = member(&vec![b'x'; 200 * 1024 * 1024]);
    assert!(packed.len() < 1024 * 1024 * 2);
    assert_eq!(Inflater::new().whole(&packed, Vec::new()), None);
    let (text, error) = in_pieces(&packed, 10_000_000);
    assert_eq!(error, Some(ObjectError::TooLarge { limit: 10_000_000 }));
    assert!(text.len() < 2 * PIECE);
}

#[test]
fn a_line_that_is_too_long_costs_only_itself() {
    let long = vec![b'x'; 10 * 1024 * 1024];
    let text = [&b"2 a b\n"[..], &long, b"\n2 c d\n"].concat();
    for bytes in [text.clone(), member(&text)] {
        let (read, error) = in_pieces(&bytes, u64::MAX);
        assert_eq!(error, None);
        assert!(read.starts_with(b"2 a b\n") && read.ends_with(b"2 c d\n"));
        assert!(read.len() < PIECE, "{}", read.len());
    }
}

#[test]
fn plain_text_and_nothing() {
    assert_eq!(
        in_pieces(b"2 a b\n2 c", 100),
        (b"2 a b\n2 c".to_vec(), None)
    );
    assert_eq!(in_pieces(b"", 100), (Vec::new(), None));
    assert_eq!(in_pieces(&member(b""), 100), (Vec::new(), None));
}
