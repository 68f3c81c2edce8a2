//! Arguments of the commands that change something, and of those that look after it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Sampling;
use super::collecting::{Collecting, role_name};

#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub(crate) struct Plan {
    /// Plan from a snapshot, or a folder of saved AWS CLI answers, instead of calling AWS
    #[arg(long, value_name = "PATH", conflicts_with_all = Collecting::LIVE_ONLY, help_heading = "Input")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) collecting: Collecting,
    /// Policy file [default: flowcover.toml, if it is there]
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub(crate) policy: Option<PathBuf>,
    /// Preset to start from: cis, strict or pci [default: the policy file's, or cis]
    #[arg(long, value_parser = super::preset, help_heading = "Policy")]
    pub(crate) preset: Option<String>,
    #[command(flatten)]
    pub(crate) planning: Planning,
    #[command(flatten)]
    pub(crate) sampling: Sampling,
    /// `plan` is what `apply` takes; the others are for those whose changes go through review
    #[arg(long = "as", value_enum, default_value_t = PlanAs::Plan, help_heading = "Plan")]
    pub(crate) form: PlanAs,
    /// File for the plan, or folder for --as; `-` is standard output
    #[arg(long, short, value_name = "PATH", help_heading = "Plan")]
    pub(crate) output: Option<PathBuf>,
    /// How to show the plan
    #[arg(long, short, value_enum, default_value_t = PlanFormat::Table, help_heading = "Plan")]
    pub(crate) format: PlanFormat,
    /// Show every manual step of what is not fixed
    #[arg(long, help_heading = "Plan")]
    pub(crate) all: bool,
    /// Exit code 6 if there is something to do
    #[arg(long, help_heading = "Plan")]
    pub(crate) detailed_exitcode: bool,
}

/// What to plan.
#[derive(Debug, Args)]
#[command(next_help_heading = "Plan")]
pub(crate) struct Planning {
    /// Also replace flow logs that cannot be mended: the old one is deleted once the new one delivers
    #[arg(long)]
    pub(crate) replace: bool,
    /// VPC or transit gateway to plan for; can be repeated [default: all]
    #[arg(long, value_name = "ID", value_parser = resource_id)]
    pub(crate) only: Vec<String>,
    /// Role that makes the changes in every account but the one that the run starts from [default: --role-name]
    #[arg(long, value_name = "NAME", value_parser = role_name)]
    pub(crate) write_role_name: Option<String>,
    /// External id for that role [default: --external-id]
    #[arg(long, value_name = "ID", requires = "write_role_name")]
    pub(crate) write_external_id: Option<String>,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  flowcover plan --output plan.json
  flowcover plan --organization --role-name Audit --write-role-name FlowcoverApply --output plan.json
  flowcover plan --from snapshot.json --preset strict --only vpc-0a1b2c3d4e5f60718
  flowcover plan --as terraform --output fix/
  flowcover plan --output plan.json --sample s3://bucket/AWSLogs/ --sample-last 24h";

/// What a plan is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanAs {
    /// What `flowcover apply` takes (JSON)
    Plan,
    /// A folder of Terraform files
    Terraform,
    /// A folder with a CloudFormation template for each account and region
    Cloudformation,
    /// A shell script that calls the AWS CLI
    AwsCli,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    Table,
    /// For programs: the plan itself
    Json,
    /// For a comment on a pull request
    Markdown,
}

#[derive(Debug, Args)]
#[command(after_help = APPLY_EXAMPLES)]
pub(crate) struct Apply {
    /// Plan to carry out
    #[arg(value_name = "PLAN", required_unless_present = "resume")]
    pub(crate) plan: Option<PathBuf>,
    /// Journal to write: the record from which the run is resumed and taken back [default: flowcover-RUN.journal]
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) journal: Option<PathBuf>,
    /// Go on with a run that was stopped, by its journal
    #[arg(long, value_name = "JOURNAL", conflicts_with = "plan")]
    pub(crate) resume: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// VPC, transit gateway or other resource to act on; can be repeated [default: all of the plan]
    #[arg(long, value_name = "ID", conflicts_with = "resume")]
    pub(crate) only: Vec<String>,
    /// Plan again first, with the arguments that made the plan, and write the plan anew
    #[arg(long, conflicts_with = "resume")]
    pub(crate) refresh: bool,
    /// Refuse a plan with more steps than this
    #[arg(long, value_name = "N")]
    pub(crate) max_changes: Option<usize>,
    /// Delete old flow logs once their successors deliver, where the plan says so
    #[arg(long, conflicts_with = "resume")]
    pub(crate) replace: bool,
    /// Shorten the retention of log groups, where the plan says so: AWS then deletes the older records for good
    #[arg(long, conflicts_with = "resume")]
    pub(crate) shorten_retention: bool,
    #[command(flatten)]
    pub(crate) calling: Calling,
    /// Longest wait for new flow logs to deliver before old ones are deleted, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1800, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) delivery_deadline: u64,
}

