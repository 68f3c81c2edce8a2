//! Guard rails deny what they say, and nothing else.

use super::*;
use crate::fixture::*;
use crate::iam::{Context, Decision, PolicyDocument, PolicyKind, Principal, Request};
use crate::inventory::{Fact, NamedPolicy, Protection};

const BREAK_GLASS: &str = "arn:aws:iam::*:role/break-glass";

fn protected() -> Protected {
    Protected {
        buckets: vec!["central".to_owned()],
        exempt: vec![
            BREAK_GLASS.to_owned(),
            "arn:aws:iam::*:role/flowcover-write".to_owned(),
        ],
        ..Protected::by_default("aws")
    }
}

fn policy(protected: &Protected) -> String {
    service_control_policy(protected)
        .expect("it is short enough")
        .document
}

/// Whether the policy denies an action of a principal.
fn denies(principal: &str, action: &str, resource: &str) -> bool {
    let document = PolicyDocument::parse(&policy(&protected())).expect("it is a policy");
    let request = Request {
        principal: Principal::Aws {
            account_id: ACCOUNT.to_owned(),
            arn: principal.to_owned(),
        },
        action: action.to_owned(),
        resource: Some(resource.into()),
        context: Context::new().with("aws:PrincipalArn", principal),
    };
    let decision = document.evaluate("service control policy", PolicyKind::Identity, &request);
    assert!(
        !matches!(decision, Decision::CannotTell { .. }),
        "{decision}"
    );
    matches!(decision, Decision::ExplicitlyDenied { .. })
}

const FLOW_LOG: &str = "arn:aws:ec2:eu-west-1:111111111111:vpc-flow-log/fl-0a";
const OUR_GROUP: &str = "arn:aws:logs:eu-west-1:111111111111:log-group:/flowcover/eu-west-1/vpc-0a";
const OUR_ROLE: &str = "arn:aws:iam::111111111111:role/flowcover-eu-west-1-vpc-0a";

#[test]
fn what_would_stop_or_erase_flow_logs_is_denied() {
    let stream = format!("{OUR_GROUP}:log-stream:eni-0a");
    let cases = [
        ("ec2:DeleteFlowLogs", FLOW_LOG),
        ("logs:DeleteLogGroup", OUR_GROUP),
        ("logs:DeleteLogStream", &stream),
        ("logs:PutRetentionPolicy", OUR_GROUP),
        ("iam:UpdateAssumeRolePolicy", OUR_ROLE),
        ("iam:DeleteRolePolicy", OUR_ROLE),
        ("s3:PutBucketPolicy", "arn:aws:s3:::central"),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::central/AWSLogs/111111111111/vpcflowlogs/a",
        ),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::central/prod/AWSLogs/111111111111/vpcflowlogs/a",
        ),
    ];
    for (action, resource) in cases {
        assert!(
            denies("arn:aws:iam::111111111111:role/Admin", action, resource),
            "{action}"
        );
        assert!(
            denies("arn:aws:iam::111111111111:root", action, resource),
            "{action}"
        );
        assert!(
            !denies(
                "arn:aws:iam::111111111111:role/break-glass",
                action,
                resource
            ),
            "{action}"
        );
        assert!(
            !denies(
                "arn:aws:iam::222222222222:role/flowcover-write",
                action,
                resource
            ),
            "{action}"
        );
    }
}

#[test]
fn a_path_does_not_pass_for_an_exempt_role() {
    let user = "arn:aws:iam::111111111111:user/x:role/break-glass";
    assert!(denies(user, "ec2:DeleteFlowLogs", FLOW_LOG));
}

#[test]
fn nothing_else_is_denied() {
    let cases = [
        ("ec2:CreateFlowLogs", FLOW_LOG),
        ("ec2:DescribeFlowLogs", "*"),
        (
            "ec2:DeleteVpc",
            "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-0a",
        ),
        (
            "logs:DeleteLogGroup",
            "arn:aws:logs:eu-west-1:111111111111:log-group:/app",
        ),
        ("logs:CreateLogGroup", OUR_GROUP),
        ("logs:PutLogEvents", OUR_GROUP),
        ("iam:CreateRole", OUR_ROLE),
        ("iam:DeleteRole", "arn:aws:iam::111111111111:role/app"),
        (
            "s3:PutObject",
            "arn:aws:s3:::central/AWSLogs/111111111111/vpcflowlogs/a",
        ),
        ("s3:DeleteObject", "arn:aws:s3:::central/reports/a"),
        ("s3:DeleteBucket", "arn:aws:s3:::central-backup"),
    ];
    for (action, resource) in cases {
        assert!(
            !denies("arn:aws:iam::111111111111:role/Admin", action, resource),
            "{action}"
        );
    }
}

#[test]
fn the_audit_is_content_with_it() {
    const FULL: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let guarded = |documents: &[String]| {
        but(recorded(), |inventory| {
            let named = |document: &String| NamedPolicy {
                name: "p".to_owned(),
                document: Fact::Present(document.clone()),
            };
            inventory.accounts[0].protection = Some(Protection {
                service_control_policies: Fact::Present(documents.iter().map(named).collect()),
                service_control_levels: Vec::new(),
                config_rules: Fact::Present(Vec::new()),
            });
        })
    };
    let bare = guarded(&[FULL.to_owned()]);
    assert_eq!(findings(&cis(&bare), "not-protected").len(), 1);
    let kept = guarded(&[FULL.to_owned(), policy(&protected())]);
    assert_eq!(findings(&cis(&kept), "not-protected"), []);
}

#[test]
fn policies_are_as_short_as_aws_takes() {
    for protected in [Protected::by_default("aws"), protected()] {
        let document = policy(&protected);
        assert!(document.chars().count() <= MAX_SCP_CHARACTERS, "{document}");
        assert!(document.contains('\n'), "there is room for lines");
    }
    // Lines are given up before anything is refused.
    let with = |count: usize| Protected {
        buckets: (0..count)
            .map(|number| format!("central-{number}"))
            .collect(),
        ..protected()
    };
    let short = policy(&with(40));
    assert!(!short.contains('\n') && short.chars().count() <= MAX_SCP_CHARACTERS);
    let refused = service_control_policy(&with(200)).expect_err("too long");
    assert!(refused.characters > MAX_SCP_CHARACTERS);
    assert!(refused.to_string().contains("hint: "), "{refused}");
}

#[test]
fn texts_read_as_before() {
    let rule = |organization| TelemetryRule {
        organization,
        traffic_type: "REJECT".to_owned(),
        retention_in_days: Some(365),
        max_aggregation_interval: 600,
    };
    let scp = service_control_policy(&protected()).expect("it is short enough");
    let rails = [
        ("scp", scp),
        ("config-rule", config_rule(false)),
        ("config-rule-organization", config_rule(true)),
        ("telemetry-rule", telemetry_rule(&rule(false))),
        ("telemetry-rule-organization", telemetry_rule(&rule(true))),
    ];
    for (name, rail) in rails {
        let remarks = rail
            .remarks
            .paragraphs()
            .map(|(heading, text)| format!("{heading}:\n{text}"));
        assert!(
            rail.remarks
                .paragraphs()
                .iter()
                .all(|(_, text)| !text.is_empty())
        );
        insta::assert_snapshot!(
            name,
            format!("{}\n---\n{}", rail.document, remarks.join("\n\n"))
        );
    }
}
