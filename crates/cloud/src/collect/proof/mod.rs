//! Proof of arrival: the newest record of each flow log.

mod buckets;
mod log_groups;
mod streams;

use std::collections::BTreeMap;
use std::time::Duration;

use flowcover_core::inventory::{Bucket, Fact, FlowLog, Gap, GapKind, LastRecord};
use flowcover_record::{Destination, KeyLayout};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::bucket_readers::{Reader, readers};
use super::facts::Reach;
use super::{Place, Run};
use streams::Interfaces;

/// Hours searched at most: today and yesterday.
const MOST_HOURS: i64 = 48;

/// What was found, by flow-log id.
type Found = BTreeMap<String, Fact<LastRecord>>;

/// Looks for the newest record of every flow log, no further back than `window`. Buckets whose facts were read are not
/// asked about again.
pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    places: &[Place],
    window: Duration,
    buckets: &BTreeMap<String, Fact<Bucket>>,
) -> Found {
    let now = (run.options.clock)();
    let hours = i64::try_from(window.as_secs().div_ceil(3600))
        .unwrap_or(MOST_HOURS)
        .clamp(1, MOST_HOURS);
    let search = Search {
        run,
        reach,
        now,
        from: now - SignedDuration::from_hours(hours),
        fresh_from: fresh_from(now, window),
        hours,
        places,
        interfaces: Interfaces::of(places),
        readers: readers(run, reach, places, buckets).await,
    };
    let mut found = Found::new();
    let wanted = Wanted::by(&search, places, &mut found);
    let at_once = run.options.places_at_once.max(1);
    let groups = stream::iter(&wanted.log_groups)
        .map(|(place, logs)| search.log_group(place, logs))
        .buffer_unordered(at_once)
        .collect::<Vec<Found>>();
    let buckets = stream::iter(wanted.buckets.values())
        .map(|shared| search.bucket(shared))
        .buffer_unordered(at_once)
        .collect::<Vec<Found>>();
    let (groups, buckets) = futures::join!(groups, buckets);
    found.extend(groups.into_iter().chain(buckets).flatten());
    found
}

/// A flow log, and where it lives.
type Wish<'a> = (&'a Place, &'a FlowLog);

/// Flow logs by what answers for them together.
#[derive(Default)]
struct Wanted<'a> {
    /// By account, region and name.
    log_groups: BTreeMap<(String, String, String), Vec<Wish<'a>>>,
    /// By bucket and what the keys begin with.
    buckets: BTreeMap<(String, String, bool), SharedPrefix<'a>>,
}

/// Flow logs whose objects lie below the same prefix.
struct SharedPrefix<'a> {
    bucket: String,
    layout: KeyLayout,
    flow_logs: Vec<Wish<'a>>,
}

impl<'a> Wanted<'a> {
    /// Sorts the flow logs of all places. Those that cannot be looked up are found to be so at once.
    fn by(search: &Search<'_>, places: &'a [Place], found: &mut Found) -> Self {
        let mut wanted = Self::default();
        let wishes = places.iter().flat_map(|place| {
            place
                .region
                .flow_logs
                .items
                .iter()
                .map(move |log| (place, log))
        });
        for wish in wishes {
            if let Err(fact) = wanted.add(search, wish) {
                found.insert(wish.1.flow_log_id.clone(), fact);
            }
        }
        wanted
    }

    fn add(&mut self, search: &Search<'_>, wish: Wish<'a>) -> Result<(), Fact<LastRecord>> {
        let (place, log) = wish;
        match place.region.destination(log) {
            Destination::LogGroup {
                region,
                account_id,
                name,
                ..
            } => {
                let group = (account_id, region, name);
                self.log_groups.entry(group).or_default().push(wish);
            }
            Destination::Bucket { name, prefix, .. } => {
                let layout = KeyLayout {
                    prefix,
                    organization: None,
                    account_id: place.region.account_id.clone(),
                    region: place.region.region.clone(),
                    hive: log.hive_compatible_partitions.unwrap_or(false),
                    per_hour: log.per_hour_partition.unwrap_or(false),
                };
                self.buckets
                    .entry((name.clone(), layout.region_prefix(), layout.per_hour))
                    .or_insert_with(|| SharedPrefix {
                        bucket: name,
                        layout,
                        flow_logs: Vec::new(),
                    })
                    .flow_logs
                    .push(wish);
            }
            Destination::DeliveryStream { .. } => {
                let message = "a delivery stream does not tell which records it got";
                return Err(search.gap(wish, "firehose:DescribeDeliveryStream", None, message));
            }
            Destination::Unknown { .. } => {
                let message = "the destination is of a kind that is not known";
                return Err(search.gap(wish, "ec2:DescribeFlowLogs", None, message));
            }
        }
        Ok(())
    }
}

struct Search<'a> {
    run: &'a Run<'a>,
    reach: &'a Reach<'a>,
    now: Timestamp,
    /// Start of the time searched: whole hours.
    from: Timestamp,
    /// Start of the time in which a record must have arrived.
    fresh_from: Timestamp,
    hours: i64,
    places: &'a [Place],
    interfaces: Interfaces<'a>,
    /// By bucket.
    readers: BTreeMap<String, Reader<'a>>,
}

impl Search<'_> {
    /// Arrival cannot be looked up: said as a gap.
    fn gap(
        &self,
        (place, log): Wish<'_>,
        action: &str,
        permission: Option<&str>,
        message: &str,
    ) -> Fact<LastRecord> {
        self.run.gaps.push(Gap {
            account_id: Some(place.region.account_id.clone()),
            region: Some(place.region.region.clone()),
            action: action.to_owned(),
            resource: Some(log.flow_log_id.clone()),
            kind: GapKind::OutOfReach,
            error_code: "NoProof".to_owned(),
            permission: permission.map(str::to_owned),
            message: message.to_owned(),
        });
        self.run.observer.gap();
        Fact::NotRead
    }

    fn nothing_yet(&self) -> LastRecord {
        LastRecord {
            at: None,
            seen_in: None,
            searched_from: self.from,
            interfaces: BTreeMap::new(),
        }
    }
}

/// The beginning of time where the window is longer than time is.
fn fresh_from(now: Timestamp, window: Duration) -> Timestamp {
    let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
    now.checked_sub(window).unwrap_or(Timestamp::MIN)
}

/// The same fact about every flow log.
fn for_all(wishes: &[Wish<'_>], fact: impl Fn(Wish<'_>) -> Fact<LastRecord>) -> Found {
    wishes
        .iter()
        .map(|&wish| (wish.1.flow_log_id.clone(), fact(wish)))
        .collect()
}
