//! Verdicts on small inventories.

mod control;
mod coverage;
mod delivery;
mod properties;
mod prove;
mod report;
mod scale;
mod shared;
pub(crate) mod strategies;
