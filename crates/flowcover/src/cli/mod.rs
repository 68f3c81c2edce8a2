//! The command line: what can be typed. What it means is worked out by each command.

mod collecting;
mod convert;
mod cost;
mod detect;
mod fixing;
mod investigate;
mod reading;
mod sources;
mod suggest;
mod tail;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use flowcover_core::Severity;
use flowcover_view::Format;

pub(crate) use collecting::{Collecting, DepthArgument};
pub(crate) use convert::{Convert, Schema};
pub(crate) use cost::{Cost, Sampling};
pub(crate) use detect::{Baseline, BaselineBuild, Detect, Knowing};
pub(crate) use fixing::{
    Apply, Calling, Plan, PlanAs, PlanFormat, Planning, Protect, ProtectAs, Rollback, Verify,
};
pub(crate) use investigate::Investigate;
pub(crate) use reading::{Find, Query, Reading, Results, Rows, Top};
pub(crate) use sources::{Choosing, Reaching};
pub(crate) use suggest::{Suggest, SuggestSecurityGroups};
pub(crate) use tail::{Filter, Tail};

use crate::exit;

/// Makes sure that the traffic of every AWS VPC is recorded by VPC Flow Logs, and proves it.
#[derive(Debug, Parser)]
#[command(name = "flowcover", version, max_term_width = 100, after_help = exit::TABLE, infer_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Arguments of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Colour on standard output and standard error
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, help_heading = "Global")]
    pub(crate) color: Colour,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, help_heading = "Global")]
    pub(crate) quiet: bool,
    /// Log what is done (-vv: every call; never credentials)
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Global")]
    pub(crate) verbose: u8,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// Where there is a terminal and NO_COLOR is not set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a policy file with every setting explained
    Init(Init),
    /// Say for every VPC whether its traffic is recorded
    Audit(Box<Audit>),
    /// Save what an audit needs, to judge it later or elsewhere
    Collect(Box<Collect>),
    /// Say what would be changed so that all traffic is recorded
    Plan(Box<Plan>),
    /// Carry a plan out
    Apply(Box<Apply>),
    /// Wait until what was made delivers, and show the evidence
    Verify(Verify),
    /// Take back what a run made
    Rollback(Rollback),
    /// Print what keeps flow logs on: a service control policy, a Config rule, a telemetry rule
    Protect(Protect),
    /// Ask records of flow logs in SQL
    Query(Box<Query>),
    /// Show who sent most, what was refused, and other ready-made reports
    Top(Box<Top>),
    /// Find every record of an address, a block, a port, an interface
    Find(Box<Find>),
    /// Follow the records of a log group as they come
    Tail(Box<Tail>),
    /// Write records sorted and partitioned, as Parquet, CSV, NDJSON or OCSF events
    Convert(Box<Convert>),
    /// Print the table over flow logs for Athena, DuckDB, ClickHouse or OpenSearch
    Schema(Schema),
    /// Find scans, beacons, exfiltration and more in records
    Detect(Box<Detect>),
    /// Learn how it usually is, for detections that need a past
    #[command(subcommand)]
    Baseline(Baseline),
    /// Show everything that one address, block, interface, instance or security group did
    Investigate(Box<Investigate>),
    /// Tell what flow logs cost, and would cost each other way
    Cost(Box<Cost>),
    /// Suggest rules that the traffic needs, and no more
    #[command(subcommand)]
    Suggest(Suggest),
    /// Show a check, a detection or a framework: why, how to audit by hand, how to remediate
    Explain(Explain),
    /// List the checks
    Checks(Checks),
    /// Print the least permissions that a command needs
    Permissions(Permissions),
    /// Audit, fix and restore a simulated organisation: no AWS account needed
    Demo(Demo),
    /// Print a completion script for a shell
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Preset to start from
    #[arg(long, default_value = "cis", value_parser = preset)]
    pub(crate) preset: String,
    /// Print it instead of writing flowcover.toml
    #[arg(long)]
    pub(crate) print: bool,
    /// File to write
    #[arg(long, short, default_value = crate::policy_file::DEFAULT_NAME, conflicts_with = "print")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = AUDIT_EXAMPLES)]
pub(crate) struct Audit {
    /// Judge a snapshot, or a folder of saved AWS CLI answers, instead of calling AWS
    #[arg(long, value_name = "PATH", conflicts_with_all = Collecting::LIVE_ONLY, help_heading = "Input")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) collecting: Collecting,
    #[command(flatten)]
    pub(crate) judging: Judging,
    #[command(flatten)]
    pub(crate) reporting: Reporting,
    /// Save what was collected, too
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) save: Option<PathBuf>,
}

const AUDIT_EXAMPLES: &str = "\
Examples:
  flowcover audit
  flowcover audit --profile staging --region eu-west-1
  flowcover audit --organization --role-name OrganizationAccountAccessRole
  flowcover audit --organization --role-name Audit --format html --output report.html --format sarif --output r.sarif
  flowcover audit --from snapshot.json --preset strict --fail-on medium
  flowcover audit --baseline last-week.json";

