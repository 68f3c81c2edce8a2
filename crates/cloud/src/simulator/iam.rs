//! Roles and managed policies.

use flowcover_core::iam::flow_logs::{Source, trust_allows_flow_logs};
use flowcover_core::iam::{
    AttachedPolicy, Context, PolicyDocument, PolicyKind, Principal, Request, RolePolicies,
};
use flowcover_core::inventory::Tags;
use jiff::{SignedDuration, Timestamp};

use super::World;
use super::policies::parse_policy;
use crate::{CloudError, Page, RoleDetail};

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role {
    arn: String,
    trust_text: String,
    trust: PolicyDocument,
    inline: Vec<(String, String)>,
    attached: Vec<String>,
    boundary: Option<String>,
    /// The same policies, parsed once.
    policies: RolePolicies,
    created_at: Timestamp,
}

/// A managed policy, of AWS or of a customer.
#[derive(Clone, Debug)]
pub(super) struct ManagedPolicy {
    text: String,
}

impl World {
    /// Makes a role. Returns its ARN.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocument` if the trust policy is no policy.
    pub fn create_role(
        &mut self,
        account_id: &str,
        name: &str,
        trust_policy: &str,
    ) -> Result<String, CloudError> {
        let trust = parse(trust_policy)?;
        let arn = format!("arn:aws:iam::{account_id}:role/{name}");
        let role = Role {
            arn: arn.clone(),
            trust_text: trust_policy.to_owned(),
            trust,
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: None,
            policies: RolePolicies::default(),
            created_at: self.now,
        };
        self.account_mut(account_id)
            .roles
            .insert(name.to_owned(), role);
        Ok(arn)
    }

    /// Deletes a role.
    pub fn delete_role(&mut self, account_id: &str, name: &str) {
        self.account_mut(account_id).roles.remove(name);
    }

    /// Changes the trust policy of a role.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocument` if it is no policy, `NoSuchEntity` if there is no such role. Nothing is changed.
    pub fn set_role_trust(
        &mut self,
        account_id: &str,
        name: &str,
        trust_policy: &str,
    ) -> Result<(), CloudError> {
        let trust = parse(trust_policy)?;
        let role = self.role_mut(account_id, name)?;
        trust_policy.clone_into(&mut role.trust_text);
        role.trust = trust;
        Ok(())
    }

    /// Puts an inline policy on a role.
    ///
    /// # Errors
    ///
    /// As [`World::set_role_trust`].
    pub fn put_role_policy(
        &mut self,
        account_id: &str,
        role: &str,
        policy: &str,
        document: &str,
    ) -> Result<(), CloudError> {
        parse(document)?;
        let role = self.role_mut(account_id, role)?;
        role.inline.retain(|(name, _)| name != policy);
        role.inline.push((policy.to_owned(), document.to_owned()));
        role.policies.identity.retain(|it| it.name != policy);
        role.policies
            .identity
            .push(AttachedPolicy::parse(policy, document));
        Ok(())
    }

    /// Makes a managed policy; its ARN says whose it is.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocument` if the document is no policy.
    pub fn create_managed_policy(
        &mut self,
        policy_arn: &str,
        document: &str,
    ) -> Result<(), CloudError> {
        parse(document)?;
        let text = document.to_owned();
        self.managed_policies
            .insert(policy_arn.to_owned(), ManagedPolicy { text });
        Ok(())
    }

    fn role_mut(&mut self, account_id: &str, name: &str) -> Result<&mut Role, CloudError> {
        let role = self.account_mut(account_id).roles.get_mut(name);
        role.ok_or_else(|| no_such("role", name))
    }

    /// Attaches a managed policy that exists to a role.
    pub fn attach_role_policy(&mut self, account_id: &str, role: &str, policy_arn: &str) {
        let Some(policy) = self.managed(policy_arn) else {
            return;
        };
        if let Some(role) = self.account_mut(account_id).roles.get_mut(role) {
            role.attached.push(policy_arn.to_owned());
            role.policies.identity.push(policy);
        }
    }

    /// Bounds a role by a managed policy that exists.
    pub fn set_permissions_boundary(&mut self, account_id: &str, role: &str, policy_arn: &str) {
        let policy = self.managed(policy_arn);
        if let Some(role) = self.account_mut(account_id).roles.get_mut(role) {
            role.boundary = Some(policy_arn.to_owned());
            role.policies.boundary = policy;
        }
    }