const APPLY_EXAMPLES: &str = "\
Examples:
  flowcover apply plan.json --journal run.journal
  flowcover apply plan.json --journal run.journal --yes --only vpc-0a1b2c3d4e5f60718 --max-changes 20
  flowcover apply --resume run.journal
  flowcover verify run.journal
  flowcover rollback run.journal";

/// How calls are made by commands that know from a journal where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Calls")]
pub(crate) struct Calling {
    /// Profile of the AWS configuration files for the caller's own credentials
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Most calls in flight [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: Option<u16>,
    /// Longest time for calls to AWS, in seconds [default: 3600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) deadline: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES, mut_arg("depth", |it| it.hide(true)), mut_arg("prove", |it| it.hide(true)))]
pub(crate) struct Verify {
    /// Journal of the run whose flow logs to look at [default: every flow log with flowcover's tags]
    #[arg(value_name = "JOURNAL", conflicts_with_all = ["organization", "account", "accounts", "role_name", "region", "exclude_region"])]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) collecting: Collecting,
    /// Longest wait for records, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1200, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(crate) wait: u64,
    /// How to show the result
    #[arg(long, short, value_enum, default_value_t = super::ListFormat::Table)]
    pub(crate) format: super::ListFormat,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  flowcover verify run.journal
  flowcover verify run.journal --wait 0 --format json
  flowcover verify --organization --role-name Audit     # whatever carries flowcover's tags";

#[derive(Debug, Args)]
#[command(after_help = ROLLBACK_EXAMPLES)]
pub(crate) struct Rollback {
    /// Journal of the run to take back
    #[arg(value_name = "JOURNAL")]
    pub(crate) journal: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Say what would be taken back, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also delete log groups and buckets of the run that hold records
    #[arg(long)]
    pub(crate) delete_records: bool,
    #[command(flatten)]
    pub(crate) calling: Calling,
}

const ROLLBACK_EXAMPLES: &str = "\
Examples:
  flowcover rollback run.journal --dry-run
  flowcover rollback run.journal
  flowcover rollback run.journal --yes --delete-records";

#[derive(Debug, Args)]
#[command(after_help = PROTECT_EXAMPLES)]
pub(crate) struct Protect {
    /// What to print
    #[arg(long = "as", value_enum)]
    pub(crate) form: ProtectAs,
    /// Policy file, for the bucket and the names that it gives [default: flowcover.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Preset to start from: cis, strict or pci [default: the policy file's, or cis]
    #[arg(long, value_parser = super::preset)]
    pub(crate) preset: Option<String>,
    /// For all accounts of the organisation (rules; a service control policy is put where you attach it)
    #[arg(long)]
    pub(crate) organization: bool,
    /// Role that may still change flow logs, by name; can be repeated
    #[arg(long, value_name = "NAME", value_parser = role_name)]
    pub(crate) except_role: Vec<String>,
    /// AWS partition: aws, aws-cn or aws-us-gov
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = ["aws", "aws-cn", "aws-us-gov"])]
    pub(crate) partition: String,
}

const PROTECT_EXAMPLES: &str = "\
Examples:
  flowcover protect --as scp --except-role BreakGlass > scp.json
  flowcover protect --as config-rule --organization
  flowcover protect --as telemetry-rule --preset strict";

/// What keeps flow logs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProtectAs {
    /// Service control policy (JSON)
    Scp,
    /// AWS Config rule, as a CloudFormation template
    ConfigRule,
    /// CloudWatch telemetry rule, as a CloudFormation template
    TelemetryRule,
}

fn resource_id(text: &str) -> Result<String, String> {
    let known = ["vpc-", "tgw-", "subnet-", "eni-"];
    if known.iter().any(|prefix| text.starts_with(prefix)) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is not the id of a VPC or a transit gateway"
        ))
    }
}
