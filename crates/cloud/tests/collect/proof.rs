//! Proof of arrival: the newest records, with the fewest calls.

use flowcover_cloud::FlowLogRequest;
use flowcover_cloud::simulator::{Matching, TokenBucket, World, policies};
use flowcover_core::inventory::{Fact, LastRecord};

use super::*;

const FIRST: &str = "100000000001";
const SECOND: &str = "100000000002";
const REGION: &str = "eu-west-1";

/// Two accounts, four hours after midnight; the VPCs of the first deliver to a bucket of the second, and
/// have done so for an hour.
pub(crate) fn central_bucket(vpcs: usize, options: impl Fn(&mut FlowLogRequest)) -> World {
    let now = "2026-03-02T04:00:00Z".parse().unwrap();
    let mut world = World::new(now, &["us-east-1", REGION]);
    world.add_account(FIRST, "workload");
    world.add_account(SECOND, "log-archive");
    let trust = policies::trust_account(FIRST);
    world
        .create_role(SECOND, "OrganizationAccountAccessRole", &trust)
        .unwrap();
    world.create_bucket(SECOND, REGION, "central");
    world
        .put_bucket_policy("central", &policies::bucket_for_account("central", FIRST))
        .unwrap();
    for number in 0..vpcs {
        let vpc_id = world.add_workload_vpc(FIRST, REGION, &format!("vpc-{number}"));
        record(&mut world, &vpc_id, &options);
    }
    world.advance(3600);
    world
}

/// Records all traffic of a VPC to the central bucket. Returns the id of the flow log.
fn record(world: &mut World, vpc_id: &str, options: impl Fn(&mut FlowLogRequest)) -> String {
    let mut request = FlowLogRequest {
        resource_ids: vec![vpc_id.to_owned()],
        resource_type: "VPC".to_owned(),
        traffic_type: Some("ALL".to_owned()),
        log_destination_type: Some("s3".to_owned()),
        log_destination: Some("arn:aws:s3:::central".to_owned()),
        ..FlowLogRequest::default()
    };
    options(&mut request);
    let mut made = world.create_flow_logs(FIRST, REGION, &request).unwrap();
    made.flow_log_ids.remove(0)
}

async fn prove(world: World, hours: u64) -> Inventory {
    let simulator = Arc::new(Simulator::new(world));
    let options = CollectOptions {
        bucket_accounts: vec![SECOND.to_owned()],
        prove_window: Some(Duration::from_secs(hours * 3600)),
        ..options(&simulator, AccountSelection::Own, Depth::Delivery)
    };
    run(&simulator, &options).await
}

fn has_arrived(fact: &Fact<LastRecord>) -> bool {
    fact.present().is_some_and(|record| record.at.is_some())
}

fn arrived(inventory: &Inventory) -> usize {
    let facts = inventory.last_records.values();
    facts.filter(|fact| has_arrived(fact)).count()
}

