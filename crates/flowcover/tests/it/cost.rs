//! `cost`, and what `plan` says that it would cost.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use flowcover_core::inventory::{
    Account, AccountAccess, AccountStatus, Bucket, ExpirationRule, Fact, FlowLog, Inventory,
    Listing, LogGroup, NetworkInterface, Region, RegionStatus, Subnet, TrafficType, Vpc,
};
use flowcover_core::snapshot;
use flowcover_record::LogFormat;
use flowcover_traffic::{Settings, Traffic, VERSION_5_FORMAT};
use serde_json::Value;

use crate::support::{Program, Run, list, parse, text};

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/vpc/orders";
/// Length of a line of [`accepted`] and of [`rejected`] with its end, counted by hand.
const LINE: u64 = 96;
const REJECTED_LINE: u64 = 92;

/// 96 bytes with the line end.
fn accepted(interface: &str) -> String {
    format!(
        "2 {ACCOUNT} {interface} 10.0.0.17 10.0.1.200 40000 443 6 10 5000 1795132800 1795132860 ACCEPT OK"
    )
}

/// 92 bytes with the line end.
fn rejected(interface: &str) -> String {
    format!(
        "2 {ACCOUNT} {interface} 192.0.2.10 10.0.0.17 40000 22 6 1 40 1795132800 1795132860 REJECT OK"
    )
}

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

fn packed(lines: &[String]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::new(6));
    let text = format!("{HEADER}\n{}\n", lines.join("\n"));
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// An hour of a flow log in twelve objects: so many accepted and rejected records in each.
fn hour(folder: &Path, flow_log: &str, interface: &str, accept: usize, reject: usize) {
    let days = format!("AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/2026/11/20");
    let at = folder.join(days);
    fs::create_dir_all(&at).unwrap();
    let mut lines = vec![accepted(interface); accept];
    lines.extend(vec![rejected(interface); reject]);
    for minute in (0..60).step_by(5) {
        let name =
            format!("{ACCOUNT}_vpcflowlogs_{REGION}_{flow_log}_20261120T00{minute:02}Z_ab.log.gz");
        fs::write(at.join(name), packed(&lines)).unwrap();
    }
}

fn vpc(id: &str, name: &str) -> Vpc {
    Vpc {
        vpc_id: id.to_owned(),
        owner_id: Some(ACCOUNT.to_owned()),
        tags: [("Name".to_owned(), name.to_owned())].into(),
        ..Vpc::default()
    }
}

fn eni(id: &str, vpc: &str) -> NetworkInterface {
    NetworkInterface {
        network_interface_id: id.to_owned(),
        vpc_id: Some(vpc.to_owned()),
        subnet_id: Some(vpc.replace("vpc", "subnet")),
        owner_id: Some(ACCOUNT.to_owned()),
        status: Some("in-use".to_owned()),
        ..NetworkInterface::default()
    }
}

fn flow_log(id: &str, vpc: &str, destination: &str) -> FlowLog {
    FlowLog {
        flow_log_id: id.to_owned(),
        resource_id: Some(vpc.to_owned()),
        traffic_type: Some(TrafficType::All),
        flow_log_status: Some("ACTIVE".to_owned()),
        deliver_logs_status: Some(flowcover_core::inventory::DeliverLogsStatus::Success),
        log_destination: Some(destination.to_owned()),
        max_aggregation_interval: Some(60),
        creation_time: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        ..FlowLog::default()
    }
}

