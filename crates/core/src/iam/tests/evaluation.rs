use super::super::{Context, Decision, PolicyKind};
use super::{by_role, by_service, policy, statements, word};

const OBJECT: &str = "arn:aws:s3:::logs/x";

#[track_caller]
fn check(kind: PolicyKind, document: &str, expected: &str) -> Decision {
    let request = match kind {
        PolicyKind::Identity => by_role("s3:PutObject", Some(OBJECT), Context::new()),
        PolicyKind::Resource => by_service(
            "delivery.logs.amazonaws.com",
            "s3:PutObject",
            Some(OBJECT),
            Context::new(),
        ),
        PolicyKind::Trust => by_service(
            "vpc-flow-logs.amazonaws.com",
            "sts:AssumeRole",
            None,
            Context::new(),
        ),
    };
    let decision = statements(document).evaluate("policy", kind, &request);
    assert_eq!(word(&decision), expected, "{document}: {decision}");
    decision
}

const ALLOW: &str = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
const MAYBE: &str = r#""Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#;

#[test]
fn allow_and_deny() {
    let deny = r#"{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*"}"#;
    let other =
        r#"{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::other/*"}"#;
    let maybe_allow = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", {MAYBE}}}"#);
    let maybe_deny = format!(r#"{{"Effect": "Deny", "Action": "*", "Resource": "*", {MAYBE}}}"#);
    check(PolicyKind::Identity, ALLOW, "allowed");
    check(PolicyKind::Identity, "", "implicit");
    check(
        PolicyKind::Identity,
        &format!("{ALLOW}, {deny}"),
        "explicit",
    );
    check(
        PolicyKind::Identity,
        &format!("{ALLOW}, {other}"),
        "allowed",
    );
    check(PolicyKind::Identity, &maybe_allow, "cannot-tell");
    check(
        PolicyKind::Identity,
        &format!("{maybe_allow}, {ALLOW}"),
        "allowed",
    );
    check(
        PolicyKind::Identity,
        &format!("{ALLOW}, {maybe_deny}"),
        "cannot-tell",
    );
    check(
        PolicyKind::Identity,
        &format!("{maybe_allow}, {deny}, {maybe_deny}"),
        "explicit",
    );
    check(PolicyKind::Identity, &maybe_deny, "implicit");
}

#[test]
fn not_action_and_not_resource() {
    check(
        PolicyKind::Identity,
        r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#,
        "allowed",
    );
    check(
        PolicyKind::Identity,
        r#"{"Effect": "Allow", "NotAction": ["iam:*", "S3:put*"], "Resource": "*"}"#,
        "implicit",
    );
    check(
        PolicyKind::Identity,
        r#"{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::logs/*"}"#,
        "implicit",
    );
    check(
        PolicyKind::Identity,
        r#"{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret/*"}"#,
        "allowed",
    );
    let region_lock = r#"{"Effect": "Deny", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}"#;
    check(
        PolicyKind::Identity,
        &format!("{ALLOW}, {region_lock}"),
        "allowed",
    );
}

#[test]
fn an_action_without_a_resource_needs_a_star() {
    let request = by_role("logs:DescribeDestinations", None, Context::new());
    let ask = |resource: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Action": "*", "Resource": "{resource}"}}"#
        ));
        word(&document.evaluate("policy", PolicyKind::Identity, &request))
    };
    assert_eq!(ask("*"), "allowed");
    assert_eq!(ask("arn:aws:logs:*:*:*"), "implicit");
}

