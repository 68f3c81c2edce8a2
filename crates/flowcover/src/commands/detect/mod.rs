//! `flowcover detect`: what in the records deserves a look.

mod geoip;
pub(crate) mod knowledge;
mod list;
mod state;

use std::cmp::Reverse;
use std::sync::Arc;

use clap::ArgMatches;
use flowcover_core::Severity;
use flowcover_core::policy::Policy;
use flowcover_core::words::choose;
use flowcover_detect::{
    DETECTIONS, Detection, Engine, Inquiry, Investigation, Pseudonyms, Report, Settings, World,
};
use flowcover_lake::{Account, Lake};
use flowcover_record::Field;
use flowcover_view::{Format, Options};

use super::reading::{self, Opened, block_on};
use super::{audit, now};
use crate::cli::{self, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::{policy_file, terminal};
use state::State;

pub(crate) fn run(
    arguments: &cli::Detect,
    global: &Global,
    typed: &ArgMatches,
) -> anyhow::Result<Exit> {
    if let Some(format) = arguments.list {
        return list::run(format);
    }
    let reading = &arguments.reading;
    let giver = reading::pseudonym_giver(reading)?;
    let policy = policy_file::load(arguments.knowing.policy.as_deref(), None)?;
    let memory = reading.memory as usize * 1024 * 1024;
    // Flows that are still open have the other half.
    let settings = settings(&arguments.only, &arguments.set, memory / 2, &policy)?;
    let inventory = knowledge::inventory(reading)?;
    let world = knowledge::world(
        &arguments.knowing,
        &policy,
        arguments.baseline.as_deref(),
        reading,
        inventory.as_ref(),
    )?;
    let names = knowledge::names(&arguments.knowing, &policy, inventory.as_ref())?;
    let state = arguments.state.as_deref().map(State::read).transpose()?;
    let targets = output::pair(
        &audit::in_order(typed, "format", &arguments.format),
        &audit::in_order(typed, "output", &arguments.output),
    )?;
    if let Some(target) = targets
        .iter()
        .find(|target| !Format::OF_DETECTIONS.contains(&target.format))
    {
        return Err(Failure::usage(format!(
            "findings of detections have no form as {}",
            target.format
        ))
        .hint("table, json, ndjson, csv, markdown, html, sarif or ocsf")
        .into());
    }
    let (sinks, _) = output::open(&targets, None)?;

    let (mut report, account) = block_on(reading, async {
        let opened = reading::open_beside(reading, &arguments.output, global).await?;
        let (report, _) = judge(&opened, &settings, world, &policy, None).await?;
        let account = opened.lake.account();
        anyhow::Ok((report, account))
    })??;
    names.fill(&mut report);
    apply_severities(&mut report, &policy);
    // Before anything is remembered or written.
    if let Some(giver) = &giver {
        Pseudonyms::new(&|address| giver.address(address)).report(&mut report);
    }
    let known = state
        .as_ref()
        .map_or(0, |state| state.leave_out(&mut report));
    reading::say(&account, global, reading);
    let exit = exit_of(&report, arguments.fail_on, &account);
    let at = now();
    audit::write_each(sinks, &targets, global, |target, to_terminal, out| {
        let options = Options {
            generated_at: Some(at),
            ..audit::without_rules(to_terminal, false)
        };
        flowcover_view::render_detections(&report, target.format, &options, out)
    })?;
    if let (Some(state), Some(path)) = (state, arguments.state.as_deref()) {
        state.note(&report, at).write(path)?;
        if known > 0 && !global.quiet {
            terminal::note(&format!(
                "{} reported before, and {} left out ({})",
                choose(known, "1 finding was", &format!("{known} findings were")),
                choose(known, "is", "are"),
                path.display()
            ));
        }
    }
    Ok(exit)
}

/// An investigation beside the detections: of whom, and within how many bytes.
pub(crate) type Investigating<'a> = (&'a Inquiry, usize);

