//! Estimates as a whole, over inventories.

use proptest::prelude::*;

use super::*;
use crate::fixture::*;
use crate::inventory::{ExpirationRule, Fact, FlowLog, Inventory, LogGroup, TrafficType};
use crate::policy::Policy;

const MONTH: u64 = 730 * 3600;
const GB: u64 = GIGABYTE;

/// A month of a flow log: so many gigabytes of text, a fifth of it rejected, in gzip of a tenth.
fn sample(of: SampleOf, gigabytes: u64) -> Sample {
    Sample {
        of,
        seconds: MONTH,
        records: 10_000_000 * gigabytes,
        text_bytes: gigabytes * GB,
        accepted_records: 8_000_000 * gigabytes,
        rejected_records: 2_000_000 * gigabytes,
        rejected_text_bytes: None,
        stored: Some(Stored {
            form: StoredForm::GzipText,
            bytes: gigabytes * GB / 10,
            objects: 8_760,
        }),
        records_in_ten_minutes: None,
    }
}

fn of_flow_log(id: &str, gigabytes: u64) -> Sample {
    sample(SampleOf::FlowLog(id.to_owned()), gigabytes)
}

fn run(inventory: &Inventory, samples: &[Sample], options: &Options) -> Estimate {
    estimate(
        inventory,
        samples,
        &Prices::built_in(),
        &Policy::default(),
        options,
    )
}

fn in_virginia(mut inventory: Inventory) -> Inventory {
    inventory.regions[0].region = "us-east-1".to_owned();
    inventory
}

fn alternative<'e>(estimate: &'e Estimate, id: &str) -> &'e Alternative {
    estimate
        .alternatives
        .iter()
        .find(|other| other.id == id)
        .expect("it is there")
}

fn dollars(money: Option<Money>) -> String {
    money.expect("it is known").exact()
}

/// 100 GB to a bucket in us-east-1 that keeps 365 days: 12 months of 10 GB lie there.
fn bucket_inventory() -> Inventory {
    let flow_log = FlowLog {
        log_format: None,
        ..to_bucket(flow_log("fl-1", "vpc-1"))
    };
    in_virginia(but(with(vec![flow_log]), |inventory| {
        let bucket = crate::inventory::Bucket {
            region: Some("us-east-1".to_owned()),
            expiration: Fact::Present(vec![ExpirationRule {
                prefix: String::new(),
                filtered: false,
                days: 365,
            }]),
            ..bucket()
        };
        inventory
            .buckets
            .insert(BUCKET.to_owned(), Fact::Present(bucket));
    }))
}

/// By hand: delivery 100 GB × 0.25 = 25; 8,760 PUT × 0.005 / 1,000 = 0.0438; storage 10 GB × 365 × 24 / 730 = 120 GB-months × 0.023 = 2.76.
#[test]
fn a_bucket_by_hand() {
    let estimate = run(
        &bucket_inventory(),
        &[of_flow_log("fl-1", 100)],
        &Options::default(),
    );
    assert_eq!(estimate.total.monthly.exact(), "27.8038");
    assert_eq!(
        dollars(alternative(&estimate, "s3-text").monthly),
        "27.8038"
    );
    // Parquet: 3.50 for conversion; a fifth of the storage less.
    assert_eq!(
        dollars(alternative(&estimate, "s3-parquet").monthly),
        "30.7518"
    );
    // REJECT: a fifth of delivery and storage, as many objects.
    assert_eq!(
        dollars(alternative(&estimate, "reject-only").monthly),
        "5.5958"
    );
    assert_eq!(
        dollars(alternative(&estimate, "all-traffic").difference),
        "0"
    );
    // The log group: 50 + (100 GB + 26 bytes × 10^9) / 10 × 12 × 0.03.
    let group = alternative(&estimate, "cloudwatch-standard");
    assert_eq!(group.lines[0].amount.exact(), "50");
    assert_eq!(group.lines[1].amount.to_string(), "$4.47");
    // Firehose: 100 × (0.25 + 0.13).
    assert_eq!(dollars(alternative(&estimate, "firehose").monthly), "38");
}

