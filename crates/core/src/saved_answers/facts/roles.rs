//! IAM roles: trust, permissions, boundary.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Fact, Listing, ListingState, NamedPolicy, Role};

use super::super::answer::{Answer, RoleDetail};
use super::super::gaps::Gaps;
use super::super::kind::Kind;
use super::super::listing::{self, About};
use super::super::piece::Piece;
use super::super::regions::items;
use super::{Missing, Store, account_and_name, fact};

pub(super) fn read(
    store: &Store<'_>,
    arns: &BTreeSet<String>,
    gaps: &mut Gaps,
) -> BTreeMap<String, Fact<Role>> {
    let details: BTreeMap<&str, &RoleDetail> = store
        .of(Kind::GetRole)
        .iter()
        .filter_map(|piece| match piece.answer()? {
            Answer::Role(detail) => Some((&*detail.arn, detail)),
            _ => None,
        })
        .collect();
    arns.iter()
        .map(|arn| {
            let Some((account_id, name)) = account_and_name(arn).filter(|_| arn.contains(":role/"))
            else {
                return (arn.clone(), Fact::NotRead);
            };
            let in_account = format!("::{account_id}:role/");
            let is_only = arns
                .iter()
                .filter(|other| other.contains(&in_account))
                .count()
                == 1;
            let asked = Asked {
                store,
                arn,
                account_id,
                name,
                is_only,
            };
            (arn.clone(), asked.read(details.get(&**arn).copied(), gaps))
        })
        .collect()
}

/// One role that is asked for.
struct Asked<'a> {
    store: &'a Store<'a>,
    arn: &'a str,
    account_id: &'a str,
    name: &'a str,
    /// Whether it is the only role of its account.
    is_only: bool,
}

impl<'a> Asked<'a> {
    fn read(&self, detail: Option<&RoleDetail>, gaps: &mut Gaps) -> Fact<Role> {
        if let Some(detail) = detail {
            let boundary = match &detail.boundary_arn {
                None => Fact::Absent,
                Some(arn) => Fact::Present(self.managed(arn, gaps)),
            };
            return Fact::Present(self.role(detail, boundary, gaps));
        }
        let files = self.named(Kind::GetRole, &[self.name, self.arn]);
        let refused: Vec<&Piece> = files
            .into_iter()
            .filter(|piece| piece.answer().is_none())
            .collect();
        if refused.iter().any(|piece| piece.is_absent()) {
            return Fact::Absent;
        }
        match self.in_list() {
            Some(Fact::Present(detail)) => {
                // A list of roles does not tell their boundaries.
                let missing = Missing {
                    subject: self.name,
                    ..self.missing(Kind::GetRole)
                };
                let boundary = fact(&refused, |_| None, &missing, gaps);
                Fact::Present(self.role(detail, boundary, gaps))
            }
            Some(Fact::Absent) => Fact::Absent,
            _ => fact(&refused, |_| None, &self.missing(Kind::GetRole), gaps),
        }
    }

