//! What is understood, and what is left to the SDK.

#![allow(clippy::unwrap_used)]

use super::*;

/// Text of every `b` in the root `a`; anything else in it is skipped.
fn read(body: &[u8]) -> Result<Vec<String>, NotPlain> {
    let (mut xml, root) = Reader::new(body)?;
    let mut found = Vec::new();
    xml.children(root, |xml, child| {
        if child.name == "b" {
            found.push(xml.text(child)?.into_owned());
            return Ok(());
        }
        xml.skip(child)
    })?;
    xml.end()?;
    Ok(found)
}

#[test]
fn elements_and_text_are_understood() {
    for (body, found) in [
        ("<a/>", &[][..]),
        ("<a></a>\n", &[]),
        ("<a><b/><b></b><b> x </b></a>", &["", "", " x "]),
        (
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"http://x/y\">\n\t<b>ü\r\n€</b>\n</a>",
            &["ü\r\n€"],
        ),
        (
            "<a><b>&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&amp;lt;</b></a>",
            &["<>&\"'A€&lt;"],
        ),
        ("<a><b>1 > 0 ]] ></b></a>", &["1 > 0 ]] >"]),
        (
            "<a><c>x<b>no</b><c/>y<c><c/></c></c><b>yes</b></a>",
            &["yes"],
        ),
    ] {
        assert_eq!(
            read(body.as_bytes()),
            Ok(found.iter().map(ToString::to_string).collect()),
            "{body}"
        );
    }
}

#[test]
fn anything_else_is_left_to_the_sdk() {
    for body in [
        "",
        "{}",
        "<a",
        "<a>",
        "<a><b>x</b>",
        "<a><b>x</b></a>trailing",
        "<a></a><a/>",
        "<a></b>",
        "<a><b>x</c></a>",
        "<a><c><d></c></d></a>",
        "<a>text<b/></a>",
        "<a><b>x<c/></b></a>",
        "<a><b>x<!-- y --></b></a>",
        "<a><b><![CDATA[x]]></b></a>",
        "<a><b>]]></b></a>",
        "<a><c>]]></c></a>",
        "<a><?pi?></a>",
        "<a><b c=\"d\">x</b></a>",
        "<a><b >x</b></a>",
        "<a><b>x</b ></a>",
        "<a><n:b>x</n:b></a>",
        "<a><1/></a>",
        "<a xmlns=\"<\"/>",
        "<a xmlns=\"&amp;\"/>",
        "<a xmlns='u'/>",
        "<a xmlns=\"u\" b=\"c\"/>",
        "<!DOCTYPE a><a/>",
        "<?xml version=\"1.1\"?><a/>",
        " <?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>",
        "\u{feff}<a/>",
        "<a><b>\u{1}</b></a>",
        "<a><b>\u{ffff}</b></a>",
        "<a><b>&</b></a>",
        "<a><b>&lt</b></a>",
        "<a><b>&nbsp;</b></a>",
        "<a><b>&#;</b></a>",
        "<a><b>&#x;</b></a>",
        "<a><b>&#+65;</b></a>",
        "<a><b>&#xD800;</b></a>",
        "<a><b>&#99999999999;</b></a>",
    ] {
        assert_eq!(read(body.as_bytes()), Err(NotPlain), "{body}");
    }
    assert_eq!(read(b"<a><b>\xff</b></a>"), Err(NotPlain));
}

#[test]
fn elements_can_lie_in_each_other_up_to_a_depth() {
    let nested = |depth| format!("<a>{}{}</a>", "<c>".repeat(depth), "</c>".repeat(depth));
    assert_eq!(read(nested(MAX_DEPTH).as_bytes()), Ok(Vec::new()));
    assert_eq!(read(nested(MAX_DEPTH + 1).as_bytes()), Err(NotPlain));
    assert_eq!(read(nested(1_000_000).as_bytes()), Err(NotPlain));
}
