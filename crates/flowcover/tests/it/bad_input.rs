//! Input that cannot be used, and outputs that cannot be written.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Program, Run, checks};

const INVENTORY: &[u8] = include_bytes!("../../../core/tests/stored/inventory-1.json");
fn judge(snapshot: &[u8]) -> Run {
    Program::new(&["audit", "--format", "json", "--from", "snapshot.json"])
        .file("snapshot.json", snapshot)
        .run()
}

/// An inventory of one region that was read whole, with these VPCs.
pub(crate) fn inventory(vpcs: &[Value]) -> Vec<u8> {
    let mut inventory: Value = serde_json::from_slice(INVENTORY).unwrap();
    for list in [
        "roles",
        "log_groups",
        "buckets",
        "delivery_streams",
        "keys",
        "last_records",
    ] {
        inventory[list] = json!({});
    }
    inventory["accounts"].as_array_mut().unwrap().truncate(1);
    inventory["gaps"] = json!([]);
    inventory["proved"] = json!(false);
    inventory["regions"].as_array_mut().unwrap().truncate(1);
    let region = &mut inventory["regions"][0];
    for list in [
        "flow_logs",
        "subnets",
        "network_interfaces",
        "transit_gateways",
    ] {
        region[list] = json!({"state": "complete", "items": []});
    }
    region["status"] = json!("collected");
    region["vpcs"] = json!({"state": "complete", "items": vpcs});
    serde_json::to_vec(&inventory).unwrap()
}

pub(crate) fn vpc(id: &str, tags: &Value) -> Value {
    json!({"vpc_id": id, "owner_id": "111122223333", "is_default": false, "tags": tags})
}

#[test]
fn a_snapshot_that_cannot_be_read_is_refused_in_one_line() {
    let cut = &INVENTORY[..INVENTORY.len() / 2];
    let deep = [b"[".repeat(1_000_000), b"]".repeat(1_000_000)].concat();
    let version = String::from_utf8_lossy(INVENTORY).replace("inventory/1", "inventory/99");
    let nested = format!(
        r#"{{"schema":"flowcover.inventory/1","x":{}"#,
        "[".repeat(100_000)
    );
    let wrong_type = version.replace("inventory/99", "inventory/1").replacen(
        r#""vpcs": {"#,
        r#""vpcs": 7, "was": {"#,
        1,
    );
    for (what, bytes, place) in [
        (
            "malformed",
            b"{\n  \"schema\" 1\n}".as_slice(),
            "snapshot.json:2:",
        ),
        ("empty", b"", "snapshot.json"),
        ("cut", cut, "snapshot.json:"),
        ("deep", &deep, "snapshot.json"),
        ("deep below a field", nested.as_bytes(), "snapshot.json:1:"),
        ("another version", version.as_bytes(), "inventory/99"),
        ("another thing", b"{\"Vpcs\": []}", "snapshot.json"),
        (
            "a field of another type",
            wrong_type.as_bytes(),
            "snapshot.json:",
        ),
        ("binary", &[0xff, 0xfe, 0, 1, 2], "snapshot.json"),
        (
            "a broken zstd frame",
            &[0x28, 0xb5, 0x2f, 0xfd, 9, 9, 9],
            "snapshot.json",
        ),
    ] {
        let run = judge(bytes);
        let errors = run.complaints("error: ");
        assert_eq!((run.code, errors.len()), (2, 1), "{what}: {run:#?}");
        assert!(errors[0].contains(place), "{what}: {}", errors[0]);
        let others = run.stderr.lines().count() - 1;
        assert_eq!(
            others,
            run.complaints("hint: ").len(),
            "{what}: {}",
            run.stderr
        );
        assert!(run.stderr.len() < 500 && run.stdout.is_empty(), "{what}");
    }
}

#[test]
fn a_policy_with_a_typo_points_at_the_line() {
    let run = Program::new(&["audit", "--from", "snapshot.json"])
        .file("snapshot.json", &inventory(&[]))
        .file(
            "flowcover.toml",
            b"preset = \"cis\"\n\n[record]\ntraffic_type = \"REJCT\"\n",
        )
        .run();
    assert_eq!(run.code, 2);
    insta::assert_snapshot!("policy_typo", run.stderr);
    let run = Program::new(&["audit", "--format", "json", "--from", "snapshot.json"])
        .file("snapshot.json", &inventory(&[]))
        .file("flowcover.toml", b"[record]\ntrafic_type = \"ALL\"\n")
        .run();
    insta::assert_snapshot!("policy_unknown_key", run.stderr);
    assert_eq!(run.code, 0, "an unknown key warns");
}

