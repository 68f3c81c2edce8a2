//! Faults of every call that changes something, before and after AWS acted: a run comes to the same end.

use std::collections::BTreeMap;

use flowcover_testkit::{On, Rule};
use serde_json::{Value, json};

use super::bench::{Bench, REGIONS};
use crate::support::{Run, list, text};

/// What makes a role, a group and a flow log.
const TO_GROUPS: [&str; 5] = [
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "ec2:CreateFlowLogs",
];
/// What makes a bucket and flow logs.
const TO_A_BUCKET: [&str; 7] = [
    "s3:CreateBucket",
    "s3:PutBucketTagging",
    "s3:PutPublicAccessBlock",
    "s3:PutBucketEncryption",
    "s3:PutBucketLifecycleConfiguration",
    "s3:PutBucketPolicy",
    "ec2:CreateFlowLogs",
];
/// What takes all of that back.
const BACK: [&str; 5] = [
    "ec2:DeleteFlowLogs",
    "logs:DeleteLogGroup",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "s3:DeleteBucket",
];
const CENTRAL_BUCKET: &str = r#"
    [fix]
    destination = "s3"
    [fix.bucket]
    name = "central-flow-logs"
    region = "us-east-1"
    create = true
"#;

/// The fault befalls each of these calls once; whatever runs is run again until it is through.
fn until_done(bench: &Bench, what: &str, first: Run, again: &[&str]) {
    let mut run = first;
    for _ in 0..12 {
        if run.code == 0 {
            return;
        }
        assert_eq!(run.code, 5, "{what}: {}", run.stderr);
        run = bench.run(again);
    }
    panic!("{what}: {}", run.stderr);
}

fn check(what: &str, fault: impl Fn(On) -> Rule) {
    for (policy, writes) in [("", &TO_GROUPS[..]), (CENTRAL_BUCKET, &TO_A_BUCKET[..])] {
        let bench = Bench::with(&["no-flow-log"]);
        bench.policy(policy);
        let before = bench.world();
        bench.plan(&[]);
        for action in writes {
            bench.proxy.add(fault(Rule::on(action).times(1)));
        }
        let journal = bench.journal();
        until_done(
            &bench,
            what,
            bench.apply(&[]),
            &["apply", "--resume", &journal],
        );
        for action in writes {
            assert!(
                bench.proxy.calls().count(action) > 0,
                "{action} is never called"
            );
        }
        if policy.is_empty() {
            let expected = REGIONS.map(|region| (region, (1, 1)));
            assert_eq!(made_per_region(&bench), BTreeMap::from(expected), "{what}");
            assert_eq!(roles(&bench), 2, "{what}");
        } else {
            assert_eq!(bench.flow_logs().len(), 2, "{what}");
        }
        bench.proxy.clear_rules();
        assert_eq!(bench.plan(&[])["steps"], json!([]), "{what}");

        for action in BACK {
            bench.proxy.add(fault(Rule::on(action).times(1)));
        }
        let back = ["rollback", &journal, "--yes"];
        until_done(&bench, what, bench.run(&back), &back);
        assert_eq!(bench.world(), before, "{what}");
    }
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
