//! The trust policy does not let the flow-logs service assume the role, or there is no such role.

use super::evidence::{about_flow_log, each_proof};
use super::{Check, Sink};
use crate::Severity;
use crate::iam::flow_logs::FLOW_LOGS_SERVICE;
use crate::judge::Context;
use crate::judge::delivery::Proof;

/// The check.
pub const CHECK: Check = Check {
    id: "role-not-assumable",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    each_proof(&CHECK, context, sink, |at, proof| {
        let id = &at.flow_log.flow_log_id;
        let role = at
            .flow_log
            .deliver_logs_permission_arn
            .as_deref()
            .unwrap_or("?");
        match proof {
            Proof::RoleNotAssumable { decision, trusted } => {
                let instead = match trusted.as_slice() {
                    [] => String::new(),
                    services => format!("; it trusts {}", services.join(", ")),
                };
                let message = format!(
                    "flow log {id} delivers nothing: role {role} does not let {FLOW_LOGS_SERVICE} assume it{instead}"
                );
                about_flow_log(&CHECK, context, at, message)
                    .evidence("AssumeRolePolicyDocument", decision.as_str())
                    .evidence("Principal.Service", trusted.clone())
                    .fix(format!("add a statement to the trust policy that lets {FLOW_LOGS_SERVICE} assume the role for this account"), true)
            }
            _ => about_flow_log(
                &CHECK,
                context,
                at,
                format!("flow log {id} delivers nothing: role {role} does not exist"),
            )
            .evidence("GetRole", "NoSuchEntity")
            .fix(
                "make the role again under the same name, with trust and permissions",
                true,
            ),
        }
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
        let trusting = |fact| {
            but(recorded(), |i| {
                i.roles.insert(ROLE.to_owned(), fact);
            })
        };
        let wrong = Fact::Present(role(WRONG_TRUST, WRITE_LOGS));
        let cases = [recorded(), trusting(wrong), trusting(Fact::NotRead)];
        let found = three_ways("role-not-assumable", &Policy::default(), cases);
        assert_eq!(
            found[0].evidence["Principal.Service"][0],
            "ec2.amazonaws.com"
        );
        assert!(
            found[0].message.contains("ec2.amazonaws.com"),
            "{}",
            found[0].message
        );
    }

    #[test]
    fn role_that_is_gone() {
        let gone = but(recorded(), |i| {
            i.roles.insert(ROLE.to_owned(), Fact::Absent);
        });
        let found = findings(&cis(&gone), "role-not-assumable");
        assert!(found[0].message.ends_with("does not exist"));
    }
}
