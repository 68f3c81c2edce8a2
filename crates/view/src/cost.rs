//! What flow logs cost, in each format; and at the end of a plan, what it would cost.

use std::io::Write;

use ::csv::Writer;
use flowcover_core::cost::{Estimate, Line, Planned, VpcCost, Waste};
use flowcover_core::cost::{planned_to_markdown, planned_to_text, to_markdown, to_text};
use flowcover_core::words::counted;

use crate::csv::Row;
use crate::{Format, Options, RenderError, inert, json};

/// Columns of text where there is no terminal.
const WIDTH: usize = 100;

/// Names of the columns of `csv`, in order. Columns are only ever added, at the end. The column `kind` tells rows apart: `vpc`, `line` (of
/// today's bill), `alternative`, `query` (one run of a report: what Athena and Logs Insights charge), `waste`, `not-estimated`.
const COLUMNS: [&str; 17] = [
    "kind",
    "id",
    "name",
    "account_id",
    "region",
    "records_a_day",
    "text_bytes_a_day",
    "rejected_permille",
    "item",
    "quantity",
    "price_of",
    "confirmed",
    "monthly_usd",
    "difference_usd",
    "least_usd",
    "most_usd",
    "remark",
];

/// Writes an estimate to `out` in `format`, which must be one of [`Format::OF_COSTS`].
///
/// # Errors
///
/// When the format has no place for it, before anything is written; or when `out` refuses what is written to it, see
/// [`RenderError::is_broken_pipe`].
pub fn render(
    estimate: &Estimate,
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    match format {
        Format::Table => {
            let width = options.width.unwrap_or(WIDTH);
            let text = to_text(estimate, width, |text| inert::text(text).into_owned());
            out.write_all(text.as_bytes())?;
        }
        Format::Markdown => {
            let text = to_markdown(estimate, |text| inert::markdown(text).into_owned());
            out.write_all(text.as_bytes())?;
        }
        Format::Json => {
            json::write_pretty(estimate, out)?;
            out.write_all(b"\n")?;
        }
        Format::Csv => csv(estimate, out)?,
        _ => return Err(RenderError::NotForCosts(format)),
    }
    Ok(out.flush()?)
}

/// Writes what a plan would cost, after [`plan::terminal`](crate::plan::terminal).
///
/// # Errors
///
/// When `out` refuses what is written to it.
pub fn planned_text(
    planned: &Planned,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let width = options.width.unwrap_or(WIDTH);
    let text = planned_to_text(planned, width, |text| inert::text(text).into_owned());
    Ok(write!(out, "\n{text}")?)
}

/// Writes what a plan would cost, after [`plan::markdown`](crate::plan::markdown).
///
/// # Errors
///
/// When `out` refuses what is written to it.
pub fn planned_markdown(planned: &Planned, out: &mut dyn Write) -> Result<(), RenderError> {
    let text = planned_to_markdown(planned, |text| inert::markdown(text).into_owned());
    Ok(write!(out, "\n{text}")?)
}

fn csv(estimate: &Estimate, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut rows = Writer::from_writer(out);
    rows.write_record(COLUMNS)?;
    for vpc in &estimate.per_vpc {
        vpc_row(vpc).write(&mut rows)?;
    }
    for line in &estimate.total.lines {
        line_row(line).write(&mut rows)?;
    }
    for other in &estimate.alternatives {
        let mut row = new_row("alternative", &other.id);
        row.set("name", &other.title);
        row.set_if("monthly_usd", other.monthly.map(|it| it.exact()));
        // A saving begins with `-`, which a cell of a spreadsheet may: it is a number.
        row.set_if("difference_usd", other.difference.map(|it| it.exact()));
        row.set_if("least_usd", other.range.map(|range| range.least.exact()));
        row.set_if("most_usd", other.range.map(|range| range.most.exact()));
        row.set_if("remark", other.not_known.as_deref());
        row.write(&mut rows)?;
    }
    for query in &estimate.queries {
        let ways = [
            ("athena-text", Some(query.athena_text)),
            ("athena-text-whole", Some(query.athena_text_whole)),
            ("athena-parquet", query.athena_parquet),
            ("logs-insights", Some(query.logs_insights)),
        ];
        for (way, scan) in ways {
            let Some(scan) = scan else { continue };
            let mut row = new_row("query", &query.report);
            row.set("item", way);
            row.set("quantity", scan.bytes.to_string());
            row.set(
                "remark",
                format!("one run over {}", counted(query.days, "day")),
            );
            row.set("least_usd", scan.amount.exact());
            row.set("most_usd", scan.amount.exact());
            row.write(&mut rows)?;
        }
    }
    for waste in &estimate.waste {
        waste_row(waste).write(&mut rows)?;
    }
    for left in &estimate.not_estimated {
        let mut row = new_row("not-estimated", &left.id);
        row.set("remark", &left.reason);
        row.write(&mut rows)?;
    }
    Ok(rows.flush()?)
}