#[tokio::test(start_paused = true)]
async fn a_day_of_a_bucket_is_listed_once_for_all_flow_logs_of_an_account_and_region() {
    let inventory = prove(central_bucket(30, |_| {}), 2).await;
    assert_eq!(arrived(&inventory), 30);
    // One `HeadBucket`, for who may list it is found out once, and one listing.
    assert_eq!(inventory.calls["s3:ListBucket"], 1 + 1);
    for (id, fact) in &inventory.last_records {
        let record = fact.present().unwrap();
        let seen_in = record.seen_in.as_ref().unwrap();
        let day = "/vpcflowlogs/eu-west-1/2026/03/02/";
        assert!(seen_in.contains(id) && seen_in.contains(day), "{seen_in}");
        assert_eq!(record.at.unwrap().to_string(), "2026-03-02T05:00:00Z");
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_object_counts_and_other_flow_logs_do_not() {
    let mut world = central_bucket(2, |_| {});
    let folder = format!("AWSLogs/{FIRST}/vpcflowlogs/{REGION}/2026/03/02/");
    let stranger = format!("{folder}{FIRST}_vpcflowlogs_{REGION}_fl-0_20260302T0455Z_a.log.gz");
    world.put_object("central", &stranger);
    world.put_object("central", &format!("{folder}not-of-flow-logs"));
    world.advance(600);
    let inventory = prove(world, 2).await;
    assert_eq!(inventory.last_records.len(), 2);
    for fact in inventory.last_records.values() {
        let at = fact.present().unwrap().at.unwrap();
        assert_eq!(at.to_string(), "2026-03-02T05:10:00Z");
    }
    assert_eq!(inventory.calls["s3:ListBucket"], 1 + 1);
}

#[tokio::test(start_paused = true)]
async fn yesterday_is_listed_only_where_today_does_not_answer() {
    // It is five in the morning, and a VPC without traffic delivers nothing.
    for (hours, listings) in [(2, 1), (6, 2), (48, 3)] {
        let mut world = central_bucket(3, |_| {});
        let silent = world.add_vpc(FIRST, REGION, "silent");
        let silent = record(&mut world, &silent, |_| {});
        let inventory = prove(world, hours).await;
        assert_eq!(arrived(&inventory), 3);
        assert_eq!(inventory.last_records[&silent].present().unwrap().at, None);
        assert_eq!(inventory.calls["s3:ListBucket"], 1 + listings, "{hours} h");
        assert_eq!(gaps(&inventory), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn hours_with_folders_of_their_own_are_listed_newest_first() {
    let per_hour = |request: &mut FlowLogRequest| request.per_hour_partition = Some(true);
    let inventory = prove(central_bucket(5, per_hour), 6).await;
    assert_eq!(arrived(&inventory), 5);
    assert_eq!(inventory.calls["s3:ListBucket"], 1 + 1);
    // For one that delivers nothing, all hours of the window are listed.
    let mut world = central_bucket(5, per_hour);
    let silent = world.add_vpc(FIRST, REGION, "silent");
    record(&mut world, &silent, per_hour);
    let inventory = prove(world, 6).await;
    assert_eq!(arrived(&inventory), 5);
    assert_eq!(inventory.calls["s3:ListBucket"], 1 + 7);
}

#[tokio::test(start_paused = true)]
async fn a_listing_too_long_is_given_up_and_the_rest_asked_for_one_by_one() {
    let mut world = central_bucket(30, |_| {});
    world.paging.set("s3:ListBucket", 1);
    let inventory = prove(world, 2).await;
    assert_eq!(arrived(&inventory), 30);
    // Of 30 pages 20 are read. The last one met may have newer objects on the next page, so it is asked for too,
    // with the ten that were not met: all are in the present hour.
    assert_eq!(inventory.calls["s3:ListBucket"], 1 + 20 + 11);
    assert_eq!(gaps(&inventory), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_listing_cut_short_among_the_objects_of_a_flow_log_does_not_make_it_look_old() {
    let mut world = central_bucket(2, |_| {});
    for _ in 0..5 {
        world.advance(600);
    }
    // Twelve objects, of which four pages are listed together.
    assert_eq!(world.object_keys("central").len(), 12);
    world.paging.set("s3:ListBucket", 1);
    let inventory = prove(world, 2).await;
    for fact in inventory.last_records.values() {
        let at = fact.present().unwrap().at.unwrap();
        assert_eq!(at.to_string(), "2026-03-02T05:50:00Z");
    }
    assert_eq!(gaps(&inventory), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_breaks_off_leaves_unread_what_it_did_not_finish() {
    let mut world = central_bucket(2, |_| {});
    world.advance(600);
    world.paging.set("s3:ListBucket", 1);
    // The two objects of the first flow log and one of the second; `HeadBucket` goes to another region.
    let three = TokenBucket {
        capacity: 3.0,
        refill: 0.0,
        initial: 3.0,
    };
    let listing = Matching::action("s3:ListBucket");
    world.faults.throttle(listing, three);
    let inventory = prove(world, 2).await;
    let facts: Vec<_> = inventory.last_records.values().collect();
    assert!(has_arrived(facts[0]) && facts[1].is_not_read());
    assert_eq!(gaps(&inventory), ["s3:ListBucket eu-west-1 SlowDown"]);
}

#[tokio::test(start_paused = true)]
async fn a_flow_log_that_is_not_met_within_the_cap_is_a_gap_and_not_silent() {
    let mut world = central_bucket(1, |_| {});
    let silent = world.add_vpc(FIRST, REGION, "silent");
    let silent = record(&mut world, &silent, |_| {});
    let file = format!("{FIRST}_vpcflowlogs_{REGION}_{silent}_20260302T05");
    for number in 0..21 {
        let junk = format!("AWSLogs/{FIRST}/vpcflowlogs/{REGION}/2026/03/02/{file}-{number:02}");
        world.put_object("central", &junk);
    }
    world.paging.set("s3:ListBucket", 1);
    let inventory = prove(world, 2).await;
    assert_eq!(arrived(&inventory), 1);
    assert!(inventory.last_records[&silent].is_not_read());
    assert_eq!(gaps(&inventory), ["s3:ListBucket eu-west-1 NoProof"]);
    assert_eq!(inventory.gaps[0].resource, Some(silent));
}

/// An account whose VPCs, of two interfaces each, deliver to one group.
fn one_group(vpcs: usize) -> (World, Vec<String>) {
    let now = "2026-03-02T04:00:00Z".parse().unwrap();
    let mut world = World::new(now, &["us-east-1", REGION]);
    world.add_account(FIRST, "workload");
    world.add_account(SECOND, "log-archive");
    let trust = policies::trust_account(FIRST);
    world
        .create_role(SECOND, "OrganizationAccountAccessRole", &trust)
        .unwrap();
    let trust = policies::trust_service("vpc-flow-logs.amazonaws.com", Some(FIRST));
    let role_arn = world.create_role(FIRST, "deliver", &trust).unwrap();
    world
        .put_role_policy(
            FIRST,
            "deliver",
            "deliver",
            &policies::deliver_to("*", false),
        )
        .unwrap();
    world.create_log_group(FIRST, REGION, "/vpc/all", None);
    world.advance(60);
    let ids = (0..vpcs)
        .map(|number| {
            let vpc_id = world.add_workload_vpc(FIRST, REGION, &format!("vpc-{number}"));
            record(&mut world, &vpc_id, |request| {
                request.log_destination_type = None;
                request.log_destination = None;
                request.log_group_name = Some("/vpc/all".to_owned());
                request.deliver_logs_permission_arn = Some(role_arn.clone());
            })
        })
        .collect();
    world.advance(3600);
    (world, ids)
}

#[tokio::test(start_paused = true)]
async fn the_streams_of_a_group_are_read_once_for_all_of_its_flow_logs() {
    let (world, ids) = one_group(3);
    let inventory = prove(world, 2).await;
    assert_eq!(inventory.calls["logs:DescribeLogStreams"], 1);
    assert_eq!(arrived(&inventory), 3);
    // Each has the records of its own interfaces, and no others.
    let mut interfaces = std::collections::BTreeSet::new();
    for id in ids {
        let record = inventory.last_records[&id].present().unwrap();
        assert_eq!(record.interfaces.len(), 2);
        interfaces.extend(record.interfaces.keys().cloned());
    }
    assert_eq!(interfaces.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn streams_beyond_the_cap_are_a_gap_and_not_silence() {
    let (mut world, ids) = one_group(20);
    world.paging.set("logs:DescribeLogStreams", 1);
    let inventory = prove(world, 2).await;
    assert_eq!(inventory.calls["logs:DescribeLogStreams"], 20);
    let met = arrived(&inventory);
    assert!((10..20).contains(&met), "{met}");
    let unread = |id: &&String| inventory.last_records[*id].is_not_read();
    assert_eq!(ids.iter().filter(unread).count(), 20 - met);
    assert_eq!(
        gaps(&inventory),
        vec!["logs:DescribeLogStreams eu-west-1 NoProof"; 20 - met]
    );
    // Which interfaces are silent cannot be told.
    let facts = inventory.last_records.values();
    assert!(
        facts
            .flat_map(Fact::present)
            .all(|it| it.interfaces.is_empty())
    );
}
