//! Policy documents as AWS's guides print them, and the ways in which they are commonly wrong.

use flowcover_core::iam::PolicyDocument;

use crate::CloudError;

/// Why the policies of ready-made worlds can be put.
pub(super) const WELL_FORMED: &str =
    "what these documents are put on was made before, and their texts are policies";

/// A document as a service takes it: what is no policy is refused with the code of the service.
pub(super) fn parse_policy(code: &str, text: &str) -> Result<PolicyDocument, CloudError> {
    PolicyDocument::parse(text).map_err(|error| CloudError::answered(code, 400, error.to_string()))
}

/// A trust policy as IAM takes it: statements name a principal, and no resource.
pub(super) fn parse_trust_policy(text: &str) -> Result<PolicyDocument, CloudError> {
    let malformed = |message| CloudError::answered("MalformedPolicyDocument", 400, message);
    let document = parse_policy("MalformedPolicyDocument", text)?;
    if document.statements.iter().any(|it| it.principal.is_none()) {
        return Err(malformed("missing required field Principal"));
    }
    if document.statements.iter().any(|it| it.resources.is_some()) {
        return Err(malformed("has prohibited field Resource"));
    }
    Ok(document)
}

/// A policy of a role as IAM takes it: statements name a resource, and no principal.
pub(super) fn parse_identity_policy(text: &str) -> Result<PolicyDocument, CloudError> {
    let malformed = |message| CloudError::answered("MalformedPolicyDocument", 400, message);
    let document = parse_policy("MalformedPolicyDocument", text)?;
    if document.statements.iter().any(|it| it.principal.is_some()) {
        return Err(malformed("policy document should not specify a principal"));
    }
    if document.statements.iter().any(|it| it.resources.is_none()) {
        return Err(malformed("policy statement must contain resources"));
    }
    Ok(document)
}

/// A bucket policy as S3 takes it: statements name a principal, and nothing outside of the bucket.
pub(super) fn parse_bucket_policy(bucket: &str, text: &str) -> Result<PolicyDocument, CloudError> {
    let malformed = |message| CloudError::answered("MalformedPolicy", 400, message);
    let document = parse_policy("MalformedPolicy", text)?;
    if document.statements.iter().any(|it| it.principal.is_none()) {
        return Err(malformed("missing required field Principal"));
    }
    let arn = format!("arn:aws:s3:::{bucket}");
    let inside = |pattern: &String| {
        let rest = pattern.strip_prefix(&arn);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']))
    };
    let mut resources = document.statements.iter().map(|it| it.resources.as_ref());
    if !resources.all(|it| it.is_some_and(|it| it.patterns().iter().all(inside))) {
        return Err(malformed("policy has invalid resource"));
    }
    Ok(document)
}

/// A trust policy for a service, with conditions on the source account if one is named
/// (VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs").
#[must_use]
pub fn trust_service(service: &str, source_account: Option<&str>) -> String {
    let condition = source_account.map_or_else(String::new, |account| {
        format!(
            r#", "Condition": {{"StringEquals": {{"aws:SourceAccount": "{account}"}}, "ArnLike": {{"aws:SourceArn": "arn:aws:ec2:*:{account}:vpc-flow-log/*"}}}}"#
        )
    });
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"{condition}}}]}}"#
    )
}

/// A trust policy for all principals of an account.
#[must_use]
pub fn trust_account(account_id: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{account_id}:root"}}, "Action": "sts:AssumeRole"}}]}}"#
    )
}

/// The permissions that delivery needs: writing on a resource pattern, looking on everything.
#[must_use]
pub fn deliver_to(resource: &str, may_create_group: bool) -> String {
    let create = if may_create_group {
        r#""logs:CreateLogGroup", "#
    } else {
        ""
    };
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": [{create}"logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "{resource}"}}, {{"Effect": "Allow", "Action": ["logs:DescribeLogGroups", "logs:DescribeLogStreams"], "Resource": "*"}}]}}"#
    )
}

/// Everything, on everything.
pub const ADMINISTRATOR: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// A bucket policy that lets the delivery service write for all accounts of an organisation, and
/// the organisation list it (VPC User Guide, "Amazon S3 bucket permissions for flow logs").
#[must_use]
pub fn bucket_for_organization(bucket: &str, organization_id: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "AWSLogDeliveryWrite", "Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{bucket}/*", "Condition": {{"StringEquals": {{"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceOrgID": "{organization_id}"}}}}}}, {{"Sid": "AWSLogDeliveryAclCheck", "Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}}, "Action": ["s3:GetBucketAcl", "s3:ListBucket"], "Resource": "arn:aws:s3:::{bucket}"}}, {{"Sid": "OrganizationList", "Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::{bucket}", "Condition": {{"StringEquals": {{"aws:PrincipalOrgID": "{organization_id}"}}}}}}]}}"#
    )
}

/// A bucket policy that lets the delivery service write for one account.
#[must_use]
pub fn bucket_for_account(bucket: &str, account_id: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "AWSLogDeliveryWrite", "Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{bucket}/AWSLogs/{account_id}/*", "Condition": {{"StringEquals": {{"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "{account_id}"}}}}}}, {{"Sid": "AWSLogDeliveryAclCheck", "Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}}, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::{bucket}"}}]}}"#
    )
}

/// A bucket policy that lets the delivery service write for one account, and everyone read.
#[must_use]
pub fn bucket_open_to_everyone(bucket: &str, account_id: &str) -> String {
    let read = format!(
        r#"{{"Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{bucket}/*"}}, "#
    );
    bucket_for_account(bucket, account_id).replacen(
        r#""Statement": ["#,
        &format!(r#""Statement": [{read}"#),
        1,
    )
}

/// A key policy for the owner of the key alone: no service may use it.
#[must_use]
pub fn key_for_owner(account_id: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        owner_statement(account_id)
    )
}

/// A key policy that also lets a service use the key.
#[must_use]
pub fn key_for_service(account_id: &str, service: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}, {{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": "*"}}]}}"#,
        owner_statement(account_id)
    )
}

fn owner_statement(account_id: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{account_id}:root"}}, "Action": "kms:*", "Resource": "*"}}"#
    )
}

/// A service control policy that keeps flow logs from being deleted.
pub const PROTECT_FLOW_LOGS: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "ProtectFlowLogs", "Effect": "Deny", "Action": ["ec2:DeleteFlowLogs", "logs:DeleteLogGroup", "logs:DeleteLogStream"], "Resource": "*"}]}"#;

/// A service control policy that closes a region.
#[must_use]
pub fn close_region(region: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "CloseRegion", "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*"], "Resource": "*", "Condition": {{"StringEquals": {{"aws:RequestedRegion": "{region}"}}}}}}]}}"#
    )
}
