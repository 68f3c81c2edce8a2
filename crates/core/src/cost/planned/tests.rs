//! Plans over inventories with one VPC that was measured.

use super::*;
use crate::cost::{planned_to_markdown, planned_to_text};
use crate::fixture::*;
use crate::inventory::Listing;
use crate::judge::assess;
use crate::plan::{BuildRequest, build};
use crate::reach::Entry;

/// `vpc-1` with one interface is recorded; `vpc-2` with three is not.
fn inventory(first: FlowLog) -> Inventory {
    but(with(vec![first]), |inventory| {
        let region = &mut inventory.regions[0];
        region.region = REGION.to_owned();
        region.vpcs.items.push(vpc("vpc-2"));
        region.subnets.items.push(subnet("subnet-2", "vpc-2"));
        let enis = &mut region.network_interfaces.items;
        enis.extend(["eni-2", "eni-3", "eni-4"].map(|id| eni(id, "subnet-2", "vpc-2")));
    })
}

fn plan_of(inventory: &Inventory, policy: &Policy) -> Plan {
    let report = assess(inventory, policy);
    let request = BuildRequest {
        entries: [(ACCOUNT.to_owned(), Entry::Caller)].into(),
        ..BuildRequest::default()
    };
    build(inventory, &report, policy, &request)
}

/// 73 GB of text a month of one interface, a fifth rejected.
fn sample() -> Sample {
    Sample {
        of: SampleOf::FlowLog("fl-1".to_owned()),
        seconds: MONTH,
        records: 730_000_000,
        text_bytes: 73 << 30,
        accepted_records: 584_000_000,
        rejected_records: 146_000_000,
        rejected_text_bytes: None,
        stored: None,
        records_in_ten_minutes: None,
    }
}

fn run(inventory: &Inventory, policy: &Policy, samples: &[Sample]) -> Planned {
    planned(
        inventory,
        &plan_of(inventory, policy),
        samples,
        &Prices::built_in(),
        policy,
        &Options::default(),
    )
}

fn asking(traffic: &str) -> Policy {
    policy("cis", |policy| {
        policy.fix.base.traffic_type = Some(TrafficType::from(traffic));
    })
}

fn default_format(flow_log: FlowLog) -> FlowLog {
    FlowLog {
        log_format: None,
        ..flow_log
    }
}

#[test]
fn a_vpc_records_as_much_for_each_interface_as_those_that_are_measured() {
    let inventory = inventory(default_format(flow_log("fl-1", "vpc-1")));
    let planned = run(&inventory, &asking("ALL"), &[sample()]);
    let [vpc] = planned.alone.per_vpc.as_slice() else {
        panic!("{:?}", planned.alone)
    };
    assert_eq!((vpc.id.as_str(), vpc.records), ("vpc-2", 3 * 730_000_000));
    assert_eq!(vpc.rejected_permille, 200);
    let adds = planned.adds.expect("it is known");
    assert!(adds > Money::ZERO);
    // Both lie in the first tier: what is added is what they cost alone, but for rounding.
    let alone = planned.alone.total.monthly;
    assert_eq!(adds.to_string(), alone.to_string());
    assert_eq!(planned.alone.not_estimated, []);
}

#[test]
fn rejected_traffic_only_is_the_rejected_part() {
    let inventory = inventory(default_format(flow_log("fl-1", "vpc-1")));
    let planned = run(&inventory, &asking("REJECT"), &[sample()]);
    let vpc = &planned.alone.per_vpc[0];
    assert_eq!(
        (vpc.records, vpc.rejected_permille),
        (3 * 146_000_000, 1000)
    );
    let all = planned
        .alone
        .alternatives
        .iter()
        .find(|other| other.id == "all-traffic")
        .expect("it is there");
    assert_eq!(
        all.monthly, None,
        "a plan for REJECT does not tell the rest"
    );
}

#[test]
fn what_the_sample_cannot_tell_is_said() {
    let rejecting = FlowLog {
        traffic_type: Some(TrafficType::Reject),
        ..default_format(flow_log("fl-1", "vpc-1"))
    };
    let planned = run(&inventory(rejecting.clone()), &asking("ALL"), &[sample()]);
    assert_eq!(planned.adds, None);
    let reasons: Vec<_> = planned
        .alone
        .not_estimated
        .iter()
        .map(|it| (it.id.as_str(), it.reason.as_str()))
        .collect();
    let reason = "no flow log of a VPC that captures ALL is in the sample";
    assert!(reasons.contains(&("vpc-2", reason)), "{reasons:?}");
    let unread = but(inventory(rejecting), |inventory| {
        inventory.regions[0].network_interfaces = Listing::default();
    });
    let planned = run(&unread, &asking("REJECT"), &[sample()]);
    let unread = planned.alone.not_estimated.iter();
    let mut unread = unread.filter(|it| it.reason.contains("interfaces were not read"));
    assert!(unread.any(|it| it.id == "vpc-2"), "{planned:?}");
}