/// How to judge.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct Judging {
    /// Policy file [default: flowcover.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Preset to start from: cis, strict or pci [default: the policy file's, or cis]
    #[arg(long, value_parser = preset)]
    pub(crate) preset: Option<String>,
    /// Least severity of a finding that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::High)]
    pub(crate) fail_on: Severity,
}

/// What to write, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct Reporting {
    /// table, json, ndjson, csv, markdown, html, sarif, junit, ocsf, asff or prometheus; can be repeated
    #[arg(long, short, value_name = "FORMAT")]
    pub(crate) format: Vec<Format>,
    /// File for the --format before it; `-` is standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// Earlier JSON report: say what is new, fixed and unchanged
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// List also what is in order
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    #[command(flatten)]
    pub(crate) collecting: Collecting,
    /// Also read security groups, their rules and all network interfaces: what `flowcover suggest` needs
    #[arg(long, help_heading = "Collecting")]
    pub(crate) security_groups: bool,
    /// Snapshot to write; compressed if the name ends in .zst; `-` is standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Id of a check or a detection, as `flowcover checks` and `flowcover detect --list` list them
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Checks {
    /// How to list them
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

/// How to print a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Permissions {
    /// Command that is to be allowed
    #[arg(value_enum)]
    pub(crate) command: PermissionsFor,
    /// As a bare policy, or as what makes the role in every account
    #[arg(long = "as", value_enum, default_value_t = PermissionsAs::Policy)]
    pub(crate) form: PermissionsAs,
    /// How deep the audit goes
    #[arg(long, value_enum, default_value_t = DepthArgument::Full)]
    pub(crate) depth: DepthArgument,
    /// Include what --prove needs
    #[arg(long)]
    pub(crate) prove: bool,
    /// Include what `collect --security-groups` needs
    #[arg(long)]
    pub(crate) security_groups: bool,
    /// Include what --organization needs in the account that the run starts from
    #[arg(long)]
    pub(crate) organization: bool,
    /// Include what --account, --accounts or --bucket-account need there: to assume the role of that account
    #[arg(long, value_name = "ACCOUNT_ID", value_parser = collecting::account_id, conflicts_with = "organization")]
    pub(crate) account: Vec<String>,
    /// Pattern of the names of log groups that may be made, changed, deleted or read; can be repeated
    /// [default: /flowcover/*; every one for commands that read records]
    #[arg(long, value_name = "PATTERN")]
    pub(crate) log_groups: Vec<String>,
    /// Central bucket that the account holds, or whose records are read; can be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) bucket: Vec<String>,
    /// Include what `apply --replace` needs, or taking that back
    #[arg(long)]
    pub(crate) replace: bool,
    /// Include what `rollback --delete-records` needs
    #[arg(long)]
    pub(crate) delete_records: bool,
    /// Name of the role [default: FlowcoverAudit, FlowcoverApply, FlowcoverVerify, FlowcoverRollback or FlowcoverRead]
    #[arg(long)]
    pub(crate) role_name: Option<String>,
    /// Account whose principals may assume that role
    #[arg(long, value_name = "ACCOUNT_ID", value_parser = collecting::account_id)]
    pub(crate) trusted_account: Option<String>,
    /// External id that they must give
    #[arg(long)]
    pub(crate) external_id: Option<String>,
}

/// Commands that need permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermissionsFor {
    /// The same as collect
    Audit,
    /// The same as audit
    Collect,
    /// The same as audit
    Plan,
    /// Making what a plan asks for
    Apply,
    /// Looking whether what was made delivers
    Verify,
    /// Taking back what was made
    Rollback,
    /// Reading records, as top, find and tail do
    Query,
    /// The same as query
    Top,
    /// The same as query
    Find,
    /// The same as query
    Tail,
    /// The same as query
    Convert,
    /// The same as query
    Detect,
    /// The same as query
    Investigate,
    /// The same as query: the sample
    Cost,
    /// The same as query: the snapshot comes from collect
    Suggest,
}

/// Forms of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermissionsAs {
    /// IAM policy document (JSON)
    Policy,
    /// CloudFormation template of the role, fit for a StackSet over all accounts
    Cloudformation,
    /// Terraform module of the role
    Terraform,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for the reports and the snapshot
    #[arg(long, short, value_name = "FOLDER", default_value = "flowcover-demo")]
    pub(crate) output: PathBuf,
    /// Preset to judge with
    #[arg(long, default_value = "cis", value_parser = preset)]
    pub(crate) preset: String,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

fn preset(text: &str) -> Result<String, String> {
    flowcover_core::policy::Policy::preset(text)
        .map(|policy| policy.preset)
        .map_err(|error| error.to_string())
}
