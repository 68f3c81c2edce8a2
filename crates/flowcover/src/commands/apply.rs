//! `flowcover apply`: carries a plan out, and can be resumed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flowcover_cloud::execute::{self, Applied, ExecuteError, ObstacleKind, StepEnd};
use flowcover_core::journal::{Entry, Header, SCHEMA, StepState, states};
use flowcover_core::plan::{self, Plan, Step};

use crate::cli::{self, Global, PlanFormat};
use crate::commands::fixing::{self, Runner};
use crate::commands::{now, plan as planning};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::journal_file::{JournalFile, lock_shared_file};
use crate::{confirm, output, snapshot, terminal};

pub(crate) fn run(arguments: &cli::Apply, global: &Global) -> anyhow::Result<Exit> {
    match (&arguments.resume, &arguments.plan) {
        (Some(journal), _) => resume(journal, arguments, global),
        (None, Some(path)) => begin(path, arguments, global),
        (None, None) => Err(Failure::usage("neither a plan nor --resume is given").into()),
    }
}

fn begin(path: &Path, arguments: &cli::Apply, global: &Global) -> anyhow::Result<Exit> {
    // Held until the end: a second run of the same plan would find the world changing under it.
    let _lock = lock_shared_file(path)?;
    let mut plan = snapshot::read_plan(path)?;
    if arguments.refresh {
        plan = planning::again(&plan, global)?;
        output::open_one(Some(path))?.fill(|out| Ok(plan::write(&plan, out)?))?;
        if arguments.yes {
            planning::show(&plan, PlanFormat::Table, false)?;
        }
    }
    let allowed = allowed(arguments);
    let only = only(&plan, &arguments.only)?;
    let steps = meant(&plan, only.as_deref(), &allowed);
    say_left_out(&plan, only.as_deref(), &allowed);
    if steps.is_empty() {
        terminal::note("nothing is to be done");
        return Ok(Exit::Clean);
    }
    check_number(steps.len(), arguments.max_changes)?;
    if !arguments.yes {
        planning::show(&narrowed(&plan, &steps), PlanFormat::Table, false)?;
        let accounts: BTreeSet<&str> = steps.iter().map(|step| step.account_id.as_str()).collect();
        let question = format!(
            "Carry out {} in {}?",
            fixing::count(steps.len(), "step"),
            fixing::count(accounts.len(), "account")
        );
        if !confirm::ask(&question)? {
            terminal::note("nothing was changed");
            return Ok(Exit::PartWay);
        }
    }
    let header = Header {
        schema: SCHEMA.to_owned(),
        run: run_id(&plan),
        begun_at: now(),
        generator: concat!("flowcover ", env!("CARGO_PKG_VERSION")).to_owned(),
        allowed,
        only,
        plan,
    };
    let path = arguments
        .journal
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("flowcover-{}.journal", header.run)));
    let journal = JournalFile::create(&path, &header)?;
    carry_out(&header, &[], &journal, arguments, global)
}

fn resume(path: &Path, arguments: &cli::Apply, global: &Global) -> anyhow::Result<Exit> {
    let (journal, read) = JournalFile::open(path)?;
    let known = states(&read.entries);
    let is_left = |step: &&Step| !known.get(&step.id).is_some_and(StepState::is_done);
    let steps = meant(
        &read.header.plan,
        read.header.only.as_deref(),
        &read.header.allowed,
    );
    let left = steps.into_iter().filter(is_left).count();
    check_number(left, arguments.max_changes)?;
    carry_out(&read.header, &read.entries, &journal, arguments, global)
}

fn carry_out(
    header: &Header,
    entries: &[Entry],
    journal: &JournalFile,
    arguments: &cli::Apply,
    global: &Global,
) -> anyhow::Result<Exit> {
    let runner = Runner::new(&arguments.calling, arguments.delivery_deadline);
    let applied = runner.run(global, async |cloud, options, watcher| {
        execute::apply(cloud, header, entries, journal, options, watcher).await
    })?;
    match applied {
        Ok(applied) => Ok(summary(&applied, header, journal.path(), global)),
        Err(error) => Err(refused(error, entries.is_empty(), journal.path()).into()),
    }
}

/// Says what was done, what failed, and what was not begun.
pub(crate) fn summary(applied: &Applied, header: &Header, journal: &Path, global: &Global) -> Exit {
    let mut done = 0;
    let mut stopped = 0;
    let (mut failed, mut waiting) = (Vec::new(), Vec::new());
    for step in &applied.steps {
        match &step.end {
            StepEnd::Done => done += 1,
            StepEnd::Changed(_) | StepEnd::Failed(_) => failed.push(step),
            StepEnd::Stopped => stopped += 1,
            StepEnd::NotStarted(_) => waiting.push(step),
        }
    }
    for unknown in &applied.could_not_tell {
        terminal::warning(&format!("{}: {}", unknown.account_id, unknown.what));
    }
    // What a stop kept from being begun needs no line of its own.
    let told = failed
        .iter()
        .chain(waiting.iter().filter(|_| !applied.interrupted));
    for step in told {
        terminal::error(&format!("{}: {}", step.step, step.end));
    }
    if stopped > 0 {
        terminal::warning(&format!(
            "{} stopped in the middle: the journal says how far",
            fixing::count(stopped, "step")
        ));
    }
    if !global.quiet || !applied.complete {
        terminal::note(&format!(
            "{done} done, {} failed, {} not started; run {}",
            failed.len(),
            waiting.len(),
            header.run
        ));
    }
    let journal = journal.display();
    if failed.is_empty() && waiting.is_empty() && stopped == 0 {
        if !global.quiet {
            terminal::note(&format!("next  flowcover verify {journal}"));
        }
        return Exit::Clean;
    }
    terminal::hint(&format!(
        "`flowcover apply --resume {journal}` goes on, `flowcover rollback {journal}` takes back what was done"
    ));
    Exit::PartWay
}

