//! As a CloudFormation template, fit for a StackSet over all accounts.

use std::fmt::Write;

use super::{Role, policy};

/// The template (YAML). Role names and external ids hold no quote, so quoting is safe.
pub(super) fn text(role: &Role<'_>) -> String {
    let mut text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nDescription: {}\n",
        role.purpose()
    );
    let default = |value: Option<&str>| {
        value
            .map(|value| format!("    Default: '{value}'\n"))
            .unwrap_or_default()
    };
    text.push_str("Parameters:\n");
    let _ = write!(
        text,
        "  RoleName:\n    Type: String\n    Default: '{}'\n",
        role.name
    );
    let _ = write!(
        text,
        "  TrustedAccountId:\n    Type: String\n    AllowedPattern: '[0-9]{{12}}'\n    Description: Account whose principals may assume the role\n{}",
        default(role.trusted_account)
    );
    let _ = write!(
        text,
        "  ExternalId:\n    Type: String\n    Description: External id that they must give; empty for none\n{}",
        default(Some(role.external_id.unwrap_or_default()))
    );
    text.push_str(&ROLE.replace("POLICY", role.policy_name()));
    for grant in policy::grants(role) {
        let _ = write!(
            text,
            "              - Sid: {}\n                Effect: Allow\n                Action:\n",
            grant.sid
        );
        for action in &grant.actions {
            let _ = writeln!(text, "                  - {action}");
        }
        text.push_str("                Resource:\n");
        for resource in &grant.resources {
            let _ = writeln!(text, "                  - '{resource}'");
        }
        for (index, condition) in grant.conditions.iter().enumerate() {
            if index == 0 {
                text.push_str("                Condition:\n");
            }
            let _ = write!(
                text,
                "                  {}:\n                    {}: {}\n",
                condition.operator, condition.key, condition.value
            );
        }
    }
    if !role.enters.is_empty() {
        text.push_str(ENTER);
    }
    for account in &role.enters {
        let _ = writeln!(
            text,
            "                  - !Sub 'arn:${{AWS::Partition}}:iam::{account}:role/${{RoleName}}'"
        );
    }
    text.push_str(OUTPUTS);
    text
}

const ROLE: &str = "\
Conditions:
  HasExternalId: !Not [!Equals [!Ref ExternalId, '']]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref RoleName
      MaxSessionDuration: 3600
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              AWS: !Sub 'arn:${AWS::Partition}:iam::${TrustedAccountId}:root'
            Action: sts:AssumeRole
            Condition: !If
              - HasExternalId
              - StringEquals:
                  sts:ExternalId: !Ref ExternalId
              - !Ref AWS::NoValue
      Policies:
        - PolicyName: POLICY
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
";

// A line continuation would take the indentation of the first line.
const ENTER: &str = r"              - Sid: EnterAccounts
                Effect: Allow
                Action: sts:AssumeRole
                Resource:
";

const OUTPUTS: &str = "\
Outputs:
  RoleArn:
    Value: !GetAtt Role.Arn
";