fn new_row<'a>(kind: &'a str, id: &'a str) -> Row<'a> {
    let mut row = Row::new(&COLUMNS);
    row.set("kind", kind);
    row.set("id", id);
    row
}

fn vpc_row(vpc: &VpcCost) -> Row<'_> {
    let mut row = new_row("vpc", &vpc.id);
    row.set_if("name", vpc.name.as_deref());
    row.set("account_id", &vpc.account_id);
    row.set("region", &vpc.region);
    row.set("records_a_day", vpc.records_a_day.to_string());
    row.set("text_bytes_a_day", vpc.text_bytes_a_day.to_string());
    row.set("rejected_permille", vpc.rejected_permille.to_string());
    row.set("monthly_usd", vpc.monthly.exact());
    row
}

fn line_row(line: &Line) -> Row<'_> {
    let mut row = new_row("line", line.item.as_str());
    row.set("account_id", &line.account_id);
    row.set("region", &line.region);
    row.set("item", line.item.as_str());
    row.set("quantity", line.quantity.to_string());
    row.set("price_of", &line.price_of);
    row.set("confirmed", line.confirmed.to_string());
    row.set("monthly_usd", line.amount.exact());
    row
}

fn waste_row(waste: &Waste) -> Row<'_> {
    let mut row = new_row("waste", &waste.id);
    row.set_if("monthly_usd", waste.monthly.map(|it| it.exact()));
    row.set("remark", &waste.message);
    row
}

#[cfg(test)]
mod tests {
    use flowcover_core::cost::{Options as Assumed, Prices, Sample, SampleOf, estimate};
    use flowcover_core::inventory::{FlowLog, Inventory, Listing, Region, RegionStatus, Vpc};
    use flowcover_core::policy::Policy;
    use serde_json::Value;

    use super::*;

    fn shown() -> Estimate {
        let mut region = Region::new("111111111111", "us-east-1", RegionStatus::Collected);
        region.vpcs = Listing::complete(vec![Vpc {
            vpc_id: "vpc-1".to_owned(),
            tags: [("Name".to_owned(), "=cmd|\u{1b}[2J".to_owned())].into(),
            ..Vpc::default()
        }]);
        region.flow_logs = Listing::complete(vec![FlowLog {
            flow_log_id: "fl-1".to_owned(),
            resource_id: Some("vpc-1".to_owned()),
            log_destination: Some("arn:aws:s3:::logs".to_owned()),
            ..FlowLog::default()
        }]);
        let inventory = Inventory {
            regions: vec![region],
            ..Inventory::empty(jiff::Timestamp::UNIX_EPOCH)
        };
        let sample = Sample {
            of: SampleOf::FlowLog("fl-1".to_owned()),
            seconds: 86_400,
            records: 10_000_000,
            text_bytes: 1 << 30,
            accepted_records: 9_000_000,
            rejected_records: 1_000_000,
            rejected_text_bytes: None,
            stored: None,
            records_in_ten_minutes: None,
        };
        let (prices, policy) = (Prices::built_in(), Policy::default());
        estimate(&inventory, &[sample], &prices, &policy, &Assumed::default())
    }

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        render(&shown(), format, &Options::default(), &mut out).expect("it can be written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_format_that_is_named_is_written_and_inert() {
        for format in Format::OF_COSTS {
            let text = written(format);
            assert!(
                text.contains("vpc-1") || text.contains("vpc\\-1"),
                "{format}"
            );
            assert!(!text.contains('\u{1b}'), "{format}: {text}");
        }
        let refused = render(
            &shown(),
            Format::Sarif,
            &Options::default(),
            &mut Vec::new(),
        );
        assert!(matches!(
            refused,
            Err(RenderError::NotForCosts(Format::Sarif))
        ));
    }

    #[test]
    fn rows_have_all_columns_and_run_no_formula() {
        let text = written(Format::Csv);
        let mut rows = ::csv::Reader::from_reader(text.as_bytes());
        let mut kinds = std::collections::BTreeSet::new();
        for row in rows.records() {
            let row = row.expect("as many cells as columns");
            kinds.insert(row[0].to_owned());
            assert!(row.iter().all(|cell| !cell.starts_with('=')), "{row:?}");
        }
        let kinds: Vec<_> = kinds.into_iter().collect();
        assert_eq!(kinds, ["alternative", "line", "vpc"]);
    }

    #[test]
    fn json_is_as_the_schema_says() {
        let schema = serde_json::to_value(crate::cost_schema()).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
        let mut value: Value = serde_json::from_str(&written(Format::Json)).expect("JSON");
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        value["total"]["monthly"] = Value::from(1.5);
        assert!(!validator.is_valid(&value), "money is text");
    }
}
