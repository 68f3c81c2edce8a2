//! Which statements apply to a request, and what they come to.

use super::decision::{Decision, StatementRef};
use super::document::{Effect, PolicyDocument, Scope, Statement};
use super::pattern::{Style, VERSION_WITH_VARIABLES, matches};
use super::request::{Request, Text};
use super::truth::{Truth, union};
use super::{condition, principal};

/// What a document is attached to, which decides the elements that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// To an identity, as permission boundary, or as service control policy: no `Principal`.
    Identity,
    /// To a role, saying who may assume it: `Principal`, no `Resource`.
    Trust,
    /// To a resource: both.
    Resource,
}

impl PolicyDocument {
    /// What this document alone decides. `name` is how the evidence calls it, such as `trust policy`.
    #[must_use]
    pub fn evaluate(&self, name: &str, kind: PolicyKind, request: &Request) -> Decision {
        self.rule(name, kind, request).decision(name)
    }

    pub(super) fn rule(&self, name: &str, kind: PolicyKind, request: &Request) -> Ruling {
        let mut ruling = Ruling::default();
        let action = Text::Exact(request.action.clone());
        for statement in &self.statements {
            let applies = self.applies(statement, kind, &action, request);
            ruling.add(statement, name, applies);
        }
        ruling
    }

    fn applies(
        &self,
        statement: &Statement,
        kind: PolicyKind,
        action: &Text,
        request: &Request,
    ) -> Truth {
        let variables = self.version.as_deref() == Some(VERSION_WITH_VARIABLES);
        let context = variables.then_some(&request.context);
        let mut truth = in_scope(&statement.actions, |pattern| {
            matches(pattern, action, Style::ACTION, None)
        });
        if truth == Truth::No {
            return truth;
        }
        truth = truth.and(covers_principal(statement, kind, request));
        truth = truth.and(covers_resource(
            statement,
            kind,
            request,
            |pattern, resource| matches(pattern, resource, Style::RESOURCE, context),
        ));
        for condition in &statement.conditions {
            truth = truth.and(condition::holds(condition, &request.context, variables));
        }
        let unknown = self.unknown.keys().chain(statement.unknown.keys());
        truth.and(Truth::all(unknown.map(|name| {
            Truth::unknown(format!("element {name:?} is not known"))
        })))
    }
}

fn in_scope(scope: &Scope, matches: impl Fn(&str) -> Truth) -> Truth {
    let any = Truth::any(scope.patterns().iter().map(|pattern| matches(pattern)));
    any.negate_if(matches!(scope, Scope::AllBut(_)))
}

fn covers_principal(statement: &Statement, kind: PolicyKind, request: &Request) -> Truth {
    match (&statement.principal, kind) {
        (None, PolicyKind::Identity) => Truth::Yes,
        (Some(_), PolicyKind::Identity) => {
            Truth::unknown("a policy of an identity has no Principal element")
        }
        (Some(scope), _) => principal::covers(scope, &request.principal, kind),
        (None, _) => Truth::unknown("no Principal element"),
    }
}

fn covers_resource(
    statement: &Statement,
    kind: PolicyKind,
    request: &Request,
    matches: impl Fn(&str, &Text) -> Truth,
) -> Truth {
    match (&statement.resources, kind) {
        (None, PolicyKind::Trust) => Truth::Yes,
        (Some(_), PolicyKind::Trust) => Truth::unknown("a trust policy has no Resource element"),
        (Some(scope), _) => match &request.resource {
            Some(resource) => in_scope(scope, |pattern| matches(pattern, resource)),
            None => {
                let any_resource = Text::from("*");
                in_scope(scope, |pattern| matches(pattern, &any_resource))
            }
        },
        (None, _) => Truth::unknown("no Resource element"),
    }
}

/// What the statements of one or several policies say, before it is weighed.
#[derive(Debug, Clone, Default)]
pub(super) struct Ruling {
    pub(super) allow: Vec<StatementRef>,
    pub(super) deny: Vec<StatementRef>,
    pub(super) maybe_allow: Vec<String>,
    pub(super) maybe_deny: Vec<String>,
}

impl Ruling {
    fn add(&mut self, statement: &Statement, policy: &str, applies: Truth) {
        let cite = || StatementRef {
            policy: policy.to_owned(),
            index: statement.index,
            sid: statement.sid.clone(),
        };
        let (sure, maybe) = match statement.effect {
            Effect::Allow => (&mut self.allow, &mut self.maybe_allow),
            Effect::Deny => (&mut self.deny, &mut self.maybe_deny),
        };
        match applies {
            Truth::No => {}
            Truth::Yes => sure.push(cite()),
            Truth::Unknown(reasons) => {
                let reasons = reasons
                    .into_iter()
                    .map(|reason| format!("{}: {reason}", cite()))
                    .collect();
                *maybe = union(std::mem::take(maybe), reasons);
            }
        }
    }

    /// A policy that was not read may allow or deny anything.
    pub(super) fn unread(reason: String) -> Ruling {
        Ruling {
            maybe_allow: vec![reason.clone()],
            maybe_deny: vec![reason],
            ..Ruling::default()
        }
    }

    pub(super) fn merge(mut self, other: Ruling) -> Ruling {
        self.allow.extend(other.allow);
        self.deny.extend(other.deny);
        self.maybe_allow = union(self.maybe_allow, other.maybe_allow);
        self.maybe_deny = union(self.maybe_deny, other.maybe_deny);
        self
    }

    pub(super) fn decision(self, name: &str) -> Decision {
        decide(vec![(name.to_owned(), self)])
    }
}

/// Weighs layers of which each must allow (identity, boundary, levels of control policies) and any may deny.
pub(super) fn decide(layers: Vec<(String, Ruling)>) -> Decision {
    let denies: Vec<_> = layers
        .iter()
        .flat_map(|(_, ruling)| ruling.deny.clone())
        .collect();
    if !denies.is_empty() {
        return Decision::ExplicitlyDenied { by: denies };
    }
    if let Some((name, _)) = layers
        .iter()
        .find(|(_, ruling)| ruling.allow.is_empty() && ruling.maybe_allow.is_empty())
    {
        return Decision::ImplicitlyDenied {
            reason: format!("no statement of the {name} allows it"),
        };
    }
    let mut by = Vec::new();
    let mut reasons = Vec::new();
    for (_, ruling) in layers {
        if ruling.allow.is_empty() {
            reasons = union(reasons, ruling.maybe_allow);
        }
        reasons = union(reasons, ruling.maybe_deny);
        by.extend(ruling.allow);
    }
    if reasons.is_empty() {
        Decision::Allowed { by }
    } else {
        Decision::CannotTell { reasons }
    }
}
