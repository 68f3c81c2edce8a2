//! Tests of the policy language as a whole; the documents in them follow examples of the AWS guides.
#![allow(clippy::unwrap_used)]

mod buckets;
mod conditions;
mod evaluation;
mod keys;
mod log_groups;
mod parsing;
mod patterns;
mod properties;
mod roles;
mod trust;

use super::flow_logs::Source;
use super::{Context, Decision, PolicyDocument, Principal, Request, Text};

pub(super) fn policy(text: &str) -> PolicyDocument {
    PolicyDocument::parse(text).unwrap()
}

/// A document of the current language version with these statements.
pub(super) fn statements(text: &str) -> PolicyDocument {
    policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{text}]}}"#
    ))
}

pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/flow-logs";

pub(super) fn by_role(action: &str, resource: Option<&str>, context: Context) -> Request {
    Request {
        principal: Principal::Aws {
            account_id: "111122223333".to_owned(),
            arn: ROLE.to_owned(),
        },
        action: action.to_owned(),
        resource: resource.map(Text::from),
        context,
    }
}

pub(super) fn by_service(
    service: &str,
    action: &str,
    resource: Option<&str>,
    context: Context,
) -> Request {
    Request {
        principal: Principal::Service(service.to_owned()),
        ..by_role(action, resource, context)
    }
}

/// The decision as one word.
pub(super) fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allowed { .. } => "allowed",
        Decision::ImplicitlyDenied { .. } => "implicit",
        Decision::ExplicitlyDenied { .. } => "explicit",
        Decision::CannotTell { .. } => "cannot-tell",
    }
}

pub(super) const GROUP: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/flow";

/// The flow log `fl-1` of the account in a region.
pub(super) fn source(region: &str) -> Source {
    Source {
        account_id: "111122223333".to_owned(),
        region: region.to_owned(),
        flow_log_id: Some("fl-1".to_owned()),
        organization_id: Some("o-1".to_owned()),
    }
}