#[test]
fn what_is_paid_is_told_line_by_line() {
    let estimate = run(
        &bucket_inventory(),
        &[of_flow_log("fl-1", 100)],
        &Options::default(),
    );
    for line in &estimate.total.lines {
        assert_eq!(
            line.parts.iter().map(|part| part.amount).sum::<Money>(),
            line.amount
        );
        assert_eq!(
            line.parts.iter().map(|part| part.quantity).sum::<u64>(),
            line.quantity
        );
    }
    let keeper: Vec<_> = estimate
        .total
        .lines
        .iter()
        .map(|line| (line.item, line.account_id.as_str()))
        .collect();
    assert_eq!(
        keeper,
        [
            (Item::S3Delivery, ACCOUNT),
            (Item::S3Standard, OTHER),
            (Item::S3Put, OTHER)
        ]
    );
}

#[test]
fn windows_of_ten_minutes() {
    let minute = but(bucket_inventory(), |inventory| {
        inventory.regions[0].flow_logs.items[0].max_aggregation_interval = Some(60);
    });
    let unmeasured = run(&minute, &[of_flow_log("fl-1", 100)], &Options::default());
    let ten = alternative(&unmeasured, "interval-600");
    assert_eq!(dollars(ten.difference), "0", "on Nitro instances");
    assert_eq!(ten.range.expect("a range").least.exact(), "2.8198");
    assert_eq!(alternative(&unmeasured, "interval-60").range, None);
    let measured = Sample {
        records_in_ten_minutes: Some(500_000_000),
        ..of_flow_log("fl-1", 100)
    };
    let estimate = run(&minute, &[measured], &Options::default());
    let ten = alternative(&estimate, "interval-600");
    assert_eq!(
        (dollars(ten.monthly).as_str(), ten.range),
        ("13.9238", None)
    );
}

#[test]
fn a_fuller_format_costs_more() {
    let estimate = run(
        &bucket_inventory(),
        &[of_flow_log("fl-1", 100)],
        &Options::default(),
    );
    assert_eq!(
        dollars(alternative(&estimate, "format-default").difference),
        "0"
    );
    let fuller = alternative(&estimate, "format-fuller");
    assert!(fuller.difference > Some(Money::ZERO), "{fuller:?}");
    assert!(fuller.title.contains("29 fields"), "{}", fuller.title);
}

#[test]
fn a_rejecting_flow_log_cannot_tell_the_rest() {
    let inventory = with(vec![FlowLog {
        traffic_type: Some(TrafficType::Reject),
        ..flow_log("fl-1", "vpc-1")
    }]);
    let estimate = run(&inventory, &[of_flow_log("fl-1", 1)], &Options::default());
    let all = alternative(&estimate, "all-traffic");
    assert_eq!(
        (all.monthly, all.difference, all.lines.len()),
        (None, None, 0)
    );
    assert!(
        all.not_known
            .as_ref()
            .is_some_and(|reason| reason.contains("fl-1 captures less"))
    );
}

/// Formats need not have the field `action`.
#[test]
fn a_sample_without_actions_tells_no_traffic_type() {
    let blind = |of: SampleOf| Sample {
        accepted_records: 0,
        rejected_records: 0,
        ..sample(of, 1)
    };
    let all = with(vec![flow_log("fl-1", "vpc-1")]);
    let own = blind(SampleOf::FlowLog("fl-1".to_owned()));
    let estimate = run(&all, &[own], &Options::default());
    let reject = alternative(&estimate, "reject-only");
    assert_eq!(reject.monthly, None);
    assert_eq!(
        reject.not_known.as_deref(),
        Some("the sample of flow log fl-1 does not tell accepted from rejected traffic")
    );
    let rejecting = with(vec![FlowLog {
        traffic_type: Some(TrafficType::Reject),
        ..flow_log("fl-1", "vpc-1")
    }]);
    let of_vpc = blind(SampleOf::Vpc("vpc-1".to_owned()));
    let estimate = run(&rejecting, &[of_vpc], &Options::default());
    assert_eq!(
        estimate.not_estimated[0].reason,
        "the sample of its VPC does not tell accepted from rejected traffic"
    );
}

