//! Record lines wrapped in JSON, as they arrive by way of Firehose, Kinesis and subscriptions.
//!
//! Understood are
//!
//! - `{"message":"2 123456789010 …"}`, other keys beside it let pass: what Firehose is
//!   often made to write;
//! - the messages of a CloudWatch Logs subscription: `messageType`, `owner`, `logGroup`, `logStream`
//!   and `logEvents` with a `message` each (CloudWatch Logs user guide, "Log group-level
//!   subscription filters"). `CONTROL_MESSAGE` is counted and passed over;
//! - what `aws logs filter-log-events` prints: the same with `events` for `logEvents`.
//!
//! They may stand one to a line, one after the other without a line end, in arrays, or
//! spread over several lines. The brackets and commas between them are not
//! checked, so the objects of an array that was cut short are read all the same. A message
//! may hold several lines.
//!
//! Memory: the object at hand, at most about 20 times its bytes; no recursion deeper than
//! the 128 levels at which `serde_json` stops.

use serde_json::Deserializer;
use thiserror::Error;

use self::emit::emit;
use self::object::Object;
use crate::record::{Malformed, Reason};

mod emit;
mod object;

/// A line that was found in an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeLine<'e> {
    /// A record, or a header. Not blank, without line end.
    pub text: &'e str,
    /// What the envelope says about where it comes from.
    pub origin: Origin<'e>,
    /// The time of the log event, in milliseconds since the Unix epoch: for a flow-log
    /// record its `start`.
    pub timestamp: Option<i64>,
    /// Where the envelope begins: bytes from the start of the block.
    pub offset: usize,
    /// The line of the block in which the envelope begins, from 1.
    pub line: u64,
}

/// What a subscription's message says about where its events come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin<'e> {
    /// `owner`: the account of the log group.
    pub owner: Option<&'e str>,
    /// `logGroup`.
    pub log_group: Option<&'e str>,
    /// `logStream`, or `logStreamName` of the event.
    pub log_stream: Option<&'e str>,
}

/// A part of the block that is no envelope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct EnvelopeError {
    /// Where it begins: bytes from the start of the block.
    pub offset: usize,
    /// The line of the block in which it begins, from 1.
    pub line: u64,
    /// How many bytes from there on were passed over. 0 where one event of an envelope is
    /// meant, whose others were read.
    pub bytes: usize,
    /// What is wrong.
    pub reason: EnvelopeReason,
}

/// Why a part of the block is no envelope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnvelopeReason {
    /// No JSON.
    #[error("no JSON: {message}")]
    Syntax {
        /// What the JSON reader says, without the place.
        message: String,
    },
    /// The block ends before the object does.
    #[error("the JSON is cut short")]
    Truncated,
    /// JSON, but neither an object nor an array of objects.
    #[error("no JSON object")]
    NotAnObject,
    /// An object with neither `message` nor `logEvents` nor `events`.
    #[error("a JSON object without `message` and `logEvents`")]
    UnknownObject,
    /// `logEvents` or `events` is no array.
    #[error("`logEvents` is no array")]
    EventsNotAnArray,
    /// `message` is missing in an event, or is no text.
    #[error("`message` is no text")]
    MessageNotText,
    /// `messageType` is neither `DATA_MESSAGE` nor `CONTROL_MESSAGE`.
    #[error("unknown `messageType`")]
    UnknownMessageType,
    /// A key that is read comes twice, so one of its values would be lost.
    #[error("a key comes twice in a JSON object")]
    DuplicateKey,
}

impl From<EnvelopeError> for Malformed {
    fn from(error: EnvelopeError) -> Self {
        Reason::Envelope(error.reason).into()
    }
}

/// Whether more bytes can follow the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// More follows: an object that the block cuts is left for later.
    More,
    /// Nothing follows: an object that the block cuts is an error.
    Last,
}

/// What became of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Visited {
    /// How many bytes are done with. After [`Ending::More`] the rest is the start of an object
    /// or line: put more bytes behind it and come again. It is 0 if the block holds but a part
    /// of one: set a limit to how far that may grow.
    pub consumed: usize,
    /// Objects that were read, whatever was in them.
    pub objects: u64,
    /// Control messages that were passed over.
    pub control_messages: u64,
}

