//! How values get into the page: one escaper for every `{{ … }}`, named in `askama.toml`.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use crate::inert;

/// Makes text inert ([`inert::text`]) and safe within HTML text and quoted attributes.
///
/// It is the escaper of all HTML templates, so that no template can forget it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inert;

impl Escaper for Inert {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        let inert = inert::text(string);
        let mut rest = inert.as_ref();
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'', '`']) {
            dest.write_str(&rest[..at])?;
            dest.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                _ => "&#96;",
            })?;
            rest = &rest[at + 1..];
        }
        dest.write_str(rest)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(raw: &str) -> String {
        let mut shown = String::new();
        Inert.write_escaped_str(&mut shown, raw).unwrap();
        shown
    }

    #[test]
    fn markup_quotes_and_controls_are_spelled_out() {
        assert_eq!(
            escaped("<a href='x' title=\"y\">&`\n\u{202e}"),
            "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;&#96;\\n\\u{202e}"
        );
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(escaped("größe 漢字 payments-1"), "größe 漢字 payments-1");
    }

    proptest! {
        #[test]
        fn nothing_escaped_can_end_a_text_or_an_attribute(raw in "\\PC*|[\\x00-\\x7f]*") {
            let shown = escaped(&raw);
            prop_assert!(!shown.contains(['<', '>', '"', '\'', '`', '\n', '\0']));
        }
    }
}
