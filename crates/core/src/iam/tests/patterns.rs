use super::super::pattern::{Segments, Style, matches};
use super::super::request::{Context, Text};
use super::super::truth::Truth;

fn word(truth: &Truth) -> &'static str {
    match truth {
        Truth::Yes => "yes",
        Truth::No => "no",
        Truth::Unknown(_) => "unknown",
    }
}

#[track_caller]
fn check(style: Style, cases: &[(&str, &str, &str)]) {
    for (pattern, text, expected) in cases {
        let text = match text.strip_suffix('…') {
            Some(start) => Text::StartsWith(start.to_owned()),
            None => Text::from(*text),
        };
        let context = Context::new()
            .with("aws:username", "ann*")
            .without("aws:userid");
        let truth = matches(pattern, &text, style, Some(&context));
        assert_eq!(
            word(&truth),
            *expected,
            "{pattern:?} on {text:?}: {truth:?}"
        );
    }
}

#[test]
fn actions_match_in_either_case_and_with_wildcards() {
    check(
        Style::ACTION,
        &[
            ("logs:PutLogEvents", "logs:PutLogEvents", "yes"),
            ("LOGS:putlogevents", "logs:PutLogEvents", "yes"),
            ("logs:Put*", "logs:PutLogEvents", "yes"),
            ("logs:*LogEvents", "logs:PutLogEvents", "yes"),
            ("logs:P?tLogEvents", "logs:PutLogEvents", "yes"),
            ("*", "logs:PutLogEvents", "yes"),
            ("logs:PutLogEvent", "logs:PutLogEvents", "no"),
            ("ec2:*", "logs:PutLogEvents", "no"),
            ("", "logs:PutLogEvents", "no"),
        ],
    );
}

#[test]
fn resources_match_by_case_and_heed_segments() {
    check(
        Style::RESOURCE,
        &[
            (
                "arn:aws:s3:::logs/*",
                "arn:aws:s3:::logs/AWSLogs/1/x",
                "yes",
            ),
            ("arn:aws:s3:::Logs/*", "arn:aws:s3:::logs/AWSLogs/1/x", "no"),
            ("arn:aws:s3:::logs*", "arn:aws:s3:::logs", "yes"),
            ("arn:aws:s3:::log?", "arn:aws:s3:::logs", "yes"),
            // A star that ends a segment goes on past the colon.
            (
                "arn:aws:logs:*",
                "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b",
                "yes",
            ),
            (
                "arn:aws:logs:*:log-group:a:*",
                "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b",
                "yes",
            ),
            (
                "arn:aws:logs:*:*:log-group:a:*",
                "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b",
                "yes",
            ),
            // Within a segment it is not said whether it may.
            (
                "arn:aws:logs:eu*3:log-group:a",
                "arn:aws:logs:eu-west-1:111122223333:log-group:a",
                "unknown",
            ),
            (
                "arn:aws:logs:eu-*-1:111122223333:log-group:a",
                "arn:aws:logs:eu-west-1:111122223333:log-group:a",
                "yes",
            ),
            // The last segment has colons of its own.
            (
                "arn:aws:logs:r:1:log-group:a*b",
                "arn:aws:logs:r:1:log-group:a:log-stream:b",
                "yes",
            ),
            // Only the beginning of the resource is known.
            ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs/AWSLogs/…", "yes"),
            ("*", "arn:aws:s3:::logs/AWSLogs/…", "yes"),
            (
                "arn:aws:s3:::logs/*.gz",
                "arn:aws:s3:::logs/AWSLogs/…",
                "unknown",
            ),
            (
                "arn:aws:s3:::logs/AWSLogs/2026*",
                "arn:aws:s3:::logs/AWSLogs/…",
                "unknown",
            ),
            (
                "arn:aws:s3:::logs/AWSLogs/?*",
                "arn:aws:s3:::logs/AWSLogs/…",
                "unknown",
            ),
            (
                "arn:aws:s3:::logs/other/*",
                "arn:aws:s3:::logs/AWSLogs/…",
                "no",
            ),
        ],
    );
}

