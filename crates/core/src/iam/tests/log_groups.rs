use super::super::flow_logs::{Breadth, breadth, log_permissions, may_create_log_group};
use super::super::{AttachedPolicy, Decision, RolePolicies};
use super::{GROUP, ROLE, source, word};

fn role(statement: &str) -> RolePolicies {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
    RolePolicies {
        identity: vec![AttachedPolicy::parse("delivery", &text)],
        ..RolePolicies::default()
    }
}

const FOUR: &str = r#"["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]"#;

#[test]
fn permissions_on_the_log_group() {
    let on = |resource: &str| {
        format!(r#"{{"Effect": "Allow", "Action": {FOUR}, "Resource": "{resource}"}}"#)
    };
    // In the order CreateLogStream, PutLogEvents, DescribeLogStreams, DescribeLogGroups.
    let cases = [
        (on("*"), ["allowed"; 4]),
        (on("arn:aws:logs:*:*:*"), ["allowed"; 4]),
        (
            on("arn:aws:logs:eu-west-1:111122223333:log-group:*"),
            ["allowed"; 4],
        ),
        (
            on(&format!("{GROUP}:*")),
            ["allowed", "allowed", "allowed", "implicit"],
        ),
        (
            on(&format!("{GROUP}*")),
            ["allowed", "allowed", "allowed", "implicit"],
        ),
        (
            on(&format!("{GROUP}:log-stream:*")),
            ["allowed", "allowed", "allowed", "implicit"],
        ),
        (
            on(&format!("{GROUP}:log-stream:eni-*")),
            ["cannot-tell", "cannot-tell", "implicit", "implicit"],
        ),
        // The trap: the group's ARN as the console shows it in a flow log.
        (on(GROUP), ["implicit"; 4]),
        (
            on("arn:aws:logs:us-east-1:111122223333:log-group:/vpc/flow:*"),
            ["implicit"; 4],
        ),
        (
            on("arn:aws:logs:eu-west-1:${aws:PrincipalAccount}:log-group:*"),
            ["allowed"; 4],
        ),
        (
            r#"{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}"#.to_owned(),
            ["implicit", "allowed", "implicit", "implicit"],
        ),
        (
            format!(
                r#"{}, {{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {{"StringNotEquals": {{"aws:RequestedRegion": "us-east-1"}}}}}}"#,
                on("*")
            ),
            ["explicit"; 4],
        ),
        (
            format!(
                r#"{}, {{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{"StringNotEquals": {{"aws:SourceVpce": "vpce-1"}}}}}}"#,
                on("*")
            ),
            ["cannot-tell"; 4],
        ),
    ];
    for (text, expected) in cases {
        for arn in [GROUP.to_owned(), format!("{GROUP}:*")] {
            let permissions = log_permissions(&role(&text), ROLE, &arn, &source("eu-west-1"));
            let words: Vec<_> = permissions
                .iter()
                .map(|permission| word(&permission.decision))
                .collect();
            assert_eq!(words, expected, "{text}");
            assert_eq!(
                permissions
                    .iter()
                    .filter(|permission| permission.decisive)
                    .count(),
                2
            );
        }
    }
}

#[test]
fn making_the_log_group() {
    let ask = |action: &str, resource: &str| {
        let role = role(&format!(
            r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}"#
        ));
        word(&may_create_log_group(
            &role,
            ROLE,
            GROUP,
            &source("eu-west-1"),
        ))
    };
    assert_eq!(ask("logs:CreateLogGroup", "*"), "allowed");
    assert_eq!(ask("logs:Create*", &format!("{GROUP}:*")), "allowed");
    assert_eq!(ask("logs:CreateLogGroup", GROUP), "implicit");
    assert_eq!(ask("logs:CreateLogStream", "*"), "implicit");
}

#[test]
fn broad_grants() {
    let cases: [(&str, &[(Breadth, &str)]); 9] = [
        (
            r#""Action": ["logs:PutLogEvents", "logs:Describe*", "logs:Create*Stream"], "Resource": "arn:aws:logs:eu-west-1:1:log-group:g:*""#,
            &[],
        ),
        (
            r#""Action": "*", "Resource": "*""#,
            &[(Breadth::EveryAction, "*"), (Breadth::EveryLogGroup, "*")],
        ),
        (
            r#""NotAction": "iam:*", "Resource": "*""#,
            &[(Breadth::EveryAction, "NotAction iam:*")],
        ),
        (
            r#""Action": "logs:*", "Resource": "*""#,
            &[
                (Breadth::SensitiveLogAction, "logs:*"),
                (Breadth::EveryLogGroup, "*"),
            ],
        ),
        (
            r#""Action": ["iam:*", "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:log-group:*:log-stream:*""#,
            &[
                (Breadth::OtherService, "iam:*"),
                (
                    Breadth::EveryLogGroup,
                    "arn:aws:logs:*:*:log-group:*:log-stream:*",
                ),
            ],
        ),
        (
            r#""Action": "Logs:DeleteLogGroup", "Resource": "arn:aws:logs:eu-west-1:1:log-group:g:*""#,
            &[(Breadth::SensitiveLogAction, "Logs:DeleteLogGroup")],
        ),
        (
            r#""Action": "logs:PutLogEvents", "NotResource": "arn:aws:logs:eu-west-1:1:log-group:g:*""#,
            &[(
                Breadth::EveryLogGroup,
                "NotResource arn:aws:logs:eu-west-1:1:log-group:g:*",
            )],
        ),
        (
            r#""Action": "logs:DescribeLogGroups", "Resource": "*""#,
            &[],
        ),
        (
            r#""Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:*""#,
            &[(Breadth::EveryLogGroup, "arn:aws:logs:*")],
        ),
    ];
    for (inner, expected) in cases {
        let grants = breadth(&role(&format!(r#"{{"Effect": "Allow", {inner}}}"#)));
        let found: Vec<_> = grants
            .iter()
            .map(|grant| (grant.breadth, grant.pattern.as_str()))
            .collect();
        assert_eq!(found, expected, "{inner}");
        assert!(breadth(&role(&format!(r#"{{"Effect": "Deny", {inner}}}"#))).is_empty());
    }
    let grants = breadth(&role(
        r#"{"Sid": "Admin", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#,
    ));
    assert_eq!(
        grants[0].statement.to_string(),
        r#"policy "delivery", statement 1 (Sid "Admin")"#
    );
}

#[test]
fn a_policy_that_was_not_read_is_said() {
    let unread = RolePolicies {
        identity: vec![AttachedPolicy::unread(
            "inline",
            "AccessDenied on iam:GetRolePolicy",
        )],
        ..RolePolicies::default()
    };
    let permissions = log_permissions(&unread, ROLE, GROUP, &source("eu-west-1"));
    let expected = Decision::CannotTell {
        reasons: vec![
            r#"policy "inline" was not read: AccessDenied on iam:GetRolePolicy"#.to_owned(),
        ],
    };
    assert!(
        permissions
            .iter()
            .all(|permission| permission.decision == expected)
    );
}
