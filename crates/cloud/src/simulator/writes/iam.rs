//! IAM: roles and their inline policies (errors: IAM API reference, of each action; sizes: IAM User Guide, "IAM and
//! STS quotas").

use flowcover_core::inventory::Tags;

use super::World;
use crate::simulator::iam::no_such;
use crate::simulator::policies::{parse_identity_policy, parse_trust_policy};
use crate::{
    CloudError, CreateRole, DeleteRole, DeleteRolePolicy, PutRolePolicy, UpdateAssumeRolePolicy,
};

/// Characters of a trust policy, at most; white space does not count.
const TRUST_SIZE: usize = 2048;
/// Characters of all inline policies of a role together, at most; white space does not count.
const INLINE_SIZE: usize = 10_240;

impl World {
    pub(super) fn call_create_role(
        &mut self,
        account_id: &str,
        call: &CreateRole,
    ) -> Result<(), CloudError> {
        let name = &call.role_name;
        check_name("roleName", name, 64)?;
        check_tags(&call.tags)?;
        check_trust(&call.trust_policy)?;
        // Names of roles differ by more than their case.
        let mut names = self.account_mut(account_id).roles.keys();
        if names.any(|it| it.eq_ignore_ascii_case(name)) {
            let message = format!("role with name {name} already exists");
            return Err(CloudError::answered("EntityAlreadyExists", 409, message));
        }
        let summary = self.get_account_summary(account_id);
        if summary.roles >= summary.roles_quota {
            let message = format!(
                "Cannot exceed quota for RolesPerAccount: {}",
                summary.roles_quota
            );
            return Err(CloudError::answered("LimitExceeded", 409, message));
        }
        self.create_role(account_id, name, &call.trust_policy)?;
        self.role_mut(account_id, name)?.tags = call.tags.clone();
        Ok(())
    }

    pub(super) fn call_update_assume_role_policy(
        &mut self,
        account_id: &str,
        call: &UpdateAssumeRolePolicy,
    ) -> Result<(), CloudError> {
        self.named_role(account_id, &call.role_name)?;
        check_trust(&call.trust_policy)?;
        self.set_role_trust(account_id, &call.role_name, &call.trust_policy)
    }

    pub(super) fn call_put_role_policy(
        &mut self,
        account_id: &str,
        call: &PutRolePolicy,
    ) -> Result<(), CloudError> {
        let role = self.named_role(account_id, &call.role_name)?;
        check_name("policyName", &call.policy_name, 128)?;
        parse_identity_policy(&call.policy)?;
        let others = role
            .inline
            .iter()
            .filter(|(name, _)| *name != call.policy_name);
        let size: usize = others.map(|(_, text)| size(text)).sum();
        if size + self::size(&call.policy) > INLINE_SIZE {
            let message = format!(
                "Maximum policy size of {INLINE_SIZE} bytes exceeded for role {}",
                call.role_name
            );
            return Err(CloudError::answered("LimitExceeded", 409, message));
        }
        self.put_role_policy(account_id, &call.role_name, &call.policy_name, &call.policy)
    }

    pub(super) fn call_delete_role_policy(
        &mut self,
        account_id: &str,
        call: &DeleteRolePolicy,
    ) -> Result<(), CloudError> {
        let role = self.role_mut(account_id, &call.role_name)?;
        let before = role.inline.len();
        role.inline.retain(|(name, _)| *name != call.policy_name);
        if role.inline.len() == before {
            return Err(no_such("role policy", &call.policy_name));
        }
        role.forget_policy(&call.policy_name);
        Ok(())
    }

    pub(super) fn call_delete_role(
        &mut self,
        account_id: &str,
        call: &DeleteRole,
    ) -> Result<(), CloudError> {
        let role = self.named_role(account_id, &call.role_name)?;
        let conflict = if !role.inline.is_empty() {
            "Cannot delete entity, must delete policies first."
        } else if !role.attached.is_empty() {
            "Cannot delete entity, must detach all policies first."
        } else {
            self.delete_role(account_id, &call.role_name);
            return Ok(());
        };
        Err(CloudError::answered("DeleteConflict", 409, conflict))
    }
}

fn check_name(field: &str, name: &str, most: usize) -> Result<(), CloudError> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (1..=most).contains(&name.len()) && name.bytes().all(good) {
        return Ok(());
    }
    let message = format!("value {name} at {field} failed to satisfy constraint");
    Err(CloudError::answered("ValidationError", 400, message))
}

fn check_tags(tags: &Tags) -> Result<(), CloudError> {
    let reserved = tags
        .keys()
        .any(|key| key.to_ascii_lowercase().starts_with("aws:"));
    if reserved || tags.len() > 50 {
        let message = "at most 50 tags are taken, and none whose key begins with aws:";
        return Err(CloudError::answered("InvalidInput", 400, message));
    }
    Ok(())
}

fn check_trust(text: &str) -> Result<(), CloudError> {
    parse_trust_policy(text)?;
    if size(text) > TRUST_SIZE {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}");
        return Err(CloudError::answered("LimitExceeded", 409, message));
    }
    Ok(())
}

fn size(policy: &str) -> usize {
    policy.chars().filter(|it| !it.is_whitespace()).count()
}
