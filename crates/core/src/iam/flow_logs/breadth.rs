//! What the role of a flow log grants beyond delivery.

use super::super::decision::StatementRef;
use super::super::document::{Effect, PolicyDocument, Scope, Statement};
use super::super::pattern::{Style, matches};
use super::super::request::Text;
use super::super::role::{Reading, RolePolicies};
use super::super::truth::Truth;

/// In which way a grant is broad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// Every action of every service, or all but some.
    EveryAction,
    /// An action of a service other than CloudWatch Logs.
    OtherService,
    /// Log actions that delivery does not use and that read, delete or redirect records.
    SensitiveLogAction,
    /// Writing to every log group. AWS's own example does so: weigh it lightly.
    EveryLogGroup,
}

/// A grant that goes beyond what delivery needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadGrant {
    /// The statement that grants it.
    pub statement: StatementRef,
    /// In which way it is broad.
    pub breadth: Breadth,
    /// The action or resource pattern that makes it so, as written.
    pub pattern: String,
}

/// The broad grants among the role's own policies, in document order. Conditions, denials, the boundary and control policies
/// are not weighed: they narrow a role from outside, and the grant stays broad.
#[must_use]
pub fn breadth(role: &RolePolicies) -> Vec<BroadGrant> {
    let documents = role
        .identity
        .iter()
        .filter_map(|policy| match &policy.document {
            Reading::Read(document) => Some((policy.name.as_str(), document)),
            Reading::Unread(_) => None,
        });
    documents
        .flat_map(|(name, document)| of_document(name, document))
        .collect()
}

fn of_document(name: &str, document: &PolicyDocument) -> Vec<BroadGrant> {
    let mut grants = Vec::new();
    for statement in document
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
    {
        let cite = || StatementRef {
            policy: format!("policy {name:?}"),
            index: statement.index,
            sid: statement.sid.clone(),
        };
        let found = by_action(statement)
            .into_iter()
            .chain(by_resource(statement));
        grants.extend(found.map(|(breadth, pattern)| BroadGrant {
            statement: cite(),
            breadth,
            pattern,
        }));
    }
    grants
}

fn by_action(statement: &Statement) -> Vec<(Breadth, String)> {
    match &statement.actions {
        Scope::AllBut(patterns) => vec![(
            Breadth::EveryAction,
            format!("NotAction {}", patterns.join(", ")),
        )],
        Scope::Only(patterns) => {
            let broad = |pattern: &String| {
                action_breadth(pattern).map(|breadth| (breadth, pattern.clone()))
            };
            patterns.iter().filter_map(broad).collect()
        }
    }
}

/// Log actions with which a holder reads, deletes or redirects what was recorded.
const SENSITIVE: &[&str] = &[
    "logs:AssociateKmsKey",
    "logs:CreateExportTask",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:DeleteRetentionPolicy",
    "logs:DisassociateKmsKey",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutDestinationPolicy",
    "logs:PutResourcePolicy",
    "logs:PutRetentionPolicy",
    "logs:PutSubscriptionFilter",
    "logs:StartQuery",
];

fn action_breadth(pattern: &str) -> Option<Breadth> {
    let service = pattern
        .split_once(':')
        .map_or(pattern, |(service, _)| service);
    if service.contains(['*', '?']) {
        return Some(Breadth::EveryAction);
    }
    if !service.eq_ignore_ascii_case("logs") {
        return Some(Breadth::OtherService);
    }
    let sensitive = SENSITIVE.iter().any(|action| covers(pattern, action));
    sensitive.then_some(Breadth::SensitiveLogAction)
}

fn covers(pattern: &str, action: &str) -> bool {
    matches(pattern, &Text::from(action), Style::ACTION, None) == Truth::Yes
}

fn by_resource(statement: &Statement) -> Option<(Breadth, String)> {
    let writes = match &statement.actions {
        Scope::Only(patterns) => patterns
            .iter()
            .any(|pattern| covers(pattern, "logs:PutLogEvents")),
        Scope::AllBut(_) => false,
    };
    let pattern = match statement.resources.as_ref()? {
        Scope::Only(patterns) => patterns
            .iter()
            .find(|pattern| is_every_log_group(pattern))?
            .clone(),
        Scope::AllBut(patterns) => format!("NotResource {}", patterns.join(", ")),
    };
    writes.then_some((Breadth::EveryLogGroup, pattern))
}

/// `*`, or an ARN that names no log group.
fn is_every_log_group(pattern: &str) -> bool {
    match pattern.splitn(6, ':').nth(5) {
        None => pattern.ends_with('*'),
        Some(resource) if !resource.contains('*') => false,
        Some(resource) => resource
            .split(':')
            .all(|part| matches!(part, "*" | "" | "log-group" | "log-stream")),
    }
}
