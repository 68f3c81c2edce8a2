//! Numbers with nouns, as sentences have them.

use std::fmt::Display;

/// `1 flow log`, `2 flow logs`, `1 address`, `0 addresses`: the number with its noun, which is given in the singular.
#[must_use]
pub fn counted<N: Display + From<u8> + PartialEq>(number: N, noun: &str) -> String {
    let ending = match noun.as_bytes().last() {
        _ if number == N::from(1) => "",
        Some(b's' | b'x') => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

/// The one word or the other, as there is one or not: `choose(1, "is", "are")`.
#[must_use]
pub fn choose<'t, N: From<u8> + PartialEq>(number: N, one: &'t str, many: &'t str) -> &'t str {
    if number == N::from(1) { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_nothing_else_is() {
        for (number, noun, expected) in [
            (0_u64, "VPC", "0 VPCs"),
            (1, "VPC", "1 VPC"),
            (2, "flow log", "2 flow logs"),
            (1, "address", "1 address"),
            (21, "address", "21 addresses"),
        ] {
            assert_eq!(counted(number, noun), expected);
        }
        assert_eq!(counted(1_usize, "day"), "1 day");
        assert_eq!(
            (choose(1_u32, "is", "are"), choose(11_u32, "is", "are")),
            ("is", "are")
        );
    }
}
