//! What is paid for on each way that records can go.

use flowcover_record::Destination;

use super::charge::Demand;
use super::kept::Kept;
use super::stream::{Stream, Volume};
use super::{Item, Options, scale};

/// Objects below this size are not moved to another storage class by lifecycle rules, unless these say so
/// (S3 user guide, "Transitioning objects using Amazon S3 Lifecycle").
const SMALLEST_MOVED: u64 = 128 << 10;

/// Days after which the lifecycle of the alternative moves objects to Standard-Infrequent Access, and to Glacier Instant Retrieval.
pub(super) const MOVED_AFTER: [u32; 2] = [30, 90];

/// Bytes that CloudWatch Logs keeps with each event beside its text (CloudWatch pricing page, "Logs").
const EVENT_OVERHEAD: u64 = 26;

/// A way that records can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    LogGroup { infrequent: bool },
    Text { lifecycle: bool },
    Parquet,
    Firehose,
}

impl Way {
    /// The way that a stream goes today.
    pub(super) fn today(stream: &Stream<'_>) -> Self {
        match stream.destination {
            Destination::Bucket { .. } if stream.parquet => Self::Parquet,
            Destination::Bucket { .. } => Self::Text { lifecycle: false },
            Destination::DeliveryStream { .. } => Self::Firehose,
            _ => Self::LogGroup { infrequent: false },
        }
    }

    /// The bytes that lie there of a month.
    pub(super) fn stored(self, volume: Volume, options: &Options) -> u64 {
        match self {
            Self::LogGroup { .. } => {
                let with_overhead = volume
                    .text
                    .saturating_add(volume.records.saturating_mul(EVENT_OVERHEAD));
                scale(with_overhead, volume.gzip, volume.text.max(1))
            }
            Self::Text { .. } => volume.gzip,
            Self::Parquet => scale(volume.gzip, options.parquet_permille.into(), 1000),
            Self::Firehose => 0,
        }
    }

    /// What it is stored as, at first.
    pub(super) const fn storage(self) -> Item {
        match self {
            Self::LogGroup { .. } => Item::CloudwatchStorage,
            _ => Item::S3Standard,
        }
    }
}

/// Whose bill it is, and how long records are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Account and region of the flow log: delivery is priced there.
    pub(super) source: (&'a str, &'a str),
    /// Account and region of the destination: keeping is priced there.
    pub(super) keeper: (&'a str, &'a str),
    pub(super) days: u32,
    pub(super) stream: usize,
}

impl Place<'_> {
    fn demand(&self, (account_id, region): (&str, &str), item: Item, quantity: u64) -> Demand {
        Demand {
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            item,
            quantity,
            stream: self.stream,
        }
    }
}

/// Days for which storage is priced.
pub(super) fn days(kept: Kept, options: &Options) -> u32 {
    match kept {
        Kept::Days(days) => days,
        Kept::Endless | Kept::NotRead => options.endless_days,
    }
}

/// Byte-months of what comes in each month and stays so many days.
pub(super) fn byte_months(bytes_a_month: u64, days: u32) -> u64 {
    scale(bytes_a_month, u64::from(days) * 24, 730)
}

/// Everything that a volume on a way is charged for in a month, once as much expires as arrives.
pub(super) fn demands(
    way: Way,
    volume: Volume,
    place: Place<'_>,
    options: &Options,
) -> Vec<Demand> {
    let from = |item, quantity| place.demand(place.source, item, quantity);
    let kept = |item, quantity| place.demand(place.keeper, item, quantity);
    let stored = way.stored(volume, options);
    let mut demands = Vec::new();
    match way {
        Way::LogGroup { infrequent } => {
            let item = if infrequent {
                Item::CloudwatchIaDelivery
            } else {
                Item::CloudwatchDelivery
            };
            demands.push(from(item, volume.text));
        }
        Way::Text { .. } | Way::Parquet => {
            demands.push(from(Item::S3Delivery, volume.text));
            demands.push(kept(Item::S3Put, volume.objects));
        }
        Way::Firehose => {
            demands.push(from(Item::FirehoseDelivery, volume.text));
            demands.push(from(Item::FirehoseIngestion, volume.text));
        }
    }
    if way == Way::Parquet {
        demands.push(from(Item::ParquetConversion, volume.text));
    }
    if way == (Way::Text { lifecycle: true }) && moves(volume) {
        demands.extend(moved(volume, place));
    } else {
        demands.push(kept(way.storage(), byte_months(stored, place.days)));
    }
    demands
}

