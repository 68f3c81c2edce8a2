//! Faults of every call that changes something, before and after AWS acted: a run comes to the same end.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::call::WRITE_ACTIONS;
use flowcover_testkit::{On, Rule};
use serde_json::{Value, json};

use super::bench::{Bench, CENTRAL_BUCKET, REGIONS};
use crate::support::{Run, list, text};

/// Calls that a run makes going and coming back, by operation.
struct Calls {
    there: &'static [&'static str],
    back: &'static [&'static str],
}

/// A role, a group and a flow log.
const GROUPS: Calls = Calls {
    there: &[
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "logs:CreateLogGroup",
        "logs:PutRetentionPolicy",
        "ec2:CreateFlowLogs",
    ],
    back: &[
        "ec2:DeleteFlowLogs",
        "logs:DeleteLogGroup",
        "iam:DeleteRolePolicy",
        "iam:DeleteRole",
    ],
};
/// A bucket and flow logs; records lie in it when it is taken back.
const A_BUCKET: Calls = Calls {
    there: &[
        "s3:CreateBucket",
        "s3:PutBucketTagging",
        "s3:PutPublicAccessBlock",
        "s3:PutBucketEncryption",
        "s3:PutBucketLifecycleConfiguration",
        "s3:PutBucketPolicy",
        "ec2:CreateFlowLogs",
    ],
    back: &["ec2:DeleteFlowLogs", "s3:DeleteObjects", "s3:DeleteBucket"],
};
/// What is there and is set right: a role and a group of an earlier run, and somebody's bucket.
const SETTINGS: Calls = Calls {
    there: &[
        "iam:UpdateAssumeRolePolicy",
        "logs:PutRetentionPolicy",
        "logs:AssociateKmsKey",
        "s3:PutBucketPolicy",
        "ec2:CreateFlowLogs",
    ],
    back: &[
        "ec2:DeleteFlowLogs",
        "s3:DeleteBucketPolicy",
        "logs:DisassociateKmsKey",
        "logs:DeleteRetentionPolicy",
        "iam:UpdateAssumeRolePolicy",
    ],
};
/// Operations whose IAM action has another name (Service Authorization Reference).
const NAMED_OTHERWISE: [(&str, &str); 4] = [
    ("s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    ("s3:PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    (
        "s3:PutBucketLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
    ),
    ("s3:DeleteObjects", "s3:DeleteObject"),
];

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

/// Applies what is planned and takes it back, each call of it troubled once.
struct Troubled<'a, F> {
    bench: &'a Bench,
    what: &'a str,
    calls: &'a Calls,
    fault: F,
}

impl<F: Fn(On) -> Rule> Troubled<'_, F> {
    fn trouble(&self, actions: &[&str]) {
        self.bench.proxy.clear_rules();
        self.bench.proxy.forget_calls();
        for action in actions {
            let rule = (self.fault)(Rule::on(action).times(1));
            self.bench.proxy.add(rule);
        }
    }

    fn assert_called(&self, actions: &[&str]) {
        let calls = self.bench.proxy.calls();
        for action in actions {
            assert!(
                calls.count(action) > 0,
                "{}: {action} is never called",
                self.what
            );
        }
    }

    fn apply(&self, arguments: &[&str]) {
        let journal = self.bench.journal();
        let again = ["apply", "--resume", &journal];
        self.trouble(self.calls.there);
        until_done(self.bench, self.what, self.bench.apply(arguments), &again);
        self.assert_called(self.calls.there);
        self.bench.proxy.clear_rules();
    }

    fn roll_back(&self) {
        let journal = self.bench.journal();
        let back = ["rollback", &journal, "--yes", "--delete-records"];
        self.trouble(self.calls.back);
        until_done(self.bench, self.what, self.bench.run(&back), &back);
        self.assert_called(self.calls.back);
        self.bench.proxy.clear_rules();
    }
}

