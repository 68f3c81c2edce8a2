//! Carries out a plan on a [`Cloud`](crate::Cloud), shows that it delivers, and takes it back.
//!
//! What holds throughout:
//! - Nothing is done that is not journaled first: an intent is durable before its call is made, and the answer after.
//!   When the journal cannot be written, the run stops.
//! - Before each step, what it rests on is read again. As the plan has it: the step is carried out. As the step makes it,
//!   and by this run: it was found. Anything else: the world has changed, and nothing is touched.
//! - What an earlier run left under a name that is to be made, by its tags, is gone on with: it is journaled as it was, set as
//!   the step makes it, and set back and left when the run is taken back. Its retention is never shortened for that.
//! - What could have been done by a call without a clear answer is found out by looking, never by assuming.
//! - The same code carries out a new run, goes on with one that was stopped, and takes one back: each looks at the world
//!   and makes the calls that are left.

mod act;
mod alike;
mod bucket;
mod bucket_back;
mod bucket_left;
mod bucket_policy;
mod bucket_users;
mod enter;
mod flow_logs;
mod group_settings;
mod journaled;
mod judge;
mod log_group;
mod look;
mod mended;
mod options;
mod outcome;
mod preflight;
mod questions;
mod quotas;
mod role;
mod rollback;
mod run;
mod same;
mod schedule;
mod step;
mod verify;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::journal::{self, Event, Header, StepState, states};
use flowcover_core::plan::Step;

use crate::Limited;

pub use journaled::Log;
pub use judge::{Delivery, Made, Verified};
pub use options::{ExecuteOptions, RollbackOptions, Silent, Watcher};
pub use outcome::{
    Applied, Changed, CouldNotTell, ExecuteError, Obstacle, ObstacleKind, RolledBack, StepEnd,
    StepReport, TakenBack, TakenBackEnd,
};
pub use rollback::rollback;
pub use verify::{made_flow_logs, verify};

use run::Run;

/// Carries out the plan of a journal, from the beginning or from where it was stopped: `entries` are what the journal
/// holds after its header. Only the steps that the header is about, and that its arguments allow.
///
/// Accounts are worked on side by side, and so are the regions of an account. Where a step fails, its account is stopped,
/// and whatever waits for it; others go on.
///
/// # Errors
///
/// If the run was taken back, if the preflight of a new run fails (then nothing was changed), or if the journal cannot
/// be written.
pub async fn apply(
    cloud: &Limited,
    header: &Header,
    entries: &[journal::Entry],
    log: &dyn Log,
    options: &ExecuteOptions,
    watcher: &dyn Watcher,
) -> Result<Applied, ExecuteError> {
    let taken_back = |entry: &journal::Entry| matches!(entry.event, Event::RollbackBegun { .. });
    if entries.iter().any(taken_back) {
        return Err(ExecuteError::TakenBack);
    }
    let known = states(entries);
    let steps: Vec<&Step> = header
        .plan
        .steps
        .iter()
        .filter(|it| is_meant(header, it))
        .collect();
    watcher.planned(steps.len());
    let left: Vec<&Step> = steps
        .iter()
        .copied()
        .filter(|it| !is_done(&known, it))
        .collect();
    watcher.stage("entering the accounts");
    let places = enter::enter_accounts(cloud, &header.plan, accounts(header, &left), options).await;
    let run = Run::new(cloud, header, log, places, options, watcher);
    let mut could_not_tell = Vec::new();
    if known.is_empty() {
        watcher.stage("checking permissions and what the plan rests on");
        let preflight = preflight::check(&run, &left).await;
        if run.is_stopped() {
            return Err(ExecuteError::Interrupted);
        }
        if !preflight.obstacles.is_empty() {
            return Err(ExecuteError::Preflight(preflight.obstacles));
        }
        could_not_tell = preflight.could_not_tell;
    }
    if !entries.is_empty() {
        run.journal
            .append(Event::Resumed)
            .map_err(|_| run.journal.error())?;
    }
    watcher.stage("carrying out the plan");
    let reports = step::forward(&run, &steps, known).await;
    let complete = reports.iter().all(|report| report.end == StepEnd::Done)
        && steps.len() == asked_for(header);
    if run.journal.is_broken() || run.journal.append(Event::Ended { complete }).is_err() {
        return Err(run.journal.error());
    }
    Ok(Applied {
        interrupted: run.is_stopped(),
        steps: reports,
        could_not_tell,
        adopted: run.adopted(),
        complete,
    })
}

/// The accounts that steps are about. Where records are waited for, all of the plan: a central bucket is listed by its owner.
fn accounts<'a>(header: &'a Header, steps: &[&'a Step]) -> BTreeSet<&'a str> {
    if steps.iter().any(|step| !step.after_delivery_of.is_empty()) {
        return header.plan.accounts.keys().map(String::as_str).collect();
    }
    steps.iter().map(|step| step.account_id.as_str()).collect()
}

/// Whether the run is about a step, and its arguments allow it.
fn is_meant(header: &Header, step: &Step) -> bool {
    is_asked_for(header, step) && is_allowed(header, step)
}

fn is_asked_for(header: &Header, step: &Step) -> bool {
    let only = header.only.as_ref();
    only.is_none_or(|only| only.contains(&step.id))
}

fn is_allowed(header: &Header, step: &Step) -> bool {
    let needed = step.needs_argument.as_ref();
    needed.is_none_or(|argument| header.allowed.contains(argument))
}

fn asked_for(header: &Header) -> usize {
    let steps = header.plan.steps.iter();
    steps.filter(|step| is_asked_for(header, step)).count()
}

fn is_done(known: &BTreeMap<String, StepState>, step: &Step) -> bool {
    known.get(&step.id).is_some_and(StepState::is_done)
}