/// Why the run ended before its end.
fn refused(error: ExecuteError, is_new: bool, journal: &Path) -> Failure {
    let shown = journal.display();
    let resume = format!("`flowcover apply --resume {shown}` goes on");
    match error {
        ExecuteError::Preflight(obstacles) => {
            for obstacle in &obstacles {
                terminal::error(&obstacle.to_string());
            }
            if is_new {
                // Nothing was done, so there is nothing to resume or to take back.
                let _ = std::fs::remove_file(journal);
            }
            let what = format!(
                "nothing was changed: {}",
                fixing::count(obstacles.len(), "obstacle")
            );
            let has = |kind| obstacles.iter().any(|obstacle| obstacle.kind == kind);
            if has(ObstacleKind::World) {
                Failure::usage(what).hint("`--refresh` plans again, from the world as it is now")
            } else if has(ObstacleKind::Access) {
                Failure::nothing_read(what)
                    .hint("`flowcover permissions apply` prints what is needed in each account")
            } else {
                Failure::usage(what).hint(
                    "ask for a higher quota with Service Quotas in that account, or narrow the run down with `--only`",
                )
            }
        }
        ExecuteError::TakenBack => {
            Failure::usage("the run was taken back, and cannot go on").hint("plan again")
        }
        ExecuteError::Interrupted => {
            Failure::part_way("stopped before anything was changed").hint(resume)
        }
        error @ ExecuteError::Journal(_) => Failure::part_way(error.to_string()).hint(resume),
    }
}

/// The arguments that steps may need, as far as they were given; sorted.
fn allowed(arguments: &cli::Apply) -> Vec<String> {
    let given = [
        ("--replace", arguments.replace),
        ("--shorten-retention", arguments.shorten_retention),
    ];
    let given = given.into_iter().filter(|(_, given)| *given);
    given.map(|(name, _)| name.to_owned()).collect()
}

/// The steps that resources given by id need: those about them, and what these come after.
fn only(plan: &Plan, ids: &[String]) -> Result<Option<Vec<String>>, Failure> {
    if ids.is_empty() {
        return Ok(None);
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for id in ids {
        let mut found = plan
            .steps
            .iter()
            .filter(|step| is_about(step, id))
            .peekable();
        if found.peek().is_none() {
            return Err(
                Failure::usage(format!("the plan has no step for {id}")).hint(
                    "`--only` takes ids of VPCs, transit gateways and other resources of the plan",
                ),
            );
        }
        wanted.extend(found.map(|step| step.id.as_str()));
    }
    // Steps come after those that they need, so one way back finds all.
    for step in plan.steps.iter().rev() {
        if wanted.contains(step.id.as_str()) {
            wanted.extend(
                step.after
                    .iter()
                    .chain(&step.after_delivery_of)
                    .map(String::as_str),
            );
        }
    }
    let steps = plan.steps.iter().map(|step| &step.id);
    Ok(Some(
        steps
            .filter(|id| wanted.contains(id.as_str()))
            .cloned()
            .collect(),
    ))
}

fn is_about(step: &Step, id: &str) -> bool {
    let resources = match &step.change {
        plan::Change::CreateFlowLogs { flow_logs, .. } => flow_logs.resource_ids.as_slice(),
        _ => &[],
    };
    step.resource.id == id
        || step.answers.iter().any(|answered| answered.resource == id)
        || resources.iter().any(|resource| resource == id)
}

/// The plan with no steps but these: what is asked about.
fn narrowed(plan: &Plan, steps: &[&Step]) -> Plan {
    Plan {
        steps: steps.iter().copied().cloned().collect(),
        not_fixed: if steps.len() == plan.steps.len() {
            plan.not_fixed.clone()
        } else {
            Vec::new()
        },
        ..plan.clone()
    }
}

/// The steps that a run is about.
fn meant<'a>(plan: &'a Plan, only: Option<&[String]>, allowed: &[String]) -> Vec<&'a Step> {
    let asked = |step: &&Step| only.is_none_or(|only| only.contains(&step.id));
    let steps = plan.steps.iter().filter(asked);
    steps.filter(|step| is_allowed(step, allowed)).collect()
}

fn is_allowed(step: &Step, allowed: &[String]) -> bool {
    let needed = step.needs_argument.as_ref();
    needed.is_none_or(|argument| allowed.contains(argument))
}

fn say_left_out(plan: &Plan, only: Option<&[String]>, allowed: &[String]) {
    for step in &plan.steps {
        let asked = only.is_none_or(|only| only.contains(&step.id));
        if let Some(argument) = step.needs_argument.as_ref().filter(|_| asked)
            && !is_allowed(step, allowed)
        {
            terminal::warning(&format!("{}: left out, for it needs {argument}", step.id));
        }
    }
}

fn check_number(steps: usize, most: Option<usize>) -> Result<(), Failure> {
    match most.filter(|most| steps > *most) {
        Some(most) => Err(Failure::usage(format!(
            "the plan has {}, more than --max-changes {most}",
            fixing::count(steps, "step")
        ))
        .hint("nothing was changed; `apply PLAN --only ID` narrows a run down")),
        None => Ok(()),
    }
}

/// Tells this run from every other one: the plan, the time, and the process, which is another one for two runs that
/// begin in the same second.
fn run_id(plan: &Plan) -> String {
    let plan_part: String = plan.id.chars().take(8).collect();
    let time = now().strftime("%Y%m%dT%H%M%SZ");
    format!("{time}-{plan_part}-{:x}", std::process::id())
}
