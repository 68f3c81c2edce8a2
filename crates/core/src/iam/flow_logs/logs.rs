//! What the role of a flow log may do with its log group.

use super::super::decision::Decision;
use super::super::request::{Context, Principal, Request, Text};
use super::super::role::{RolePolicies, role_may};
use super::Source;

/// One action that AWS documents for the role of a flow log, and whether the role may do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPermission {
    /// The action, such as `logs:PutLogEvents`.
    pub action: &'static str,
    /// Whether nothing is delivered without it. The others are documented as needed, but widely used roles whose `Describe`
    /// actions reach no further than their own log group do deliver.
    pub decisive: bool,
    /// Whether the role may.
    pub decision: Decision,
}

/// The four actions that a flow log's role needs on its log group (VPC User Guide, "IAM role for publishing flow logs to
/// CloudWatch Logs"), each decided. `log_group_arn` may end in `:*`.
///
/// A policy on the group's ARN without `:*` covers none of them: AWS matches these actions against the ARN of the group
/// followed by `:log-stream:`.
#[must_use]
pub fn log_permissions(
    role: &RolePolicies,
    role_arn: &str,
    log_group_arn: &str,
    source: &Source,
) -> Vec<LogPermission> {
    let group = group_arn(log_group_arn);
    // AWS documents one stream per interface, not how the streams are named.
    let stream = Text::StartsWith(format!("{group}:log-stream:"));
    let all_groups = group.splitn(6, ':').take(5).collect::<Vec<_>>().join(":");
    let questions = [
        ("logs:CreateLogStream", true, stream.clone()),
        ("logs:PutLogEvents", true, stream),
        (
            "logs:DescribeLogStreams",
            false,
            Text::Exact(format!("{group}:log-stream:")),
        ),
        (
            "logs:DescribeLogGroups",
            false,
            Text::Exact(format!("{all_groups}:log-group::log-stream:")),
        ),
    ];
    let mut request = request(role_arn, group, source);
    questions
        .into_iter()
        .map(|(action, decisive, resource)| {
            action.clone_into(&mut request.action);
            request.resource = Some(resource);
            LogPermission {
                action,
                decisive,
                decision: role_may(role, &request),
            }
        })
        .collect()
}

/// Whether the role may make the log group, so that AWS can make it again once it is missing.
#[must_use]
pub fn may_create_log_group(
    role: &RolePolicies,
    role_arn: &str,
    log_group_arn: &str,
    source: &Source,
) -> Decision {
    let group = group_arn(log_group_arn);
    let resource = Some(Text::Exact(format!("{group}:log-stream:")));
    let action = "logs:CreateLogGroup".to_owned();
    role_may(
        role,
        &Request {
            action,
            resource,
            ..request(role_arn, group, source)
        },
    )
}

fn group_arn(arn: &str) -> &str {
    arn.strip_suffix(":*").unwrap_or(arn)
}

/// A request of the role in the region of the log group, for the caller to say what and on which resource.
fn request(role_arn: &str, group: &str, source: &Source) -> Request {
    let part = |arn: &str, index: usize| arn.split(':').nth(index).unwrap_or_default().to_owned();
    let role_account = part(role_arn, 4);
    let mut context = Context::new()
        .with("aws:PrincipalArn", role_arn)
        .with("aws:PrincipalAccount", role_account.as_str())
        .with("aws:PrincipalType", "AssumedRole")
        .with("aws:PrincipalIsAWSService", "false")
        .with("aws:RequestedRegion", part(group, 3))
        .with("aws:ResourceAccount", part(group, 4))
        .with("aws:SecureTransport", "true");
    if let (Some(organization), true) = (&source.organization_id, role_account == source.account_id)
    {
        context = context.with("aws:PrincipalOrgID", organization.as_str());
    }
    Request {
        principal: Principal::Aws {
            account_id: role_account,
            arn: role_arn.to_owned(),
        },
        action: String::new(),
        resource: None,
        context,
    }
}
