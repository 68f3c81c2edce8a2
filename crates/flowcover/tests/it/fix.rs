//! Audit, plan, apply, verify, audit again, roll back: on moto, as a user would.

mod bench;
mod destinations;
mod exports;
mod faults;
mod input;
mod keys;
mod killed;
mod ministack;
mod permissions;
#[cfg(unix)]
mod stopped;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{checks, list, text};
use bench::{Bench, FIXABLE, REGIONS};

/// Verdicts of the audit that are not `recorded`, by name of the VPC.
fn not_recorded(bench: &Bench) -> Vec<String> {
    let report = bench.audit();
    let vpcs = list(&report.0["vpcs"]).iter();
    vpcs.filter(|vpc| vpc["verdict"] != "recorded")
        .map(|vpc| format!("{} {}", vpc["name"], vpc["reason"]))
        .collect()
}

#[test]
fn what_was_not_recorded_is_recorded_proved_and_taken_back() {
    let bench = Bench::with(FIXABLE);
    let before = bench.world();
    assert!(!not_recorded(&bench).is_empty());

    let plan = bench.plan(&[]);
    assert!(!list(&plan["steps"]).is_empty(), "{plan:#}");
    let run = bench.apply(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(not_recorded(&bench), Vec::<String>::new());

    bench.deliver();
    let run = bench.run(&["verify", &bench.journal(), "--wait", "5"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("eni-"), "{}", run.stdout);

    let again = bench.plan(&[]);
    assert_eq!(again["steps"], json!([]), "{again:#}");

    // Records lie in the groups: without being asked to, nothing deletes them.
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    // What is left on purpose is no failure.
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("left"), "{}", run.stderr);
    let run = bench.run(&["rollback", &bench.journal(), "--yes", "--delete-records"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
}

#[test]
fn a_run_taken_back_before_records_came_leaves_nothing() {
    let bench = Bench::with(&["no-flow-log", "accept-only"]);
    let before = bench.world();
    bench.plan(&["--preset", "strict"]);
    assert_eq!(bench.apply(&[]).code, 0);
    let run = bench.run(&["rollback", &bench.journal(), "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_ne!(bench.world(), before);
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

/// The role that many published guides make.
#[test]
fn a_role_that_trusts_ec2_is_replaced_for_it_is_not_ours() {
    let bench = Bench::with(&["recipe-trust-on-ec2"]);
    let before = bench.world();
    let report = bench.audit();
    let vpcs = list(&report.0["vpcs"]).iter();
    let found: BTreeSet<&str> = vpcs.flat_map(checks).collect();
    assert!(found.contains("role-not-assumable"), "{found:?}");
    let plan = bench.plan(&[]);
    assert!(
        list(&plan["not_fixed"])
            .iter()
            .any(|it| it["reason"] == "needs-replace"),
        "{plan:#}"
    );
    assert_eq!(bench.apply(&[]).code, 0);
    assert_eq!(not_recorded(&bench), Vec::<String>::new());
    assert_eq!(bench.plan(&[])["steps"], json!([]));
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
}

/// The same by the role of ours: what somebody broke is mended, not replaced.
#[test]
fn a_role_of_ours_that_was_broken_is_mended() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    let roles = bench.call(REGIONS[0], ["iam", "list_roles"], &json!({}));
    let ours = list(&roles["Roles"])
        .iter()
        .map(|role| text(&role["RoleName"]));
    let ours: Vec<&str> = ours.filter(|name| name.starts_with("flowcover-")).collect();
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]});
    let broken = json!({"RoleName": ours[0], "PolicyDocument": trust.to_string()});
    bench.call(REGIONS[0], ["iam", "update_assume_role_policy"], &broken);
    assert_eq!(not_recorded(&bench).len(), 1);
    let plan = bench.plan(&[]);
    let kinds: Vec<&Value> = list(&plan["steps"])
        .iter()
        .map(|step| &step["change"]["kind"])
        .collect();
    assert_eq!(kinds, ["mend-role"], "{plan:#}");
    std::fs::remove_file(bench.journal()).unwrap();
    assert_eq!(bench.apply(&[]).code, 0);
    assert_eq!(not_recorded(&bench), Vec::<String>::new());
}

#[test]
fn an_old_flow_log_is_deleted_only_with_replace_and_only_once_the_new_one_delivers() {
    let bench = Bench::with(&["recipe-trust-on-ec2"]);
    let plan = bench.plan(&["--replace"]);
    let deletes: Vec<&Value> = list(&plan["steps"])
        .iter()
        .filter(|step| step["effect"] == "delete")
        .collect();
    assert!(!deletes.is_empty(), "{plan:#}");
    let old = bench.flow_logs();
    // Without the argument the old ones stay.
    let run = bench.apply(&[]);
    assert!(run.stderr.contains("--replace"), "{}", run.stderr);
    let now = bench.flow_logs();
    assert!(old.iter().all(|id| now.contains(id)));
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    std::fs::remove_file(bench.journal()).unwrap();

    // With it, not before records were seen.
    let run = bench.apply(&["--replace", "--delivery-deadline", "1"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(old.iter().all(|id| bench.flow_logs().contains(id)));
    bench.deliver();
    let run = bench.run(&[
        "apply",
        "--resume",
        &bench.journal(),
        "--delivery-deadline",
        "30",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(old.iter().all(|id| !bench.flow_logs().contains(id)));
}

#[test]
fn only_and_max_changes_narrow_a_run_down() {
    let bench = Bench::with(&["no-flow-log", "accept-only"]);
    let plan = bench.plan(&[]);
    let run = bench.apply(&["--max-changes", "1"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("--max-changes"), "{}", run.stderr);
    let steps = list(&plan["steps"]).iter();
    let mut flow_logs = steps.filter(|step| step["change"]["kind"] == "create-flow-logs");
    let chosen = text(&flow_logs.next().unwrap()["change"]["flow_logs"]["resource_ids"][0]);
    let run = bench.apply(&["--only", chosen]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report = bench.audit();
    let verdicts = report.verdicts();
    assert_eq!(verdicts.get("recorded"), Some(&1), "{verdicts:?}");
}

#[test]
fn a_plan_made_twice_is_the_same_file() {
    let bench = Bench::with(FIXABLE);
    let read = || {
        bench.plan(&["--preset", "strict"]);
        std::fs::read(bench.path("plan.json")).unwrap()
    };
    assert_eq!(read(), read());
}

#[test]
fn a_world_that_changed_is_planned_again_with_refresh() {
    let bench = Bench::with(&["no-flow-log"]);
    let plan = bench.plan(&[]);
    let group = list(&plan["steps"])
        .iter()
        .find_map(|step| step["change"]["log_group_name"].as_str());
    let roles = list(&plan["steps"])
        .iter()
        .filter_map(|step| step["change"]["role_name"].as_str());
    // Somebody records one of the VPCs meanwhile.
    let recorded = &bench.made["vpcs"][0];
    let region = text(&recorded["region"]);
    let theirs = json!({"logGroupName": "/theirs"});
    bench.call(region, ["logs", "create_log_group"], &theirs);
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]});
    let role = json!({"RoleName": "theirs", "AssumeRolePolicyDocument": trust.to_string()});
    let role = bench.call(region, ["iam", "create_role"], &role);
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"},
    ]});
    let policy =
        json!({"RoleName": "theirs", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    bench.call(region, ["iam", "put_role_policy"], &policy);
    let flow_log = json!({
        "ResourceIds": [recorded["vpc_id"]], "ResourceType": "VPC", "TrafficType": "ALL",
        "LogGroupName": "/theirs", "DeliverLogsPermissionArn": role["Role"]["Arn"],
    });
    bench.call(region, ["ec2", "create_flow_logs"], &flow_log);

    let run = bench.apply(&[]);
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("has changed"), "{}", run.stderr);
    let run = bench.apply(&["--refresh"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(not_recorded(&bench), Vec::<String>::new());
    assert_eq!(bench.flow_logs().len(), 2, "one of theirs, one of ours");
    assert!(group.is_some() && roles.count() == 2);
}
