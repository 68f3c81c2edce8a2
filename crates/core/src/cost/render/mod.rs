//! An estimate as plain text and as Markdown.
//!
//! Names, ids and reasons come from accounts and files: each passes the function `inert` that the caller gives, before it is shown.

mod markdown;
mod planned;
mod text;

use std::collections::BTreeMap;

use super::charge::Line;
use super::{Estimate, Item, Money, Unit};
use crate::words::{choose, counted};

pub use markdown::to_markdown;
pub use planned::{planned_to_markdown, planned_to_text};
pub use text::to_text;

/// Flow logs that one sentence names.
const NAMED: usize = 5;

/// Tables of an estimate, as rows of cells: what text and Markdown have in common.
struct Tables<'e, F> {
    estimate: &'e Estimate,
    inert: F,
}

/// A heading row and rows.
type Table = (Vec<&'static str>, Vec<Vec<String>>);

impl<F: Fn(&str) -> String> Tables<'_, F> {
    fn vpcs(&self) -> Table {
        let rows = self.estimate.per_vpc.iter().map(|vpc| {
            let id = (self.inert)(&vpc.id);
            vec![
                vpc.name.as_ref().map_or_else(
                    || id.clone(),
                    |name| format!("{id} ({})", (self.inert)(name)),
                ),
                (self.inert)(&vpc.account_id),
                (self.inert)(&vpc.region),
                super::money::thousands(vpc.records_a_day.into()),
                bytes(vpc.text_bytes_a_day),
                bytes(vpc.text_bytes),
                percent(vpc.rejected_permille),
                vpc.monthly.to_string(),
            ]
        });
        let head = vec![
            "VPC",
            "account",
            "region",
            "records a day",
            "text a day",
            "text a month",
            "rejected",
            "a month",
        ];
        (head, rows.collect())
    }

    fn measured(&self) -> Table {
        let rows = self.estimate.measured.iter().map(|sample| {
            let number = |number: u64| super::money::thousands(number.into());
            let (objects, stored) = match sample.stored {
                Some(stored) => (number(stored.objects), bytes(stored.bytes)),
                None => ("-".to_owned(), "-".to_owned()),
            };
            vec![
                (self.inert)(sample.of.id()),
                span(sample.seconds),
                number(sample.records),
                number(sample.accepted_records),
                number(sample.rejected_records),
                bytes(sample.text_bytes),
                objects,
                stored,
            ]
        });
        let head = vec![
            "sample of",
            "span",
            "records",
            "accepted",
            "rejected",
            "text",
            "objects",
            "stored",
        ];
        (head, rows.collect())
    }

    fn lines(&self, lines: &[Line]) -> Table {
        let mut rows = Vec::new();
        for line in lines {
            for (number, part) in line.parts.iter().enumerate() {
                let named = |text: &str| {
                    if number == 0 {
                        (self.inert)(text)
                    } else {
                        String::new()
                    }
                };
                rows.push(vec![
                    named(line.item.as_str()),
                    named(&line.account_id),
                    named(&line.region),
                    line.unit.show(part.quantity),
                    format!("× ${}", part.price.exact()),
                    part.amount.to_string(),
                    if line.confirmed {
                        String::new()
                    } else {
                        "not confirmed".to_owned()
                    },
                ]);
            }
        }
        (
            vec![
                "item", "account", "region", "quantity", "price", "amount", "",
            ],
            rows,
        )
    }

    fn alternatives(&self) -> Table {
        let rows = self.estimate.alternatives.iter().map(|other| {
            let amount = |amount: Option<Money>| {
                amount.map_or_else(|| "not known".to_owned(), |amount| amount.to_string())
            };
            let against = match other.difference {
                None => String::new(),
                Some(Money::ZERO) => "as today".to_owned(),
                Some(more) if more > Money::ZERO => format!("+{more}"),
                Some(less) => less.to_string(),
            };
            let range = other.range.map_or_else(String::new, |range| {
                format!("{} to {}", range.least, range.most)
            });
            vec![
                other.id.clone(),
                (self.inert)(&other.title),
                amount(other.monthly),
                against,
                range,
            ]
        });
        (
            vec!["way", "what it is", "a month", "against today", "between"],
            rows.collect(),
        )
    }

    /// Sentences about single alternatives.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        for other in &self.estimate.alternatives {
            let said = other.not_known.iter().chain(&other.assumptions);
            remarks.extend(said.map(|text| format!("{}: {}", other.id, (self.inert)(text))));
        }
        remarks
    }

    fn queries(&self) -> Table {
        let rows = self.estimate.queries.iter().map(|query| {
            let scan = |scan: super::Scan| {
                format!("{} of {}", scan.amount, Unit::Gigabyte.show(scan.bytes))
            };
            let lacking = match query.lacking.len() {
                0 => String::new(),
                count => format!(
                    "{} {} a column",
                    counted(count, "flow log"),
                    choose(count, "lacks", "lack")
                ),
            };
            vec![
                (self.inert)(&query.report),
                query.days.to_string(),
                scan(query.athena_text_whole),
                scan(query.athena_text),
                query
                    .athena_parquet
                    .map_or_else(|| "not known".to_owned(), scan),
                scan(query.logs_insights),
                lacking,
            ]
        });
        let head = vec![
            "report",
            "days",
            "text, all of it",
            "text, those days",
            "Parquet, those days",
            "Logs Insights",
            "",
        ];
        (head, rows.collect())
    }

    /// Sentences about money that is lost.
    fn waste(&self) -> Vec<String> {
        let mut said = Vec::new();
        for waste in &self.estimate.waste {
            let monthly = waste
                .monthly
                .map_or_else(String::new, |monthly| format!(", {monthly} a month"));
            let after = waste.after.iter().filter(|after| after.lost != Money::ZERO);
            let after = after.map(|after| {
                format!(
                    "; after {} {} instead of {}, {} lost",
                    counted(after.months, "month"),
                    after.as_is,
                    after.as_asked,
                    after.lost
                )
            });
            let after: String = after.collect();
            said.push(format!(
                "{}: {}{monthly}{after}",
                (self.inert)(&waste.id),
                (self.inert)(&waste.message)
            ));
        }
        said
    }

    /// What is in no sum, by reason: an organisation has hundreds of flow logs that are in no sample. JSON has them all.
    fn not_estimated(&self) -> Vec<String> {
        let mut by_reason = BTreeMap::<&str, Vec<&str>>::new();
        for left in &self.estimate.not_estimated {
            by_reason.entry(&left.reason).or_default().push(&left.id);
        }
        let said = by_reason.into_iter().map(|(reason, ids)| {
            let named: Vec<String> = ids.iter().take(NAMED).map(|id| (self.inert)(id)).collect();
            let more = match ids.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{more}: {}", named.join(", "), (self.inert)(reason))
        });
        said.collect()
    }

    fn unconfirmed(&self) -> Vec<String> {
        let all = self.estimate.unconfirmed.iter().map(|price| {
            let note = price
                .note
                .as_ref()
                .map_or_else(String::new, |note| format!("; {}", (self.inert)(note)));
            let (region, source) = ((self.inert)(&price.region), (self.inert)(&price.source));
            format!(
                "{} in {region}, {}{note}; see {source}",
                Item::as_str(price.item),
                (self.inert)(&price.date)
            )
        });
        all.collect()
    }

    fn assumptions(&self) -> Vec<String> {
        self.estimate
            .assumptions
            .iter()
            .map(|text| (self.inert)(text))
            .collect()
    }

    fn headline(&self) -> String {
        let (name, date) = (
            (self.inert)(&self.estimate.prices),
            (self.inert)(&self.estimate.prices_date),
        );
        format!(
            "Flow logs cost {} a month (prices: {name} of {date})",
            self.estimate.total.monthly
        )
    }

    /// The sections after the bill, as headings with sentences; empty ones are left out.
    fn sections(&self) -> Vec<(&'static str, Vec<String>)> {
        let sections = [
            ("Paid for nothing", self.waste()),
            ("In no sum", self.not_estimated()),
            ("About the other ways", self.remarks()),
            ("Assumed", self.assumptions()),
            ("Prices that are not confirmed", self.unconfirmed()),
        ];
        sections
            .into_iter()
            .filter(|(_, sentences)| !sentences.is_empty())
            .collect()
    }

    fn tables(&self) -> Vec<(&'static str, Table)> {
        let tables = [
            ("Measured", self.measured()),
            ("By VPC", self.vpcs()),
            ("Made of", self.lines(&self.estimate.total.lines)),
            ("Each other way", self.alternatives()),
            ("One run of each report in Athena", self.queries()),
        ];
        tables
            .into_iter()
            .filter(|(_, (_, rows))| !rows.is_empty())
            .collect()
    }
}

/// Bytes with three decimals, in the largest unit that is not more: `1.500 MB`.
fn bytes(number: u64) -> String {
    let (size, unit) = match number {
        0..1024 => return format!("{number} B"),
        1024..0x10_0000 => (1 << 10, "KB"),
        0x10_0000..0x4000_0000 => (1 << 20, "MB"),
        _ => return Unit::Gigabyte.show(number),
    };
    let thousandths = (number * 1000 + size / 2) / size;
    format!("{}.{:03} {unit}", thousandths / 1000, thousandths % 1000)
}

/// Seconds as days, hours and minutes: `1 d 2 h`.
pub(super) fn span(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .take(2)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if parts.is_empty() {
        "0 s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// Thousandths as percent: `12.5 %`.
pub(super) fn percent(permille: u64) -> String {
    match permille % 10 {
        0 => format!("{} %", permille / 10),
        tenths => format!("{}.{tenths} %", permille / 10),
    }
}
