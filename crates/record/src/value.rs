//! Single values of a record: from the bytes between two blanks to a number or a text.
//!
//! Nothing here allocates. A value of `-` is absent, whatever the kind of its field.

use thiserror::Error;

/// Times from here on are not in seconds: as seconds they would lie past the year 5138.
pub const FIRST_NOT_SECONDS: i64 = 100_000_000_000;

/// Why the bytes are no value of their field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum ValueError {
    /// Other bytes than decimal digits where a number must stand, or none at all.
    /// AWS writes no sign.
    #[error("not a number")]
    NotANumber,
    /// A number that the type of the field cannot hold.
    #[error("the number is out of range")]
    OutOfRange,
    /// Bytes that are no UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
}

/// A number of a field of kind [`Int32`](crate::FieldKind::Int32). `None` for `-`.
///
/// ```
/// use flowcover_record::value::{ValueError, int32};
/// assert_eq!(int32(b"443"), Ok(Some(443)));
/// assert_eq!(int32(b"-"), Ok(None));
/// assert_eq!(int32(b"2147483648"), Err(ValueError::OutOfRange));
/// ```
///
/// # Errors
/// Anything but decimal digits, and numbers from 2³¹ on.
#[inline]
pub fn int32(text: &[u8]) -> Result<Option<i32>, ValueError> {
    match int64(text)? {
        None => Ok(None),
        Some(number) => i32::try_from(number)
            .map(Some)
            .map_err(|_| ValueError::OutOfRange),
    }
}

/// A number of a field of kind [`Int64`](crate::FieldKind::Int64). `None` for `-`.
///
/// # Errors
/// Anything but decimal digits, and numbers from 2⁶³ on.
#[inline]
pub fn int64(text: &[u8]) -> Result<Option<i64>, ValueError> {
    let number = match text.len() {
        1..=8 => up_to_eight(text),
        9..=16 => up_to_sixteen(text),
        _ => None,
    };
    match number {
        // Sixteen digits are far below 2⁶³: the cast keeps the value.
        Some(number) => Ok(Some(number.cast_signed())),
        None => unusual(text),
    }
}

/// A time in seconds since the Unix epoch, of a field of kind
/// [`UnixSeconds`](crate::FieldKind::UnixSeconds). `None` for `-`.
///
/// Milliseconds, which have been met in the wild, are brought to seconds: a value of
/// [`FIRST_NOT_SECONDS`] or more is divided by 1000 until it is less, so micro- and
/// nanoseconds come out right too.
///
/// ```
/// use flowcover_record::value::unix_seconds;
/// assert_eq!(unix_seconds(b"1700000060"), Ok(Some(1_700_000_060)));
/// assert_eq!(unix_seconds(b"1700000060999"), Ok(Some(1_700_000_060)));
/// ```
///
/// # Errors
/// As [`int64`].
#[inline]
pub fn unix_seconds(text: &[u8]) -> Result<Option<i64>, ValueError> {
    let time = int64(text)?;
    Ok(time.map(|mut time| {
        while time >= FIRST_NOT_SECONDS {
            time /= 1000;
        }
        time
    }))
}

/// A text. `None` for `-`. No bytes give an empty text, which no well-formed line has:
/// whoever splits the line refuses it ([`Reason::EmptyField`](crate::Reason::EmptyField)).
///
/// # Errors
/// [`ValueError::NotUtf8`].
#[inline]
pub fn text(text: &[u8]) -> Result<Option<&str>, ValueError> {
    if text == b"-" {
        return Ok(None);
    }
    match std::str::from_utf8(text) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(ValueError::NotUtf8),
    }
}

/// What the good path did not take: `-`, errors, and more than sixteen digits.
#[cold]
fn unusual(text: &[u8]) -> Result<Option<i64>, ValueError> {
    if text == b"-" {
        return Ok(None);
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(ValueError::NotANumber);
    }
    text.iter()
        .try_fold(0_i64, |number, digit| {
            number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
        })
        .map(Some)
        .ok_or(ValueError::OutOfRange)
}

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// One to eight digits. They are laid into one word, the last digit in the highest
/// byte, with the character `0` before them. Two or three loads that may overlap do
/// that without a loop: where they overlap they say the same.
#[inline]
fn up_to_eight(text: &[u8]) -> Option<u64> {
    let length = text.len();
    let front = 8 * (8_usize.checked_sub(length)?);
    let word = if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>())
    {
        (u64::from(u32::from_le_bytes(*first)) << front)
            | (u64::from(u32::from_le_bytes(*last)) << 32)
    } else {
        let (&first, &last) = (text.first()?, text.last()?);
        let middle = text.get(length / 2)?;
        (u64::from(first) << front)
            | (u64::from(*middle) << (front + 8 * (length / 2)))
            | (u64::from(last) << 56)
    };
    let padding = ZEROS & !(u64::MAX << front);
    eight_digits(word | padding)
}

/// Nine to sixteen digits.
#[inline]
fn up_to_sixteen(text: &[u8]) -> Option<u64> {
    let (high, low) = text.split_last_chunk::<8>()?;
    Some(up_to_eight(high)? * 100_000_000 + eight_digits(u64::from_le_bytes(*low))?)
}

/// The number that eight characters in a word spell, the first one in the lowest byte:
/// neighbours are joined to pairs, pairs to fours, fours to the whole.
#[inline]
fn eight_digits(word: u64) -> Option<u64> {
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    // A digit is 0x30 to 0x39: its high half is 3, and still is with 6 added. Sums
    // cannot carry into the next byte where the first test holds.
    let is_three = word & HIGH == ZEROS;
    let stays_three = word.wrapping_add(0x0606_0606_0606_0606) & HIGH == ZEROS;
    if !(is_three & stays_three) {
        return None;
    }
    let ones = word & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (ones.wrapping_mul(10 * 0x100 + 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100 * 0x1_0000 + 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul(10_000 * 0x1_0000_0000 + 1) >> 32)
}

#[cfg(test)]
mod tests;
