//! Text of others, in tags, that wants to be more than text.

use flowcover_testkit::Moto;
use serde_json::json;

use crate::bad_input::{inventory, vpc};
use crate::support::Program;

const FORMATS: [&str; 11] = [
    "table",
    "json",
    "ndjson",
    "csv",
    "markdown",
    "html",
    "sarif",
    "junit",
    "ocsf",
    "asff",
    "prometheus",
];

#[test]
fn hostile_tags_are_inert_in_every_format() {
    let tags = json!({
        "Name": "<script>alert(1)</script>=cmd|'/c calc'!A1\u{1b}[31m\u{202e}txt.exe\n| x |",
        "=cmd()": "\u{1b}]0;title\u{7}\"><img src=x onerror=alert(1)>",
    });
    let mut first = vpc("vpc-1", &tags);
    first["owner_id"] = json!("111122223333");
    let second = vpc("vpc-2", &json!({"Name": "=HYPERLINK(\"http://x\")"}));
    let snapshot = inventory(&[first, second]);
    for format in FORMATS {
        let run = Program::new(&[
            "audit",
            "--all",
            "--from",
            "snapshot.json",
            "--format",
            format,
        ])
        .file("snapshot.json", &snapshot)
        .run();
        assert_eq!(run.code, 1, "{format}: {}", run.stderr);
        // Prometheus has figures by account and region, and no VPC.
        let named = if format == "prometheus" {
            "flowcover_"
        } else {
            "vpc-2"
        };
        assert!(run.stdout.contains(named), "{format}");
        for character in ['\u{1b}', '\u{7}', '\u{202e}'] {
            assert!(!run.stdout.contains(character), "{format}: {character:?}");
        }
        if ["html", "markdown", "junit"].contains(&format) {
            assert!(!run.stdout.contains("<script>alert"), "{format}");
            assert!(!run.stdout.contains("<img src=x"), "{format}");
        }
        if format == "csv" {
            let cells = |line: &str| {
                line.split(',')
                    .any(|cell| cell.trim_matches('"').starts_with('='))
            };
            assert!(!run.stdout.lines().any(cells), "{}", run.stdout);
        }
    }
}

/// The same, with tags as AWS gives them.
#[test]
fn hostile_tags_that_come_from_the_api_are_inert() {
    let moto = Moto::start();
    let _ = moto.seed(&["hostile-tags"]);
    let run = Program::new(&["audit", "--region", "us-east-1", "--format", "html"])
        .against(&moto.url(), &moto.credentials())
        .run();
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("alert(1)") && !run.stdout.contains("<script>alert(1)"));
    assert!(!run.stdout.contains('\u{202e}'));
}
