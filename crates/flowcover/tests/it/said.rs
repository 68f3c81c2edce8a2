//! What is said of what was read: `--rejects`, `--strict`, `--explain`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{Program, Run, parse};

pub(crate) const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
const GOOD: &str =
    "2 123456789012 eni-1 10.0.0.1 10.0.0.2 40000 443 6 10 1000 1763600000 1763600050 ACCEPT OK";
const NODATA: &str = "2 123456789012 eni-2 - - - - - - - 1763600002 1763600050 - NODATA";
const SKIPDATA: &str = "2 123456789012 eni-2 - - - - - - - 1763600002 1763600050 - SKIPDATA";
const BAD_PORT: &str =
    "2 123456789012 eni-1 10.0.0.1 10.9.8.7 40000 https 6 1 40 1763600000 1763600050 ACCEPT OK";

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder of objects as AWS lays them out.
struct Logs {
    folder: tempfile::TempDir,
}

impl Logs {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With an object of these lines.
    fn object(self, flow_log: &str, time: &str, lines: &[&[u8]]) -> Self {
        let folder = self
            .folder
            .path()
            .join("logs/AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/20");
        std::fs::create_dir_all(&folder).unwrap();
        let name = format!(
            "123456789012_vpcflowlogs_eu-west-1_{flow_log}_20261120T{time}Z_abcdef01.log.gz"
        );
        let text = [&[HEADER.as_bytes()], lines].concat().join(&b'\n');
        std::fs::write(folder.join(name), gzip(&text)).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command over all objects; of `query`, the query comes before them.
    fn ask(&self, arguments: &[&str]) -> Run {
        let logs = self.path("logs");
        let before = if arguments[0] == "query" { 2 } else { 1 };
        let (first, rest) = arguments.split_at(before);
        Program::new(first)
            .with(&[logs.to_str().unwrap()])
            .with(rest)
            .run()
    }
}

/// Two objects with three malformed lines: one of two fields, one with a word for a port, one that is no text.
fn faulty() -> Logs {
    Logs::new()
        .object(
            "fl-1",
            "0000",
            &[
                GOOD.as_bytes(),
                b"not \x1b[2Ja record",
                BAD_PORT.as_bytes(),
                NODATA.as_bytes(),
            ],
        )
        .object("fl-1", "0005", &[GOOD.as_bytes(), b"\xff\x00"])
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        text.bytes()
            .all(|byte| byte == b'\n' || !byte.is_ascii_control() && byte.is_ascii()),
        "{text:?}"
    );
    let mut lines: Vec<Value> = text.lines().map(parse).collect();
    lines.sort_by_key(|line| (line["place"].to_string(), line["line"].as_u64()));
    lines
}

/// Line, field, and what stands there.
fn told(lines: &[Value]) -> Vec<Value> {
    let told = lines.iter();
    told.map(|it| json!([it["line"], it["field"], it["text"], it["hex"]]))
        .collect()
}

#[test]
fn every_malformed_line_is_written_down() {
    let logs = faulty();
    let expected = [
        json!([3, null, "not \u{1b}[2Ja record", null]),
        json!([4, "dstport", BAD_PORT, null]),
        json!([3, null, null, "ff00"]),
    ];
    let everything = "select * from records";
    // An object that is read twice is told of once.
    let twice = "select count(a.dstport) from records a join records b on a.srcaddr = b.srcaddr";
    for sql in [everything, twice] {
        let rejects = logs.path("rejects.ndjson");
        let run = logs.ask(&["query", sql, "--rejects", rejects.to_str().unwrap()]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stderr.contains("--rejects"), "{}", run.stderr);
        let lines = lines(&rejects);
        assert_eq!(told(&lines), expected, "{sql}");
        assert!(lines[0]["place"].as_str().unwrap().ends_with(".log.gz"));
        assert_eq!(lines[1]["reason"], "not a number");
        std::fs::remove_file(rejects).unwrap();
    }
    let run = logs.ask(&["query", everything]);
    assert_eq!(run.complaints("hint:").len(), 1, "{}", run.stderr);
}

