//! One record: one line of a flow log, read under the format of its flow log.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::field::FieldKind;
use crate::format::LogFormat;
use crate::value;

mod malformed;
mod status;
mod unwritable;

pub use malformed::{Malformed, Reason, ReasonKind};
pub use status::LogStatus;
pub use unwritable::{Unwritable, UnwritableReason};

/// The longest line that is read, in bytes. The longest that AWS can write is far below:
/// all fields at once, with tags of 256 characters percent-encoded, are under 20 KiB.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// What a field of a record says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// `-`: it does not apply, could not be computed, or nothing was recorded.
    Absent,
    /// A number, or a time in seconds since the Unix epoch.
    Int(i64),
    /// A text as it stands: tag values are still percent-encoded.
    Text(Cow<'a, str>),
}

/// One record, its values in the order of its format.
///
/// ```
/// use flowcover_record::{LogFormat, Record};
/// let format = LogFormat::parse("${version} ${srcaddr} ${dstport}")?;
/// let record = Record::parse(&format, b"2 10.0.0.1 -")?;
/// assert_eq!(record.text("srcaddr"), Some("10.0.0.1"));
/// assert_eq!(record.int("dstport"), None);
/// assert_eq!(record.encode(), "2 10.0.0.1 -");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record<'a> {
    format: &'a LogFormat,
    values: Vec<Value<'a>>,
}

impl<'a> Record<'a> {
    /// Reads one line. Its end (`\n`, `\r\n`) may be there or not.
    ///
    /// Values are not judged: a port of 70000 or an action that AWS does not know is
    /// carried. Records of `NODATA` and `SKIPDATA` are records like any other.
    ///
    /// # Errors
    /// Another number of fields than the format has; no number where the table says
    /// number; a number that the field's type cannot hold; no UTF-8; nothing between two
    /// blanks; more than [`LONGEST_LINE`] bytes; a line end in the middle; a blank line.
    pub fn parse(format: &'a LogFormat, line: &'a [u8]) -> Result<Self, Malformed> {
        let line = without_end(line);
        check_line(format, line)?;
        let mut values = Vec::with_capacity(format.columns().len());
        let tokens = line.split(|&byte| byte == b' ');
        for (index, (column, token)) in format.columns().iter().zip(tokens).enumerate() {
            let value = Value::parse(column.kind(), token);
            values.push(value.map_err(|reason| Malformed::at(index, column, reason))?);
        }
        Ok(Self { format, values })
    }

    /// A record of these values, one for each column of the format.
    ///
    /// # Errors
    /// What the format cannot express: the parts of a line are apart by blanks and `-` means
    /// absent, so a text must not be empty, not be `-`, and have no blank or line end
    /// in it. Percent-encode tag values first (see [`percent`](crate::percent)).
    pub fn new(format: &'a LogFormat, values: Vec<Value<'a>>) -> Result<Self, Unwritable> {
        unwritable::check(format, &values)?;
        Ok(Self { format, values })
    }

    /// The line, without line end. Reading it gives the same record again.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut line = String::with_capacity(self.values.len() * 12);
        for (index, value) in self.values.iter().enumerate() {
            if index > 0 {
                line.push(' ');
            }
            match value {
                Value::Absent => line.push('-'),
                Value::Int(number) => {
                    write!(line, "{number}").expect("writing to a string cannot fail");
                }
                Value::Text(text) => line.push_str(text),
            }
        }
        line
    }

    /// The format under which the record was read.
    #[must_use]
    pub fn format(&self) -> &'a LogFormat {
        self.format
    }

    /// The values, one for each column of the format.
    #[must_use]
    pub fn values(&self) -> &[Value<'a>] {
        &self.values
    }

    /// The value of that field, its first if the format has it twice. `None` where the format
    /// lacks it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.values.get(self.format.position(name)?)
    }

    /// The number in that field. `None` where it is absent, no number, or not in the format.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Int(number) => Some(*number),
            Value::Absent | Value::Text(_) => None,
        }
    }

    /// The text in that field. `None` where it is absent, no text, or not in the format.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            Value::Absent | Value::Int(_) => None,
        }
    }

    /// What `log-status` says. `None` where the format lacks it or the word is not known.
    #[must_use]
    pub fn log_status(&self) -> Option<LogStatus> {
        LogStatus::of(self.text("log-status")?.as_bytes())
    }
}

impl<'a> Value<'a> {
    fn parse(kind: FieldKind, token: &'a [u8]) -> Result<Self, Reason> {
        if token.is_empty() {
            return Err(Reason::EmptyField);
        }
        let value = match kind {
            FieldKind::Int32 => value::int32(token)?.map(|number| Self::Int(number.into())),
            FieldKind::Int64 => value::int64(token)?.map(Self::Int),
            FieldKind::UnixSeconds => value::unix_seconds(token)?.map(Self::Int),
            FieldKind::Text | FieldKind::Address | FieldKind::TagValue => {
                value::text(token)?.map(|text| Self::Text(text.into()))
            }
        };
        Ok(value.unwrap_or(Self::Absent))
    }
}

/// Whether the line holds nothing but blanks: no record, and no error either.
#[must_use]
pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn without_end(line: &[u8]) -> &[u8] {
    let end = line
        .iter()
        .rposition(|byte| !matches!(byte, b'\r' | b'\n'))
        .map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

/// What can be said of the line as a whole.
fn check_line(format: &LogFormat, line: &[u8]) -> Result<(), Malformed> {
    if line.len() > LONGEST_LINE {
        return Err(Reason::TooLong { bytes: line.len() }.into());
    }
    if is_blank(line) {
        return Err(Reason::Blank.into());
    }
    if line.contains(&b'\n') {
        return Err(Reason::NotOneLine.into());
    }
    let expected = format.columns().len();
    let found = line.split(|&byte| byte == b' ').count();
    match found.cmp(&expected) {
        std::cmp::Ordering::Less => Err(Reason::TooFewFields { expected, found }.into()),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(Reason::TooManyFields { expected, found }.into()),
    }
}

#[cfg(test)]
pub(crate) mod tests;
