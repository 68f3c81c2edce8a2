use super::super::flow_logs::{BucketDelivery, bucket_allows_delivery};
use super::{source, statements, word};

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
