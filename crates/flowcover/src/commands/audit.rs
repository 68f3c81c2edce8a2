//! `flowcover audit`: a verdict for every VPC.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;
use flowcover_core::inventory::Inventory;
use flowcover_core::policy::{EvidenceRequired, Policy};
use flowcover_core::report::Report;
use flowcover_core::{assess as judge, compare, outcome};
use flowcover_view::{Options, RenderError, Rule};

use crate::cli::{self, DepthArgument, Global, Reporting};
use crate::commands::{gather, nothing_read};
use crate::exit::Exit;
use crate::output::{self, Sink, Target};
use crate::{policy_file, snapshot, terminal};

pub(crate) fn run(
    arguments: &cli::Audit,
    global: &Global,
    typed: &ArgMatches,
) -> anyhow::Result<Exit> {
    let judging = &arguments.judging;
    let policy = policy_file::load(judging.policy.as_deref(), judging.preset.as_deref())?;
    warn_if_nothing_can_be_recorded(&policy, arguments);
    let baseline = arguments
        .reporting
        .baseline
        .as_deref()
        .map(snapshot::read_report)
        .transpose()?;
    // Every place is opened before anything is asked of AWS: a report that cannot be written
    // is better known now.
    let targets = output::pair(
        &in_order(typed, "format", &arguments.reporting.format),
        &in_order(typed, "output", &arguments.reporting.output),
    )?;
    let (sinks, save) = output::open(&targets, arguments.save.as_deref())?;

    let inventory = match &arguments.from {
        Some(path) => gather::saved(path, &arguments.collecting)?,
        None => gather::live(&arguments.collecting, global, freshness(&policy))?,
    };
    if let (Some(sink), Some(path)) = (save, arguments.save.as_deref()) {
        sink.fill(|out| snapshot::write(&inventory, snapshot::is_compressed_name(path), out))?;
    }
    let report = assess(&inventory, &policy, baseline.as_ref());
    let exit = Exit::from(outcome::outcome(&report, judging.fail_on));
    write(&report, &arguments.reporting, sinks, &targets, global)?;
    if exit == Exit::NothingRead {
        nothing_read::why(&inventory).say();
    }
    // The process ends here: giving a large organisation back piece by piece would take longer
    // than writing some of its reports.
    std::mem::forget((inventory, report));
    Ok(exit)
}

/// Judges, and compares with an earlier report.
pub(crate) fn assess(inventory: &Inventory, policy: &Policy, baseline: Option<&Report>) -> Report {
    let mut report = judge(inventory, policy);
    report.changes = baseline.map(|before| compare::changes(before, &report));
    report
}

/// A policy that wants facts and a depth that reads none: every delivery that AWS reports is `unknown`.
fn warn_if_nothing_can_be_recorded(policy: &Policy, arguments: &cli::Audit) {
    let reads_no_facts = arguments.collecting.depth == Some(DepthArgument::Delivery);
    if policy.evidence.value == EvidenceRequired::Facts && reads_no_facts {
        terminal::warning(&format!(
            "{} asks for facts ({}), and --depth delivery reads none: no VPC can be `recorded`",
            policy.evidence.origin.source, policy.evidence.origin.setting
        ));
        terminal::hint(
            "leave out --depth delivery, or set evidence = \"delivery-status\" under [record] in the policy file",
        );
    }
}

fn freshness(policy: &Policy) -> Duration {
    Duration::from_secs(u64::from(policy.freshness_seconds.value))
}

/// The values of a repeated argument with their places on the command line.
pub(crate) fn in_order<T: Clone>(typed: &ArgMatches, name: &str, values: &[T]) -> Vec<(usize, T)> {
    if typed.value_source(name) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    typed
        .indices_of(name)
        .into_iter()
        .flatten()
        .zip(values.iter().cloned())
        .collect()
}

fn write(
    report: &Report,
    reporting: &Reporting,
    sinks: Vec<Sink>,
    targets: &[Target],
    global: &Global,
) -> anyhow::Result<()> {
    write_each(sinks, targets, global, |target, to_terminal, out| {
        let options = if target.format.describes_checks() {
            options(to_terminal, reporting.all)
        } else {
            without_rules(to_terminal, reporting.all)
        };
        flowcover_view::render(target.format, report, &options, out)
    })
}

/// Writes each report where it goes; `render` is told whether that is standard output. One that cannot be written does not keep the
/// others from being written.
pub(crate) fn write_each<F: Copy + Display>(
    sinks: Vec<Sink>,
    targets: &[Target<F>],
    global: &Global,
    render: impl Fn(&Target<F>, bool, &mut dyn Write) -> Result<(), RenderError>,
) -> anyhow::Result<()> {
    let mut failed = None;
    for (sink, target) in sinks.into_iter().zip(targets) {
        let written = sink.fill(|out| Ok(render(target, target.path.is_none(), out)?));
        match (written, &target.path) {
            (Ok(()), Some(path)) if !global.quiet => say_written(path, target.format),
            (Ok(()), _) => {}
            // The other reports are still wanted.
            (Err(error), _) => failed = Some(failed.unwrap_or(error)),
        }
    }
    failed.map_or(Ok(()), Err)
}

/// How to show a report.
pub(crate) fn options(to_terminal: bool, verbose: bool) -> Options {
    Options {
        rules: Rule::all(),
        ..without_rules(to_terminal, verbose)
    }
}

/// How to show a report that does not describe its checks.
pub(crate) fn without_rules(to_terminal: bool, verbose: bool) -> Options {
    Options {
        width: if to_terminal {
            terminal::stdout_width()
        } else {
            None
        },
        colour: to_terminal && terminal::stdout_has_colour(),
        verbose,
        ..Options::default()
    }
}

fn say_written(path: &Path, format: impl Display) {
    terminal::note(&format!("wrote {} ({format})", path.display()));
}
