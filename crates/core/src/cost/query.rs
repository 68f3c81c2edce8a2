//! What queries over the records cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alternative::Scene;
use super::charge::amount;
use super::options::ReportShape;
use super::stream::Stream;
use super::way::{Way, days};
use super::width::{typical_columns, typical_line};
use super::{Item, Money, scale};

/// What Athena counts in: it rounds up to megabytes, ten at least for each query (Athena pricing page).
const MEGABYTE: u64 = 1 << 20;
const LEAST_SCANNED: u64 = 10 * MEGABYTE;

/// What one query reads and costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scan {
    /// Bytes that are charged.
    pub bytes: u64,
    /// What they cost.
    pub amount: Money,
}

/// One run of one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueryCost {
    /// The report.
    pub report: String,
    /// The days that it looks at.
    pub days: u32,
    /// Athena over gzip text, partitions of those days only.
    pub athena_text: Scan,
    /// Athena over gzip text without partitions: all that is kept.
    pub athena_text_whole: Scan,
    /// Athena over Parquet, partitions of those days and columns of the report only. None where a column is in no format.
    pub athena_parquet: Option<Scan>,
    /// CloudWatch Logs Insights over those days.
    pub logs_insights: Scan,
    /// Flow logs whose format lacks a column of the report, so that it says nothing about them.
    pub lacking: Vec<String>,
}

/// The queries of all reports, priced in the region that records most.
pub(super) fn queries(scene: &Scene<'_, '_>) -> Vec<QueryCost> {
    let Some(region) = busiest(scene.streams) else {
        return Vec::new();
    };
    let reports = scene.options.reports.iter();
    reports.map(|report| query(scene, report, region)).collect()
}

/// The region with the most text; of equals, the first by name.
pub(super) fn busiest<'a>(streams: &[Stream<'a>]) -> Option<&'a str> {
    let mut by_region = std::collections::BTreeMap::<&str, u64>::new();
    for stream in streams {
        let sum = by_region.entry(stream.region).or_default();
        *sum = sum.saturating_add(stream.month.text);
    }
    let most = by_region.values().max().copied()?;
    by_region
        .into_iter()
        .find(|(_, sum)| *sum == most)
        .map(|(region, _)| region)
}

fn of_days(month: u64, days: u32) -> u64 {
    scale(month, u64::from(days) * 24, 730)
}

fn query(scene: &Scene<'_, '_>, report: &ReportShape, region: &str) -> QueryCost {
    let span = report.days.unwrap_or(scene.options.query_days);
    let sum = |bytes: &dyn Fn(&Stream<'_>) -> u64| {
        scene
            .streams
            .iter()
            .fold(0_u64, |sum, stream| sum.saturating_add(bytes(stream)))
    };
    let athena = |bytes: u64| {
        let bytes = bytes
            .div_ceil(MEGABYTE)
            .saturating_mul(MEGABYTE)
            .max(LEAST_SCANNED);
        Scan {
            bytes,
            amount: amount(scene.prices, region, Item::AthenaScanned, bytes),
        }
    };
    let text = sum(&|stream| of_days(stream.month.gzip, span));
    let whole = sum(&|stream| {
        of_days(
            stream.month.gzip,
            days(stream.kept, scene.options).max(span),
        )
    });
    let parquet = sum(&|stream| {
        let stored = Way::Parquet.stored(stream.month, scene.options);
        columns_of(stream, report)
            .map_or(0, |(part, line)| scale(of_days(stored, span), part, line))
    });
    let lacking = scene
        .streams
        .iter()
        .filter(|stream| columns_of(stream, report).is_none());
    let lacking: Vec<String> = lacking
        .map(|stream| stream.flow_log.flow_log_id.clone())
        .collect();
    let scanned = sum(&|stream| of_days(stream.month.text, span));
    QueryCost {
        report: report.name.clone(),
        days: span,
        athena_text: athena(text),
        athena_text_whole: athena(whole),
        athena_parquet: (lacking.len() < scene.streams.len()).then(|| athena(parquet)),
        logs_insights: Scan {
            bytes: scanned,
            amount: amount(scene.prices, region, Item::LogsInsightsScanned, scanned),
        },
        lacking,
    }
}

/// How long the columns of a report are, and a whole line.
fn columns_of(stream: &Stream<'_>, report: &ReportShape) -> Option<(u64, u64)> {
    let format = stream.format.as_ref()?;
    Some((
        typical_columns(format, &report.columns)?,
        typical_line(format),
    ))
}
