//! Refuses XML answers that were cut off.
//!
//! The SDK reads XML as far as it goes: a listing that lost its end would pass for a shorter one,
//! without a next page. What is missing must never look like what does not exist.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Checks that an answer in XML ends where its root element ends.
#[derive(Debug)]
pub(crate) struct WholeAnswer;

#[dyn_dispatch_hint]
impl Intercept for WholeAnswer {
    fn name(&self) -> &'static str {
        "WholeAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        match response.body().bytes() {
            Some(body) if response.status().is_success() && !is_whole(body) => {
                Err("it was cut off".into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether XML ends with its root element. Anything but XML is for its own parser to judge.
///
/// Looks at the beginning and the end only: answers can be megabytes.
fn is_whole(body: &[u8]) -> bool {
    let mut rest = body.trim_ascii();
    let is_xml = rest.starts_with(b"<?");
    while rest.starts_with(b"<?") {
        let Some(end) = rest.windows(2).position(|pair| pair == b"?>") else {
            return false;
        };
        rest = rest[end + 2..].trim_ascii_start();
    }
    let Some(root) = rest.strip_prefix(b"<") else {
        return !is_xml;
    };
    let name = root
        .split(|byte| b" \t\r\n/>".contains(byte))
        .next()
        .unwrap_or_default();
    let alone = root.ends_with(b"/>") && !root.contains(&b'<');
    alone || ends_with_tag(root, name)
}

fn ends_with_tag(text: &[u8], name: &[u8]) -> bool {
    let tag = text
        .strip_suffix(b">")
        .and_then(|text| text.strip_suffix(name));
    tag.is_some_and(|text| text.ends_with(b"</"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_that_lost_its_end_is_not_whole() {
        for (body, whole) in [
            ("", true),
            (r#"{"Policy":"#, true),
            ("<a></a>", true),
            ("<a/>", true),
            ("<a xmlns=\"u\"><b/></a>\n", true),
            ("<?xml version=\"1.0\"?>\n<a><b>1</b></a>", true),
            ("<?xml version=\"1.0\"?>", false),
            ("<?xml", false),
            ("<a>", false),
            ("<a><b/>", false),
            ("<a><b>1</b>", false),
            ("<a><a></a", false),
        ] {
            assert_eq!(is_whole(body.as_bytes()), whole, "{body}");
        }
    }
}
