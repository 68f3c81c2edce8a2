//! Whether a KMS key serves the encryption of what is delivered.

use super::super::decision::Decision;
use super::super::document::PolicyDocument;
use super::super::evaluate::PolicyKind;
use super::super::request::{Context, Principal, Request, Text};
use super::{Source, delivery_service, weigh};

/// Whether the key policy lets the delivery service encrypt objects in a bucket with SSE-KMS.
///
/// Writing needs a data key; `kms:Decrypt`, `kms:Encrypt`, `kms:ReEncrypt*` and `kms:DescribeKey` stand beside it in the
/// statement that AWS documents, and lacking one of them cannot be told.
#[must_use]
pub fn key_allows_delivery(policy: &PolicyDocument, key_arn: &str, source: &Source) -> Decision {
    weigh_key(
        policy,
        key_arn,
        &delivery_service(),
        &source.delivery_context(),
    )
}

/// Whether the key policy lets CloudWatch Logs use the key for a log group: principal `logs.REGION.amazonaws.com`
/// with the encryption context `aws:logs:arn` (CloudWatch Logs User Guide, "Encrypt log data using AWS KMS").
#[must_use]
pub fn log_group_key_allows(
    policy: &PolicyDocument,
    key_arn: &str,
    log_group_arn: &str,
) -> Decision {
    let group = log_group_arn.strip_suffix(":*").unwrap_or(log_group_arn);
    let region = group.split(':').nth(3).unwrap_or_default();
    let service = format!("logs.{region}.amazonaws.com");
    let context = Context::new()
        .with("kms:EncryptionContext:aws:logs:arn", group)
        .with("kms:EncryptionContextKeys", "aws:logs:arn")
        .with("aws:SecureTransport", "true")
        .with("aws:PrincipalIsAWSService", "true")
        .without("aws:PrincipalOrgID");
    weigh_key(policy, key_arn, &Principal::Service(service), &context)
}

fn weigh_key(
    policy: &PolicyDocument,
    key_arn: &str,
    principal: &Principal,
    context: &Context,
) -> Decision {
    let ask = |action: &'static str| {
        let request = Request {
            principal: principal.clone(),
            action: action.to_owned(),
            resource: Some(Text::from(key_arn)),
            context: context.clone(),
        };
        (
            action,
            policy.evaluate("key policy", PolicyKind::Resource, &request),
        )
    };
    let documented = [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:DescribeKey",
    ]
    .map(ask)
    .into();
    weigh(vec![ask("kms:GenerateDataKey")], documented)
}
