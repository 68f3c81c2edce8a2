//! How far each step came, by what the journal says.

use std::collections::BTreeMap;

use super::{Adopted, Entry, Event};
use crate::call::Call;

/// What a step made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Calls that took effect, in order: AWS answered them, or what they make was found.
    pub calls: Vec<Call>,
    /// Ids of flow logs that were made or found, each once.
    pub flow_log_ids: Vec<String>,
    /// A call that was begun, and whose outcome is not known: AWS may have acted.
    pub pending: Option<Call>,
    /// What was there before, left by an earlier run, and is not made but set right.
    pub adopted: Option<Adopted>,
}

/// How far a step came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Nothing was done.
    NotStarted,
    /// It was begun, and did not end.
    Begun(Made),
    /// It was done.
    Done(Made),
    /// It was taken back.
    TakenBack,
    /// It was to be taken back, and was left as it is.
    Left(Made),
}

impl StepState {
    /// What it made and was not taken back.
    #[must_use]
    pub const fn made(&self) -> Option<&Made> {
        match self {
            Self::Begun(made) | Self::Done(made) | Self::Left(made) => Some(made),
            Self::NotStarted | Self::TakenBack => None,
        }
    }

    /// The state after one more event about the step. `rolling_back`: the event belongs to taking back.
    #[must_use]
    pub fn then(self, event: &Event, rolling_back: bool) -> Self {
        next(self, event, rolling_back)
    }

    /// Whether nothing is left to do for it.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// How far each step came that the entries name; others have not been started.
#[must_use]
pub fn states(entries: &[Entry]) -> BTreeMap<String, StepState> {
    let mut states = BTreeMap::new();
    let mut rolling_back = false;
    for entry in entries {
        if matches!(entry.event, Event::RollbackBegun { .. }) {
            rolling_back = true;
        }
        let Some(step) = entry.event.step() else {
            continue;
        };
        let state = states.remove(step).unwrap_or(StepState::NotStarted);
        states.insert(step.to_owned(), state.then(&entry.event, rolling_back));
    }
    states
}

fn next(state: StepState, event: &Event, rolling_back: bool) -> StepState {
    let is_done = state.is_done();
    let mut made = match state {
        StepState::Begun(made) | StepState::Done(made) | StepState::Left(made) => made,
        StepState::NotStarted | StepState::TakenBack => Made::default(),
    };
    match event {
        Event::TakenBack { .. } => return StepState::TakenBack,
        Event::Left { .. } => return StepState::Left(made),
        Event::Done { .. } => {
            made.calls.extend(made.pending.take());
            return StepState::Done(made);
        }
        Event::Found { flow_log_ids, .. } => {
            made.calls.extend(made.pending.take());
            add_ids(&mut made.flow_log_ids, flow_log_ids);
        }
        Event::Adopted { was, .. } => {
            // What stands there is not what that call would have made.
            made.pending = None;
            made.adopted.get_or_insert_with(|| was.clone());
        }
        // Calls that take a step back are not among what it made.
        Event::Intent { call, .. } if !rolling_back => made.pending = Some(Call::clone(call)),
        Event::Result { result, .. } if !rolling_back => {
            made.calls.extend(made.pending.take());
            add_ids(&mut made.flow_log_ids, &result.flow_log_ids);
        }
        _ => {}
    }
    if is_done {
        StepState::Done(made)
    } else {
        StepState::Begun(made)
    }
}

fn add_ids(ids: &mut Vec<String>, more: &[String]) {
    for id in more {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
}