/// `vpc-0a` records to a bucket, and its rejected traffic again; `vpc-0b` records to a log group that never expires; `vpc-0c`, with two
/// interfaces, and `vpc-0d` record nothing, and of `fl-0e` there is no sample.
fn inventory() -> Inventory {
    let mut region = Region::new(ACCOUNT, REGION, RegionStatus::Collected);
    let vpcs = [
        ("vpc-0a", "shop"),
        ("vpc-0b", "orders"),
        ("vpc-0c", "new\u{1b}[31m"),
        ("vpc-0d", "unused"),
        ("vpc-0e", "quiet"),
    ];
    region.vpcs = Listing::complete(vpcs.map(|(id, name)| vpc(id, name)).to_vec());
    let again = FlowLog {
        traffic_type: Some(TrafficType::Reject),
        ..flow_log("fl-0d", "vpc-0a", "arn:aws:s3:::logs")
    };
    region.flow_logs = Listing::complete(vec![
        flow_log("fl-0a", "vpc-0a", "arn:aws:s3:::logs"),
        flow_log("fl-0b", "vpc-0b", GROUP),
        again,
        flow_log("fl-0e", "vpc-0e", "arn:aws:s3:::logs"),
    ]);
    region.subnets = Listing::complete(
        ["a", "b", "c", "d", "e"]
            .map(|letter| Subnet {
                subnet_id: format!("subnet-0{letter}"),
                vpc_id: Some(format!("vpc-0{letter}")),
                owner_id: Some(ACCOUNT.to_owned()),
                ..Subnet::default()
            })
            .to_vec(),
    );
    region.network_interfaces = Listing::complete(vec![
        eni("eni-0a1", "vpc-0a"),
        eni("eni-0b1", "vpc-0b"),
        eni("eni-0c1", "vpc-0c"),
        eni("eni-0c2", "vpc-0c"),
    ]);
    let group = LogGroup {
        arn: GROUP.to_owned(),
        name: "/vpc/orders".to_owned(),
        retention_in_days: None,
        kms_key_id: None,
        stored_bytes: None,
    };
    let bucket = Bucket {
        name: "logs".to_owned(),
        owner_account_id: Some(ACCOUNT.to_owned()),
        region: Some(REGION.to_owned()),
        policy: Fact::NotRead,
        public: Fact::NotRead,
        public_access_block: Fact::NotRead,
        encryption: Fact::NotRead,
        expiration: Fact::Present(vec![ExpirationRule {
            prefix: String::new(),
            filtered: false,
            days: 365,
        }]),
    };
    Inventory {
        accounts: vec![Account {
            account_id: ACCOUNT.to_owned(),
            name: Some("main".to_owned()),
            status: AccountStatus::Active,
            access: AccountAccess::Reached,
            is_management: false,
            organizational_units: Vec::new(),
            protection: None,
        }],
        regions: vec![region],
        log_groups: [(GROUP.to_owned(), Fact::Present(group))].into(),
        buckets: [("logs".to_owned(), Fact::Present(bucket))].into(),
        ..Inventory::empty("2026-11-20T12:00:00Z".parse().unwrap())
    }
}

fn snapshot_of(inventory: &Inventory) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::write(inventory, &mut bytes).unwrap();
    bytes
}

/// An hour of three flow logs, as they would lie in a bucket.
fn logs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    hour(folder.path(), "fl-0a", "eni-0a1", 80, 20);
    hour(folder.path(), "fl-0b", "eni-0b1", 900, 100);
    hour(folder.path(), "fl-0d", "eni-0a1", 0, 20);
    folder
}

fn program(arguments: &[&str]) -> Program {
    Program::new(arguments).file("snapshot.json", &snapshot_of(&inventory()))
}

fn cost(sample: &Path, more: &[&str]) -> Program {
    let sample = sample.to_str().unwrap();
    program(&["cost", "--inventory", "snapshot.json", "--sample", sample]).with(more)
}

fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.stderr);
    parse(&run.stdout)
}

/// The price of a unit of 2^30 bytes, exact to a billionth of a dollar, as decimal text.
fn dollars(nanos_for_a_gigabyte: u128, bytes: u64) -> String {
    let exact = nanos_for_a_gigabyte * u128::from(bytes);
    let nanos = (exact + (1 << 29)) >> 30;
    let decimals = format!("{:09}", nanos % 1_000_000_000);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{}{point}{decimals}", nanos / 1_000_000_000)
}

fn of_vpc<'v>(estimate: &'v Value, id: &str) -> &'v Value {
    let mut vpcs = list(&estimate["per_vpc"]).iter();
    vpcs.find(|vpc| vpc["id"] == id)
        .unwrap_or_else(|| panic!("no {id}: {estimate:#}"))
}

fn line<'l>(estimate: &'l Value, item: &str) -> &'l Value {
    let mut lines = list(&estimate["total"]["lines"]).iter();
    lines
        .find(|line| line["item"] == item)
        .unwrap_or_else(|| panic!("no {item}: {estimate:#}"))
}