#[test]
fn exemptions_that_have_expired_or_match_nothing_are_findings() {
    let policy = br#"
[[exempt]]
ids = ["vpc-1"]
reason = "was a test"
until = 2020-01-01

[[exempt]]
ids = ["vpc-nowhere"]
reason = "never was"
until = 2099-01-01
"#;
    let run = Program::new(&["audit", "--format", "json", "--from", "snapshot.json"])
        .file("snapshot.json", &inventory(&[vpc("vpc-1", &json!({}))]))
        .file("flowcover.toml", policy)
        .run();
    let report = run.report();
    let elsewhere = checks(&report.0);
    let here = checks(&report.0["vpcs"][0]);
    let all: Vec<_> = elsewhere.union(&here).copied().collect();
    assert!(all.contains(&"exemption-expired"), "{all:?}");
    assert!(all.contains(&"exemption-stale"), "{all:?}");
    assert_eq!(report.0["vpcs"][0]["verdict"], "not-recorded");
    assert_eq!(run.code, 1);
}

/// Said before anything is asked of AWS: nothing answers at the endpoint, and no credentials are there.
#[test]
fn an_output_that_cannot_be_written_is_said_first() {
    for (path, what) in [
        ("nowhere/report.json", "nowhere/report.json"),
        ("report.xyz", "report.xyz"),
    ] {
        for command in ["audit", "collect"] {
            if command == "collect" && path == "report.xyz" {
                continue;
            }
            let run = Program::new(&[command, "--output", path]).run();
            assert_eq!(run.code, 2, "{command} {path}: {}", run.stderr);
            let errors = run.complaints("error: ");
            assert_eq!(errors.len(), 1, "{}", run.stderr);
            assert!(errors[0].contains(what), "{}", run.stderr);
        }
    }
}

#[test]
fn a_run_that_fails_leaves_no_file() {
    let arguments = [
        "audit",
        "--output",
        "report.json",
        "--from",
        "snapshot.json",
    ];
    let program = Program::new(&arguments).file("snapshot.json", b"{");
    let files = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    assert_eq!(program.run_then(files).1, 1, "only the snapshot");
}

#[test]
fn usage_errors_are_told_apart() {
    for (arguments, told) in [
        (&["audit", "--format", "yaml"][..], "yaml"),
        (
            &["audit", "--format", "json", "--format", "csv"],
            "standard output",
        ),
        (
            &[
                "audit", "--format", "json", "--output", "a", "--format", "csv", "--output", "a",
            ],
            "two outputs",
        ),
        (&["audit", "--organization"], "--role-name"),
        (&["audit", "--region", "eu west 1"], "not a region"),
        (&["audit", "--account", "12"], "twelve digits"),
        (&["audit", "--from", "nowhere.json"], "nowhere.json"),
        (&["audit", "--from", "x", "--depth", "full"], "--depth"),
        (&["audit", "--preset", "nist"], "nist"),
        (&["audit", "--policy", "nowhere.toml"], "nowhere.toml"),
        (&["explain", "nothing"], "nothing"),
        (&["frobnicate"], "frobnicate"),
    ] {
        let run = Program::new(arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn the_exit_code_says_what_was_found() {
    let clean = inventory(&[]);
    let bare = inventory(&[vpc("vpc-1", &json!({}))]);
    let mut unread: Value = serde_json::from_slice(&bare).unwrap();
    unread["regions"][0]["flow_logs"] = json!({"state": "not-read", "items": []});
    unread["regions"][0]["status"] = json!("partial");
    let mut refused: Value = serde_json::from_slice(&clean).unwrap();
    refused["regions"][0]["vpcs"] = json!({"state": "not-read", "items": []});
    refused["regions"][0]["flow_logs"] = json!({"state": "not-read", "items": []});
    refused["regions"][0]["status"] = json!("denied");
    refused["gaps"] = json!([{
        "account_id": "111122223333", "region": "eu-west-1", "action": "ec2:DescribeVpcs", "resource": null,
        "kind": "denied", "error_code": "UnauthorizedOperation", "permission": "ec2:DescribeVpcs", "message": "no",
    }]);
    for (code, bytes) in [
        (0, clean),
        (1, bare),
        (2, b"{".to_vec()),
        (3, serde_json::to_vec(&unread).unwrap()),
        (4, serde_json::to_vec(&refused).unwrap()),
    ] {
        let run = judge(&bytes);
        assert_eq!(run.code, code, "{run:#?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let program = env!("CARGO_BIN_EXE_flowcover");
    for command in [
        "checks",
        "checks --format json",
        "explain role-not-assumable",
        "init --print",
        "permissions audit",
    ] {
        // The shell's pipe is closed before the program writes: `true` reads nothing.
        let script =
            format!("({{ sleep 0.2; '{program}' {command}; echo \"code $?\" >&2; }} | true)");
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.trim(), "code 0", "{command}");
    }
}
