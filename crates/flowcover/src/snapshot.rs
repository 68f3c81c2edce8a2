//! Files of inventories and reports.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flowcover_core::inventory::Inventory;
use flowcover_core::plan::{self, Plan, PlanError};
use flowcover_core::report::Report;
use flowcover_core::saved_answers::{self, Defaults, SavedFile};
use flowcover_core::snapshot;

use crate::cli::Choosing;
use crate::failure::Failure;
use crate::{commands, terminal};

/// Largest snapshot that is read, in bytes after decompression.
const MOST_BYTES: u64 = 4 << 30;
/// First bytes of a zstd frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether the name asks for compression.
pub(crate) fn is_compressed_name(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "zst")
}

/// Writes a snapshot.
pub(crate) fn write(
    inventory: &Inventory,
    compressed: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if !compressed {
        return Ok(snapshot::write(inventory, out)?);
    }
    let mut encoder = zstd::Encoder::new(out, 3)?;
    snapshot::write(inventory, &mut encoder)?;
    encoder.finish()?;
    Ok(())
}

/// Reads a snapshot.
pub(crate) fn read_inventory(path: &Path) -> anyhow::Result<Inventory> {
    let bytes = read(path)?;
    Ok(snapshot::read(&bytes, &path.display().to_string()).map_err(|error| failure(&error))?)
}

/// Reads the inventory that a command about records is given: a snapshot, or a folder of AWS CLI answers, of the first account and region chosen
/// where they do not tell these themselves.
pub(crate) fn read_chosen(path: &Path, choosing: &Choosing) -> anyhow::Result<Inventory> {
    if path.is_dir() {
        let (account, region) = (choosing.account.first(), choosing.source_region.first());
        return read_folder(path, account, region);
    }
    read_inventory(path)
}

/// Reads an earlier report.
pub(crate) fn read_report(path: &Path) -> anyhow::Result<Report> {
    let bytes = read(path)?;
    Ok(snapshot::read_report(&bytes, &path.display().to_string())
        .map_err(|error| failure(&error))?)
}

/// Reads a plan.
pub(crate) fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let bytes = read(path)?;
    let plan = plan::read(&bytes, &path.display().to_string());
    Ok(plan.map_err(|error| {
        let failure = Failure::usage(error.to_string());
        match &error {
            PlanError::Unreadable(error) => match error.hint() {
                Some(hint) => failure.hint(hint),
                None => failure.hint("nothing was changed"),
            },
            PlanError::Edited { .. } | PlanError::Inconsistent { .. } => {
                failure.hint("nothing was changed; make the plan again with other settings")
            }
        }
    })?)
}

fn failure(error: &snapshot::SnapshotError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The bytes of a file, decompressed if it is a zstd frame whatever its name.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let refused =
        |error: &io::Error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    let mut file = File::open(path).map_err(|error| refused(&error))?;
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(4)
        .read_to_end(&mut start)
        .map_err(|error| refused(&error))?;
    let whole = io::Cursor::new(start.clone()).chain(file);
    if start == ZSTD_MAGIC {
        let decoder = zstd::Decoder::new(whole).map_err(|error| refused(&error))?;
        read_capped(decoder, path)
    } else {
        read_capped(whole, path)
    }
}

fn read_capped(source: impl Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    source
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::usage(format!(
            "{} holds more than {} GiB",
            path.display(),
            MOST_BYTES >> 30
        )));
    }
    Ok(bytes)
}

/// Reads a folder of AWS CLI answers.
pub(crate) fn read_folder(
    folder: &Path,
    account_id: Option<&String>,
    region: Option<&String>,
) -> anyhow::Result<Inventory> {
    let files = files_below(folder)?;
    let collected_at = newest(&files).unwrap_or_else(commands::now);
    let saved = files
        .iter()
        .map(|path| load(folder, path))
        .collect::<Result<Vec<_>, _>>()?;
    let defaults = Defaults {
        account_id: account_id.cloned(),
        region: region.cloned(),
        collected_at,
    };
    let (inventory, warnings) = saved_answers::read(saved, defaults).map_err(|error| {
        let failure = Failure::usage(format!("{}: {error}", folder.display()));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    warnings
        .iter()
        .for_each(|warning| terminal::warning(&warning.to_string()));
    Ok(inventory)
}

/// Answers are as old as the newest file: freshness and exemptions are judged against that.
fn newest(files: &[PathBuf]) -> Option<jiff::Timestamp> {
    let modified = files
        .iter()
        .filter_map(|path| fs::metadata(path).ok()?.modified().ok())
        .max()?;
    let at = jiff::Timestamp::try_from(modified).ok()?;
    jiff::Timestamp::from_second(at.as_second()).ok()
}

fn load(folder: &Path, path: &Path) -> Result<SavedFile, Failure> {
    let refused = |why: String| Failure::usage(format!("cannot read {}: {why}", path.display()));
    let size = fs::metadata(path)
        .map_err(|error| refused(error.to_string()))?
        .len();
    if size > saved_answers::MOST_BYTES_PER_FILE {
        return Err(refused(format!(
            "it is larger than {} MiB",
            saved_answers::MOST_BYTES_PER_FILE >> 20
        )));
    }
    let bytes = fs::read(path).map_err(|error| refused(error.to_string()))?;
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    Ok(SavedFile {
        path: parts.join("/"),
        bytes,
    })
}

/// All plain files below a folder, sorted; links are not followed, so that a loop ends.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let refused =
            |error: io::Error| Failure::usage(format!("cannot read {}: {error}", folder.display()));
        for entry in fs::read_dir(&folder).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            let kind = entry.file_type().map_err(refused)?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden {
                open.push(entry.path());
            } else if kind.is_file() && !hidden {
                found.push(entry.path());
            }
            if found.len() > saved_answers::MOST_FILES {
                return Err(Failure::usage(format!(
                    "{} holds more than {} files",
                    folder.display(),
                    saved_answers::MOST_FILES
                )));
            }
        }
    }
    found.sort();
    Ok(found)
}
