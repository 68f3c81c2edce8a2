//! Roles and managed policies.

mod builders;

use flowcover_core::iam::flow_logs::{Source, trust_allows_flow_logs};
use flowcover_core::iam::{
    AttachedPolicy, Context, PolicyDocument, PolicyKind, Principal, Request, RolePolicies,
};
use flowcover_core::inventory::Tags;
use jiff::{SignedDuration, Timestamp};

use super::World;
use super::policies::parse_policy;
use crate::{AccountSummary, CloudError, Page, RoleDetail};

/// Roles that an account may have, unless it was given more (IAM User Guide, "IAM and STS quotas").
const ROLE_QUOTA: u64 = 1000;

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role {
    arn: String,
    trust_text: String,
    trust: PolicyDocument,
    pub(super) inline: Vec<(String, String)>,
    pub(super) attached: Vec<String>,
    boundary: Option<String>,
    pub(super) tags: Tags,
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
    pub(super) fn role_mut(
        &mut self,
        account_id: &str,
        name: &str,
    ) -> Result<&mut Role, CloudError> {
        let role = self.account_mut(account_id).roles.get_mut(name);
        role.ok_or_else(|| no_such("role", name))
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

    pub(super) fn named_role(&self, account_id: &str, name: &str) -> Result<&Role, CloudError> {
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
            tags: role.tags.clone(),
        })
    }

    /// The roles of an account, and how many it may have.
    pub(super) fn get_account_summary(&self, account_id: &str) -> AccountSummary {
        let account = self.accounts.get(account_id);
        AccountSummary {
            roles: account.map_or(0, |it| it.roles.len() as u64),
            roles_quota: account.and_then(|it| it.role_quota).unwrap_or(ROLE_QUOTA),
        }
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

pub(super) fn no_such(what: &str, name: &str) -> CloudError {
    CloudError::answered(
        "NoSuchEntity",
        404,
        format!("the {what} {name} cannot be found"),
    )
}

impl Role {
    /// Takes an inline policy out of what was parsed.
    pub(super) fn forget_policy(&mut self, name: &str) {
        self.policies.identity.retain(|it| it.name != name);
    }

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
