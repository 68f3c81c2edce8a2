//! What a role may do: its own policies, its boundary, and the control policies of the organisation.

use super::decision::Decision;
use super::document::{Effect, PolicyDocument};
use super::evaluate::{PolicyKind, Ruling, decide};
use super::request::Request;

/// A policy document, or why it was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Read.
    Read(PolicyDocument),
    /// Not read, with the reason; whatever hangs on it cannot be told.
    Unread(String),
}

/// A policy with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedPolicy {
    /// How the evidence calls it, such as the name of an inline policy or the ARN of a managed one.
    pub name: String,
    /// What it says.
    pub document: Reading,
}

impl AttachedPolicy {
    /// A policy from the text of its document; text that is no policy counts as not read.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> AttachedPolicy {
        let document = match PolicyDocument::parse(text) {
            Ok(document) => Reading::Read(document),
            Err(error) => Reading::Unread(error.to_string()),
        };
        AttachedPolicy {
            name: name.to_owned(),
            document,
        }
    }

    /// A policy that could not be read.
    #[must_use]
    pub fn unread(name: &str, reason: &str) -> AttachedPolicy {
        AttachedPolicy {
            name: name.to_owned(),
            document: Reading::Unread(reason.to_owned()),
        }
    }

    /// Whether it grants anything: what a policy that only denies leaves open, others of its level grant.
    fn grants(&self) -> bool {
        match &self.document {
            Reading::Read(document) => {
                let mut statements = document.statements.iter();
                statements.any(|statement| statement.effect == Effect::Allow)
            }
            Reading::Unread(_) => true,
        }
    }

    fn rule(&self, request: &Request) -> Ruling {
        match &self.document {
            Reading::Read(document) => {
                document.rule(&cite(&self.name), PolicyKind::Identity, request)
            }
            Reading::Unread(reason) => {
                Ruling::unread(format!("{} was not read: {reason}", cite(&self.name)))
            }
        }
    }
}

fn cite(name: &str) -> String {
    format!("policy {name:?}")
}

/// The policies that bound what sessions of a role may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RolePolicies {
    /// Inline and attached managed policies. A list that could not be read is one policy that was not read.
    pub identity: Vec<AttachedPolicy>,
    /// The permission boundary, if the role has one.
    pub boundary: Option<AttachedPolicy>,
    /// Service control policies by level, from the root of the organisation to the account: each level must allow.
    /// Empty for an account that none govern, or where they are not to weigh in.
    pub service_control: Vec<Vec<AttachedPolicy>>,
    /// Service control policies of which only the account is known, not the level. One that grants
    /// something else may be all that its level grants.
    pub unplaced_control: Vec<AttachedPolicy>,
}

/// Whether a session of the role may make the request: its policies and its boundary and each level of control policies
/// must allow it, and none may deny it (IAM User Guide, "Policy evaluation logic").
///
/// Resource policies do not weigh in; the log actions of a flow log's role are granted by the role's own account.
#[must_use]
pub fn role_may(role: &RolePolicies, request: &Request) -> Decision {
    let mut layers = vec![(
        "role's policies".to_owned(),
        combine(&role.identity, request),
    )];
    if let Some(boundary) = &role.boundary {
        layers.push(("permission boundary".to_owned(), boundary.rule(request)));
    }
    for (level, policies) in role.service_control.iter().enumerate() {
        layers.push((
            format!("service control policies at level {}", level + 1),
            combine(policies, request),
        ));
    }
    if !role.unplaced_control.is_empty() {
        layers.push((
            "service control policies".to_owned(),
            combine_unplaced(&role.unplaced_control, request),
        ));
    }
    decide(layers)
}

/// As one level, but what a policy with grants does not surely allow may be denied at its own level.
fn combine_unplaced(policies: &[AttachedPolicy], request: &Request) -> Ruling {
    let mut all = Ruling::default();
    for policy in policies {
        let mut ruling = policy.rule(request);
        if ruling.allow.is_empty() && policy.grants() {
            ruling.maybe_deny.push(format!(
                "{} does not allow it, and at which level it is attached was not read",
                cite(&policy.name)
            ));
        }
        all = all.merge(ruling);
    }
    all
}

fn combine(policies: &[AttachedPolicy], request: &Request) -> Ruling {
    policies
        .iter()
        .map(|policy| policy.rule(request))
        .fold(Ruling::default(), Ruling::merge)
}
