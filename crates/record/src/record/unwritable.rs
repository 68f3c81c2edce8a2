//! Values that the format of a line cannot express.

use thiserror::Error;

use super::Value;
use crate::field::FieldKind;
use crate::format::{Column, LogFormat};
use crate::value::FIRST_NOT_SECONDS;

/// A value that cannot stand in its column.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("field {column}, `{field}`: {reason}")]
pub struct Unwritable {
    /// Which column, from 1.
    pub column: usize,
    /// The name of its field.
    pub field: String,
    /// What is wrong.
    pub reason: UnwritableReason,
}

/// Why a value cannot stand in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnwritableReason {
    /// There is no value for the column, or none for the columns from here on.
    #[error("no value for it")]
    Missing,
    /// A value more than the format has columns. The column is the last one.
    #[error("more values after it")]
    TooMany,
    /// A text where the table says number.
    #[error("a text where a number must stand")]
    NotANumber,
    /// A number where the table says text: it would be read as a text.
    #[error("a number where a text must stand")]
    NotAText,
    /// Negative, or more than the field's type holds; a time past the year 5138, which would
    /// be read as milliseconds.
    #[error("the number is out of range")]
    OutOfRange,
    /// An empty text: the line has no way to write it.
    #[error("an empty text cannot be written")]
    Empty,
    /// The text `-`: it would be read as absent.
    #[error("the text `-` would be read as absent")]
    Dash,
    /// A blank in a text: it would be read as two values.
    #[error("a text with a blank cannot be written")]
    Blank,
    /// A line end in a text.
    #[error("a text with a line end cannot be written")]
    LineEnd,
}

pub(super) fn check(format: &LogFormat, values: &[Value<'_>]) -> Result<(), Unwritable> {
    let columns = format.columns();
    for (index, column) in columns.iter().enumerate() {
        let judged = values
            .get(index)
            .map_or(Some(UnwritableReason::Missing), |value| {
                judge(column.kind(), value)
            });
        if let Some(reason) = judged {
            return Err(at(index, column, reason));
        }
    }
    match columns.last() {
        Some(last) if values.len() > columns.len() => {
            Err(at(columns.len() - 1, last, UnwritableReason::TooMany))
        }
        _ => Ok(()),
    }
}

fn at(index: usize, column: &Column, reason: UnwritableReason) -> Unwritable {
    Unwritable {
        column: index + 1,
        field: column.name().to_owned(),
        reason,
    }
}

fn judge(kind: FieldKind, value: &Value<'_>) -> Option<UnwritableReason> {
    let most = match kind {
        FieldKind::Int32 => Some(i64::from(i32::MAX)),
        FieldKind::Int64 => Some(i64::MAX),
        FieldKind::UnixSeconds => Some(FIRST_NOT_SECONDS - 1),
        FieldKind::Text | FieldKind::Address | FieldKind::TagValue => None,
    };
    match (value, most) {
        (Value::Absent, _) => None,
        (Value::Int(number), Some(most)) => {
            (!(0..=most).contains(number)).then_some(UnwritableReason::OutOfRange)
        }
        (Value::Int(_), None) => Some(UnwritableReason::NotAText),
        (Value::Text(_), Some(_)) => Some(UnwritableReason::NotANumber),
        (Value::Text(text), None) => judge_text(text),
    }
}

fn judge_text(text: &str) -> Option<UnwritableReason> {
    match text {
        "" => Some(UnwritableReason::Empty),
        "-" => Some(UnwritableReason::Dash),
        _ if text.contains(' ') => Some(UnwritableReason::Blank),
        _ if text.contains(['\r', '\n']) => Some(UnwritableReason::LineEnd),
        _ => None,
    }
}
