//! Judging: what an inventory means under a policy. Pure, synchronous, and it cannot fail.
//!
//! [`delivery`] says whether a flow log works, [`coverage`] which traffic those that work reach,
//! [`verdict`] what that comes to for a VPC and [`transit`] for a transit gateway. All of them are
//! three-valued: what was not read is never taken for good, nor for bad. [`assess`] puts verdicts
//! and the findings of the checks into a report.

mod assess;
pub mod context;
pub mod coverage;
pub mod delivery;
pub mod exemptions;
pub mod gaps;
mod grouped;
pub mod index;
mod keyed;
pub mod reach;
mod region;
pub mod traffic;
pub mod transit;
pub mod verdict;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

#[cfg(test)]
pub(crate) use tests::strategies;

pub use assess::assess;
pub use context::Context;
