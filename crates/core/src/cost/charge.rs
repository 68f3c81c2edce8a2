//! From quantities to amounts, tier by tier.
//!
//! **How tiers are counted**: AWS counts the volume of one account in one region over one month, all flow logs together. So quantities
//! of one item are added up by account and region first, and the tiers are applied to the sum; what one VPC costs is its part of that by
//! volume. Splitting a volume over two VPCs never changes the total. (Within an organisation with one bill, AWS may count tiers over
//! all accounts: then the total is lower than what is said here, never higher.)

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::prices::Prices;
use super::{Item, Money, Unit};

/// So much of an item in one month, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) account_id: String,
    pub(super) region: String,
    pub(super) item: Item,
    /// Bytes, or requests.
    pub(super) quantity: u64,
    /// The stream of records that causes it.
    pub(super) stream: usize,
}

/// What falls into one tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Bytes, or requests.
    pub quantity: u64,
    /// Price of one unit.
    pub price: Money,
    /// What it comes to.
    pub amount: Money,
}

/// One item in one account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The account that pays.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// What is paid for.
    pub item: Item,
    /// What prices are for.
    pub unit: Unit,
    /// Bytes, or requests, in a month.
    pub quantity: u64,
    /// Tier by tier.
    pub parts: Vec<Part>,
    /// The sum of its parts.
    pub amount: Money,
    /// The region whose price it is; another than `region` where the price file lacks that.
    pub price_of: String,
    /// Whether the price file calls the price confirmed.
    pub confirmed: bool,
}

/// What a month costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    /// The sum of its lines.
    pub monthly: Money,
    /// By account, region and item.
    pub lines: Vec<Line>,
}

/// The tiers that a quantity fills.
pub(super) fn parts(prices: &Prices, region: &str, item: Item, quantity: u64) -> Vec<Part> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for tier in &prices.find(region, item).price.tiers {
        let end = tier.up_to.unwrap_or(u64::MAX).min(quantity);
        if end > from {
            let amount = tier.price.for_quantity(end - from, item.unit().size());
            parts.push(Part {
                quantity: end - from,
                price: tier.price,
                amount,
            });
            from = end;
        }
    }
    parts
}

/// What a quantity costs in all.
pub(super) fn amount(prices: &Prices, region: &str, item: Item, quantity: u64) -> Money {
    let parts = parts(prices, region, item, quantity);
    parts.into_iter().map(|part| part.amount).sum()
}

type Groups<'d> = BTreeMap<(&'d str, &'d str, Item), Vec<&'d Demand>>;

fn groups(demands: &[Demand]) -> Groups<'_> {
    let mut groups = Groups::new();
    for demand in demands.iter().filter(|demand| demand.quantity > 0) {
        let key = (
            demand.account_id.as_str(),
            demand.region.as_str(),
            demand.item,
        );
        groups.entry(key).or_default().push(demand);
    }
    groups
}

fn total(demands: &[&Demand]) -> u64 {
    demands
        .iter()
        .fold(0, |sum, demand| sum.saturating_add(demand.quantity))
}

/// The bill for all demands.
pub(super) fn bill(prices: &Prices, demands: &[Demand]) -> Bill {
    let lines: Vec<Line> = groups(demands)
        .into_iter()
        .map(|((account_id, region, item), demands)| {
            let found = prices.find(region, item);
            let quantity = total(&demands);
            let parts = parts(prices, region, item, quantity);
            Line {
                account_id: account_id.to_owned(),
                region: region.to_owned(),
                item,
                unit: item.unit(),
                quantity,
                amount: parts.iter().map(|part| part.amount).sum(),
                parts,
                price_of: found.region.to_owned(),
                confirmed: found.price.confirmed,
            }
        })
        .collect();
    Bill {
        monthly: lines.iter().map(|line| line.amount).sum(),
        lines,
    }
}

/// What each stream's part is of every line, by volume. The parts add up to the bill, to the last billionth.
pub(super) fn shares(prices: &Prices, demands: &[Demand], streams: usize) -> Vec<Money> {
    let mut shares = vec![Money::ZERO; streams];
    for ((_, region, item), demands) in groups(demands) {
        let whole = total(&demands);
        let amount = amount(prices, region, item, whole);
        let mut before: u64 = 0;
        for demand in demands {
            let after = before.saturating_add(demand.quantity).min(whole);
            let part = part_of(amount, after, whole).minus(part_of(amount, before, whole));
            if let Some(share) = shares.get_mut(demand.stream) {
                *share = share.plus(part);
            }
            before = after;
        }
    }
    shares
}

/// `amount × part / whole`, rounded down, without overflow; amounts are never below zero.
fn part_of(amount: Money, part: u64, whole: u64) -> Money {
    let (amount, part, whole) = (
        amount.nanos().unsigned_abs(),
        u128::from(part),
        u128::from(whole.max(1)),
    );
    // The rest is below 2^64, and so is the part: their product fits.
    let nanos = (amount / whole)
        .saturating_mul(part)
        .saturating_add(amount % whole * part / whole);
    Money::from_nanos(i128::try_from(nanos).unwrap_or(i128::MAX))
}

