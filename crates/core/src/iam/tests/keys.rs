use super::super::flow_logs::{key_allows_delivery, log_group_key_allows};
use super::{GROUP, source, statements, word};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

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
