//! What records cost, measured where they lie: in a bucket, in a log group, and where the flow logs of a VPC put them.

use flowcover_core::inventory::{
    Account, AccountAccess, AccountStatus, DeliverLogsStatus, FlowLog, Inventory, Listing,
    NetworkInterface, Region, RegionStatus, Subnet, TrafficType, Vpc,
};
use flowcover_core::snapshot;
use serde_json::Value;

use super::world::{BUCKET, GROUP, REGION, SHARED, World};
use crate::support::{Program, Run, list, parse, text};

const ACCOUNT: &str = "123456789012";

/// `vpc-0a`, recorded to the bucket of the world, and `vpc-0b` with one interface, recorded nowhere.
fn inventory(world: &World) -> Inventory {
    let mut region = Region::new(ACCOUNT, REGION, RegionStatus::Collected);
    let ids = ["vpc-0a", "vpc-0b"];
    region.vpcs = Listing::complete(
        ids.map(|id| Vpc {
            vpc_id: id.to_owned(),
            owner_id: Some(ACCOUNT.to_owned()),
            ..Vpc::default()
        })
        .to_vec(),
    );
    region.subnets = Listing::complete(
        ids.map(|id| Subnet {
            subnet_id: id.replace("vpc", "subnet"),
            vpc_id: Some(id.to_owned()),
            owner_id: Some(ACCOUNT.to_owned()),
            ..Subnet::default()
        })
        .to_vec(),
    );
    region.network_interfaces = Listing::complete(
        ids.map(|id| NetworkInterface {
            network_interface_id: id.replace("vpc", "eni"),
            vpc_id: Some(id.to_owned()),
            subnet_id: Some(id.replace("vpc", "subnet")),
            owner_id: Some(ACCOUNT.to_owned()),
            ..NetworkInterface::default()
        })
        .to_vec(),
    );
    region.flow_logs = Listing::complete(vec![FlowLog {
        flow_log_id: world.flow_log_id().to_owned(),
        resource_id: Some("vpc-0a".to_owned()),
        traffic_type: Some(TrafficType::All),
        deliver_logs_status: Some(DeliverLogsStatus::Success),
        log_destination: Some(format!("arn:aws:s3:::{BUCKET}/central/")),
        max_aggregation_interval: Some(60),
        ..FlowLog::default()
    }]);
    let mut inventory = Inventory::empty("2026-11-20T12:00:00Z".parse().unwrap());
    inventory.accounts.push(Account {
        account_id: ACCOUNT.to_owned(),
        name: None,
        status: AccountStatus::Active,
        access: AccountAccess::Reached,
        is_management: false,
        organizational_units: Vec::new(),
        protection: None,
    });
    inventory.regions.push(region);
    inventory
}

fn saved(inventory: &Inventory) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::write(inventory, &mut bytes).unwrap();
    bytes
}

/// What `flowcover collect` reads of the emulator.
fn collected(world: &World) -> Vec<u8> {
    let (run, bytes) = Program::new(&["collect", "--quiet", "--output", "s.json"])
        .with(&["--region", REGION])
        .against(&world.proxy.url(), &world.moto.credentials())
        .run_then(|folder| std::fs::read(folder.join("s.json")));
    assert_eq!(run.code, 0, "{}", run.stderr);
    bytes.unwrap()
}

fn cost(world: &World, inventory: &[u8], more: &[&str]) -> Run {
    Program::new(&["cost", "--inventory", "snapshot.json", "--format", "json"])
        .with(more)
        .file("snapshot.json", inventory)
        .against(&world.proxy.url(), &world.moto.credentials())
        .region(REGION)
        .run()
}

#[track_caller]
fn estimate(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.stderr);
    parse(&run.stdout)
}

/// All records of the hour, and their bytes with the line ends.
fn by_hand(world: &World) -> (u64, u64) {
    let lengths = world.lines().map(|line| line.len() as u64 + 1);
    lengths.fold((0, 0), |(records, bytes), length| {
        (records + 1, bytes + length)
    })
}

