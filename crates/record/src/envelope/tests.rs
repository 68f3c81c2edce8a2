#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::record::ReasonKind;

const RECORD: &str =
    "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA";

/// What comes out, one line each: `line: text` and `line! reason (bytes)`.
fn seen(block: &str, ending: Ending) -> (Vec<String>, Visited) {
    let mut seen = Vec::new();
    let visited = visit(block.as_bytes(), ending, &mut |item| {
        seen.push(match item {
            Ok(found) => format!("{}: {}", found.line, found.text),
            Err(error) => format!(
                "{}! {error} ({} at {})",
                error.line, error.bytes, error.offset
            ),
        });
    });
    (seen, visited)
}

fn check(block: &str, expected: &[&str]) {
    let (seen, visited) = seen(block, Ending::Last);
    assert_eq!(seen, expected, "{block:?}");
    assert_eq!(visited.consumed, block.len(), "{block:?}");
}

#[test]
fn firehose_messages() {
    check(r#"{"message":"a b"}"#, &["1: a b"]);
    check(
        "{\"message\":\"a b\"}\n{\"message\":\"c\"}\n",
        &["1: a b", "2: c"],
    );
    check(
        r#"{"message":"a"}{"message":"b"} {"message":"c"}"#,
        &["1: a", "1: b", "1: c"],
    );
    check(r#"[{"message":"a"},{"message":"b"}]"#, &["1: a", "1: b"]);
    check(
        "[\r\n  {\r\n    \"message\": \"a\"\r\n  },\r\n  {\"message\": \"b\"}\r\n]\r\n",
        &["2: a", "5: b"],
    );
    check(
        r#"{"message":"a\nb\r\n\n c\n"}"#,
        &["1: a", "1: b", "1:  c"],
    );
    check(
        r#"{"host":{"name":["x",1.5,null,true]},"message":"gr\u00f6\u00dfe"}"#,
        &["1: größe"],
    );
    check(r#"{"message":""}"#, &[]);
    check("\u{feff}{\"message\":\"a\"}", &["1: a"]);
    check("[]\n[ ]", &[]);
    check("", &[]);
}

#[test]
fn subscription_messages() {
    let block = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"flow","logStream":"eni-1-all",
            "subscriptionFilters":["f"],"logEvents":[{{"id":"1","timestamp":1431280876000,"message":"{RECORD}"}},
            {{"id":"2","timestamp":1431280877000,"message":"b"}}]}}"#
    );
    let mut found = Vec::new();
    visit(block.as_bytes(), Ending::Last, &mut |item| {
        let line = item.unwrap();
        let Origin {
            owner,
            log_group,
            log_stream,
        } = line.origin;
        assert_eq!(owner, Some("123456789012"));
        assert_eq!(log_group, Some("flow"));
        assert_eq!(log_stream, Some("eni-1-all"));
        found.push((line.text.to_owned(), line.timestamp));
    });
    assert_eq!(
        found,
        [
            (RECORD.to_owned(), Some(1_431_280_876_000)),
            ("b".to_owned(), Some(1_431_280_877_000)),
        ]
    );
}

#[test]
fn keys_may_come_in_any_order() {
    check(
        r#"{"logEvents":[{"message":"health"}],"messageType":"CONTROL_MESSAGE"}{"logEvents":[{"message":"a"}],"messageType":"DATA_MESSAGE"}"#,
        &["1: a"],
    );
}

#[test]
fn control_messages_are_counted() {
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;
    let (lines, visited) = seen(&format!("{control}{control}\n"), Ending::Last);
    assert_eq!(lines, [""; 0]);
    assert_eq!(visited.control_messages, 2);
}

#[test]
fn events_as_the_command_line_prints_them() {
    let block = r#"{"events": [{"logStreamName": "eni-1-all", "timestamp": 7, "message": "a", "ingestionTime": 8}], "searchedLogStreams": []}"#;
    let mut count = 0;
    visit(block.as_bytes(), Ending::Last, &mut |item| {
        let line = item.unwrap();
        assert_eq!((line.text, line.timestamp), ("a", Some(7)));
        assert_eq!(line.origin.log_stream, Some("eni-1-all"));
        count += 1;
    });
    assert_eq!(count, 1);
}

