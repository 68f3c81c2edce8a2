//! The page as a whole.

use std::collections::BTreeMap;

use flowcover_core::Verdict;
use flowcover_core::finding::Finding;
use flowcover_core::inventory::{Account, Gap, RegionStatus};
use flowcover_core::report::{RegionReport, Report, VpcReport};

use super::csp::{SCRIPT, STYLE, source_hash};
use crate::fixture;

fn page(report: &Report) -> String {
    let mut page = Vec::new();
    super::write(report, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// A report of an organisation: every region of every account, with some VPCs in each of the first ones.
fn organisation(accounts: usize, regions: usize, vpcs: usize) -> Report {
    let mut report = fixture::report();
    let (account, vpc) = (report.accounts[0].clone(), report.vpcs[0].clone());
    let finding = report.vpcs[2].findings[0].clone();
    let account_id = |number: usize| format!("{:012}", 100_000_000_000 + number);
    let region = |number: usize| format!("region-{number:02}");
    report.accounts = (0..accounts)
        .map(|number| Account {
            account_id: account_id(number),
            name: Some(format!("workload-{number:03}")),
            ..account.clone()
        })
        .collect();
    report.regions = (0..accounts * regions)
        .map(|number| RegionReport {
            account_id: account_id(number / regions),
            region: region(number % regions),
            status: match number % 23 {
                0 => RegionStatus::Disabled,
                1 if number % 5 == 0 => RegionStatus::Denied,
                _ => RegionStatus::Collected,
            },
        })
        .collect();
    report.vpcs = (0..vpcs)
        .map(|number| VpcReport {
            account_id: account_id(number * 7 % accounts),
            region: region(number % 11 % regions),
            vpc_id: format!("vpc-{number:017x}"),
            verdict: match number % 37 {
                0 => Verdict::NotRecorded,
                1 => Verdict::Unknown,
                2 => Verdict::Exempt,
                _ => Verdict::Recorded,
            },
            findings: vec![vpc.findings[0].clone(), Finding { ..finding.clone() }],
            ..vpc.clone()
        })
        .collect();
    report.summary = fixture::summarise(&report);
    report
}

fn nothing() -> Report {
    let mut report = fixture::report();
    report.accounts.clear();
    report.regions.clear();
    report.vpcs.clear();
    report.transit_gateways.clear();
    report.other_flow_logs.clear();
    report.findings.clear();
    report.gaps.clear();
    report.calls.clear();
    report.changes = None;
    report.interrupted = false;
    report.summary = Default::default();
    report
}

#[test]
#[ignore = "writes pages to look at into the directory that FLOWCOVER_PAGES names"]
fn write_pages_to_look_at() {
    let directory = std::path::PathBuf::from(std::env::var_os("FLOWCOVER_PAGES").unwrap());
    for (name, report) in [
        ("fixture", fixture::report()),
        ("empty", nothing()),
        ("organisation", organisation(400, 17, 5_000)),
    ] {
        std::fs::write(directory.join(name).with_extension("html"), page(&report)).unwrap();
    }
}
