//! Service control policies: attached to a root, unit or account, and in force below it.

use flowcover_core::iam::{Context, Decision, PolicyDocument, PolicyKind, Principal, Request};

use super::World;
use super::organization::OrganizationTree;
use super::policies::parse_policy;
use super::refusals::denied;
use crate::CloudError;

/// Attached to every root, unit and account when it is made (Organizations User Guide, "SCP evaluation").
pub(super) const FULL_ACCESS_ID: &str = "p-FullAWSAccess";

/// What it says.
pub(super) const FULL_ACCESS: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// A policy as it was given, and parsed once.
#[derive(Clone, Debug)]
pub(super) struct ControlPolicy {
    pub(super) text: String,
    document: PolicyDocument,
}

impl ControlPolicy {
    pub(super) fn parse(text: &str) -> Result<Self, CloudError> {
        let document = parse_policy("MalformedPolicyDocumentException", text)?;
        Ok(Self {
            text: text.to_owned(),
            document,
        })
    }
}

impl World {
    /// Whether a call is allowed: no fault denies it, and no control policy.
    pub(super) fn authorize(
        &mut self,
        account_id: &str,
        region: &str,
        action: &str,
    ) -> Result<(), CloudError> {
        self.faults.authorize(account_id, region, action)?;
        if self.is_controlled(account_id, region, action) {
            let reason = "with an explicit deny in a service control policy";
            return Err(denied(action, reason));
        }
        Ok(())
    }

    /// Whether a control policy forbids a call.
    pub(super) fn is_controlled(&self, account_id: &str, region: &str, action: &str) -> bool {
        self.organization
            .as_ref()
            .is_some_and(|tree| !tree.admits(account_id, region, action))
    }
}

impl OrganizationTree {
    /// Each level from the account to the root must allow, and none may deny. The management account is not restricted.
    fn admits(&self, account_id: &str, region: &str, action: &str) -> bool {
        if !self.holds(account_id) || self.management_account_id == account_id {
            return true;
        }
        let context = Context::new()
            .with("aws:RequestedRegion", region)
            .with("aws:PrincipalAccount", account_id)
            .with("aws:PrincipalOrgID", self.id.as_str());
        let request = Request {
            principal: Principal::Aws {
                account_id: account_id.to_owned(),
                arn: format!("arn:aws:iam::{account_id}:role/flowcover"),
            },
            action: action.to_owned(),
            resource: None,
            context,
        };
        self.path(account_id)
            .all(|target| self.level_admits(target, &request))
    }

    /// The account and everything above it.
    fn path<'a>(&'a self, account_id: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(account_id), |id| self.parent(id))
    }

    fn level_admits(&self, target: &str, request: &Request) -> bool {
        let mut allowed = false;
        for id in self.attached_to(target) {
            let Some(policy) = self.policies.get(id) else {
                continue;
            };
            match policy.document.evaluate(id, PolicyKind::Identity, request) {
                Decision::ExplicitlyDenied { .. } => return false,
                // A condition on something that is not simulated does not hold anybody up.
                Decision::Allowed { .. } | Decision::CannotTell { .. } => allowed = true,
                Decision::ImplicitlyDenied { .. } => {}
            }
        }
        allowed
    }
}
