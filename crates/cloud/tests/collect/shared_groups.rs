//! Proof of arrival in a log group: which flow log a stream speaks for.

use flowcover_cloud::simulator::{Matching, World};
use flowcover_core::inventory::{Fact, FlowLog, LogDestinationType};

use super::*;

const ACCOUNT: &str = "100000000001";
const REGION: &str = "eu-west-1";
const GROUP: &str = "/vpc/all";
/// An interface that is no more, as those of Fargate and Lambda soon are.
const GONE: &str = "eni-0gone";

/// An account with a log group. Nothing is delivered there but what a test puts there.
struct Lab {
    world: World,
    flow_logs: Vec<String>,
}

impl Lab {
    fn new() -> Self {
        let now = "2026-03-02T04:00:00Z".parse().unwrap();
        let mut world = World::new(now, &["us-east-1", REGION]);
        world.add_account(ACCOUNT, "workload");
        world.create_log_group(ACCOUNT, REGION, GROUP, None);
        Self {
            world,
            flow_logs: Vec::new(),
        }
    }

    /// A VPC with one interface: ids of the VPC, the subnet and the interface.
    fn vpc(&mut self) -> [String; 3] {
        let vpc = self.world.add_vpc(ACCOUNT, REGION, "vpc");
        let subnet = self.world.add_subnet(ACCOUNT, REGION, &vpc);
        let eni = self.world.add_interface(ACCOUNT, REGION, &subnet);
        [vpc, subnet, eni]
    }

    /// A flow log to the group. Without a role it delivers nothing.
    fn record(&mut self, resource_id: &str, traffic_type: Option<&str>) {
        let detail = FlowLog {
            resource_id: Some(resource_id.to_owned()),
            traffic_type: traffic_type.map(Into::into),
            log_group_name: Some(GROUP.to_owned()),
            log_destination_type: Some(LogDestinationType::CloudWatchLogs),
            ..FlowLog::default()
        };
        let id = self.world.put_flow_log(ACCOUNT, REGION, detail);
        self.flow_logs.push(id);
    }

    fn stream(&mut self, name: &str) {
        self.world.put_log_event(ACCOUNT, REGION, GROUP, name);
    }

    /// What is found of each flow log, in the order in which they were made: `arrived`, `silent` or `unread`.
    async fn prove(self) -> (Vec<&'static str>, Inventory) {
        let simulator = Arc::new(Simulator::new(self.world));
        let options = CollectOptions {
            prove_window: Some(Duration::from_secs(90 * 60)),
            ..options(&simulator, AccountSelection::Own, Depth::Delivery)
        };
        let inventory = run_within(&simulator, &options, Duration::from_secs(60)).await;
        let found = |id: &String| match &inventory.last_records[id] {
            Fact::Present(record) if record.at.is_some() => "arrived",
            Fact::Present(_) => "silent",
            _ => "unread",
        };
        (self.flow_logs.iter().map(found).collect(), inventory)
    }
}

/// Proves, and expects that of the flow logs, with a gap for each that is unread.
fn check(lab: Lab, expected: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let (found, inventory) = runtime.block_on(lab.prove());
    assert_eq!(found, expected);
    let unread = expected.iter().filter(|&&it| it == "unread").count();
    let gaps = gaps(&inventory);
    let without_proof = gaps.iter().filter(|gap| gap.contains("NoProof")).count();
    assert_eq!(without_proof, unread, "{gaps:?}");
}

#[test]
fn the_stream_of_an_interface_proves_its_vpc_and_no_other() {
    let mut lab = Lab::new();
    let [first, _, eni] = lab.vpc();
    let [second, ..] = lab.vpc();
    lab.record(&first, Some("ALL"));
    lab.record(&second, Some("ALL"));
    lab.stream(&format!("{eni}-all"));
    check(lab, &["arrived", "silent"]);
}

#[test]
fn interfaces_not_read_leave_a_shared_group_unread_and_no_other() {
    for (shared, expected) in [(true, &["unread", "unread"][..]), (false, &["arrived"])] {
        let mut lab = Lab::new();
        let [first, _, eni] = lab.vpc();
        let [second, ..] = lab.vpc();
        lab.record(&first, Some("ALL"));
        if shared {
            lab.record(&second, Some("ALL"));
        }
        lab.stream(&format!("{eni}-all"));
        let denied = Matching::action("ec2:DescribeNetworkInterfaces");
        lab.world.faults.deny(denied);
        check(lab, expected);
    }
}

#[test]
fn an_interface_missing_from_a_listing_cut_short_is_not_passed_over() {
    for (shared, expected) in [(true, &["unread", "unread"][..]), (false, &["arrived"])] {
        let mut lab = Lab::new();
        let [first, subnet, one] = lab.vpc();
        let other = lab.world.add_interface(ACCOUNT, REGION, &subnet);
        lab.record(&first, Some("ALL"));
        if shared {
            let silent = lab.world.add_vpc(ACCOUNT, REGION, "silent");
            lab.record(&silent, Some("ALL"));
        }
        // The listing has one interface; the stream is that of the other.
        lab.stream(&format!("{}-all", one.max(other)));
        let action = "ec2:DescribeNetworkInterfaces";
        lab.world.paging.set(action, 1);
        let matching = Matching::action(action).in_region(REGION);
        lab.world.faults.deny_after(1, matching);
        check(lab, expected);
    }
}

