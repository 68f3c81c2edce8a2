//! Prices by region, from a dated file.

mod parse;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Item, Money};

/// Version of the price file.
pub const PRICES_SCHEMA: &str = "flowcover.prices/1";

/// The price file that flowcover brings along.
pub const BUILT_IN: &str = include_str!("../prices-2026-11.toml");

/// Its name in messages and estimates.
pub const BUILT_IN_NAME: &str = "prices-2026-11.toml";

/// One step of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tier {
    /// Where it ends, in bytes (or requests) from zero; none for the last one.
    pub up_to: Option<u64>,
    /// Price of one unit of the item.
    pub price: Money,
}

/// The price of one item in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Its steps: ascending, the last without an end. Never empty.
    pub tiers: Vec<Tier>,
    /// When it was looked up, as written: `2026-11-22`.
    pub date: String,
    /// The page that is the authority for it.
    pub source: String,
    /// Whether a record of it was read, rather than remembered or worked out.
    pub confirmed: bool,
    /// How it was come by.
    pub note: Option<String>,
}

/// All prices of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Name of the file.
    pub name: String,
    /// When it was put together, as written.
    pub date: String,
    /// The region that stands in for those that are missing: it has a price for every item.
    pub fallback: String,
    by_region: BTreeMap<String, BTreeMap<Item, Price>>,
}

/// A price, and for which region it was written.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The price.
    pub price: &'a Price,
    /// The region it is of: the one asked for, or the one that stands in for it.
    pub region: &'a str,
}

impl Prices {
    /// The prices that flowcover brings along.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN, BUILT_IN_NAME).expect("a test parses the file that is built in")
    }

    /// The price of an item in a region; where the file lacks it, that of [`Prices::fallback`].
    #[must_use]
    pub fn find(&self, region: &str, item: Item) -> Found<'_> {
        let own = self
            .by_region
            .get_key_value(region)
            .and_then(|(name, prices)| Some((name.as_str(), prices.get(&item)?)));
        let (region, price) = own
            .or_else(|| {
                Some((
                    self.fallback.as_str(),
                    self.by_region.get(&self.fallback)?.get(&item)?,
                ))
            })
            .expect("parsing refuses a file whose fallback lacks an item");
        Found { price, region }
    }

    /// The regions that the file names, in alphabetical order.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.by_region.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_has_the_regions_it_promises() {
        let prices = Prices::built_in();
        let regions: Vec<&str> = prices.regions().collect();
        let promised = [
            "ap-southeast-2",
            "eu-central-1",
            "eu-west-1",
            "us-east-1",
            "us-west-2",
        ];
        assert_eq!(regions, promised);
        let frankfurt = prices.find("eu-central-1", Item::CloudwatchDelivery);
        assert_eq!(frankfurt.price.tiers[0].price.exact(), "0.63");
        assert_eq!(frankfurt.price.tiers[0].up_to, Some(10 << 40));
        assert_eq!(frankfurt.region, "eu-central-1");
    }

    #[test]
    fn what_is_missing_falls_back() {
        let prices = Prices::built_in();
        let unknown = prices.find("mars-north-1", Item::S3Put);
        assert_eq!(
            (
                unknown.region,
                unknown.price.tiers[0].price.exact().as_str()
            ),
            ("us-east-1", "0.005")
        );
        let item = prices.find("eu-west-1", Item::FirehoseIngestion);
        assert_eq!(item.region, "us-east-1");
    }
}
