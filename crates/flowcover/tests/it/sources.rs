//! Reading records from where they lie: S3 and CloudWatch Logs give the answers that local files give.

mod cost;
mod world;

use std::time::Duration;

use flowcover_testkit::Rule;

use crate::support::{Program, Run};
use world::{BUCKET, DEFAULT_FORMAT, GROUP, REGION, World};

const TALKERS: &str = "select srcaddr, sum(bytes) b, count(*) n from records group by 1 order by b desc nulls last, n desc, 1 limit 20";
const BY_STATUS: &str = "select log_status, action, count(*) n, sum(packets) p from records group by 1, 2 order by 1, 2";
const COUNT: &str = "select count(*) n from records";

/// The reports and queries whose answers must not depend on where records lie.
fn questions() -> Vec<Vec<&'static str>> {
    vec![
        vec!["query", TALKERS],
        vec!["query", BY_STATUS],
        vec!["top", "rejected", "--limit", "100000"],
        vec!["top", "pairs", "--limit", "100000"],
        vec!["find", "443", "--format", "csv"],
    ]
}

#[track_caller]
fn clean(run: Run) -> String {
    assert_eq!(
        (run.code, run.complaints("warning:").len()),
        (0, 0),
        "{}",
        run.stderr
    );
    run.stdout
}

/// Rows that have no order of their own.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn s3_gives_the_answers_of_local_files() {
    let world = World::new();
    for arguments in questions() {
        let local = clean(world.ask(&arguments, &[world.path()]));
        let whole = clean(world.ask(&arguments, &[&format!("s3://{BUCKET}")]));
        let folder = clean(world.ask(&arguments, &[&format!("s3://{BUCKET}/central/AWSLogs")]));
        assert!(local.lines().count() > 1, "{arguments:?}");
        assert_eq!(sorted(&whole), sorted(&local), "{arguments:?}");
        assert_eq!(sorted(&folder), sorted(&local), "{arguments:?}");
    }
}

