//! What the role of a flow log needs. The policies stand here as text, so that what decides is on the page.

use super::*;

/// Whether a flow log delivers through a role with that trust policy and that policy.
async fn delivers(trust: &str, permissions: &str) -> bool {
    let lab = Lab::new();
    {
        let mut world = lab.simulator.world();
        world
            .put_role_policy(ACCOUNT, "deliver", "deliver", permissions)
            .unwrap();
        world.set_role_trust(ACCOUNT, "deliver", trust).unwrap();
    }
    let id = lab.made(lab.to_group()).await;
    lab.advance(3600);
    let delivers = lab.succeeds(&id).await;
    assert_eq!(lab.has_access_error(&id).await, !delivers);
    delivers
}

const TRUST: &str = r#"{
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/*"}
        }
    }
}"#;

const PERMISSIONS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": [
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams"
        ],
        "Resource": "*"
    }
}"#;

/// A text with one thing in it replaced by another.
fn with(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

#[tokio::test]
async fn the_documented_permissions_are_enough_and_writing_is_needed() {
    assert!(delivers(TRUST, PERMISSIONS).await);
    for (action, delivered) in [
        ("logs:CreateLogStream", false),
        ("logs:PutLogEvents", false),
        // The VPC User Guide lists both among what a role needs. Whether AWS asks for them is not documented: roles
        // that grant them on their own group alone, where they have no effect, deliver. An assumption.
        ("logs:DescribeLogGroups", true),
        ("logs:DescribeLogStreams", true),
    ] {
        let lacking = with(PERMISSIONS, action, "logs:GetLogEvents");
        assert_eq!(delivers(TRUST, &lacking).await, delivered, "{action}");
    }
}

#[tokio::test]
async fn trust_must_name_the_service_and_each_source_condition_must_hold_by_itself() {
    let source_account = r#""aws:SourceAccount": "111122223333""#;
    let source_arn = "arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/*";
    for (from, to, delivered) in [
        ("vpc-flow-logs.amazonaws.com", "ec2.amazonaws.com", false),
        ("sts:AssumeRole", "sts:TagSession", false),
        (
            source_account,
            r#""aws:SourceAccount": "444455556666""#,
            false,
        ),
        // The right account, and the ARN of another account, region or kind.
        (
            source_arn,
            "arn:aws:ec2:eu-west-1:444455556666:vpc-flow-log/*",
            false,
        ),
        (
            source_arn,
            "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*",
            false,
        ),
        (
            source_arn,
            "arn:aws:ec2:eu-west-1:111122223333:vpc/*",
            false,
        ),
        (
            source_arn,
            "arn:aws:ec2:*:111122223333:vpc-flow-log/*",
            true,
        ),
    ] {
        let trust = with(TRUST, from, to);
        assert_eq!(delivers(&trust, PERMISSIONS).await, delivered, "{to}");
    }
}
