//! Nothing stops a principal of the account from deleting its flow logs.

use std::collections::BTreeSet;

use super::{Check, Sink};
use crate::Severity;
use crate::finding::Resource;
use crate::iam::{
    Context as Keys, Decision, Effect, PolicyDocument, PolicyKind, Principal, Request, Scope,
    Statement, Text,
};
use crate::inventory::{Account, Fact, NamedPolicy};
use crate::judge::Context;
use crate::judge::context::JudgedVpc;

/// The check.
pub const CHECK: Check = Check {
    id: "not-protected",
    severity: Severity::Info,
    decides: false,
    run,
};

/// Source identifier of the AWS Config managed rule that reports VPCs without flow logs.
const CONFIG_RULE: &str = "VPC_FLOW_LOGS_ENABLED";

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let with_flow_logs: BTreeSet<&str> = context
        .index
        .flow_logs
        .iter()
        .map(|at| context.index.region_of(at).region.account_id.as_str())
        .collect();
    for account_id in with_flow_logs {
        let Some(account) = context.index.account(account_id) else {
            continue;
        };
        let Some(protection) = &account.protection else {
            continue;
        };
        let (Some(policies), Some(rules)) = (
            listed(&protection.service_control_policies),
            listed(&protection.config_rules),
        ) else {
            continue;
        };
        let watched = rules.iter().any(|rule| rule.contains(CONFIG_RULE));
        // Service control policies do not bind the management account.
        let guarded =
            !account.is_management && policies.iter().any(|policy| may_deny(account, policy));
        if !watched && !guarded {
            report(context, sink, account, policies, rules);
        }
    }
}

/// The items; none where they were not read.
fn listed<T>(fact: &Fact<Vec<T>>) -> Option<&[T]> {
    match fact {
        Fact::Present(items) => Some(items),
        Fact::Absent => Some(&[]),
        Fact::NotRead => None,
    }
}

/// Whether the policy denies deletion to anybody of the account, or was not read and may.
fn may_deny(account: &Account, policy: &NamedPolicy) -> bool {
    let Some(Ok(mut document)) = policy
        .document
        .present()
        .map(|text| PolicyDocument::parse(text))
    else {
        return true;
    };
    // With everything allowed, only a denial can make the answer other than yes.
    document.statements.push(everything_allowed());
    let request = Request {
        principal: Principal::Aws {
            account_id: account.account_id.clone(),
            arn: format!("arn:aws:iam::{}:role/anybody", account.account_id),
        },
        action: "ec2:DeleteFlowLogs".to_owned(),
        resource: Some(Text::StartsWith("arn:".to_owned())),
        context: Keys::new(),
    };
    let decision = document.evaluate(&policy.name, PolicyKind::Identity, &request);
    !matches!(decision, Decision::Allowed { .. })
}

fn everything_allowed() -> Statement {
    let all = || Scope::Only(vec!["*".to_owned()]);
    Statement {
        index: 0,
        sid: None,
        effect: Effect::Allow,
        principal: None,
        actions: all(),
        resources: Some(all()),
        conditions: Vec::new(),
        unknown: std::collections::BTreeMap::new(),
    }
}

/// The VPCs of an account, which stand together in the context.
fn vpcs_of(context: &Context<'_>, account_id: &str) -> Vec<usize> {
    let account_of = |vpc: &JudgedVpc<'_>| context.region(vpc.region).region.account_id.as_str();
    let vpcs = &context.vpcs;
    let first = vpcs.partition_point(|vpc| account_of(vpc) < account_id);
    let end = vpcs.partition_point(|vpc| account_of(vpc) <= account_id);
    (first..end).collect()
}

fn report(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    account: &Account,
    policies: &[NamedPolicy],
    rules: &[String],
) {
    let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    let resource = Resource {
        account_id: Some(account.account_id.clone()),
        region: None,
        kind: "AWS::Organizations::Account".to_owned(),
        id: account.account_id.clone(),
    };
    let message = format!(
        "nothing stops a principal of account {} from deleting its flow logs, and no Config rule would tell",
        account.account_id
    );
    let draft = CHECK
        .finds(resource, message)
        .evidence("ServiceControlPolicies", names)
        .evidence("ConfigRules", rules.to_vec())
        .fix(
            "deny ec2:DeleteFlowLogs in a service control policy to all but those who may",
            false,
        )
        .shared_by(vpcs_of(context, &account.account_id));
    sink.on_report(draft);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{Fact, Inventory, NamedPolicy, Protection};
    use crate::policy::Policy;

    const FULL: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    const DENY: &str =
        r#"{"Statement":[{"Effect":"Deny","Action":"ec2:DeleteFlowLogs","Resource":"*"}]}"#;
    const DENY_BUT_ADMIN: &str = r#"{"Statement":[{"Effect":"Deny","Action":["ec2:Delete*"],"Resource":"*",
        "Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Network"}}}]}"#;

    fn guarded(documents: Option<&[&str]>, rules: &[&str]) -> Inventory {
        but(recorded(), |i| {
            let policies = documents.map(|documents| {
                let named = |text: &&str| NamedPolicy {
                    name: "p-1".to_owned(),
                    document: Fact::Present((*text).to_owned()),
                };
                documents.iter().map(named).collect()
            });
            i.accounts[0].protection = Some(Protection {
                service_control_policies: policies.map_or(Fact::NotRead, Fact::Present),
                service_control_levels: Vec::new(),
                config_rules: Fact::Present(rules.iter().map(|rule| (*rule).to_owned()).collect()),
            });
        })
    }

    #[test]
    fn three_ways_to_look() {
        for good in [DENY, DENY_BUT_ADMIN] {
            let cases = [
                guarded(Some(&[FULL, good]), &[]),
                guarded(Some(&[FULL]), &[]),
                guarded(None, &[]),
            ];
            three_ways("not-protected", &Policy::default(), cases);
        }
    }

    #[test]
    fn config_rule_watches() {
        let watched = guarded(Some(&[FULL]), &["eu-west-1 VPC_FLOW_LOGS_ENABLED"]);
        assert_eq!(findings(&cis(&watched), "not-protected"), []);
    }

    #[test]
    fn management_account_is_not_bound() {
        let management = but(guarded(Some(&[DENY]), &[]), |i| {
            i.accounts[0].is_management = true
        });
        assert_eq!(findings(&cis(&management), "not-protected").len(), 1);
    }
}
