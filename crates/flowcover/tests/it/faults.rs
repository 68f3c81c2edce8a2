//! What goes wrong between the program and AWS, injected by the proxy: never a false verdict.

use std::time::{Duration, Instant};

use flowcover_testkit::{Moto, Proxy, Rule};
use serde_json::Value;

use crate::support::{Program, Report, Run, list, parse, text};

const HERE: &str = "us-east-1";
const THERE: &str = "eu-west-1";

/// One VPC that is recorded and one without flow log in each of two regions, behind a proxy.
struct Aws {
    moto: Moto,
    proxy: Proxy,
    made: Value,
}

impl Aws {
    fn with(scenarios: &[&str], more: &[&str]) -> Self {
        let moto = Moto::start();
        let regions = ["--region", HERE, "--region", THERE];
        let made = parse(&moto.seed_with(scenarios, &[&regions, more].concat()));
        let proxy = Proxy::start(moto.address());
        Self { moto, proxy, made }
    }

    /// Everything is recorded: what is not clean comes from the fault.
    fn recorded() -> Self {
        Self::with(&["recorded"], &[])
    }

    fn audit(&self, more: &[&str]) -> Run {
        self.audit_everywhere(&[&["--region", HERE, "--region", THERE], more].concat())
    }

    fn audit_everywhere(&self, more: &[&str]) -> Run {
        Program::new(&["audit", "--format", "json", "--quiet"])
            .with(more)
            .against(&self.proxy.url(), &self.moto.credentials())
            .run()
    }

    /// Verdict on the first VPC that the seed made in the region; none if the report does not have it.
    fn verdict(&self, report: &Report, region: &str) -> Option<String> {
        let vpcs = list(&self.made["vpcs"]);
        let vpc = vpcs.iter().find(|vpc| vpc["region"] == region).unwrap();
        let told = report.vpc(Moto::ACCOUNT, region, text(&vpc["vpc_id"]))?;
        Some(text(&told["verdict"]).to_owned())
    }

    /// Whether each VPC has the verdict that its seed expects.
    fn all_as_expected(&self, report: &Report) {
        for vpc in list(&self.made["vpcs"]) {
            let told = report.seeded(vpc);
            assert_eq!(told["verdict"], vpc["expected"]["verdict"], "{told:#}");
        }
    }
}

fn status<'a>(report: &'a Report, region: &'a str) -> &'a str {
    report.regions()[&(Moto::ACCOUNT, region)]
}

#[test]
fn a_region_where_all_of_ec2_is_denied_is_denied_and_the_other_judged() {
    let aws = Aws::recorded();
    aws.proxy.add(Rule::on("ec2:*").region(THERE).deny());
    let run = aws.audit(&[]);
    let report = run.report();
    assert_eq!(run.code, 3);
    assert_eq!(status(&report, HERE), "collected");
    assert_eq!(status(&report, THERE), "denied");
    assert_eq!(aws.verdict(&report, HERE).as_deref(), Some("recorded"));
    assert_eq!(aws.verdict(&report, THERE), None);
    assert!(report.of_gaps("permission").contains("ec2:DescribeVpcs"));
    assert!(
        report
            .of_gaps("error_code")
            .contains("UnauthorizedOperation")
    );
    assert_eq!(report.of_gaps("region").len(), 1);
}

#[test]
fn where_flow_logs_cannot_be_listed_the_vpcs_are_unknown() {
    let aws = Aws::recorded();
    let denied = Rule::on("ec2:DescribeFlowLogs").region(THERE).deny();
    aws.proxy.add(denied);
    let run = aws.audit(&[]);
    let report = run.report();
    assert_eq!(run.code, 3);
    assert_eq!(status(&report, THERE), "partial");
    assert_eq!(aws.verdict(&report, HERE).as_deref(), Some("recorded"));
    assert_eq!(aws.verdict(&report, THERE).as_deref(), Some("unknown"));
    let permissions: Vec<_> = report.of_gaps("permission").into_iter().collect();
    assert_eq!(permissions, ["ec2:DescribeFlowLogs"]);
}