#[test]
fn variables_are_replaced_where_they_are_known() {
    check(
        Style::RESOURCE,
        &[
            (
                "arn:aws:s3:::b/${aws:username}/*",
                "arn:aws:s3:::b/ann*/x",
                "yes",
            ),
            // The value is text: its star is no wildcard.
            (
                "arn:aws:s3:::b/${aws:username}",
                "arn:aws:s3:::b/anna",
                "no",
            ),
            (
                "arn:aws:s3:::b/${AWS:UserName}",
                "arn:aws:s3:::b/ann*",
                "yes",
            ),
            (
                "arn:aws:s3:::b/${aws:PrincipalTag/team}/*",
                "arn:aws:s3:::b/x/y",
                "unknown",
            ),
            (
                "arn:aws:s3:::c/${aws:PrincipalTag/team}/*",
                "arn:aws:s3:::b/x/y",
                "no",
            ),
            (
                "arn:aws:s3:::b/${aws:userid, 'nobody'}",
                "arn:aws:s3:::b/nobody",
                "yes",
            ),
            (
                "arn:aws:s3:::b/${aws:userid}",
                "arn:aws:s3:::b/nobody",
                "unknown",
            ),
            ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", "yes"),
            ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", "no"),
            ("arn:aws:s3:::b/${open", "arn:aws:s3:::b/${open", "yes"),
        ],
    );
    let literal = matches(
        "b/${aws:username}",
        &Text::from("b/${aws:username}"),
        Style::RESOURCE,
        None,
    );
    assert_eq!(
        literal,
        Truth::Yes,
        "before 2012-10-17 a variable is plain text"
    );
}

#[test]
fn arn_operators_match_component_by_component() {
    check(
        Style::ARN,
        &[
            // The guide's own example of where a string would match and an ARN does not.
            (
                "arn:aws:someservice:*:111122223333:finance/*",
                "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
                "no",
            ),
            (
                "arn:aws:ec2:*:111122223333:vpc-flow-log/*",
                "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-1",
                "yes",
            ),
            (
                "arn:*:ec2:*:*:*",
                "arn:aws-cn:ec2:cn-north-1:111122223333:vpc-flow-log/fl-1",
                "yes",
            ),
            (
                "arn:aws:logs:*:111122223333:*",
                "arn:aws:logs:eu-west-1:111122223333:…",
                "yes",
            ),
            (
                "arn:aws:logs:eu-west-1:111122223333:*",
                "arn:aws:logs:us-east-1:111122223333:…",
                "no",
            ),
            (
                "arn:aws:logs:*",
                "arn:aws:logs:eu-west-1:111122223333:x",
                "unknown",
            ),
            ("*", "arn:aws:logs:eu-west-1:111122223333:x", "unknown"),
            (
                "arn:aws:s3:*",
                "arn:aws:logs:eu-west-1:111122223333:x",
                "no",
            ),
        ],
    );
}

#[test]
fn plain_text_may_be_compared_without_wildcards() {
    let exact = Style {
        wildcards: false,
        ignore_case: false,
        segments: Segments::None,
    };
    check(
        exact,
        &[
            ("a*", "a*", "yes"),
            ("a*", "ab", "no"),
            ("abc", "ab…", "unknown"),
            ("abc", "b…", "no"),
        ],
    );
    let either = Style {
        ignore_case: true,
        ..exact
    };
    check(either, &[("ABC", "abc", "yes"), ("ABC", "abd", "no")]);
}

/// Quadratic at worst; a backtracking matcher would not finish.
#[test]
fn many_stars_end_soon() {
    let pattern = "a*".repeat(500) + "b";
    let text = Text::from("a".repeat(2000));
    assert_eq!(matches(&pattern, &text, Style::RESOURCE, None), Truth::No);
    let stars = "*".repeat(200_000) + "b";
    let start = Text::StartsWith("a".repeat(20));
    assert!(matches!(
        matches(&stars, &start, Style::RESOURCE, None),
        Truth::Unknown(_)
    ));
}

#[test]
fn reasons_stay_short() {
    let variable = format!("${{{}}}", "x".repeat(10_000));
    let truth = matches(
        &variable,
        &Text::from("a"),
        Style::RESOURCE,
        Some(&Context::new()),
    );
    assert!(matches!(truth, Truth::Unknown(reasons) if reasons[0].chars().count() == 301));
}