#[test]
fn more_malformed_lines_than_are_shown_are_all_written_down() {
    let bad = vec![BAD_PORT.as_bytes(); 10_000];
    let logs = Logs::new().object("fl-1", "0000", &bad);
    let rejects = logs.path("rejects.ndjson");
    let arguments = ["query", "select dstport from records", "--rejects"];
    let run = logs.ask(&[&arguments[..], &[rejects.to_str().unwrap()]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines = lines(&rejects);
    let numbers: Vec<u64> = lines
        .iter()
        .map(|it| it["line"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (2..10_002).collect::<Vec<_>>());
}

#[test]
fn what_malformed_lines_say_is_hidden_where_addresses_are() {
    let logs = faulty();
    let key = logs.path("secret.key");
    std::fs::write(&key, "00112233445566778899aabbccddeeff".repeat(2)).unwrap();
    let rejects = logs.path("rejects.ndjson");
    let hidden = [
        "--pseudonymise",
        key.to_str().unwrap(),
        "--rejects",
        rejects.to_str().unwrap(),
    ];
    let lake = logs.path("lake");
    let convert = ["convert", "--output", lake.to_str().unwrap()];
    for (first, code) in [
        (&["query", "select * from records"][..], 0),
        (&convert[..], 3),
    ] {
        let run = logs.ask(&[first, &hidden].concat());
        assert_eq!(run.code, code, "{}", run.stderr);
        let nothing = json!(null);
        let lines = lines(&rejects);
        assert_eq!(lines.len(), 3);
        assert!(
            lines
                .iter()
                .all(|it| it["text"] == nothing && it["hex"] == nothing)
        );
        std::fs::remove_file(&rejects).unwrap();
    }
}

#[test]
fn a_conversion_writes_down_what_it_leaves_out() {
    let logs = faulty();
    let [rejects, lake] = ["rejects.ndjson", "lake"].map(|name| logs.path(name));
    let run = logs.ask(&[
        "convert",
        "--output",
        lake.to_str().unwrap(),
        "--rejects",
        rejects.to_str().unwrap(),
        "--explain",
    ]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(lines(&rejects).len(), 3);
    let counted = run.complaints("of 6 records 2 parsed, 1 NODATA");
    assert_eq!(counted.len(), 1, "{}", run.stderr);
}

#[test]
fn a_place_for_malformed_lines_is_opened_first_and_of_its_own() {
    let logs = faulty();
    for (more, says) in [
        (
            &["--rejects", "-"][..],
            "two outputs would go to standard output",
        ),
        (
            &["--rejects", "same.csv", "--output", "./same.csv"],
            "two outputs would go to",
        ),
        (
            &["--rejects", "nowhere/rejects.ndjson"],
            "nowhere/rejects.ndjson",
        ),
    ] {
        let run = logs.ask(&[&["query", "select 1"], more].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{more:?}");
        let errors = run.complaints("error:");
        assert_eq!(errors.len(), 1, "{}", run.stderr);
        assert!(errors[0].contains(says), "{errors:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run() {
    let bad = vec![BAD_PORT.as_bytes(); 10_000];
    let logs = Logs::new().object("fl-1", "0000", &bad);
    let run = logs.ask(&[
        "query",
        "select dstport from records",
        "--rejects",
        "/dev/full",
    ]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let errors = run.complaints("error:");
    assert_eq!(errors, ["error: cannot write /dev/full: no storage space"]);
}

#[test]
fn a_strict_run_stops_at_the_first_fault() {
    let logs = faulty();
    let [out, rejects] = ["out.csv", "rejects.ndjson"].map(|name| logs.path(name));
    for sql in [
        "select * from records",
        "select srcaddr, sum(bytes), max(dstport) from records group by 1",
        "select * from flows",
    ] {
        let run = logs.ask(&[
            "query",
            sql,
            "--strict",
            "--threads",
            "1",
            "--output",
            out.to_str().unwrap(),
            "--rejects",
            rejects.to_str().unwrap(),
        ]);
        assert_eq!(run.code, 3, "{sql}: {}", run.stderr);
        let errors = run.complaints("error:");
        assert_eq!(errors.len(), 1, "{}", run.stderr);
        assert!(
            errors[0].contains("T0000Z_abcdef01.log.gz:3: "),
            "{errors:?}"
        );
        assert_eq!(run.complaints("hint:").len(), 1, "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
        assert!(!out.exists());
        assert_eq!(lines(&rejects).len(), 1);
        std::fs::remove_file(&rejects).unwrap();
    }
}

#[test]
fn a_strict_run_stops_at_an_object_that_cannot_be_read() {
    let logs = Logs::new().object("fl-1", "0000", &[GOOD.as_bytes()]);
    std::fs::write(logs.path("logs/odd.log"), "no header line\n").unwrap();
    let [out, lake] = ["out.csv", "lake"].map(|name| logs.path(name));
    let query = [
        "query",
        "select * from records",
        "--output",
        out.to_str().unwrap(),
    ];
    let convert = ["convert", "--output", lake.to_str().unwrap()];
    for command in [&query[..], &convert] {
        let run = logs.ask(&[command, &["--strict"]].concat());
        assert_eq!(run.code, 3, "{}", run.stderr);
        let errors = run.complaints("error:");
        assert_eq!(errors.len(), 1, "{}", run.stderr);
        assert!(
            errors[0].contains("odd.log: it has no header line"),
            "{errors:?}"
        );
        assert!(run.stderr.contains("--log-format"), "{}", run.stderr);
    }
    assert!(!out.exists());
    let run = logs.ask(&[
        "query",
        "select count(*) n from records",
        "--format",
        "json",
    ]);
    assert_eq!((run.code, parse(&run.stdout)), (3, json!([{"n": 1}])));
}

#[test]
fn a_strict_run_over_sound_records_is_like_any_other() {
    let logs = Logs::new().object("fl-1", "0000", &[GOOD.as_bytes(), NODATA.as_bytes()]);
    let rejects = logs.path("rejects.ndjson");
    let arguments = [
        "query",
        "select count(*) n from records",
        "--strict",
        "--rejects",
    ];
    let run = logs.ask(&[&arguments[..], &[rejects.to_str().unwrap()]].concat());
    assert_eq!((run.code, run.stdout.as_str()), (0, "n\n2\n"));
    // Nothing is said, and no progress is drawn, where there is no terminal.
    assert_eq!(run.stderr, "");
    assert_eq!(std::fs::read(rejects).unwrap(), b"");
}

#[test]
fn what_is_not_covered_is_explained() {
    let logs = Logs::new()
        .object("fl-1", "0000", &[GOOD.as_bytes(), NODATA.as_bytes()])
        .object("fl-1", "0015", &[GOOD.as_bytes(), SKIPDATA.as_bytes()])
        .object("fl-2", "0000", &[GOOD.as_bytes()])
        .object("fl-2", "0005", &[b"cut"]);
    let run = logs.ask(&["query", "select max(bytes) from records", "--explain"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for line in [
        "of 6 records 3 parsed, 1 NODATA (no traffic), 1 SKIPDATA (records that AWS lost), 1 malformed, 0 passed over",
        "2 bins of 5 minutes between",
        "  123456789012 eu-west-1 fl-1: 2026-11-20T00:05Z to 2026-11-20T00:15Z (2 bins)",
        "fields that detections want and the format lacks: vpc-id (version 3), tcp-flags (version 3), pkt-srcaddr (version 3), pkt-dstaddr (version 3), flow-direction (version 5);",
    ] {
        assert_eq!(run.complaints(line).len(), 1, "{line}: {}", run.stderr);
    }
    let run = logs.ask(&[
        "query",
        "select * from records where srcaddr = '192.0.2.1'",
        "--explain",
    ]);
    let passed = run.complaints("of 6 records 0 parsed, 0 NODATA");
    assert!(passed[0].contains("5 passed over"), "{}", run.stderr);
    let run = logs.ask(&["query", "select max(bytes) from records"]);
    assert!(!run.stderr.contains("bins"), "{}", run.stderr);
}
