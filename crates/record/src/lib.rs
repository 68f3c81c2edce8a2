//! The flow-log record format: its fields, the formats that order them, and the
//! names of the places where records land.
//!
//! Everything here is pure: no input or output, no clock, no async.
//!
//! - [`field`]: one table of every field, from which parsing, schemas and
//!   documentation are made.
//! - [`format`](mod@format): the order of the fields of one flow log (`LogFormat`).
//! - [`destination`]: where a flow log delivers.
//! - [`object_key`]: the keys of delivered S3 objects.
//! - [`log_stream`]: the names of CloudWatch Logs streams.
//! - [`split`]: a block of text, cut into lines and fields.
//! - [`reference`](mod@reference): the field table as a page of documentation.
//! - [`value`]: single values, from bytes to numbers and texts.
//! - [`record`]: one line under its format, read and written.
//! - [`header`]: whether a line is a header.
//! - [`counts`]: the count of every record that was read.
//! - [`rejects`]: the lines that were no records.
//! - [`percent`]: the encoding of tag values.
//! - [`envelope`]: record lines wrapped in JSON.
//! - [`crypto_pan`]: pseudonyms for addresses.

mod arn;
pub mod counts;
pub mod crypto_pan;
pub mod destination;
pub mod envelope;
pub mod field;
pub mod format;
#[doc(hidden)]
pub mod fuzzing;
pub mod header;
pub mod lines;
pub mod log_stream;
pub mod object_key;
pub mod percent;
pub mod record;
pub mod reference;
pub mod rejects;
pub mod split;
mod stamp;
mod table;
pub mod value;

pub use counts::Counts;
pub use crypto_pan::{CryptoPan, PseudonymKey, PseudonymKeyError};
pub use destination::{Destination, DestinationAnswer, Owner};
pub use field::{DEFAULT_FIELDS, DEFAULT_TRANSIT_GATEWAY_FIELDS, Field, FieldKind, Scope};
pub use format::{Column, LogFormat, LogFormatError};
pub use header::{header_of, repeated_header};
pub use log_stream::{StreamName, TrafficType};
pub use object_key::{FileFormat, KeyLayout, ObjectKey, ObjectKeyError};
pub use record::{LogStatus, Malformed, Reason, ReasonKind, Record, Unwritable, Value};
pub use rejects::{Place, Reject, Rejects};
pub use stamp::TimeBin;
pub use value::ValueError;
