//! Roles and managed policies put into a world, whatever IAM would say.

use flowcover_core::iam::{AttachedPolicy, RolePolicies};
use flowcover_core::inventory::Tags;

use super::{ManagedPolicy, Role, parse};
use crate::CloudError;
use crate::simulator::World;

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
            tags: Tags::new(),
            policies: RolePolicies::default(),
            created_at: self.now,
        };
        self.account_mut(account_id)
            .roles
            .insert(name.to_owned(), role);
        Ok(arn)
    }

    /// Sets how many roles an account may have; those that it has stay.
    pub fn set_role_quota(&mut self, account_id: &str, most: u64) {
        self.account_mut(account_id).role_quota = Some(most);
    }

    /// Tags a role that exists.
    pub fn tag_role(&mut self, account_id: &str, name: &str, key: &str, value: &str) {
        if let Ok(role) = self.role_mut(account_id, name) {
            role.tags.insert(key.to_owned(), value.to_owned());
        }
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
}
