//! `convert`, `schema`, pseudonyms, and results as Parquet and Arrow.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{Program, Run, parse};

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
const OTHER: &str = "srcaddr start bytes vpc-id warp";
const SUMS: &str = "select count(*) n, sum(bytes) b, sum(packets) p, min(start) s from records";
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// An object of that account.
    fn object(&self, account: u64, flow_log: &str, header: &str, lines: &[String]) -> PathBuf {
        let folder = format!("logs/AWSLogs/{account:012}/vpcflowlogs/eu-west-1/2025/11/20");
        let name =
            format!("{account:012}_vpcflowlogs_eu-west-1_{flow_log}_20251120T0005Z_ab.log.gz");
        let path = self.folder.path().join(folder).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(header.as_bytes()).unwrap();
        for line in lines {
            packed.write_all(b"\n").unwrap();
            packed.write_all(line.as_bytes()).unwrap();
        }
        fs::write(&path, packed.finish().unwrap()).unwrap();
        path
    }

    /// Several accounts, two formats.
    fn fill(&self, accounts: u64, each: u64) {
        for account in 1..=accounts {
            let lines = (0..each).map(|n| line(account, n)).collect::<Vec<_>>();
            self.object(account, "fl-1", HEADER, &lines);
            let other: Vec<_> = (0..each / 10)
                .map(|n| format!("10.{account}.0.1 {} {n} vpc-{n} nine", 1_763_596_800 + n))
                .collect();
            self.object(account, "fl-2", OTHER, &other);
        }
    }

    fn sums(&self, folder: &str) -> Value {
        let run = Program::new(&["query", SUMS, &self.path(folder), "--format", "json"]).run();
        assert_eq!(run.code, 0, "{}", run.stderr);
        parse(&run.stdout)
    }

    fn convert(&self, more: &[&str]) -> Run {
        let (logs, lake) = (self.path("logs"), self.path("lake"));
        Program::new(&["convert", &logs, "--output", &lake])
            .with(more)
            .run()
    }
}

fn line(account: u64, n: u64) -> String {
    let start = 1_763_596_800 + n % 300;
    let (a, b) = (n / 250 % 250, n % 250);
    format!(
        "2 {account:012} eni-{a} 10.{account}.{a}.{b} 198.51.100.{b} {} 443 6 {b} {n} {start} {start} ACCEPT OK",
        n % 60_000
    )
}

fn query(sql: &str, path: &str, more: &[&str]) -> Value {
    let run = Program::new(&["query", sql, path, "--format", "json"])
        .with(more)
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    parse(&run.stdout)
}

