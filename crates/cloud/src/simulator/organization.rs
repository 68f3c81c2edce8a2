//! The organisation: root, units, members, service control policies, and the answers about them.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::control_policies::{ControlPolicy, FULL_ACCESS, FULL_ACCESS_ID};
use super::refusals::denied;
use crate::{CloudError, MemberAccount, OrganizationInfo, Page, Unit};

/// Units and accounts of an organisation.
#[derive(Clone, Debug)]
pub(super) struct OrganizationTree {
    pub(super) id: String,
    pub(super) management_account_id: String,
    root: Unit,
    units: BTreeMap<String, (Unit, String)>,
    /// Account → root or unit.
    parents: BTreeMap<String, String>,
    pub(super) policies: BTreeMap<String, ControlPolicy>,
    attached: BTreeMap<String, BTreeSet<String>>,
}

impl OrganizationTree {
    pub(super) fn holds(&self, account_id: &str) -> bool {
        self.parents.contains_key(account_id)
    }

    /// The root or unit that holds an account or unit.
    pub(super) fn parent(&self, id: &str) -> Option<&str> {
        self.parents
            .get(id)
            .or_else(|| self.units.get(id).map(|(_, parent)| parent))
            .map(String::as_str)
    }

    /// Ids of the control policies on a root, unit or account: `FullAWSAccess`, and what was attached.
    pub(super) fn attached_to(&self, target: &str) -> impl Iterator<Item = &str> {
        std::iter::once(FULL_ACCESS_ID).chain(
            self.attached
                .get(target)
                .into_iter()
                .flatten()
                .map(String::as_str),
        )
    }
}

impl World {
    /// Makes an organisation of all accounts that exist, below one root. Returns the id of the root.
    pub fn make_organization(&mut self, id: &str, management_account_id: &str) -> String {
        let root_id = "r-a1b2".to_owned();
        let full_access = ControlPolicy::parse(FULL_ACCESS).expect("the text is a policy");
        let parents = self
            .accounts
            .keys()
            .map(|account| (account.clone(), root_id.clone()))
            .collect();
        self.organization = Some(OrganizationTree {
            id: id.to_owned(),
            management_account_id: management_account_id.to_owned(),
            root: Unit {
                id: root_id.clone(),
                name: "Root".to_owned(),
            },
            units: BTreeMap::new(),
            parents,
            policies: BTreeMap::from([(FULL_ACCESS_ID.to_owned(), full_access)]),
            attached: BTreeMap::new(),
        });
        root_id
    }

    fn tree_mut(&mut self) -> &mut OrganizationTree {
        self.organization
            .as_mut()
            .expect("builders of units come after make_organization")
    }

    /// Makes a unit below a root or unit, and moves accounts into it. Returns its id.
    pub fn add_unit(&mut self, parent_id: &str, name: &str, accounts: &[&str]) -> String {
        let tree = self.tree_mut();
        let id = format!("ou-a1b2-{:08}", tree.units.len() + 1);
        let unit = Unit {
            id: id.clone(),
            name: name.to_owned(),
        };
        tree.units.insert(id.clone(), (unit, parent_id.to_owned()));
        for &account in accounts {
            tree.parents.insert(account.to_owned(), id.clone());
        }
        id
    }

    /// Attaches a service control policy to a root, unit or account: it is told, and restricts every account below but
    /// the management account. Returns its id.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocumentException` if the document is no policy.
    pub fn attach_control_policy(
        &mut self,
        target_id: &str,
        document: &str,
    ) -> Result<String, CloudError> {
        let policy = ControlPolicy::parse(document)?;
        let tree = self.tree_mut();
        let id = format!("p-{:08}", tree.policies.len());
        tree.policies.insert(id.clone(), policy);
        tree.attached
            .entry(target_id.to_owned())
            .or_default()
            .insert(id.clone());
        Ok(id)
    }

    fn member(&self, account_id: &str) -> MemberAccount {
        let account = self.accounts.get(account_id);
        MemberAccount {
            account_id: account_id.to_owned(),
            name: account.map(|account| account.name.clone()),
            status: account.map_or_else(String::new, |account| account.status.clone()),
        }
    }

