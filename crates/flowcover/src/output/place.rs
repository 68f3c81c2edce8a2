//! Places that outputs go to, so that two ways to write the same place are known for one.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Standard output.
    Stdout,
    /// A device, pipe or socket that is there already: written as it is, never replaced.
    Stream(PathBuf),
    /// A file, without symbolic links on the way to it.
    File(PathBuf),
}

impl Place {
    /// The place that a path on the command line means; none and `-` mean standard output.
    pub(super) fn of(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Self::Stdout);
        };
        if let Ok(found) = fs::metadata(path) {
            if found.is_dir() {
                return Err(Failure::usage(format!(
                    "cannot write {}: it is a folder",
                    path.display()
                )));
            }
            if !found.is_file() {
                return Ok(Self::Stream(path.to_owned()));
            }
            return fs::canonicalize(path)
                .map(Self::File)
                .map_err(|error| refused(path, &error));
        }
        let name = path
            .file_name()
            .ok_or_else(|| Failure::usage(format!("{} names no file", path.display())))?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).map_err(|error| refused(path, &error))?;
        Ok(Self::File(folder.join(name)))
    }

    /// Whether two outputs would destroy each other there. Devices may take several.
    pub(super) fn clashes_with(&self, other: &Self) -> bool {
        self == other && !matches!(self, Self::Stream(_))
    }
}

/// What is said of a place that cannot be written.
pub(super) fn refused(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot write {}: {error}", path.display()))
        .hint("the folder must exist and be writable")
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::Stream(path) | Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
