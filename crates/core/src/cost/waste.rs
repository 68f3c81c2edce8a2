//! What duplicates and missing retention cost.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alternative::Scene;
use super::charge::{Demand, amount, saved_without};
use super::kept::Kept;
use super::prices::Prices;
use super::stream::Stream;
use super::way::{Way, byte_months};
use super::{Item, Money};
use crate::inventory::{Inventory, ResourceKind};
use crate::judge::Context;
use crate::judge::context::JudgedVpc;
use crate::judge::traffic::Traffic;
use crate::policy::Policy;
use crate::words::{choose, counted};

/// After how many months the growth of what never expires is told.
const MONTHS: [u32; 2] = [12, 36];

/// What money is lost for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum WasteKind {
    /// A flow log records what another one records already (check `flow-log-duplicate`).
    Duplicate,
    /// Records never expire (check `retention-out-of-policy`).
    NeverExpires,
    /// Records are kept longer than the policy allows (check `retention-out-of-policy`).
    KeptTooLong,
}

/// What storage has cost, all in all, after some months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AfterMonths {
    /// Months from an empty destination.
    pub months: u32,
    /// With the retention of today.
    pub as_is: Money,
    /// With the retention asked for.
    pub as_asked: Money,
    /// The difference.
    pub lost: Money,
}

/// Money that is paid for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waste {
    /// What for.
    pub kind: WasteKind,
    /// The flow log, log group (ARN) or bucket.
    pub id: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What goes away in a month if it is put right; for storage, once as much expires as arrives.
    pub monthly: Option<Money>,
    /// For storage: the cost up to then.
    #[serde(default)]
    pub after: Vec<AfterMonths>,
}

pub(super) fn waste(
    scene: &Scene<'_, '_>,
    demands: &[Demand],
    inventory: &Inventory,
    policy: &Policy,
) -> Vec<Waste> {
    let mut found = duplicates(scene, demands, inventory, policy);
    found.extend(kept_for_nothing(scene, policy));
    found
}

/// Flow logs that capture, of the same interfaces, what another one captures already. As in the check: VPC before subnet before
/// interface, then by id, and only those that surely deliver.
fn duplicates(
    scene: &Scene<'_, '_>,
    demands: &[Demand],
    inventory: &Inventory,
    policy: &Policy,
) -> Vec<Waste> {
    let by_id = scene.streams.iter().enumerate();
    let by_id: HashMap<&str, usize> = by_id
        .map(|(at, stream)| (stream.flow_log.flow_log_id.as_str(), at))
        .collect();
    let context = Context::new(inventory, policy);
    let mut found = Vec::new();
    for judged in context
        .vpcs
        .iter()
        .filter(|judged| judged.coverage.flow_logs.len() > 1)
    {
        for (id, first, traffic) in twice(&context, judged) {
            let Some(&at) = by_id.get(id) else { continue };
            let part = scene.streams[at].permille(traffic);
            found.push(Waste {
                kind: WasteKind::Duplicate,
                id: id.to_owned(),
                message: format!(
                    "records {} traffic that flow log {first} records already",
                    traffic.as_str()
                ),
                monthly: Some(saved_without(scene.prices, demands, at, part)),
                after: Vec::new(),
            });
        }
    }
    found
}

/// Each flow log of a VPC that is redundant in part, the first one that makes it so, and what is captured twice.
fn twice<'c>(
    context: &'c Context<'_>,
    judged: &'c JudgedVpc<'_>,
) -> Vec<(&'c str, &'c str, Traffic)> {
    let mut flow_logs: Vec<_> = context.flow_logs_of(judged).collect();
    let rank = |kind| match kind {
        ResourceKind::Vpc => 0,
        ResourceKind::Subnet => 1,
        _ => 2,
    };
    flow_logs.sort_by_key(|(at, _)| (rank(at.kind), at.flow_log.flow_log_id.as_str()));
    let region = context.region(judged.region);
    let mut captured: HashMap<&str, (Traffic, &str)> = HashMap::new();
    let mut found = Vec::new();
    for (at, delivery) in flow_logs {
        let (Some(resource), sure) = (at.flow_log.resource_id.as_deref(), delivery.sure()) else {
            continue;
        };
        let id = at.flow_log.flow_log_id.as_str();
        let mut above = vec![judged.vpc.vpc_id.as_str(), resource];
        above.extend(region.subnet_of_interface(resource));
        above.dedup();
        let mut again = Traffic::NONE;
        let mut by = None;
        for (already, first) in above.iter().filter_map(|place| captured.get(place)) {
            let both = already.within(sure);
            if both != Traffic::NONE {
                by.get_or_insert(*first);
                again = again.union(both);
            }
        }
        if let Some(first) = by {
            found.push((id, first, again));
        }
        let here = captured.entry(resource).or_insert((Traffic::NONE, id));
        here.0 = here.0.union(sure);
    }
    found
}

