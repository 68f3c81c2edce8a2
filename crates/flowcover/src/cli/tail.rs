//! Arguments of `flowcover tail`.

use std::time::Duration;

use clap::Args;
use flowcover_lake::Cidr;
use flowcover_record::LogFormat;

use super::Reaching;
use crate::source::duration;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Tail {
    /// Log group to follow: logs://NAME?region=REGION
    #[arg(value_name = "LOG_GROUP")]
    pub(crate) group: String,
    /// Begin with the records of the last so long
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) last: Duration,
    /// How often to look
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) interval: Duration,
    /// Format of the records, where no flow log tells it: '${version} ${account-id} …'
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// Print records as they were delivered
    #[arg(long)]
    pub(crate) raw: bool,
    #[command(flatten)]
    pub(crate) filter: Filter,
    #[command(flatten)]
    pub(crate) reaching: Reaching,
}

/// Which records are shown: those that fit all that is given.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Which records")]
pub(crate) struct Filter {
    /// Only what was let pass
    #[arg(long, conflicts_with = "rejected")]
    pub(crate) accepted: bool,
    /// Only what was refused
    #[arg(long)]
    pub(crate) rejected: bool,
    /// Only to or from this address or CIDR block; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Vec<Cidr>,
    /// Only to or from this port; can be repeated
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Vec<u16>,
    /// Only of this network interface; can be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) interface: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  flowcover tail logs:///vpc/flow
  flowcover tail 'logs:///vpc/flow?region=eu-west-1' --rejected --port 22 --port 3389
  flowcover tail logs:///vpc/flow --address 10.20.0.0/16 --raw";
