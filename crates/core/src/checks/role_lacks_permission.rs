//! The role's policies do not grant the log actions on the log group.

use super::evidence::{about_flow_log, each_proof};
use super::{Check, Sink};
use crate::Severity;
use crate::judge::Context;
use crate::judge::delivery::Proof;

/// The check.
pub const CHECK: Check = Check {
    id: "role-lacks-permission",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    each_proof(&CHECK, context, sink, |at, proof| {
        let (actions, decision) = match proof {
            Proof::RoleLacksPermission { actions, decision } => {
                (actions.clone(), decision.as_str())
            }
            _ => (Vec::new(), ""),
        };
        let id = &at.flow_log.flow_log_id;
        let role = at
            .flow_log
            .deliver_logs_permission_arn
            .as_deref()
            .unwrap_or("?");
        let message = format!(
            "flow log {id} delivers nothing: role {role} may not call {} on the log group",
            actions.join(" and ")
        );
        about_flow_log(&CHECK, context, at, message)
            .evidence("Actions", actions)
            .evidence("Decision", decision)
            .fix("grant the log actions on the ARN of the group followed by `:*`; the ARN without it grants nothing", true)
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::Fact;
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let granting = |fact| {
            but(recorded(), |i| {
                i.roles.insert(ROLE.to_owned(), fact);
            })
        };
        // The published recipe: the group's ARN without `:*`.
        let without_star = WRITE_LOGS.replace(&format!(",\"{GROUP}:*\""), "");
        assert_ne!(without_star, WRITE_LOGS);
        let lacking = Fact::Present(role(TRUST, &without_star));
        let mut unread = role(TRUST, WRITE_LOGS);
        unread.inline_policies = crate::inventory::Listing::not_read();
        let cases = [
            recorded(),
            granting(lacking),
            granting(Fact::Present(unread)),
        ];
        let found = three_ways("role-lacks-permission", &Policy::default(), cases);
        assert_eq!(found[0].evidence["Actions"][0], "logs:CreateLogStream");
    }
}
