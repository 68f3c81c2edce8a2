//! Reports, one file per format.
//!
//! A [`Report`](flowcover_core::report::Report) is data; everything here only shows it. Names, tags, identifiers
//! and messages in a report may hold text that an attacker chose, so each format makes it inert first
//! (`inert`): no terminal escape, no bidirectional control, no spreadsheet formula, no markup survives.

mod error;
#[cfg(test)]
mod fixture;
mod format;
pub mod html;
mod inert;
mod options;

pub use error::RenderError;
pub use format::{Format, UnknownFormat};
pub use options::{Options, Rule};
