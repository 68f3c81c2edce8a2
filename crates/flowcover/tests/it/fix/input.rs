//! Input that cannot be used: one clear line, and nothing is changed.

use std::fs;

use flowcover_testkit::{Reply, Rule};
use serde_json::Value;

use super::bench::Bench;
use crate::support::{Run, list, parse};

/// Refused with one line of error and at most one hint; nothing was changed.
fn check(bench: &Bench, run: &Run, said: &str) {
    assert_eq!(run.code, 2, "{}", run.stderr);
    let errors = run.complaints("error:");
    assert_eq!(errors.len(), 1, "{}", run.stderr);
    assert!(errors[0].contains(said), "{}", run.stderr);
    assert_eq!(bench.flow_logs().len(), 0, "{}", run.stderr);
}

#[test]
fn a_plan_that_was_edited_or_cut_is_refused() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    let path = bench.path("plan.json");
    let text = fs::read_to_string(&path).unwrap();

    fs::write(&path, text.replacen("\"REJECT\"", "\"ALL\"", 1)).unwrap();
    check(&bench, &bench.apply(&[]), "changed since it was made");

    let mut edited: Value = parse(&text);
    edited["steps"][0]["account_id"] = "999999999999".into();
    fs::write(&path, edited.to_string()).unwrap();
    check(&bench, &bench.apply(&[]), "changed since it was made");

    fs::write(&path, &text[..text.len() / 2]).unwrap();
    check(&bench, &bench.apply(&[]), "ends in the middle");

    fs::write(&path, "{}").unwrap();
    check(&bench, &bench.apply(&[]), "not a plan");

    fs::remove_file(&path).unwrap();
    check(&bench, &bench.apply(&[]), "cannot read");
    assert!(!fs::exists(bench.journal()).unwrap());
}

#[test]
fn a_plan_of_another_account_is_refused() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    // The same plan as somebody of another account would have made it, with a right id.
    let path = bench.path("plan.json");
    let text = fs::read_to_string(&path).unwrap();
    let other = text.replace("123456789012", "210987654321");
    let stated: Value = parse(&other);
    fs::write(&path, &other).unwrap();
    let complaint = bench.apply(&[]).stderr;
    let found = complaint.rsplit("says `").next().unwrap();
    let right: String = found
        .chars()
        .take_while(|it| it.is_ascii_hexdigit())
        .collect();
    let stated = stated["id"].as_str().unwrap();
    fs::write(&path, other.replace(stated, &right)).unwrap();
    let run = bench.apply(&[]);
    assert_eq!(bench.flow_logs().len(), 0);
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("210987654321"), "{}", run.stderr);
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
}

#[test]
fn a_world_that_changed_under_the_plan_is_refused_and_the_difference_named() {
    let bench = Bench::with(&["no-flow-log"]);
    let plan = bench.plan(&[]);
    let group = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|step| step["change"]["log_group_name"].as_str());
    let group = group.unwrap();
    for region in super::REGIONS {
        let name = serde_json::json!({"logGroupName": group});
        bench.call(region, ["logs", "create_log_group"], &name);
    }
    let run = bench.apply(&[]);
    assert_ne!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains(group), "{}", run.stderr);
    assert!(run.stderr.contains("has changed"), "{}", run.stderr);
    assert_eq!(bench.flow_logs().len(), 0);
}

#[test]
fn a_journal_that_cannot_be_made_or_is_damaged_is_refused() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    let plan = bench.path("plan.json");
    let nowhere = bench.path("no/such/folder/run.journal");
    let run = bench.run(&["apply", &plan, "--journal", &nowhere, "--yes"]);
    check(&bench, &run, "cannot make");

    fs::write(bench.journal(), "somebody's notes").unwrap();
    check(&bench, &bench.apply(&[]), "it exists");
    assert_eq!(
        fs::read_to_string(bench.journal()).unwrap(),
        "somebody's notes"
    );
    let resume = || bench.run(&["apply", "--resume", &bench.journal()]);
    check(&bench, &resume(), "no whole first line");
    fs::write(
        bench.journal(),
        "{\"schema\":\"flowcover.journal/1\",\n{}\n",
    )
    .unwrap();
    check(&bench, &resume(), "run.journal:1: not a line of a journal");
    fs::write(bench.journal(), "{\"schema\":\"flowcover.journal/9\"}\n").unwrap();
    check(&bench, &resume(), "flowcover.journal/9");
    let run = bench.run(&["rollback", &plan, "--yes"]);
    check(&bench, &run, "is a plan, not the journal of a run");
    // A run that died before its first line was whole has done nothing.
    fs::write(bench.journal(), "").unwrap();
    assert_eq!(bench.apply(&[]).code, 0);
}