/// In an hour `vpc-0b` delivers 12 × 900 accepted and 12 × 100 rejected records to CloudWatch Logs: 12,000 of them with 12 × (900 × 96 + 100 × 92) =
/// 1,147,200 bytes. That is 288,000 records and 27,532,800 bytes a day, and in a month of 730 hours 8,760,000 records and 837,456,000 bytes, at
/// 0.50 dollars for 2^30 of them.
#[test]
fn the_numbers_are_those_of_a_calculation_by_hand() {
    assert_eq!(accepted("eni-0b1").len() as u64 + 1, LINE);
    assert_eq!(rejected("eni-0b1").len() as u64 + 1, REJECTED_LINE);
    let logs = logs();
    let estimate = json(&cost(logs.path(), &["--format", "json"]).run());
    let orders = of_vpc(&estimate, "vpc-0b");
    assert_eq!(orders["records_a_day"], 288_000);
    assert_eq!(orders["text_bytes_a_day"], 27_532_800);
    assert_eq!(orders["records"], 8_760_000);
    assert_eq!(orders["text_bytes"], 837_456_000);
    let delivery = line(&estimate, "cloudwatch-delivery");
    assert_eq!(delivery["quantity"], 837_456_000);
    assert_eq!(delivery["amount"], dollars(500_000_000, 837_456_000));
    assert_eq!(delivery["amount"], "0.389970839");
    // 12 × (80 × 96 + 20 × 92) and 12 × 20 × 92 bytes in an hour of `vpc-0a`, 0.25 dollars for a GB.
    let s3 = line(&estimate, "s3-delivery");
    assert_eq!(s3["quantity"], (114_240 + 22_080) * 730);
    assert_eq!(s3["amount"], dollars(250_000_000, (114_240 + 22_080) * 730));
    let put = line(&estimate, "s3-put");
    assert_eq!(put["quantity"], 2 * 12 * 730);
    let measured: Vec<_> = list(&estimate["measured"])
        .iter()
        .map(|sample| (text(&sample["of"]["id"]), sample["seconds"].as_u64()))
        .collect();
    let hour = Some(3600);
    assert_eq!(
        measured,
        [("fl-0a", hour), ("fl-0b", hour), ("fl-0d", hour)]
    );
}

#[test]
fn duplicates_and_missing_retention_are_told_in_money() {
    let logs = logs();
    let policy = b"preset = \"cis\"\n[destinations]\nretention = { min = 1, max = 90 }\n";
    let run = cost(logs.path(), &["--format", "json"])
        .file("flowcover.toml", policy)
        .run();
    let estimate = json(&run);
    let waste: Vec<_> = list(&estimate["waste"])
        .iter()
        .map(|waste| (text(&waste["kind"]), text(&waste["id"])))
        .collect();
    assert_eq!(
        waste,
        [
            ("duplicate", "fl-0d"),
            ("never-expires", GROUP),
            ("kept-too-long", "logs/")
        ]
    );
    let left = &list(&estimate["not_estimated"])[0];
    assert_eq!(left["id"], "fl-0e");
    assert_eq!(left["reason"], "none of its records are in the sample");
}

#[test]
fn each_report_has_its_query() {
    let logs = logs();
    let run = cost(logs.path(), &["--format", "json", "--query-days", "7"]).run();
    let estimate = json(&run);
    let queries = list(&estimate["queries"]);
    let named: Vec<_> = queries.iter().map(|query| text(&query["report"])).collect();
    let listed = Program::new(&["top", "--help"]).run();
    for name in &named {
        assert!(listed.stdout.contains(&format!("  {name} ")), "{name}");
    }
    assert!(named.len() > 15 && named.contains(&"talkers"), "{named:?}");
    let services = queries.iter().find(|query| query["report"] == "services");
    let services = services.unwrap();
    assert_eq!(services["days"], 7);
    assert_eq!(
        list(&services["lacking"]).len(),
        3,
        "the default format has no services: {services:#}"
    );
}

#[test]
fn for_people_and_for_spreadsheets() {
    let logs = logs();
    let run = cost(logs.path(), &[]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("cost_table", run.stdout);
    assert!(!run.stdout.contains('\u{1b}'));
    let run = cost(logs.path(), &["--output", "c.csv", "--format", "markdown"])
        .run_then(|folder| fs::read_to_string(folder.join("c.csv")).unwrap());
    assert_eq!(run.0.code, 0, "{}", run.0.stderr);
    assert!(run.0.stdout.starts_with("# Cost of flow logs\n"));
    assert!(
        run.1
            .starts_with("kind,id,name,account_id,region,records_a_day")
    );
    let orders = run.1.lines().find(|row| row.starts_with("vpc,vpc-0b,"));
    assert_eq!(
        orders.map(|row| row.split(',').nth(6)),
        Some(Some("27532800"))
    );
    let run = cost(logs.path(), &["--format", "sarif"]).run();
    assert_eq!((run.code, run.complaints("hint:").len()), (2, 1));
}

#[test]
fn only_the_time_that_is_asked_for_is_measured() {
    let logs = logs();
    let when = [
        "--format",
        "json",
        "--since",
        "2026-11-20T00:00:00Z",
        "--until",
        "2026-11-21T00:00:00Z",
    ];
    let estimate = json(&cost(logs.path(), &when).run());
    let orders = of_vpc(&estimate, "vpc-0b");
    assert_eq!(
        orders["records_a_day"], 12_000,
        "an hour's records are a day's"
    );
    let run = cost(logs.path(), &["--since", "2027-01-01"]).run();
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("nothing of what lies there is asked for")
    );
}

