//! Arguments of `investigate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use flowcover_view::Format;
use jiff::Timestamp;

use super::detect::INVENTORY;
use super::{Knowing, Reading};
use crate::source::{Moment, duration};

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_arg("inventory", |it| it.help(INVENTORY)))]
pub(crate) struct Investigate {
    /// An address, a CIDR block, or the id of an interface, an instance or a security group
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// The moment that the question is about, as in 2026-11-20T03:12Z: only records around it are read
    #[arg(long, value_name = "MOMENT", value_parser = moment, conflicts_with_all = ["last", "since", "until"], help_heading = "Which records")]
    pub(crate) around: Option<Timestamp>,
    /// How long before and after that moment
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = duration, requires = "around", help_heading = "Which records")]
    pub(crate) within: Duration,
    #[command(flatten)]
    pub(crate) knowing: Knowing,
    /// How it was before, as `flowcover baseline build` writes it
    #[arg(long, value_name = "FILE", help_heading = "Detection")]
    pub(crate) baseline: Option<PathBuf>,
    /// table, json, ndjson, csv, markdown or html; can be repeated
    #[arg(long, short, value_name = "FORMAT", help_heading = "Report")]
    pub(crate) format: Vec<Format>,
    /// File for the --format before it; `-` is standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    pub(crate) output: Vec<PathBuf>,
    /// Table and Markdown: every event, peer and port, in the table each event with its query
    #[arg(long, help_heading = "Report")]
    pub(crate) all: bool,
}

const EXAMPLES: &str = "\
Examples:
  flowcover investigate 10.0.3.7 ./logs/
  flowcover investigate 10.0.3.7 s3://bucket/AWSLogs/ --around 2026-11-20T03:12Z --within 2h
  flowcover investigate 203.0.113.0/24 ./logs/ --format html --output visitors.html
  flowcover investigate eni-0123456789abcdef0 --vpc vpc-0a1b2c3d4e5f60718 --last 24h
  flowcover investigate sg-0123456789abcdef0 ./logs/ --inventory snapshot.json";

/// A moment, not a day: what is around a day is not said by its date.
fn moment(text: &str) -> Result<Timestamp, String> {
    match text.parse()? {
        Moment::At(at) => Ok(at),
        Moment::Day(_) => Err(format!(
            "`{text}` is a day: give a time, too, as in {text}T12:00Z"
        )),
    }
}
