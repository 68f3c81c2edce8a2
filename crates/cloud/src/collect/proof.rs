//! Proof of arrival: the newest record of each flow log.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flowcover_core::inventory::{Fact, FlowLog, Gap, GapKind, LastRecord, ResourceKind};
use flowcover_record::{Destination, KeyLayout, ObjectKey, StreamName};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::bucket_readers::readers;
use super::facts::{Reach, destination};
use super::{EnteredAccount, Place, Run, Session};
use crate::{DescribeLogStreams, ErrorKind, ListObjects, Operation};

/// Pages of streams read at most per log group: newest first, so the first usually has the answer.
const MOST_STREAM_PAGES: usize = 20;
/// Hours searched at most: today and yesterday.
const MOST_HOURS: i64 = 48;

/// Looks for the newest record of every flow log, no further back than `window`.
pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    places: &[Place],
    window: Duration,
) -> BTreeMap<String, Fact<LastRecord>> {
    let now = (run.options.clock)();
    let hours = i64::try_from(window.as_secs().div_ceil(3600))
        .unwrap_or(MOST_HOURS)
        .clamp(1, MOST_HOURS);
    let from = now - SignedDuration::from_hours(hours);
    let search = Search {
        run,
        reach,
        now,
        from,
        hours,
        readers: readers(run, reach, places).await,
    };
    let flow_logs = places.iter().flat_map(|place| {
        place
            .region
            .flow_logs
            .items
            .iter()
            .map(move |log| (place, log))
    });
    stream::iter(flow_logs)
        .map(|(place, log)| {
            let search = &search;
            async move { (log.flow_log_id.clone(), search.flow_log(place, log).await) }
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

struct Search<'a> {
    run: &'a Run<'a>,
    reach: &'a Reach<'a>,
    now: Timestamp,
    from: Timestamp,
    hours: i64,
    /// Bucket → a session that may list it.
    readers: BTreeMap<String, Option<Session<'a>>>,
}

impl Search<'_> {
    async fn flow_log(&self, place: &Place, log: &FlowLog) -> Fact<LastRecord> {
        match destination(place, log) {
            Destination::LogGroup {
                region,
                account_id,
                name,
                ..
            } => {
                let Some(account) = self.reach.account(&account_id) else {
                    return self.cannot(
                        place,
                        log,
                        "logs:DescribeLogStreams",
                        "the log group is in an account that is not audited",
                    );
                };
                self.log_group(account, &region, &name, &interfaces(place, log))
                    .await
            }
            Destination::Bucket { name, prefix, .. } => {
                self.bucket(place, log, &name, &prefix).await
            }
            Destination::DeliveryStream { .. } => self.cannot(
                place,
                log,
                "firehose:DescribeDeliveryStream",
                "a delivery stream does not tell which records it got",
            ),
            Destination::Unknown { .. } => self.cannot(
                place,
                log,
                "ec2:DescribeFlowLogs",
                "the destination is of a kind that is not known",
            ),
        }
    }

    /// Arrival cannot be looked up: said as a gap.
    fn cannot(
        &self,
        place: &Place,
        log: &FlowLog,
        action: &str,
        message: &str,
    ) -> Fact<LastRecord> {
        self.gap(place, log, action, None, message)
    }

    fn gap(
        &self,
        place: &Place,
        log: &FlowLog,
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

    /// Streams are named for their interface, so records of several VPCs in one group can be told apart.
    async fn log_group(
        &self,
        account: &EnteredAccount,
        region: &str,
        name: &str,
        wanted: &BTreeSet<&str>,
    ) -> Fact<LastRecord> {
        let session = Session::new(self.run, account.home.in_region(region));
        let mut record = self.nothing_yet();
        let mut next_token = None;
        for _ in 0..MOST_STREAM_PAGES {
            let request = DescribeLogStreams {
                log_group_name: name.to_owned(),
                next_token: next_token.take(),
            };
            let page = match session.ask(request).await {
                Ok(page) => page,
                Err(error) if error.kind == ErrorKind::NotFound => return Fact::Present(record),
                Err(error) => {
                    session.failed("logs:DescribeLogStreams", Some(name), &error);
                    return Fact::NotRead;
                }
            };
            let mut all_old = !page.items.is_empty();
            for stream in page.items {
                let Some(at) = stream.last_event_at.max(stream.last_ingested_at) else {
                    continue;
                };
                all_old &= at < self.from;
                let eni = StreamName::parse(&stream.name).map(|name| name.eni);
                if at < self.from
                    || eni
                        .as_deref()
                        .is_some_and(|eni| !wanted.is_empty() && !wanted.contains(eni))
                {
                    continue;
                }
                if let Some(eni) = eni {
                    let newest = record.interfaces.entry(eni).or_insert(at);
                    *newest = at.max(*newest);
                }
                if record.at.is_none_or(|newest| newest < at) {
                    record.at = Some(at);
                    record.seen_in = Some(format!("{name}:{}", stream.name));
                }
            }
            next_token = page.next_token;
            if next_token.is_none() || all_old {
                break;
            }
        }
        Fact::Present(record)
    }

    /// The newest object of the flow log, hour by hour backwards: keys carry account, region, flow-log id and time.
    async fn bucket(
        &self,
        place: &Place,
        log: &FlowLog,
        bucket: &str,
        prefix: &str,
    ) -> Fact<LastRecord> {
        let layout = KeyLayout {
            prefix: prefix.to_owned(),
            organization: None,
            account_id: place.region.account_id.clone(),
            region: place.region.region.clone(),
            hive: log.hive_compatible_partitions.unwrap_or(false),
            per_hour: log.per_hour_partition.unwrap_or(false),
        };
        let Some(session) = self.readers.get(bucket).and_then(Option::as_ref) else {
            return self.gap(
                place,
                log,
                ListObjects::ACTION,
                Some(ListObjects::ACTION),
                "no audited account may list the bucket",
            );
        };
        for hour in 0..=self.hours {
            let moment = self.now - SignedDuration::from_hours(hour);
            let request = ListObjects {
                bucket: bucket.to_owned(),
                prefix: layout.hour_prefix(moment, Some(&log.flow_log_id)),
                next_token: None,
            };
            let (listing, failed) = session.list(request, Some(bucket)).await;
            if failed.is_some() {
                return Fact::NotRead;
            }
            let newest = listing
                .items
                .into_iter()
                .filter_map(|object| {
                    Some((ObjectKey::parse(&object.key).ok()?.bin.start(), object.key))
                })
                .filter(|(at, _)| *at >= self.from)
                .max();
            if let Some((at, key)) = newest {
                return Fact::Present(LastRecord {
                    at: Some(at),
                    seen_in: Some(format!("s3://{bucket}/{key}")),
                    ..self.nothing_yet()
                });
            }
        }
        Fact::Present(self.nothing_yet())
    }
}

/// Interfaces that a flow log reaches, as far as they were read.
fn interfaces<'a>(place: &'a Place, log: &'a FlowLog) -> BTreeSet<&'a str> {
    let Some(resource_id) = log.resource_id.as_deref() else {
        return BTreeSet::new();
    };
    let kind = log.resource_kind();
    place
        .region
        .network_interfaces
        .items
        .iter()
        .filter(|eni| match kind {
            ResourceKind::Vpc => eni.vpc_id.as_deref() == Some(resource_id),
            ResourceKind::Subnet => eni.subnet_id.as_deref() == Some(resource_id),
            _ => eni.network_interface_id == resource_id,
        })
        .map(|eni| eni.network_interface_id.as_str())
        .collect()
}
