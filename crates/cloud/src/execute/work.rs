//! One step at work: its calls, each journaled before and after.

use std::collections::BTreeSet;

use flowcover_core::call::{BatchResult, Call};
use flowcover_core::inventory::{FlowLog, Tags};
use flowcover_core::journal::{Adopted, Event, Made, StepState};
use flowcover_core::plan::{PLAN_TAG, RUN_TAG, STEP_TAG, Step, tag_value};

use flowcover_record::Owner;

use super::journaled::Halt;
use super::look::Seen;
use super::run::Run;
use crate::pages::list;
use crate::{
    Answer, Cloud, CloudError, DescribeFlowLogs, ErrorKind, Operation, Paged, Request, Scope, ask,
};

/// Most values of a filter (EC2 API reference, "Filtering").
const MOST_VALUES: usize = 200;

/// Why a call has no result.
#[derive(Debug)]
pub(super) enum NoResult {
    /// Nothing more may be done.
    Halted,
    /// AWS refused, or did not answer.
    Refused(CloudError),
}

impl From<Halt> for NoResult {
    fn from(_: Halt) -> Self {
        Self::Halted
    }
}

/// A step, where it is carried out, and how far it came.
pub(super) struct Work<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) step: &'a Step,
    pub(super) scope: Scope,
    state: StepState,
    /// Whether the step is taken back, and if so, whether records are deleted.
    back: Option<bool>,
    /// Whether anything of it was journaled since it was taken up.
    is_touched: bool,
}

impl<'a> Work<'a> {
    /// Work on a step in an account that was entered.
    pub(super) fn new(run: &'a Run<'a>, step: &'a Step, home: &Scope, state: StepState) -> Self {
        let region = step.region.as_deref();
        Self {
            run,
            step,
            scope: region.map_or_else(|| home.clone(), |region| home.in_region(region)),
            state,
            back: None,
            is_touched: false,
        }
    }

    /// The same, to take the step back.
    pub(super) fn taking_back(mut self, delete_records: bool) -> Self {
        self.back = Some(delete_records);
        self
    }

    pub(super) fn made(&self) -> Made {
        self.state.made().cloned().unwrap_or_default()
    }

    /// What an earlier run left and this step goes on with, as it was.
    pub(super) fn adopted(&self) -> Option<&Adopted> {
        self.state.made()?.adopted.as_ref()
    }

    /// Whether tags say that another run of flowcover made what carries them.
    pub(super) fn is_of_earlier_run(&self, tags: &Tags) -> bool {
        self.step.is_about_ours(tags) && !self.is_of_this_run(tags)
    }

    pub(super) const fn is_begun(&self) -> bool {
        !matches!(self.state, StepState::NotStarted)
    }

    /// Whether anything of it was journaled since it was taken up.
    pub(super) const fn is_touched(&self) -> bool {
        self.is_touched
    }

    pub(super) const fn is_taking_back(&self) -> bool {
        self.back.is_some()
    }

    pub(super) fn deletes_records(&self) -> bool {
        self.back == Some(true)
    }

    /// Whether this run made, or may have made, a call that `is_it` names.
    pub(super) fn may_have_called(&self, is_it: impl Fn(&Call) -> bool) -> bool {
        let made = self.made();
        made.calls.iter().chain(&made.pending).any(is_it)
    }