#[track_caller]
fn is_a_day_of(estimate: &Value, vpc: &str, (records, bytes): (u64, u64)) {
    let [found] = list(&estimate["per_vpc"]) else {
        panic!("{estimate:#}")
    };
    assert_eq!(found["id"], vpc);
    assert_eq!(found["records_a_day"], records * 24);
    assert_eq!(found["text_bytes_a_day"], bytes * 24);
}

#[test]
fn a_sample_in_a_bucket_is_measured() {
    let world = World::new();
    let inventory = saved(&inventory(&world));
    let place = format!("s3://{BUCKET}/central/AWSLogs/");
    let (from, to) = world.span();
    let span = ["--since", &from, "--until", &to];
    let run = cost(
        &world,
        &inventory,
        &[&["--sample", &place], &span[..]].concat(),
    );
    let found = estimate(&run);
    let (records, bytes) = by_hand(&world);
    assert!(records > 1000 && bytes > 50 * records, "{records} {bytes}");
    is_a_day_of(&found, "vpc-0a", (records, bytes));
    let [sample] = list(&found["measured"]) else {
        panic!("{found:#}")
    };
    assert_eq!(sample["of"]["id"], world.flow_log_id());
    assert_eq!(sample["seconds"], 3600);
    assert_eq!(sample["records"], records);
    assert_eq!(sample["text_bytes"], bytes);
    assert_eq!(sample["rejected_records"], world.rejected());
    assert_eq!(sample["stored"]["objects"], world.objects() as u64);
    assert_eq!(sample["stored"]["bytes"], world.packed_bytes());
    // Delivery to S3 is charged by the bytes of text: a month has 730 hours.
    let lines = list(&found["total"]["lines"]).iter();
    let mut delivery = lines.filter(|line| line["item"] == "s3-delivery");
    assert_eq!(delivery.next().unwrap()["quantity"], bytes * 730);

    // The flow log tells where its records lie, if nobody else does.
    let told = cost(
        &world,
        &inventory,
        &[&["--vpc", "vpc-0a"], &span[..]].concat(),
    );
    assert_eq!(estimate(&told), found);
    // Without a span, the names of the objects tell it.
    let whole = cost(&world, &inventory, &["--sample", &place]);
    is_a_day_of(&estimate(&whole), "vpc-0a", (records, bytes));
    // So far back that all is in it, and no further than the last object: two hours and some minutes.
    let last = cost(
        &world,
        &inventory,
        &["--sample", &place, "--last", "4h", "--explain"],
    );
    let seconds = estimate(&last)["measured"][0]["seconds"].as_u64().unwrap();
    // The first record began at a full five minutes, up to five minutes before that.
    assert!((6_800..=8_100).contains(&seconds), "{seconds}");
    assert!(last.stderr.contains(world.flow_log_id()), "{}", last.stderr);
}

#[test]
fn a_plan_is_estimated_from_a_sample_in_a_bucket() {
    let world = World::new();
    let run = Program::new(&["plan", "--from", "snapshot.json", "--sample"])
        .with(&[&format!("s3://{BUCKET}/central/")])
        .file("snapshot.json", &saved(&inventory(&world)))
        .file("flowcover.toml", b"preset = \"strict\"\n")
        .against(&world.proxy.url(), &world.moto.credentials())
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let said = run.stdout.split_once("The planned flow logs cost");
    let (_, estimate) = said.unwrap_or_else(|| panic!("{}\n{}", run.stdout, run.stderr));
    // `vpc-0b` has as many interfaces as `vpc-0a`.
    let (records, _) = by_hand(&world);
    let row = estimate.lines().find(|line| line.contains("vpc-0b"));
    let digits: String = row.unwrap().replace(',', "");
    assert!(
        digits.contains(&format!(" {} ", records * 24)),
        "{estimate}"
    );
}

