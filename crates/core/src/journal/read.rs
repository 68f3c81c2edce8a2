//! Reading a journal: untrusted, and perhaps cut by a crash.

use thiserror::Error;

use super::{Entry, Header, SCHEMA};
use crate::plan::{self, PlanError};
use crate::snapshot::one_line;

/// A journal that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// Its first line.
    pub header: Header,
    /// The others.
    pub entries: Vec<Entry>,
    /// Length in bytes of the whole lines: what comes after was cut by a crash, and is to be cut off
    /// before anything is appended.
    pub whole: u64,
    /// Whether a last line was cut.
    pub is_cut: bool,
}

/// Why a journal cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JournalError {
    /// Nothing whole is in it: the run ended before it began.
    #[error("{name}: the journal has no whole first line")]
    Empty {
        /// File, as given.
        name: String,
    },
    /// A line is no entry.
    #[error("{name}:{line}: not a line of a journal: {what}")]
    Malformed {
        /// File, as given.
        name: String,
        /// Line, from 1.
        line: usize,
        /// What the parser says.
        what: String,
    },
    /// Its version is another one.
    #[error("{name}: `{found}` is not `{SCHEMA}`")]
    UnknownVersion {
        /// File, as given.
        name: String,
        /// What stands there.
        found: String,
    },
    /// The plan in it was changed.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An entry names a step that the plan does not have.
    #[error("{name}:{line}: the plan has no step `{step}`")]
    UnknownStep {
        /// File, as given.
        name: String,
        /// Line, from 1.
        line: usize,
        /// The step.
        step: String,
    },
}

/// Reads a journal. `name` is how the file is called in errors.
///
/// # Errors
///
/// If a whole line is no line of a journal, or the plan in it was changed.
pub fn read(bytes: &[u8], name: &str) -> Result<Journal, JournalError> {
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
    let Some(first) = lines.next() else {
        return Err(JournalError::Empty {
            name: name.to_owned(),
        });
    };
    let header = header(first, name)?;
    plan::check(&header.plan, name)?;
    let mut entries = Vec::new();
    for (line, text) in (2..).zip(lines) {
        let entry: Entry = parse(text, name, line)?;
        if let Some(step) = entry
            .event
            .step()
            .filter(|id| header.plan.step(id).is_none())
        {
            return Err(JournalError::UnknownStep {
                name: name.to_owned(),
                line,
                step: one_line(step),
            });
        }
        entries.push(entry);
    }
    Ok(Journal {
        header,
        entries,
        whole: whole as u64,
        is_cut: whole < bytes.len(),
    })
}

fn header(line: &[u8], name: &str) -> Result<Header, JournalError> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema: String,
    }
    let Version { schema } = parse(line, name, 1)?;
    if schema != SCHEMA {
        return Err(JournalError::UnknownVersion {
            name: name.to_owned(),
            found: one_line(&schema),
        });
    }
    parse(line, name, 1)
}

fn parse<'a, T: serde::Deserialize<'a>>(
    text: &'a [u8],
    name: &str,
    line: usize,
) -> Result<T, JournalError> {
    serde_json::from_slice(text).map_err(|error| JournalError::Malformed {
        name: name.to_owned(),
        line,
        what: one_line(&error.to_string()),
    })
}