#[test]
fn what_a_day_has_is_told_beside_the_month() {
    let day = Sample {
        seconds: 86_400,
        ..of_flow_log("fl-1", 1)
    };
    let mut inventory = bucket_inventory();
    inventory.regions[0].vpcs.items.push(vpc("vpc-2"));
    let estimate = run(&inventory, std::slice::from_ref(&day), &Options::default());
    let vpc = &estimate.per_vpc[0];
    assert_eq!((vpc.records_a_day, vpc.text_bytes_a_day), (10_000_000, GB));
    assert_eq!(estimate.measured, [day]);
    let said = estimate.assumptions.iter();
    let mut bare = said.filter(|text| text.starts_with("1 of 2 VPCs has no flow log"));
    assert!(bare.next().is_some(), "{:?}", estimate.assumptions);
}

#[test]
fn what_was_not_measured_is_in_no_sum() {
    let failing = FlowLog {
        deliver_logs_status: Some(crate::inventory::DeliverLogsStatus::Failed),
        ..flow_log("fl-2", "vpc-1")
    };
    let inventory = with(vec![
        flow_log("fl-1", "vpc-1"),
        failing,
        flow_log("fl-3", "subnet-1"),
    ]);
    let empty = Sample {
        seconds: 0,
        ..of_flow_log("fl-3", 1)
    };
    let samples = [of_flow_log("fl-1", 1), of_flow_log("fl-9", 1), empty];
    let estimate = run(&inventory, &samples, &Options::default());
    let left: Vec<_> = estimate
        .not_estimated
        .iter()
        .map(|left| left.id.as_str())
        .collect();
    assert_eq!(left, ["fl-2", "fl-3", "fl-3", "fl-9"]);
    assert_eq!(estimate.per_vpc[0].flow_log_ids, ["fl-1"]);
    let nothing = run(&inventory, &[], &Options::default());
    assert_eq!(
        (
            nothing.total,
            nothing.alternatives.len(),
            nothing.assumptions.len()
        ),
        (Bill::default(), 0, 0)
    );
}

#[test]
fn a_sample_of_the_vpc_is_narrowed_to_the_traffic_type() {
    let inventory = with(vec![FlowLog {
        traffic_type: Some(TrafficType::Reject),
        ..flow_log("fl-1", "vpc-1")
    }]);
    let estimate = run(
        &inventory,
        &[sample(SampleOf::Vpc("vpc-1".to_owned()), 10)],
        &Options::default(),
    );
    assert_eq!(
        (
            estimate.per_vpc[0].text_bytes,
            estimate.per_vpc[0].rejected_permille
        ),
        (2 * GB, 1000)
    );
}

#[test]
fn duplicates_cost_what_they_add() {
    let twice = but(
        in_virginia(with(vec![
            flow_log("fl-1", "vpc-1"),
            flow_log("fl-2", "subnet-1"),
        ])),
        |inventory| {
            inventory.regions[0].flow_logs.items[1].traffic_type = Some(TrafficType::Reject);
        },
    );
    let estimate = run(
        &twice,
        &[of_flow_log("fl-1", 100), of_flow_log("fl-2", 20)],
        &Options::default(),
    );
    let waste: Vec<_> = estimate
        .waste
        .iter()
        .filter(|waste| waste.kind == WasteKind::Duplicate)
        .collect();
    assert_eq!((waste.len(), waste[0].id.as_str()), (1, "fl-2"));
    assert_eq!(
        waste[0].message,
        "records REJECT traffic that flow log fl-1 records already"
    );
    let alone = run(
        &in_virginia(with(vec![flow_log("fl-1", "vpc-1")])),
        &[of_flow_log("fl-1", 100)],
        &Options::default(),
    );
    assert_eq!(
        waste[0].monthly,
        Some(estimate.total.monthly.minus(alone.total.monthly))
    );
    // The other way round, the wider one is redundant in part: by the fifth that is rejected.
    let partly = but(twice, |inventory| {
        inventory.regions[0].flow_logs.items[0].traffic_type = Some(TrafficType::Reject);
        inventory.regions[0].flow_logs.items[1].traffic_type = Some(TrafficType::All);
    });
    let estimate = run(
        &partly,
        &[of_flow_log("fl-1", 20), of_flow_log("fl-2", 100)],
        &Options::default(),
    );
    let partly = estimate
        .waste
        .iter()
        .find(|waste| waste.kind == WasteKind::Duplicate)
        .expect("found");
    assert_eq!(
        (partly.id.as_str(), partly.monthly > waste[0].monthly),
        ("fl-2", false)
    );
}

