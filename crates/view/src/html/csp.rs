//! The style and the script of the page, and the Content-Security-Policy that admits only them.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The one style sheet, as it stands between `<style>` and `</style>`.
pub(crate) const STYLE: &str = include_str!("../../templates/style.css");

/// The one script, as it stands between `<script>` and `</script>`. It holds no data.
pub(super) const SCRIPT: &str = include_str!("../../templates/script.js");

/// The policy of the page of an audit.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| policy(STYLE, Some(SCRIPT)));

/// A policy: nothing is loaded from anywhere, and no style or script runs but these, known by
/// their SHA-256 (CSP Level 3, "hash-source").
pub(crate) fn policy(style: &str, script: Option<&str>) -> String {
    let script = script.map_or_else(String::new, |script| {
        format!("script-src '{}'; ", source_hash(script))
    });
    format!(
        "default-src 'none'; style-src '{}'; {script}base-uri 'none'; form-action 'none'",
        source_hash(style),
    )
}

/// `sha256-…` of the text of an element.
pub(super) fn source_hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let sextet = (group >> (18 - 6 * place)) & 0x3f;
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(ALPHABET[sextet as usize])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_vectors_of_rfc_4648() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn the_hash_is_that_of_the_published_vector() {
        // FIPS 180-4, SHA-256 of "abc".
        assert_eq!(
            source_hash("abc"),
            "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
    }

    #[test]
    fn neither_style_nor_script_reaches_outside_or_ends_its_element() {
        for text in [STYLE, SCRIPT] {
            let lower = text.to_lowercase();
            for word in [
                "</",
                "<!--",
                "http:",
                "https:",
                "url(",
                "@import",
                "eval(",
                "innerhtml",
            ] {
                assert!(!lower.contains(word), "{word} in style or script");
            }
        }
    }
}
