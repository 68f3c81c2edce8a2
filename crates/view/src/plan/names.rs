//! Names for what is made, in the languages of other tools.

use sha2::{Digest as _, Sha256};

/// Letters of a readable name that are kept.
const READABLE: usize = 48;

/// Ten hexadecimal digits that tell one text from another.
fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest[..5]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// An identifier of Terraform: what can be read of `name`, and a digest of `key`. The same key has the same name in
/// every plan, or Terraform would make again what it made.
pub(super) fn identifier(name: &str, key: &str) -> String {
    let mut readable = String::new();
    for character in name
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .chars()
    {
        let plain = character.is_ascii_alphanumeric() || character == '-';
        let character = if plain {
            character.to_ascii_lowercase()
        } else {
            '_'
        };
        if character != '_' || !readable.ends_with('_') {
            readable.push(character);
        }
    }
    readable.truncate(READABLE);
    let readable = readable.trim_end_matches(['_', '-']);
    let digest = digest(key);
    match readable.as_bytes().first() {
        Some(first) if first.is_ascii_alphabetic() => format!("{readable}_{digest}"),
        Some(_) => format!("n{readable}_{digest}"),
        None => format!("n_{digest}"),
    }
}

/// A logical id of CloudFormation: letters and digits only.
pub(super) fn logical_id(kind: &str, name: &str, key: &str) -> String {
    let readable: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(READABLE)
        .collect();
    format!("{kind}{readable}x{}", digest(key))
}

/// A part of the name of a file: whatever stands in a plan, no path.
pub(super) fn file_part(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let kept: String = text
        .chars()
        .take(READABLE)
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    if kept == text {
        return kept;
    }
    format!("{kept}-{}", digest(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_can_be_read() {
        let names = [
            identifier("vpc-0a1b", "k"),
            identifier("/flowcover/eu-west-1/vpc-0a1b", "k"),
            identifier("1 \u{202e}", "k"),
            identifier("", "k"),
            logical_id("LogGroup", "/flowcover/eu-west-1/vpc-0a1b", "k"),
            file_part("111122223333"),
            file_part("../../etc"),
        ];
        insta::assert_snapshot!(names.join("\n"));
    }

    proptest! {
        #[test]
        fn names_are_valid_and_apart(name in any::<String>(), one in any::<String>(), other in any::<String>()) {
            let terraform = identifier(&name, &one);
            prop_assert!(terraform.starts_with(|c: char| c.is_ascii_alphabetic()));
            prop_assert!(terraform.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)));
            let logical = logical_id("Role", &name, &one);
            prop_assert!(logical.len() <= 255 && logical.chars().all(|c| c.is_ascii_alphanumeric()));
            prop_assert_eq!(terraform == identifier(&name, &other), one == other);
            prop_assert_eq!(logical == logical_id("Role", &name, &other), one == other);
            prop_assert!(!file_part(&name).contains(['/', '\\', '.']));
        }
    }
}
