//! Patterns of paths: `*` and `?` within a name, `**` for any number of folders.

/// Whether a text is a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// What stands before the first folder or name with a wildcard, with its `/`; and what stands before the wildcard itself.
pub(crate) fn literal(pattern: &str) -> (&str, &str) {
    let start = pattern.find(['*', '?']).unwrap_or(pattern.len());
    let before = &pattern[..start];
    let folder = before.rfind('/').map_or(0, |slash| slash + 1);
    (&before[..folder], before)
}

/// Whether the path, or a folder above it, fits the pattern.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.trim_end_matches('/').split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    names(&pattern, &path)
}

fn names(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        // All of the pattern is used up: what is left of the path lies below.
        ([], _) => true,
        (["**"], _) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skipped| names(rest, &path[skipped..])),
        ([name, rest @ ..], [first, below @ ..]) => {
            fits(name.as_bytes(), first) && names(rest, below)
        }
        ([_, ..], []) => false,
    }
}

/// Whether a name fits. Goes back to the last star only: linear in the pattern for each character.
fn fits(pattern: &[u8], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let pattern: Vec<char> = String::from_utf8_lossy(pattern).chars().collect();
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (at, from) = (place + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&left| left == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names_and_what_lies_below() {
        for (pattern, path, expected) in [
            ("logs/*.gz", "logs/a.gz", true),
            ("logs/*.gz", "logs/a.txt", false),
            ("logs/*.gz", "logs/deep/a.gz", false),
            ("logs/**/*.gz", "logs/deep/er/a.gz", true),
            ("logs/**/*.gz", "logs/a.gz", true),
            ("logs/2026*", "logs/20261120/deep/a.gz", true),
            ("logs/2026*/", "logs/20261120/deep/a.gz", true),
            ("logs/?", "logs/ab", false),
            ("*", "anything/below", true),
            ("**", "", true),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("é?", "éa", true),
            ("logs/*/x", "logs/y", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_cost_little() {
        let pattern = "*a".repeat(50) + "b";
        assert!(!matches(&pattern, &"a".repeat(5000)));
    }

    #[test]
    fn the_literal_start_ends_before_the_wildcard() {
        assert_eq!(literal("a/b*/c"), ("a/", "a/b"));
        assert_eq!(literal("*.gz"), ("", ""));
        assert_eq!(literal("a/b"), ("a/", "a/b"));
    }
}
