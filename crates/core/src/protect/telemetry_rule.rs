//! A CloudWatch telemetry enablement rule, with which AWS itself makes flow logs, as a CloudFormation template.

use std::fmt::Write as _;

use super::{GuardRail, Remarks};

/// What flow logs a telemetry rule makes (Amazon CloudWatch Observability Admin API, `TelemetryRule`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryRule {
    /// For all accounts of the organisation, from its management or delegated administrator account; else for one account.
    pub organization: bool,
    /// `ACCEPT`, `REJECT` or `ALL`.
    pub traffic_type: String,
    /// Days until records expire; none: AWS's default.
    pub retention_in_days: Option<u32>,
    /// 60 or 600 seconds.
    pub max_aggregation_interval: u32,
}

/// The template (CloudFormation Template Reference, `AWS::ObservabilityAdmin::TelemetryRule`). The partition `aws-cn` has no such type.
#[must_use]
pub fn telemetry_rule(rule: &TelemetryRule) -> GuardRail {
    let remarks = remarks(rule);
    let mut document = remarks.comments();
    document.push_str("AWSTemplateFormatVersion: '2010-09-09'\n");
    document.push_str("Description: Makes flow logs for VPCs that have none\n");
    let kind = if rule.organization {
        "OrganizationTelemetryRule"
    } else {
        "TelemetryRule"
    };
    // Writing to a string cannot fail.
    let _ = write!(
        document,
        "Resources:\n  FlowLogs:\n    Type: AWS::ObservabilityAdmin::{kind}\n"
    );
    document.push_str(RULE);
    if let Some(days) = rule.retention_in_days {
        let _ = writeln!(document, "          RetentionInDays: {days}");
    }
    document.push_str("          VPCFlowLogParameters:\n");
    let _ = writeln!(
        document,
        "            TrafficType: {}",
        quoted(&rule.traffic_type)
    );
    let interval = rule.max_aggregation_interval;
    let _ = writeln!(document, "            MaxAggregationInterval: {interval}");
    GuardRail {
        file_name: "flowcover-telemetry-rule.yaml",
        document,
        remarks,
    }
}

/// Text as JSON writes it, which YAML reads too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

// A line continuation would take the indentation of the first line.
const RULE: &str = r"    # Not every region has this type of resource.
    Metadata:
      cfn-lint:
        config:
          ignore_checks: [E3006]
    Properties:
      RuleName: flowcover-flow-logs
      Rule:
        ResourceType: AWS::EC2::VPC
        TelemetryType: Logs
        TelemetrySourceTypes:
          - VPC_FLOW_LOGS
        DestinationConfiguration:
          DestinationType: cloud-watch-logs
";

fn remarks(rule: &TelemetryRule) -> Remarks {
    let (start, whose) = if rule.organization {
        (
            "aws observabilityadmin start-telemetry-evaluation-for-organization",
            "every account of the organisation",
        )
    } else {
        (
            "aws observabilityadmin start-telemetry-evaluation",
            "the account",
        )
    };
    Remarks {
        does: format!(
            "Has AWS make a flow log for each VPC of {whose} that has none, also for VPCs that are made later. It delivers to CloudWatch Logs."
        ),
        does_not: "It stops nobody from deleting a flow log. Until AWS evaluates the rule again and makes another, nothing is recorded.\n\
                   It makes flow logs to CloudWatch Logs only.\n\
                   It does not mend a flow log that exists and does not deliver.\n\
                   AWS charges the records as it does for any flow log."
            .to_owned(),
        exempt: "SelectionCriteria takes VPCs out of the rule by tag; the audit then needs an exemption for them.".to_owned(),
        put_in_place: format!(
            "{start} --region REGION\naws cloudformation deploy --stack-name flowcover-telemetry-rule --template-file flowcover-telemetry-rule.yaml --region REGION"
        ),
        take_back: "aws cloudformation delete-stack --stack-name flowcover-telemetry-rule --region REGION\nThe flow logs that it made stay."
            .to_owned(),
    }
}
