//! Why a stored file is refused.

use serde_json::error::Category;
use thiserror::Error;

use super::place::{json_path, one_line};
use crate::{inventory, plan, report};

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Inventory,
    Report,
    Plan,
}

impl Wanted {
    pub(super) const fn schema(self) -> &'static str {
        match self {
            Self::Inventory => inventory::SCHEMA,
            Self::Report => report::SCHEMA,
            Self::Plan => plan::SCHEMA,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Inventory => "an inventory",
            Self::Report => "a report",
            Self::Plan => "a plan",
        }
    }
}

/// Why a stored inventory or report cannot be read. Shown, it is one line: file, place, what.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// Nothing is in it.
    #[error("{name}: the file is empty")]
    Empty {
        /// File, as given.
        name: String,
    },
    /// It is not JSON, or something follows the JSON.
    #[error("{name}:{line}:{column}: not JSON: {what}")]
    Malformed {
        /// File, as given.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What the parser says.
        what: String,
    },
    /// The JSON ends before it is complete.
    #[error("{name}:{line}:{column}: the file ends in the middle of {path}")]
    Cut {
        /// File, as given.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// Where in the JSON: `regions[3].vpcs`.
        path: String,
    },
    /// Lists or objects lie in each other more than 128 deep.
    #[error("{name}:{line}:{column}: nested too deeply at {path}")]
    TooDeep {
        /// File, as given.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// Where in the JSON.
        path: String,
    },
    /// It is JSON of the right version, but a value is not what it must be.
    #[error("{name}:{line}:{column}: at {path}: {what}")]
    WrongShape {
        /// File, as given.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// Where in the JSON.
        path: String,
        /// What is wrong with the value.
        what: String,
    },
    /// It is JSON, but of something else.
    #[error("{name}: {found}, not {wanted} of flowcover")]
    WrongKind {
        /// File, as given.
        name: String,
        /// What it is.
        found: String,
        /// What was wanted.
        wanted: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Its version is higher than the one that this flowcover reads.
    #[error("{name}: was written by a newer flowcover: `{found}`, and this one reads `{known}`")]
    Newer {
        /// File, as given.
        name: String,
        /// Version of the file.
        found: String,
        /// Version that is read.
        known: &'static str,
    },
    /// Its version never was one.
    #[error("{name}: `{found}` is no version of {wanted}; this flowcover reads `{known}`")]
    UnknownVersion {
        /// File, as given.
        name: String,
        /// Version of the file.
        found: String,
        /// What was wanted.
        wanted: &'static str,
        /// Version that is read.
        known: &'static str,
    },
}

impl SnapshotError {
    /// What to do about it, in one line.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Empty { .. } | Self::Cut { .. } => {
                "write the file again; the program that wrote it was stopped"
            }
            Self::Malformed { .. } | Self::TooDeep { .. } => {
                "a snapshot is what `flowcover collect --output` writes, plain or as a zstd frame"
            }
            Self::WrongShape { .. } => "was the file edited? collect it again",
            Self::WrongKind { hint, .. } => hint,
            Self::Newer { .. } => "upgrade flowcover, or collect again with this version",
            Self::UnknownVersion { .. } => "was the file edited? its `schema` names its version",
        })
    }

    /// What the JSON parser refused.
    pub(super) fn of_json(error: &serde_json::Error, bytes: &[u8], name: &str) -> Self {
        let name = name.to_owned();
        let (line, column) = (error.line(), error.column());
        let path = json_path(bytes, line, column);
        let text = error.to_string();
        let what = one_line(
            text.rsplit_once(" at line ")
                .map_or(&*text, |(what, _)| what),
        );
        match error.classify() {
            Category::Eof if bytes.iter().all(u8::is_ascii_whitespace) => Self::Empty { name },
            Category::Eof | Category::Io => Self::Cut {
                name,
                line,
                column,
                path,
            },
            Category::Syntax if what.contains("recursion limit") => Self::TooDeep {
                name,
                line,
                column,
                path,
            },
            Category::Syntax => Self::Malformed {
                name,
                line,
                column,
                what,
            },
            Category::Data => Self::WrongShape {
                name,
                line,
                column,
                path,
                what,
            },
        }
    }
}
