//! Why a line is no record of its format.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::LONGEST_LINE;
use crate::envelope::EnvelopeReason;
use crate::format::Column;
use crate::value::ValueError;

/// A line that is no record of its format, and where it departs from it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Malformed {
    /// Which part of the line, from 1. `None` where the whole line is meant.
    pub column: Option<usize>,
    /// The name of the field in that place.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// Fewer parts than the format has columns.
    #[error("{found} fields where the format has {expected}")]
    TooFewFields {
        /// Columns of the format.
        expected: usize,
        /// Parts of the line.
        found: usize,
    },
    /// More parts than the format has columns.
    #[error("{found} fields where the format has {expected}")]
    TooManyFields {
        /// Columns of the format.
        expected: usize,
        /// Parts of the line.
        found: usize,
    },
    /// Nothing between two blanks. A value that is absent is `-`.
    #[error("nothing between two blanks")]
    EmptyField,
    /// See [`ValueError::NotANumber`].
    #[error("not a number")]
    NotANumber,
    /// See [`ValueError::OutOfRange`].
    #[error("the number is out of range")]
    OutOfRange,
    /// See [`ValueError::NotUtf8`].
    #[error("not UTF-8")]
    NotUtf8,
    /// Longer than [`LONGEST_LINE`].
    #[error("the line has {bytes} bytes, more than the {LONGEST_LINE} that are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A line end in the middle.
    #[error("a line end in the middle of the line")]
    NotOneLine,
    /// Nothing, or only blanks.
    #[error("the line is blank")]
    Blank,
    /// No record could be taken out of the JSON around it.
    #[error(transparent)]
    Envelope(#[from] EnvelopeReason),
}

/// The kind of a [`Reason`], to count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// [`Reason::TooFewFields`]
    TooFewFields,
    /// [`Reason::TooManyFields`]
    TooManyFields,
    /// [`Reason::EmptyField`]
    EmptyField,
    /// [`Reason::NotANumber`]
    NotANumber,
    /// [`Reason::OutOfRange`]
    OutOfRange,
    /// [`Reason::NotUtf8`]
    NotUtf8,
    /// [`Reason::TooLong`]
    TooLong,
    /// [`Reason::NotOneLine`]
    NotOneLine,
    /// [`Reason::Blank`]
    Blank,
    /// [`Reason::Envelope`]
    Envelope,
}

impl Malformed {
    /// Wrong in the column of that index, from 0.
    #[must_use]
    pub fn at(index: usize, column: &Column, reason: Reason) -> Self {
        Self {
            column: Some(index + 1),
            field: Some(column.name().to_owned()),
            reason,
        }
    }
}

impl From<Reason> for Malformed {
    /// Wrong as a whole.
    fn from(reason: Reason) -> Self {
        Self {
            column: None,
            field: None,
            reason,
        }
    }
}

impl From<ValueError> for Reason {
    fn from(error: ValueError) -> Self {
        match error {
            ValueError::NotANumber => Self::NotANumber,
            ValueError::OutOfRange => Self::OutOfRange,
            ValueError::NotUtf8 => Self::NotUtf8,
        }
    }
}

impl Reason {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ReasonKind {
        match self {
            Self::TooFewFields { .. } => ReasonKind::TooFewFields,
            Self::TooManyFields { .. } => ReasonKind::TooManyFields,
            Self::EmptyField => ReasonKind::EmptyField,
            Self::NotANumber => ReasonKind::NotANumber,
            Self::OutOfRange => ReasonKind::OutOfRange,
            Self::NotUtf8 => ReasonKind::NotUtf8,
            Self::TooLong { .. } => ReasonKind::TooLong,
            Self::NotOneLine => ReasonKind::NotOneLine,
            Self::Blank => ReasonKind::Blank,
            Self::Envelope(_) => ReasonKind::Envelope,
        }
    }
}

/// ``field 6, `srcport`: not a number``.
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = self.column {
            write!(f, "field {column}")?;
            if let Some(field) = &self.field {
                write!(f, ", `{field}`")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.reason)
    }
}

/// In words, for a count: `12 lines: too few fields`.
impl fmt::Display for ReasonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooFewFields => "too few fields",
            Self::TooManyFields => "too many fields",
            Self::EmptyField => "nothing between two blanks",
            Self::NotANumber => "not a number",
            Self::OutOfRange => "number out of range",
            Self::NotUtf8 => "not UTF-8",
            Self::TooLong => "line too long",
            Self::NotOneLine => "line end in the middle",
            Self::Blank => "blank",
            Self::Envelope => "no record in the JSON",
        })
    }
}
