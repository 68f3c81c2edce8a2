//! Taking back: what a run made, in reverse order, where nobody else changed it since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use flowcover_core::call::Call;
use flowcover_core::journal::{self, Event, Header, Made, StepState, states};
use flowcover_core::plan::{Change, Step};
use tokio::sync::Semaphore;

use super::act::{Converged, converge};
use super::enter;
use super::journaled::Log;
use super::look::{Seen, look};
use super::options::{ExecuteOptions, RollbackOptions, Watcher};
use super::outcome::{ExecuteError, RolledBack, TakenBack, TakenBackEnd};
use super::run::Run;
use super::schedule::{self, Course, Job};
use super::work::Work;
use crate::Limited;

/// Takes back what the journal says that a run made: each step in reverse order, after all that rest on it. What somebody else
/// changed since is left, and so is whatever it needs. Done again, it goes on where it was stopped. With `dry_run`, nothing is
/// called that changes anything, and nothing is journaled.
///
/// # Errors
///
/// If the journal cannot be written.
pub async fn rollback(
    cloud: &Limited,
    header: &Header,
    entries: &[journal::Entry],
    log: &dyn Log,
    how: RollbackOptions,
    options: &ExecuteOptions,
    watcher: &dyn Watcher,
) -> Result<RolledBack, ExecuteError> {
    let known = states(entries);
    let is_left = |step: &&Step| known.get(&step.id).is_some_and(may_have_acted);
    let steps: Vec<&Step> = header.plan.steps.iter().rev().filter(is_left).collect();
    watcher.planned(steps.len());
    watcher.stage("entering the accounts");
    let places =
        enter::enter_accounts(cloud, &header.plan, accounts(header, &steps), options).await;
    let run = Run::new(cloud, header, log, places, options, watcher);
    for event in entries.iter().map(|entry| &entry.event) {
        if let Some(step) = event.step().and_then(|id| header.plan.step(id)) {
            run.note(step, event);
        }
    }
    if !how.dry_run {
        let delete_records = how.delete_records;
        run.journal
            .append(Event::RollbackBegun { delete_records })
            .map_err(|_| run.journal.error())?;
    }
    watcher.stage("taking back");
    let course = Backward {
        run: &run,
        known,
        how,
        new_ids: Mutex::default(),
        at_once: Semaphore::new(options.steps_at_once.max(1)),
    };
    let ends = schedule::run(&course, &jobs(&steps)).await;
    let steps = course.reports(&steps, ends);
    let complete = steps.iter().all(|step| step.end == TakenBackEnd::TakenBack);
    if !how.dry_run
        && (run.journal.is_broken() || run.journal.append(Event::Ended { complete }).is_err())
    {
        return Err(run.journal.error());
    }
    Ok(RolledBack {
        steps,
        complete,
        interrupted: run.is_stopped(),
    })
}

/// The accounts that steps are about. Where a bucket goes, all of the plan: others may deliver there by now.
fn accounts<'a>(header: &'a Header, steps: &[&'a Step]) -> BTreeSet<&'a str> {
    let makes_bucket = |step: &&Step| matches!(step.change, Change::CreateBucket { .. });
    if steps.iter().any(makes_bucket) {
        return header.plan.accounts.keys().map(String::as_str).collect();
    }
    steps.iter().map(|step| step.account_id.as_str()).collect()
}

/// Whether a step has done something that was not taken back, or may have.
fn may_have_acted(state: &StepState) -> bool {
    let acted = |made: &Made| {
        made.pending.is_some()
            || made.adopted.is_some()
            || !made.calls.is_empty()
            || !made.flow_log_ids.is_empty()
    };
    state.made().is_some_and(acted)
}

/// Each step needs those taken back that came after it.
fn jobs<'a>(steps: &[&'a Step]) -> Vec<Job<'a>> {
    let mut needs = BTreeMap::<&str, Vec<&'a str>>::new();
    for step in steps {
        for needed in step.after.iter().chain(&step.after_delivery_of) {
            needs.entry(needed).or_default().push(&step.id);
        }
    }
    steps
        .iter()
        .map(|step| Job {
            step,
            needs: needs.get(step.id.as_str()).cloned().unwrap_or_default(),
        })
        .collect()
}

struct Backward<'a> {
    run: &'a Run<'a>,
    known: BTreeMap<String, StepState>,
    how: RollbackOptions,
    /// Flow logs that were made again, by step.
    new_ids: Mutex<BTreeMap<String, Vec<String>>>,
    at_once: Semaphore,
}

