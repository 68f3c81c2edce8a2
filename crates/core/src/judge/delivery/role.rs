//! Whether the role of a flow log can be assumed, and may write to the log group.

use super::facts::{Facts, Proof};
use super::source_of;
use crate::iam::flow_logs::{
    Source, log_permissions, may_create_log_group, other_services_trusted, trust_allows_flow_logs,
};
use crate::iam::{AttachedPolicy, Decision, PolicyDocument, RolePolicies};
use crate::inventory::{ControlLevel, Fact, Listing, NamedPolicy, Role};
use crate::judge::gaps::in_words;
use crate::judge::index::{FlowLogAt, Index};
use crate::judge::keyed::Map;

/// A role with its documents parsed.
#[derive(Debug)]
struct Parsed {
    trust: Result<PolicyDocument, String>,
    policies: RolePolicies,
}

/// The roles of an inventory, each parsed once.
#[derive(Debug, Default)]
pub(super) struct Roles<'a> {
    parsed: Map<&'a str, Parsed>,
    /// By role and region.
    trust: Map<(&'a str, usize), Option<Facts>>,
    /// By role and number of the log group, which is of one region.
    permissions: Map<(&'a str, usize), Facts>,
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
    /// The flow log that delivers through it.
    pub(super) at: &'q FlowLogAt<'a>,
    pub(super) log_group: &'q str,
    /// Whether the group exists; only if it does not is it asked whether the role may make it.
    pub(super) group_missing: bool,
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
        let at = question.at;
        let source = || source_of(index, at);
        let cached = self
            .trust
            .entry((arn, at.region))
            .or_insert_with(|| any_flow_log_trusted(&parsed.trust, arn, source()));
        let mut facts = match cached {
            Some(facts) => facts.clone(),
            None => trust_facts(&parsed.trust, arn, &source()),
        };
        // What a role may do in a log group is the same for every flow log of an account.
        let known = self
            .permissions
            .entry((arn, at.destination.number))
            .or_insert_with(|| {
                permission_facts(&parsed.policies, arn, question.log_group, &source())
            });
        facts.add_copy(known);
        let may_create_group = if question.group_missing {
            may_create_log_group(&parsed.policies, arn, question.log_group, &source())
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
    source: Source,
) -> Option<Facts> {
    let anonymous = Source {
        flow_log_id: None,
        ..source
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

fn permission_facts(policies: &RolePolicies, arn: &str, log_group: &str, source: &Source) -> Facts {
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
    let (service_control, unplaced_control) = service_control(index, role);
    RolePolicies {
        identity,
        boundary,
        service_control,
        unplaced_control,
    }
}

/// Service control policies by level, and those of which the level is not known.
///
/// They bind no management account, and outside an organisation there are none. Whether an account
/// stands in one is not known where no organisation was read: an account can read neither its own
/// service control policies nor those above it, so they weigh only where the organisation was read.
fn service_control(
    index: &Index<'_>,
    role: &Role,
) -> (Vec<Vec<AttachedPolicy>>, Vec<AttachedPolicy>) {
    let none = (Vec::new(), Vec::new());
    let account_id = role.arn.split(':').nth(4).unwrap_or_default();
    let account = index.account(account_id);
    let organization = index.inventory.organization.as_ref();
    let manages = account.is_some_and(|account| account.is_management)
        || organization
            .is_some_and(|organization| organization.management_account_id == account_id);
    if manages {
        return none;
    }
    let protection = account.and_then(|account| account.protection.as_ref());
    let policies = match protection.map(|protection| &protection.service_control_policies) {
        Some(Fact::Present(policies)) => policies,
        Some(Fact::Absent) => return none,
        Some(Fact::NotRead) | None if organization.is_none() => return none,
        Some(Fact::NotRead) | None => {
            let what = format!("service control policies of account {account_id}");
            return (
                vec![vec![AttachedPolicy::unread(&what, "not read")]],
                Vec::new(),
            );
        }
    };
    let levels = protection.map_or(&[][..], |protection| &protection.service_control_levels);
    if policies.is_empty() {
        none
    } else if levels.is_empty() {
        (Vec::new(), policies.iter().map(attached).collect())
    } else {
        let at = |level| at_level(policies, level);
        (levels.iter().map(at).collect(), Vec::new())
    }
}

/// The policies of one level. AWS leaves no level without one, so none is a level that was not read.
fn at_level(policies: &[NamedPolicy], level: &ControlLevel) -> Vec<AttachedPolicy> {
    let unread = |what: &str| AttachedPolicy::unread(what, "not read");
    if level.policies.is_empty() {
        return vec![unread(&format!(
            "whatever is attached to {}",
            level.target_id
        ))];
    }
    let names = level.policies.iter();
    let named = |name: &String| policies.iter().find(|policy| policy.name == *name);
    names
        .map(|name| named(name).map_or_else(|| unread(name), attached))
        .collect()
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