#[test]
fn regions_named_by_the_user_are_judged_although_the_list_is_refused() {
    let aws = Aws::recorded();
    aws.proxy.add(Rule::on("ec2:DescribeRegions").deny());
    let run = aws.audit(&[]);
    let report = run.report();
    assert_eq!(run.code, 3);
    aws.all_as_expected(&report);
    assert!(report.of_gaps("permission").contains("ec2:DescribeRegions"));

    let run = aws.audit_everywhere(&[]);
    let report = run.report();
    assert_eq!(run.code, 4, "nothing could be read");
    assert_eq!(status(&report, "*"), "denied");
    assert!(list(&report.0["vpcs"]).is_empty());
}

#[test]
fn hard_throttling_makes_it_slower_and_still_right() {
    let aws = Aws::with(&["recorded", "no-flow-log"], &[]);
    aws.proxy.add(Rule::on("ec2:*").throttle(5.0, 0.5));
    let run = aws.audit(&[]);
    let report = run.report();
    aws.all_as_expected(&report);
    assert!(report.gaps().is_empty(), "{:#?}", report.gaps());
    assert_eq!(run.code, 1);
    let calls = aws.proxy.calls();
    let throttled = calls.entries.iter().filter(|it| it.status == Some(503));
    assert!(throttled.count() > 0, "the bucket starts empty");
}

#[test]
fn throttled_past_the_deadline_is_unknown_and_never_a_verdict() {
    let aws = Aws::recorded();
    let throttled = Rule::on("ec2:DescribeFlowLogs").region(THERE);
    aws.proxy.add(throttled.throttle(1.0, 0.0));
    let run = aws.audit(&["--deadline", "3"]);
    let report = run.report();
    assert_eq!(run.code, 3);
    assert_eq!(aws.verdict(&report, HERE).as_deref(), Some("recorded"));
    assert_eq!(aws.verdict(&report, THERE).as_deref(), Some("unknown"));
    let actions = report.of_gaps("action");
    assert!(actions.contains("ec2:DescribeFlowLogs"), "{actions:?}");
    assert!(run.took < Duration::from_secs(30), "{:?}", run.took);
}

#[test]
fn a_region_that_never_answers_is_unreachable_within_seconds() {
    let aws = Aws::recorded();
    aws.proxy.add(Rule::on("*").region(THERE).hang());
    let run = aws.audit(&["--read-timeout", "2"]);
    let report = run.report();
    assert_eq!(run.code, 3);
    assert_eq!(status(&report, HERE), "collected");
    assert_eq!(status(&report, THERE), "unreachable");
    assert_eq!(aws.verdict(&report, HERE).as_deref(), Some("recorded"));
    assert!(run.took < Duration::from_secs(30), "{:?}", run.took);
}

/// Ctrl-C, as the shell sends it.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_what_was_read_and_the_rest_unknown() {
    let aws = Aws::recorded();
    let hanging = Rule::on("ec2:DescribeFlowLogs").region(THERE);
    aws.proxy.add(hanging.hang());
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_flowcover"))
        .args(["audit", "--format", "json", "--read-timeout", "120"])
        .args(["--region", HERE, "--region", THERE])
        .env_clear()
        .env("HOME", "/nowhere")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(aws.moto.credentials().environment(&aws.proxy.url()))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Until `HERE` has been read: then only `THERE` is waited for.
    let given_up = Instant::now() + Duration::from_secs(30);
    while aws.proxy.calls().count("ec2:DescribeFlowLogs") < 1 && Instant::now() < given_up {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(500));
    let id = program.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.unwrap().success());
    let output = program.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("interrupted"), "{stderr}");
    let report = Report(serde_json::from_slice(&output.stdout).unwrap());
    assert_eq!(aws.verdict(&report, THERE).as_deref(), Some("unknown"));
    assert!(report.of_gaps("error_code").contains("Interrupted"));
}