/// Whether objects are large enough for lifecycle rules to move them.
pub(super) const fn moves(volume: Volume) -> bool {
    volume.objects > 0 && volume.gzip / volume.objects >= SMALLEST_MOVED
}

/// Storage classes charge for at least 30 and 90 days.
fn moved(volume: Volume, place: Place<'_>) -> Vec<Demand> {
    let [infrequent, glacier] = MOVED_AFTER;
    let kept = |item, quantity| place.demand(place.keeper, item, quantity);
    let storage = |item, days| kept(item, byte_months(volume.gzip, days));
    let mut demands = vec![storage(Item::S3Standard, place.days.min(infrequent))];
    if place.days > infrequent {
        let days = place.days.min(glacier) - infrequent;
        demands.push(storage(Item::S3StandardIa, days.max(30)));
        demands.push(kept(Item::S3TransitionIa, volume.objects));
    }
    if place.days > glacier {
        demands.push(storage(Item::S3GlacierIr, (place.days - glacier).max(90)));
        demands.push(kept(Item::S3TransitionGlacierIr, volume.objects));
    }
    demands
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        source: ("1", "us-east-1"),
        keeper: ("2", "eu-west-1"),
        days: 730,
        stream: 0,
    };

    fn volume(objects: u64) -> Volume {
        Volume {
            records: 1_000_000,
            text: 100_000_000,
            gzip: 20_000_000,
            objects,
        }
    }

    fn check(way: Way, volume: Volume, days: u32, expected: &[(Item, u64)]) {
        let demands = demands(way, volume, Place { days, ..PLACE }, &Options::default());
        let found: Vec<_> = demands
            .iter()
            .map(|demand| (demand.item, demand.quantity))
            .collect();
        assert_eq!(found, expected, "{way:?}");
    }

    #[test]
    fn what_each_way_is_charged_for() {
        use Item::*;
        let text = 100_000_000;
        let group = [
            (CloudwatchDelivery, text),
            (CloudwatchStorage, 25_200_000 * 24),
        ];
        check(Way::LogGroup { infrequent: false }, volume(10), 730, &group);
        let infrequent = [
            (CloudwatchIaDelivery, text),
            (CloudwatchStorage, 25_200_000 * 24),
        ];
        check(
            Way::LogGroup { infrequent: true },
            volume(10),
            730,
            &infrequent,
        );
        let s3 = [
            (S3Delivery, text),
            (S3Put, 10),
            (S3Standard, 20_000_000 * 24),
        ];
        check(Way::Text { lifecycle: false }, volume(10), 730, &s3);
        let parquet = [
            (S3Delivery, text),
            (S3Put, 10),
            (ParquetConversion, text),
            (S3Standard, 16_000_000 * 24),
        ];
        check(Way::Parquet, volume(10), 730, &parquet);
        check(
            Way::Firehose,
            volume(10),
            730,
            &[
                (FirehoseDelivery, text),
                (FirehoseIngestion, text),
                (S3Standard, 0),
            ],
        );
    }

    #[test]
    fn lifecycle_moves_what_is_large_and_old_enough() {
        use Item::*;
        let way = Way::Text { lifecycle: true };
        let start = [(S3Delivery, 100_000_000), (S3Put, 10)];
        let months = |days| byte_months(20_000_000, days);
        let with = |rest: &[(Item, u64)]| [&start[..], rest].concat();
        check(way, volume(10), 30, &with(&[(S3Standard, months(30))]));
        check(
            way,
            volume(10),
            31,
            &with(&[
                (S3Standard, months(30)),
                (S3StandardIa, months(30)),
                (S3TransitionIa, 10),
            ]),
        );
        let all = [
            (S3Standard, months(30)),
            (S3StandardIa, months(60)),
            (S3TransitionIa, 10),
            (S3GlacierIr, months(640)),
            (S3TransitionGlacierIr, 10),
        ];
        check(way, volume(10), 730, &with(&all));
        let small = [
            (S3Delivery, 100_000_000),
            (S3Put, 8760),
            (S3Standard, months(730)),
        ];
        check(way, volume(8760), 730, &small);
    }

    #[test]
    fn delivery_is_paid_at_the_source_and_keeping_at_the_destination() {
        let demands = demands(
            Way::Text { lifecycle: false },
            volume(1),
            PLACE,
            &Options::default(),
        );
        let regions: Vec<_> = demands
            .iter()
            .map(|demand| (demand.account_id.as_str(), demand.region.as_str()))
            .collect();
        assert_eq!(
            regions,
            [("1", "us-east-1"), ("2", "eu-west-1"), ("2", "eu-west-1")]
        );
    }
}
