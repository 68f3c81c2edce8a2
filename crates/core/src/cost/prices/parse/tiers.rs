//! Reading the tiers of a price.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::fields::TIER;
use super::{Reader, Value};
use crate::cost::prices::Tier;
use crate::cost::{Item, Money};

/// No unit costs more: sums stay within their range.
const HIGHEST: Money = Money::from_nanos(1_000_000_000_000_000);

impl Reader<'_> {
    pub(super) fn tiers(
        &mut self,
        table: &DeTable<'_>,
        item: Item,
        at: &Range<usize>,
    ) -> Option<Vec<Tier>> {
        let value = self.value(table, "tiers", at)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.fault(
                Some(value.span()),
                "`tiers` must be a list".to_owned(),
                "tiers = [{ price = 0.03 }]",
            );
            return None;
        };
        let before = self.faults.len();
        let mut tiers: Vec<Tier> = Vec::new();
        let last = items.iter().count().saturating_sub(1);
        for (number, tier) in items.iter().enumerate() {
            let Some(tier_read) = self.tier(tier, item) else {
                continue;
            };
            let above = tiers.last().and_then(|tier| tier.up_to).unwrap_or(0);
            match tier_read.up_to {
                Some(_) if number == last => self.fault(
                    Some(tier.span()),
                    "the last tier has an end".to_owned(),
                    "leave out its `up_to`",
                ),
                None if number < last => self.fault(
                    Some(tier.span()),
                    "only the last tier has no end".to_owned(),
                    "give it an `up_to`",
                ),
                Some(end) if end <= above => self.fault(
                    Some(tier.span()),
                    "tiers must ascend".to_owned(),
                    "each `up_to` must be above the one before",
                ),
                _ => {}
            }
            tiers.push(tier_read);
        }
        if tiers.is_empty() && self.faults.len() == before {
            self.fault(
                Some(value.span()),
                "`tiers` is empty".to_owned(),
                "tiers = [{ price = 0.03 }]",
            );
        }
        (self.faults.len() == before).then_some(tiers)
    }

    pub(super) fn tier(&mut self, tier: &Value<'_>, item: Item) -> Option<Tier> {
        let DeValue::Table(table) = tier.get_ref() else {
            self.fault(
                Some(tier.span()),
                "a tier must be a table".to_owned(),
                "tiers = [{ price = 0.03 }]",
            );
            return None;
        };
        self.unknown_keys(table, &TIER);
        let price = self.value(table, "price", &tier.span())?;
        let price = self.amount(price)?;
        let up_to = match table.get("up_to") {
            Some(value) => Some(self.end(value, item)?),
            None => None,
        };
        Some(Tier { up_to, price })
    }

    pub(super) fn amount(&mut self, value: &Value<'_>) -> Option<Money> {
        let written = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::String(text) => text,
            _ => "",
        };
        match Money::parse(written) {
            Some(price) if price < Money::ZERO => {
                self.fault(
                    Some(value.span()),
                    "a price below zero".to_owned(),
                    "prices are zero or more",
                );
                None
            }
            Some(price) if price > HIGHEST => {
                self.fault(
                    Some(value.span()),
                    "a price above a million dollars".to_owned(),
                    "prices are in US dollars for one unit",
                );
                None
            }
            Some(price) => Some(price),
            None => {
                let hint = "write US dollars with at most nine decimals, such as 0.035";
                self.fault(Some(value.span()), "not a price".to_owned(), hint);
                None
            }
        }
    }

    /// The end of a tier, in bytes or requests.
    pub(super) fn end(&mut self, value: &Value<'_>, item: Item) -> Option<u64> {
        let units = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse::<u64>().ok(),
            _ => None,
        };
        let end = units
            .filter(|units| *units > 0)
            .and_then(|units| units.checked_mul(item.unit().size()));
        if end.is_none() {
            let message = format!(
                "`up_to` must be a whole number of {} above zero",
                item.unit().as_str()
            );
            self.fault(Some(value.span()), message, "10 TB are 10240 GB");
        }
        end
    }
}
