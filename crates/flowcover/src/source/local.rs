//! Files of this machine.

use std::path::Path;

use flowcover_lake::list_paths;

use super::choice::{Choice, Found, Left};
use super::glob;
use crate::failure::Failure;

/// What lies there: a file, all files below a folder, or those that fit a pattern.
pub(super) fn find(path: &Path, choice: &Choice) -> Result<Found, Failure> {
    let pattern = path
        .to_str()
        .filter(|text| glob::is_pattern(text) && !path.exists());
    let folder = pattern.map(|pattern| glob::literal(pattern).0);
    let start = match folder {
        Some("") => Path::new("."),
        Some(folder) => Path::new(folder),
        None => path,
    };
    let objects = list_paths(start).map_err(|error| Failure::usage(error.to_string()))?;
    let mut found = Found::default();
    for object in objects {
        let fits = pattern.is_none_or(|pattern| {
            let location = object.location.replace('\\', "/");
            let below_here = location.strip_prefix("./").unwrap_or(&location);
            let name = if folder == Some("") {
                below_here
            } else {
                &location
            };
            glob::matches(pattern, name)
        });
        let left = if fits {
            choice.leaves(&object)
        } else {
            Some(Left::Pattern)
        };
        found.add(object, left);
    }
    if let Some(pattern) = pattern
        && found
            .left
            .get(&Left::Pattern)
            .is_some_and(|(left, _)| *left == found.listed)
    {
        return Err(Failure::usage(format!("no file fits {pattern}")));
    }
    Ok(found)
}
