//! Accounts and regions of which nobody knows what lies there.

use super::*;
use crate::fixture::*;
use crate::inventory::*;

/// What is said of places, with the first thing to do, under a plan about `only`.
#[track_caller]
fn check(inventory: &Inventory, only: &[&str], expected: &[(&str, &str)]) {
    let policy = Policy::default();
    let request = BuildRequest {
        only: only.iter().map(|&id| id.to_owned()).collect(),
        ..request(false)
    };
    let plan = build(inventory, &assess(inventory, &policy), &policy, &request);
    let places = plan.not_fixed.iter().filter(|it| {
        it.check == "not-readable" && it.resource.kind == "AWS::Organizations::Account"
    });
    let places: Vec<_> = places
        .map(|it| {
            assert_eq!(it.reason, Reason::NotRead);
            (it.message.as_str(), it.manual[0].as_str())
        })
        .collect();
    assert_eq!(places, expected);
    assert_eq!(plan.is_complete(), expected.is_empty());
}

fn with_region(region: Region, gaps: Vec<Gap>) -> Inventory {
    but(recorded(), |i| {
        i.regions.push(region);
        i.gaps = gaps;
    })
}

fn in_region(region: &str, action: &str) -> Gap {
    Gap {
        region: Some(region.to_owned()),
        ..gap(action)
    }
}

#[test]
fn a_region_that_was_not_read_is_said() {
    let region = "us-east-1";
    let denied = Region::new(ACCOUNT, region, RegionStatus::Denied);
    let gaps = ["ec2:DescribeVpcs", "ec2:DescribeFlowLogs"].map(|it| in_region(region, it));
    check(
        &with_region(denied.clone(), gaps.to_vec()),
        &[],
        &[(
            "VPCs and flow logs of account 111111111111, us-east-1 were not all listed: \
             ec2:DescribeVpcs: UnauthorizedOperation, ec2:DescribeFlowLogs: UnauthorizedOperation",
            "grant ec2:DescribeVpcs and ec2:DescribeFlowLogs to the role that audits",
        )],
    );
    let late = Gap {
        kind: GapKind::Unreachable,
        error_code: "ConnectTimeout".to_owned(),
        permission: None,
        ..in_region(region, "ec2:DescribeVpcs")
    };
    check(
        &with_region(denied, vec![late]),
        &[],
        &[(
            "VPCs and flow logs of account 111111111111, us-east-1 were not all listed: \
             ec2:DescribeVpcs: ConnectTimeout",
            "make a new plan later: AWS did not answer, or not in time",
        )],
    );
    let disabled = Region::new(ACCOUNT, region, RegionStatus::Disabled);
    check(&with_region(disabled, Vec::new()), &[], &[]);
    let unlisted = Region::new(ACCOUNT, "*", RegionStatus::Denied);
    let gap = Gap {
        region: None,
        ..gap("ec2:DescribeRegions")
    };
    check(
        &with_region(unlisted, vec![gap]),
        &[],
        &[(
            "the regions of account 111111111111 could not be listed: ec2:DescribeRegions: UnauthorizedOperation",
            "grant ec2:DescribeRegions to the role that audits",
        )],
    );
}

#[test]
fn flow_logs_cut_short_are_said() {
    let cut = but(recorded(), |i| {
        i.regions[0].flow_logs.state = ListingState::Partial;
        i.gaps.push(gap("ec2:DescribeFlowLogs"));
    });
    check(
        &cut,
        &[],
        &[(
            "flow logs of account 111111111111, eu-west-1 were not all listed: \
             ec2:DescribeFlowLogs: UnauthorizedOperation",
            "grant ec2:DescribeFlowLogs to the role that audits",
        )],
    );
}

fn barred(access: AccountAccess, status: AccountStatus, gaps: Vec<Gap>) -> Inventory {
    but(recorded(), |i| {
        i.accounts.push(Account {
            access,
            status,
            ..account(OTHER)
        });
        // What the collector notes of an account that it could not enter.
        i.regions
            .push(Region::new(OTHER, "*", RegionStatus::Denied));
        i.gaps = gaps;
    })
}

#[test]
fn an_account_that_was_not_entered_is_said_once() {
    let gap = Gap {
        account_id: Some(OTHER.to_owned()),
        region: None,
        error_code: "AccessDenied".to_owned(),
        ..gap("sts:AssumeRole")
    };
    let refused = barred(AccountAccess::Refused, AccountStatus::Active, vec![gap]);
    let said = [(
        "account 222222222222 could not be entered: sts:AssumeRole: AccessDenied",
        "grant sts:AssumeRole to the role that audits",
    )];
    check(&refused, &[], &said);
    check(&refused, &[OTHER], &said);
    // A VPC that was found lies elsewhere; one that was not may lie there.
    check(&refused, &["vpc-1"], &[]);
    check(&refused, &["vpc-1", "vpc-0f"], &said);
    check(
        &barred(AccountAccess::NotTried, AccountStatus::Active, Vec::new()),
        &[],
        &[(
            "account 222222222222 was not entered",
            "let the audit read it: `flowcover permissions audit` prints what it needs",
        )],
    );
    let suspended = barred(
        AccountAccess::NotTried,
        AccountStatus::Suspended,
        Vec::new(),
    );
    check(&suspended, &[], &[]);
}