    /// What the list of all roles of the account says.
    fn in_list(&self) -> Option<Fact<&'a RoleDetail>> {
        let files: Vec<&Piece> = self
            .store
            .of(Kind::ListRoles)
            .iter()
            .copied()
            .filter(|piece| piece.account_id.as_deref() == Some(self.account_id))
            .collect();
        let mut roles = files
            .iter()
            .filter_map(|piece| items!(Roles: RoleDetail)(piece.answer()?))
            .flatten();
        if let Some(detail) = roles.find(|detail| detail.arn == self.arn) {
            return Some(Fact::Present(detail));
        }
        let about = self.about(Kind::ListRoles);
        let is_whole =
            listing::state(&files, about, &mut Gaps::default()) == ListingState::Complete;
        is_whole.then_some(Fact::Absent)
    }

    fn role(
        &self,
        detail: &RoleDetail,
        permissions_boundary: Fact<NamedPolicy>,
        gaps: &mut Gaps,
    ) -> Role {
        Role {
            arn: detail.arn.clone(),
            trust_policy: detail
                .trust_policy
                .clone()
                .map_or(Fact::NotRead, Fact::Present),
            inline_policies: self.inline(gaps),
            attached_policies: self.attached(gaps),
            permissions_boundary,
            tags: detail.tags.clone(),
        }
    }

    fn inline(&self, gaps: &mut Gaps) -> Listing<NamedPolicy> {
        let files = self.named(Kind::ListRolePolicies, &[self.name, self.arn]);
        let about = self.about(Kind::ListRolePolicies);
        let names = listing::merge(
            &files,
            about,
            items!(PolicyNames: String),
            |name| name,
            gaps,
        );
        let mut documents: BTreeMap<&str, &Piece> = BTreeMap::new();
        for piece in self.store.of(Kind::GetRolePolicy) {
            if let Some(Answer::RolePolicy { role, name, .. }) = piece.answer()
                && role == self.name
                && piece
                    .account_id
                    .as_deref()
                    .is_none_or(|id| id == self.account_id)
            {
                documents.insert(name, piece);
            }
        }
        let mut items: Vec<NamedPolicy> = names
            .items
            .iter()
            .map(|name| self.inline_policy(name, &documents, gaps))
            .collect();
        let mut state = names.state;
        if !names.is_complete() {
            let others = documents
                .keys()
                .filter(|name| !names.items.iter().any(|known| known == *name));
            let others: Vec<_> = others
                .map(|name| self.inline_policy(name, &documents, gaps))
                .collect();
            if !others.is_empty() {
                items.extend(others);
                state = ListingState::Partial;
            }
        }
        Listing { state, items }
    }

    fn inline_policy(
        &self,
        name: &str,
        documents: &BTreeMap<&str, &Piece>,
        gaps: &mut Gaps,
    ) -> NamedPolicy {
        let subject = format!("{}-{name}", self.name);
        let mut files: Vec<&Piece> = documents.get(name).copied().into_iter().collect();
        let named = self
            .store
            .named(Kind::GetRolePolicy, &[&subject], Some(self.account_id));
        files.extend(named.into_iter().filter(|piece| piece.answer().is_none()));
        let document = |answer: &Answer| match answer {
            Answer::RolePolicy { document, .. } => document.clone(),
            _ => None,
        };
        let missing = Missing {
            subject: &subject,
            ..self.missing(Kind::GetRolePolicy)
        };
        NamedPolicy {
            name: name.to_owned(),
            document: fact(&files, document, &missing, gaps),
        }
    }

    fn attached(&self, gaps: &mut Gaps) -> Listing<NamedPolicy> {
        let files = self.named(Kind::ListAttachedRolePolicies, &[self.name, self.arn]);
        let about = self.about(Kind::ListAttachedRolePolicies);
        let arns = listing::merge(
            &files,
            about,
            items!(AttachedPolicies: String),
            |arn| arn,
            gaps,
        );
        Listing {
            state: arns.state,
            items: arns
                .items
                .iter()
                .map(|arn| self.managed(arn, gaps))
                .collect(),
        }
    }

    /// The default version of a managed policy. Those of AWS are the same in every account.
    fn managed(&self, arn: &str, gaps: &mut Gaps) -> NamedPolicy {
        let (owner, name) = account_and_name(arn).unwrap_or(("", arn));
        let account_id = Some(owner).filter(|id| *id != "aws" && !id.is_empty());
        let default = self.default_version(arn);
        let files = self
            .store
            .named(Kind::GetPolicyVersion, &[name, arn], account_id);
        let document = |answer: &Answer| match answer {
            Answer::PolicyVersion {
                version,
                is_default,
                document,
            } => {
                let is_wanted = match (default, version) {
                    (Some(default), Some(version)) => default == version,
                    _ => *is_default,
                };
                document.clone().filter(|_| is_wanted)
            }
            _ => None,
        };
        let is_gone = self
            .store
            .named(Kind::GetPolicy, &[name, arn], account_id)
            .iter()
            .any(|piece| piece.is_absent());
        let missing = Missing {
            account_id: account_id.or(Some(self.account_id)),
            resource: arn,
            subject: &default
                .map_or_else(|| name.to_owned(), |version| format!("{name}-{version}")),
            ..self.missing(Kind::GetPolicyVersion)
        };
        let document = if is_gone {
            Fact::Absent
        } else {
            fact(&files, document, &missing, gaps)
        };
        NamedPolicy {
            name: arn.to_owned(),
            document,
        }
    }

    fn default_version(&self, policy_arn: &str) -> Option<&'a String> {
        self.store
            .of(Kind::GetPolicy)
            .iter()
            .find_map(|piece| match piece.answer()? {
                Answer::Policy {
                    arn,
                    default_version,
                } if arn == policy_arn => default_version.as_ref(),
                _ => None,
            })
    }

    fn named(&self, kind: Kind, names: &[&str]) -> Vec<&'a Piece> {
        self.store
            .named_or_only(kind, names, Some(self.account_id), self.is_only)
    }

    const fn about(&self, kind: Kind) -> About<'a> {
        About {
            kind,
            account_id: Some(self.account_id),
            region: None,
            resource: Some(self.arn),
            subject: self.name,
        }
    }

    const fn missing(&self, kind: Kind) -> Missing<'a> {
        Missing {
            kind,
            account_id: Some(self.account_id),
            region: None,
            resource: self.arn,
            subject: self.name,
        }
    }
}