/// What would be saved if the demands of one stream fell away, or `permille` thousandths of each: the upper tiers go first.
pub(super) fn saved_without(
    prices: &Prices,
    demands: &[Demand],
    stream: usize,
    permille: u64,
) -> Money {
    let mut saved = Money::ZERO;
    for ((_, region, item), demands) in groups(demands) {
        let whole = total(&demands);
        let own = demands.iter().filter(|demand| demand.stream == stream);
        let own = own.fold(0_u64, |sum, demand| sum.saturating_add(demand.quantity));
        let less = whole.saturating_sub(super::scale(own, permille, 1000));
        let difference =
            amount(prices, region, item, whole).minus(amount(prices, region, item, less));
        saved = saved.plus(difference);
    }
    saved
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TB: u64 = 1 << 40;

    fn demand(quantity: u64, stream: usize) -> Demand {
        Demand {
            account_id: "111111111111".to_owned(),
            region: "us-east-1".to_owned(),
            item: Item::CloudwatchDelivery,
            quantity,
            stream,
        }
    }

    #[track_caller]
    fn check(quantity: u64, dollars: &str, tiers: usize) {
        let bill = bill(&Prices::built_in(), &[demand(quantity, 0)]);
        assert_eq!(bill.monthly.exact(), dollars);
        assert_eq!(bill.lines[0].parts.len(), tiers);
    }

    /// Worked by hand from 0.50 / 0.25 / 0.10 / 0.05 USD for each GB up to 10, 30, 50 TB and beyond.
    #[test]
    fn tiers_of_cloudwatch_logs() {
        check(1 << 30, "0.5", 1);
        check(10 * TB, "5120", 1);
        check(10 * TB + (1 << 30), "5120.25", 2);
        check(30 * TB, "10240", 2);
        check(30 * TB + (1 << 30), "10240.1", 3);
        check(50 * TB, "12288", 3);
        check(50 * TB + (1 << 30), "12288.05", 4);
        check(72 * TB, "13414.4", 4);
    }

    #[test]
    fn nothing_has_no_line() {
        assert_eq!(bill(&Prices::built_in(), &[demand(0, 0)]), Bill::default());
    }

    #[test]
    fn tiers_count_for_each_account_and_region_alone() {
        let elsewhere = Demand {
            region: "us-west-2".to_owned(),
            ..demand(10 * TB, 1)
        };
        let other = Demand {
            account_id: "222222222222".to_owned(),
            ..demand(10 * TB, 2)
        };
        let bill = bill(&Prices::built_in(), &[demand(10 * TB, 0), elsewhere, other]);
        assert_eq!(
            (bill.monthly.exact().as_str(), bill.lines.len()),
            ("15360", 3)
        );
    }

    #[test]
    fn what_falls_away_falls_out_of_the_upper_tiers() {
        let demands = [demand(10 * TB, 0), demand(TB, 1)];
        let prices = Prices::built_in();
        assert_eq!(saved_without(&prices, &demands, 1, 1000).exact(), "256");
        assert_eq!(saved_without(&prices, &demands, 1, 500).exact(), "128");
        assert_eq!(shares(&prices, &demands, 2)[1].exact(), "488.727272728");
    }

    #[test]
    fn the_largest_quantities_do_not_overflow() {
        let demands = [demand(u64::MAX, 0), demand(u64::MAX, 1)];
        let bill = bill(&Prices::built_in(), &demands);
        let shares = shares(&Prices::built_in(), &demands, 2);
        assert_eq!(shares.into_iter().sum::<Money>(), bill.monthly);
    }

    proptest! {
        #[test]
        fn more_never_costs_less(a in 0..100 * TB, b in 0..100 * TB) {
            let prices = Prices::built_in();
            for item in Item::ALL {
                let cost = |quantity| amount(&prices, "eu-central-1", item, quantity);
                prop_assert!(cost(a.min(b)) <= cost(a.max(b)));
            }
        }

        #[test]
        fn splitting_changes_nothing(volumes in prop::collection::vec(0..20 * TB, 1..8)) {
            let prices = Prices::built_in();
            let whole = volumes.iter().sum();
            let split: Vec<_> = volumes.iter().enumerate().map(|(at, volume)| demand(*volume, at)).collect();
            let total = bill(&prices, &split).monthly;
            prop_assert_eq!(total, bill(&prices, &[demand(whole, 0)]).monthly);
            let shares = shares(&prices, &split, volumes.len());
            prop_assert!(shares.iter().all(|share| *share >= Money::ZERO));
            prop_assert_eq!(shares.into_iter().sum::<Money>(), total);
        }
    }
}
