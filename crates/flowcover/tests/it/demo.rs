//! What the README promises first, and that what was saved is judged as what was live.

use std::fs;
use std::path::Path;

use flowcover_testkit::Moto;
use serde_json::Value;

use crate::support::{Program, list, parse};

/// The policy of the demonstration, in a file of the name that its report gives.
const POLICY: &str = "preset = \"cis\"

[[exempt]]
name = \"sandbox-*\"
reason = \"throw-away experiments without data; agreed with security\"
until = 2099-12-31
";

fn read(folder: &Path, name: &str) -> String {
    let path = folder.join("out").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_demonstration_writes_reports_that_its_snapshot_gives_again() {
    let (run, files) = Program::new(&["demo", "--output", "out"]).run_then(|folder| {
        [
            "report.html",
            "report.json",
            "report.sarif",
            "snapshot.json",
        ]
        .map(|name| read(folder, name))
    });
    assert_eq!(run.code, 0, "{}", run.stderr);
    let [html, live, sarif, snapshot] = files;
    assert!(html.trim_start().starts_with("<!DOCTYPE html>") && html.contains("</html>"));
    assert_eq!(parse(&sarif)["version"], "2.1.0");
    let again = || {
        let run = Program::new(&["audit", "--format", "json", "--from", "snapshot.json"])
            .with(&["--policy", "demo policy", "--quiet"])
            .file("snapshot.json", snapshot.as_bytes())
            .file("demo policy", POLICY.as_bytes())
            .run();
        assert_eq!(run.code, 1, "{}", run.stderr);
        run.stdout
    };
    let (first, second) = (again(), again());
    assert_eq!(first, second);
    assert!(first == live, "the snapshot gives another report");
}

#[test]
fn the_demonstration_goes_on_to_fix_prove_and_take_back() {
    let (run, files) = Program::new(&["demo", "--output", "out"]).run_then(|folder| {
        ["plan.json", "run.journal", "after.html"].map(|name| read(folder, name))
    });
    assert_eq!(run.code, 0, "{}", run.stderr);
    let [plan, journal, after] = files;
    let steps = list(&parse(&plan)["steps"]).len();
    assert!(steps > 20, "{steps}");
    assert!(journal.lines().count() > steps);
    assert!(after.contains("</html>"));
    let typed = run.complaints("$ flowcover ");
    let typed = typed
        .iter()
        .filter_map(|line| line.split_whitespace().nth(2));
    let commands = [
        "audit",
        "plan",
        "apply",
        "verify",
        "audit",
        "rollback",
        "top",
        "query",
        "query",
        "find",
        "query",
        "detect",
        "investigate",
    ];
    assert!(typed.eq(commands), "{}", run.stderr);
    let outcomes = run.complaints("recorded ");
    assert!(outcomes[0].contains("not recorded 15 -> 0"), "{outcomes:?}");
    assert!(run.stdout.contains("Plan: 46 to add"), "{}", run.stdout);
    assert!(run.stdout.contains("newest record of"), "{}", run.stdout);
}

/// What is hidden in the simulated records stands in the answers.
#[test]
fn the_demonstration_finds_what_is_hidden_in_its_records() {
    let (run, found) =
        Program::new(&["demo", "--output", "out"]).run_then(|folder| read(folder, "found.csv"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let hidden = run.complaints("hidden there: ");
    assert_eq!(hidden.len(), 3, "{hidden:?}");
    let answer = |client: &str, server: &str| {
        let row = format!("{client},{server},");
        run.stdout
            .lines()
            .find(|line| line.starts_with(&row))
            .map(str::to_owned)
    };
    for what in ["a port scan", "an exfiltration"] {
        let words: Vec<&str> = hidden
            .iter()
            .find(|line| line.contains(what))
            .unwrap()
            .split([' ', ','])
            .collect();
        let after = |word: &str| words[words.iter().position(|one| *one == word).unwrap() + 1];
        let (client, server) = (after("from"), after("to"));
        assert!(
            answer(client, server).is_some(),
            "{what} from {client} to {server}: {}",
            run.stdout
        );
    }
    // About every two minutes.
    let mut lines = run.stdout.lines();
    lines.find(|line| line.starts_with("client_addr,calls,"));
    let calls = lines.next().unwrap();
    let median: f64 = calls.split(',').nth(3).unwrap().parse().unwrap();
    assert!((100.0..140.0).contains(&median), "{calls}");
    assert!(found.lines().count() > 1_000, "{}", found.lines().count());
    for (told, hidden) in [
        ("knocked at 1", "a port scan"),
        ("about every 1", "a beacon"),
    ] {
        assert!(run.stdout.contains(told), "{hidden}: {}", run.stdout);
    }
    assert!(run.stdout.contains("INVESTIGATION  "), "{}", run.stdout);
}

/// Takes these keys away wherever they are.
fn forget(value: &mut Value, keys: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| !keys.contains(&key.as_str()));
            fields.values_mut().for_each(|value| forget(value, keys));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| forget(value, keys)),
        _ => {}
    }
}

