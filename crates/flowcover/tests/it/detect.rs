//! Detections: `detect`, `baseline build`, and `explain` of one.

use std::path::Path;

use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Settings, Traffic, VERSION_5_FORMAT};
use serde_json::{Value, json};

use crate::support::{Program, Run, list, parse, text};

/// Four hours of a simulated account, with a scan from outside, one from inside, and a beacon.
fn logs(hidden: &[Hidden]) -> tempfile::TempDir {
    let traffic = Traffic::new(Settings {
        seed: 5,
        minutes: 240,
        records: 60_000,
        format: LogFormat::parse(VERSION_5_FORMAT).unwrap(),
        hidden: hidden.to_vec(),
        ..Settings::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    for object in (0..traffic.bins()).flat_map(|bin| traffic.bin(bin)) {
        let path = folder.path().join(object.key.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, object.gzip()).unwrap();
    }
    folder
}

const HIDDEN: [Hidden; 3] = [Hidden::VerticalScan, Hidden::VerticalScan, Hidden::Beacon];

fn detect(folder: &Path, arguments: &[&str]) -> Program {
    Program::new(&["detect", folder.to_str().unwrap()]).with(arguments)
}

fn report(run: &Run) -> Value {
    assert!(run.code == 0 || run.code == 1, "{}", run.stderr);
    parse(&run.stdout)
}

fn ids(report: &Value) -> Vec<&str> {
    list(&report["findings"])
        .iter()
        .map(|finding| text(&finding["detection"]))
        .collect()
}

fn count(report: &Value, id: &str) -> usize {
    ids(report).iter().filter(|found| **found == id).count()
}

#[test]
fn what_is_hidden_is_found_with_a_query_that_shows_it() {
    let logs = logs(&HIDDEN);
    let run = detect(logs.path(), &["--format", "json"]).run();
    assert_eq!(run.code, 1, "{}", run.stderr);
    let report = report(&run);
    assert_eq!(count(&report, "port-scan"), 2, "{report:#}");
    assert_eq!(count(&report, "beaconing"), 1, "{report:#}");
    let coverage = &report["coverage"];
    assert!(coverage["flows"].as_u64() > Some(10_000), "{coverage:#}");
    assert_eq!(coverage["unreadable_objects"], 0);
    for finding in list(&report["findings"]) {
        let sql = text(&finding["query"]);
        let asked = Program::new(&[
            "query",
            sql,
            logs.path().to_str().unwrap(),
            "--format",
            "json",
        ])
        .run();
        assert_eq!(asked.code, 0, "{sql}\n{}", asked.stderr);
        assert!(!list(&parse(&asked.stdout)).is_empty(), "{sql}");
    }
}

#[test]
fn what_was_reported_before_is_left_out() {
    let logs = logs(&HIDDEN);
    let state = logs.path().join("state.json");
    let arguments = ["--format", "json", "--state", state.to_str().unwrap()];
    let first = report(&detect(logs.path(), &arguments).run());
    assert!(!ids(&first).is_empty());
    let again = detect(logs.path(), &arguments).run();
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(ids(&report(&again)), [""; 0]);
    assert!(
        again.stderr.contains("were reported before"),
        "{}",
        again.stderr
    );
    std::fs::write(&state, "{}").unwrap();
    let damaged = detect(logs.path(), &arguments).run();
    assert_eq!(damaged.code, 2);
    assert!(
        damaged.stderr.contains("cannot use the state file"),
        "{}",
        damaged.stderr
    );
}

#[test]
fn what_is_allowed_is_left_out_until_its_day() {
    let logs = logs(&HIDDEN);
    let found = report(&detect(logs.path(), &["--format", "json", "--only", "port-scan"]).run());
    let scanner = text(&list(&found["findings"])[0]["client"]).to_owned();
    let allow = |until: &str| {
        format!(
            "[[detect.allow]]\ndetection = \"port-scan\"\nclients = [\"{scanner}\"]\nreason = \"our own scanner\"\nuntil = {until}\n"
        )
    };
    for (until, expected) in [("2027-10-31", 1), ("2020-01-01", 2)] {
        let run = detect(
            logs.path(),
            &[
                "--format",
                "json",
                "--only",
                "port-scan",
                "--policy",
                "flowcover.toml",
            ],
        )
        .file("flowcover.toml", allow(until).as_bytes())
        .run();
        let report = report(&run);
        assert_eq!(ids(&report).len(), expected, "{until}: {report:#}");
        assert_eq!(report["allowed"][0]["findings"], 2 - expected);
        assert_eq!(report["allowed"][0]["expired"], expected == 2);
    }
}

#[test]
fn parameters_come_from_the_command_line_and_the_policy() {
    let logs = logs(&HIDDEN);
    let scans = |arguments: &[&str], policy: &str| {
        let arguments = [&["--format", "json", "--only", "port-scan"], arguments].concat();
        let run = detect(logs.path(), &arguments)
            .file("flowcover.toml", policy.as_bytes())
            .run();
        ids(&report(&run)).len()
    };
    let many = "[detect.port-scan]\nports = 60000\n";
    assert_eq!(scans(&[], ""), 2);
    assert_eq!(scans(&["--set", "port-scan.ports=60000"], ""), 0);
    assert_eq!(scans(&[], many), 0);
    assert_eq!(scans(&["--set", "port-scan.ports=60"], many), 2);
}

#[test]
fn a_baseline_is_learnt_and_asked() {
    let (logs, quiet) = (logs(&HIDDEN), logs(&[]));
    let file = quiet.path().join("normal.fcb");
    let build = |folder: &Path, arguments: &[&str]| {
        let folder = folder.to_str().unwrap();
        let output = ["--output", file.to_str().unwrap()];
        Program::new(&["baseline", "build", folder])
            .with(&output)
            .with(arguments)
            .run()
    };
    let first = build(quiet.path(), &[]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let learnt = std::fs::read_to_string(&file).unwrap();
    let again = build(quiet.path(), &[]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        learnt,
        "the same records teach the same"
    );
    let added = build(logs.path(), &["--add-to", file.to_str().unwrap()]);
    assert_eq!(added.code, 0, "{}", added.stderr);
    assert!(std::fs::metadata(&file).unwrap().len() > learnt.len() as u64);
    let asked = detect(
        logs.path(),
        &["--format", "json", "--baseline", file.to_str().unwrap()],
    )
    .run();
    assert_eq!(count(&report(&asked), "port-scan"), 2);
    std::fs::write(&file, &learnt[..learnt.len() - 10]).unwrap();
    let damaged = detect(logs.path(), &["--baseline", file.to_str().unwrap()]).run();
    assert_eq!(damaged.code, 2);
    assert!(
        damaged.stderr.contains("cut short or changed"),
        "{}",
        damaged.stderr
    );
}

#[test]
fn wrong_input_is_one_clear_line() {
    let logs = logs(&[]);
    for (arguments, expected) in [
        (
            &["--only", "port-scna"][..],
            "there is no detection `port-scna`",
        ),
        (&["--set", "port-scan.ports"], "expected ID.NAME=VALUE"),
        (&["--set", "port-scan.prots=3"], "has no parameter `prots`"),
        (
            &["--set", "port-scan.ports=-3"],
            "must be a number above zero",
        ),
        (
            &["--inside", "10.0.0.0/99"],
            "--inside: \"10.0.0.0/99\" is no address",
        ),
        (
            &["--bad-addresses", "nowhere.txt"],
            "cannot use the list nowhere.txt",
        ),
        (
            &["--bad-addresses", "list.txt"],
            "list.txt:2: \"example.org\" is no address",
        ),
        (
            &["--geoip", "list.txt"],
            "cannot use list.txt for countries",
        ),
        (
            &["--baseline", "list.txt"],
            "cannot use the baseline list.txt",
        ),
        (
            &["--format", "junit"],
            "findings of detections have no form as junit",
        ),
        (
            &["--pseudonymise", "env:KEY"],
            "the environment has no variable KEY",
        ),
    ] {
        let run = detect(logs.path(), arguments)
            .file("list.txt", b"192.0.2.1\nexample.org\n")
            .run();
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr.contains(expected),
            "{arguments:?}: {}",
            run.stderr
        );
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

/// A snapshot of one interface with that address.
fn snapshot(address: &str) -> Value {
    let complete = |items: Value| json!({"state": "complete", "items": items});
    json!({
        "schema": "flowcover.inventory/1", "generator": "flowcover 0.1.0", "collected_at": "2026-03-02T10:02:01Z",
        "partition": "aws", "depth": "full", "proved": false, "organization": null, "accounts": [],
        "regions": [{
            "account_id": "111122223333", "region": "eu-west-1", "status": "collected",
            "vpcs": complete(json!([{"vpc_id": "vpc-1", "tags": {"Name": "shop"}}])),
            "network_interfaces": complete(json!([{
                "network_interface_id": "eni-1", "vpc_id": "vpc-1", "instance_id": "i-1", "security_group_ids": ["sg-1"],
                "private_ip_addresses": [{"private_ip_address": address}],
            }])),
        }],
    })
}

#[test]
fn both_ends_are_called_by_what_is_known_of_them() {
    let logs = logs(&HIDDEN);
    let only = ["--only", "beaconing", "--format", "json"];
    let found = report(&detect(logs.path(), &only).run());
    let finding = &list(&found["findings"])[0];
    let (client, server) = (text(&finding["client"]), text(&finding["server"]));
    assert_eq!(finding["client_name"], Value::Null);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("inventory.json"), snapshot(client).to_string()).unwrap();
    let ranges = json!({"prefixes": [{"ip_prefix": format!("{server}/32"), "region": "eu-west-1", "service": "EC2"}]});
    std::fs::write(path("ip-ranges.json"), ranges.to_string()).unwrap();
    let policy = "[detect]\naws_ranges = \"ip-ranges.json\"\n";
    std::fs::write(path("flowcover.toml"), policy).unwrap();
    let inventory = ["--inventory", &path("inventory.json")];
    for ranges in [
        ["--aws-ranges", &path("ip-ranges.json")],
        ["--policy", &path("flowcover.toml")],
    ] {
        let run = detect(logs.path(), &only).with(&inventory).with(&ranges);
        let named = report(&run.run());
        let finding = &list(&named["findings"])[0];
        assert_eq!(finding["client_name"], "i-1, VPC shop, group sg-1");
        assert_eq!(finding["server_name"], "AWS EC2 eu-west-1");
    }
    std::fs::write(path("ip-ranges.json"), "{}").unwrap();
    let run = detect(logs.path(), &["--aws-ranges", &path("ip-ranges.json")]).run();
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(
        run.stderr.contains("not AWS's ip-ranges.json"),
        "{}",
        run.stderr
    );
    // A query asks nothing of a snapshot but where the records of a VPC lie.
    let query = ["query", "select 1", logs.path().to_str().unwrap()];
    let run = Program::new(&query).with(&inventory).run();
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("--vpc"), "{}", run.stderr);
}

#[test]
fn what_can_be_detected_is_listed_and_explained() {
    let listed = Program::new(&["detect", "--list"]).run();
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    assert!(listed.stdout.contains("port-scan"), "{}", listed.stdout);
    let all = parse(&Program::new(&["detect", "--list=json"]).run().stdout);
    assert_eq!(list(&all).len(), listed.stdout.lines().count());
    for detection in list(&all) {
        let id = text(&detection["id"]);
        let page = Program::new(&["explain", id]).run();
        assert_eq!(page.code, 0, "{}", page.stderr);
        assert!(page.stdout.contains("False positives"), "{id}");
    }
}

#[test]
fn an_object_that_cannot_be_read_costs_only_itself() {
    let logs = logs(&HIDDEN);
    let files = files(logs.path());
    std::fs::write(&files[0], b"\x1f\x8b\x08garbage").unwrap();
    let run = detect(
        logs.path(),
        &[
            "--format",
            "json",
            "--fail-on",
            "high",
            "--only",
            "unusual-protocol",
        ],
    )
    .run();
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(parse(&run.stdout)["coverage"]["unreadable_objects"], 1);
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
