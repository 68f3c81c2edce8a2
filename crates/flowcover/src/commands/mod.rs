//! The commands, one file each.

pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod baseline;
pub(crate) mod checks;
pub(crate) mod collect;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod cost;
pub(crate) mod demo;
pub(crate) mod detect;
pub(crate) mod explain;
pub(crate) mod find;
pub(crate) mod fixing;
pub(crate) mod gather;
pub(crate) mod init;
pub(crate) mod investigate;
pub(crate) mod nothing_read;
pub(crate) mod permissions;
pub(crate) mod plan;
pub(crate) mod protect;
pub(crate) mod query;
pub(crate) mod reading;
pub(crate) mod rejects;
pub(crate) mod rollback;
pub(crate) mod schema;
pub(crate) mod suggest;
pub(crate) mod tail;
pub(crate) mod top;
pub(crate) mod uncovered;
pub(crate) mod verify;
pub(crate) mod watch;

use jiff::Timestamp;

/// The time now, to the second: reports show no more.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
