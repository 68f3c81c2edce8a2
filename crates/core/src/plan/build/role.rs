//! Roles: made, made again, or mended where they are ours.

use std::collections::BTreeSet;

use flowcover_record::Destination;

use super::Builder;
use super::documents::{POLICY_NAME, role_policy, trust_policy};
use super::naming::{account_of, role_name};
use super::steps::{Draft, Place};
use crate::finding::Resource;
use crate::iam::PolicyDocument;
use crate::iam::flow_logs::{
    Source, breadth, log_permissions, trust_allows_flow_logs, trust_without_source_conditions,
};
use crate::inventory::{Fact, Listing, NamedPolicy, Role, Tags};
use crate::judge::delivery::{role_policies, source_of};
use crate::plan::{Change, ROLE_PREFIX, Replaced, is_ours_as, step_id};

/// What a role delivers to, and from where.
struct Duty<'b> {
    regions: BTreeSet<&'b str>,
    groups: BTreeSet<&'b str>,
    sources: Vec<(Source, &'b str)>,
}

impl Builder<'_> {
    /// A step that makes a role which delivers to one log group.
    pub(super) fn new_role(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
        group_arn: &str,
        tags: &Tags,
    ) -> Draft {
        let partition = crate::partition::of_region(region);
        let arn = format!("arn:{partition}:iam::{account_id}:role/{name}");
        role_step(
            Place::global(account_id, region),
            &arn,
            name,
            trust_policy(account_id, &[region]),
            role_policy(&[group_arn]),
            tags,
        )
    }

    /// A step that makes a role again which flow logs name and which is gone.
    pub(super) fn role_again(&self, arn: &str) -> Option<Draft> {
        let (name, account_id) = (role_name(arn)?, account_of(arn)?);
        let duty = self.duty(arn);
        let first = self.users_of_role(arn).first()?;
        let chosen = self.chosen(self.context.index.flow_logs[*first].region);
        let may_be_ours = name.starts_with(ROLE_PREFIX);
        if !may_be_ours || !self.request.entries.contains_key(account_id) || duty.groups.is_empty()
        {
            return None;
        }
        let regions: Vec<&str> = duty.regions.iter().copied().collect();
        let groups: Vec<&str> = duty.groups.iter().copied().collect();
        let mut draft = role_step(
            Place::global(account_id, ""),
            arn,
            name,
            trust_policy(account_id, &regions),
            role_policy(&groups),
            &chosen.ok()?.tags,
        );
        let mut sources = duty.sources.iter();
        if sources.any(|(source, group)| self.new_role_refuses(&draft, group, source).is_some()) {
            return None;
        }
        draft.blast_radius = self.users(self.users_of_role(arn));
        Some(draft)
    }

    /// A step that mends a role, if it is ours and that makes it right, and the role as it will be.
    pub(super) fn mended_role(&self, arn: &str) -> Option<(Draft, Role)> {
        let role = self.context.inventory().roles.get(arn)?.present()?;
        let (name, account_id) = (role_name(arn)?, account_of(arn)?);
        let is_ours = is_ours_as(&role.tags, &step_id(account_id, None, "role", name));
        if !is_ours || !self.request.entries.contains_key(account_id) {
            return None;
        }
        let duty = self.duty(arn);
        let regions: Vec<&str> = duty.regions.iter().copied().collect();
        let groups: Vec<&str> = duty.groups.iter().copied().collect();
        let mut mended = role.clone();
        let trust = self.mended_trust(&mut mended, &duty, trust_policy(account_id, &regions))?;
        let policy = self.mended_policy(&mut mended, &duty, role_policy(&groups))?;
        if (trust.is_none() && policy.is_none()) || !self.serves(&mended, &duty) {
            return None;
        }
        let what = match (&trust, &policy) {
            (Some(_), Some(_)) => "trust policy and inline policy",
            (Some(_), None) => "trust policy",
            _ => "inline policy",
        };
        let change = Change::MendRole {
            role_name: name.to_owned(),
            trust_policy: trust,
            policy_name: POLICY_NAME.to_owned(),
            policy,
        };
        let place = Place::global(account_id, "");
        let mut draft =
            Draft::new(place, "role", name, resource(account_id, arn), change).summary(format!(
                "put the {what} of role {name} right: it delivers for flow logs and does no more"
            ));
        draft.blast_radius = self.users(self.users_of_role(arn));
        Some((draft, mended))
    }

    fn duty(&self, arn: &str) -> Duty<'_> {
        let index = &self.context.index;
        let mut duty = Duty {
            regions: BTreeSet::new(),
            groups: BTreeSet::new(),
            sources: Vec::new(),
        };
        for place in self.users_of_role(arn) {
            let at = &index.flow_logs[*place];
            if matches!(at.destination.named, Destination::LogGroup { .. }) {
                duty.regions.insert(&index.region_of(at).region.region);
                duty.groups.insert(&at.destination.key);
                duty.sources
                    .push((source_of(index, at), &at.destination.key));
            }
        }
        duty
    }

    /// The trust policy to put in place, if it is wrong; none at all where it was not read.
    fn mended_trust(
        &self,
        role: &mut Role,
        duty: &Duty<'_>,
        wanted: String,
    ) -> Option<Option<Replaced<String>>> {
        let before = role.trust_policy.present()?.clone();
        let is_right = PolicyDocument::parse(&before).is_ok_and(|document| {
            let allowed = |source: &Source| !trust_allows_flow_logs(&document, source).is_denied();
            duty.sources.iter().all(|(source, _)| allowed(source))
                && !trust_without_source_conditions(&document)
        });
        if is_right || before == wanted {
            return Some(None);
        }
        role.trust_policy = Fact::Present(wanted.clone());
        Some(Some(Replaced {
            before: Some(before),
            after: wanted,
        }))
    }

    /// The inline policy to put in place, if it is wrong; none at all where it was not read.
    fn mended_policy(
        &self,
        role: &mut Role,
        duty: &Duty<'_>,
        wanted: String,
    ) -> Option<Option<Replaced<String>>> {
        if !role.inline_policies.is_complete() {
            return None;
        }
        let policies = role_policies(&self.context.index, role);
        if self.may_write(role, duty) && breadth(&policies).is_empty() {
            return Some(None);
        }
        let items = &role.inline_policies.items;
        let before = match items.iter().find(|policy| policy.name == POLICY_NAME) {
            None => None,
            Some(policy) => Some(policy.document.present()?.clone()),
        };
        if before.as_ref() == Some(&wanted) {
            return Some(None);
        }
        let others = items.iter().filter(|policy| policy.name != POLICY_NAME);
        let mut items: Vec<NamedPolicy> = others.cloned().collect();
        items.push(NamedPolicy {
            name: POLICY_NAME.to_owned(),
            document: Fact::Present(wanted.clone()),
        });
        role.inline_policies = Listing::complete(items);
        Some(Some(Replaced {
            before,
            after: wanted,
        }))
    }

    /// Whether nothing keeps the role from writing to each of its groups.
    fn may_write(&self, role: &Role, duty: &Duty<'_>) -> bool {
        let policies = role_policies(&self.context.index, role);
        duty.sources.iter().all(|(source, group)| {
            let permissions = log_permissions(&policies, &role.arn, group, source);
            !permissions
                .iter()
                .any(|permission| permission.decisive && permission.decision.is_denied())
        })
    }

    /// Whether a role delivers for all who name it.
    fn serves(&self, role: &Role, duty: &Duty<'_>) -> bool {
        let trust = role.trust_policy.present();
        let trust = trust.and_then(|text| PolicyDocument::parse(text).ok());
        let trusts = trust.is_some_and(|document| {
            let mut sources = duty.sources.iter();
            sources.all(|(source, _)| !trust_allows_flow_logs(&document, source).is_denied())
        });
        trusts && self.may_write(role, duty)
    }

    /// Whether a role that the policy names is known not to serve for that source and group: the reason.
    pub(super) fn role_refuses(
        &self,
        arn: &str,
        group_arn: &str,
        source: &Source,
    ) -> Option<String> {
        match self.context.inventory().roles.get(arn)? {
            Fact::Present(role) => self.refuses(role, group_arn, source),
            Fact::Absent => Some(format!("role {arn} does not exist")),
            Fact::NotRead => None,
        }
    }

    /// Whether a role that is made is known not to serve, because policies above it forbid that: the reason.
    pub(super) fn new_role_refuses(
        &self,
        draft: &Draft,
        group_arn: &str,
        source: &Source,
    ) -> Option<String> {
        let Change::CreateRole {
            trust_policy,
            policy,
            ..
        } = &draft.change
        else {
            return None;
        };
        let role = Role {
            arn: draft.resource.id.clone(),
            trust_policy: Fact::Present(trust_policy.clone()),
            inline_policies: Listing::complete(vec![NamedPolicy {
                name: POLICY_NAME.to_owned(),
                document: Fact::Present(policy.clone()),
            }]),
            attached_policies: Listing::complete(Vec::new()),
            permissions_boundary: Fact::Absent,
            tags: Tags::new(),
        };
        self.refuses(&role, group_arn, source)
    }

    fn refuses(&self, role: &Role, group_arn: &str, source: &Source) -> Option<String> {
        let arn = &role.arn;
        let trust = role.trust_policy.present();
        let trust = trust.and_then(|text| PolicyDocument::parse(text).ok());
        if trust.is_some_and(|trust| trust_allows_flow_logs(&trust, source).is_denied()) {
            return Some(format!("role {arn} does not trust the flow-logs service"));
        }
        let policies = role_policies(&self.context.index, role);
        let lacks = log_permissions(&policies, arn, group_arn, source)
            .into_iter()
            .find(|permission| permission.decisive && permission.decision.is_denied())?;
        Some(format!(
            "role {arn} may not call {} on {group_arn}: {}",
            lacks.action, lacks.decision
        ))
    }
}

fn resource(account_id: &str, arn: &str) -> Resource {
    Resource {
        account_id: Some(account_id.to_owned()),
        region: None,
        kind: "AWS::IAM::Role".to_owned(),
        id: arn.to_owned(),
    }
}

fn role_step(
    place: Place,
    arn: &str,
    name: &str,
    trust_policy: String,
    policy: String,
    tags: &Tags,
) -> Draft {
    let resource = resource(&place.account_id, arn);
    let change = Change::CreateRole {
        role_name: name.to_owned(),
        trust_policy,
        policy_name: POLICY_NAME.to_owned(),
        policy,
        tags: tags.clone(),
    };
    Draft::new(place, "role", name, resource, change).summary(format!(
        "make role {name}, with which the flow-logs service delivers"
    ))
}
