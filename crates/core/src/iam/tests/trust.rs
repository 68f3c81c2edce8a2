use super::super::flow_logs::{
    Source, other_services_trusted, trust_allows_flow_logs, trust_without_source_conditions,
};
use super::{source, statements, word};

fn trust(principal: &str, rest: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"{rest}}}"#)
}

const SERVICE: &str = r#"{"Service": "vpc-flow-logs.amazonaws.com"}"#;

#[test]
fn trust_policies() {
    let condition = |inner: &str| trust(SERVICE, &format!(r#", "Condition": {{{inner}}}"#));
    let documented = condition(
        r#""StringEquals": {"aws:SourceAccount": "111122223333"},
           "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/*"}"#,
    );
    // Statement, decision, whether it lets the service in for anybody.
    let cases = [
        (trust(SERVICE, ""), "allowed", true),
        (documented, "allowed", false),
        (
            condition(r#""StringEquals": {"aws:SourceAccount": "999999999999"}"#),
            "implicit",
            false,
        ),
        (
            condition(r#""ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:111122223333:*"}"#),
            "implicit",
            false,
        ),
        (
            condition(
                r#""StringEquals": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-2"}"#,
            ),
            "implicit",
            false,
        ),
        (
            condition(r#""StringEquals": {"aws:SourceOrgID": "o-1"}"#),
            "allowed",
            false,
        ),
        (
            condition(r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#),
            "implicit",
            true,
        ),
        (
            condition(r#""StringEquals": {"sts:ExternalId": "x"}"#),
            "cannot-tell",
            true,
        ),
        (
            condition(r#""StringLike": {"aws:SourceAccount": "*"}"#),
            "allowed",
            true,
        ),
        (
            condition(r#""StringNotEquals": {"aws:SourceAccount": "999999999999"}"#),
            "allowed",
            true,
        ),
        (
            trust(r#"{"Service": "ec2.amazonaws.com"}"#, ""),
            "implicit",
            false,
        ),
        (
            trust(
                r#"{"Service": ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]}"#,
                "",
            ),
            "allowed",
            true,
        ),
        (
            trust(r#"{"Service": "delivery.logs.amazonaws.com"}"#, ""),
            "implicit",
            false,
        ),
        (trust(r#"{"AWS": "111122223333"}"#, ""), "implicit", false),
        (trust(r#"{"AWS": "*"}"#, ""), "cannot-tell", true),
        (
            trust(SERVICE, "").replace("sts:AssumeRole", "sts:TagSession"),
            "implicit",
            false,
        ),
        (
            trust(SERVICE, "").replace("sts:AssumeRole", "sts:*"),
            "allowed",
            true,
        ),
        (
            format!(
                "{}, {}",
                trust(SERVICE, ""),
                trust(SERVICE, "").replace("Allow", "Deny")
            ),
            "explicit",
            true,
        ),
    ];
    for (text, expected, open) in cases {
        let document = statements(&text);
        let decision = trust_allows_flow_logs(&document, &source("eu-west-1"));
        assert_eq!(word(&decision), expected, "{text}: {decision}");
        assert_eq!(trust_without_source_conditions(&document), open, "{text}");
    }
}

#[test]
fn trust_before_the_flow_log_exists() {
    let ask = |arn: &str| {
        let condition = format!(r#", "Condition": {{"ArnEquals": {{"aws:SourceArn": "{arn}"}}}}"#);
        let unmade = Source {
            flow_log_id: None,
            ..source("eu-west-1")
        };
        word(&trust_allows_flow_logs(
            &statements(&trust(SERVICE, &condition)),
            &unmade,
        ))
    };
    assert_eq!(
        ask("arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/*"),
        "allowed"
    );
    assert_eq!(
        ask("arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-1"),
        "cannot-tell"
    );
    assert_eq!(
        ask("arn:aws:ec2:eu-west-1:999999999999:vpc-flow-log/*"),
        "implicit"
    );
}

#[test]
fn partitions() {
    for (region, partition) in [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-west-1", "aws"),
    ] {
        let source = source(region);
        assert_eq!(source.partition(), partition);
        let condition = format!(
            r#", "Condition": {{"ArnLike": {{"aws:SourceArn": "arn:{partition}:ec2:{region}:111122223333:vpc-flow-log/*"}}}}"#
        );
        assert!(
            trust_allows_flow_logs(&statements(&trust(SERVICE, &condition)), &source).is_allowed()
        );
    }
}

#[test]
fn services_trusted_by_mistake_are_named() {
    let document = statements(&format!(
        "{}, {}, {}",
        trust(
            r#"{"Service": ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]}"#,
            ""
        ),
        trust(r#"{"Service": "ec2.amazonaws.com"}"#, ""),
        trust(r#"{"Service": "lambda.amazonaws.com"}"#, "").replace("Allow", "Deny"),
    ));
    assert_eq!(other_services_trusted(&document), ["ec2.amazonaws.com"]);
}
