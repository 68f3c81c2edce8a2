//! Patterns with `*` and `?`, for names.

/// Whether the whole of `text` matches `pattern`: `*` stands for any run of characters, also
/// none, `?` for exactly one; all else stands for itself, case and all.
///
/// Only the last `*` is ever tried again, so the work is at most the product of the two lengths,
/// whatever the pattern.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                last_star = Some((at, read));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == text[read] => {
                at += 1;
                read += 1;
            }
            _ => match &mut last_star {
                // An earlier star need not take more: what it could reach, this one reaches too.
                Some((star, taken)) => {
                    *taken += 1;
                    at = *star + 1;
                    read = *taken;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&rest| rest == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn stars_and_question_marks() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        };
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("**", "anything", true);
        check("?", "", false);
        check("?", "ä", true);
        check("sandbox-*", "sandbox-7", true);
        check("sandbox-*", "my-sandbox-7", false);
        check("*-dev", "a-dev-dev", true);
        check("*a*b*c", "xxaxxbxxc", true);
        check("*a*b*c", "xxaxxcxxb", false);
        check("a?c*", "abcdef", true);
        check("Sandbox", "sandbox", false);
        check("[ab].", "a.", false);
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        assert!(!matches(&"*a".repeat(128), &"a".repeat(127)));
        assert!(!matches(&("a*".repeat(128) + "b"), &"a".repeat(256)));
    }

    /// The definition, step by step.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('*'), first) => {
                by_definition(&pattern[1..], text)
                    || (first.is_some() && by_definition(pattern, &text[1..]))
            }
            (Some('?'), Some(_)) => by_definition(&pattern[1..], &text[1..]),
            (Some(wanted), Some(found)) => {
                wanted == found && by_definition(&pattern[1..], &text[1..])
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                matches(&pattern, &text),
                by_definition(&chars(&pattern), &chars(&text))
            );
        }
    }
}
