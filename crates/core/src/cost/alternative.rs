//! What the same records would cost each other way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::charge::{Bill, Demand, Line, bill};
use super::format_change::reformatted;
use super::prices::Prices;
use super::render::percent;
use super::stream::{Stream, Volume};
use super::way::{MOVED_AFTER, Place, Way, days, demands, moves};
use super::{Money, Options};
use crate::judge::traffic::Traffic;
use crate::words::counted;
use flowcover_record::LogFormat;

/// The bounds of an amount that hangs on what is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    /// It costs at least this.
    pub least: Money,
    /// It costs at most this.
    pub most: Money,
}

/// One other way to record the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternative {
    /// Its name: `s3-parquet`.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// A month of it, once as much expires as arrives; none where it cannot be known.
    pub monthly: Option<Money>,
    /// What it costs more than today; below zero where it saves.
    pub difference: Option<Money>,
    /// Where the amount hangs on what was not measured: its bounds.
    #[serde(default)]
    pub range: Option<Range>,
    /// Why it cannot be known.
    #[serde(default)]
    pub not_known: Option<String>,
    /// What it is made of.
    pub lines: Vec<Line>,
    /// What it assumes beyond what the whole estimate does.
    pub assumptions: Vec<String>,
}

/// What all alternatives work with.
pub(super) struct Scene<'s, 'a> {
    pub(super) streams: &'s [Stream<'a>],
    pub(super) prices: &'s Prices,
    pub(super) options: &'s Options,
    pub(super) today: Money,
}

/// What becomes of one stream, or why that is not known.
type Changed = Result<(Way, Volume), String>;

impl<'a> Scene<'_, 'a> {
    /// Where a stream is paid on a way: as today if it goes that way, else in its own account and region.
    pub(super) fn place<'p>(&self, at: usize, stream: &'p Stream<'_>, way: Way) -> Place<'p> {
        let source = (stream.account_id, stream.region);
        let keeper = (stream.keeper.0.as_str(), stream.keeper.1.as_str());
        let stays = way.storage() == Way::today(stream).storage();
        let as_today = days(stream.kept, self.options);
        Place {
            source,
            keeper: if stays { keeper } else { source },
            days: self.options.retention_days.unwrap_or(as_today),
            stream: at,
        }
    }

    fn bill(&self, change: impl Fn(&Stream<'a>) -> Changed) -> Result<Bill, String> {
        let mut all: Vec<Demand> = Vec::new();
        for (at, stream) in self.streams.iter().enumerate() {
            let (way, volume) = change(stream)?;
            all.extend(demands(
                way,
                volume,
                self.place(at, stream, way),
                self.options,
            ));
        }
        Ok(bill(self.prices, &all))
    }

    fn alternative(
        &self,
        id: &str,
        title: &str,
        assumptions: Vec<String>,
        change: impl Fn(&Stream<'a>) -> Changed,
    ) -> Alternative {
        let (id, title) = (id.to_owned(), title.to_owned());
        let (bill, not_known) = match self.bill(change) {
            Ok(bill) => (Some(bill), None),
            Err(reason) => (None, Some(reason)),
        };
        let monthly = bill.as_ref().map(|bill| bill.monthly);
        Alternative {
            id,
            title,
            monthly,
            difference: monthly.map(|monthly| monthly.minus(self.today)),
            range: None,
            not_known,
            lines: bill.map(|bill| bill.lines).unwrap_or_default(),
            assumptions,
        }
    }

    fn destination(&self, id: &str, title: &str, way: Way, assumptions: &[String]) -> Alternative {
        self.alternative(id, title, assumptions.to_vec(), |stream| {
            Ok((way, stream.month))
        })
    }
}

/// All alternatives; none where nothing was measured.
pub(super) fn alternatives(scene: &Scene<'_, '_>) -> Vec<Alternative> {
    if scene.streams.is_empty() {
        return Vec::new();
    }
    let mut all = destinations(scene);
    all.extend(traffic_types(scene));
    all.extend(intervals(scene));
    all.extend(formats(scene));
    all
}

fn destinations(scene: &Scene<'_, '_>) -> Vec<Alternative> {
    let group = |infrequent| Way::LogGroup { infrequent };
    let text = |lifecycle| Way::Text { lifecycle };
    let ia = ["the class Infrequent Access has no metric filters, no subscriptions, no live tail, and cannot be chosen for a group that exists".to_owned()];
    let parquet = [format!(
        "Parquet takes {} of the gzip text",
        percent(scene.options.parquet_permille.into())
    )];
    let firehose = [
        "the stream's own destination, transformations and format conversion are not in it"
            .to_owned(),
    ];
    vec![
        scene.destination(
            "cloudwatch-standard",
            "CloudWatch Logs, class Standard",
            group(false),
            &[],
        ),
        scene.destination(
            "cloudwatch-infrequent-access",
            "CloudWatch Logs, class Infrequent Access",
            group(true),
            &ia,
        ),
        scene.destination("s3-text", "S3, gzip text", text(false), &[]),
        scene.destination(
            "s3-text-lifecycle",
            "S3, gzip text, moved to cheaper classes",
            text(true),
            &lifecycle(scene),
        ),
        scene.destination("s3-parquet", "S3, Parquet", Way::Parquet, &parquet),
        scene.destination("firehose", "Firehose", Way::Firehose, &firehose),
    ]
}

fn lifecycle(scene: &Scene<'_, '_>) -> Vec<String> {
    let [infrequent, glacier] = MOVED_AFTER;
    let mut assumptions = vec![format!(
        "objects move to Standard-IA after {infrequent} days and to Glacier Instant Retrieval after {glacier}; reading them back costs extra"
    )];
    let small = scene
        .streams
        .iter()
        .filter(|stream| !moves(stream.month))
        .count();
    if small > 0 {
        assumptions.push(format!(
            "the objects of {small} of {} are below 128 KiB on average, which lifecycle rules do not move: they stay in Standard",
            counted(scene.streams.len(), "flow log")
        ));
    }
    assumptions
}

fn traffic_types(scene: &Scene<'_, '_>) -> [Alternative; 2] {
    let only = |to: Traffic| {
        move |stream: &Stream<'_>| match stream.narrowed(to) {
            Some(volume) => Ok((Way::today(stream), volume)),
            None if stream.captures.covers(to) => Err(format!(
                "the sample of flow log {} does not tell accepted from rejected traffic",
                stream.flow_log.flow_log_id
            )),
            None => Err(format!(
                "flow log {} captures less today: its sample does not tell how much more {} would be",
                stream.flow_log.flow_log_id,
                to.as_str()
            )),
        }
    };
    let shares = "accepted and rejected traffic in the proportion of the sample".to_owned();
    [
        scene.alternative(
            "reject-only",
            "as today, REJECT only",
            vec![shares],
            only(Traffic::REJECT),
        ),
        scene.alternative(
            "all-traffic",
            "as today, ALL traffic",
            Vec::new(),
            only(Traffic::ALL),
        ),
    ]
}

