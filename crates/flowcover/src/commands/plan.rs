//! `flowcover plan`: what would be changed, why, and how it is taken back.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use flowcover_cloud::Entry;
use flowcover_cloud::collect::NameBuckets;
use flowcover_core::cost::Planned;
use flowcover_core::inventory::Inventory;
use flowcover_core::plan::{self, Plan};
use flowcover_core::plan::{BuildRequest, build, fix_buckets};
use flowcover_core::policy::Policy;
use flowcover_core::report::Report;
use flowcover_core::{assess, outcome};
use flowcover_view::plan as view;

use crate::cli::{self, Global, PlanAs, PlanFormat, Planning};
use crate::commands::{audit, cost, gather, nothing_read};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Sink};
use crate::{folder, policy_file, terminal};

pub(crate) fn run(arguments: &cli::Plan, global: &Global) -> anyhow::Result<Exit> {
    let policy = policy_file::load(arguments.policy.as_deref(), arguments.preset.as_deref())?;
    // The place is opened before anything is asked of AWS.
    let place = Place::open(arguments)?;
    let (plan, report, inventory) = make(arguments, global, &policy, made_by(arguments))?;
    let read = outcome::outcome(&report, flowcover_core::Severity::High);
    if read == outcome::Outcome::NothingRead {
        // No plan is better than an empty one.
        nothing_read::why(&inventory).say();
        return Ok(Exit::NothingRead);
    }
    let only = arguments.planning.only.iter().cloned().collect();
    let unknown = plan::unknown_ids(&inventory, &only);
    if let Some(id) = unknown.first() {
        return Err(
            Failure::usage(format!("--only {id}: there is none in what was read"))
                .hint("it may lie in a region or an account that was not asked")
                .into(),
        );
    }
    let profile = arguments.collecting.profile.first();
    let made = (&inventory, &plan, &policy);
    let planned = cost::of_plan(&arguments.sampling, profile, made, global)?;
    place.write(&plan, planned.as_ref(), arguments, global)?;
    if !plan.is_complete() {
        terminal::warning(
            "not everything could be read: see what is not fixed for want of reading",
        );
    }
    Ok(match (plan.steps.is_empty(), plan.is_complete()) {
        (false, _) if arguments.detailed_exitcode => Exit::Steps,
        (false, _) | (true, true) => Exit::Clean,
        // That nothing is to be done is not known.
        (true, false) => Exit::Incomplete,
    })
}

/// Makes the plan, and gives what it was made from.
pub(crate) fn make(
    arguments: &cli::Plan,
    global: &Global,
    policy: &Policy,
    made_by: Vec<String>,
) -> anyhow::Result<(Plan, Report, Inventory)> {
    let (inventory, entries) = gathered(arguments, global, policy)?;
    let report = assess(&inventory, policy);
    let request = BuildRequest {
        replace: arguments.planning.replace,
        only: arguments.planning.only.iter().cloned().collect(),
        entries,
        made_by,
    };
    let plan = build(&inventory, &report, policy, &request);
    Ok((plan, report, inventory))
}

/// What was typed after `flowcover plan`, without where the plan goes and how it looks.
fn made_by(arguments: &cli::Plan) -> Vec<String> {
    if arguments.from.is_some() {
        return Vec::new();
    }
    let typed: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    without_output(&typed[1..])
}

/// Arguments of `plan` that take a value, and say nothing about what is planned.
const ABOUT_OUTPUT: [&str; 8] = [
    "--output",
    "-o",
    "--format",
    "-f",
    "--as",
    "--color",
    "--sample-last",
    "--prices",
];
/// One that takes any number of values: `plan` has no other words that are no arguments.
const ABOUT_SAMPLE: &str = "--sample";
/// Those that take none.
const SWITCHES: [&str; 7] = [
    "--quiet",
    "-q",
    "--all",
    "--detailed-exitcode",
    "-v",
    "-vv",
    "--verbose",
];

fn without_output(typed: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = typed.iter().peekable();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or(word);
        if name == ABOUT_SAMPLE {
            let is_value = |word: &&String| *word == "-" || !word.starts_with('-');
            while words.next_if(is_value).is_some() {}
        } else if ABOUT_OUTPUT.contains(&name) {
            if !word.contains('=') {
                words.next();
            }
        } else if !SWITCHES.contains(&word.as_str()) {
            kept.push(word.clone());
        }
    }
    kept
}

