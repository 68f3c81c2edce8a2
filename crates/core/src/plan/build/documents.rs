//! The policy documents that are made: as narrow as delivery allows.

use serde_json::{Value, json};

use crate::iam::flow_logs::{DELIVERY_SERVICE, FLOW_LOGS_SERVICE};
use crate::partition;
use crate::plan::PolicyStatement;

/// Name of the inline policy of a role that is made.
pub(super) const POLICY_NAME: &str = "deliver-flow-logs";

/// Statement id of what is added to the policy of a bucket.
pub(super) const STATEMENT_ID: &str = "FlowcoverDelivery";

/// Lets the flow-logs service assume a role for flow logs of that account in those regions (VPC User Guide, "IAM role
/// for publishing flow logs to CloudWatch Logs", with the conditions against the confused deputy).
pub(super) fn trust_policy(account_id: &str, regions: &[&str]) -> String {
    let sources: Vec<String> = regions
        .iter()
        .map(|region| {
            let partition = partition::of_region(region);
            format!("arn:{partition}:ec2:{region}:{account_id}:vpc-flow-log/*")
        })
        .collect();
    document(json!({
        "Effect": "Allow",
        "Principal": {"Service": FLOW_LOGS_SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account_id},
            "ArnLike": {"aws:SourceArn": one_or_all(&sources)},
        },
    }))
}

/// Lets a role deliver to those log groups, given by their ARN. `logs:DescribeLogGroups` takes no narrower resource.
pub(super) fn role_policy(groups: &[&str]) -> String {
    let streams: Vec<String> = groups.iter().map(|arn| format!("{arn}:*")).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                "Resource": one_or_all(&streams),
            },
            {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"},
        ],
    })
    .to_string()
}

/// Lets the delivery service write to a bucket for those accounts: one statement for the whole bucket, so that AWS adds
/// none of its own (CloudWatch Logs User Guide, "Enable logging from AWS services").
pub(super) fn bucket_statement(
    partition: &str,
    bucket: &str,
    accounts: &[&str],
) -> PolicyStatement {
    let sources: Vec<String> = accounts
        .iter()
        .map(|account| format!("arn:{partition}:logs:*:{account}:*"))
        .collect();
    let arn = format!("arn:{partition}:s3:::{bucket}");
    let statement = json!({
        "Sid": STATEMENT_ID,
        "Effect": "Allow",
        "Principal": {"Service": DELIVERY_SERVICE},
        "Action": ["s3:GetBucketAcl", "s3:ListBucket", "s3:PutObject"],
        "Resource": [arn.clone(), format!("{arn}/*")],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": accounts},
            "ArnLike": {"aws:SourceArn": sources},
        },
    });
    PolicyStatement {
        sid: STATEMENT_ID.to_owned(),
        statement: statement.to_string(),
    }
}

fn document(statement: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn one_or_all(values: &[String]) -> Value {
    match values {
        [one] => json!(one),
        all => json!(all),
    }
}
