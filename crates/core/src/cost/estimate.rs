//! The estimate as a whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alternative::{Alternative, Scene, alternatives};
use super::charge::{Bill, Demand, Line, bill, shares};
use super::kept::Kept;
use super::prices::Prices;
use super::query::{QueryCost, busiest, queries};
use super::render::percent;
use super::samples::Sample;
use super::stream::{Stream, streams, vpcs_recorded};
use super::waste::{Waste, waste};
use super::way::{Way, demands};
use super::{Item, Money, Options, scale};
use crate::inventory::{Inventory, Region};
use crate::judge::traffic::Traffic;
use crate::policy::Policy;
use crate::words::{choose, counted};

/// Version of the stored form.
pub const SCHEMA: &str = "flowcover.cost/1";

/// What the flow logs of one VPC (or of one transit gateway) cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VpcCost {
    /// The account of the flow logs.
    pub account_id: String,
    /// Their region.
    pub region: String,
    /// The VPC; for transit gateways and the like, what the flow log is attached to.
    pub id: String,
    /// The VPC's tag `Name`: untrusted text.
    pub name: Option<String>,
    /// Its flow logs that were measured.
    pub flow_log_ids: Vec<String>,
    /// Records in a day.
    pub records_a_day: u64,
    /// Bytes of text in a day, uncompressed.
    pub text_bytes_a_day: u64,
    /// Records in a month.
    pub records: u64,
    /// Bytes of text in a month, uncompressed.
    pub text_bytes: u64,
    /// Thousandths of the text that are rejected traffic.
    pub rejected_permille: u64,
    /// Its part of the bill, by volume.
    pub monthly: Money,
}

/// Something that is in no sum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NotEstimated {
    /// A flow log, or a VPC of a sample.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// A price that was used and that the price file does not call confirmed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PriceUsed {
    /// The region it is written for.
    pub region: String,
    /// What it is the price of.
    pub item: Item,
    /// When it was looked up.
    pub date: String,
    /// Where to look.
    pub source: String,
    /// How it was come by.
    pub note: Option<String>,
}

/// What flow logs cost, and would cost each other way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Version of flowcover that made it.
    pub generator: String,
    /// When the inventory was collected.
    pub collected_at: Timestamp,
    /// The price file.
    pub prices: String,
    /// Its date.
    pub prices_date: String,
    /// What was measured.
    pub measured: Vec<Sample>,
    /// What each VPC costs, the dearest first. The sum is [`Estimate::total`], to the last billionth.
    pub per_vpc: Vec<VpcCost>,
    /// A month as it is today, once as much expires as arrives.
    pub total: Bill,
    /// Each other way.
    pub alternatives: Vec<Alternative>,
    /// One run of each report that was asked about.
    pub queries: Vec<QueryCost>,
    /// Money that is paid for nothing.
    pub waste: Vec<Waste>,
    /// What is in no sum, and why.
    pub not_estimated: Vec<NotEstimated>,
    /// What all of it assumes.
    pub assumptions: Vec<String>,
    /// Prices that were used and are not confirmed.
    pub unconfirmed: Vec<PriceUsed>,
}

/// Estimates. `policy` says which retention is asked for.
#[must_use]
pub fn estimate(
    inventory: &Inventory,
    samples: &[Sample],
    prices: &Prices,
    policy: &Policy,
    options: &Options,
) -> Estimate {
    let mut estimate = estimated(inventory, samples, prices, policy, options);
    if !estimate.assumptions.is_empty() {
        estimate.assumptions.extend(not_recorded(inventory));
    }
    estimate
}

/// The same, without a word about what is not recorded.
pub(super) fn estimated(
    inventory: &Inventory,
    samples: &[Sample],
    prices: &Prices,
    policy: &Policy,
    options: &Options,
) -> Estimate {
    let found = streams(inventory, samples, options);
    let mut scene = Scene {
        streams: &found.known,
        prices,
        options,
        today: Money::ZERO,
    };
    let today: Vec<Demand> = as_today(&scene);
    let total = bill(prices, &today);
    scene.today = total.monthly;
    let alternatives = alternatives(&scene);
    let queries = queries(&scene);
    let mut not_estimated = found.not_estimated.clone();
    not_estimated.sort();
    let used = used(&total, &alternatives, &queries, busiest(scene.streams));
    Estimate {
        schema: SCHEMA.to_owned(),
        generator: concat!("flowcover ", env!("CARGO_PKG_VERSION")).to_owned(),
        collected_at: inventory.collected_at,
        prices: prices.name.clone(),
        prices_date: prices.date.clone(),
        measured: samples.to_vec(),
        per_vpc: per_vpc(
            inventory,
            &found.known,
            &shares(prices, &today, found.known.len()),
        ),
        waste: waste(&scene, &today, inventory, policy),
        assumptions: assumptions(&scene, &used),
        unconfirmed: unconfirmed(prices, &used),
        total,
        alternatives,
        queries,
        not_estimated,
    }
}