/// Makes a plan again with the arguments that made it.
pub(crate) fn again(plan: &Plan, global: &Global) -> anyhow::Result<Plan> {
    if plan.made_by.is_empty() {
        return Err(Failure::usage(
            "the plan was made from a snapshot, and cannot be made again from AWS",
        )
        .hint("nothing was changed; plan without --from")
        .into());
    }
    let words = std::iter::once("flowcover").chain(plan.made_by.iter().map(String::as_str));
    let parsed = cli::Arguments::try_parse_from(words);
    let Ok(cli::Arguments {
        command: cli::Command::Plan(arguments),
        ..
    }) = parsed
    else {
        return Err(
            Failure::usage("`made_by` of the plan are no arguments of `flowcover plan`")
                .hint("nothing was changed; plan again")
                .into(),
        );
    };
    let policy = policy_file::load(arguments.policy.as_deref(), arguments.preset.as_deref())?;
    Ok(make(&arguments, global, &policy, plan.made_by.clone())?.0)
}

fn gathered(
    arguments: &cli::Plan,
    global: &Global,
    policy: &Policy,
) -> anyhow::Result<(Inventory, BTreeMap<String, Entry>)> {
    let planning = &arguments.planning;
    match &arguments.from {
        Some(path) => {
            let inventory = gather::saved(path, &arguments.collecting)?;
            let entries = entries_of(&inventory, policy, planning)?;
            Ok((inventory, entries))
        }
        None => {
            let freshness = Duration::from_secs(u64::from(policy.freshness_seconds.value));
            let owned = policy.clone();
            // A plan that took a bucket for missing because no flow log delivers there yet would be wrong.
            let buckets: NameBuckets = Arc::new(move |inventory| fix_buckets(inventory, &owned));
            let besides = gather::Besides {
                buckets: Some(buckets),
                ..gather::Besides::default()
            };
            let collected =
                gather::live_with_entries(&arguments.collecting, global, freshness, besides)?;
            let entries = collected
                .entries
                .into_iter()
                .map(|(account_id, entry)| {
                    let entry = for_writing(entry, &account_id, &collected.inventory, planning);
                    (account_id, entry)
                })
                .collect();
            Ok((collected.inventory, entries))
        }
    }
}

/// The way in that makes changes: through the role that writes, where a role is the way in.
fn for_writing(
    entry: Entry,
    account_id: &str,
    inventory: &Inventory,
    planning: &Planning,
) -> Entry {
    match (entry, &planning.write_role_name) {
        (Entry::Role { via, .. }, Some(name)) => Entry::Role {
            via,
            role_arn: role_arn(inventory, account_id, name),
            external_id: planning.write_external_id.clone(),
        },
        (entry, _) => entry,
    }
}

/// How the accounts of a snapshot are reached, and those of the buckets that `[fix]` names: it does not say how they were.
fn entries_of(
    inventory: &Inventory,
    policy: &Policy,
    planning: &Planning,
) -> Result<BTreeMap<String, Entry>, Failure> {
    let accounts = inventory.accounts.iter().map(|account| &account.account_id);
    let Some(name) = &planning.write_role_name else {
        let accounts: Vec<_> = accounts.collect();
        return match accounts[..] {
            [] => Ok(BTreeMap::new()),
            [account_id] => Ok(BTreeMap::from([(account_id.clone(), Entry::Caller)])),
            _ => Err(Failure::usage(format!(
                "the snapshot holds {} accounts, and does not say how they are reached",
                accounts.len()
            ))
            .hint("--write-role-name names the role that makes the changes in each of them")),
        };
    };
    let owners = fix_buckets(inventory, policy).into_values();
    Ok(accounts
        .cloned()
        .chain(owners)
        .map(|account_id| {
            let entry = Entry::Role {
                via: Box::new(Entry::Caller),
                role_arn: role_arn(inventory, &account_id, name),
                external_id: planning.write_external_id.clone(),
            };
            (account_id, entry)
        })
        .collect())
}

fn role_arn(inventory: &Inventory, account_id: &str, name: &str) -> String {
    format!("arn:{}:iam::{account_id}:role/{name}", inventory.partition)
}