fn check(what: &str, fault: impl Fn(On) -> Rule + Copy) {
    for (policy, calls) in [("", &GROUPS), (CENTRAL_BUCKET, &A_BUCKET)] {
        let bench = &Bench::with(&["no-flow-log"]);
        bench.policy(policy);
        let before = bench.world();
        bench.plan(&[]);
        let troubled = Troubled {
            bench,
            what,
            calls,
            fault,
        };
        troubled.apply(&[]);
        if policy.is_empty() {
            let expected = REGIONS.map(|region| (region, (1, 1)));
            assert_eq!(made_per_region(bench), BTreeMap::from(expected), "{what}");
            assert_eq!(roles(bench).len(), 2, "{what}");
        } else {
            assert_eq!(bench.flow_logs().len(), 2, "{what}");
            bench.deliver_to_buckets();
        }
        assert_eq!(bench.plan(&[])["steps"], json!([]), "{what}");
        troubled.roll_back();
        assert_eq!(bench.world(), before, "{what}");
    }
    check_settings(what, fault);
}

/// A role of ours that was broken, a group of ours without key whose retention was taken away, and a bucket without policy.
fn check_settings(what: &str, fault: impl Fn(On) -> Rule) {
    let bench = &Bench::with(&["no-flow-log"]);
    let [first, second] = REGIONS;
    let only_first = format!("[[fix.override]]\nregions = [\"{second}\"]\n");
    bench.policy(&format!("{only_first}enabled = false\n"));
    let plan = bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    std::fs::remove_file(bench.journal()).unwrap();

    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]});
    let broken = json!({"RoleName": roles(bench)[0], "PolicyDocument": trust.to_string()});
    bench.call(first, ["iam", "update_assume_role_policy"], &broken);
    let mut steps = list(&plan["steps"]).iter();
    let group = steps.find_map(|step| step["change"]["log_group_name"].as_str());
    let group = json!({"logGroupName": group});
    bench.call(first, ["logs", "delete_retention_policy"], &group);
    let bucket = json!({"Bucket": "somebodys-bucket"});
    bench.call(first, ["s3", "create_bucket"], &bucket);
    let key = bench.key_for_groups(first);
    bench.policy(&format!(
        "[destinations]\nlog_group_encryption = \"kms\"\n[fix.log_group]\nkms_key = \"{key}\"\n{only_first}destination = \"s3\"\nbucket = {{ name = \"somebodys-bucket\", region = \"{first}\" }}\n"
    ));
    let before = bench.world();

    let troubled = Troubled {
        bench,
        what,
        calls: &SETTINGS,
        fault,
    };
    bench.plan(&[]);
    troubled.apply(&["--shorten-retention"]);
    let policy = || bench.answer(first, ["s3", "get_bucket_policy"], &bucket);
    assert!(
        policy()["ok"].to_string().contains("FlowcoverDelivery"),
        "{what}"
    );
    assert_eq!(bench.plan(&[])["steps"], json!([]), "{what}");
    troubled.roll_back();
    assert_eq!(bench.world(), before, "{what}");
    assert_eq!(policy()["error"]["code"], "NoSuchBucketPolicy", "{what}");
}

#[test]
fn every_call_that_changes_something_meets_faults() {
    let met = [GROUPS, A_BUCKET, SETTINGS]
        .into_iter()
        .flat_map(|calls| [calls.there, calls.back].concat());
    let met: BTreeSet<&str> = met
        .map(|operation| {
            let mut names = NAMED_OTHERWISE.iter();
            let other = names.find(|(name, _)| *name == operation);
            other.map_or(operation, |(_, action)| *action)
        })
        .collect();
    assert_eq!(met, WRITE_ACTIONS.iter().copied().collect());
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

fn roles(bench: &Bench) -> Vec<String> {
    let told: Value = bench.call(REGIONS[0], ["iam", "list_roles"], &json!({}));
    let names = list(&told["Roles"])
        .iter()
        .map(|role| text(&role["RoleName"]).to_owned());
    names
        .filter(|name| name.starts_with("flowcover-"))
        .collect()
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