#[test]
fn credentials_that_expire_half_way_leave_what_was_read() {
    let aws = Aws::with(&["recorded", "no-flow-log"], &[]);
    for calls in [2, 3, 4, 5, 6, 8, 10] {
        aws.proxy.clear_rules();
        aws.proxy.add(Rule::on("*").after(calls).expire());
        let run = aws.audit(&["--concurrency", "1"]);
        let report = run.report();
        assert_ne!(run.code, 0, "after {calls} calls");
        for vpc in list(&aws.made["vpcs"]) {
            let ids = [&vpc["account_id"], &vpc["region"], &vpc["vpc_id"]].map(text);
            let told = report.vpc(ids[0], ids[1], ids[2]);
            let verdict = told.map_or("unknown", |told| text(&told["verdict"]));
            let expected = text(&vpc["expected"]["verdict"]);
            assert!(verdict == "unknown" || verdict == expected, "{report:#?}");
        }
        let codes = report.of_gaps("error_code");
        assert!(!codes.is_empty(), "after {calls} calls");
    }
}

#[test]
fn a_region_whose_credentials_expire_is_unknown() {
    let aws = Aws::recorded();
    aws.proxy.add(Rule::on("ec2:*").region(THERE).expire());
    let run = aws.audit(&[]);
    let report = run.report();
    assert_eq!(run.code, 3);
    assert_eq!(aws.verdict(&report, HERE).as_deref(), Some("recorded"));
    assert_eq!(aws.verdict(&report, THERE), None);
    assert_ne!(status(&report, THERE), "collected");
}

#[test]
fn without_credentials_there_is_one_error_and_one_hint() {
    let run = Program::new(&["audit", "--region", HERE]).run();
    assert_eq!(run.code, 4);
    assert_eq!(run.complaints("error: ").len(), 1, "{}", run.stderr);
    assert_eq!(run.complaints("hint: ").len(), 1, "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn credentials_that_have_expired_are_said_to_have() {
    let aws = Aws::recorded();
    aws.proxy.add(Rule::on("*").expire());
    let run = aws.audit(&[]);
    assert_eq!(run.code, 4);
    assert_eq!(run.complaints("error: ").len(), 1, "{}", run.stderr);
    assert_eq!(run.complaints("hint: ").len(), 1, "{}", run.stderr);
    assert!(
        run.stderr.to_lowercase().contains("expired"),
        "{}",
        run.stderr
    );
}

#[test]
fn every_page_is_followed() {
    for size in [0, 2] {
        let aws = Aws::with(
            &["recorded", "subnets-covered", "no-flow-log"],
            &["--copies", "5"],
        );
        // DescribeRegions and DescribeTransitGateways aside: the one has no pages.
        for action in ["Vpcs", "FlowLogs", "Subnets", "NetworkInterfaces"] {
            aws.proxy
                .add(Rule::on(&format!("ec2:Describe{action}")).split_pages(size));
        }
        let report = aws.audit(&[]).report();
        aws.all_as_expected(&report);
        assert_eq!(list(&report.0["vpcs"]).len(), 16);
        let calls = aws.proxy.calls();
        let pages = if size == 0 { 2 } else { 4 };
        assert_eq!(calls.count("ec2:DescribeVpcs"), 2 * pages);
    }
}

#[test]
fn errors_that_pass_are_tried_again() {
    for broken in ["fail", "disconnect"] {
        let aws = Aws::with(&["recorded", "recorded-s3", "no-flow-log"], &[]);
        for action in [
            "sts:*",
            "ec2:DescribeVpcs",
            "ec2:DescribeFlowLogs",
            "iam:*",
            "logs:*",
            "s3:*",
        ] {
            let once = Rule::on(action).times(1);
            aws.proxy.add(match broken {
                "fail" => once.fail(),
                _ => once.disconnect(),
            });
        }
        let run = aws.audit(&[]);
        let report = run.report();
        aws.all_as_expected(&report);
        assert!(report.gaps().is_empty(), "{broken}: {:#?}", report.gaps());
        assert_eq!(run.code, 1);
    }
}

/// An error that never passes is a gap, not a verdict.
#[test]
fn errors_that_stay_are_gaps() {
    let aws = Aws::recorded();
    aws.proxy
        .add(Rule::on("ec2:DescribeFlowLogs").region(THERE).fail());
    let run = aws.audit(&[]);
    let report = run.report();
    assert_eq!(run.code, 3);
    assert_eq!(aws.verdict(&report, HERE).as_deref(), Some("recorded"));
    assert_eq!(aws.verdict(&report, THERE).as_deref(), Some("unknown"));
    assert!(report.of_gaps("error_code").contains("InternalError"));
}
