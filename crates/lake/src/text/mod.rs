//! Records of text objects as Arrow batches.

mod blocks;
mod builder;
mod layout;
mod reader;
mod views;

pub use layout::ScanSpec;
pub(crate) use reader::ObjectReader;
