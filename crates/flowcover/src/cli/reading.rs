//! Arguments of the commands that read records.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use flowcover_lake::REPORTS;
use flowcover_lake::output::ResultFormat;
use flowcover_record::LogFormat;

use super::{Choosing, Reaching};

/// What to read.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Files, folders and patterns ('logs/*.gz') of flow logs, s3://BUCKET/PREFIX/, logs://LOG_GROUP?region=REGION; `-` is standard input
    #[arg(value_name = "PATH", required_unless_present = "vpc")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) choosing: Choosing,
    #[command(flatten)]
    pub(crate) reaching: Reaching,
    /// Format of records without a header line, as DescribeFlowLogs has it: '${version} ${account-id} …'
    #[arg(long, value_name = "FORMAT", help_heading = "Input")]
    pub(crate) log_format: Option<LogFormat>,
    /// Tasks that work side by side [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Input")]
    pub(crate) threads: Option<u16>,
    /// Memory in MiB that grouping and sorting may use before they go to disk
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 512,
        help_heading = "Input"
    )]
    pub(crate) memory: u32,
    /// The most text, in MiB, that one object may unpack to
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 8192,
        help_heading = "Input"
    )]
    pub(crate) max_object_size: u32,
    /// Replace addresses by pseudonyms that keep networks apart and together (Crypto-PAn); the file holds the key as 64 hex digits, or `env:NAME` names a variable that does
    #[arg(long, value_name = "KEYFILE", help_heading = "Input")]
    pub(crate) pseudonymise: Option<String>,
    /// File for every line that is no record, one JSON object each: place, line, field, reason, and what stands there, which --pseudonymise leaves out
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) rejects: Option<PathBuf>,
    /// Stop with exit code 3 at the first line that is no record, or object that cannot be read
    #[arg(long, help_heading = "Input")]
    pub(crate) strict: bool,
}

/// How far outside of a span the time of an object may lie, where nobody says it.
const SLACK: Duration = Duration::from_mins(10);

impl Reading {
    /// All that lies there, as the commands that read records do it if they are told nothing else.
    pub(crate) fn plain(paths: Vec<PathBuf>, reaching: Reaching) -> Self {
        Self {
            paths,
            choosing: Choosing {
                last: None,
                since: None,
                until: None,
                slack: SLACK,
                account: Vec::new(),
                source_region: Vec::new(),
                flow_log: Vec::new(),
                request_payer: None,
                cache: None,
                vpc: None,
                inventory: None,
                explain: false,
            },
            reaching,
            log_format: None,
            threads: None,
            memory: 512,
            max_object_size: 8192,
            pseudonymise: None,
            rejects: None,
            strict: false,
        }
    }
}

/// How to write what is found.
#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
pub(crate) struct Results {
    /// How to write what is found [default: table on a terminal, else csv]
    #[arg(long, short, value_enum)]
    pub(crate) format: Option<Rows>,
    /// File to write to; `-` is standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Table: cut no value, and show numbers and times as they are
    #[arg(long)]
    pub(crate) full: bool,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rows {
    /// Columns side by side
    Table,
    /// With a header row
    Csv,
    /// One array
    Json,
    /// One object a line
    Ndjson,
    /// A Parquet file, zstd
    Parquet,
    /// A file of Arrow's IPC format (Feather)
    Arrow,
}

impl From<Rows> for ResultFormat {
    fn from(rows: Rows) -> Self {
        match rows {
            Rows::Table => Self::Table,
            Rows::Csv => Self::Csv,
            Rows::Json => Self::Json,
            Rows::Ndjson => Self::Ndjson,
            Rows::Parquet => Self::Parquet,
            Rows::Arrow => Self::Arrow,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = QUERY_EXAMPLES, mut_arg("inventory", |it| it.requires("vpc")))]
pub(crate) struct Query {
    /// A query in SQL; the tables are `records`, as delivered, and `flows`, each conversation once with its client and its server
    pub(crate) sql: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) results: Results,
}

const QUERY_EXAMPLES: &str = "\
Examples:
  flowcover query \"select srcaddr, sum(bytes) b from records group by 1 order by b desc limit 10\" ./logs/
  flowcover query \"select dstport, count(*) n from records where action = 'REJECT' group by 1 order by n desc\" ./logs/ --format csv
  flowcover query \"select client_addr, server_addr, count(distinct server_port) n from flows group by 1, 2 having n > 100\" ./logs/
  flowcover query \"select count(*) from records where in_cidr(srcaddr, '10.0.0.0/8')\" ./logs/
  flowcover query \"select sum(bytes) from records\" s3://bucket/AWSLogs/ --last 24h --explain
  flowcover query \"select count(*) from records\" 'logs:///vpc/flow?region=eu-west-1' --last 1h --cache ./kept/
  zcat x.log.gz | flowcover query \"select log_status, count(*) from records group by 1\" -";

#[derive(Debug, Args)]
#[command(after_help = top_help(), mut_arg("inventory", |it| it.requires("vpc")))]
pub(crate) struct Top {
    /// The report: talkers, rejected, ports, … (all are listed below)
    pub(crate) report: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// The address that the reports `from` and `to` are about
    #[arg(long, value_name = "ADDRESS", help_heading = "Input")]
    pub(crate) address: Option<IpAddr>,
    #[command(flatten)]
    pub(crate) results: Results,
    /// How many rows
    #[arg(
        long,
        short = 'n',
        value_name = "ROWS",
        default_value_t = 20,
        help_heading = "Result"
    )]
    pub(crate) limit: usize,
}

fn top_help() -> String {
    let mut help = "Reports:\n".to_owned();
    for report in REPORTS {
        help.push_str(&format!("  {:<15} {}\n", report.name, report.about));
    }
    help.push_str(TOP_EXAMPLES);
    help
}

const TOP_EXAMPLES: &str = "
Examples:
  flowcover top talkers ./logs/
  flowcover top rejected ./logs/ --limit 50
  flowcover top from --address 10.0.0.1 ./logs/
  flowcover top talkers s3://bucket/AWSLogs/ --since 2026-11-20 --until 2026-11-20 --account 123456789012
  zcat x.log.gz | flowcover top rejected -";

#[derive(Debug, Args)]
#[command(after_help = FIND_EXAMPLES, mut_arg("inventory", |it| it.requires("vpc")))]
pub(crate) struct Find {
    /// An address, a CIDR block, a port, or the id of an interface, an instance, a subnet or a VPC
    pub(crate) needle: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) results: Results,
}

const FIND_EXAMPLES: &str = "\
Examples:
  flowcover find 198.51.100.99 ./logs/
  flowcover find 10.20.0.0/16 ./logs/ --format ndjson
  flowcover find eni-0123456789abcdef0 ./logs/
  flowcover find 3389 ./logs/
  flowcover find 198.51.100.99 --vpc vpc-0a1b2c3d4e5f60718 --last 1h";