/// Where the plan goes, beside the view of it.
enum Place {
    /// Nowhere: it is only shown.
    Shown,
    /// A plan file; on standard output it takes the place of the view.
    File(Sink),
    /// A folder of files.
    Folder(folder::Folder),
    /// A script.
    Script(Sink),
}

impl Place {
    fn open(arguments: &cli::Plan) -> Result<Self, Failure> {
        let output = arguments.output.as_deref();
        match (arguments.form, output) {
            (PlanAs::Plan, None) => Ok(Self::Shown),
            (PlanAs::Plan, Some(path)) => output::open_one(Some(path)).map(Self::File),
            (PlanAs::AwsCli, Some(path)) if is_folder(path) => {
                folder::Folder::open(path).map(Self::Folder)
            }
            (PlanAs::AwsCli, path) => output::open_one(path).map(Self::Script),
            (PlanAs::Terraform | PlanAs::Cloudformation, Some(path)) => {
                folder::Folder::open(path).map(Self::Folder)
            }
            (PlanAs::Terraform | PlanAs::Cloudformation, None) => Err(Failure::usage(
                "--as terraform and --as cloudformation write several files",
            )
            .hint("name a folder with --output")),
        }
    }

    fn write(
        self,
        plan: &Plan,
        planned: Option<&Planned>,
        arguments: &cli::Plan,
        global: &Global,
    ) -> anyhow::Result<()> {
        let path = arguments.output.as_deref();
        let to_stdout = path == Some(Path::new("-"));
        match self {
            Self::Shown => {}
            Self::File(sink) => {
                sink.fill(|out| Ok(plan::write(plan, out)?))?;
                if to_stdout {
                    return Ok(());
                }
            }
            Self::Script(sink) => {
                sink.fill(|out| Ok(view::aws_cli(plan, out)?))?;
                if path.is_none() || to_stdout {
                    return Ok(());
                }
            }
            Self::Folder(folder) => {
                let files = match arguments.form {
                    PlanAs::Terraform => view::terraform(plan),
                    PlanAs::Cloudformation => view::cloudformation(plan),
                    PlanAs::AwsCli | PlanAs::Plan => vec![("apply.sh".to_owned(), script(plan)?)],
                };
                folder.write(&files)?;
            }
        }
        show_with(plan, planned, arguments.format, arguments.all)?;
        if let Some(path) = path.filter(|_| !global.quiet) {
            terminal::note(&format!("wrote {}", path.display()));
            if arguments.form == PlanAs::Plan && !plan.steps.is_empty() {
                terminal::note(&format!("next  flowcover apply {}", path.display()));
            }
        }
        Ok(())
    }
}

fn script(plan: &Plan) -> anyhow::Result<String> {
    let mut text = Vec::new();
    view::aws_cli(plan, &mut text)?;
    Ok(String::from_utf8(text)?)
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

/// Shows a plan on standard output.
pub(crate) fn show(plan: &Plan, format: PlanFormat, all: bool) -> anyhow::Result<()> {
    show_with(plan, None, format, all)
}

/// Shows a plan on standard output, and what it would cost. The plan itself knows nothing of that.
fn show_with(
    plan: &Plan,
    planned: Option<&Planned>,
    format: PlanFormat,
    all: bool,
) -> anyhow::Result<()> {
    let options = audit::options(true, all);
    output::open_one(None)?.fill(|out| {
        match format {
            PlanFormat::Table => view::terminal(plan, &options, out)?,
            PlanFormat::Markdown => view::markdown(plan, &options, out)?,
            PlanFormat::Json => plan::write(plan, out)?,
        }
        match (planned, format) {
            (Some(planned), PlanFormat::Table) => {
                flowcover_view::planned_text(planned, &options, out)?;
            }
            (Some(planned), PlanFormat::Markdown) => {
                flowcover_view::planned_markdown(planned, out)?;
            }
            _ => {}
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::without_output;

    #[test]
    fn where_a_plan_goes_is_not_what_it_is_about() {
        let typed = "plan -q --output p.json --role-name=Audit --sample a/ b/ - --sample-last 1d --format=json --organization --sample=c -f table --only vpc-1 --all --prices p.toml";
        let typed: Vec<String> = typed.split(' ').map(str::to_owned).collect();
        let kept = without_output(&typed);
        assert_eq!(
            kept,
            [
                "plan",
                "--role-name=Audit",
                "--organization",
                "--only",
                "vpc-1"
            ]
        );
    }
}
