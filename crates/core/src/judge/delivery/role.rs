//! Whether the role of a flow log can be assumed, and may write to the log group.

use std::collections::HashMap;

use super::facts::{Facts, Proof};
use crate::iam::flow_logs::{
    Source, log_permissions, may_create_log_group, other_services_trusted, trust_allows_flow_logs,
};
use crate::iam::{AttachedPolicy, Decision, PolicyDocument, RolePolicies};
use crate::inventory::{Fact, Listing, NamedPolicy, Role};
use crate::judge::gaps::in_words;
use crate::judge::index::Index;

/// A role with its documents parsed.
#[derive(Debug)]
struct Parsed {
    trust: Result<PolicyDocument, String>,
    policies: RolePolicies,
}

/// The roles of an inventory, each parsed once.
#[derive(Debug, Default)]
pub(super) struct Roles<'a> {
    parsed: HashMap<&'a str, Parsed>,
    trust: HashMap<(&'a str, &'a str, &'a str), Option<Facts>>,
    permissions: HashMap<(&'a str, &'a str), HashMap<String, Facts>>,
}

/// What the role means for one flow log.
#[derive(Debug)]
pub(super) struct RoleAnswer {
    /// Proofs and doubts.
    pub(super) facts: Facts,
    /// Whether it may make the log group again.
    pub(super) may_create_group: Decision,
}

/// What is asked of a role.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoleQuestion<'q, 'a> {
    pub(super) arn: &'a str,
    pub(super) account_id: &'a str,
    pub(super) region: &'a str,
    pub(super) log_group: &'q str,
    /// Whether the group exists; only if it does not is it asked whether the role may make it.
    pub(super) group_missing: bool,
    pub(super) source: &'q Source,
}

impl<'a> Roles<'a> {
    /// Judges a role for a flow log that delivers to CloudWatch Logs.
    pub(super) fn judge(
        &mut self,
        index: &Index<'a>,
        question: RoleQuestion<'_, 'a>,
    ) -> RoleAnswer {
        let arn = question.arn;
        let role = match index.inventory.roles.get(arn) {
            Some(Fact::Present(role)) => role,
            Some(Fact::Absent) => {
                return RoleAnswer {
                    facts: Facts::proof(Proof::RoleGone),
                    may_create_group: Decision::ImplicitlyDenied {
                        reason: "the role does not exist".to_owned(),
                    },
                };
            }
            Some(Fact::NotRead) | None => return unread(index, arn),
        };
        let parsed = self.parsed.entry(arn).or_insert_with(|| parse(index, role));
        let key = (arn, question.account_id, question.region);
        let cached = self
            .trust
            .entry(key)
            .or_insert_with(|| any_flow_log_trusted(&parsed.trust, arn, question.source));
        let mut facts = match cached {
            Some(facts) => facts.clone(),
            None => trust_facts(&parsed.trust, arn, question.source),
        };
        // What a role may do in a log group is the same for every flow log of an account.
        let by_group = self
            .permissions
            .entry((arn, question.account_id))
            .or_default();
        if let Some(known) = by_group.get(question.log_group) {
            facts.add_copy(known);
        } else {
            let answer = permission_facts(&parsed.policies, &question);
            facts.add_copy(&answer);
            by_group.insert(question.log_group.to_owned(), answer);
        }
        let may_create_group = if question.group_missing {
            may_create_log_group(&parsed.policies, arn, question.log_group, question.source)
        } else {
            Decision::CannotTell {
                reasons: Vec::new(),
            }
        };
        RoleAnswer {
            facts,
            may_create_group,
        }
    }
}

fn unread(index: &Index<'_>, arn: &str) -> RoleAnswer {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let reason = format!(
        "role {arn} was not read ({})",
        in_words(index.gaps.about(&[arn, name]))
    );
    RoleAnswer {
        facts: Facts::doubt(reason.clone()),
        may_create_group: Decision::CannotTell {
            reasons: vec![reason],
        },
    }
}

/// What the trust policy says to every flow log of an account and region, if it does not hang on
/// the flow log's id.
fn any_flow_log_trusted(
    trust: &Result<PolicyDocument, String>,
    arn: &str,
    source: &Source,
) -> Option<Facts> {
    let anonymous = Source {
        flow_log_id: None,
        ..source.clone()
    };
    let facts = trust_facts(trust, arn, &anonymous);
    facts.doubts.is_empty().then_some(facts)
}

