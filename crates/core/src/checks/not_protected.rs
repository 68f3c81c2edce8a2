//! Nothing stops a principal of the account from deleting its flow logs.

use std::collections::{BTreeMap, BTreeSet};

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
    let mut with_flow_logs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for region in &context.index.regions {
        if !region.flow_logs.is_empty() {
            let account_id = region.region.account_id.as_str();
            let regions = with_flow_logs.entry(account_id).or_default();
            regions.insert(&region.region.region);
        }
    }
    for (account_id, mut regions) in with_flow_logs {
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
        if rules.iter().any(|rule| rule.contains(CONFIG_RULE)) {
            continue;
        }
        // Service control policies do not bind the management account.
        if !account.is_management {
            let partition = &context.inventory().partition;
            let guards: Vec<Guard> = policies.iter().map(Guard::new).collect();
            regions.retain(|region| {
                let request = request(partition, account_id, region);
                !guards.iter().any(|guard| guard.may_deny(&request))
            });
        }
        if !regions.is_empty() {
            report(context, sink, account, &regions, policies, rules);
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

/// A service control policy, asked whether it keeps anybody from deleting flow logs.
struct Guard<'p> {
    name: &'p str,
    /// None where it was not read or cannot be understood.
    document: Option<PolicyDocument>,
}

impl<'p> Guard<'p> {
    fn new(policy: &'p NamedPolicy) -> Self {
        let text = policy.document.present();
        let mut document = text.and_then(|text| PolicyDocument::parse(text).ok());
        if let Some(document) = &mut document {
            // With everything allowed, only a denial can make the answer other than yes.
            document.statements.push(everything_allowed());
        }
        Self {
            name: &policy.name,
            document,
        }
    }

    /// Whether it denies the request, or may.
    fn may_deny(&self, request: &Request) -> bool {
        self.document.as_ref().is_none_or(|document| {
            let decision = document.evaluate(self.name, PolicyKind::Identity, request);
            !matches!(decision, Decision::Allowed { .. })
        })
    }
}

/// What a role that no policy names would ask to delete a flow log there. A policy that closes other
/// regions, or binds the root user alone, does not stop it.
fn request(partition: &str, account_id: &str, region: &str) -> Request {
    let arn = format!("arn:{partition}:iam::{account_id}:role/flowcover-asks-for-anybody");
    let flow_logs = format!("arn:{partition}:ec2:{region}:{account_id}:vpc-flow-log/fl-");
    Request {
        action: "ec2:DeleteFlowLogs".to_owned(),
        resource: Some(Text::StartsWith(flow_logs)),
        context: Keys::new()
            .with("aws:RequestedRegion", region)
            .with("ec2:Region", region)
            .with("aws:PrincipalAccount", account_id)
            .with("aws:PrincipalArn", arn.as_str())
            .with("aws:PrincipalIsAWSService", "false"),
        principal: Principal::Aws {
            account_id: account_id.to_owned(),
            arn,
        },
    }
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

/// The VPCs of an account in some regions. Those of an account stand together in the context.
fn vpcs_of(context: &Context<'_>, account_id: &str, regions: &BTreeSet<&str>) -> Vec<usize> {
    let account_of = |vpc: &JudgedVpc<'_>| context.region(vpc.region).region.account_id.as_str();
    let vpcs = &context.vpcs;
    let first = vpcs.partition_point(|vpc| account_of(vpc) < account_id);
    let end = vpcs.partition_point(|vpc| account_of(vpc) <= account_id);
    let there = |place: &usize| {
        let region = context.region(vpcs[*place].region).region;
        regions.contains(region.region.as_str())
    };
    (first..end).filter(there).collect()
}

fn report(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    account: &Account,
    regions: &BTreeSet<&str>,
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
        .evidence("Regions", regions.iter().copied().collect::<Vec<_>>())
        .evidence("ServiceControlPolicies", names)
        .evidence("ConfigRules", rules.to_vec())
        .fix(
            "deny ec2:DeleteFlowLogs in a service control policy to all but those who may",
            false,
        )
        .shared_by(vpcs_of(context, &account.account_id, regions));
    sink.on_report(draft);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{Fact, Inventory, NamedPolicy, Protection, Region};
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

    #[track_caller]
    fn check(documents: &[&str], unguarded: &[&str]) {
        let inventory = but(guarded(Some(documents), &[]), |i| {
            let other = Region {
                region: "us-east-1".to_owned(),
                ..i.regions[0].clone()
            };
            i.regions.push(other);
        });
        let found = findings(&cis(&inventory), "not-protected");
        let regions = found.iter().map(|finding| &finding.evidence["Regions"]);
        let expected = (!unguarded.is_empty()).then(|| serde_json::json!(unguarded));
        assert_eq!(
            regions.collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn policies_about_something_else_protect_nothing() {
        const REGIONS: &str = r#"{"Statement":[{"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*",
            "Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}}]}"#;
        const ROOT: &str = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*",
            "Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}}]}"#;
        let both = ["eu-west-1", "us-east-1"];
        check(&[FULL], &both);
        check(&[FULL, REGIONS], &both);
        check(&[FULL, ROOT], &both);
        check(&[FULL, REGIONS, DENY], &[]);
        check(
            &[FULL, &REGIONS.replace(r#","us-east-1""#, "")],
            &["eu-west-1"],
        );
        let in_one = DENY.replace(
            r#""Resource":"*""#,
            r#""Resource":"arn:aws:ec2:us-east-1:*:vpc-flow-log/*""#,
        );
        check(&[FULL, &in_one], &["eu-west-1"]);
        check(&["no policy"], &[]);
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
