//! What the policy simulator of IAM says of a principal's calls.

use super::World;
use super::iam::no_such;
use crate::{CloudError, Page, SimulatePrincipalPolicy, SimulatedDecision};

impl World {
    /// Says of each action what a call of it would meet: denials that a fault plays, and service control policies.
    /// Those are about actions, not about resources. The region of the simulation is that of the call.
    pub(super) fn simulate_principal_policy(
        &self,
        account_id: &str,
        region: &str,
        request: &SimulatePrincipalPolicy,
    ) -> Result<Page<SimulatedDecision>, CloudError> {
        self.check_principal(account_id, &request.principal_arn)?;
        let every = ["*".to_owned()];
        let resources = match request.resource_arns.as_slice() {
            [] => every.as_slice(),
            arns => arns,
        };
        let pairs = request
            .actions
            .iter()
            .flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        let decisions = pairs.map(|(action, resource)| SimulatedDecision {
            action: action.clone(),
            resource: resource.clone(),
            allowed: !self.faults.denies(account_id, region, action)
                && !self.is_controlled(account_id, region, action),
            lacks_context: false,
        });
        let token = request.next_token.as_deref();
        self.paging
            .page("iam:SimulatePrincipalPolicy", decisions, token)
    }

    /// A role that exists, or a user, of the account: of users, nothing more is simulated.
    fn check_principal(&self, account_id: &str, arn: &str) -> Result<(), CloudError> {
        let mut fields = arn.splitn(6, ':').skip(2);
        let (service, _) = (fields.next(), fields.next());
        let (owner, principal) = (fields.next(), fields.next().unwrap_or_default());
        let (kind, name) = principal.split_once('/').unwrap_or((principal, ""));
        if service != Some("iam") || !matches!(kind, "user" | "role") {
            let message =
                format!("invalid entity ARN: {arn} does not clearly define entity type and name");
            return Err(CloudError::answered("InvalidInput", 400, message));
        }
        let name = name.rsplit('/').next().unwrap_or(name);
        if owner != Some(account_id) {
            return Err(no_such(kind, name));
        }
        if kind == "role" {
            self.named_role(account_id, name)?;
        }
        Ok(())
    }
}
