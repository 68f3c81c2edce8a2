//! An estimate as plain text and as Markdown.
//!
//! Names, ids and reasons come from accounts and files: each passes the function `inert` that the caller gives, before it is shown.

mod markdown;
mod text;

use super::charge::Line;
use super::{Estimate, Item, Money, Unit};

pub use markdown::to_markdown;
pub use text::to_text;

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
                super::money::thousands(vpc.records.into()),
                Unit::Gigabyte.show(vpc.text_bytes),
                percent(vpc.rejected_permille),
                vpc.monthly.to_string(),
            ]
        });
        let head = vec![
            "VPC", "account", "region", "records", "text", "rejected", "a month",
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
                count => format!("{count} flow logs lack a column"),
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
                    "; after {} months {} instead of {}, {} lost",
                    after.months, after.as_is, after.as_asked, after.lost
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

    fn not_estimated(&self) -> Vec<String> {
        let all = self.estimate.not_estimated.iter();
        all.map(|left| format!("{}: {}", (self.inert)(&left.id), (self.inert)(&left.reason)))
            .collect()
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

/// Thousandths as percent: `12.5 %`.
pub(super) fn percent(permille: u64) -> String {
    match permille % 10 {
        0 => format!("{} %", permille / 10),
        tenths => format!("{}.{tenths} %", permille / 10),
    }
}
