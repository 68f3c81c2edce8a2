//! A folder of answers of the AWS CLI, as people save them, read as an inventory.
//!
//! Files are known by what they hold and by their name (`describe-vpcs.json`,
//! `get-role-NAME.json`), in folders `ACCOUNT/REGION/` or flat. It goes in steps: what each file
//! is ([`piece`]), which account and region it belongs to ([`place`]), and then the same
//! questions that live collecting asks, answered from what is there. What is not there becomes
//! a gap, and only what depends on it is unknown.

mod accounts;
mod answer;
mod facts;
mod form;
mod gaps;
mod kind;
mod listing;
mod name;
mod peek;
mod piece;
mod place;
mod refusal;
mod regions;
mod security_groups;
mod text;

use std::fmt;

use jiff::Timestamp;
use thiserror::Error;

use crate::inventory::Inventory;
use crate::snapshot::one_line;
use gaps::Gaps;
use piece::Piece;

/// Most files of one folder that are worth reading.
pub const MOST_FILES: usize = 10_000;

/// Most bytes of one file that are worth reading: 256 MiB.
pub const MOST_BYTES_PER_FILE: u64 = 256 << 20;

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFile {
    /// Path below the folder, with `/` between its parts.
    pub path: String,
    /// All that it holds.
    pub bytes: Vec<u8>,
}

/// What the files may not tell themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Account of files that no folder and no file name gives one.
    pub account_id: Option<String>,
    /// Region of files that no folder and no file name gives one.
    pub region: Option<String>,
    /// When the answers were saved: freshness and exemptions are judged against it.
    pub collected_at: Timestamp,
}

/// Something about a file that the user should know, and that hides nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Path of the file; empty where the folder as a whole is meant.
    pub path: String,
    /// What, in one line.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", one_line(&self.path), self.message)
        }
    }
}

/// Why nothing can be read from a folder.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SavedAnswersError {
    /// No file holds an answer that is used.
    #[error("no file of {files} holds an answer of the AWS CLI that flowcover uses")]
    Nothing {
        /// Number of files looked at.
        files: usize,
    },
    /// Every file that could matter is broken.
    #[error("none of the answers can be read; the first is {path}: {message}")]
    AllUnreadable {
        /// Path of the first.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// Answers about the network lie outside of account folders and do not tell their account.
    #[error("{path}: cannot tell which account it belongs to")]
    NoAccount {
        /// Path of the first.
        path: String,
    },
    /// They name several accounts, each of which could be the one that was asked.
    #[error("{path}: cannot tell which account it belongs to: {found}")]
    SeveralAccounts {
        /// Path of the first.
        path: String,
        /// Accounts named, separated by commas.
        found: String,
    },
    /// Answers about the network lie outside of region folders and do not tell their region.
    #[error("{path}: cannot tell which region it belongs to")]
    NoRegion {
        /// Path of the first.
        path: String,
    },
    /// They name several regions.
    #[error("{path}: cannot tell which region it belongs to: {found}")]
    SeveralRegions {
        /// Path of the first.
        path: String,
        /// Regions named, separated by commas.
        found: String,
    },
}

impl SavedAnswersError {
    /// What to do about it, in one line.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Nothing { .. } | Self::AllUnreadable { .. } => {
                "name files for the command that gave them, as JSON: ACCOUNT/REGION/describe-vpcs.json, describe-flow-logs.json"
            }
            Self::NoAccount { .. } | Self::SeveralAccounts { .. } => {
                "give --account, save get-caller-identity.json beside it, or put the files into folders ACCOUNT/REGION/"
            }
            Self::NoRegion { .. } | Self::SeveralRegions { .. } => {
                "give --region, or put the files into folders ACCOUNT/REGION/"
            }
        })
    }
}

/// Reads a folder of saved answers.
///
/// A broken file is a gap and a warning, an unknown one a warning. The depth of the inventory is
/// full, and nothing in it was proved.
///
/// # Errors
///
/// If nothing can be used, or if answers do not tell which account or region gave them.
pub fn read(
    files: impl IntoIterator<Item = SavedFile>,
    defaults: Defaults,
) -> Result<(Inventory, Vec<Warning>), SavedAnswersError> {
    let mut pieces = Vec::new();
    let mut warnings = Vec::new();
    let mut count = 0;
    for file in files {
        count += 1;
        piece::read(&file, &mut pieces, &mut warnings);
    }
    // Folders are listed in no order; the inventory must not depend on it.
    pieces.sort_by(|a, b| (&a.path, a.rest.page).cmp(&(&b.path, b.rest.page)));
    check_usable(&pieces, count)?;
    place::place(&mut pieces, &defaults)?;

    let mut inventory = Inventory::empty(defaults.collected_at);
    let mut gaps = Gaps::default();
    inventory.partition = place::partition(&pieces);
    regions::read(&pieces, &mut inventory, &mut gaps);
    accounts::read(&pieces, &mut inventory, &mut gaps, &mut warnings);
    facts::read(&pieces, &mut inventory, &mut gaps);
    inventory.gaps = gaps.into_vec();
    inventory.sort();
    warnings.sort();
    warnings.dedup();
    Ok((inventory, warnings))
}

fn check_usable(pieces: &[Piece], files: usize) -> Result<(), SavedAnswersError> {
    use piece::Outcome;
    let is_usable =
        |piece: &Piece| matches!(piece.outcome, Outcome::Answer { .. } | Outcome::Refused(_));
    if pieces.iter().any(is_usable) {
        return Ok(());
    }
    let Some(first) = pieces.first() else {
        return Err(SavedAnswersError::Nothing { files });
    };
    let message = match &first.outcome {
        Outcome::Unreadable(why) => why.clone(),
        _ => "the file is empty".to_owned(),
    };
    Err(SavedAnswersError::AllUnreadable {
        path: one_line(&first.path),
        message,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