impl Course for Backward<'_> {
    type End = TakenBackEnd;

    async fn work(&self, step: &Step) -> TakenBackEnd {
        let _place = self.at_once.acquire().await;
        let watcher = self.run.watcher;
        watcher.began(&step.id);
        let state = self
            .known
            .get(&step.id)
            .cloned()
            .unwrap_or(StepState::NotStarted);
        let end = match self.run.places.home(&step.account_id) {
            Err(why) => TakenBackEnd::Failed(why),
            Ok(home) => {
                let work = Work::new(self.run, step, &home.scope, state);
                let work = work.taking_back(self.how.delete_records);
                if self.how.dry_run {
                    would(&work).await
                } else {
                    self.take_back(work).await
                }
            }
        };
        watcher.taken_back(&step.id, &end);
        end
    }

    fn skipped(&self, step: &Step, why: String) -> TakenBackEnd {
        let end = if self.run.may_go_on().is_err() {
            TakenBackEnd::NotStarted
        } else {
            self.leave(step, why)
        };
        self.run.watcher.taken_back(&step.id, &end);
        end
    }

    fn is_good(&self, step: &str, end: &TakenBackEnd) -> bool {
        match end {
            TakenBackEnd::TakenBack | TakenBackEnd::Would(_) => true,
            // Old flow logs that are not made again need nothing that this run made.
            TakenBackEnd::Left(_) => {
                let step = self.run.header.plan.step(step);
                step.is_some_and(|step| matches!(step.change, Change::DeleteFlowLogs { .. }))
            }
            TakenBackEnd::Failed(_) | TakenBackEnd::NotStarted | TakenBackEnd::Stopped => false,
        }
    }

    fn stopped(&self, _account_id: &str) -> Option<String> {
        let stopped = self.run.may_go_on().is_err();
        stopped.then(|| "the run was stopped".to_owned())
    }
}

impl Backward<'_> {
    async fn take_back(&self, mut work: Work<'_>) -> TakenBackEnd {
        match converge(&mut work).await {
            Converged::Settled(ids) => {
                let step = work.step.id.clone();
                let mut new_ids = self.new_ids.lock().unwrap_or_else(PoisonError::into_inner);
                new_ids.insert(step.clone(), ids);
                match work.record(Event::TakenBack { step }) {
                    Ok(()) => TakenBackEnd::TakenBack,
                    Err(_) => TakenBackEnd::Stopped,
                }
            }
            Converged::Changed(changed) => self.leave(work.step, changed.to_string()),
            Converged::Kept(why) => self.leave(work.step, why),
            Converged::Refused(why)
                if matches!(work.step.change, Change::DeleteFlowLogs { .. }) =>
            {
                self.leave(work.step, format!("AWS does not make it again: {why}"))
            }
            Converged::Failed(why) | Converged::Refused(why) => TakenBackEnd::Failed(why),
            Converged::Stopped if !work.is_touched() => TakenBackEnd::NotStarted,
            Converged::Stopped => TakenBackEnd::Stopped,
        }
    }

    /// Leaves a step as it is, and says so in the journal.
    fn leave(&self, step: &Step, message: String) -> TakenBackEnd {
        let event = Event::Left {
            step: step.id.clone(),
            message: message.clone(),
        };
        if !self.how.dry_run && self.run.journal.append(event).is_err() {
            return TakenBackEnd::Stopped;
        }
        TakenBackEnd::Left(message)
    }

    fn reports(&self, steps: &[&Step], ends: Vec<TakenBackEnd>) -> Vec<TakenBack> {
        let mut new_ids = self.new_ids.lock().unwrap_or_else(PoisonError::into_inner);
        let report = |(step, end): (&&Step, TakenBackEnd)| TakenBack {
            step: step.id.clone(),
            account_id: step.account_id.clone(),
            end,
            new_flow_log_ids: new_ids.remove(&step.id).unwrap_or_default(),
        };
        steps.iter().zip(ends).map(report).collect()
    }
}

/// What would be done.
async fn would(work: &Work<'_>) -> TakenBackEnd {
    match look(work).await {
        Ok(Seen::Act { calls, .. }) => TakenBackEnd::Would(calls),
        Ok(Seen::Kept(why)) => TakenBackEnd::Left(why),
        Ok(Seen::Settled { .. } | Seen::Adopt { .. }) => TakenBackEnd::Would(Vec::<Call>::new()),
        Ok(Seen::Changed(changed)) => TakenBackEnd::Left(changed.to_string()),
        Err(_) if work.run.may_go_on().is_err() => TakenBackEnd::NotStarted,
        Err(error) => TakenBackEnd::Failed(format!("what is there cannot be read: {error}")),
    }
}
