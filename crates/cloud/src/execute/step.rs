//! Carrying out: each step of a plan to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flowcover_core::journal::{Event, StepState};
use flowcover_core::plan::{Change, Step};
use tokio::sync::Semaphore;

use super::act::{Converged, converge};
use super::outcome::{StepEnd, StepReport};
use super::run::Run;
use super::schedule::{self, Course, Job};
use super::verify;
use super::work::Work;

/// Carries out steps, from where the journal says that each came.
pub(super) async fn forward(
    run: &Run<'_>,
    steps: &[&Step],
    known: BTreeMap<String, StepState>,
) -> Vec<StepReport> {
    let jobs: Vec<Job<'_>> = steps
        .iter()
        .map(|step| Job {
            step,
            needs: needs(step).collect(),
        })
        .collect();
    let course = Forward {
        run,
        known,
        made: Mutex::default(),
        stopped: Mutex::default(),
        at_once: Semaphore::new(run.options.steps_at_once.max(1)),
    };
    let ends = schedule::run(&course, &jobs).await;
    steps
        .iter()
        .zip(ends)
        .map(|(step, end)| StepReport {
            step: step.id.clone(),
            account_id: step.account_id.clone(),
            end,
            flow_log_ids: course.made_by(&step.id),
        })
        .collect()
}

/// Why a step is not begun after a stop.
const STOPPED: &str = "the run was stopped";

/// How a step ends when the run is stopped.
fn stopped(is_begun: bool) -> StepEnd {
    if is_begun {
        StepEnd::Stopped
    } else {
        StepEnd::NotStarted(STOPPED.to_owned())
    }
}

fn needs(step: &Step) -> impl Iterator<Item = &str> {
    let needed = step.after.iter().chain(&step.after_delivery_of);
    needed.map(String::as_str)
}

struct Forward<'a> {
    run: &'a Run<'a>,
    known: BTreeMap<String, StepState>,
    /// Flow logs that were made, by step.
    made: Mutex<BTreeMap<String, Vec<String>>>,
    /// The step that stopped an account.
    stopped: Mutex<BTreeMap<String, String>>,
    at_once: Semaphore,
}

impl Course for Forward<'_> {
    type End = StepEnd;

    async fn work(&self, step: &Step) -> StepEnd {
        let state = self
            .known
            .get(&step.id)
            .cloned()
            .unwrap_or(StepState::NotStarted);
        if state.is_done() {
            let ids = state.made().map(|made| made.flow_log_ids.clone());
            self.made().insert(step.id.clone(), ids.unwrap_or_default());
            return StepEnd::Done;
        }
        let watcher = self.run.watcher;
        watcher.began(&step.id);
        let end = self.carry_out(step, state).await;
        if matches!(end, StepEnd::Failed(_) | StepEnd::Changed(_)) {
            let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
            stopped.insert(step.account_id.clone(), step.id.clone());
        }
        watcher.ended(&step.id, &end);
        end
    }

    fn skipped(&self, step: &Step, why: String) -> StepEnd {
        // Done in an earlier part of the run: whatever stands in the way now, that stands.
        if self.known.get(&step.id).is_some_and(StepState::is_done) {
            return StepEnd::Done;
        }
        // What it needs was not reached either.
        let end = if self.run.may_go_on().is_err() {
            stopped(self.known.contains_key(&step.id))
        } else {
            StepEnd::NotStarted(why)
        };
        self.run.watcher.ended(&step.id, &end);
        end
    }

    fn is_good(&self, _step: &str, end: &StepEnd) -> bool {
        *end == StepEnd::Done
    }

    fn stopped(&self, account_id: &str) -> Option<String> {
        if self.run.may_go_on().is_err() {
            return Some(STOPPED.to_owned());
        }
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let step = stopped.get(account_id)?;
        Some(format!("its account was stopped when {step} failed"))
    }
}

impl Forward<'_> {
    async fn carry_out(&self, step: &Step, state: StepState) -> StepEnd {
        if let Err(why) = self.delivered(step).await {
            return if self.run.may_go_on().is_err() {
                stopped(state != StepState::NotStarted)
            } else {
                StepEnd::NotStarted(why)
            };
        }
        let _place = self.at_once.acquire().await;
        let home = match self.run.places.home(&step.account_id) {
            Ok(home) => home,
            Err(why) => return StepEnd::Failed(why),
        };
        let mut work = Work::new(self.run, step, &home.scope, state);
        let end = converge(&mut work).await;
        let end = self.journal(&mut work, end);
        let made = work.made().flow_log_ids;
        self.made().insert(step.id.clone(), made);
        end
    }

    /// Journals how a step ended.
    fn journal(&self, work: &mut Work<'_>, end: Converged) -> StepEnd {
        let step = work.step.id.clone();
        let (event, end) = match end {
            Converged::Settled(_) | Converged::Kept(_) => (Event::Done { step }, StepEnd::Done),
            Converged::Changed(changed) => {
                let message = changed.to_string();
                (Event::Failed { step, message }, StepEnd::Changed(changed))
            }
            Converged::Failed(message) | Converged::Refused(message) => {
                let end = StepEnd::Failed(message.clone());
                (Event::Failed { step, message }, end)
            }
            Converged::Stopped => return stopped(work.is_begun()),
        };
        match work.record(event) {
            Ok(()) => end,
            Err(_) => StepEnd::Stopped,
        }
    }

    /// Waits until the flow logs of the steps that this one waits for deliver.
    async fn delivered(&self, step: &Step) -> Result<(), String> {
        let resources: BTreeSet<&str> = match &step.change {
            Change::DeleteFlowLogs { flow_logs } => {
                let resources = flow_logs
                    .iter()
                    .filter_map(|log| log.resource_id.as_deref());
                resources.collect()
            }
            _ => BTreeSet::new(),
        };
        for needed in &step.after_delivery_of {
            let Some(maker) = self.run.header.plan.step(needed) else {
                return Err(format!("the plan has no step {needed}"));
            };
            self.run
                .watcher
                .waits(&step.id, "records of the new flow logs");
            let ids = self.made_by(needed);
            verify::wait_for_records(self.run, maker, &ids, &resources).await?;
        }
        Ok(())
    }

    fn made_by(&self, step: &str) -> Vec<String> {
        let made = self.made().get(step).cloned();
        let known = || {
            self.known
                .get(step)?
                .made()
                .map(|made| made.flow_log_ids.clone())
        };
        made.or_else(known).unwrap_or_default()
    }

    fn made(&self) -> MutexGuard<'_, BTreeMap<String, Vec<String>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
