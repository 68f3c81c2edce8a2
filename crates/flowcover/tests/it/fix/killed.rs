//! Killed at every line of the journal, and resumed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flowcover_testkit::Rule;
use serde_json::json;

use super::bench::{Bench, CENTRAL_BUCKET, REGIONS};
use crate::support::list;

/// Starts the program on that bench.
pub(super) fn spawn(bench: &Bench, arguments: &[&str], stderr: Stdio) -> Child {
    Command::new(env!("CARGO_BIN_EXE_flowcover"))
        .args(arguments)
        .env_clear()
        .env("HOME", "/nowhere")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(bench.moto.credentials().environment(&bench.proxy.url()))
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .unwrap()
}

fn lines(journal: &Path) -> usize {
    std::fs::read(journal).map_or(0, |bytes| {
        bytes.iter().filter(|byte| **byte == b'\n').count()
    })
}

/// Runs until the journal has so many lines, then kills. Whether it was still running.
fn killed_at(bench: &Bench, arguments: &[&str], wanted: usize) -> bool {
    let mut program = spawn(bench, arguments, Stdio::null());
    let journal = bench.journal();
    let given_up = Instant::now() + Duration::from_secs(60);
    loop {
        if program.try_wait().unwrap().is_some() {
            return false;
        }
        if lines(Path::new(&journal)) >= wanted {
            program.kill().unwrap();
            program.wait().unwrap();
            return true;
        }
        assert!(Instant::now() < given_up, "no line {wanted}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Flow logs and groups of both regions, and roles of flowcover: what there is, not when it was made.
pub(super) fn made(bench: &Bench) -> (usize, usize, usize) {
    let count = |region: &str, what: [&str; 2], key: &str| {
        list(&bench.call(region, what, &json!({}))[key]).len()
    };
    let flow_logs = REGIONS.map(|it| count(it, ["ec2", "describe_flow_logs"], "FlowLogs"));
    let groups = REGIONS.map(|it| count(it, ["logs", "describe_log_groups"], "logGroups"));
    let roles = count(REGIONS[0], ["iam", "list_roles"], "Roles");
    (flow_logs.iter().sum(), groups.iter().sum(), roles)
}

/// What was made, and how the bucket of that name is set.
fn made_and_set(bench: &Bench, bucket: &str) -> ((usize, usize, usize), Vec<String>) {
    let settings = [
        "get_bucket_policy",
        "get_public_access_block",
        "get_bucket_encryption",
        "get_bucket_lifecycle_configuration",
    ];
    let parameters = json!({"Bucket": bucket});
    let told = settings.map(|setting| {
        let answer = bench.answer(REGIONS[0], ["s3", setting], &parameters);
        answer.to_string().replace(bucket, "BUCKET")
    });
    (made(bench), told.to_vec())
}

/// Killed at each line of the journal in turn, resumed, and taken back.
fn check(policy: &str) {
    // Each round makes another bucket: in moto, a new one has the tags of an old one of the same name.
    let plan = |bench: &Bench, round: usize| {
        let bucket = format!("central-{round}");
        bench.policy(&policy.replace("central-flow-logs", &bucket));
        bench.plan(&[]);
        bucket
    };
    let whole = Bench::with(&["no-flow-log"]);
    let bucket = plan(&whole, 0);
    let untouched = made_and_set(&whole, &bucket);
    assert_eq!(whole.apply(&[]).code, 0);
    let expected = made_and_set(&whole, &bucket);
    let total = lines(Path::new(&whole.journal()));
    assert!(total > 10, "{total}");

    // One world for all: each round takes back what the one before made.
    let bench = Bench::with(&["no-flow-log"]);
    // Slow enough that a kill meets a call under way.
    bench
        .proxy
        .add(Rule::on("*:Create*").delay(Duration::from_millis(60)));
    bench
        .proxy
        .add(Rule::on("*:Put*").delay(Duration::from_millis(60)));
    let (path, journal) = (bench.path("plan.json"), bench.journal());
    let mut interrupted = 0;
    for line in 1..total {
        let bucket = plan(&bench, line);
        let apply = ["apply", &path, "--journal", &journal, "--yes"];
        interrupted += usize::from(killed_at(&bench, &apply, line));
        let run = bench.run(&["apply", "--resume", &journal]);
        assert_eq!(run.code, 0, "line {line}: {}", run.stderr);
        assert_eq!(made_and_set(&bench, &bucket), expected, "line {line}");
        let run = bench.run(&["rollback", &journal, "--yes"]);
        assert_eq!(run.code, 0, "line {line}: {}", run.stderr);
        assert_eq!(made_and_set(&bench, &bucket), untouched, "line {line}");
        std::fs::remove_file(&journal).unwrap();
    }
    assert!(
        interrupted * 2 > total,
        "{interrupted} of {total} were killed in time"
    );
}

#[test]
fn killed_at_every_line_of_the_journal_and_resumed_it_makes_the_same() {
    check("");
}

#[test]
fn killed_while_it_makes_a_bucket_and_resumed_it_makes_the_same() {
    check(CENTRAL_BUCKET);
}

#[test]
fn a_rollback_that_was_killed_goes_on() {
    let bench = Bench::with(&["no-flow-log"]);
    let untouched = made(&bench);
    bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    bench
        .proxy
        .add(Rule::on("*:Delete*").delay(Duration::from_millis(60)));
    let journal = bench.journal();
    let mut at = lines(Path::new(&journal)) + 1;
    for _ in 0..30 {
        if !killed_at(&bench, &["rollback", &journal, "--yes"], at) {
            break;
        }
        at = lines(Path::new(&journal)) + 2;
    }
    let run = bench.run(&["rollback", &journal, "--yes"]);
    assert_eq!((run.code, made(&bench)), (0, untouched), "{}", run.stderr);
}
