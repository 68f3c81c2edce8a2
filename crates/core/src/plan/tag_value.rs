//! Values of tags that every service takes.

use sha2::{Digest as _, Sha256};

/// Characters in the value of a tag (Tagging AWS Resources User Guide, "Tag naming limits").
const LIMIT: usize = 256;

/// A text as the value of a tag. Services agree only on letters, digits, spaces and `_ . : / = + - @`;
/// where a text holds anything else, or is too long, it is changed, and a digest of it keeps it apart
/// from others.
#[must_use]
pub fn tag_value(text: &str) -> String {
    let is_taken =
        |character: char| character.is_ascii_alphanumeric() || " _.:/=+-@".contains(character);
    if text.len() <= LIMIT && text.chars().all(is_taken) {
        return text.to_owned();
    }
    let digest = Sha256::digest(text.as_bytes());
    let digest: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let kept = text
        .chars()
        .take(LIMIT - 1 - digest.len())
        .map(|character| if is_taken(character) { character } else { '_' });
    kept.chain("-".chars()).chain(digest.chars()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_services_take_stays() {
        let id = "111122223333/eu-west-1/log-group//flowcover/eu-west-1/vpc-0a";
        assert_eq!(tag_value(id), id);
    }

    #[test]
    fn what_differs_stays_apart() {
        let long = "a".repeat(300);
        let texts = ["a#b", "a_b", "a,b", "a\nb", &long, &long[1..]];
        let values: std::collections::BTreeSet<String> =
            texts.iter().map(|text| tag_value(text)).collect();
        assert_eq!(values.len(), texts.len(), "{values:?}");
    }

    proptest! {
        #[test]
        fn every_service_takes_it(text in any::<String>()) {
            let value = tag_value(&text);
            prop_assert!(value.chars().count() <= LIMIT);
            prop_assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c)));
        }
    }
}
