//! Why a conversion ends.

use std::path::{Path, PathBuf};

use datafusion::arrow::error::ArrowError;
use datafusion::parquet::errors::ParquetError;

use super::Totals;
use crate::witness::Stopped;

/// Why a conversion ended before all parts were done. What the journal says was done is done: the same command goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The directory or a file in it cannot be written or read.
    #[error("cannot write {path}: {error}", path = path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// The directory holds what no conversion wrote.
    #[error("{path} is not empty, and no conversion was begun in it", path = .0.display())]
    NotEmpty(PathBuf),
    /// Another process converts into it.
    #[error("another process converts into {path}", path = .0.display())]
    Busy(PathBuf),
    /// The journal cannot be understood.
    #[error("{path}, line {line}: not a line of a conversion's journal: {why}", path = path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The directory was begun with other settings.
    #[error("{path} was begun with {what}", path = path.display())]
    Begun {
        /// The directory.
        path: PathBuf,
        /// The setting that is another one now.
        what: String,
    },
    /// Standard input into a directory with records.
    #[error("standard input has no name by which to know whether {path} has its records already", path = .0.display())]
    StandardInput(PathBuf),
    /// A field has the name of a partition column.
    #[error("the records have a field {0:?}, which is the name of a partition")]
    Collides(String),
    /// What was written does not hold what was read. Nothing of the part was kept.
    #[error("what was written differs from what was read: read {read}, found {found} in {files}")]
    Differs {
        /// What was read.
        read: Totals,
        /// What the files hold.
        found: Totals,
        /// Which files.
        files: String,
    },
    /// The columns cannot be handled.
    #[error("cannot write records: {0}")]
    Arrow(#[from] ArrowError),
    /// A Parquet file cannot be made, or read again.
    #[error("cannot write Parquet: {0}")]
    Parquet(#[from] ParquetError),
    /// A [`Witness`](crate::Witness) wanted it to end.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A worker ended early: a bug.
    #[error("a worker ended early: {0}")]
    Worker(String),
}

impl ConvertError {
    /// What to do about it, in one line, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotEmpty(_) => {
                Some("give a new directory, or one that `flowcover convert` began")
            }
            Self::Begun { .. } => Some("give the same settings as before, or a new directory"),
            Self::StandardInput(_) => Some("give a new directory"),
            Self::Io { .. } => Some("the same command goes on from where it ended"),
            Self::Differs { .. } => Some(
                "nothing of it was kept; the disk or the memory may be at fault: please report it if it happens again",
            ),
            Self::Journal { .. } => {
                Some("it was changed since it was written: give a new directory")
            }
            Self::Busy(_)
            | Self::Collides(_)
            | Self::Arrow(_)
            | Self::Parquet(_)
            | Self::Stopped(_)
            | Self::Worker(_) => None,
        }
    }

    /// Whether it is a bug of ours, and nothing that a user can mend.
    #[must_use]
    pub fn is_bug(&self) -> bool {
        matches!(self, Self::Arrow(_) | Self::Parquet(_) | Self::Worker(_))
    }
}

/// An error of the operating system about that path.
pub(super) fn at(path: &Path) -> impl Fn(std::io::Error) -> ConvertError {
    move |error| ConvertError::Io {
        path: path.to_owned(),
        error,
    }
}
