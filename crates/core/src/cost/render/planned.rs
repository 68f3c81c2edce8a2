//! What is planned, at the end of the view of a plan.

use super::markdown::rows;
use super::text::{aligned, wrapped};
use super::{Table, Tables};
use crate::cost::{Money, Planned};
use crate::words::{choose, counted};

/// Rows of a table that are shown: plans of an organisation have hundreds.
const ROWS: usize = 10;

impl<F: Fn(&str) -> String> Tables<'_, F> {
    fn said_of_planned(&self, planned: &Planned) -> String {
        let prices = format!(
            "(prices: {} of {}); an estimate, see `flowcover cost`",
            (self.inert)(&self.estimate.prices),
            (self.inert)(&self.estimate.prices_date)
        );
        let signed = |adds: Money| {
            let sign = if adds < Money::ZERO { "" } else { "+" };
            format!("{sign}{adds}")
        };
        match (planned.makes, planned.adds) {
            (0, Some(Money::ZERO)) => {
                "The plan makes no new flow log, and adds no cost".to_owned()
            }
            (0, Some(adds)) => format!(
                "The plan makes no new flow log, and changes the bill by {} {prices}",
                signed(adds)
            ),
            (0, None) => {
                "The plan makes no new flow log; what it changes of those that are there cannot be estimated from the sample: see below".to_owned()
            }
            (_, None) => "What is planned cannot be estimated from the sample: see below".to_owned(),
            (_, Some(adds)) => format!(
                "The planned flow logs cost {} a month, and change the bill by {} {prices}",
                self.estimate.total.monthly,
                signed(adds)
            ),
        }
    }

    /// Without new flow logs there is nothing to show in tables.
    fn tables_of_planned(&self, makes: usize) -> Vec<(&'static str, Table)> {
        if makes == 0 {
            return Vec::new();
        }
        let (head, mut rows) = self.vpcs();
        let more = rows.len().saturating_sub(ROWS);
        if more > 0 {
            rows.truncate(ROWS);
            let mut last = vec![String::new(); head.len()];
            last[0] = format!("and {more} more");
            rows.push(last);
        }
        let tables = [
            ("Planned, by VPC", (head, rows)),
            ("Planned, each other way", self.alternatives_to_planned()),
        ];
        tables
            .into_iter()
            .filter(|(_, (_, rows))| !rows.is_empty())
            .collect()
    }

    /// As [`Tables::alternatives`], held against what is planned instead of what is there today.
    fn alternatives_to_planned(&self) -> Table {
        let (mut head, mut rows) = self.alternatives();
        for name in &mut head {
            if *name == "against today" {
                *name = "against the plan";
            }
        }
        for cell in rows.iter_mut().flatten() {
            *cell = cell.replace("as today", "as planned");
        }
        (head, rows)
    }

    fn sections_of_planned(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut sections = vec![
            ("In no sum", self.not_estimated()),
            ("Assumed", self.assumptions()),
        ];
        let unconfirmed = self.estimate.unconfirmed.len();
        if unconfirmed > 0 {
            let said = format!(
                "{} {} not confirmed: `flowcover cost` lists {}",
                counted(unconfirmed, "price"),
                choose(unconfirmed, "is", "are"),
                choose(unconfirmed, "it", "them")
            );
            sections.push(("Prices", vec![said]));
        }
        sections
            .into_iter()
            .filter(|(_, sentences)| !sentences.is_empty())
            .collect()
    }
}

/// What is planned as plain text; see [`to_text`](super::to_text).
#[must_use]
pub fn planned_to_text(planned: &Planned, width: usize, inert: impl Fn(&str) -> String) -> String {
    let estimate = &planned.alone;
    let tables = Tables { estimate, inert };
    let mut text = wrapped(&tables.said_of_planned(planned), width, "", "");
    for (heading, table) in tables.tables_of_planned(planned.makes) {
        text.push_str(&format!("\n{heading}\n{}", aligned(&table)));
    }
    for (heading, sentences) in tables.sections_of_planned() {
        text.push_str(&format!("\n{heading}\n"));
        for sentence in sentences {
            text.push_str(&wrapped(&sentence, width, "  - ", "    "));
        }
    }
    text
}

/// What is planned as GitHub Flavored Markdown; see [`to_markdown`](super::to_markdown).
#[must_use]
pub fn planned_to_markdown(planned: &Planned, inert: impl Fn(&str) -> String) -> String {
    let estimate = &planned.alone;
    let tables = Tables { estimate, inert };
    let mut text = format!("## Estimate\n\n{}\n", tables.said_of_planned(planned));
    for (heading, table) in tables.tables_of_planned(planned.makes) {
        text.push_str(&format!("\n### {heading}\n\n{}", rows(&table)));
    }
    for (heading, sentences) in tables.sections_of_planned() {
        text.push_str(&format!("\n### {heading}\n\n"));
        for sentence in sentences {
            text.push_str(&format!("- {sentence}\n"));
        }
    }
    text
}
