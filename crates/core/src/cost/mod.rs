//! What flow logs cost, and would cost each other way.
//!
//! [`estimate`] takes an inventory (which flow logs there are, where they deliver, how long records are kept), samples (how much
//! they record, measured elsewhere) and prices (a dated file), and gives an [`Estimate`]: today's bill by VPC, the alternatives, the
//! queries, and the money that duplicates and missing retention cost. It is pure: the same input gives the same estimate.
//!
//! Money is counted in billionths of a dollar, quantities in bytes and requests; no floating-point number takes part. Each line of a bill says
//! what it is made of, tier by tier, and whatever was assumed is told in words.
//!
//! What is not measured is not guessed: flow logs without a sample are listed in [`Estimate::not_estimated`], and are in no sum.

mod alternative;
mod attribute;
mod charge;
mod estimate;
mod format_change;
mod item;
mod kept;
mod money;
mod options;
mod planned;
mod prices;
mod query;
mod render;
mod samples;
mod stream;
mod waste;
mod way;
mod whose;
mod width;

pub use alternative::{Alternative, Range};
pub use attribute::{Attributed, Reading, Tally, attribute};
pub use charge::{Bill, Line, Part};
pub use estimate::{Estimate, NotEstimated, PriceUsed, SCHEMA, VpcCost, estimate};
pub use item::{GIGABYTE, Item, Unit};
pub use money::Money;
pub use options::{Options, ReportShape};
pub use planned::{Planned, planned};
pub use prices::{BUILT_IN, BUILT_IN_NAME, Found, PRICES_SCHEMA, Price, Prices, Tier};
pub use query::{QueryCost, Scan};
pub use render::{planned_to_markdown, planned_to_text, to_markdown, to_text};
pub use samples::{Sample, SampleOf, Stored, StoredForm};
pub use waste::{AfterMonths, Waste, WasteKind};
pub use whose::{Origin, RecordOf, Whose, whose};
pub use width::typical_line;

/// `number × by / of`, rounded down, at most the largest number. Nothing of nothing is nothing.
fn scale(number: u64, by: u64, of: u64) -> u64 {
    let scaled = u128::from(number) * u128::from(by) / u128::from(of.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