/// Shows all flows to the detections, and judges. The engine tells what an investigation found.
pub(crate) async fn judge(
    opened: &Opened,
    settings: &Settings,
    world: World,
    policy: &Policy,
    investigating: Option<Investigating<'_>>,
) -> anyhow::Result<(Report, Engine)> {
    let lake = &opened.lake;
    let world = Arc::new(world);
    // Parameters were checked before anything was read.
    Engine::new(settings, &world, 1).map_err(|error| Failure::usage(error.to_string()))?;
    let engine = |share: usize| {
        let mut engine =
            Engine::new(settings, &world, share).expect("the same settings were good before");
        if let Some((inquiry, memory)) = investigating {
            engine.investigate(Investigation::new(inquiry.clone(), memory / share.max(1)));
        }
        engine
    };
    opened.watch.begin();
    let judged = lake.judge(engine).await;
    let judged = match (judged, opened.watch.stopped()) {
        (_, Some(stop)) => return Err(stop.into()),
        (judged, None) => judged.map_err(reading::refused)?,
    };
    opened.watch.finish()?;
    let points = |key| judged.point(key);
    let today = now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let allowed = knowledge::allowed(policy)?;
    let mut report = judged
        .engine
        .finish(&points, &lacking(lake), &allowed, today);
    cover(&mut report, &lake.account(), opened.watch.missing());
    Ok((report, judged.engine))
}

/// Adds to the coverage what only the reader of the records knows.
fn cover(report: &mut Report, account: &Account, missing: &[String]) {
    let coverage = &mut report.coverage;
    let counts = &account.counts;
    coverage.records = counts.parsed;
    coverage.nodata = counts.nodata;
    coverage.skipdata = counts.skipdata;
    coverage.malformed = counts.malformed;
    coverage.unreadable_objects = account.failures.len() as u64;
    coverage.missing = missing.to_vec();
}

/// The fields that some detection would use and some of the records have not, by AWS's names.
fn lacking(lake: &Lake) -> Vec<String> {
    let used = DETECTIONS
        .iter()
        .flat_map(|detection| detection.weakened_by);
    let mut lacking: Vec<String> = used
        .map(|(field, _)| *field)
        .filter(|name| Field::all().iter().any(|field| field.name == *name))
        .filter(|name| lake.formats().iter().any(|format| !format.contains(name)))
        .map(str::to_owned)
        .collect();
    lacking.sort_unstable();
    lacking.dedup();
    lacking
}

/// Which detections run, with which parameters, within so many bytes.
pub(crate) fn settings(
    only: &[String],
    set: &[String],
    memory: usize,
    policy: &Policy,
) -> anyhow::Result<Settings> {
    for id in only {
        named(id)?;
    }
    let runs = |id: &str| {
        let wanted = only.iter().any(|only| only == id);
        wanted || (only.is_empty() && policy.detect.is_enabled(id))
    };
    let running = DETECTIONS
        .iter()
        .map(|detection| detection.id)
        .filter(|id| runs(id));
    let mut parameters = knowledge::parameters(policy)?;
    for set in set {
        let (id, name, value) = setting(set)?;
        parameters.entry(id).or_default().insert(name, value);
    }
    let settings = Settings {
        only: Some(running.map(str::to_owned).collect()),
        parameters,
        memory,
        learn: false,
    };
    // What is wrong with them is said before anything is read.
    Engine::new(&settings, &Arc::new(World::default()), 1).map_err(|error| {
        Failure::usage(error.to_string())
            .hint("`flowcover explain ID` lists a detection's parameters")
    })?;
    Ok(settings)
}

/// The detection of that id.
fn named(id: &str) -> Result<&'static Detection, Failure> {
    Detection::named(id).ok_or_else(|| {
        Failure::usage(format!("there is no detection `{id}`"))
            .hint("`flowcover detect --list` lists them")
    })
}

/// Reads `port-scan.ports=100`.
fn setting(text: &str) -> Result<(String, String, f64), Failure> {
    let wrong = || {
        Failure::usage(format!("--set {text}: expected ID.NAME=VALUE"))
            .hint("for instance port-scan.ports=100")
    };
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let (id, name) = name.split_once('.').ok_or_else(wrong)?;
    let value = value.parse().map_err(|_| wrong())?;
    named(id)?;
    Ok((id.to_owned(), name.to_owned(), value))
}

/// Severities that the policy sets for all findings of a detection.
pub(crate) fn apply_severities(report: &mut Report, policy: &Policy) {
    for finding in &mut report.findings {
        let (severity, _) = policy
            .detect
            .severity_of(finding.detection, finding.severity);
        finding.severity = severity;
    }
    // Stable: findings of one severity keep their order.
    report
        .findings
        .sort_by_key(|finding| Reverse(finding.severity));
}

fn exit_of(report: &Report, fail_on: Severity, account: &Account) -> Exit {
    if report
        .findings
        .iter()
        .any(|finding| finding.severity >= fail_on)
    {
        Exit::Findings
    } else if account.is_complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}