/// A run that ended while it wrote the journal: what the last line was about is looked up.
#[test]
fn a_journal_whose_last_line_was_cut_is_gone_on_with() {
    let bench = Bench::with(&["no-flow-log"]);
    let before = bench.world();
    bench.plan(&[]);
    let cut_was_told = |run: &Run, what: &str| {
        assert_eq!(run.code, 0, "{what}: {}", run.stderr);
        let warnings = run.complaints("warning:");
        let told = warnings.iter().filter(|it| it.contains("was cut")).count();
        assert_eq!(told, 1, "{what}: {}", run.stderr);
    };
    let roll_back = || bench.run(&["rollback", &bench.journal(), "--yes"]);
    // The answer to the last call, and what comes after it: up to there, the world is as if the run had ended then.
    for back in 1.. {
        assert_eq!(bench.apply(&[]).code, 0);
        let made = bench.world();
        let journal = fs::read_to_string(bench.journal()).unwrap();
        let lines: Vec<&str> = journal.split_inclusive('\n').collect();
        let (kept, rest) = lines.split_at(lines.len() - back);
        let line = rest[0];
        let cut = kept.concat() + &line[..line.len() / 2];
        let lines_kept = || {
            let now = fs::read_to_string(bench.journal()).unwrap();
            assert!(
                now.starts_with(&kept.concat()) && now.ends_with("}\n"),
                "{now}"
            );
        };

        fs::write(bench.journal(), &cut).unwrap();
        let run = bench.run(&["apply", "--resume", &bench.journal()]);
        cut_was_told(&run, line);
        bench.assert_world(&made, &run);
        lines_kept();

        fs::write(bench.journal(), &cut).unwrap();
        let run = roll_back();
        cut_was_told(&run, line);
        bench.assert_world(&before, &run);
        lines_kept();

        let journal = fs::read_to_string(bench.journal()).unwrap();
        fs::write(bench.journal(), &journal[..journal.len() - 9]).unwrap();
        let run = roll_back();
        cut_was_told(&run, "taken back");
        bench.assert_world(&before, &run);
        fs::remove_file(bench.journal()).unwrap();
        if line.contains("\"event\":\"result\"") {
            assert!(back > 2, "{journal}");
            break;
        }
    }
}

/// What IAM says of an account with so many roles.
fn account_summary(roles: u32, quota: u32) -> Reply {
    let entry = |key: &str, value| format!("<entry><key>{key}</key><value>{value}</value></entry>");
    Reply {
        status: 200,
        content_type: "text/xml".to_owned(),
        body: format!(
            "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>{}{}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>",
            entry("Roles", roles),
            entry("RolesQuota", quota)
        ),
    }
}

#[test]
fn an_account_without_room_for_the_roles_is_refused_before_anything_is_changed() {
    let bench = Bench::with(&["no-flow-log"]);
    let before = bench.world();
    bench.plan(&[]);
    let full = account_summary(999, 1000);
    let summary = || Rule::on("iam:GetAccountSummary");
    bench.proxy.add(summary().answer(full));
    let run = bench.apply(&[]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let expected = [
        "error: 123456789012: the quota of IAM roles is 1000, 999 are in use, and the plan needs 2 more",
        "error: nothing was changed: 1 obstacle",
    ];
    assert_eq!(run.complaints("error:"), expected);
    let hints = run.complaints("hint:");
    assert_eq!(hints.len(), 1, "{}", run.stderr);
    assert!(hints[0].contains("Service Quotas"), "{}", run.stderr);
    bench.assert_world(&before, &run);
    assert!(!fs::exists(bench.journal()).unwrap());

    // What cannot be told is said, and is no obstacle.
    bench.proxy.clear_rules();
    bench.proxy.add(summary().deny());
    let run = bench.apply(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let warnings = run.complaints("warning:");
    let is_it = |line: &&str| line.contains("whether the quota of IAM roles suffices");
    assert_eq!(
        warnings.iter().filter(|it| is_it(it)).count(),
        1,
        "{}",
        run.stderr
    );
}

#[test]
fn what_could_not_be_read_is_neither_verified_nor_planned_as_if_it_were_not_there() {
    let bench = Bench::with(&["no-flow-log"]);
    bench
        .proxy
        .add(Rule::on("ec2:Describe*").region(super::REGIONS[1]).deny());
    let [first, second] = super::REGIONS;
    let regions = ["--region", first, "--region", second];
    let run = bench.run(&[&["verify", "--wait", "0"], &regions[..]].concat());
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains(second), "{}", run.stderr);
    let plan = bench.plan(&[]);
    let unread: Vec<&Value> = list(&plan["not_fixed"])
        .iter()
        .filter(|it| it["reason"] == "not-read")
        .collect();
    assert_eq!(unread.len(), 1, "{plan:#}");
    assert_eq!(unread[0]["resource"]["region"], second);

    bench.proxy.add(Rule::on("ec2:Describe*").deny());
    let run = bench.run(&[&["verify", "--wait", "0"], &regions[..]].concat());
    assert_eq!(run.code, 4, "{}", run.stderr);
    let path = bench.path("other.json");
    let run = bench.run(&[&["plan", "--output", &path], &regions[..]].concat());
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(!fs::exists(path).unwrap());
}

#[test]
fn what_a_rollback_would_do_is_not_told_where_nothing_can_be_read() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    bench.proxy.add(Rule::on("*").deny());
    let run = bench.run(&["rollback", &bench.journal(), "--dry-run"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
}

#[test]
fn nobody_to_ask_is_no_yes() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    let run = bench.run(&[
        "apply",
        &bench.path("plan.json"),
        "--journal",
        &bench.journal(),
    ]);
    check(&bench, &run, "nobody can be asked");
}

#[test]
fn two_runs_of_one_plan_do_not_meet() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    let plan = fs::File::open(bench.path("plan.json")).unwrap();
    plan.lock().unwrap();
    check(&bench, &bench.apply(&[]), "in use by another flowcover");
    drop(plan);
    assert_eq!(bench.apply(&[]).code, 0);
    let journal = fs::File::open(bench.journal()).unwrap();
    journal.lock().unwrap();
    let run = bench.run(&["apply", "--resume", &bench.journal()]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("in use by another flowcover"),
        "{}",
        run.stderr
    );
}
