//! Verdicts on the states that VPCs can be in, made in moto.

use std::fmt::Write;

use flowcover_testkit::Moto;
use serde_json::Value;

use crate::support::{Program, Report, checks, list, parse, text};

/// Every scenario of `tests/emulators/scenarios.py` that can be made in several regions of an account.
const SCENARIOS: &[&str] = &[
    "recorded",
    "recorded-s3",
    "recorded-unused",
    "reject-only",
    "accept-and-reject",
    "subnets-covered",
    "interfaces-covered",
    "no-retention",
    "shared-group",
    "role-too-broad",
    "hostile-tags",
    "no-flow-log",
    "unused-without-flow-log",
    "accept-only",
    "subnets-partial",
    "log-group-deleted",
    "log-group-never-made",
    "role-deleted",
    "bucket-denies",
    "bucket-without-policy",
    "bucket-deleted",
];
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// Audits the regions given, as JSON.
pub(crate) fn audit(moto: &Moto, regions: &[&str]) -> crate::support::Run {
    let mut program = Program::new(&["audit", "--format", "json", "--quiet"])
        .against(&moto.url(), &moto.credentials());
    for region in regions {
        program = program.with(&["--region", region]);
    }
    program.run()
}

/// Holds the report against what the seed expects of each VPC; gives one line a VPC that says what was found.
pub(crate) fn compare(report: &Report, made: &Value) -> String {
    let mut found = String::new();
    let mut wrong = String::new();
    for vpc in list(&made["vpcs"]) {
        let told = report.seeded(vpc);
        let (verdict, covered_by) = (text(&told["verdict"]), text(&told["covered_by"]));
        let wanted = &vpc["expected"];
        let about = report.checks_about(text(&vpc["vpc_id"]));
        let mut checks = checks(told);
        // Of a shared role or destination only what the scenario is about.
        checks.extend(
            list(&wanted["checks"])
                .iter()
                .map(text)
                .filter(|check| about.contains(check)),
        );
        let missing = list(&wanted["checks"])
            .iter()
            .any(|check| !checks.contains(text(check)));
        let checks: Vec<_> = checks.into_iter().collect();
        let line = format!(
            "{} {} {verdict} by {covered_by}: {}",
            text(&vpc["region"]),
            text(&vpc["scenario"]),
            checks.join(" ")
        );
        if wanted["verdict"] != verdict || wanted["covered_by"] != covered_by || missing {
            let _ = writeln!(wrong, "{line}\n    expected {wanted}");
        }
        let _ = writeln!(found, "{line}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    found
}

#[test]
fn every_state_of_a_vpc_has_its_verdict() {
    let moto = Moto::start();
    let made = parse(&moto.seed_with(SCENARIOS, &["--region", REGIONS[0], "--region", REGIONS[1]]));
    let run = audit(&moto, &REGIONS);
    let report = run.report();
    insta::assert_snapshot!("every_state", compare(&report, &made));
    assert_eq!(run.code, 1, "{}", run.stderr);
    let vpcs = list(&made["vpcs"]).len();
    assert_eq!(report.0["summary"]["vpcs"], vpcs);
    assert_eq!(list(&report.0["vpcs"]).len(), vpcs);
    assert_eq!(report.verdicts().get("unknown"), None);
    let statuses: Vec<_> = report.regions().into_values().collect();
    assert_eq!(statuses, ["collected"; 2]);
}

#[test]
fn what_is_recorded_is_clean() {
    let moto = Moto::start();
    let made = parse(&moto.seed(&["recorded", "recorded-s3", "subnets-covered"]));
    let run = audit(&moto, &["us-east-1"]);
    compare(&run.report(), &made);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_delivery_stream_is_resolved() {
    let moto = Moto::start();
    let made = parse(&moto.seed(&["firehose"]));
    let run = audit(&moto, &["us-east-1"]);
    insta::assert_snapshot!("delivery_stream", compare(&run.report(), &made));
}

#[test]
fn traffic_recorded_twice_is_found() {
    let moto = Moto::start();
    let made = parse(&moto.seed(&["duplicate"]));
    let run = audit(&moto, &["us-east-1"]);
    insta::assert_snapshot!("recorded_twice", compare(&run.report(), &made));
}

#[test]
fn transit_gateways_have_a_verdict_of_their_own() {
    let moto = Moto::start();
    let made = parse(&moto.seed(&["transit-gateways"]));
    let report = audit(&moto, &["us-east-1"]).report();
    let told = list(&report.0["transit_gateways"]);
    for gateway in list(&made["transit_gateways"]) {
        let id = &gateway["transit_gateway_id"];
        let told = told
            .iter()
            .find(|told| &told["transit_gateway_id"] == id)
            .unwrap();
        assert_eq!(told["verdict"], gateway["expected"]["verdict"], "{told:#}");
        for check in list(&gateway["expected"]["checks"]) {
            assert!(checks(told).contains(text(check)), "{told:#}");
        }
    }
    assert_eq!(told.len(), 2);
}

/// Without `--region`, every region that is enabled is audited, and default VPCs are found there.
#[test]
fn every_enabled_region_is_audited() {
    let moto = Moto::start();
    let made = parse(&moto.seed(&["recorded"]));
    let report = audit(&moto, &[]).report();
    compare(&report, &made);
    let regions = report.regions();
    let with = |status| regions.values().filter(|it| **it == status).count();
    assert!(with("collected") >= 17, "{regions:#?}");
    assert_eq!(with("collected") + with("disabled"), regions.len());
    let default = |vpc: &&Value| vpc["is_default"] == true && vpc["verdict"] == "not-recorded";
    let defaults = list(&report.0["vpcs"]).iter().filter(default).count();
    assert_eq!(defaults, with("collected") - 1);
}

/// An organisation through its member roles; the account of the caller is not assumed into.
#[test]
fn an_organisation_is_audited() {
    let moto = Moto::start();
    let arguments = ["--members", "4"];
    let made = parse(&moto.seed_with(&["organization", "recorded"], &arguments));
    let role = text(&made["organization"]["role_name"]);
    let run = Program::new(&["audit", "--format", "json", "--organization", "--quiet"])
        .with(&["--role-name", role, "--region", "us-east-1"])
        .against(&moto.url(), &moto.credentials())
        .run();
    let report = run.report();
    compare(&report, &made);
    let accounts = list(&report.0["accounts"]);
    let suspended = accounts
        .iter()
        .filter(|account| account["status"] == "SUSPENDED");
    assert_eq!((accounts.len(), suspended.count()), (5, 1), "{accounts:#?}");
}
