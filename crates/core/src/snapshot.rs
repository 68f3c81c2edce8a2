//! Stored inventories and reports: versioned JSON, read as untrusted input.
//!
//! A file is looked at twice. First only for its version, so that a file of another kind, or of
//! a newer flowcover, is refused by name rather than with a complaint about some field. Then as
//! what it is. Every refusal is one line: file, place, what.

mod error;
mod header;
mod place;

use std::io::{self, BufWriter, Write};

use serde::de::DeserializeOwned;

pub use error::SnapshotError;
pub(crate) use place::{one_line, position_at};

use crate::inventory::Inventory;
use crate::plan::Plan;
use crate::report::Report;
use error::Wanted;

/// Reads a stored inventory. `name` is how the file is called in errors.
///
/// A UTF-8 byte order mark is passed over. Fields that are not known are passed over too:
/// an older flowcover reads what a newer one wrote, as long as the version is the same.
///
/// # Errors
///
/// If the bytes are no JSON, no inventory, or of a version that this flowcover does not read.
pub fn read(bytes: &[u8], name: &str) -> Result<Inventory, SnapshotError> {
    read_as(bytes, name, Wanted::Inventory)
}

/// Reads a stored report (`audit --format json`), for comparison with a newer one.
///
/// # Errors
///
/// If the bytes are no JSON, no report, or of a version that this flowcover does not read.
pub fn read_report(bytes: &[u8], name: &str) -> Result<Report, SnapshotError> {
    read_as(bytes, name, Wanted::Report)
}

/// Reads a stored plan, as far as its form goes; see [`crate::plan::read`].
pub(crate) fn read_plan(bytes: &[u8], name: &str) -> Result<Plan, SnapshotError> {
    read_as(bytes, name, Wanted::Plan)
}

/// Writes an inventory in the form that [`read`] reads: JSON without line breaks, one at the end.
///
/// # Errors
///
/// If `out` refuses.
pub fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer(&mut out, inventory)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn read_as<T: DeserializeOwned>(
    bytes: &[u8],
    name: &str,
    wanted: Wanted,
) -> Result<T, SnapshotError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    header::check(bytes, name, wanted)?;
    serde_json::from_slice(bytes).map_err(|error| SnapshotError::of_json(&error, bytes, name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
