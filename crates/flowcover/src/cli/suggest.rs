//! Arguments of `suggest`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use flowcover_core::suggest::Parameters;
use flowcover_view::SuggestionFormat;

use super::Reading;

/// What to suggest.
#[derive(Debug, Subcommand)]
pub(crate) enum Suggest {
    /// The least rules of security groups that let the accepted traffic through; nothing is applied
    SecurityGroups(Box<SuggestSecurityGroups>),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_arg("inventory", |it| it.required(true).help(INVENTORY).help_heading("Security groups")))]
pub(crate) struct SuggestSecurityGroups {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Only this security group; can be repeated
    #[arg(long, value_name = "ID", value_parser = security_group_id, help_heading = "Security groups")]
    pub(crate) only: Vec<String>,
    #[command(flatten)]
    pub(crate) tuning: Tuning,
    /// table, diff, json, markdown, terraform or aws-cli; can be repeated
    #[arg(long, short, value_name = "FORMAT", help_heading = "Result")]
    pub(crate) format: Vec<SuggestionFormat>,
    /// File for the --format before it; `-` is standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Result")]
    pub(crate) output: Vec<PathBuf>,
}

/// How far to generalise from what was seen.
#[derive(Debug, Args)]
#[command(next_help_heading = "Security groups")]
pub(crate) struct Tuning {
    /// Most CIDR blocks for each port and family; addresses are taken together until there are so few [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    cidrs_per_port: Option<u16>,
    /// Widest IPv4 block that holds more than was seen, as the length of its prefix [default: 16]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(0..=32))]
    widest_ipv4: Option<u8>,
    /// Widest IPv6 block that holds more than was seen, as the length of its prefix [default: 48]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(0..=128))]
    widest_ipv6: Option<u8>,
    /// A port that is open to every address stays so from this many different addresses on [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    open_after: Option<u32>,
    /// A range of ports stays whole where more different ports of it were used [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    ports_per_rule: Option<u16>,
    /// Days that the flows must span for no warning [default: 14]
    #[arg(long, value_name = "DAYS")]
    shortest_days: Option<u32>,
    /// Propose also for groups with interfaces whose accepted traffic is not recorded: what these need would be blocked
    #[arg(long)]
    despite_unrecorded: bool,
}

impl Tuning {
    /// As the suggestion has them.
    pub(crate) fn parameters(&self) -> Parameters {
        let usual = Parameters::default();
        Parameters {
            cidrs_per_port: self
                .cidrs_per_port
                .map_or(usual.cidrs_per_port, usize::from),
            widest_ipv4: self.widest_ipv4.unwrap_or(usual.widest_ipv4),
            widest_ipv6: self.widest_ipv6.unwrap_or(usual.widest_ipv6),
            open_after: self.open_after.map_or(usual.open_after, |it| it as usize),
            ports_per_rule: self
                .ports_per_rule
                .map_or(usual.ports_per_rule, usize::from),
            shortest_days: self.shortest_days.unwrap_or(usual.shortest_days),
            despite_unrecorded: self.despite_unrecorded,
            ..usual
        }
    }
}

fn security_group_id(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("sg-").unwrap_or_default();
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is not a security group: sg-… is expected"
        ))
    }
}

/// What the snapshot is for.
const INVENTORY: &str = "Snapshot with security groups, as `flowcover collect --security-groups` writes it, or a folder of saved AWS CLI answers with them; it also tells where the records of --vpc lie";

const EXAMPLES: &str = "\
Examples:
  flowcover collect --security-groups --output snapshot.json
  flowcover suggest security-groups s3://bucket/AWSLogs/ --last 30d --inventory snapshot.json
  flowcover suggest security-groups ./logs/ --inventory snapshot.json --only sg-0a1b2c3d4e5f60718 --format diff
  flowcover suggest security-groups ./logs/ --inventory snapshot.json --format terraform --output rules.tf --format aws-cli --output rules.sh";