#[test]
fn what_is_kept_is_what_the_plan_makes() {
    let inventory = inventory(default_format(flow_log("fl-1", "vpc-1")));
    let policy = asking("ALL");
    let plan = plan_of(&inventory, &policy);
    let makes_group = plan
        .steps
        .iter()
        .any(|step| matches!(step.change, Change::CreateLogGroup { .. }));
    assert!(makes_group, "{plan:?}");
    let planned = run(&inventory, &policy, &[sample()]);
    let endless = planned
        .alone
        .assumptions
        .iter()
        .filter(|text| text.contains("never expire") || text.contains("was not read"));
    assert_eq!(endless.count(), 0, "{:?}", planned.alone.assumptions);
}

#[test]
fn as_text_and_markdown() {
    let inventory = inventory(default_format(flow_log("fl-1", "vpc-1")));
    let planned = run(&inventory, &asking("ALL"), &[sample()]);
    let inert = |text: &str| text.to_owned();
    insta::assert_snapshot!("planned_text", planned_to_text(&planned, 100, inert));
    insta::assert_snapshot!("planned_markdown", planned_to_markdown(&planned, inert));
}

/// Both VPCs are recorded, to a log group that keeps its records for so many days.
fn recorded(days: Option<u32>) -> Inventory {
    let first = default_format(flow_log("fl-1", "vpc-1"));
    let second = default_format(flow_log("fl-2", "vpc-2"));
    but(inventory(first), |inventory| {
        inventory.regions[0].flow_logs.items.push(second);
        for group in inventory.log_groups.values_mut() {
            if let Fact::Present(group) = group {
                group.retention_in_days = days;
            }
        }
    })
}

fn keeping(least: u32, most: u32) -> Policy {
    policy("cis", |policy| {
        policy.retention_min_days.value = Some(least);
        policy.retention_max_days.value = Some(most);
        policy.fix.base.traffic_type = Some(TrafficType::All);
    })
}

#[test]
fn a_plan_without_new_flow_logs_adds_no_cost() {
    let inventory = recorded(Some(90));
    let planned = run(&inventory, &keeping(30, 365), &[sample()]);
    assert_eq!((planned.makes, planned.adds), (0, Some(Money::ZERO)));
    let said = planned_to_text(&planned, 100, str::to_owned);
    assert_eq!(said, "The plan makes no new flow log, and adds no cost\n");
    let said = planned_to_markdown(&planned, str::to_owned);
    assert_eq!(
        said,
        "## Estimate\n\nThe plan makes no new flow log, and adds no cost\n"
    );
}

/// A plan that only sets the retention of the log group.
fn to_days(days: u32) -> Plan {
    let unrecorded = inventory(default_format(flow_log("fl-1", "vpc-1")));
    let mut plan = plan_of(&unrecorded, &asking("ALL"));
    let step = plan.steps.remove(0);
    let change = Change::SetRetention {
        log_group_name: "/vpc/flow-logs".to_owned(),
        retention_in_days: crate::plan::Replaced {
            before: None,
            after: days,
        },
    };
    let region = Some(REGION.to_owned());
    plan.steps = vec![Step {
        change,
        region,
        ..step
    }];
    plan
}

#[test]
fn what_shorter_keeping_saves_is_told() {
    let inventory = recorded(None);
    let run = |samples: &[Sample]| {
        planned(
            &inventory,
            &to_days(30),
            samples,
            &Prices::built_in(),
            &Policy::default(),
            &Options::default(),
        )
    };
    let planned = run(&[sample()]);
    assert_eq!(planned.makes, 0);
    let saved = planned.adds.expect("one flow log is in the sample");
    assert!(saved < Money::ZERO, "{saved}");
    let said = planned_to_text(&planned, 200, str::to_owned);
    let expected =
        format!("The plan makes no new flow log, and changes the bill by {saved} (prices: ");
    assert!(said.starts_with(&expected), "{said}");
    assert!(!said.contains("Planned, "), "{said}");
    // The other flow log of the group has no sample.
    let untold = "fl-2: what the plan changes of it is not known";
    assert!(said.contains(untold), "{said}");

    let planned = run(&[]);
    assert_eq!((planned.makes, planned.adds), (0, None));
    let said = planned_to_text(&planned, 200, str::to_owned);
    assert!(
        said.contains("cannot be estimated from the sample"),
        "{said}"
    );
}