#[test]
fn prices_of_a_file_are_used_and_named() {
    let logs = logs();
    let printed = Program::new(&["cost", "--print-prices"]).run();
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let ours = printed.stdout.replace(
        "{ up_to = 10240, price = 0.50 }",
        "{ up_to = 10240, price = 1.00 }",
    );
    assert_ne!(ours, printed.stdout);
    let arguments = ["--format", "json", "--prices", "ours.toml"];
    let with = |text: &str| {
        let run = cost(logs.path(), &arguments);
        run.file("ours.toml", text.as_bytes()).run()
    };
    let estimate = json(&with(&ours));
    assert_eq!(estimate["prices"], "ours.toml");
    let delivery = line(&estimate, "cloudwatch-delivery");
    assert_eq!(delivery["amount"], dollars(1_000_000_000, 837_456_000));
    let wrong = with(&ours.replace("price = 1.00", "price = -1.00"));
    assert_eq!(wrong.code, 2);
    assert_eq!(wrong.complaints("error: the price file").len(), 1);
    assert_eq!(wrong.complaints("hint:").len(), 1, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("ours.toml:"), "{}", wrong.stderr);
    let missing = cost(logs.path(), &["--prices", "gone.toml"]).run();
    assert_eq!(missing.code, 2);
    assert!(
        missing.complaints("error:")[0].contains("cannot read the price file gone.toml"),
        "{}",
        missing.stderr
    );
}

#[test]
fn without_a_sample_there_is_one_line_and_a_hint() {
    let check = |run: &Run, expected: &str| {
        assert_eq!(run.code, 2, "{}", run.stderr);
        let errors = run.complaints("error:");
        assert_eq!(errors.len(), 1, "{}", run.stderr);
        assert!(errors[0].contains(expected), "{}", run.stderr);
        assert_eq!(run.complaints("hint:").len(), 1, "{}", run.stderr);
        assert_eq!(run.stdout, "");
    };
    let bare = program(&["cost", "--inventory", "snapshot.json"]).run();
    check(&bare, "there is no sample");
    let strange = tempfile::tempdir().unwrap();
    hour(strange.path(), "fl-99", "eni-99", 1, 1);
    let run = cost(strange.path(), &[]).run();
    check(&run, "nothing that was sampled is recorded by a flow log");
    assert!(
        run.complaints("hint:")[0].contains("fl-99"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_cannot_be_read_is_told_and_incomplete() {
    let logs = logs();
    let day = format!("AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/2026/11/20");
    let name = format!("{ACCOUNT}_vpcflowlogs_{REGION}_fl-0a_20261120T0100Z_ab.log.gz");
    fs::write(logs.path().join(day).join(name), b"\x1f\x8bnot gzip").unwrap();
    let run = cost(logs.path(), &["--format", "json"]).run();
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.complaints("warning:")[0].contains("fl-0a_20261120T0100Z"));
    parse(&run.stdout);
}

/// Files without the name of a flow log: their records tell the VPC, by interface.
#[test]
fn plain_files_are_measured_by_vpc() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = vec![accepted("eni-0a1"); 60];
    lines.extend(vec![rejected("eni-0b1"); 40]);
    lines.extend(vec![rejected("eni-0ff"); 10]);
    fs::write(folder.path().join("x.log.gz"), packed(&lines)).unwrap();
    let when = [
        "--format",
        "json",
        "--since",
        "2026-11-20T00:00:00Z",
        "--until",
        "2026-11-20T01:00:00Z",
    ];
    let estimate = json(&cost(folder.path(), &when).run());
    // Two flow logs record `vpc-0a`: one all of it, one what is rejected, which is nothing.
    assert_eq!(of_vpc(&estimate, "vpc-0a")["records_a_day"], 60 * 24);
    assert_eq!(
        of_vpc(&estimate, "vpc-0b")["text_bytes_a_day"],
        40 * 24 * REJECTED_LINE
    );
    let reasons: Vec<_> = list(&estimate["not_estimated"])
        .iter()
        .map(|left| text(&left["reason"]))
        .collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("(eni-0ff)")),
        "{reasons:?}"
    );
}

