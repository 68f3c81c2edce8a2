//! The role grants far more than delivery needs, or trusts the service on behalf of anybody.

use super::evidence::{Dependents, dependents};
use super::{Check, Sink, resource};
use crate::Severity;
use crate::iam::PolicyDocument;
use crate::iam::flow_logs::{Breadth, BroadGrant, breadth, trust_without_source_conditions};
use crate::inventory::{Depth, Fact, Role};
use crate::judge::Context;
use crate::judge::delivery::role_policies;

/// The check.
pub const CHECK: Check = Check {
    id: "role-too-broad",
    severity: Severity::Medium,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    if context.inventory().depth == Depth::Delivery {
        return;
    }
    let by_role = dependents(context, |at| {
        at.flow_log.deliver_logs_permission_arn.as_deref()
    });
    for (&arn, dependents) in &by_role {
        if let Some(Fact::Present(role)) = context.inventory().roles.get(arn) {
            grants(context, sink, role, dependents);
            trust(sink, role, dependents);
        }
    }
}

fn grants(context: &Context<'_>, sink: &mut Sink<'_>, role: &Role, dependents: &Dependents<'_>) {
    let broad = breadth(&role_policies(&context.index, role));
    let Some(worst) = broad.iter().map(|grant| grant.breadth).min() else {
        return;
    };
    let severity = match worst {
        Breadth::EveryLogGroup => Severity::Low,
        Breadth::EveryAction | Breadth::OtherService | Breadth::SensitiveLogAction => {
            Severity::Medium
        }
    };
    let what = match worst {
        Breadth::EveryAction => "every action",
        Breadth::OtherService => "actions of services other than CloudWatch Logs",
        Breadth::SensitiveLogAction => "log actions that read, delete or redirect records",
        Breadth::EveryLogGroup => "writing to every log group",
    };
    let shown = |grant: &BroadGrant| format!("{}: {}", grant.statement, grant.pattern);
    let draft = CHECK
        .finds(
            resource::by_arn("AWS::IAM::Role", &role.arn),
            format!("role {} grants {what}", role.arn),
        )
        .severity(severity)
        .evidence("Statements", broad.iter().map(shown).collect::<Vec<_>>())
        .told_apart_by("grants")
        .fix(
            "grant only the five log actions, on the log groups of flow logs",
            false,
        );
    sink.on_report(dependents.add_to(draft));
}

fn trust(sink: &mut Sink<'_>, role: &Role, dependents: &Dependents<'_>) {
    let Some(Ok(document)) = role
        .trust_policy
        .present()
        .map(|text| PolicyDocument::parse(text))
    else {
        return;
    };
    if !trust_without_source_conditions(&document) {
        return;
    }
    let message = format!(
        "role {} trusts the flow-logs service without a condition on the source account (confused deputy)",
        role.arn
    );
    let draft = CHECK
        .finds(resource::by_arn("AWS::IAM::Role", &role.arn), message)
        .evidence(
            "AssumeRolePolicyDocument.Condition",
            "neither aws:SourceAccount nor aws:SourceArn",
        )
        .told_apart_by("trust")
        .fix(
            "add the conditions aws:SourceAccount and aws:SourceArn to the trust policy",
            false,
        );
    sink.on_report(dependents.add_to(draft));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::{Fact, Inventory};
    use crate::policy::Policy;

    fn with_role(trust: &str, permissions: &str) -> Inventory {
        but(recorded(), |i| {
            i.roles
                .insert(ROLE.to_owned(), Fact::Present(role(trust, permissions)));
        })
    }

    const EVERYTHING: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

    #[test]
    fn three_ways_to_look() {
        let unread = but(recorded(), |i| i.roles.clear());
        let cases = [recorded(), with_role(TRUST, EVERYTHING), unread];
        let found = three_ways("role-too-broad", &Policy::default(), cases);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Medium));
        assert_eq!(found[0].evidence["Affected"][0], "vpc-1");
    }

    #[test]
    fn trust_on_behalf_of_anybody() {
        let open = TRUST.replace(
            ",\n    \"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"111111111111\"}}",
            "",
        );
        assert_ne!(open, TRUST);
        let found = findings(&cis(&with_role(&open, WRITE_LOGS)), "role-too-broad");
        assert!(found[0].message.contains("confused deputy"));
    }

    #[test]
    fn once_for_all_vpcs() {
        let many = but(with_role(TRUST, EVERYTHING), |i| {
            for number in 2..50 {
                i.regions[0].vpcs.items.push(vpc(&format!("vpc-{number}")));
                let log = flow_log(&format!("fl-{number}"), &format!("vpc-{number}"));
                i.regions[0].flow_logs.items.push(log);
            }
        });
        let found = findings(&cis(&many), "role-too-broad");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].evidence["AffectedCount"], 49);
        assert_eq!(found[0].evidence["Affected"].as_array().unwrap().len(), 20);
    }
}