/// Today's retention holds for today's bill, whatever is asked for the alternatives.
fn as_today(scene: &Scene<'_, '_>) -> Vec<Demand> {
    let options = Options {
        retention_days: None,
        ..scene.options.clone()
    };
    let plain = Scene {
        options: &options,
        ..*scene
    };
    let streams = scene.streams.iter().enumerate();
    streams
        .flat_map(|(at, stream)| {
            let way = Way::today(stream);
            demands(way, stream.month, plain.place(at, stream, way), &options)
        })
        .collect()
}

fn per_vpc(inventory: &Inventory, streams: &[Stream<'_>], shares: &[Money]) -> Vec<VpcCost> {
    let vpcs = inventory
        .regions
        .iter()
        .flat_map(|region| &region.vpcs.items);
    let names: BTreeMap<&str, &str> = vpcs
        .filter_map(|vpc| Some((vpc.vpc_id.as_str(), vpc.name()?)))
        .collect();
    let mut by_vpc: BTreeMap<(&str, &str, &str), (VpcCost, u64)> = BTreeMap::new();
    for (stream, share) in streams.iter().zip(shares) {
        let id = stream
            .vpc_id
            .or(stream.flow_log.resource_id.as_deref())
            .unwrap_or("-");
        let key = (stream.account_id, stream.region, id);
        let (cost, rejected) = by_vpc.entry(key).or_insert_with(|| {
            let cost = VpcCost {
                account_id: stream.account_id.to_owned(),
                region: stream.region.to_owned(),
                id: id.to_owned(),
                name: names.get(id).map(ToString::to_string),
                flow_log_ids: Vec::new(),
                records_a_day: 0,
                text_bytes_a_day: 0,
                records: 0,
                text_bytes: 0,
                rejected_permille: 0,
                monthly: Money::ZERO,
            };
            (cost, 0)
        });
        cost.flow_log_ids.push(stream.flow_log.flow_log_id.clone());
        cost.records = cost.records.saturating_add(stream.month.records);
        cost.text_bytes = cost.text_bytes.saturating_add(stream.month.text);
        cost.records_a_day = a_day(cost.records);
        cost.text_bytes_a_day = a_day(cost.text_bytes);
        cost.monthly = cost.monthly.plus(*share);
        let of_stream = stream
            .narrowed(Traffic::REJECT)
            .map_or(0, |volume| volume.text);
        *rejected = rejected.saturating_add(of_stream);
        // To the nearest: bytes were rounded before.
        cost.rejected_permille = scale(*rejected, 2000, cost.text_bytes.max(1)).div_ceil(2);
    }
    let mut costs: Vec<VpcCost> = by_vpc.into_values().map(|(cost, _)| cost).collect();
    costs.sort_by_key(|cost| std::cmp::Reverse(cost.monthly));
    costs
}

/// A month's number, for one day of it, to the nearest.
fn a_day(month: u64) -> u64 {
    let day = (u128::from(month) * 24 + 365) / 730;
    u64::try_from(day).unwrap_or(u64::MAX)
}

/// Regions and items whose prices the estimate rests on.
fn used<'e>(
    total: &'e Bill,
    alternatives: &'e [Alternative],
    queries: &[QueryCost],
    busiest: Option<&'e str>,
) -> BTreeSet<(&'e str, Item)> {
    let lines = alternatives
        .iter()
        .flat_map(|alternative| &alternative.lines);
    let lines = total.lines.iter().chain(lines);
    let mut used: BTreeSet<_> = lines
        .map(|line: &Line| (line.region.as_str(), line.item))
        .collect();
    if let Some(region) = busiest.filter(|_| !queries.is_empty()) {
        used.extend([
            (region, Item::AthenaScanned),
            (region, Item::LogsInsightsScanned),
        ]);
    }
    used
}

