//! Which flow logs cover a VPC.

use crate::Verdict::{NotRecorded, Recorded, Unknown};
use crate::fixture::*;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::Policy;
use crate::verdict::{CoveredBy, Verdict};

/// Two subnets with one interface each.
fn two(flow_logs: Vec<FlowLog>) -> Inventory {
    but(with(flow_logs), |i| {
        i.regions[0].subnets.items.push(subnet("subnet-2", "vpc-1"));
        i.regions[0]
            .network_interfaces
            .items
            .push(eni("eni-2", "subnet-2", "vpc-1"));
    })
}

fn captures(id: &str, resource: &str, traffic_type: &str) -> FlowLog {
    FlowLog {
        traffic_type: Some(TrafficType::from(traffic_type)),
        ..flow_log(id, resource)
    }
}

#[track_caller]
fn check(preset: &str, inventory: &Inventory, verdict: Verdict, covered_by: CoveredBy) {
    let vpc = only(assess(inventory, &Policy::preset(preset).unwrap()));
    assert_eq!(
        (vpc.verdict, vpc.covered_by),
        (verdict, covered_by),
        "{}",
        vpc.reason
    );
}

#[test]
fn by_vpc() {
    check(
        "cis",
        &two(vec![flow_log("fl-1", "vpc-1")]),
        Recorded,
        CoveredBy::Vpc,
    );
    check("cis", &two(vec![]), NotRecorded, CoveredBy::None);
}

#[test]
fn by_every_subnet() {
    let both = vec![flow_log("fl-1", "subnet-1"), flow_log("fl-2", "subnet-2")];
    check("cis", &two(both), Recorded, CoveredBy::Subnets);
    check(
        "cis",
        &two(vec![flow_log("fl-1", "subnet-1")]),
        NotRecorded,
        CoveredBy::Partial,
    );
}

#[test]
fn by_every_interface_of_today() {
    let both = vec![flow_log("fl-1", "eni-1"), flow_log("fl-2", "eni-2")];
    check("cis", &two(both), Recorded, CoveredBy::Interfaces);
    let mixed = vec![flow_log("fl-1", "subnet-1"), flow_log("fl-2", "eni-2")];
    check("cis", &two(mixed), Recorded, CoveredBy::Interfaces);
    check(
        "cis",
        &two(vec![flow_log("fl-1", "eni-1")]),
        NotRecorded,
        CoveredBy::Partial,
    );
}

#[test]
fn empty_set_covers_nothing() {
    let empty = |flow_logs| {
        but(with(flow_logs), |i| {
            i.regions[0].subnets = Listing::complete(Vec::new());
            i.regions[0].network_interfaces = Listing::complete(Vec::new());
        })
    };
    check("cis", &empty(vec![]), NotRecorded, CoveredBy::None);
    check(
        "cis",
        &empty(vec![flow_log("fl-1", "vpc-1")]),
        Recorded,
        CoveredBy::Vpc,
    );
    check(
        "cis",
        &empty(vec![flow_log("fl-1", "subnet-9")]),
        NotRecorded,
        CoveredBy::None,
    );
}

#[test]
fn accept_and_reject_add_up() {
    let pair = vec![
        captures("fl-1", "vpc-1", "ACCEPT"),
        captures("fl-2", "vpc-1", "REJECT"),
    ];
    check("strict", &two(pair), Recorded, CoveredBy::Vpc);
    let levels = vec![
        captures("fl-1", "vpc-1", "ACCEPT"),
        captures("fl-2", "subnet-1", "REJECT"),
        captures("fl-3", "eni-2", "REJECT"),
    ];
    check("strict", &two(levels), Recorded, CoveredBy::Interfaces);
}

#[test]
fn accept_alone_is_not_reject() {
    check(
        "cis",
        &two(vec![captures("fl-1", "vpc-1", "ACCEPT")]),
        NotRecorded,
        CoveredBy::Vpc,
    );
    check(
        "cis",
        &two(vec![captures("fl-1", "vpc-1", "REJECT")]),
        Recorded,
        CoveredBy::Vpc,
    );
    check(
        "strict",
        &two(vec![captures("fl-1", "vpc-1", "REJECT")]),
        NotRecorded,
        CoveredBy::Vpc,
    );
}

#[test]
fn unlisted_places_leave_open_what_flow_logs_below_reach() {
    let hide = |flow_logs, subnets: bool, interfaces: bool| {
        but(two(flow_logs), |i| {
            if subnets {
                i.regions[0].subnets = Listing::not_read();
            }
            if interfaces {
                i.regions[0].network_interfaces = Listing::not_read();
            }
        })
    };
    let one = || vec![flow_log("fl-1", "subnet-1")];
    check("cis", &hide(one(), true, true), Unknown, CoveredBy::None);
    check(
        "cis",
        &hide(one(), false, true),
        Unknown,
        CoveredBy::Partial,
    );
    check(
        "cis",
        &hide(one(), true, false),
        NotRecorded,
        CoveredBy::Partial,
    );
    check(
        "cis",
        &hide(vec![], true, true),
        NotRecorded,
        CoveredBy::None,
    );
}

#[test]
fn flow_logs_not_listed_is_unknown() {
    let unread = but(bare(), |i| {
        i.regions[0].flow_logs = Listing::not_read();
        i.gaps.push(gap("ec2:DescribeFlowLogs"));
    });
    check("cis", &unread, Unknown, CoveredBy::None);
    let reason = only(cis(&unread)).reason;
    assert_eq!(
        reason,
        "flow logs could not be listed (ec2:DescribeFlowLogs: UnauthorizedOperation)"
    );
    let partial = but(recorded(), |i| {
        i.regions[0].flow_logs.state = ListingState::Partial
    });
    check("cis", &partial, Recorded, CoveredBy::Vpc);
}

#[test]
fn other_vpcs_flow_logs_do_not_count() {
    let inventory = but(
        with(vec![
            flow_log("fl-1", "vpc-2"),
            flow_log("fl-2", "subnet-2"),
        ]),
        |i| {
            i.regions[0].vpcs.items.push(vpc("vpc-2"));
            i.regions[0].subnets.items.push(subnet("subnet-2", "vpc-2"));
        },
    );
    let report = cis(&inventory);
    assert_eq!(report.vpcs[0].verdict, NotRecorded);
    assert!(report.vpcs[0].flow_log_ids.is_empty());
    assert_eq!(report.vpcs[1].flow_log_ids, ["fl-1", "fl-2"]);
}

#[test]
fn interface_of_an_unlisted_subnet_is_no_pass() {
    let raced = but(with(vec![flow_log("fl-1", "subnet-1")]), |i| {
        i.regions[0]
            .network_interfaces
            .items
            .push(eni("eni-2", "subnet-2", "vpc-1"));
    });
    check("cis", &raced, NotRecorded, CoveredBy::Partial);
}