/// Whether windows of one minute or of ten make more records hangs on the instances: those of the Nitro system always have
/// one minute or less (VPC user guide, "Flow log basics", "Aggregation interval").
fn intervals(scene: &Scene<'_, '_>) -> [Alternative; 2] {
    let most = u64::from(scene.options.most_minutes.max(1));
    let assume = |extreme: &str| {
        vec![format!(
            "interfaces of Nitro instances have windows of one minute whatever is asked, so the amount is as today where nothing else was measured; without any, {extreme}"
        )]
    };
    let minute = |factor: u64| {
        move |stream: &Stream<'_>| {
            let factor = if stream.interval() == 60 { 1 } else { factor };
            Ok((Way::today(stream), stream.month.scaled(factor, 1)))
        }
    };
    let ten = |most: u64| {
        move |stream: &Stream<'_>| {
            let volume = match stream.sample.records_in_ten_minutes {
                _ if stream.interval() != 60 => stream.month,
                Some(left) => stream.month.scaled(
                    left.min(stream.sample.records),
                    stream.sample.records.max(1),
                ),
                None => stream.month.scaled(1, most),
            };
            Ok((Way::today(stream), volume))
        }
    };
    let at_most = format!("up to {most} times the records");
    let mut one = scene.alternative(
        "interval-60",
        "as today, windows of 1 minute",
        assume(&at_most),
        minute(1),
    );
    one.range = range(&one, scene.bill(minute(most)).ok());
    let at_least = format!("down to one in {most} records");
    let mut tens = scene.alternative(
        "interval-600",
        "as today, windows of 10 minutes",
        assume(&at_least),
        ten(1),
    );
    tens.range = range(&tens, scene.bill(ten(most)).ok());
    [one, tens]
}

fn range(alternative: &Alternative, extreme: Option<Bill>) -> Option<Range> {
    let (amount, extreme) = (alternative.monthly?, extreme?.monthly);
    let range = Range {
        least: amount.min(extreme),
        most: amount.max(extreme),
    };
    (range.least != range.most).then_some(range)
}

fn formats(scene: &Scene<'_, '_>) -> [Alternative; 2] {
    let assumed = "the length of a record changes as typical lengths of its fields do; what is measured of today's format is kept".to_owned();
    let to = |format: LogFormat| {
        move |stream: &Stream<'_>| Ok((Way::today(stream), reformatted(stream, &format)?))
    };
    let fuller = scene.options.fuller_format.clone();
    let fields = counted(fuller.columns().len(), "field");
    let title = format!("as today, format with {fields}");
    [
        scene.alternative(
            "format-default",
            "as today, default format",
            vec![assumed.clone()],
            to(LogFormat::default()),
        ),
        scene.alternative("format-fuller", &title, vec![assumed], to(fuller)),
    ]
}
