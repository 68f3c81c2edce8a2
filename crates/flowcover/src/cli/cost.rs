//! Arguments of `cost`, and those with which `plan` tells what it would cost.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::Resettable;
use flowcover_record::LogFormat;
use flowcover_view::Format;

use super::{Choosing, Reaching, Reading};
use crate::source::duration;

#[derive(Debug, Args)]
#[command(
    after_help = COST_EXAMPLES,
    mut_arg("inventory", |it| it
        .requires(Resettable::<clap::Id>::Reset)
        .required_unless_present("print_prices")
        .value_name("PATH")
        .help_heading("Input")
        .help("Snapshot, as `flowcover collect` writes it, or a folder of saved AWS CLI answers: which flow logs there are")),
    mut_arg("vpc", |it| it.help("Sample from where the records of this VPC lie, told by its flow logs"))
)]
pub(crate) struct Cost {
    /// Records to measure: files, folders and patterns of flow logs, s3://BUCKET/PREFIX/, logs://LOG_GROUP?region=REGION; `-` is standard input; a day or a week of them is enough
    #[arg(long, value_name = "PATH", num_args = 1.., help_heading = "Input")]
    pub(crate) sample: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) choosing: Choosing,
    #[command(flatten)]
    pub(crate) reaching: Reaching,
    #[command(flatten)]
    pub(crate) measuring: Measuring,
    /// Prices instead of those that are built in
    #[arg(long, value_name = "FILE", help_heading = "Estimate")]
    pub(crate) prices: Option<PathBuf>,
    /// Only print the prices that are built in, as a file to change
    #[arg(long, exclusive = true, help_heading = "Estimate")]
    pub(crate) print_prices: bool,
    /// Days that records are kept in each other way [default: as today]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500), help_heading = "Estimate")]
    pub(crate) retention_days: Option<u32>,
    /// Days that one run of a report looks at
    #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=36_500), help_heading = "Estimate")]
    pub(crate) query_days: u32,
    /// Policy file, whose retention tells what is kept for nothing [default: flowcover.toml, if it is there]
    #[arg(long, value_name = "FILE", help_heading = "Estimate")]
    pub(crate) policy: Option<PathBuf>,
    /// Preset to start from: cis, strict or pci [default: the policy file's, or cis]
    #[arg(long, value_parser = super::preset, help_heading = "Estimate")]
    pub(crate) preset: Option<String>,
    /// table, json, csv or markdown; can be repeated
    #[arg(long, short, value_name = "FORMAT", help_heading = "Report")]
    pub(crate) format: Vec<Format>,
    /// File for the --format before it; `-` is standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    pub(crate) output: Vec<PathBuf>,
}

const COST_EXAMPLES: &str = "\
Examples:
  flowcover cost --inventory snapshot.json --sample s3://bucket/AWSLogs/ --last 24h
  flowcover cost --inventory snapshot.json --sample ./logs/ --prices ours.toml --format json --output cost.json
  flowcover cost --inventory snapshot.json --sample 'logs:///vpc/flow?region=eu-west-1' --last 6h --retention-days 90
  flowcover cost --print-prices > ours.toml
  flowcover plan --sample s3://bucket/AWSLogs/ --sample-last 24h";

/// How a sample is measured.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Measuring {
    /// Format of records without a header line, as DescribeFlowLogs has it: '${version} ${account-id} …'
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// Tasks that work side by side [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Memory in MiB that grouping may use before it goes to disk
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    pub(crate) memory: u32,
    /// The most text, in MiB, that one object may unpack to
    #[arg(long, value_name = "MIB", default_value_t = 8192)]
    pub(crate) max_object_size: u32,
    /// Stop with exit code 3 at the first line that is no record, or object that cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
}

impl Cost {
    /// What is read, as the commands that read records have it.
    pub(crate) fn reading(&self) -> Reading {
        let measuring = &self.measuring;
        Reading {
            paths: self.sample.clone(),
            choosing: self.choosing.clone(),
            reaching: self.reaching.clone(),
            log_format: measuring.log_format.clone(),
            threads: measuring.threads,
            memory: measuring.memory,
            max_object_size: measuring.max_object_size,
            pseudonymise: None,
            rejects: None,
            strict: measuring.strict,
        }
    }
}

/// What `plan` measures to tell what it would cost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Estimate")]
pub(crate) struct Sampling {
    /// Show what the plan would cost, by these records of flow logs that are there: files, folders, s3://BUCKET/PREFIX/, logs://LOG_GROUP?region=REGION
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) sample: Vec<PathBuf>,
    /// Only those of the last 90m, 24h, 7d
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "sample")]
    pub(crate) sample_last: Option<Duration>,
    /// Prices instead of those that are built in; `flowcover cost --print-prices` prints these
    #[arg(long, value_name = "FILE", requires = "sample")]
    pub(crate) prices: Option<PathBuf>,
}

impl Sampling {
    /// What is read, as the commands that read records have it; with this profile.
    pub(crate) fn reading(&self, profile: Option<&String>) -> Reading {
        let reaching = Reaching {
            profile: profile.cloned(),
            ..Reaching::default()
        };
        let mut reading = Reading::plain(self.sample.clone(), reaching);
        reading.choosing.last = self.sample_last;
        reading
    }
}