#[test]
fn principals_of_a_resource_policy() {
    let with = |principal: &str| {
        format!(
            r#"{{"Effect": "Allow", {principal}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*"}}"#
        )
    };
    let cases = [
        (
            r#""Principal": {"Service": "delivery.logs.amazonaws.com"}"#,
            "allowed",
        ),
        (
            r#""Principal": {"Service": ["x.amazonaws.com", "delivery.logs.amazonaws.com"]}"#,
            "allowed",
        ),
        (
            r#""Principal": {"Service": "vpc-flow-logs.amazonaws.com"}"#,
            "implicit",
        ),
        (
            r#""Principal": {"Service": "logs.amazonaws.com"}"#,
            "implicit",
        ),
        (
            r#""Principal": {"Service": "delivery.logs.eu-west-1.amazonaws.com"}"#,
            "cannot-tell",
        ),
        (
            r#""Principal": {"Service": "delivery.logs.amazonaws.com.cn"}"#,
            "cannot-tell",
        ),
        (r#""Principal": {"Service": "*"}"#, "cannot-tell"),
        (r#""Principal": "*""#, "allowed"),
        (r#""Principal": {"AWS": "*"}"#, "allowed"),
        (
            r#""Principal": {"AWS": "arn:aws:iam::111122223333:root"}"#,
            "implicit",
        ),
        (
            r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}"#,
            "allowed",
        ),
        (
            r#""NotPrincipal": {"Service": "delivery.logs.amazonaws.com"}"#,
            "implicit",
        ),
        (r#""Sid": "no principal""#, "cannot-tell"),
    ];
    for (principal, expected) in cases {
        check(PolicyKind::Resource, &with(principal), expected);
    }
}

#[test]
fn roles_as_principals() {
    let cases = [
        (r#"{"AWS": "111122223333"}"#, "allowed"),
        (r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, "allowed"),
        (r#"{"AWS": "arn:aws-cn:iam::111122223333:root"}"#, "allowed"),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:role/flow-logs"}"#,
            "allowed",
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:role/other"}"#,
            "implicit",
        ),
        (r#"{"AWS": "999999999999"}"#, "implicit"),
        (r#"{"AWS": "AROAEXAMPLEID"}"#, "cannot-tell"),
        (
            r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/flow-logs/s"}"#,
            "cannot-tell",
        ),
        (r#"{"CanonicalUser": "79a5"}"#, "cannot-tell"),
        (r#"{"Federated": "accounts.google.com"}"#, "implicit"),
        (r#""*""#, "allowed"),
    ];
    for (principal, expected) in cases {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#
        ));
        let request = by_role("s3:PutObject", Some(OBJECT), Context::new());
        let decision = document.evaluate("policy", PolicyKind::Resource, &request);
        assert_eq!(word(&decision), expected, "{principal}: {decision}");
    }
}

#[test]
fn elements_out_of_place_or_unknown_leave_it_open() {
    let trust = r#"{"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole""#;
    check(PolicyKind::Trust, &format!("{trust}}}"), "allowed");
    check(
        PolicyKind::Trust,
        &format!(r#"{trust}, "Resource": "*"}}"#),
        "cannot-tell",
    );
    check(
        PolicyKind::Trust,
        &format!(r#"{trust}, "Novel": "*"}}"#),
        "cannot-tell",
    );
    check(
        PolicyKind::Trust,
        r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}"#,
        "cannot-tell",
    );
    check(
        PolicyKind::Identity,
        r#"{"Effect": "Allow", "Action": "*"}"#,
        "cannot-tell",
    );
    check(
        PolicyKind::Identity,
        r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#,
        "cannot-tell",
    );
    check(
        PolicyKind::Identity,
        r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Novel": 1}"#,
        "implicit",
    );
}

#[test]
fn variables_need_the_version() {
    let text = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}/*"}}"#;
    let request = by_role(
        "s3:PutObject",
        Some("arn:aws:s3:::ann/x"),
        Context::new().with("aws:username", "ann"),
    );
    assert_eq!(
        word(&policy(text).evaluate("p", PolicyKind::Identity, &request)),
        "implicit"
    );
    let versioned = text.replacen('{', r#"{"Version": "2012-10-17", "#, 1);
    assert_eq!(
        word(&policy(&versioned).evaluate("p", PolicyKind::Identity, &request)),
        "allowed"
    );
}

#[test]
fn evidence_names_the_statement() {
    let sid = r#"{"Sid": "Write\u001b[1m", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}"#;
    let decision = check(
        PolicyKind::Identity,
        &format!(r#"{{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}, {sid}"#),
        "allowed",
    );
    assert_eq!(
        decision.to_string(),
        r#"allowed by policy, statement 2 (Sid "Write\u{1b}[1m")"#
    );
    let maybe = format!(r#"{{"Effect": "Deny", "Action": "*", "Resource": "*", {MAYBE}}}"#);
    let decision = check(
        PolicyKind::Identity,
        &format!("{ALLOW}, {maybe}"),
        "cannot-tell",
    );
    assert_eq!(
        decision.to_string(),
        "cannot tell: policy, statement 2: condition key aws:SourceVpce is not known"
    );
    let decision = check(PolicyKind::Identity, "", "implicit");
    assert_eq!(
        decision.to_string(),
        "not allowed: no statement of the policy allows it"
    );
}
