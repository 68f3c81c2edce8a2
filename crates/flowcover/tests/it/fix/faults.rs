//! Faults of every call that changes something, before and after AWS acted: a run comes to the same end.

use std::collections::BTreeMap;

use flowcover_testkit::{On, Rule};
use serde_json::{Value, json};

use super::bench::{Bench, REGIONS};
use crate::support::{list, text};

/// What makes a role, a group and a flow log.
const WRITES: [&str; 5] = [
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "ec2:CreateFlowLogs",
];

fn check(what: &str, fault: impl Fn(On) -> Rule) {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    for action in WRITES {
        bench.proxy.add(fault(Rule::on(action).times(1)));
    }
    let mut run = bench.apply(&[]);
    for _ in 0..4 {
        if run.code == 0 {
            break;
        }
        assert_eq!(run.code, 5, "{what}: {}", run.stderr);
        run = bench.run(&["apply", "--resume", &bench.journal()]);
    }
    assert_eq!(run.code, 0, "{what}: {}", run.stderr);
    assert_eq!(
        made_per_region(&bench),
        BTreeMap::from(REGIONS.map(|region| (region, (1, 1)))),
        "{what}"
    );
    assert_eq!(roles(&bench), 2, "{what}");
    bench.proxy.clear_rules();
    assert_eq!(bench.plan(&[])["steps"], json!([]), "{what}");
}

/// Flow logs and groups by region.
fn made_per_region(bench: &Bench) -> BTreeMap<&'static str, (usize, usize)> {
    let regions = REGIONS.into_iter().map(|region| {
        let flow_logs = bench.call(region, ["ec2", "describe_flow_logs"], &json!({}));
        let groups = bench.call(region, ["logs", "describe_log_groups"], &json!({}));
        let counts = (
            list(&flow_logs["FlowLogs"]).len(),
            list(&groups["logGroups"]).len(),
        );
        (region, counts)
    });
    regions.collect()
}

fn roles(bench: &Bench) -> usize {
    let told: Value = bench.call(REGIONS[0], ["iam", "list_roles"], &json!({}));
    let names = list(&told["Roles"])
        .iter()
        .map(|role| text(&role["RoleName"]));
    names.filter(|name| name.starts_with("flowcover-")).count()
}

#[test]
fn throttled() {
    check("throttled", |on| on.throttle(1.0, 0.5));
}

#[test]
fn failed_before_acting() {
    check("failed before", On::fail);
}

#[test]
fn failed_after_acting() {
    check("failed after", On::fail_after_acting);
}

#[test]
fn dropped_before_acting() {
    check("dropped before", On::disconnect);
}

#[test]
fn dropped_after_acting() {
    check("dropped after", On::lose_answer);
}
