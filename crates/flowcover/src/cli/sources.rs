//! Arguments that say which records are read, and how they are reached.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::collecting::{account_id, region};
use crate::source::{Moment, duration};

/// Which records.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Which records")]
pub(crate) struct Choosing {
    /// Records of the last 90m, 24h, 7d (before --until, or now)
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "since")]
    pub(crate) last: Option<Duration>,
    /// Records of traffic from then on: 2026-11-20, or 2026-11-20T08:00:00Z
    #[arg(long, value_name = "MOMENT")]
    pub(crate) since: Option<Moment>,
    /// Records of traffic before then; a date is its end
    #[arg(long, value_name = "MOMENT")]
    pub(crate) until: Option<Moment>,
    /// How far outside of that span the time of an object may lie before it is left unopened
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) slack: Duration,
    /// Only objects of flow logs of this account, by their names; can be repeated
    #[arg(long, value_name = "ACCOUNT_ID", value_parser = account_id)]
    pub(crate) account: Vec<String>,
    /// Only objects of flow logs of this region, by their names; can be repeated
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) source_region: Vec<String>,
    /// Only objects of this flow log, by their names; can be repeated
    #[arg(long, value_name = "ID", value_parser = flow_log_id)]
    pub(crate) flow_log: Vec<String>,
    /// Pay for requests to a bucket whose owner does not
    #[arg(long, value_name = "requester", num_args = 0..=1, default_missing_value = "requester", value_parser = ["requester"])]
    pub(crate) request_payer: Option<String>,
    /// Folder where what was read of log groups is kept, and read the next time
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache: Option<PathBuf>,
    /// Read from where the records of this VPC lie, told by its flow logs
    #[arg(long, value_name = "ID", value_parser = vpc_id)]
    pub(crate) vpc: Option<String>,
    /// Snapshot, or folder of saved AWS CLI answers, that tells where that is [default: ask AWS, in the region of the environment]
    #[arg(long, value_name = "PATH")]
    pub(crate) inventory: Option<PathBuf>,
    /// Say what was listed, left out and read, and why
    #[arg(long)]
    pub(crate) explain: bool,
}

/// How AWS is reached.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct Reaching {
    /// Profile of the AWS configuration files
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Role to assume for reading
    #[arg(long, value_name = "ARN", value_parser = role_arn)]
    pub(crate) read_role_arn: Option<String>,
    /// External id for that role
    #[arg(long, value_name = "ID", requires = "read_role_arn")]
    pub(crate) external_id: Option<String>,
    /// Most calls in flight
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,
    /// Longest time for the calls to AWS, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(1..=2_592_000))]
    pub(crate) deadline: u64,
}

impl Default for Reaching {
    /// As where nothing is said.
    fn default() -> Self {
        Self {
            profile: None,
            read_role_arn: None,
            external_id: None,
            concurrency: 48,
            deadline: 86_400,
        }
    }
}

fn flow_log_id(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("fl-").unwrap_or_default();
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a flow log: fl-… is expected"))
    }
}

fn vpc_id(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("vpc-").unwrap_or_default();
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a VPC: vpc-… is expected"))
    }
}

fn role_arn(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, role]
            if account_id(account).is_ok() && role.starts_with("role/") =>
        {
            Ok(text.to_owned())
        }
        _ => Err(format!(
            "`{text}` is not the ARN of a role: arn:aws:iam::123456789012:role/NAME is expected"
        )),
    }
}