fn unconfirmed(prices: &Prices, used: &BTreeSet<(&str, Item)>) -> Vec<PriceUsed> {
    let found: BTreeSet<PriceUsed> = used
        .iter()
        .map(|(region, item)| (prices.find(region, *item), *item))
        .filter(|(found, _)| !found.price.confirmed)
        .map(|(found, item)| PriceUsed {
            region: found.region.to_owned(),
            item,
            date: found.price.date.clone(),
            source: found.price.source.clone(),
            note: found.price.note.clone(),
        })
        .collect();
    found.into_iter().collect()
}

fn assumptions(scene: &Scene<'_, '_>, used: &BTreeSet<(&str, Item)>) -> Vec<String> {
    if scene.streams.is_empty() {
        return Vec::new();
    }
    let mut all: Vec<String> = [
        "a month has 730 hours; what was measured goes on as it was",
        "a GB has 2^30 bytes, a TB 2^40; prices are US dollars without tax, discounts and free tiers",
        "tiers count for each account and region, all flow logs of a month together, and nothing else that is delivered there",
        "delivery is charged by uncompressed text, whatever the destination",
        "storage is that of a month in which as much expires as arrives",
    ]
    .map(str::to_owned)
    .to_vec();
    all.extend(assumed_of_streams(scene));
    let missing = used.iter().filter_map(|(region, item)| {
        let found = scene.prices.find(region, *item);
        (found.region != *region).then(|| (*region, found.region, item.as_str()))
    });
    let mut by_region: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (region, stands_in, item) in missing {
        by_region.entry((region, stands_in)).or_default().push(item);
    }
    for ((region, stands_in), items) in by_region {
        all.push(format!(
            "{region} is not in the price file for {}: priced as in {stands_in}",
            items.join(", ")
        ));
    }
    all
}

/// VPCs without any flow log cost nothing today.
fn not_recorded(inventory: &Inventory) -> Option<String> {
    let of = |region: &Region| {
        let recorded: BTreeSet<&str> = vpcs_recorded(region);
        let vpcs = region.vpcs.items.iter();
        let bare = vpcs.filter(|vpc| !recorded.contains(vpc.vpc_id.as_str()));
        (bare.count(), region.vpcs.items.len())
    };
    let (bare, all) = inventory
        .regions
        .iter()
        .map(of)
        .fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    (bare > 0).then(|| {
        format!(
            "{bare} of {} {} no flow log, and {} nothing today: `flowcover plan --sample` tells what recording {} would cost",
            counted(all, "VPC"),
            choose(bare, "has", "have"),
            choose(bare, "costs", "cost"),
            choose(bare, "it", "them")
        )
    })
}

fn assumed_of_streams(scene: &Scene<'_, '_>) -> Vec<String> {
    let (options, streams) = (scene.options, scene.streams);
    let count =
        |which: &dyn Fn(&Stream<'_>) -> bool| streams.iter().filter(|stream| which(stream)).count();
    let said = |number: usize, what: String| {
        (number > 0).then(|| {
            format!(
                "{what} ({number} of {})",
                counted(streams.len(), "flow log")
            )
        })
    };
    let is_group = |stream: &Stream<'_>| matches!(Way::today(stream), Way::LogGroup { .. });
    let is_stream = |stream: &Stream<'_>| Way::today(stream) == Way::Firehose;
    [
        said(count(&is_group), "log groups are of the class Standard; they keep text compressed as gzip does, with 26 bytes for each event".to_owned()),
        said(count(&|stream| stream.sample.stored.is_none()), format!("gzip leaves {} of the text, in {} every five minutes", percent(options.gzip_permille.into()), counted(options.objects_in_five_minutes, "object"))),
        said(count(&|stream| stream.sample.seconds < 86_400), "the sample spans less than a day: how traffic changes over a day is not in it".to_owned()),
        said(count(&|stream| stream.by_vpc), "the VPC was measured as a whole: the flow log records of it what its traffic type says".to_owned()),
        said(count(&|stream| stream.kept == Kept::Endless), format!("records never expire: storage is priced as it is after {}", counted(options.endless_days, "day"))),
        said(count(&|stream| stream.kept == Kept::NotRead && !is_stream(stream)), format!("how long records are kept was not read: {}", counted(options.endless_days, "day"))),
        said(count(&is_stream), "what Firehose delivers to is not in it".to_owned()),
        options.retention_days.map(|days| format!("in the alternatives, records are kept {}", counted(days, "day"))),
        (!options.reports.is_empty()).then(|| "a report is one query over all records, priced in the region that records most; its columns take as much of a Parquet file as of the text".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
