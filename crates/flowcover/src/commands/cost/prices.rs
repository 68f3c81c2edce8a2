//! The price file of a run.

use std::fs;
use std::path::Path;

use flowcover_core::cost::Prices;

use crate::failure::Failure;
use crate::policy_file;

/// Largest price file that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The prices of a file, or those that are built in. What is wrong with a file is shown at its line.
pub(super) fn load(path: Option<&Path>) -> Result<Prices, Failure> {
    let Some(path) = path else {
        return Ok(Prices::built_in());
    };
    let name = path.display().to_string();
    let refused = |why: &str| {
        Failure::usage(format!("cannot read the price file {name}: {why}"))
            .hint("`flowcover cost --print-prices` prints one to change")
    };
    let size = fs::metadata(path)
        .map_err(|error| refused(&error.to_string()))?
        .len();
    if size > MOST_BYTES {
        return Err(refused("it is larger than 1 MiB"));
    }
    let bytes = fs::read(path).map_err(|error| refused(&error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text"))?;
    Prices::parse(&text, &name).map_err(|faults| {
        faults
            .iter()
            .for_each(|fault| policy_file::show(&text, &name, fault));
        Failure::usage(format!("the price file {name} cannot be used"))
            .hint("`flowcover cost --print-prices` prints one to change")
    })
}
