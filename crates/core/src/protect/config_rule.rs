//! The AWS Config managed rule that reports VPCs without flow logs, as a CloudFormation template.

use super::{GuardRail, Remarks};

/// The rule `VPC_FLOW_LOGS_ENABLED` (AWS Config Developer Guide, "vpc-flow-logs-enabled"): for one account and region,
/// or for a whole organisation, deployed from its management or delegated administrator account.
#[must_use]
pub fn config_rule(organization: bool) -> GuardRail {
    let remarks = remarks(organization);
    let resource = if organization { ORGANIZATION } else { ACCOUNT };
    let document = format!("{}{HEAD}{resource}", remarks.comments());
    GuardRail {
        file_name: "flowcover-config-rule.yaml",
        document,
        remarks,
    }
}

const HEAD: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Description: Reports VPCs without a flow log
Resources:
";

// A line continuation would take the indentation of the first line.
const ACCOUNT: &str = r"  VpcFlowLogsEnabled:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: flowcover-vpc-flow-logs-enabled
      Description: Reports VPCs without a flow log
      MaximumExecutionFrequency: TwentyFour_Hours
      Source:
        Owner: AWS
        SourceIdentifier: VPC_FLOW_LOGS_ENABLED
";

const ORGANIZATION: &str = r"  VpcFlowLogsEnabled:
    Type: AWS::Config::OrganizationConfigRule
    Properties:
      OrganizationConfigRuleName: flowcover-vpc-flow-logs-enabled
      OrganizationManagedRuleMetadata:
        Description: Reports VPCs without a flow log
        MaximumExecutionFrequency: TwentyFour_Hours
        RuleIdentifier: VPC_FLOW_LOGS_ENABLED
";

fn remarks(organization: bool) -> Remarks {
    let (scope, exempt) = if organization {
        (
            "of every account of the organisation, in the region in which it is deployed",
            "ExcludedAccounts takes accounts out of the rule.",
        )
    } else {
        (
            "of the account, in the region in which it is deployed",
            "It stops nobody, so that nobody need be let through.",
        )
    };
    Remarks {
        does: format!("Reports each VPC {scope}, that has no flow log, once a day."),
        does_not: "It stops nothing.\n\
                   It sees that a flow log exists, not that it delivers, nor what is in it: `flowcover audit` does.\n\
                   It looks at VPCs only: one that is covered by its subnets is reported too.\n\
                   AWS Config must be switched on in the region, and each evaluation is charged."
            .to_owned(),
        exempt: exempt.to_owned(),
        put_in_place: "aws cloudformation deploy --stack-name flowcover-config-rule --template-file flowcover-config-rule.yaml --region REGION"
            .to_owned(),
        take_back: "aws cloudformation delete-stack --stack-name flowcover-config-rule --region REGION".to_owned(),
    }
}