    /// Whose flow logs the step is about.
    pub(super) fn owner(&self) -> Owner<'_> {
        Owner {
            partition: &self.run.header.plan.partition,
            region: &self.scope.region,
            account_id: &self.step.account_id,
        }
    }

    /// Whether AWS said that it made such a call, or what it makes was found: a refusal may stand in the journal without.
    pub(super) fn has_called(&self, is_it: impl Fn(&Call) -> bool) -> bool {
        self.made().calls.iter().any(is_it)
    }

    /// Journals an event of this step.
    pub(super) fn record(&mut self, event: Event) -> Result<(), Halt> {
        self.is_touched = true;
        self.run.journal.append(event.clone())?;
        self.run.note(self.step, &event);
        let state = std::mem::replace(&mut self.state, StepState::NotStarted);
        self.state = state.then(&event, self.back.is_some());
        Ok(())
    }

    /// One call that reads.
    pub(super) async fn ask<O: Operation>(&self, operation: O) -> Result<O::Output, CloudError> {
        ask(self.run.cloud, &self.scope, operation).await
    }

    /// One call about one resource: none where AWS says that it does not exist.
    pub(super) async fn find<O: Operation>(
        &self,
        operation: O,
    ) -> Result<Option<O::Output>, CloudError> {
        match self.ask(operation).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every page.
    pub(super) async fn list<O: Paged>(&self, operation: O) -> Result<Vec<O::Item>, CloudError> {
        list(self.run.cloud, &self.scope, operation).await
    }

    /// The flow logs on some resources: from the listing of the region, while one is kept that serves all steps.
    pub(super) async fn flow_logs_on(
        &self,
        resource_ids: &BTreeSet<&str>,
    ) -> Result<Vec<FlowLog>, CloudError> {
        let is_on = |log: &FlowLog| {
            let on = log.resource_id.as_deref();
            on.is_some_and(|id| resource_ids.contains(id))
        };
        let is_kept = self.run.listings().is_some();
        let mut logs = if is_kept {
            self.flow_logs().await?
        } else {
            let resource_ids: Vec<String> =
                resource_ids.iter().map(|id| (*id).to_owned()).collect();
            let mut logs = Vec::new();
            for resource_ids in resource_ids.chunks(MOST_VALUES) {
                let request = DescribeFlowLogs {
                    resource_ids: resource_ids.to_vec(),
                    next_token: None,
                };
                logs.extend(self.list(request).await?);
            }
            logs
        };
        logs.retain(is_on);
        Ok(logs)
    }

    /// The flow logs of the region.
    pub(super) async fn flow_logs(&self) -> Result<Vec<FlowLog>, CloudError> {
        let place = (self.step.account_id.clone(), self.scope.region.to_string());
        let kept = self
            .run
            .listings()
            .as_ref()
            .and_then(|kept| kept.get(&place).cloned());
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let logs = self.list(DescribeFlowLogs::default()).await?;
        if let Some(kept) = self.run.listings().as_mut() {
            kept.insert(place, logs.clone());
        }
        Ok(logs)
    }

    /// One call that changes something, journaled before and after.
    pub(super) async fn call(&mut self, call: Call) -> Result<BatchResult, NoResult> {
        self.run.may_go_on()?;
        let step = self.step.id.clone();
        self.record(intent(&step, &call))?;
        let answer = self.run.cloud.call(&self.scope, Request::from(call)).await;
        match answer {
            Ok(answer) => {
                let result = match answer {
                    Answer::CreateFlowLogs(result) | Answer::DeleteFlowLogs(result) => result,
                    _ => BatchResult::default(),
                };
                self.record(Event::Result {
                    step,
                    result: result.clone(),
                })?;
                Ok(result)
            }
            Err(error) => {
                self.record(Event::Refused {
                    step,
                    code: error.code.clone(),
                    message: error.message.clone(),
                })?;
                Err(NoResult::Refused(error))
            }
        }
    }

    /// The calls of the step, with the tags of the run on what they make.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.step.change.calls_with(&self.tags())
    }

    /// The tags of everything that this step makes.
    pub(super) fn tags(&self) -> Tags {
        let header = self.run.header;
        Tags::from([
            (RUN_TAG.to_owned(), header.run.clone()),
            (PLAN_TAG.to_owned(), header.plan.id.clone()),
            (STEP_TAG.to_owned(), self.step_tag()),
        ])
    }

    /// The step as the value of a tag. Not every character of a name may stand in one.
    fn step_tag(&self) -> String {
        tag_value(&self.step.id)
    }

    /// Whether tags say that this step of this run made what carries them.
    pub(super) fn is_of_this_step(&self, tags: &Tags) -> bool {
        self.tags()
            .iter()
            .all(|(key, value)| tags.get(key) == Some(value))
    }

    /// Whether tags say that this run made what carries them.
    pub(super) fn is_of_this_run(&self, tags: &Tags) -> bool {
        tags.get(RUN_TAG) == Some(&self.run.header.run)
    }
}

/// What is journaled before a call. Of records that are deleted, there may be millions.
fn intent(step: &str, call: &Call) -> Event {
    let step = step.to_owned();
    match call {
        Call::DeleteObjects(call) => Event::DeletingRecords {
            step,
            bucket: call.bucket.clone(),
            first_key: call.keys.first().cloned().unwrap_or_default(),
            last_key: call.keys.last().cloned().unwrap_or_default(),
            keys: call.keys.len(),
        },
        call => Event::Intent {
            step,
            call: Box::new(call.clone()),
        },
    }
}

/// What is expected where an earlier run left something.
pub(super) const LEFT_BEFORE: &str = "the one that an earlier run of flowcover left";

/// Why what was adopted is left when a run is taken back.
pub(super) fn kept(what: &str, tags: &Tags) -> Seen {
    let by = made_by(tags);
    Seen::Kept(format!(
        "{what} was there before this run, {by}: it is as it was"
    ))
}

/// What is said of what an earlier run left and this one goes on with.
pub(super) fn left_by(what: &str, tags: &Tags) -> String {
    let by = made_by(tags);
    format!("{what} is there already, {by}: it is gone on with")
}

/// Who made something, by its tags, in words for messages.
pub(super) fn made_by(tags: &Tags) -> String {
    match (tags.get(RUN_TAG), tags.get(PLAN_TAG)) {
        (Some(run), _) => format!("one that run {run} of flowcover made"),
        (None, Some(plan)) => format!("one that plan {plan} of flowcover made"),
        (None, None) => "one that flowcover did not make".to_owned(),
    }
}
