use super::super::flow_logs::{
    Breadth, BucketDelivery, Source, breadth, bucket_allows_delivery, key_allows_delivery,
    log_group_key_allows, log_permissions, may_create_log_group, other_services_trusted,
    trust_allows_flow_logs, trust_without_source_conditions,
};
use super::super::{AttachedPolicy, Decision, RolePolicies};
use super::{ROLE, statements, word};

const GROUP: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/flow";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

fn source(region: &str) -> Source {
    Source {
        account_id: "111122223333".to_owned(),
        region: region.to_owned(),
        flow_log_id: Some("fl-1".to_owned()),
        organization_id: Some("o-1".to_owned()),
    }
}

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

/// The statements AWS documents for a bucket, with the folder and what follows `AWSLogs/`.
fn bucket_policy(below: &str) -> String {
    let condition = r#""aws:SourceAccount": "111122223333""#;
    let arn = r#""ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:*"}"#;
    format!(
        r#"{{"Sid": "AWSLogDeliveryWrite", "Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}}, "Action": "s3:PutObject",
             "Resource": "arn:aws:s3:::central/{below}",
             "Condition": {{"StringEquals": {{{condition}, "s3:x-amz-acl": "bucket-owner-full-control"}}, {arn}}}}},
           {{"Sid": "AWSLogDeliveryAclCheck", "Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}}, "Action": "s3:GetBucketAcl",
             "Resource": "arn:aws:s3:::central", "Condition": {{"StringEquals": {{{condition}}}, {arn}}}}}"#
    )
}

fn delivery(folder: &str, hive: bool) -> BucketDelivery {
    BucketDelivery {
        bucket: "central".to_owned(),
        folder: folder.to_owned(),
        hive,
    }
}

#[test]
fn key_prefixes() {
    let source = source("eu-west-1");
    assert_eq!(
        delivery("", false).key_prefix(&source),
        "AWSLogs/111122223333/vpcflowlogs/eu-west-1/"
    );
    assert_eq!(
        delivery("net/flow/", true).key_prefix(&source),
        "net/flow/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/"
    );
}

#[test]
fn buckets() {
    let documented = bucket_policy("AWSLogs/111122223333/*");
    let plus = |statement: &str| format!("{documented}, {statement}");
    let deny = |condition: &str| {
        plus(&format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::central", "arn:aws:s3:::central/*"], "Condition": {{{condition}}}}}"#
        ))
    };
    let plain = delivery("", false);
    let cases = [
        (documented.clone(), plain.clone(), "allowed"),
        (documented.clone(), delivery("", true), "implicit"),
        (documented.clone(), delivery("net", false), "implicit"),
        (bucket_policy("*"), delivery("net", true), "allowed"),
        (
            bucket_policy("AWSLogs/aws-account-id=111122223333/*"),
            delivery("", true),
            "allowed",
        ),
        (
            bucket_policy("AWSLogs/999999999999/*"),
            plain.clone(),
            "implicit",
        ),
        (
            documented.replace("eu-west-1", "us-east-1"),
            plain.clone(),
            "implicit",
        ),
        (
            documented.replace(
                r#""aws:SourceAccount": "111122223333""#,
                r#""aws:SourceAccount": ["999999999999"]"#,
            ),
            plain.clone(),
            "implicit",
        ),
        (
            documented.replace(
                r#""aws:SourceAccount": "111122223333""#,
                r#""aws:SourceOrgID": "o-1""#,
            ),
            plain.clone(),
            "allowed",
        ),
        (
            documented.replace("delivery.logs", "vpc-flow-logs"),
            plain.clone(),
            "implicit",
        ),
        (
            documented.replace("s3:GetBucketAcl", "s3:ListBucket"),
            plain.clone(),
            "cannot-tell",
        ),
        (
            deny(r#""Bool": {"aws:SecureTransport": "false"}"#),
            plain.clone(),
            "allowed",
        ),
        // Services are in no organisation: the guide's way out is the flag for services.
        (
            deny(r#""StringNotEquals": {"aws:PrincipalOrgID": "o-1"}"#),
            plain.clone(),
            "explicit",
        ),
        (
            deny(
                r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}"#,
            ),
            plain.clone(),
            "allowed",
        ),
        (
            deny(r#""StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}"#),
            plain.clone(),
            "cannot-tell",
        ),
        (
            deny(r#""StringNotEquals": {"aws:SourceVpce": "vpce-1"}"#),
            plain.clone(),
            "cannot-tell",
        ),
    ];
    for (text, delivery, expected) in cases {
        let decision =
            bucket_allows_delivery(Some(&statements(&text)), &delivery, &source("eu-west-1"));
        assert_eq!(word(&decision), expected, "{text} {delivery:?}: {decision}");
    }
    assert_eq!(
        word(&bucket_allows_delivery(None, &plain, &source("eu-west-1"))),
        "implicit"
    );
}

#[test]
fn bucket_evidence_cites_both_statements() {
    let policy = statements(&bucket_policy("AWSLogs/111122223333/*"));
    let decision =
        bucket_allows_delivery(Some(&policy), &delivery("", false), &source("eu-west-1"));
    assert_eq!(
        decision.to_string(),
        r#"allowed by bucket policy, statement 1 (Sid "AWSLogDeliveryWrite"); bucket policy, statement 2 (Sid "AWSLogDeliveryAclCheck")"#
    );
}

#[test]
fn keys() {
    let statement = |principal: &str, actions: &str, rest: &str| {
        statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": {actions}, "Resource": "*"{rest}}}"#
        ))
    };
    let documented = r#"["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]"#;
    let service = r#"{"Service": "delivery.logs.amazonaws.com"}"#;
    let root = r#"{"AWS": "arn:aws:iam::111122223333:root"}"#;
    let cases = [
        (statement(service, documented, ""), "allowed"),
        (
            statement(service, r#"["kms:GenerateDataKey*", "kms:Decrypt"]"#, ""),
            "cannot-tell",
        ),
        (statement(service, r#""kms:Decrypt""#, ""), "implicit"),
        (statement(root, r#""kms:*""#, ""), "implicit"),
        (
            statement(
                service,
                documented,
                r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
            ),
            "allowed",
        ),
        (
            statement(
                service,
                documented,
                r#", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}"#,
            ),
            "cannot-tell",
        ),
    ];
    for (policy, expected) in cases {
        let decision = key_allows_delivery(&policy, KEY, &source("eu-west-1"));
        assert_eq!(word(&decision), expected, "{policy:?}: {decision}");
    }
    let logs = |name: &str, group: &str| {
        let principal = format!(r#"{{"Service": "{name}"}}"#);
        let condition = format!(
            r#", "Condition": {{"ArnEquals": {{"kms:EncryptionContext:aws:logs:arn": "{group}"}}}}"#
        );
        word(&log_group_key_allows(
            &statement(&principal, documented, &condition),
            KEY,
            &format!("{GROUP}:*"),
        ))
    };
    assert_eq!(logs("logs.eu-west-1.amazonaws.com", GROUP), "allowed");
    assert_eq!(
        logs(
            "logs.eu-west-1.amazonaws.com",
            "arn:aws:logs:eu-west-1:111122223333:log-group:other"
        ),
        "implicit"
    );
    assert_eq!(logs("logs.us-east-1.amazonaws.com", GROUP), "implicit");
    assert_eq!(logs("logs.amazonaws.com", GROUP), "cannot-tell");
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
