use super::super::{Context, PolicyKind, Text};
use super::{by_role, statements, word};

/// Known: region, account, an ARN, a flag, a list; absent: the organisation; anything else unknown.
fn context() -> Context {
    Context::new()
        .with("aws:RequestedRegion", "eu-west-1")
        .with("aws:SourceAccount", "111122223333")
        .with(
            "aws:SourceArn",
            "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-1",
        )
        .with("aws:SecureTransport", "true")
        .with_values(
            "aws:PrincipalServiceNamesList",
            vec![Text::from("a.amazonaws.com"), Text::from("b.amazonaws.com")],
        )
        .without("aws:PrincipalOrgID")
        .without("aws:TagKeys")
}

#[track_caller]
fn check(condition: &str, expected: &str) {
    let document = statements(&format!(
        r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{{condition}}}}}"#
    ));
    let decision = document.evaluate(
        "policy",
        PolicyKind::Identity,
        &by_role("s3:GetObject", None, context()),
    );
    assert_eq!(word(&decision), expected, "{condition}: {decision}");
}

#[test]
fn strings() {
    check(
        r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#,
        "allowed",
    );
    check(
        r#""StringEquals": {"AWS:REQUESTEDREGION": ["us-east-1", "eu-west-1"]}"#,
        "allowed",
    );
    check(
        r#""StringEquals": {"aws:RequestedRegion": "EU-WEST-1"}"#,
        "implicit",
    );
    check(
        r#""StringEqualsIgnoreCase": {"aws:RequestedRegion": "EU-WEST-1"}"#,
        "allowed",
    );
    check(
        r#""StringEquals": {"aws:RequestedRegion": "eu-*"}"#,
        "implicit",
    );
    check(
        r#""StringLike": {"aws:RequestedRegion": "eu-*"}"#,
        "allowed",
    );
    check(
        r#""StringNotLike": {"aws:RequestedRegion": ["us-*", "eu-*"]}"#,
        "implicit",
    );
    check(
        r#""StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "us-west-2"]}"#,
        "allowed",
    );
    check(
        r#""StringNotEqualsIgnoreCase": {"aws:RequestedRegion": "EU-WEST-1"}"#,
        "implicit",
    );
    check(
        r#""StringEquals": {"aws:SourceAccount": 111122223333}"#,
        "allowed",
    );
    check(
        r#""StringLike": {"aws:SourceArn": "arn:aws:ec2:*:${aws:SourceAccount}:vpc-flow-log/*"}"#,
        "allowed",
    );
    check(
        r#""StringLike": {"aws:SourceArn": "arn:aws:ec2:*:${aws:userid}:vpc-flow-log/*"}"#,
        "cannot-tell",
    );
}

#[test]
fn arns_flags_and_presence() {
    check(
        r#""ArnLike": {"aws:SourceArn": "arn:aws:ec2:*:111122223333:vpc-flow-log/*"}"#,
        "allowed",
    );
    check(
        r#""ArnEquals": {"aws:SourceArn": "arn:aws:ec2:*:111122223333:vpc-flow-log/*"}"#,
        "allowed",
    );
    check(
        r#""ArnNotLike": {"aws:SourceArn": "arn:aws:ec2:*:111122223333:vpc-flow-log/*"}"#,
        "implicit",
    );
    check(r#""Bool": {"aws:SecureTransport": "TRUE"}"#, "allowed");
    check(r#""Bool": {"aws:SecureTransport": false}"#, "implicit");
    check(r#""Bool": {"aws:PrincipalOrgID": "false"}"#, "implicit");
    check(r#""Null": {"aws:PrincipalOrgID": "true"}"#, "allowed");
    check(r#""Null": {"aws:SecureTransport": "true"}"#, "implicit");
    check(r#""Null": {"aws:SecureTransport": false}"#, "allowed");
    check(r#""Null": {"aws:SourceVpce": "true"}"#, "cannot-tell");
}

#[test]
fn a_key_that_is_absent() {
    check(
        r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#,
        "implicit",
    );
    check(
        r#""StringNotEquals": {"aws:PrincipalOrgID": "o-1"}"#,
        "allowed",
    );
    check(
        r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}"#,
        "allowed",
    );
    check(
        r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}"#,
        "allowed",
    );
    check(
        r#""StringEqualsIfExists": {"aws:RequestedRegion": "us-east-1"}"#,
        "implicit",
    );
    check(r#""IpAddress": {"aws:TagKeys": "10.0.0.0/8"}"#, "implicit");
    check(
        r#""NotIpAddress": {"aws:TagKeys": "10.0.0.0/8"}"#,
        "allowed",
    );
    check(
        r#""NumericLessThanIfExists": {"aws:TagKeys": "5"}"#,
        "allowed",
    );
}

#[test]
fn sets() {
    let names = "aws:PrincipalServiceNamesList";
    check(
        &format!(r#""ForAnyValue:StringEquals": {{"{names}": "a.amazonaws.com"}}"#),
        "allowed",
    );
    check(
        &format!(r#""ForAllValues:StringEquals": {{"{names}": "a.amazonaws.com"}}"#),
        "implicit",
    );
    check(
        &format!(r#""ForAllValues:StringLike": {{"{names}": "*.amazonaws.com"}}"#),
        "allowed",
    );
    check(
        &format!(r#""ForAnyValue:StringNotEquals": {{"{names}": "a.amazonaws.com"}}"#),
        "allowed",
    );
    check(
        &format!(r#""ForAllValues:StringNotEquals": {{"{names}": "a.amazonaws.com"}}"#),
        "implicit",
    );
    check(
        &format!(r#""StringEquals": {{"{names}": "a.amazonaws.com"}}"#),
        "cannot-tell",
    );
    check(
        r#""ForAllValues:StringEquals": {"aws:TagKeys": "x"}"#,
        "allowed",
    );
    check(
        r#""ForAnyValue:StringEquals": {"aws:TagKeys": "x"}"#,
        "implicit",
    );
    check(
        r#""ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "x"}"#,
        "cannot-tell",
    );
}

#[test]
fn all_conditions_must_hold_and_one_that_fails_decides() {
    let known = r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#;
    let wrong = r#""StringLike": {"aws:RequestedRegion": "us-*"}"#;
    let unknown = r#""StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}"#;
    check(&format!("{known}, {unknown}"), "cannot-tell");
    check(&format!("{wrong}, {unknown}"), "implicit");
    check(
        r#""StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:SourceAccount": "999999999999"}"#,
        "implicit",
    );
}

#[test]
fn what_is_not_compared_is_said() {
    check(
        r#""IpAddress": {"aws:RequestedRegion": "10.0.0.0/8"}"#,
        "cannot-tell",
    );
    check(
        r#""DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}"#,
        "cannot-tell",
    );
    check(
        r#""StringResembles": {"aws:RequestedRegion": "eu-west-1"}"#,
        "cannot-tell",
    );
    check(
        r#""NullIfExists": {"aws:PrincipalOrgID": "true"}"#,
        "cannot-tell",
    );
    check(
        r#""ForSomeValues:StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#,
        "cannot-tell",
    );
}
