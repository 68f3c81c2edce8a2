//! Counting lines that are not read.

use wide::u8x16;

const STRIDE: usize = 16;
/// Strides after which a counter of 8 bits could be full.
const MOST_STRIDES: usize = 255;

/// How many lines `text` has, if all begin with the same byte as the first. Each must have its line end.
///
/// Records of one object nearly always do, for the first field is the version. It is far cheaper to see than where each line begins.
///
/// ```
/// use flowcover_record::lines::alike;
/// assert_eq!(alike(b"2 eni-1\n2 eni-2\n"), Some(2));
/// assert_eq!(alike(b"2 eni-1\nversion\n"), None);
/// assert_eq!(alike(b"2 eni-1\n2 eni-2"), None);
/// ```
#[must_use]
pub fn alike(text: &[u8]) -> Option<usize> {
    let (&first, &last) = (text.first()?, text.last()?);
    if last != b'\n' || first == b'\n' {
        return None;
    }
    // Every byte but the last, and the byte after it.
    let (bytes, next) = (&text[..text.len() - 1], &text[1..]);
    let mut count = 1;
    let part = STRIDE * MOST_STRIDES;
    for (bytes, next) in bytes.chunks(part).zip(next.chunks(part)) {
        count += count_part(bytes, next, first)?;
    }
    Some(count)
}

/// How many line ends, if `first` follows each of them.
fn count_part(bytes: &[u8], next: &[u8], first: u8) -> Option<usize> {
    let (line_end, begin) = (u8x16::splat(b'\n'), u8x16::splat(first));
    let (mut counts, mut others) = (u8x16::ZERO, u8x16::ZERO);
    let (strides, rest) = bytes.as_chunks::<STRIDE>();
    let (next_strides, next_rest) = next.as_chunks::<STRIDE>();
    for (&bytes, &next) in strides.iter().zip(next_strides) {
        // All bits are set where it is so, which is -1.
        let ends = u8x16::from(bytes).simd_eq(line_end);
        let begins = u8x16::from(next).simd_eq(begin);
        counts -= ends;
        others |= ends & !begins;
    }
    let mut count: usize = counts.to_array().into_iter().map(usize::from).sum();
    let mut all_alike = others == u8x16::ZERO;
    for (&byte, &next) in rest.iter().zip(next_rest) {
        let is_end = byte == b'\n';
        count += usize::from(is_end);
        all_alike &= !is_end || next == first;
    }
    all_alike.then_some(count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one_by_one(text: &[u8]) -> Option<usize> {
        let lines: Vec<&[u8]> = text
            .strip_suffix(b"\n")?
            .split(|&byte| byte == b'\n')
            .collect();
        let first = lines.first()?.first()?;
        let is_alike = lines.iter().all(|line| line.first() == Some(first));
        is_alike.then_some(lines.len())
    }

    proptest! {
        #[test]
        fn lines_are_counted_as_one_by_one(
            lines in prop::collection::vec("2[ a-c]{0,40}", 0..300),
            other in prop::option::weighted(0.3, "[23v]{0,2}"),
            at in any::<prop::sample::Index>(),
            is_ended in prop::bool::weighted(0.9),
        ) {
            let mut lines = lines;
            if let Some(other) = other {
                let at = at.index(lines.len() + 1);
                lines.insert(at, other);
            }
            let mut text = lines.join("\n");
            if is_ended {
                text.push('\n');
            }
            prop_assert_eq!(alike(text.as_bytes()), one_by_one(text.as_bytes()));
        }
    }

    #[test]
    fn many_line_ends_do_not_overflow() {
        for lines in [1, 8, 4080, 9000] {
            assert_eq!(alike(&b"2\n".repeat(lines)), Some(lines));
            assert_eq!(alike(&b"\n".repeat(lines)), None);
        }
    }
}