/// Whether the block begins with `{` or `[`, after blanks, line ends and a byte order mark.
#[must_use]
pub fn is_wrapped(block: &[u8]) -> bool {
    let start = block.strip_prefix(BYTE_ORDER_MARK).unwrap_or(block);
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

/// Hands every record line of the block to `sink`, and every part that holds none with the
/// reason. After what is no JSON reading goes on at the next line that begins with `{` or `[`
/// and is not indented further than the one with the error; after a line that is no object, at
/// the next line.
pub fn visit<F>(block: &[u8], ending: Ending, sink: &mut F) -> Visited
where
    F: FnMut(Result<EnvelopeLine<'_>, EnvelopeError>),
{
    let mut cursor = Cursor::new(block);
    let mut visited = Visited::default();
    while let Some(rest) = cursor.at_value() {
        let (length, result) = if rest.starts_with(b"{") {
            let mut objects = Deserializer::from_slice(rest).into_iter::<Object<'_>>();
            match objects.next() {
                Some(Ok(object)) => {
                    let length = objects.byte_offset();
                    visited.objects += 1;
                    (length, emit(&object, &cursor, &mut visited, sink))
                }
                Some(Err(error)) if error.is_eof() && ending == Ending::More => break,
                Some(Err(error)) => (skipped(&cursor, error.line()), Err(reason_of(&error))),
                None => break,
            }
        } else {
            match (rest.iter().position(|&byte| byte == b'\n'), ending) {
                (None, Ending::More) => break,
                (None, Ending::Last) => (rest.len(), Err(EnvelopeReason::NotAnObject)),
                (Some(end), _) => (end + 1, Err(EnvelopeReason::NotAnObject)),
            }
        };
        if let Err(reason) = result {
            sink(Err(cursor.error(length, reason)));
        }
        cursor.advance(length);
    }
    visited.consumed = cursor.offset;
    visited
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A place in the block, with the number of its line.
struct Cursor<'a> {
    block: &'a [u8],
    offset: usize,
    line: u64,
}

impl<'a> Cursor<'a> {
    fn new(block: &'a [u8]) -> Self {
        let marked = block.starts_with(BYTE_ORDER_MARK);
        Self {
            block,
            offset: if marked { BYTE_ORDER_MARK.len() } else { 0 },
            line: 1,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.block.get(self.offset..).unwrap_or_default()
    }

    /// Goes past blanks and the brackets and commas of arrays. `None` at the end.
    fn at_value(&mut self) -> Option<&'a [u8]> {
        let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',');
        let rest = self.rest();
        let length = rest.iter().position(|byte| !between(byte));
        self.advance(length.unwrap_or(rest.len()));
        length.and_then(|length| rest.get(length..))
    }

    fn advance(&mut self, length: usize) {
        let passed = self.rest().get(..length).unwrap_or_default();
        // A line is counted as u64 everywhere; usize is no wider.
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.offset += passed.len();
    }

    fn error(&self, bytes: usize, reason: EnvelopeReason) -> EnvelopeError {
        EnvelopeError {
            offset: self.offset,
            line: self.line,
            bytes,
            reason,
        }
    }

    /// How far the line of this place is indented. 0 where something stands before it.
    fn indentation(&self) -> usize {
        let before = self.block.get(..self.offset).unwrap_or_default();
        let start = before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let margin = before.get(start..).unwrap_or_default();
        let blank = margin.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        if blank { margin.len() } else { 0 }
    }
}

fn reason_of(error: &serde_json::Error) -> EnvelopeReason {
    if error.is_eof() {
        return EnvelopeReason::Truncated;
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    EnvelopeReason::Syntax {
        message: message.to_owned(),
    }
}

/// How many bytes to pass over after an error in line `error_line` of the rest, from 1.
///
/// The line with the error is tried again unless it is the first, so every line is read at
/// most twice, whatever the input.
fn skipped(cursor: &Cursor<'_>, error_line: usize) -> usize {
    let (rest, most) = (cursor.rest(), cursor.indentation());
    let begins = |line: &[u8]| {
        let indented = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        indented <= most && matches!(line.get(indented), Some(b'{' | b'['))
    };
    let mut start = 0;
    for (index, line) in rest.split_inclusive(|&byte| byte == b'\n').enumerate() {
        if index > 0 && index + 1 >= error_line && begins(line) {
            return start;
        }
        start += line.len();
    }
    rest.len()
}

#[cfg(test)]
mod tests;