/// The same records as text and as Parquet measure the same, for text is counted field by field.
#[test]
fn parquet_measures_as_text_does() {
    let traffic = Traffic::new(Settings {
        seed: 7,
        minutes: 60,
        records: 8_000,
        format: LogFormat::parse(VERSION_5_FORMAT).unwrap(),
        ..Settings::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("text");
    fs::create_dir(&plain).unwrap();
    let objects = (0..traffic.bins()).flat_map(|bin| traffic.bin(bin));
    let (mut rows, mut bytes) = (0, 0);
    for (number, object) in objects.enumerate() {
        rows += object.totals.rows();
        let header = object.text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        bytes += (object.text.len() - header) as u64;
        fs::write(plain.join(format!("{number}.log.gz")), object.gzip()).unwrap();
    }
    let parquet = folder.path().join("parquet");
    let converted = Program::new(&["convert", plain.to_str().unwrap(), "--output"])
        .with(&[parquet.to_str().unwrap()])
        .run();
    assert_eq!(converted.code, 0, "{}", converted.stderr);
    let vpc_ids: std::collections::BTreeSet<String> = {
        let sql = "select distinct vpc_id from records where vpc_id is not null";
        let asked =
            Program::new(&["query", sql, plain.to_str().unwrap(), "--format", "json"]).run();
        let rows = parse(&asked.stdout);
        list(&rows)
            .iter()
            .map(|row| text(&row["vpc_id"]).to_owned())
            .collect()
    };
    let mut inventory = inventory();
    let region = &mut inventory.regions[0];
    region.vpcs = Listing::complete(vpc_ids.iter().map(|id| vpc(id, "x")).collect());
    let format = VERSION_5_FORMAT
        .split_whitespace()
        .map(|field| format!("${{{field}}}"))
        .collect::<Vec<_>>()
        .join(" ");
    let flow_logs = vpc_ids.iter().enumerate().map(|(number, id)| FlowLog {
        log_format: Some(format.clone()),
        ..flow_log(&format!("fl-0{number}"), id, GROUP)
    });
    region.flow_logs = Listing::complete(flow_logs.collect());
    let measured = |path: &Path| {
        let path = path.to_str().unwrap();
        let run = Program::new(&["cost", "--inventory", "snapshot.json", "--sample", path])
            .with(&["--format", "json"])
            .file("snapshot.json", &snapshot_of(&inventory))
            .run();
        let estimate = json(&run);
        (
            estimate["measured"].clone(),
            estimate["not_estimated"].clone(),
        )
    };
    let text_measured = measured(&plain);
    assert_eq!(text_measured, measured(&parquet));
    let sum = |key: &str| -> u64 {
        let samples = list(&text_measured.0).iter();
        samples.map(|sample| sample[key].as_u64().unwrap()).sum()
    };
    assert_eq!(sum("records"), rows, "{text_measured:#?}");
    assert_eq!(sum("text_bytes"), bytes);
}

fn plan(logs: &Path, more: &[&str]) -> Run {
    let sample = logs.to_str().unwrap();
    program(&["plan", "--from", "snapshot.json", "--sample", sample])
        .with(more)
        .file("flowcover.toml", b"preset = \"strict\"\n")
        .run()
}

/// `vpc-0c` has two interfaces. Of the VPCs that are measured, `vpc-0a` and `vpc-0b` have two together, and record 14,400 - 1,200 records in an hour (the
/// second flow log of `vpc-0a` does not count): so many does `vpc-0c`.
#[test]
fn a_plan_ends_with_what_it_would_cost() {
    let logs = logs();
    let run = plan(logs.path(), &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let estimate = run.stdout.split("The planned flow logs cost").nth(1);
    let estimate = estimate.unwrap_or_else(|| panic!("{}", run.stdout));
    assert!(
        estimate.contains("an estimate, see `flowcover cost`"),
        "{estimate}"
    );
    insta::assert_snapshot!("plan_estimate", estimate);
    let records = (1_200 + 12_000) * 24;
    assert_eq!(records, 316_800);
    assert!(estimate.contains("316,800"), "{estimate}");
    let markdown = plan(logs.path(), &["--format", "markdown"]);
    assert!(
        markdown.stdout.contains("\n## Estimate\n"),
        "{}",
        markdown.stdout
    );
}

#[test]
fn the_plan_itself_knows_nothing_of_what_it_costs() {
    let logs = logs();
    let with = plan(logs.path(), &["--output", "-"]);
    let without = program(&["plan", "--from", "snapshot.json", "--output", "-"])
        .file("flowcover.toml", b"preset = \"strict\"\n")
        .run();
    assert_eq!((with.code, without.code), (0, 0), "{}", with.stderr);
    assert_eq!(with.stdout, without.stdout);
    assert_eq!(plan(logs.path(), &["--format", "json"]).stdout, with.stdout);
    let run = plan(Path::new("gone"), &[]);
    assert_eq!(run.code, 2, "{}", run.stderr);
}
