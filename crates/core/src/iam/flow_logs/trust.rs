//! Who may assume the role of a flow log.

use super::super::condition::narrows;
use super::super::decision::Decision;
use super::super::document::{Condition, Effect, PolicyDocument, PrincipalScope, Statement};
use super::super::evaluate::PolicyKind;
use super::super::pattern::{Style, matches};
use super::super::request::{Context, Principal, Request, Text};
use super::super::truth::Truth;
use super::{FLOW_LOGS_SERVICE, Source};

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// Whether the trust policy lets the flow-logs service assume the role for a flow log of this source.
///
/// Without the flow log's id, a condition on one particular flow log cannot be told.
#[must_use]
pub fn trust_allows_flow_logs(trust: &PolicyDocument, source: &Source) -> Decision {
    let source_arn = match &source.flow_log_id {
        Some(id) => Text::Exact(source.arn("ec2", &format!("vpc-flow-log/{id}"))),
        None => Text::StartsWith(source.arn("ec2", "vpc-flow-log/")),
    };
    let request = assume_role(
        FLOW_LOGS_SERVICE,
        source.service_context(FLOW_LOGS_SERVICE, source_arn),
    );
    trust.evaluate("trust policy", PolicyKind::Trust, &request)
}

fn assume_role(service: &str, context: Context) -> Request {
    Request {
        principal: Principal::Service(service.to_owned()),
        action: ASSUME_ROLE.to_owned(),
        resource: None,
        context,
    }
}

/// The services other than flow logs that some statement lets assume the role, sorted. Published recipes that trust
/// `ec2.amazonaws.com` deliver nothing. Conditions are not weighed.
#[must_use]
pub fn other_services_trusted(trust: &PolicyDocument) -> Vec<String> {
    let mut services: Vec<String> = letting_in(trust)
        .filter_map(|statement| match &statement.principal {
            Some(PrincipalScope::Only(set)) => Some(&set.service),
            _ => None,
        })
        .flatten()
        .filter(|service| *service != FLOW_LOGS_SERVICE)
        .cloned()
        .collect();
    services.sort();
    services.dedup();
    services
}

fn letting_in(trust: &PolicyDocument) -> impl Iterator<Item = &Statement> {
    let action = Text::from(ASSUME_ROLE);
    trust.statements.iter().filter(move |statement| {
        let patterns = statement.actions.patterns();
        let listed = Truth::any(
            patterns
                .iter()
                .map(|pattern| matches(pattern, &action, Style::ACTION, None)),
        );
        let all_but = matches!(statement.actions, super::super::Scope::AllBut(_));
        statement.effect == Effect::Allow && listed.negate_if(all_but) == Truth::Yes
    })
}

/// Whether a statement lets the flow-logs service in without saying for whom: no condition on `aws:SourceAccount`,
/// `aws:SourceArn`, `aws:SourceOrgID` or `aws:SourceOrgPaths` (the confused deputy, IAM User Guide).
#[must_use]
pub fn trust_without_source_conditions(trust: &PolicyDocument) -> bool {
    let service = Principal::Service(FLOW_LOGS_SERVICE.to_owned());
    letting_in(trust).any(|statement| {
        let covers = |scope| super::super::principal::covers(scope, &service, PolicyKind::Trust);
        let covered = statement
            .principal
            .as_ref()
            .is_some_and(|scope| covers(scope) != Truth::No);
        covered && !statement.conditions.iter().any(names_the_source)
    })
}

fn names_the_source(condition: &Condition) -> bool {
    const KEYS: &[&str] = &[
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
    ];
    KEYS.iter()
        .any(|key| condition.key.eq_ignore_ascii_case(key))
        && narrows(condition)
}
