//! Arguments of `detect` and `baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use flowcover_core::Severity;
use flowcover_view::Format;

use super::{ListFormat, Reading};

#[derive(Debug, Args)]
#[command(after_help = DETECT_EXAMPLES, mut_arg("inventory", |it| it.help(INVENTORY)))]
pub(crate) struct Detect {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) knowing: Knowing,
    /// Only list the detections: table or json
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "table", exclusive = true, help_heading = "Detection")]
    pub(crate) list: Option<ListFormat>,
    /// Run only this detection; can be repeated
    #[arg(long, value_name = "ID", help_heading = "Detection")]
    pub(crate) only: Vec<String>,
    /// Set a parameter, as in port-scan.ports=100; goes before the policy file; can be repeated
    #[arg(long, value_name = "ID.NAME=VALUE", help_heading = "Detection")]
    pub(crate) set: Vec<String>,
    /// How it was before, as `flowcover baseline build` writes it
    #[arg(long, value_name = "FILE", help_heading = "Detection")]
    pub(crate) baseline: Option<PathBuf>,
    /// Report only what this file does not know yet, and note there what is reported
    #[arg(long, value_name = "FILE", help_heading = "Detection")]
    pub(crate) state: Option<PathBuf>,
    /// Least severity of a finding that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::High, help_heading = "Report")]
    pub(crate) fail_on: Severity,
    /// table, json, ndjson, csv, markdown, html, sarif or ocsf; can be repeated
    #[arg(long, short, value_name = "FORMAT", help_heading = "Report")]
    pub(crate) format: Vec<Format>,
    /// File for the --format before it; `-` is standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    pub(crate) output: Vec<PathBuf>,
}

const DETECT_EXAMPLES: &str = "\
Examples:
  flowcover detect ./logs/
  flowcover detect s3://bucket/AWSLogs/ --last 24h --baseline normal.fcb --state seen.json
  flowcover detect ./logs/ --only port-scan --only beaconing --set port-scan.ports=100
  flowcover detect ./logs/ --bad-addresses tor.txt --geoip GeoLite2-Country.mmdb --format html --output report.html
  flowcover detect --list
  flowcover explain port-scan";

/// What an inventory is good for, beside telling where the records of a VPC lie.
pub(super) const INVENTORY: &str = "Snapshot, as `flowcover collect` writes it, or a folder of saved AWS CLI answers: its VPCs' networks are ours, its names are used, and it tells where the records of --vpc lie";

/// What is known beside the records.
#[derive(Debug, Args)]
#[command(next_help_heading = "Detection")]
pub(crate) struct Knowing {
    /// Policy file, whose [detect] tunes, allows and names networks [default: flowcover.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// A network that is ours, beside the private ones; can be repeated
    #[arg(long, value_name = "CIDR")]
    pub(crate) inside: Vec<String>,
    /// A DNS server that our hosts are meant to ask; can be repeated
    #[arg(long, value_name = "CIDR")]
    pub(crate) resolver: Vec<String>,
    /// List of addresses or blocks with a bad name, one on a line; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) bad_addresses: Vec<PathBuf>,
    /// Countries of addresses, in MaxMind's format (.mmdb)
    #[arg(long, value_name = "FILE")]
    pub(crate) geoip: Option<PathBuf>,
    /// AWS's list of its own address ranges, ip-ranges.json: names servers of AWS
    #[arg(long, value_name = "FILE")]
    pub(crate) aws_ranges: Option<PathBuf>,
}

/// What to do with baselines.
#[derive(Debug, Subcommand)]
pub(crate) enum Baseline {
    /// Learn from records how it usually is
    Build(Box<BaselineBuild>),
}

#[derive(Debug, Args)]
#[command(after_help = BASELINE_EXAMPLES, mut_arg("inventory", |it| it.help(INVENTORY)))]
pub(crate) struct BaselineBuild {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) knowing: Knowing,
    /// Add to what this baseline knows already
    #[arg(long, value_name = "FILE", help_heading = "Result")]
    pub(crate) add_to: Option<PathBuf>,
    /// File to write; may be the same as --add-to
    #[arg(long, short, value_name = "FILE", help_heading = "Result")]
    pub(crate) output: PathBuf,
}

const BASELINE_EXAMPLES: &str = "\
Examples:
  flowcover baseline build s3://bucket/AWSLogs/ --last 30d --output normal.fcb
  flowcover baseline build s3://bucket/AWSLogs/ --last 1d --add-to normal.fcb --output normal.fcb";