fn trust_facts(trust: &Result<PolicyDocument, String>, arn: &str, source: &Source) -> Facts {
    let document = match trust {
        Ok(document) => document,
        Err(reason) => return Facts::doubt(format!("the trust policy of role {arn} {reason}")),
    };
    match trust_allows_flow_logs(document, source) {
        Decision::Allowed { .. } => Facts::default(),
        Decision::CannotTell { reasons } => Facts::doubt(format!(
            "whether role {arn} trusts the flow-logs service cannot be told ({})",
            reasons.join("; ")
        )),
        denied => Facts::proof(Proof::RoleNotAssumable {
            decision: denied.to_string(),
            trusted: other_services_trusted(document),
        }),
    }
}

fn permission_facts(policies: &RolePolicies, question: &RoleQuestion<'_, '_>) -> Facts {
    let RoleQuestion {
        arn,
        log_group,
        source,
        ..
    } = *question;
    let permissions = log_permissions(policies, arn, log_group, source);
    let (mut lacking, mut open) = (Vec::new(), Vec::new());
    for permission in &permissions {
        match (&permission.decision, permission.decisive) {
            (Decision::Allowed { .. }, _) => {}
            (decision, true) if decision.is_denied() => lacking.push(permission),
            _ => open.push(permission),
        }
    }
    if let Some(first) = lacking.first() {
        return Facts::proof(Proof::RoleLacksPermission {
            actions: lacking.iter().map(|permission| permission.action).collect(),
            decision: first.decision.to_string(),
        });
    }
    match open.first() {
        None => Facts::default(),
        Some(first) => Facts::doubt(format!(
            "whether role {arn} may call {} is open ({})",
            open.iter()
                .map(|permission| permission.action)
                .collect::<Vec<_>>()
                .join(", "),
            first.decision
        )),
    }
}

fn parse(index: &Index<'_>, role: &Role) -> Parsed {
    let trust = match &role.trust_policy {
        Fact::Present(text) => {
            PolicyDocument::parse(text).map_err(|error| format!("cannot be understood ({error})"))
        }
        Fact::Absent | Fact::NotRead => Err("was not read".to_owned()),
    };
    Parsed {
        trust,
        policies: role_policies(index, role),
    }
}

/// The policies of a role as IAM evaluates them.
#[must_use]
pub fn role_policies(index: &Index<'_>, role: &Role) -> RolePolicies {
    let mut identity = listed(&role.inline_policies, "inline policies");
    identity.extend(listed(&role.attached_policies, "attached policies"));
    let boundary = match &role.permissions_boundary {
        Fact::Present(policy) => Some(attached(policy)),
        Fact::Absent => None,
        Fact::NotRead => Some(AttachedPolicy::unread("permissions boundary", "not read")),
    };
    RolePolicies {
        identity,
        boundary,
        service_control: service_control(index, role),
    }
}

/// Service control policies as one level: a denial of any of them counts, and one of them must allow.
/// Which policy hangs at which level was not collected.
fn service_control(index: &Index<'_>, role: &Role) -> Vec<Vec<AttachedPolicy>> {
    let account = role.arn.split(':').nth(4).and_then(|id| index.account(id));
    let Some(account) = account.filter(|account| !account.is_management) else {
        return Vec::new();
    };
    let policies = account
        .protection
        .as_ref()
        .and_then(|protection| protection.service_control_policies.present());
    match policies {
        Some(policies) if !policies.is_empty() => vec![policies.iter().map(attached).collect()],
        _ => Vec::new(),
    }
}

fn listed(listing: &Listing<NamedPolicy>, what: &str) -> Vec<AttachedPolicy> {
    let mut policies: Vec<_> = listing.items.iter().map(attached).collect();
    if !listing.is_complete() {
        policies.push(AttachedPolicy::unread(
            what,
            "the list was not read in full",
        ));
    }
    policies
}

fn attached(policy: &NamedPolicy) -> AttachedPolicy {
    match &policy.document {
        Fact::Present(text) => AttachedPolicy::parse(&policy.name, text),
        Fact::Absent | Fact::NotRead => AttachedPolicy::unread(&policy.name, "not read"),
    }
}