#[test]
fn the_stream_of_an_interface_that_is_gone_may_be_that_of_each_vpc_of_the_group() {
    let gone = format!("{GONE}-all");
    // Alone in its group.
    let mut lab = Lab::new();
    let [first, ..] = lab.vpc();
    lab.record(&first, Some("ALL"));
    lab.stream(&gone);
    check(lab, &["arrived"]);

    // The second has a record of its own.
    let mut lab = Lab::new();
    let [first, ..] = lab.vpc();
    let [second, _, eni] = lab.vpc();
    lab.record(&first, Some("ALL"));
    lab.record(&second, Some("ALL"));
    lab.stream(&gone);
    lab.stream(&format!("{eni}-all"));
    check(lab, &["unread", "arrived"]);

    // Too old to be fresh, whosever it is, though it is within the hours searched.
    let mut lab = Lab::new();
    let [first, ..] = lab.vpc();
    let [second, ..] = lab.vpc();
    lab.record(&first, Some("ALL"));
    lab.record(&second, Some("ALL"));
    lab.stream(&gone);
    lab.world.advance(100 * 60);
    check(lab, &["silent", "silent"]);

    // The other flow log is on an interface, and that is another one.
    let mut lab = Lab::new();
    let [first, _, eni] = lab.vpc();
    lab.record(&first, Some("ALL"));
    lab.record(&eni, Some("ALL"));
    lab.stream(&gone);
    check(lab, &["arrived", "silent"]);
}

#[test]
fn a_stream_that_two_flow_logs_write_to_proves_neither() {
    for level in [1, 2] {
        let mut lab = Lab::new();
        let ids = lab.vpc();
        lab.record(&ids[0], Some("ALL"));
        lab.record(&ids[level], Some("ALL"));
        lab.stream(&format!("{}-all", ids[2]));
        check(lab, &["unread", "unread"]);
    }
    // Two of one resource have the same records.
    let mut lab = Lab::new();
    let [vpc, _, eni] = lab.vpc();
    lab.record(&vpc, Some("ALL"));
    lab.record(&vpc, Some("ALL"));
    lab.stream(&format!("{eni}-all"));
    check(lab, &["arrived", "arrived"]);
}

#[test]
fn the_streams_of_a_vpc_prove_no_gateway() {
    for kind in ["TransitGateway", "RegionalNatGateway"] {
        let mut lab = Lab::new();
        let [vpc, _, eni] = lab.vpc();
        let gateway = match kind {
            "TransitGateway" => lab.world.add_transit_gateway(ACCOUNT, REGION, "hub"),
            other => lab.world.add_resource(ACCOUNT, REGION, other),
        };
        lab.record(&vpc, Some("ALL"));
        lab.record(&gateway, (kind != "TransitGateway").then_some("ALL"));
        lab.stream(&format!("{eni}-all"));
        check(lab, &["arrived", "silent"]);

        let mut lab = Lab::new();
        lab.record(&gateway, None);
        lab.stream(&format!("{gateway}-all"));
        check(lab, &["arrived"]);
    }
}

#[test]
fn flow_logs_not_listed_may_share_the_group() {
    let mut lab = Lab::new();
    let [first, ..] = lab.vpc();
    let [second, ..] = lab.vpc();
    lab.record(&first, Some("ALL"));
    lab.record(&second, Some("ALL"));
    lab.flow_logs.sort();
    let listed = lab.flow_logs[0].clone();
    lab.flow_logs = vec![listed];
    lab.stream(&format!("{GONE}-all"));
    let action = "ec2:DescribeFlowLogs";
    lab.world.paging.set(action, 1);
    let matching = Matching::action(action).in_region(REGION);
    lab.world.faults.deny_after(1, matching);
    check(lab, &["unread"]);
}

#[test]
fn a_stream_proves_only_a_flow_log_of_its_traffic() {
    let cases: [(&[&str], &str, &[&str]); 6] = [
        (&["ACCEPT", "REJECT"], "accept", &["arrived", "silent"]),
        (&["ACCEPT", "REJECT"], "reject", &["silent", "arrived"]),
        (&["ALL", "REJECT"], "all", &["arrived", "silent"]),
        (&["ALL"], "all", &["arrived"]),
        // Of no flow log that is known, so the name may mean something else.
        (&["ACCEPT", "REJECT"], "all", &["unread", "unread"]),
        // A name of another form tells nothing.
        (&["ACCEPT", "REJECT"], "other", &["unread", "unread"]),
    ];
    for (traffic_types, ending, expected) in cases {
        let mut lab = Lab::new();
        let [vpc, _, eni] = lab.vpc();
        for traffic_type in traffic_types {
            lab.record(&vpc, Some(traffic_type));
        }
        lab.stream(&format!("{eni}-{ending}"));
        check(lab, expected);
    }
}

#[test]
fn a_stream_of_another_name_proves_a_flow_log_that_has_the_group_for_itself() {
    let mut lab = Lab::new();
    let [first, ..] = lab.vpc();
    lab.record(&first, Some("REJECT"));
    lab.stream("named-otherwise");
    check(lab, &["arrived"]);

    let mut lab = Lab::new();
    let [first, _, eni] = lab.vpc();
    let [second, ..] = lab.vpc();
    lab.record(&first, Some("ALL"));
    lab.record(&second, Some("ALL"));
    lab.stream("named-otherwise");
    lab.stream(&format!("{eni}-all"));
    check(lab, &["arrived", "unread"]);
}