fn journal_lines(path: &Path) -> usize {
    let bytes = fs::read(path).unwrap_or_default();
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// Runs until the journal has so many lines, then kills. Whether it was still running.
fn killed_at(place: &Place, wanted: usize) -> bool {
    let (logs, lake) = (place.path("logs"), place.path("lake"));
    let mut program = Command::new(env!("CARGO_BIN_EXE_flowcover"))
        .args(["convert", &logs, "--output", &lake, "--threads", "2"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = Path::new(&lake).join(".flowcover-convert.ndjson");
    let given_up = Instant::now() + Duration::from_secs(60);
    loop {
        if program.try_wait().unwrap().is_some() {
            return false;
        }
        if journal_lines(&journal) >= wanted {
            // SIGKILL: nothing can be tidied up.
            program.kill().unwrap();
            program.wait().unwrap();
            return true;
        }
        assert!(Instant::now() < given_up, "no line {wanted}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_killed_conversion_goes_on_without_losing_or_doubling() {
    let place = Place::new();
    place.fill(12, 20_000);
    let expected = place.sums("logs");
    let kills = [1, 3, 6, 9].map(|wanted| killed_at(&place, wanted));
    assert!(
        kills.iter().filter(|&&killed| killed).count() >= 2,
        "{kills:?}"
    );
    let run = place.convert(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(place.sums("lake"), expected);
    let again = place.convert(&[]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("24 inputs were converted earlier"),
        "{}",
        again.stderr
    );
    assert_eq!(place.sums("lake"), expected);
    let left = Command::new("find")
        .args([&place.path("lake"), "-name", "*.part"])
        .output()
        .unwrap();
    assert_eq!(left.stdout, b"");
}

#[test]
fn mixed_formats_and_damage_are_accounted_for() {
    let place = Place::new();
    place.fill(2, 3000);
    let cut = place.object(
        3,
        "fl-3",
        HEADER,
        &(0..9000).map(|n| line(3, n)).collect::<Vec<_>>(),
    );
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
    place.object(3, "fl-4", HEADER, &["not a record".to_owned(), line(3, 1)]);
    let run = place.convert(&[]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("cut"), "{}", run.stderr);
    assert!(run.stderr.contains("not a record"), "{}", run.stderr);
    let original = Program::new(&["query", SUMS, &place.path("logs"), "--format", "json"]).run();
    assert_eq!(original.code, 3);
    assert_eq!(place.sums("lake"), parse(&original.stdout));
    // What is not in the lake is said by every run.
    assert_eq!(place.convert(&[]).code, 3);
    let found = query(
        "select warp, count(*) n from records group by 1 order by 2",
        &place.path("lake"),
        &[],
    );
    assert_eq!(found[0], json!({"warp": "nine", "n": 600}));
}

#[test]
fn other_formats_are_written() {
    for (to, ending) in [
        ("csv", "csv.gz"),
        ("ndjson", "ndjson.gz"),
        ("ocsf", "ndjson.gz"),
    ] {
        let place = Place::new();
        place.fill(1, 500);
        let run = place.convert(&["--to", to]);
        assert_eq!(run.code, 0, "{to}: {}", run.stderr);
        assert!(
            run.stderr.contains("550 records of 2 inputs"),
            "{}",
            run.stderr
        );
        let day = "lake/aws_account_id=000000000001/aws_region=eu-west-1/day=2025-11-20";
        let files: Vec<String> = fs::read_dir(place.path(day))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(files, [format!("000001-0.{ending}")]);
        let run = place.convert(&[]);
        assert_eq!(run.code, 2);
        assert!(
            run.stderr.contains(&format!("was begun with --to {to}")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn results_are_parquet_and_arrow() {
    let place = Place::new();
    place.fill(1, 500);
    let sql = "select srcaddr, dstport, sum(bytes) bytes from records group by 1, 2 order by 1, 2";
    let expected = query(sql, &place.path("logs"), &[]);
    let file = place.path("result.parquet");
    let run = Program::new(&["query", sql, &place.path("logs"), "--format", "parquet"])
        .with(&["--output", &file])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found = query(
        "select srcaddr, dstport, cast(bytes as bigint) bytes from records order by 1, 2",
        &file,
        &[],
    );
    assert_eq!(found, expected);
    let file = place.path("result.arrow");
    let run = Program::new(&["top", "talkers", &place.path("logs"), "--format", "arrow"])
        .with(&["--output", &file])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"ARROW1") && bytes.ends_with(b"ARROW1"));
}

#[test]
fn no_address_is_seen_with_a_key() {
    let place = Place::new();
    place.object(
        1,
        "fl-1",
        HEADER,
        &[line(1, 1), line(1, 2), "2 1 eni-1 10.1.0.9 x".to_owned()],
    );
    let key = place.path("secret.key");
    fs::write(&key, KEY).unwrap();
    let with = ["--pseudonymise", key.as_str()];
    let logs = place.path("logs");
    let sql = "select srcaddr, dstaddr from records order by bytes";
    let seen = query(sql, &logs, &with);
    let plain = query(sql, &logs, &[]);
    for row in [0, 1] {
        for column in ["srcaddr", "dstaddr"] {
            assert_ne!(seen[row][column], plain[row][column]);
        }
    }
    // The key may come from the environment; networks stay together.
    let run = Program::new(&[
        "query",
        sql,
        &logs,
        "--format",
        "json",
        "--pseudonymise",
        "env:PSEUDONYM_KEY",
    ])
    .variable("PSEUDONYM_KEY", KEY)
    .run();
    assert_eq!(parse(&run.stdout), seen);
    // A line that is no record is not shown.
    assert!(run.stderr.contains("fl-1"), "{}", run.stderr);
    assert!(!run.stderr.contains("10.1.0.9"), "{}", run.stderr);
    // The address is looked for, its pseudonym is found.
    let run = Program::new(&["find", "10.1.0.1", &logs, "--format", "json"])
        .with(&with)
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found = parse(&run.stdout);
    assert_eq!(found[0]["srcaddr"], seen[0]["srcaddr"]);
    assert_eq!(found.as_array().unwrap().len(), 1);
    let run = Program::new(&["find", "10.1.0.0/24", &logs, "--format", "ndjson"])
        .with(&with)
        .run();
    assert_eq!(run.stdout.lines().count(), 2);
    assert!(!run.stdout.contains("10.1.0."));
    let run = place.convert(&with);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(!run.stderr.contains("10.1.0.9"), "{}", run.stderr);
    assert_eq!(query(sql, &place.path("lake"), &[]), seen);
    let run = place.convert(&[]);
    assert_eq!(run.code, 2);
    for key in ["env:NO_SUCH_KEY", "/nowhere/key", "00"] {
        let run = Program::new(&["query", sql, &logs, "--pseudonymise", key]).run();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{key}");
    }
}

#[test]
fn keys_are_made_once() {
    let place = Place::new();
    let key = place.path("secret.key");
    let run = Program::new(&["convert", "--new-key", &key]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = fs::read_to_string(&key).unwrap();
    assert_eq!(text.trim().len(), 64);
    assert!(!run.stdout.contains(text.trim()) && !run.stderr.contains(text.trim()));
    let run = Program::new(&["convert", "--new-key", &key]).run();
    assert_eq!(run.code, 2);
    assert_eq!(fs::read_to_string(&key).unwrap(), text);
    // Without it, paths and an output are asked for.
    assert_eq!(Program::new(&["convert"]).run().code, 2);
    assert_eq!(Program::new(&["convert", &key]).run().code, 2);
}

/// What DuckDB finds by the definition that the program prints.
fn duckdb(place: &Place, path: &str) -> Value {
    let run = Program::new(&["schema", "--as", "duckdb", path]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let sql = place.path("schema.sql");
    fs::write(&sql, run.stdout).unwrap();
    let script = "import duckdb, json, sys\n\
        connection = duckdb.connect()\n\
        connection.execute(open(sys.argv[1]).read())\n\
        rows = connection.execute('select count(*), sum(bytes), sum(packets), min(\"start\"), count(srcaddr) from vpc_flow_logs').fetchall()\n\
        print(json.dumps([int(value) for value in rows[0]]))";
    let found = Command::new(flowcover_testkit::tool("python"))
        .args(["-B", "-c", script, &sql])
        .output()
        .unwrap();
    assert!(
        found.status.success(),
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
    parse(&String::from_utf8(found.stdout).unwrap())
}

/// DuckDB takes the definitions as they are, and finds what flowcover finds.
#[test]
fn definitions_are_executed() {
    let place = Place::new();
    let nodata = "2 000000000001 eni-2 - - - - - - - 1763596900 1763596950 - NODATA".to_owned();
    let lines = (0..500)
        .map(|n| line(1, n))
        .chain([nodata])
        .collect::<Vec<_>>();
    place.object(1, "fl-1", HEADER, &lines);
    assert_eq!(place.convert(&[]).code, 0);
    let bytes: u64 = (0..500).sum();
    let packets: u64 = (0..500).map(|n| n % 250).sum();
    let expected = json!([501, bytes, packets, 1_763_596_800, 500]);
    assert_eq!(duckdb(&place, &place.path("logs")), expected);
    assert_eq!(duckdb(&place, &place.path("lake")), expected);
}

#[test]
fn schemas_follow_what_lies_there() {
    let place = Place::new();
    place.fill(1, 20);
    let text = place.path("logs/AWSLogs");
    let run = Program::new(&["schema", "--as", "athena", &text]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("2 formats lie there"), "{}", run.stderr);
    let one = place.object(2, "fl-2", OTHER, &[]);
    let run = Program::new(&["schema", "--as", "athena", one.to_str().unwrap()]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let columns: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  `"))
        .map(|line| line.split('`').next().unwrap())
        .collect();
    assert_eq!(columns, ["srcaddr", "start", "bytes", "vpc_id", "warp"]);
    assert_eq!(place.convert(&[]).code, 0);
    let run = Program::new(&["schema", "--as", "duckdb", &place.path("lake")]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("hive_partitioning = true"),
        "{}",
        run.stdout
    );
    let run = Program::new(&["schema", "--as", "opensearch", "--log-format", OTHER]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let template = parse(&run.stdout);
    assert_eq!(
        template["template"]["mappings"]["properties"]["srcaddr"]["type"],
        "ip"
    );
    assert_eq!(Program::new(&["schema", "--as", "duckdb"]).run().code, 2);
}