    fn managed(&self, policy_arn: &str) -> Option<AttachedPolicy> {
        let policy = self.managed_policies.get(policy_arn)?;
        Some(AttachedPolicy::parse(policy_arn, &policy.text))
    }

    /// The role with that ARN.
    pub(super) fn role(&self, arn: &str) -> Option<&Role> {
        let account_id = arn.split(':').nth(4)?;
        let name = arn.rsplit('/').next()?;
        self.accounts
            .get(account_id)?
            .roles
            .get(name)
            .filter(|role| role.arn == arn)
    }

    /// Whether a role has not spread to every region yet.
    pub(super) fn is_fresh(&self, role: &Role) -> bool {
        self.now < role.created_at + SignedDuration::from_secs(self.role_propagation_seconds)
    }

    fn named_role(&self, account_id: &str, name: &str) -> Result<&Role, CloudError> {
        self.accounts
            .get(account_id)
            .and_then(|account| account.roles.get(name))
            .ok_or_else(|| no_such("role", name))
    }

    pub(super) fn get_role(&self, account_id: &str, name: &str) -> Result<RoleDetail, CloudError> {
        let role = self.named_role(account_id, name)?;
        Ok(RoleDetail {
            arn: role.arn.clone(),
            trust_policy: Some(role.trust_text.clone()),
            permissions_boundary_arn: role.boundary.clone(),
            tags: Tags::new(),
        })
    }

    pub(super) fn list_role_policies(
        &self,
        account_id: &str,
        name: &str,
        token: Option<&str>,
    ) -> Result<Page<String>, CloudError> {
        let role = self.named_role(account_id, name)?;
        let names = role.inline.iter().map(|(name, _)| name.clone());
        self.paging.page("iam:ListRolePolicies", names, token)
    }

    pub(super) fn get_role_policy(
        &self,
        account_id: &str,
        name: &str,
        policy: &str,
    ) -> Result<String, CloudError> {
        let role = self.named_role(account_id, name)?;
        role.inline
            .iter()
            .find(|(name, _)| name == policy)
            .map(|(_, text)| text.clone())
            .ok_or_else(|| no_such("role policy", policy))
    }

    pub(super) fn list_attached_role_policies(
        &self,
        account_id: &str,
        name: &str,
        token: Option<&str>,
    ) -> Result<Page<String>, CloudError> {
        let role = self.named_role(account_id, name)?;
        let arns = role.attached.iter().cloned();
        self.paging
            .page("iam:ListAttachedRolePolicies", arns, token)
    }

    /// The id of the default version: versions are not simulated, so the first.
    pub(super) fn get_policy(&self, policy_arn: &str) -> Result<String, CloudError> {
        self.get_policy_version(policy_arn, "v1")
            .map(|_| "v1".to_owned())
    }

    pub(super) fn get_policy_version(
        &self,
        policy_arn: &str,
        version_id: &str,
    ) -> Result<String, CloudError> {
        self.managed_policies
            .get(policy_arn)
            .filter(|_| version_id == "v1")
            .map(|policy| policy.text.clone())
            .ok_or_else(|| no_such("policy", policy_arn))
    }
}

fn parse(document: &str) -> Result<PolicyDocument, CloudError> {
    parse_policy("MalformedPolicyDocument", document)
}

fn no_such(what: &str, name: &str) -> CloudError {
    CloudError::answered(
        "NoSuchEntity",
        404,
        format!("the {what} {name} cannot be found"),
    )
}

impl Role {
    pub(super) fn policies(&self) -> &RolePolicies {
        &self.policies
    }

    /// Whether the flow-logs service may assume it for that flow log.
    pub(super) fn admits_flow_logs(&self, source: &Source) -> bool {
        trust_allows_flow_logs(&self.trust, source).is_allowed()
    }

    /// Whether a principal of an account may assume it.
    pub(super) fn admits(&self, account_id: &str, arn: &str, external_id: Option<&str>) -> bool {
        let context = Context::new()
            .with("aws:PrincipalAccount", account_id)
            .with("aws:PrincipalArn", arn);
        let context = match external_id {
            Some(id) => context.with("sts:ExternalId", id),
            None => context.without("sts:ExternalId"),
        };
        let request = Request {
            principal: Principal::Aws {
                account_id: account_id.to_owned(),
                arn: arn.to_owned(),
            },
            action: "sts:AssumeRole".to_owned(),
            resource: None,
            context,
        };
        self.trust
            .evaluate("trust policy", PolicyKind::Trust, &request)
            .is_allowed()
    }
}
