//! Reading records: `query`, `top`, `find`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{Program, Run, parse};

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// Two objects as AWS lays them out, of two flow logs with different formats.
struct Logs {
    folder: tempfile::TempDir,
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

impl Logs {
    fn new() -> Self {
        let logs = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let lines = [
            "2 123456789012 eni-1 10.0.0.1 198.51.100.7 40000 443 6 10 1000 1763600000 1763600050 ACCEPT OK",
            "2 123456789012 eni-1 198.51.100.7 10.0.0.1 443 40000 6 12 9000 1763600001 1763600050 ACCEPT OK",
            "2 123456789012 eni-1 203.0.113.9 10.0.0.1 55555 22 6 1 40 1763600002 1763600050 REJECT OK",
            "2 123456789012 eni-2 - - - - - - - 1763600002 1763600050 - NODATA",
        ];
        logs.object(
            "fl-1",
            "0000",
            &gzip(&[&[HEADER], &lines[..]].concat().join("\n")),
        );
        let other = [
            "srcaddr dstaddr bytes tcp-flags action instance-tag",
            "10.0.0.1 10.0.0.2 500 2 ACCEPT =cmd()",
        ];
        logs.object("fl-2", "0005", &gzip(&other.join("\n")));
        logs
    }

    fn object(&self, flow_log: &str, time: &str, bytes: &[u8]) -> PathBuf {
        let folder = self
            .folder
            .path()
            .join("AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/20");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!(
            "123456789012_vpcflowlogs_eu-west-1_{flow_log}_20261120T{time}Z_abcdef01.log.gz"
        ));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    fn ask(&self, arguments: &[&str]) -> Run {
        let (command, rest) = arguments.split_first().unwrap();
        let (what, rest) = rest.split_first().unwrap();
        Program::new(&[command, what, self.path()]).with(rest).run()
    }