#[test]
fn log_groups_give_the_answers_of_local_files() {
    let world = World::new();
    world.fill_log_group();
    let group = format!("logs://{GROUP}?region={REGION}");
    for arguments in questions() {
        let local = clean(world.ask(&arguments, &[world.path()]));
        let events = clean(world.ask(&arguments, &[&group, "--last", "4h"]));
        assert_eq!(sorted(&events), sorted(&local), "{arguments:?}");
    }
    // Without a span it could be a year of records.
    let run = world.ask(&["query", COUNT], &[&group]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("--last"), "{}", run.stderr);
    let run = world.ask(&["query", COUNT], &["logs://nowhere", "--last", "1h"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("no log group logs://nowhere"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_kept_of_a_log_group_is_not_read_again() {
    let world = World::new();
    world.fill_log_group();
    let kept = tempfile::tempdir().unwrap();
    let kept = kept.path().to_str().unwrap();
    let group = format!("logs://{GROUP}?region={REGION}");
    let (from, to) = world.span();
    let place: [&str; 7] = [&group, "--since", &from, "--until", &to, "--cache", kept];
    let first = clean(world.ask(&["query", TALKERS], &place));
    let calls = world.proxy.calls().count("logs:FilterLogEvents");
    let second = clean(world.ask(&["query", TALKERS], &place));
    assert_eq!(first, second);
    let again = world.proxy.calls().count("logs:FilterLogEvents") - calls;
    assert_eq!(
        again, 1,
        "one call looks whether the group is there; the first time took {calls}"
    );
    assert!(calls > 2, "{calls}");
}

#[test]
fn the_flow_logs_of_a_vpc_tell_where_its_records_lie() {
    let world = World::new();
    let vpc = world.record_vpc();
    let group = format!("logs://{}?region={REGION}", world::SHARED);
    let sql = "select srcaddr, bytes from records order by 1, 2";
    let expected = "srcaddr,bytes\n10.0.0.1,1000\n10.0.0.1,2000\n10.0.0.2,3000\n";
    let run = Program::new(&["query", sql, "--vpc", &vpc, "--last", "4h"])
        .against(&world.proxy.url(), &world.moto.credentials())
        .region(REGION)
        .run();
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, expected),
        "{}",
        run.stderr
    );
    // The group is shared with another VPC, and that is said.
    assert_eq!(run.complaints("warning:").len(), 1, "{}", run.stderr);
    assert!(run.stderr.contains(world::SHARED), "{}", run.stderr);

    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("snapshot.json");
    let snapshot = snapshot.to_str().unwrap();
    let collected = Program::new(&[
        "collect", "--quiet", "--output", snapshot, "--region", REGION,
    ])
    .against(&world.proxy.url(), &world.moto.credentials())
    .run();
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    let saved = ["--vpc", &vpc, "--inventory", snapshot, "--last", "4h"];
    let run = world.ask(&["query", sql], &saved);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, expected),
        "{}",
        run.stderr
    );
    let run = world.ask(&["query", sql], &["--vpc", "vpc-0"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("records vpc-0"), "{}", run.stderr);

    // Two formats in one group, told apart by what the flow logs record; and one record of which nothing tells it.
    world.add_unclear_event();
    let run = world.ask(&["query", sql], &[&group, "--last", "4h"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(run.stdout, "srcaddr,bytes\n10.0.0.1,2000\n10.0.0.2,3000\n");
    assert!(
        run.stderr.contains("nothing tells the format of 1"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("--log-format"), "{}", run.stderr);
}

#[test]
fn definitions_follow_what_lies_in_buckets_and_log_groups() {
    let world = World::new();
    world.fill_log_group();
    let define = |arguments: &[&str]| {
        let run = Program::new(&["schema", "--as", "athena"])
            .with(arguments)
            .against(&world.proxy.url(), &world.moto.credentials())
            .region(REGION)
            .run();
        clean(run)
    };
    let root = format!("s3://{BUCKET}/central");
    let local = define(&[world.path(), "--location", &root]);
    assert!(local.contains(&format!("{root}/AWSLogs/")), "{local}");
    assert_eq!(define(&[&format!("{root}/AWSLogs/")]), local);
    let of_group = define(&[&format!("logs://{GROUP}?region={REGION}")]);
    assert_eq!(of_group, define(&["--log-format", DEFAULT_FORMAT]));
    world.proxy.add(Rule::on("s3:ListObjectsV2").deny());
    let run = Program::new(&["schema", "--as", "athena", &root])
        .against(&world.proxy.url(), &world.moto.credentials())
        .run();
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
}

/// A span opens what can hold its records, and gives only its records.
#[test]
fn a_span_opens_only_what_it_must() {
    let world = World::new();
    let (from, to) = world.middle();
    let local = clean(world.ask(
        &["query", COUNT],
        &[world.path(), "--since", &from, "--until", &to],
    ));
    let place = format!("s3://{BUCKET}/central/");
    world.proxy.forget_calls();
    let s3 = clean(world.ask(
        &["query", COUNT],
        &[&place, "--since", &from, "--until", &to],
    ));
    assert_eq!(s3, local);
    let expected = world.records_between(&from, &to);
    assert_eq!(s3, format!("n\n{expected}\n"));
    assert!(expected > 0 && expected < world.records(), "{expected}");
    let calls = world.proxy.calls();
    // Five minutes of the span, ten of slack on either side and the header line of one object.
    let opened = calls.count("s3:GetObject");
    assert!(
        opened < world.objects() && opened <= 7,
        "{opened} of {}",
        world.objects()
    );
    world.proxy.forget_calls();
    let elsewhere = [place.as_str(), "--source-region", "us-east-2"];
    let run = world.ask(&["query", COUNT, "--explain"], &elsewhere);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(world.proxy.calls().count("s3:GetObject"), 0);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_used() {
    let world = World::new();
    let place = format!("s3://{BUCKET}/");
    // The first call looks at a header line.
    world
        .proxy
        .add(Rule::on("s3:GetObject").after(1).times(2).deny());
    let run = world.ask(&["query", COUNT], &[&place]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let complaints = run.complaints("warning:");
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert!(
        complaints
            .iter()
            .all(|it| it.contains("AccessDenied") && it.contains("s3://")),
        "{complaints:?}"
    );
    assert!(
        run.stderr.contains("flowcover permissions query"),
        "{}",
        run.stderr
    );
    let found: u64 = run.stdout.lines().nth(1).unwrap().parse().unwrap();
    assert!(found > 0 && found < world.records(), "{found}");

    world.proxy.clear_rules();
    world.proxy.add(Rule::on("s3:ListObjectsV2").deny());
    let run = world.ask(&["query", COUNT], &[&place]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    assert!(run.stderr.contains("cannot list s3://"), "{}", run.stderr);
}

#[test]
fn the_header_line_is_taken_from_an_object_that_can_be_read() {
    let world = World::new();
    world.proxy.add(Rule::on("s3:GetObject").times(1).deny());
    let run = world.ask(
        &["query", "select count(srcaddr) n from records"],
        &[&format!("s3://{BUCKET}/")],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn what_passes_is_tried_again() {
    let world = World::new();
    let place = format!("s3://{BUCKET}/");
    let expected = format!("n\n{}\n", world.records());
    world.proxy.add(Rule::on("s3:GetObject").times(2).fail());
    world
        .proxy
        .add(Rule::on("s3:ListObjectsV2").times(1).disconnect());
    world.proxy.add(Rule::on("s3:GetObject").throttle(3.0, 8.0));
    let run = world.ask(&["query", COUNT, "--explain"], &[&place]);
    assert_eq!((run.code, run.stdout), (0, expected), "{}", run.stderr);
    assert!(
        run.stderr.contains("throttled and made again"),
        "{}",
        run.stderr
    );
}

/// Between the listing and the reading: one object goes, one gets other bytes.
#[test]
fn objects_that_change_while_they_are_read_are_named() {
    let world = World::new();
    let (gone, changed) = world.two_keys();
    world
        .proxy
        .add(Rule::on("s3:GetObject").delay(Duration::from_millis(1500)));
    let place = format!("s3://{BUCKET}/");
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| world.ask(&["query", COUNT, "--concurrency", "1"], &[&place]));
        // The listing is over when the first object is asked for.
        while world.proxy.calls().count("s3:ListObjectsV2") < 1 {
            std::thread::sleep(Duration::from_millis(10));
        }
        world.delete(&gone);
        world.put(&changed, b"other bytes");
        world.proxy.clear_rules();
        run.join().unwrap()
    });
    assert_eq!(run.code, 3, "{}", run.stderr);
    let complaints = run.complaints("warning:").join("\n");
    assert!(
        complaints.contains(&gone) && complaints.contains("no longer there"),
        "{complaints}"
    );
    assert!(
        complaints.contains(&changed) && complaints.contains("changed after"),
        "{complaints}"
    );
}

#[test]
fn truncated_objects_give_what_stands_before_the_cut() {
    let world = World::new();
    let (cut, _) = world.two_keys();
    world.cut(&cut);
    let run = world.ask(&["query", COUNT], &[&format!("s3://{BUCKET}/")]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains(&cut) && run.stderr.contains("cut"),
        "{}",
        run.stderr
    );
}

#[test]
fn without_credentials_there_is_one_error_and_one_hint() {
    let run = Program::new(&["query", COUNT, "s3://some-bucket/"]).run();
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert_eq!(run.complaints("error: ").len(), 1, "{}", run.stderr);
    assert_eq!(run.complaints("hint: ").len(), 1, "{}", run.stderr);
}

#[test]
fn local_patterns_and_names_choose_files() {
    let world = World::new();
    let all = clean(world.ask(&["query", COUNT], &[world.path()]));
    let pattern = format!("{}/central/AWSLogs/*/vpcflowlogs/**/*.gz", world.path());
    assert_eq!(clean(world.ask(&["query", COUNT], &[&pattern])), all);
    assert_eq!(
        clean(world.ask(&["query", COUNT], &[world.path(), &pattern])),
        all,
        "each file once"
    );
    let run = world.ask(&["query", COUNT], &[&format!("{}/*.parquet", world.path())]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no file fits"), "{}", run.stderr);
    let run = world.ask(&["query", COUNT], &[world.path(), "--flow-log", "fl-0"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("of other flow logs"), "{}", run.stderr);
}

/// Ctrl-C, as the shell sends it, is how `tail` ends.
#[cfg(unix)]
#[test]
fn tail_follows_until_it_is_interrupted() {
    use std::io::{BufRead as _, BufReader};
    let world = World::new();
    world.fill_log_group();
    let group = format!("logs://{GROUP}?region={REGION}");
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_flowcover"))
        .args([
            "tail",
            &group,
            "--last",
            "1d",
            "--rejected",
            "--interval",
            "1s",
            "--raw",
        ])
        .env_clear()
        .env("HOME", "/nowhere")
        .envs(world.moto.credentials().environment(&world.proxy.url()))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    for _ in 0..world.rejected() {
        let line = lines.next().unwrap().unwrap();
        assert!(line.contains(" REJECT "), "{line}");
    }
    let late = world.add_event("203.0.113.77 REJECT");
    assert_eq!(lines.next().unwrap().unwrap(), late);
    let id = program.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.unwrap().success());
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