#[test]
fn objects_that_are_no_envelopes() {
    check(
        "{}",
        &["1! a JSON object without `message` and `logEvents` (2 at 0)"],
    );
    check(
        r#"{"log":"a"}{"message":"b"}"#,
        &[
            "1! a JSON object without `message` and `logEvents` (11 at 0)",
            "1: b",
        ],
    );
    check(r#"{"message":7}"#, &["1! `message` is no text (13 at 0)"]);
    check(
        r#"{"message":{"message":"a"}}"#,
        &["1! `message` is no text (27 at 0)"],
    );
    check(
        r#"{"logEvents":{}}"#,
        &["1! `logEvents` is no array (16 at 0)"],
    );
    check(
        r#"{"messageType":"OTHER","logEvents":[]}"#,
        &["1! unknown `messageType` (38 at 0)"],
    );
    check(
        r#"{"messageType":7,"logEvents":[]}"#,
        &["1! unknown `messageType` (32 at 0)"],
    );
    check(
        r#"{"message":"a","message":"b"}"#,
        &["1! a key comes twice in a JSON object (29 at 0)"],
    );
    check(
        r#"{"logEvents":[7,{"id":"1"},{"message":"a"},{"message":null},{"message":"b","message":"c"}]}"#,
        &[
            "1! no JSON object (0 at 0)",
            "1! `message` is no text (0 at 0)",
            "1: a",
            "1! `message` is no text (0 at 0)",
            "1! a key comes twice in a JSON object (0 at 0)",
        ],
    );
}

#[test]
fn reading_goes_on_after_what_is_no_json() {
    check(
        "{\"message\":\"a\"}\n2 123 eni-1\n{\"message\":\"b\"}\n",
        &["1: a", "2! no JSON object (12 at 16)", "3: b"],
    );
    check(
        "{\"message\":\"a\n{\"message\":\"b\"}\n",
        &[
            "1! no JSON: control character (\\u0000-\\u001F) found while parsing a string (14 at 0)",
            "2: b",
        ],
    );
    check(
        "{\"message\":\"a\"\n{\"message\":\"b\"}\n",
        &["1! no JSON: expected `,` or `}` (15 at 0)", "2: b"],
    );
    check(
        "[\n  {\"message\": nul},\n  {\"message\":\"b\"}\n]\n",
        &["2! no JSON: expected ident (18 at 4)", "3: b"],
    );
    check(
        "{\"logEvents\":[\n  {\"message\":\"lost\"},\n  {\"message\" 7},\n  {\"message\":\"lost\"}\n]}\n{\"message\":\"b\"}",
        &["1! no JSON: expected `:` (78 at 0)", "6: b"],
    );
    check(
        "{\"message\":\"a\"}\n2 1\n3 1\n",
        &[
            "1: a",
            "2! no JSON object (4 at 16)",
            "3! no JSON object (4 at 20)",
        ],
    );
    check(r#"["a","b"]"#, &["1! no JSON object (8 at 1)"]);
}

#[test]
fn cut_short() {
    let block = "[{\"message\":\"a\"},\n{\"message\":\"b";
    check(block, &["1: a", "2! the JSON is cut short (13 at 18)"]);
    let (lines, visited) = seen(block, Ending::More);
    assert_eq!(lines, ["1: a"]);
    assert_eq!(visited.consumed, 18);
    let (lines, visited) = seen("{\"message\":\"a\"}\n2 123", Ending::More);
    assert_eq!(lines, ["1: a"]);
    assert_eq!(visited.consumed, 16);
}

#[test]
fn deep_nesting_ends_in_an_error() {
    for open in ["{\"message\":", "{\"logEvents\":[", "{\"message\":["] {
        let block = open.repeat(100_000) + "\n{\"message\":\"b\"}";
        let (lines, _) = seen(&block, Ending::Last);
        assert_eq!(lines.len(), 2, "{open}");
        assert!(
            lines[0].starts_with("1! no JSON: recursion limit exceeded"),
            "{}",
            lines[0]
        );
        assert_eq!(lines[1], "2: b");
    }
    let (lines, _) = seen(&"[".repeat(1_000_000), Ending::Last);
    assert_eq!(lines, [""; 0]);
}

/// Every line begins an object that only the end of the block shows to be none.
#[test]
fn hostile_blocks_take_no_longer_than_their_length() {
    let block = "{\"a\":\n".repeat(200_000) + "x";
    let (lines, _) = seen(&block, Ending::Last);
    // One try for all of it, not one for every line.
    assert_eq!(lines.len(), 1, "{:?}", lines.first());
}

#[test]
fn errors_count_as_malformed() {
    visit(b"{}", Ending::Last, &mut |item| {
        let malformed = Malformed::from(item.unwrap_err());
        assert_eq!(malformed.reason.kind(), ReasonKind::Envelope);
    });
}

#[test]
fn wrapped_blocks_are_told_by_their_first_byte() {
    for wrapped in ["{", "[", " \r\n{\"message\"", "\u{feff}["] {
        assert!(is_wrapped(wrapped.as_bytes()), "{wrapped:?}");
    }
    for other in ["", " ", "2 123", "version", "\u{feff}version {"] {
        assert!(!is_wrapped(other.as_bytes()), "{other:?}");
    }
}

proptest! {
    /// However the block is cut, the same lines come out.
    #[test]
    fn blocks_may_be_cut_anywhere(
        messages in proptest::collection::vec("[ -~é\"\\\\]{1,20}", 1..8),
        pretty in any::<bool>(),
        separator in prop_oneof![Just("\n"), Just(""), Just(",")],
        size in 1..60_usize,
    ) {
        let objects: Vec<_> = messages.iter().map(|message| {
            let object = serde_json::json!({"messageType": "DATA_MESSAGE", "logEvents": [{"message": message}]});
            if pretty { format!("{object:#}") } else { object.to_string() }
        }).collect();
        let block = objects.join(separator);
        let expected: Vec<_> = messages.iter().filter(|message| !is_blank(message)).cloned().collect();

        let (mut carried, mut found) = (Vec::new(), Vec::new());
        let chunks: Vec<_> = block.as_bytes().chunks(size).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            carried.extend_from_slice(chunk);
            let ending = if index + 1 == chunks.len() { Ending::Last } else { Ending::More };
            let visited = visit(&carried, ending, &mut |item| found.push(item.unwrap().text.to_owned()));
            carried.drain(..visited.consumed);
        }
        prop_assert_eq!(found, expected);
        prop_assert!(carried.is_empty());
    }

    #[test]
    fn any_bytes_are_visited_to_the_end(block in "([\\[{}\\]\",:\n \\\\]|message|logEvents|1|a){0,40}") {
        let visited = visit(block.as_bytes(), Ending::Last, &mut |_| {});
        prop_assert_eq!(visited.consumed, block.len());
        let partly = visit(block.as_bytes(), Ending::More, &mut |_| {});
        prop_assert!(partly.consumed <= block.len());
    }
}

fn is_blank(text: &str) -> bool {
    crate::record::is_blank(text.as_bytes())
}