/// Equality whose failure names the first place that differs, not two whole reports.
fn similar(left: &Value, right: &Value) {
    fn at(place: &str, left: &Value, right: &Value) {
        match (left, right) {
            (Value::Object(a), Value::Object(b)) => {
                assert!(
                    a.keys().eq(b.keys()),
                    "{place}: {:?} {:?}",
                    a.keys(),
                    b.keys()
                );
                a.iter()
                    .for_each(|(key, value)| at(&format!("{place}.{key}"), value, &b[key]));
            }
            (Value::Array(a), Value::Array(b)) => {
                assert_eq!(a.len(), b.len(), "{place}");
                let pairs = a.iter().zip(b).enumerate();
                pairs.for_each(|(index, (a, b))| at(&format!("{place}[{index}]"), a, b));
            }
            _ => assert_eq!(left, right, "{place}"),
        }
    }
    at("report", left, right);
}

/// The names that programs may rely on.
#[test]
fn the_json_report_has_the_keys_that_are_promised() {
    let (_, report) = Program::new(&["demo", "--output", "out", "--quiet"])
        .run_then(|folder| parse(&read(folder, "report.json")));
    let has = |value: &Value, keys: &[&str]| {
        for key in keys {
            assert!(value.get(key).is_some(), "no {key} in {value:#}");
        }
    };
    has(
        &report,
        &[
            "schema",
            "generated_at",
            "summary",
            "vpcs",
            "transit_gateways",
        ],
    );
    has(&report, &["findings", "regions", "gaps", "calls"]);
    assert_eq!(report["schema"], "flowcover.report/1");
    assert!(report["generated_at"].as_str().unwrap().ends_with('Z'));
    let verdicts = ["recorded", "not-recorded", "unknown", "exempt", "not-owned"];
    let counted = ["recorded", "not_recorded", "unknown", "exempt", "not_owned"];
    for (verdict, key) in verdicts.iter().zip(counted) {
        let vpcs = list(&report["vpcs"]).iter();
        let count = vpcs.filter(|vpc| vpc["verdict"] == *verdict).count();
        assert!(count > 0, "the demonstration shows {verdict}");
        assert_eq!(report["summary"][key], count, "{key}");
    }
    assert_eq!(report["summary"]["vpcs"], list(&report["vpcs"]).len());
    for vpc in list(&report["vpcs"]) {
        has(
            vpc,
            &[
                "account_id",
                "region",
                "vpc_id",
                "owner_id",
                "name",
                "is_default",
                "in_use",
            ],
        );
        has(
            vpc,
            &["verdict", "covered_by", "flow_log_ids", "findings", "basis"],
        );
        for finding in list(&vpc["findings"]) {
            has(
                finding,
                &["check", "severity", "message", "evidence", "fix"],
            );
        }
    }
    for region in list(&report["regions"]) {
        has(region, &["account_id", "region", "status"]);
    }
    assert!(!list(&report["gaps"]).is_empty());
    for gap in list(&report["gaps"]) {
        has(
            gap,
            &[
                "account_id",
                "region",
                "action",
                "error_code",
                "permission",
                "message",
            ],
        );
    }
    assert!(report["calls"]["ec2:DescribeVpcs"].as_u64().unwrap() > 0);
}

#[test]
fn what_was_collected_is_judged_as_what_was_audited() {
    let moto = Moto::start();
    let _ = moto.seed(&[
        "recorded",
        "recorded-s3",
        "no-flow-log",
        "bucket-denies",
        "subnets-partial",
    ]);
    let program =
        |arguments: &[&str]| Program::new(arguments).against(&moto.url(), &moto.credentials());
    let region = ["--region", "us-east-1"];
    let live = program(&["audit", "--format", "json"]).with(&region).run();
    assert_eq!(live.code, 1, "{}", live.stderr);
    for name in ["snapshot.json", "snapshot.json.zst"] {
        let (run, saved) = program(&["collect", "--output", name])
            .with(&region)
            .run_then(|folder| fs::read(folder.join(name)).unwrap());
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(saved.starts_with(b"{"), name == "snapshot.json");
        let judged = Program::new(&["audit", "--format", "json", "--from", name])
            .file(name, &saved)
            .run();
        assert_eq!(judged.code, 1, "{}", judged.stderr);
        let timeless = |report: &str| {
            let mut report = parse(report);
            forget(&mut report, &["generated_at", "collected_at"]);
            report
        };
        similar(&timeless(&live.stdout), &timeless(&judged.stdout));
    }
}

/// `--save` keeps what the report was made from: judged again, it gives the same bytes.
#[test]
fn what_an_audit_saves_gives_its_report_again() {
    let moto = Moto::start();
    let _ = moto.seed(&["recorded", "no-flow-log", "role-deleted"]);
    let (live, saved) = Program::new(&["audit", "--format", "json", "--save", "saved.json"])
        .with(&["--region", "us-east-1"])
        .against(&moto.url(), &moto.credentials())
        .run_then(|folder| fs::read(folder.join("saved.json")).unwrap());
    let judged = Program::new(&["audit", "--format", "json", "--from", "saved.json"])
        .file("saved.json", &saved)
        .run();
    assert_eq!(live.stdout, judged.stdout);
    assert_eq!((live.code, judged.code), (1, 1));
}
