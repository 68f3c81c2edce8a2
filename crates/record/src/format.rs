//! The format of a flow log: which fields its records have, in which order.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::field::{DEFAULT_FIELDS, DEFAULT_TRANSIT_GATEWAY_FIELDS, Field, FieldKind, Scope};

/// One column of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Column {
    /// A field of the table.
    Known(&'static Field),
    /// A field that this program does not know, by its name: AWS keeps adding fields.
    Unknown(String),
}

impl Column {
    fn named(name: &str) -> Self {
        Field::by_name(name).map_or_else(|| Self::Unknown(name.to_owned()), Self::Known)
    }

    /// The dashed name of the field.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(field) => field.name,
            Self::Unknown(name) => name,
        }
    }

    /// What its values are. Those of a field that is not known are texts.
    #[must_use]
    pub fn kind(&self) -> FieldKind {
        match self {
            Self::Known(field) => field.kind,
            Self::Unknown(_) => FieldKind::Text,
        }
    }
}

/// The columns of a flow log's records, in order. There is at least one.
///
/// ```
/// use flowcover_record::LogFormat;
/// let format = LogFormat::parse("${version} ${srcaddr} ${tcp-flags}")?;
/// assert_eq!(format.version(), Some(3));
/// assert_eq!(format, LogFormat::parse("version srcaddr tcp-flags")?);
/// # Ok::<(), flowcover_record::LogFormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LogFormat {
    columns: Vec<Column>,
}

/// Why a text is no format. Columns are in characters and begin at 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogFormatError {
    /// No field at all.
    #[error("the log format is empty")]
    Empty,
    /// `${` without its `}`.
    #[error("`${{` is not closed in the log format at column {column}")]
    NotClosed {
        /// Where the `${` stands.
        column: usize,
    },
    /// Not a name: other characters than letters, digits, `-` and `_`, or no letter first.
    #[error("{text:?} is no field name in the log format at column {column}")]
    NotAName {
        /// Where it begins.
        column: usize,
        /// What stands there, cut after 40 characters.
        text: String,
    },
    /// Fields must be apart by a blank.
    #[error("a blank is missing in the log format at column {column}")]
    NoBlank {
        /// Where the blank should be.
        column: usize,
    },
    /// `${name}` and bare names in one text.
    #[error("`${{name}}` and bare names are mixed in the log format at column {column}")]
    Mixed {
        /// Where the first of the other form begins.
        column: usize,
    },
}

impl LogFormatError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "write `${version} ${srcaddr} ${dstaddr}`, fields apart by one blank; in a shell use single quotes"
    }
}

impl LogFormat {
    /// Reads `${version} ${account-id}` (the API's form) or `version account-id`
    /// (the first line of a text file). Blanks around and between are let pass.
    ///
    /// # Errors
    /// Only for malformed text. A name that is not known becomes
    /// [`Column::Unknown`], a name that comes twice is kept twice.
    pub fn parse(text: &str) -> Result<Self, LogFormatError> {
        let mut columns = Vec::new();
        let mut braced = None;
        for (column, token) in tokens(text) {
            let is_braced = token.starts_with("${");
            let name = if is_braced {
                unwrap_braces(token, column)?
            } else {
                token
            };
            check_name(name, column + if is_braced { 2 } else { 0 })?;
            if *braced.get_or_insert(is_braced) != is_braced {
                return Err(LogFormatError::Mixed { column });
            }
            columns.push(Column::named(name));
        }
        if columns.is_empty() {
            Err(LogFormatError::Empty)
        } else {
            Ok(Self { columns })
        }
    }

    /// The format of a flow log whose `LogFormat` is as answered by
    /// `DescribeFlowLogs`. Old answers lack it: the default format of `resource` holds.
    ///
    /// # Errors
    /// As [`LogFormat::parse`].
    pub fn of_flow_log(log_format: Option<&str>, resource: Scope) -> Result<Self, LogFormatError> {
        match (log_format, resource) {
            (Some(text), _) => Self::parse(text),
            (None, Scope::TransitGateway) => Ok(Self::transit_gateway_default()),
            (None, Scope::Vpc | Scope::Both) => Ok(Self::default()),
        }
    }

    /// The format of a transit gateway flow log that was made without one.
    #[must_use]
    pub fn transit_gateway_default() -> Self {
        Self::of_names(&DEFAULT_TRANSIT_GATEWAY_FIELDS)
    }

    fn of_names(names: &[&str]) -> Self {
        Self {
            columns: names.iter().map(|name| Column::named(name)).collect(),
        }
    }

    /// The columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(Column::name)
    }

    /// Where the field stands, from 0. The first place, if it comes twice.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names().position(|own| own == name)
    }

    /// Whether records have that field.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Those of `wanted` that records lack, in the order given.
    #[must_use]
    pub fn missing<'a>(&self, wanted: &[&'a str]) -> Vec<&'a str> {
        wanted
            .iter()
            .copied()
            .filter(|name| !self.contains(name))
            .collect()
    }

    /// The names that are not in the table, in order.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|column| match column {
            Column::Known(_) => None,
            Column::Unknown(name) => Some(name.as_str()),
        })
    }

    /// The names that come more than once, each once, in the order of their second coming.
    #[must_use]
    pub fn duplicates(&self) -> Vec<&str> {
        let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
        self.names()
            .filter(|name| !seen.insert(*name) && twice.insert(*name))
            .collect()
    }

    /// The highest version among the fields that are known, which is what records
    /// say in their `version` field. `None` where no field is known; a lower bound
    /// where some are not.
    #[must_use]
    pub fn version(&self) -> Option<u8> {
        let known = |column: &Column| match column {
            Column::Known(field) => Some(field.version),
            Column::Unknown(_) => None,
        };
        self.columns.iter().filter_map(known).max()
    }

    /// The first line of a text file of this format, without line end.
    #[must_use]
    pub fn header(&self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }
}

/// The 14 fields of version 2, the format of a VPC flow log that was made without one.
impl Default for LogFormat {
    fn default() -> Self {
        Self::of_names(&DEFAULT_FIELDS)
    }
}

/// The form of the API: `${version} ${account-id}`.
impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            write!(f, "{blank}${{{name}}}")?;
        }
        Ok(())
    }
}

impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for LogFormat {
    type Error = LogFormatError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<LogFormat> for String {
    fn from(format: LogFormat) -> Self {
        format.to_string()
    }
}

/// The pieces between blanks and line ends, each with its column.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 1;
    text.split([' ', '\r', '\n']).filter_map(move |token| {
        let start = column;
        column += token.chars().count() + 1;
        (!token.is_empty()).then_some((start, token))
    })
}

/// The name in `${name}`.
fn unwrap_braces(token: &str, column: usize) -> Result<&str, LogFormatError> {
    let inner = token.get(2..).unwrap_or_default();
    let Some((name, rest)) = inner.split_once('}') else {
        return Err(LogFormatError::NotClosed { column });
    };
    if rest.is_empty() {
        return Ok(name);
    }
    Err(LogFormatError::NoBlank {
        column: column + 3 + name.chars().count(),
    })
}

fn check_name(name: &str, column: usize) -> Result<(), LogFormatError> {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(rest) {
        return Ok(());
    }
    Err(LogFormatError::NotAName {
        column,
        text: name.chars().take(40).collect(),
    })
}

#[cfg(test)]
mod tests;
