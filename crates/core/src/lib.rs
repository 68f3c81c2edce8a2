//! Inventory, policy, checks, findings and reports: what flowcover knows and how it judges.
//!
//! Everything here is pure: no I/O, no clock, no async. An inventory is gathered elsewhere
//! (`flowcover-cloud`, or a saved snapshot); judging it is synchronous and cannot fail, so the
//! same inventory and policy give the same report, byte for byte.

pub mod call;
pub mod checks;
pub mod compare;
pub mod cost;
pub mod error_code;
pub mod explain;
pub mod finding;
#[cfg(test)]
mod fixture;
pub mod glob;
pub mod iam;
pub mod inventory;
pub mod journal;
pub mod judge;
pub mod outcome;
pub mod partition;
pub mod plan;
pub mod policy;
pub mod protect;
pub mod reach;
pub mod report;
pub mod saved_answers;
pub mod severity;
pub mod snapshot;
pub mod suggest;
mod text_enum;
pub mod verdict;
pub mod words;

pub use judge::assess;
pub use severity::Severity;
pub use verdict::Verdict;