/// Streams that are kept in one place, and what they bring there in a month.
struct Store<'a> {
    region: &'a str,
    item: Item,
    bytes: u64,
    kept: Kept,
}

fn stores<'s>(scene: &'s Scene<'_, '_>) -> BTreeMap<String, Store<'s>> {
    let mut stores = BTreeMap::<String, Store<'s>>::new();
    for stream in scene.streams {
        let Some(name) = name_of(stream) else {
            continue;
        };
        let way = Way::today(stream);
        let store = stores.entry(name).or_insert(Store {
            region: &stream.keeper.1,
            item: way.storage(),
            bytes: 0,
            kept: stream.kept,
        });
        store.bytes = store
            .bytes
            .saturating_add(way.stored(stream.month, scene.options));
    }
    stores
}

fn name_of(stream: &Stream<'_>) -> Option<String> {
    use flowcover_record::Destination;
    match &stream.destination {
        Destination::LogGroup {
            partition,
            region,
            account_id,
            name,
        } => Some(format!(
            "arn:{partition}:logs:{region}:{account_id}:log-group:{name}"
        )),
        Destination::Bucket { name, prefix, .. } => Some(format!("{name}/{prefix}")),
        _ => None,
    }
}

fn kept_for_nothing(scene: &Scene<'_, '_>, policy: &Policy) -> Vec<Waste> {
    let most = policy.retention_max_days.value;
    let asked = most.or(policy.retention_min_days.value);
    let Some(asked) = asked.or(scene.options.retention_days) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, store) in stores(scene) {
        let (kind, message, days) = match store.kept {
            Kept::Endless => (
                WasteKind::NeverExpires,
                format!(
                    "records never expire; {} {} asked for",
                    counted(asked, "day"),
                    choose(asked, "is", "are")
                ),
                None,
            ),
            Kept::Days(days) if most.is_some_and(|most| days > most) => {
                let message = format!(
                    "records are kept {}; at most {asked} {} allowed",
                    counted(days, "day"),
                    choose(asked, "is", "are")
                );
                (WasteKind::KeptTooLong, message, Some(days))
            }
            _ => continue,
        };
        found.push(Waste {
            kind,
            id: name,
            message,
            monthly: days.map(|days| {
                steady(scene.prices, &store, days).minus(steady(scene.prices, &store, asked))
            }),
            after: MONTHS
                .map(|months| after(scene.prices, &store, months, days, asked))
                .to_vec(),
        });
    }
    found
}

/// A month of storage, once as much expires as arrives.
fn steady(prices: &Prices, store: &Store<'_>, days: u32) -> Money {
    amount(
        prices,
        store.region,
        store.item,
        byte_months(store.bytes, days),
    )
}

fn after(
    prices: &Prices,
    store: &Store<'_>,
    months: u32,
    days: Option<u32>,
    asked: u32,
) -> AfterMonths {
    let as_is = up_to(prices, store, months, days);
    let as_asked = up_to(prices, store, months, Some(asked));
    AfterMonths {
        months,
        as_is,
        as_asked,
        lost: as_is.minus(as_asked),
    }
}

/// What storage costs in its first months: in the n-th, n months' worth of records lie there, but no more than are kept.
fn up_to(prices: &Prices, store: &Store<'_>, months: u32, days: Option<u32>) -> Money {
    let most = days.map_or(u64::MAX, |days| byte_months(store.bytes, days));
    let month = |month: u32| {
        let grown = store.bytes.saturating_mul(u64::from(month));
        amount(prices, store.region, store.item, grown.min(most))
    };
    (1..=months).map(month).sum()
}