/// 10 GB of gzip a month in a log group of eu-west-1 at 0.03 for each GB-month, without the 26 bytes for each event (no records counted).
#[test]
fn what_never_expires_grows() {
    let endless = but(with(vec![flow_log("fl-1", "vpc-1")]), |inventory| {
        let group = LogGroup {
            retention_in_days: None,
            ..log_group()
        };
        inventory
            .log_groups
            .insert(GROUP.to_owned(), Fact::Present(group));
    });
    let sample = Sample {
        records: 0,
        ..of_flow_log("fl-1", 100)
    };
    let asked = policy("cis", |policy| {
        policy.retention_min_days.value = Some(365);
        policy.retention_max_days.value = None;
    });
    let estimate = estimate(
        &endless,
        &[sample],
        &Prices::built_in(),
        &asked,
        &Options::default(),
    );
    let [waste] = estimate.waste.as_slice() else {
        panic!("{:?}", estimate.waste)
    };
    assert_eq!(
        (waste.kind, waste.id.as_str(), waste.monthly),
        (WasteKind::NeverExpires, GROUP, None)
    );
    // Sum of 1 to 12 is 78 months of 0.30; then 24 more at 12 × 0.30, or growing up to 36.
    let told: Vec<_> = waste
        .after
        .iter()
        .map(|after| {
            (
                after.months,
                after.as_is.exact(),
                after.as_asked.exact(),
                after.lost.exact(),
            )
        })
        .collect();
    let row =
        |months, a: &str, b: &str, c: &str| (months, a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(
        told,
        [
            row(12, "23.4", "23.4", "0"),
            row(36, "199.8", "109.8", "90")
        ]
    );
}

#[test]
fn queries_pay_for_what_they_read() {
    let report = |name: &str, columns: &[&str]| ReportShape {
        name: name.to_owned(),
        columns: columns.iter().map(ToString::to_string).collect(),
        days: None,
    };
    let reports = vec![
        report("talkers", &["srcaddr", "bytes"]),
        report("services", &["pkt_dst_aws_service"]),
    ];
    let options = Options {
        reports,
        ..Options::default()
    };
    let estimate = run(
        &bucket_inventory(),
        &[of_flow_log("fl-1", 73_000)],
        &options,
    );
    let [talkers, services] = estimate.queries.as_slice() else {
        panic!("{:?}", estimate.queries)
    };
    // 7,300 GB of gzip a month are 240 GB a day: 240 / 1,024 × 5.
    assert_eq!(
        (
            talkers.athena_text.bytes,
            talkers.athena_text.amount.exact().as_str()
        ),
        (240 * GB, "1.171875")
    );
    assert_eq!(talkers.athena_text_whole.amount.exact(), "427.734375");
    assert_eq!(talkers.logs_insights.amount.exact(), "12");
    let parquet = talkers.athena_parquet.expect("its columns are there");
    assert!(parquet.amount < talkers.athena_text.amount && parquet.bytes > 0);
    assert_eq!(
        (services.athena_parquet, services.lacking.as_slice()),
        (None, &["fl-1".to_owned()][..])
    );
    let small = run(&bucket_inventory(), &[of_flow_log("fl-1", 1)], &options);
    assert_eq!(
        small.queries[0].athena_text.bytes,
        10 << 20,
        "the least that Athena charges for"
    );
}

#[test]
fn prices_that_stand_in_are_told() {
    let elsewhere = but(recorded(), |inventory| {
        inventory.regions[0].region = "mars-north-1".to_owned()
    });
    let estimate = run(&elsewhere, &[of_flow_log("fl-1", 1)], &Options::default());
    let said = estimate
        .assumptions
        .iter()
        .find(|said| said.starts_with("mars-north-1"));
    assert!(
        said.is_some_and(|said| said.ends_with("priced as in us-east-1")),
        "{:?}",
        estimate.assumptions
    );
    assert!(
        estimate
            .unconfirmed
            .iter()
            .any(|price| price.item == Item::ParquetConversion)
    );
    assert!(
        estimate
            .unconfirmed
            .iter()
            .all(|price| price.item != Item::S3Standard)
    );
}

fn shown() -> Estimate {
    let mut inventory = with(vec![
        flow_log("fl-1", "vpc-1"),
        flow_log("fl-2", "subnet-1"),
        flow_log("fl-3", "eni-9"),
    ]);
    let tags = [("Name".to_owned(), "prod\u{1b}[31m|x".to_owned())];
    inventory.regions[0].vpcs.items[0].tags = tags.into();
    let group = LogGroup {
        retention_in_days: None,
        ..log_group()
    };
    inventory
        .log_groups
        .insert(GROUP.to_owned(), Fact::Present(group));
    let reports = vec![ReportShape {
        name: "talkers".to_owned(),
        columns: vec!["srcaddr".to_owned(), "bytes".to_owned()],
        days: Some(7),
    }];
    run(
        &inventory,
        &[of_flow_log("fl-1", 12_000), of_flow_log("fl-2", 100)],
        &Options {
            reports,
            ..Options::default()
        },
    )
}

fn inert(text: &str) -> String {
    text.replace('\u{1b}', "\\u{1b}").replace('|', "&#124;")
}

#[test]
fn as_text_and_markdown() {
    insta::assert_snapshot!("text", to_text(&shown(), 100, inert));
    insta::assert_snapshot!("markdown", to_markdown(&shown(), inert));
}

#[test]
fn no_name_reaches_the_page_as_it_is() {
    for page in [to_text(&shown(), 80, inert), to_markdown(&shown(), inert)] {
        assert!(page.contains("prod\\u{1b}[31m&#124;x"), "{page}");
        assert!(!page.contains('\u{1b}'));
    }
}

#[test]
fn stored_and_read_again() {
    let estimate = shown();
    let text = serde_json::to_string(&estimate).expect("it can be written");
    assert!(
        text.starts_with("{\"schema\":\"flowcover.cost/1\""),
        "{text}"
    );
    assert_eq!(
        serde_json::from_str::<Estimate>(&text).expect("it can be read"),
        estimate
    );
    let schema = serde_json::to_value(schemars::schema_for!(Estimate)).expect("a schema is JSON");
    assert!(schema["properties"]["alternatives"].is_object());
}

proptest! {
    #[test]
    fn vpcs_add_up_to_the_total(volumes in prop::collection::vec(0_u64..30_000, 1..5), seconds in 1..10 * MONTH) {
        let logs = (0..volumes.len()).map(|at| to_bucket(flow_log(&format!("fl-{at}"), &format!("vpc-{at}"))));
        let samples: Vec<_> = volumes.iter().enumerate().map(|(at, volume)| Sample { seconds, ..of_flow_log(&format!("fl-{at}"), *volume) }).collect();
        let estimate = run(&with(logs.collect()), &samples, &Options::default());
        prop_assert_eq!(estimate.per_vpc.iter().map(|vpc| vpc.monthly).sum::<Money>(), estimate.total.monthly);
    }

    #[test]
    fn more_records_never_cost_less(a in 0_u64..60_000, b in 0_u64..60_000) {
        let cost = |volume| run(&bucket_inventory(), &[of_flow_log("fl-1", volume)], &Options::default());
        let (less, more) = (cost(a.min(b)), cost(a.max(b)));
        prop_assert!(less.total.monthly <= more.total.monthly);
        for (less, more) in less.alternatives.iter().zip(&more.alternatives).filter(|(other, _)| other.id != "s3-text-lifecycle") {
            prop_assert!(less.monthly <= more.monthly, "{}", less.id);
        }
    }

    #[test]
    fn hostile_samples_do_no_harm(numbers in prop::array::uniform8(any::<u64>())) {
        let [seconds, records, text_bytes, accepted_records, rejected_records, bytes, objects, ten] = numbers;
        let sample = Sample {
            seconds, records, text_bytes, accepted_records, rejected_records,
            rejected_text_bytes: Some(records),
            stored: Some(Stored { form: StoredForm::Parquet, bytes, objects }),
            records_in_ten_minutes: Some(ten),
            ..of_flow_log("fl-1", 1)
        };
        let estimate = run(&bucket_inventory(), &[sample], &Options::default());
        prop_assert!(estimate.total.monthly >= Money::ZERO);
        prop_assert!(estimate.alternatives.iter().all(|other| other.monthly.is_none_or(|monthly| monthly >= Money::ZERO)));
    }
}