#[test]
fn a_sample_in_a_log_group_is_measured() {
    let world = World::new();
    let vpc = world.fill_log_group();
    let inventory = collected(&world);
    let group = format!("logs://{GROUP}?region={REGION}");
    let (from, to) = world.span();
    let span = ["--since", &from, "--until", &to];
    let sample = [&["--sample", &group], &span[..]].concat();
    let found = estimate(&cost(&world, &inventory, &sample));
    let (records, bytes) = by_hand(&world);
    is_a_day_of(&found, &vpc, (records, bytes));
    let delivery = &list(&found["total"]["lines"])[0];
    assert_eq!(delivery["item"], "cloudwatch-delivery");
    assert_eq!(delivery["quantity"], bytes * 730);
    assert_eq!(found["measured"][0]["stored"], Value::Null);

    // Also without the region, and by the VPC.
    let bare = format!("logs://{GROUP}");
    let sample = [&["--sample", &bare], &span[..]].concat();
    assert_eq!(estimate(&cost(&world, &inventory, &sample)), found);
    let told = [&["--vpc", &vpc], &span[..]].concat();
    assert_eq!(estimate(&cost(&world, &inventory, &told)), found);
    // A log group has no end: it must be said since when.
    let run = cost(&world, &inventory, &["--sample", &group]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.complaints("hint:")[0].contains("--last"),
        "{}",
        run.stderr
    );
}

/// A bucket whose flow log has one record in the hour, and a log group that two flow logs share, whose records do not tell their interface.
#[test]
fn each_flow_log_that_is_found_has_a_sample_of_its_own() {
    let world = World::new();
    let vpc = world.record_vpc();
    let inventory = collected(&world);
    let (from, to) = world.span();
    let asked = ["--vpc", &vpc, "--since", &from, "--until", &to];
    let found = estimate(&cost(&world, &inventory, &asked));
    let start = from.parse::<jiff::Timestamp>().unwrap().as_second();
    let line = format!("10.0.0.1 10.0.0.9 1000 {start} {}\n", start + 50);
    is_a_day_of(&found, &vpc, (1, line.len() as u64));
    assert_eq!(list(&found["measured"]).len(), 1, "{found:#}");
    let left: Vec<_> = list(&found["not_estimated"])
        .iter()
        .map(|left| (text(&left["id"]), text(&left["reason"])))
        .collect();
    let group = format!("log group {SHARED}");
    let told = left.iter().find(|(id, _)| *id == group);
    assert_eq!(
        told.map(|(_, reason)| *reason),
        Some("2 of its 2 records are of no VPC or flow log of the inventory (no interface)"),
        "{left:?}"
    );
}

/// Answers of the AWS CLI in a folder tell where the records of a VPC lie, as a snapshot does.
#[test]
fn a_folder_of_answers_tells_where_records_lie() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join(ACCOUNT).join(REGION);
    std::fs::create_dir_all(&at).unwrap();
    let vpcs = serde_json::json!({"Vpcs": [{"VpcId": "vpc-0a", "OwnerId": ACCOUNT, "CidrBlock": "10.0.0.0/16"}]});
    let flow_logs = serde_json::json!({"FlowLogs": [{
        "FlowLogId": world.flow_log_id(),
        "ResourceId": "vpc-0a",
        "TrafficType": "ALL",
        "FlowLogStatus": "ACTIVE",
        "LogDestinationType": "s3",
        "LogDestination": format!("arn:aws:s3:::{BUCKET}/central/"),
        "MaxAggregationInterval": 60,
    }]});
    std::fs::write(at.join("describe-vpcs.json"), vpcs.to_string()).unwrap();
    std::fs::write(at.join("describe-flow-logs.json"), flow_logs.to_string()).unwrap();
    let (from, to) = world.span();
    let saved = folder.path().to_str().unwrap();
    let run = Program::new(&["cost", "--inventory", saved, "--format", "json"])
        .with(&["--vpc", "vpc-0a", "--since", &from, "--until", &to])
        .against(&world.proxy.url(), &world.moto.credentials())
        .run();
    is_a_day_of(&estimate(&run), "vpc-0a", by_hand(&world));
}
