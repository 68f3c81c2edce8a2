//! Reading a price file.

mod fields;
mod tiers;

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{PRICES_SCHEMA, Price, Prices};
use crate::cost::Item;
use crate::policy::Diagnostic;
use fields::{shown, span_of};

/// Largest price file that is read, in bytes.
const LARGEST_FILE: usize = 1 << 20;

/// The keys of the file, and of one `[[price]]`.
const TOP: [&str; 4] = ["schema", "date", "fallback", "price"];
const ENTRY: [&str; 7] = [
    "regions",
    "item",
    "tiers",
    "date",
    "source",
    "confirmed",
    "note",
];

type Value<'i> = Spanned<DeValue<'i>>;

/// The regions of a price, each with its place.
type Regions = Vec<(String, Range<usize>)>;

impl Prices {
    /// Reads a price file. `name` is how messages and estimates call it.
    ///
    /// # Errors
    /// What is wrong with the file, each with its line: not TOML, unknown keys and items, prices below zero or with more
    /// than nine decimals, tiers that do not ascend, a price that stands twice, a fallback region that lacks an item.
    pub fn parse(text: &str, name: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader {
            name,
            text,
            faults: Vec::new(),
        };
        if text.len() > LARGEST_FILE {
            reader.fault(
                None,
                "too large for a price file".to_owned(),
                "the limit is 1 MiB",
            );
            return Err(reader.faults);
        }
        let document = match DeTable::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let message = format!("not valid TOML: {}", error.message());
                reader.fault(
                    error.span(),
                    message,
                    "the file that is built in shows the form",
                );
                return Err(reader.faults);
            }
        };
        let prices = reader.prices(document.get_ref());
        match prices.filter(|_| reader.faults.is_empty()) {
            Some(prices) => Ok(prices),
            None => Err(reader.faults),
        }
    }
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn prices(&mut self, table: &DeTable<'_>) -> Option<Prices> {
        self.unknown_keys(table, &TOP);
        let top = 0..0;
        let schema = self.text_of(table, "schema", &top)?;
        if schema != PRICES_SCHEMA {
            let message = format!("`schema` is {}, not {PRICES_SCHEMA}", shown(&schema));
            self.fault(
                span_of(table, "schema"),
                message,
                "this version of flowcover reads no other",
            );
            return None;
        }
        let date = self.date_of(table, &top)?;
        let fallback = self.text_of(table, "fallback", &top)?;
        let mut by_region = BTreeMap::new();
        match table
            .get("price")
            .map(|value| (value.get_ref(), value.span()))
        {
            Some((DeValue::Array(entries), _)) => {
                for entry in entries {
                    self.add(entry, &mut by_region);
                }
            }
            Some((_, span)) => self.fault(
                Some(span),
                "`price` must be a list of tables".to_owned(),
                "head each price with `[[price]]`",
            ),
            None => {}
        }
        self.check_fallback(table, &fallback, &by_region);
        let name = self.name.to_owned();
        Some(Prices {
            name,
            date,
            fallback,
            by_region,
        })
    }

    fn check_fallback(
        &mut self,
        table: &DeTable<'_>,
        fallback: &str,
        by_region: &BTreeMap<String, BTreeMap<Item, Price>>,
    ) {
        let has = by_region.get(fallback);
        let lacks = Item::ALL
            .into_iter()
            .filter(|item| has.is_none_or(|has| !has.contains_key(item)));
        let lacks: Vec<&str> = lacks.map(Item::as_str).collect();
        // A price that was refused above is not missing as well.
        if !lacks.is_empty() && self.faults.is_empty() {
            let message = format!("region {} lacks {}", shown(fallback), lacks.join(", "));
            self.fault(
                span_of(table, "fallback"),
                message,
                "the region that stands in for others needs every item",
            );
        }
    }

    fn add(&mut self, entry: &Value<'_>, by_region: &mut BTreeMap<String, BTreeMap<Item, Price>>) {
        let DeValue::Table(table) = entry.get_ref() else {
            self.fault(
                Some(entry.span()),
                "a price must be a table".to_owned(),
                "head each price with `[[price]]`",
            );
            return;
        };
        self.unknown_keys(table, &ENTRY);
        let Some((item, regions, price)) = self.entry(table, &entry.span()) else {
            return;
        };
        for (region, span) in regions {
            let prices = by_region.entry(region.clone()).or_default();
            if prices.insert(item, price.clone()).is_some() {
                let message = format!("{item} of {} stands twice", shown(&region));
                self.fault(Some(span), message, "keep one of them");
            }
        }
    }

    fn entry(&mut self, table: &DeTable<'_>, at: &Range<usize>) -> Option<(Item, Regions, Price)> {
        let name = self.text_of(table, "item", at)?;
        let Some(item) = Item::named(&name) else {
            let known = Item::ALL.map(Item::as_str).join(", ");
            self.fault(
                span_of(table, "item"),
                format!("{} is no item", shown(&name)),
                &format!("known are {known}"),
            );
            return None;
        };
        let regions = self.regions(table, at)?;
        let tiers = self.tiers(table, item, at)?;
        let price = Price {
            tiers,
            date: self.date_of(table, at)?,
            source: self.text_of(table, "source", at)?,
            confirmed: self.confirmed(table, at)?,
            note: if table.get("note").is_some() {
                Some(self.text_of(table, "note", at)?)
            } else {
                None
            },
        };
        Some((item, regions, price))
    }

    fn regions(&mut self, table: &DeTable<'_>, at: &Range<usize>) -> Option<Regions> {
        let value = self.value(table, "regions", at)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.fault(
                Some(value.span()),
                "`regions` must be a list".to_owned(),
                "regions = [\"eu-west-1\"]",
            );
            return None;
        };
        let mut regions = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if !text.is_empty() => {
                    regions.push((text.to_string(), item.span()))
                }
                _ => self.fault(
                    Some(item.span()),
                    "a region must be text".to_owned(),
                    "regions = [\"eu-west-1\"]",
                ),
            }
        }
        if regions.is_empty() {
            self.fault(
                Some(value.span()),
                "`regions` is empty".to_owned(),
                "name the regions that the price holds for",
            );
        }
        Some(regions)
    }
}

#[cfg(test)]
mod tests;