    /// The organisation, for its management account alone.
    fn organization_for(
        &self,
        account_id: &str,
        action: &str,
    ) -> Result<&OrganizationTree, CloudError> {
        let tree = self.tree_of(account_id)?;
        if tree.management_account_id == account_id {
            Ok(tree)
        } else {
            Err(denied(action, "it is for the management account"))
        }
    }

    fn tree_of(&self, account_id: &str) -> Result<&OrganizationTree, CloudError> {
        self.organization
            .as_ref()
            .filter(|tree| tree.holds(account_id))
            .ok_or_else(|| {
                CloudError::answered(
                    "AWSOrganizationsNotInUseException",
                    400,
                    "your account is not a member of an organization",
                )
            })
    }

    pub(super) fn describe_organization(
        &self,
        account_id: &str,
    ) -> Result<OrganizationInfo, CloudError> {
        let tree = self.tree_of(account_id)?;
        Ok(OrganizationInfo {
            id: tree.id.clone(),
            management_account_id: tree.management_account_id.clone(),
        })
    }

    pub(super) fn list_accounts(
        &self,
        account_id: &str,
        token: Option<&str>,
    ) -> Result<Page<MemberAccount>, CloudError> {
        let action = "organizations:ListAccounts";
        let tree = self.organization_for(account_id, action)?;
        let members = tree.parents.keys().map(|id| self.member(id));
        self.paging.page(action, members, token)
    }

    pub(super) fn list_roots(
        &self,
        account_id: &str,
        token: Option<&str>,
    ) -> Result<Page<Unit>, CloudError> {
        let action = "organizations:ListRoots";
        let tree = self.organization_for(account_id, action)?;
        self.paging.page(action, [tree.root.clone()], token)
    }

    pub(super) fn list_units(
        &self,
        account_id: &str,
        parent_id: &str,
        token: Option<&str>,
    ) -> Result<Page<Unit>, CloudError> {
        let action = "organizations:ListOrganizationalUnitsForParent";
        let tree = self.organization_for(account_id, action)?;
        tree.check_parent(parent_id)?;
        let units = tree
            .units
            .values()
            .filter(|(_, parent)| parent == parent_id)
            .map(|(unit, _)| unit.clone());
        self.paging.page(action, units, token)
    }

    pub(super) fn list_accounts_for_parent(
        &self,
        account_id: &str,
        parent_id: &str,
        token: Option<&str>,
    ) -> Result<Page<MemberAccount>, CloudError> {
        let action = "organizations:ListAccountsForParent";
        let tree = self.organization_for(account_id, action)?;
        tree.check_parent(parent_id)?;
        let members = tree
            .parents
            .iter()
            .filter(|(_, parent)| *parent == parent_id)
            .map(|(id, _)| self.member(id));
        self.paging.page(action, members, token)
    }

    pub(super) fn list_policies_for_target(
        &self,
        account_id: &str,
        target_id: &str,
        token: Option<&str>,
    ) -> Result<Page<String>, CloudError> {
        let action = "organizations:ListPoliciesForTarget";
        let tree = self.organization_for(account_id, action)?;
        if !tree.holds(target_id) && tree.check_parent(target_id).is_err() {
            return Err(CloudError::answered(
                "TargetNotFoundException",
                400,
                format!("no such target: {target_id}"),
            ));
        }
        let ids = tree.attached_to(target_id).map(str::to_owned);
        self.paging.page(action, ids, token)
    }

    pub(super) fn describe_policy(
        &self,
        account_id: &str,
        policy_id: &str,
    ) -> Result<String, CloudError> {
        let tree = self.organization_for(account_id, "organizations:DescribePolicy")?;
        let policy = tree.policies.get(policy_id);
        policy.map(|policy| policy.text.clone()).ok_or_else(|| {
            CloudError::answered(
                "PolicyNotFoundException",
                400,
                format!("no such policy: {policy_id}"),
            )
        })
    }
}

impl OrganizationTree {
    fn check_parent(&self, id: &str) -> Result<(), CloudError> {
        if self.root.id == id || self.units.contains_key(id) {
            return Ok(());
        }
        Err(CloudError::answered(
            "ParentNotFoundException",
            400,
            format!("no such root or unit: {id}"),
        ))
    }
}
