//! Stored files of every version that ever was are read for ever: one example of each.
//!
//! The files are never rewritten. A new version gets a new file beside them.

use flowcover_core::inventory::{
    AccountAccess, AccountStatus, Depth, Fact, GapKind, ListingState, RegionStatus,
};
use flowcover_core::journal::{self, Event, StepState};
use flowcover_core::{Verdict, plan, snapshot};

fn stored(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/stored/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the file is committed beside the test")
}

#[test]
fn inventory_1_is_read_in_full() {
    let inventory = snapshot::read(&stored("inventory-1.json"), "inventory-1.json").expect("read");
    assert_eq!(inventory.depth, Depth::Full);
    assert_eq!(
        inventory.collected_at,
        "2026-05-01T10:00:00Z".parse().expect("a time")
    );
    let statuses: Vec<_> = inventory
        .regions
        .iter()
        .map(|region| region.status)
        .collect();
    assert_eq!(
        statuses,
        [
            RegionStatus::Collected,
            RegionStatus::Partial,
            RegionStatus::Denied,
            RegionStatus::Unreachable,
            RegionStatus::Disabled
        ]
    );
    let access: Vec<_> = inventory
        .accounts
        .iter()
        .map(|account| account.access)
        .collect();
    assert_eq!(
        access,
        [
            AccountAccess::Reached,
            AccountAccess::Refused,
            AccountAccess::NotTried
        ]
    );
    assert_eq!(
        inventory.accounts[2].status,
        AccountStatus::Other("CLOSED".to_owned())
    );
    let region = &inventory.regions[0];
    assert_eq!(region.vpcs.state, ListingState::Complete);
    assert_eq!(region.subnets.state, ListingState::Partial);
    assert_eq!(region.network_interfaces.state, ListingState::NotRead);
    assert_eq!(region.transit_gateways.state, ListingState::NotNeeded);
    assert_eq!(region.flow_logs.items.len(), 3);
    let bucket = inventory.buckets["logs-bucket"].present().expect("present");
    assert!(bucket.policy.is_absent() && bucket.public.is_not_read());
    assert_eq!(inventory.buckets["gone"], Fact::Absent);
    assert_eq!(inventory.buckets["unread"], Fact::NotRead);
    let kinds: Vec<_> = inventory.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(
        kinds,
        [
            GapKind::Denied,
            GapKind::Throttled,
            GapKind::Unreachable,
            GapKind::Deadline,
            GapKind::Interrupted,
            GapKind::Credentials,
            GapKind::Service,
            GapKind::NotSaved,
            GapKind::OutOfReach
        ]
    );
    assert_eq!(inventory.last_records.len(), 1);
    assert_eq!(inventory.calls["ec2:DescribeVpcs"], 2);
}

#[test]
fn inventory_1_is_written_as_it_is_stored() {
    let bytes = stored("inventory-1.json");
    let inventory = snapshot::read(&bytes, "inventory-1.json").expect("read");
    let mut written = Vec::new();
    snapshot::write(&inventory, &mut written).expect("memory takes everything");
    let parse = |bytes: &[u8]| -> serde_json::Value {
        serde_json::from_slice(bytes).expect("both are JSON")
    };
    assert_eq!(
        parse(&written),
        parse(&bytes),
        "no field is lost or renamed"
    );
}

#[test]
fn inventory_1_with_security_groups_is_read_and_written() {
    let name = "inventory-1-security-groups.json";
    let inventory = snapshot::read(&stored(name), name).expect("read");
    let region = &inventory.regions[0];
    let interface = &region.network_interfaces.items[0];
    assert_eq!(interface.security_group_ids, ["sg-1"]);
    let address = &interface.private_ip_addresses[0];
    assert_eq!(address.public_ip.as_deref(), Some("203.0.113.1"));
    assert_eq!(interface.ipv6_addresses, ["2001:db8::1"]);
    assert_eq!(interface.prefixes, ["10.0.0.16/28"]);
    let rule = &region.security_group_rules.items[0];
    assert_eq!(rule.prefix_list_id, Some("pl-1".to_owned()));
    assert_eq!(
        region.security_groups.items[0].group_name.as_deref(),
        Some("web")
    );
    let cidrs = region.prefix_lists.items[0].cidrs.as_deref();
    assert_eq!(cidrs, Some(&["192.0.2.0/24".to_owned()][..]));
    let mut written = Vec::new();
    snapshot::write(&inventory, &mut written).expect("memory takes everything");
    assert_eq!(
        snapshot::read(&written, "written").expect("read"),
        inventory
    );
}

#[test]
fn report_1_is_read_in_full() {
    let report = snapshot::read_report(&stored("report-1.json"), "report-1.json").expect("read");
    let verdicts: Vec<_> = report.vpcs.iter().map(|vpc| vpc.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Recorded,
            Verdict::NotRecorded,
            Verdict::Unknown,
            Verdict::Exempt,
            Verdict::NotOwned
        ]
    );
    assert_eq!(report.vpcs[1].findings[0].check, "flow-log-missing");
    assert_eq!(report.changes.expect("compared").unchanged, 3);
}

#[test]
fn plan_1_is_read_and_written_as_it_is_stored() {
    let bytes = stored("plan-1.json");
    let plan = plan::read(&bytes, "plan-1.json").expect("read");
    let kinds: Vec<String> = plan
        .steps
        .iter()
        .map(|step| serde_json::to_value(&step.change).expect("JSON")["kind"].to_string())
        .collect();
    assert_eq!(
        kinds,
        [
            "\"create-bucket\"",
            "\"add-bucket-statement\"",
            "\"create-role\"",
            "\"mend-role\"",
            "\"create-log-group\"",
            "\"set-retention\"",
            "\"set-log-group-key\"",
            "\"create-flow-logs\"",
            "\"create-flow-logs\"",
            "\"delete-flow-logs\""
        ]
    );
    let mut reasons: Vec<_> = plan.not_fixed.iter().map(|it| it.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), 8, "one of each reason");
    let mut written = Vec::new();
    plan::write(&plan, &mut written).expect("memory takes everything");
    assert_eq!(
        written, bytes,
        "its id is of its bytes: no field is lost, renamed or moved"
    );
}

#[test]
fn journal_1_is_read_in_full() {
    let journal = journal::read(&stored("journal-1.jsonl"), "journal-1.jsonl").expect("read");
    assert_eq!(journal.header.allowed, ["--replace"]);
    assert_eq!(journal.entries.len(), 18);
    assert!(!journal.is_cut);
    let steps = &journal.header.plan.steps;
    let (role, flow_logs, deletion) = (&steps[2].id, &steps[7].id, &steps[9].id);
    let before = journal
        .entries
        .iter()
        .position(|entry| matches!(entry.event, Event::RollbackBegun { .. }))
        .expect("it was taken back");
    let states = journal::states(&journal.entries[..before]);
    assert!(states[role].is_done() && !states[deletion].is_done());
    let made = states[flow_logs].made().expect("made");
    assert_eq!(made.flow_log_ids, ["fl-new", "fl-found"]);
    let states = journal::states(&journal.entries);
    assert_eq!(states[flow_logs], StepState::TakenBack);
    assert!(matches!(states[role], StepState::Left(_)));
}