    fn rows(&self, sql: &str) -> Value {
        let run = self.ask(&["query", sql, "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        parse(&run.stdout)
    }
}

#[test]
fn records_of_several_formats_are_one_table() {
    let logs = Logs::new();
    let found = logs.rows(
        "select srcaddr, sum(bytes) b, count(*) n from records group by 1 order by b desc, 1",
    );
    assert_eq!(
        found,
        json!([
            {"srcaddr": "198.51.100.7", "b": 9000, "n": 1},
            {"srcaddr": "10.0.0.1", "b": 1500, "n": 2},
            {"srcaddr": "203.0.113.9", "b": 40, "n": 1},
            {"srcaddr": null, "b": null, "n": 1},
        ])
    );
    let found = logs.rows("select tcp_flags, version from records where dstaddr = '10.0.0.2'");
    assert_eq!(found, json!([{"tcp_flags": 2, "version": null}]));
    let found =
        logs.rows("select log_status, count(*) n from records group by 1 order by 1 nulls last");
    assert_eq!(
        found,
        json!([{"log_status": "NODATA", "n": 1}, {"log_status": "OK", "n": 3}, {"log_status": null, "n": 1}])
    );
    let found = logs.rows("select count(*) n from records where in_cidr(srcaddr, '10.0.0.0/8')");
    assert_eq!(found, json!([{"n": 2}]));
    let found = logs.rows("select start, end from records where dstport = 22");
    assert_eq!(
        found,
        json!([{"start": 1_763_600_002, "end": 1_763_600_050}])
    );
}

#[test]
fn reports_and_needles() {
    let logs = Logs::new();
    let run = logs.ask(&["top", "rejected"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(
        run.stdout,
        "srcaddr,dstaddr,dstport,protocol,bytes,packets,records\n203.0.113.9,10.0.0.1,22,6,40,1,1\n"
    );
    for (needle, rows) in [
        ("10.0.0.1", 4),
        ("203.0.113.0/24", 1),
        ("eni-1", 3),
        ("443", 2),
        ("192.0.2.1", 0),
    ] {
        let run = logs.ask(&["find", needle, "--format", "ndjson"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(run.stdout.lines().count(), rows, "{needle}: {}", run.stdout);
    }
}

#[test]
fn what_a_spreadsheet_would_run_is_inert() {
    let logs = Logs::new();
    let run = logs.ask(&[
        "query",
        "select instance_tag from records where instance_tag is not null",
    ]);
    assert_eq!(run.stdout, "instance_tag\n'=cmd()\n");
}

#[test]
fn standard_input_is_read() {
    let text = format!("{HEADER}\n2 1 eni-1 10.0.0.1 10.0.0.2 1 22 6 1 40 1 2 REJECT OK\n");
    let run = Program::new(&["top", "rejected", "-"])
        .input(text.as_bytes())
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("10.0.0.1,10.0.0.2,22,6,40,1,1"),
        "{}",
        run.stdout
    );
    let run = Program::new(&["top", "rejected", "-"])
        .input(&gzip(&text))
        .run();
    assert!(
        run.stdout.contains("10.0.0.1,10.0.0.2,22,6,40,1,1"),
        "{}",
        run.stdout
    );
}

/// What can be read is read, what cannot is said.
#[test]
fn damaged_objects_cost_only_themselves() {
    let logs = Logs::new();
    let line = "2 123456789012 eni-3 10.9.9.9 10.0.0.1 1 2 6 1 40 1763600000 1763600050 ACCEPT OK";
    let many = std::iter::repeat_n(line, 2000)
        .collect::<Vec<_>>()
        .join("\n");
    let whole = gzip(&format!("{HEADER}\n{many}\n"));
    let cut = logs.object("fl-1", "0010", &whole[..whole.len() - 20]);
    let garbage = logs.object("fl-1", "0015", b"\x00\x01\x02garbage");
    let empty = logs.object("fl-1", "0020", b"");
    let run = logs.ask(&[
        "query",
        "select count(*) n from records where srcaddr = '10.9.9.9'",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let found: Value = parse(&run.stdout);
    assert!(found[0]["n"].as_i64().unwrap() > 0, "{found}");
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let complaints = run.complaints("warning:");
    assert!(
        complaints
            .iter()
            .any(|it| it.contains(&name(&cut)) && it.contains("cut")),
        "{complaints:?}"
    );
    assert!(
        complaints
            .iter()
            .any(|it| it.contains(&name(&garbage)) && it.contains("header")),
        "{complaints:?}"
    );
    assert!(!run.stderr.contains(&name(&empty)), "{}", run.stderr);
}

#[test]
fn malformed_lines_are_counted_and_shown() {
    let text =
        format!("{HEADER}\nnot a record\n2 1 eni-1 10.0.0.1 10.0.0.2 1 x 6 1 40 1 2 REJECT OK\n");
    let run = Program::new(&["query", "select * from records", "-"])
        .input(text.as_bytes())
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let complaints = run.complaints("warning:");
    assert_eq!(complaints.len(), 3, "{complaints:?}");
    assert!(complaints[0].contains("-:2: "), "{complaints:?}");
    assert!(
        complaints[1].contains("`dstport`: not a number"),
        "{complaints:?}"
    );
    assert!(complaints[2].contains("2 lines"), "{complaints:?}");
}

#[test]
fn bad_input_is_one_clear_line() {
    let logs = Logs::new();
    for (arguments, says) in [
        (&["query", "selekt 1"][..], "cannot answer"),
        (&["query", "select nothing from records"], "nothing"),
        (&["query", "drop table records"], "cannot answer"),
        (&["query", "create table x as select 1"], "cannot answer"),
        (&["query", "copy records to '/tmp/x.csv'"], "cannot answer"),
        (&["top", "secrets"], "there is no report `secrets`"),
        (&["top", "services"], "pkt_src_aws_service"),
        (&["find", "eni-1 or 1=1"], "cannot tell what"),
        (&["find", "i-1"], ""),
    ] {
        let run = logs.ask(arguments);
        if says.is_empty() {
            assert_eq!(run.code, 2, "{arguments:?}: {}", run.stdout);
            continue;
        }
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        let complaints = run.complaints("error:");
        assert_eq!(complaints.len(), 1, "{arguments:?}: {}", run.stderr);
        assert!(
            complaints[0].contains(says),
            "{arguments:?}: {complaints:?}"
        );
    }
    // As `<(zcat x.log.gz)` is: what is read of it once is gone.
    let run = Program::new(&["top", "talkers", "/dev/null"]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("neither a file"), "{}", run.stderr);
    let run = Program::new(&["top", "talkers", "/nowhere/at/all"]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("/nowhere/at/all"), "{}", run.stderr);
}

#[test]
fn where_nothing_says_the_fields_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.log");
    std::fs::write(
        &path,
        "2 123456789012 eni-1 10.0.0.1 10.0.0.2 1 22 6 1 40 1763600002 1763600050 REJECT OK\n",
    )
    .unwrap();
    let path = path.to_str().unwrap();
    for (arguments, says) in [
        (["top", "rejected"], "which fields"),
        (["find", "10.0.0.1"], "which fields"),
        (["query", "select srcaddr from records"], "which fields"),
        (["query", "select client_addr from flows"], "which fields"),
        (["detect", "--quiet"], "which fields"),
        (["query", "selekt srcaddr from records"], "cannot answer"),
    ] {
        let run = Program::new(&arguments).with(&[path]).run();
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert_eq!(run.complaints("error:").len(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(says), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stderr.contains("--log-format"), says == "which fields");
    }
    let format = HEADER
        .split(' ')
        .map(|field| format!("${{{field}}}"))
        .collect::<Vec<_>>()
        .join(" ");
    let run = Program::new(&["top", "rejected", path, "--log-format", &format]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("10.0.0.1,10.0.0.2,22,6,40,1,1"));

    // Where it is not for want of a header line, that is what is said.
    let damaged = folder.path().join("y.log.gz");
    std::fs::write(&damaged, [0x1f, 0x8b, 8, 0, 1, 2, 3]).unwrap();
    let run = Program::new(&["top", "rejected", damaged.to_str().unwrap()]).run();
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("y.log.gz: "), "{}", run.stderr);
    assert!(!run.stderr.contains("--log-format"), "{}", run.stderr);

    let empty = folder.path().join("z.log");
    std::fs::write(&empty, "").unwrap();
    let run = Program::new(&["top", "rejected", empty.to_str().unwrap()]).run();
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("hint: nothing stands"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_a_limit_left_unread_is_said() {
    let logs = Logs::new();
    let lines = "2 123456789012 eni-1 10.0.0.1 198.51.100.7 40000 443 6 10 1000 1763600000 1763600050 ACCEPT OK\n";
    for minute in 0..60 {
        let text = format!("{HEADER}\n{lines}");
        logs.object("fl-3", &format!("10{minute:02}"), &gzip(&text));
    }
    let said = "the answer was complete before every object was read to its end";
    let run = logs.ask(&["query", "select srcaddr from records limit 1", "--explain"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let run = logs.ask(&["query", "select count(*) from records", "--explain"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stderr.contains(said), "{}", run.stderr);
}
