#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::ValueError::{NotANumber, NotUtf8, OutOfRange};
use super::*;

#[test]
fn numbers_of_64_bits() {
    let check = |text: &str, expected: Result<Option<i64>, ValueError>| {
        assert_eq!(int64(text.as_bytes()), expected, "{text:?}");
    };
    check("-", Ok(None));
    check("0", Ok(Some(0)));
    check("9", Ok(Some(9)));
    check("10", Ok(Some(10)));
    check("123", Ok(Some(123)));
    check("1234", Ok(Some(1234)));
    check("12345", Ok(Some(12345)));
    check("1234567", Ok(Some(1_234_567)));
    check("12345678", Ok(Some(12_345_678)));
    check("123456789", Ok(Some(123_456_789)));
    check("1700000060", Ok(Some(1_700_000_060)));
    check("9999999999999999", Ok(Some(9_999_999_999_999_999)));
    check("10000000000000000", Ok(Some(10_000_000_000_000_000)));
    check("9223372036854775807", Ok(Some(i64::MAX)));
    check("9223372036854775808", Err(OutOfRange));
    check("18446744073709551616", Err(OutOfRange));
    check("99999999999999999999999999", Err(OutOfRange));
    check("0000000000000000000000000000042", Ok(Some(42)));
    check("", Err(NotANumber));
    check("--", Err(NotANumber));
    check("-1", Err(NotANumber));
    check("+1", Err(NotANumber));
    check(" 1", Err(NotANumber));
    check("1\r", Err(NotANumber));
    check("1.5", Err(NotANumber));
    check("1e3", Err(NotANumber));
    check("12345678x", Err(NotANumber));
    check("x12345678", Err(NotANumber));
    check("999999999999999999999x", Err(NotANumber));
    check("٣", Err(NotANumber));
}

#[test]
fn numbers_of_32_bits() {
    let check = |text: &str, expected: Result<Option<i32>, ValueError>| {
        assert_eq!(int32(text.as_bytes()), expected, "{text:?}");
    };
    check("-", Ok(None));
    check("0", Ok(Some(0)));
    check("65535", Ok(Some(65_535)));
    check("2147483647", Ok(Some(i32::MAX)));
    check("2147483648", Err(OutOfRange));
    check("4294967297", Err(OutOfRange));
    check("eni-1", Err(NotANumber));
}

#[test]
fn times_come_in_seconds() {
    let check = |text: &str, expected: Result<Option<i64>, ValueError>| {
        assert_eq!(unix_seconds(text.as_bytes()), expected, "{text:?}");
    };
    check("-", Ok(None));
    check("0", Ok(Some(0)));
    check("1431280876", Ok(Some(1_431_280_876)));
    check("99999999999", Ok(Some(99_999_999_999)));
    check("100000000000", Ok(Some(100_000_000)));
    check("1431280876123", Ok(Some(1_431_280_876)));
    check("1431280876123456", Ok(Some(1_431_280_876)));
    check("1431280876123456789", Ok(Some(1_431_280_876)));
    check("2015-05-10", Err(NotANumber));
}

#[test]
fn texts() {
    let check = |bytes: &[u8], expected: Result<Option<&str>, ValueError>| {
        assert_eq!(text(bytes), expected, "{bytes:?}");
    };
    check(b"-", Ok(None));
    check(b"--", Ok(Some("--")));
    check(b"ACCEPT", Ok(Some("ACCEPT")));
    check("größe".as_bytes(), Ok(Some("größe")));
    check(b"\xff", Err(NotUtf8));
    check(b"", Ok(Some("")));
}

/// Every byte at every place of every length, against the standard library.
#[test]
fn every_byte_at_every_place() {
    for length in 1..=20 {
        for place in 0..length {
            for byte in 0..=u8::MAX {
                let mut bytes = vec![b'7'; length];
                bytes[place] = byte;
                let expected = if bytes.iter().all(u8::is_ascii_digit) {
                    let text = std::str::from_utf8(&bytes).unwrap();
                    text.parse().map(Some).map_err(|_| OutOfRange)
                } else if bytes == b"-" {
                    Ok(None)
                } else {
                    Err(NotANumber)
                };
                assert_eq!(int64(&bytes), expected, "{bytes:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(number in 0..=i64::MAX, narrow in 0..=i32::MAX, digits in 0_u32..19) {
        prop_assert_eq!(int64(number.to_string().as_bytes()), Ok(Some(number)));
        prop_assert_eq!(int32(narrow.to_string().as_bytes()), Ok(Some(narrow)));
        let short = number % 10_i64.pow(digits);
        prop_assert_eq!(int64(short.to_string().as_bytes()), Ok(Some(short)));
    }

    #[test]
    fn seconds_stay_and_finer_units_come_to_the_same(seconds in 100_000_000..FIRST_NOT_SECONDS, part in 0..1000_i64) {
        prop_assert_eq!(unix_seconds(seconds.to_string().as_bytes()), Ok(Some(seconds)));
        let milliseconds = seconds * 1000 + part;
        prop_assert_eq!(unix_seconds(milliseconds.to_string().as_bytes()), Ok(Some(seconds)));
    }

    #[test]
    fn any_bytes_are_judged_as_the_standard_library_does(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
        let expected = std::str::from_utf8(&bytes)
            .ok()
            .filter(|text| !text.starts_with(['+', '-']))
            .and_then(|text| text.parse::<i64>().ok());
        prop_assert_eq!(int64(&bytes).ok().flatten(), expected);
    }
}
