//! How a run ended, and its steps.

use std::fmt;

use flowcover_core::call::Call;
use thiserror::Error;

/// The world is not as the plan has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What is not as it was: `role flow`, `the trust policy of role flow`.
    pub what: String,
    /// What the plan rests on.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Changed {
    pub(super) fn new(
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            expected,
            found,
        } = self;
        write!(f, "{what} has changed: expected {expected}, found {found}")
    }
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It is done.
    Done,
    /// What it rests on is not as the plan has it: nothing was touched.
    Changed(Changed),
    /// It was given up; why, in one sentence.
    Failed(String),
    /// It was not begun; why, in one sentence.
    NotStarted(String),
    /// The run was stopped while it was worked on: the journal says how far it came.
    Stopped,
}

impl fmt::Display for StepEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Changed(changed) => write!(f, "failed: {changed}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::NotStarted(why) => write!(f, "not started: {why}"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

/// How one step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    /// Its id.
    pub step: String,
    /// Its account.
    pub account_id: String,
    /// How it ended.
    pub end: StepEnd,
    /// Flow logs that it made.
    pub flow_log_ids: Vec<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Every step that the run is about and that its arguments allow, in the order of the plan.
    pub steps: Vec<StepReport>,
    /// What the preflight could not find out.
    pub could_not_tell: Vec<CouldNotTell>,
    /// What an earlier run left and this one goes on with, each in one sentence, in the order of the steps' ids.
    pub adopted: Vec<String>,
    /// Whether all that was asked for is done.
    pub complete: bool,
    /// Whether it was stopped from outside.
    pub interrupted: bool,
}

/// What has to change before something no longer stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObstacleKind {
    /// Credentials or permissions.
    Access,
    /// The plan: the world is not as it has it.
    World,
    /// A quota of the account, or how much is asked of it.
    Quota,
}

/// Something that stands in the way of a run, found before anything was changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obstacle {
    /// Account.
    pub account_id: String,
    /// What has to change.
    pub kind: ObstacleKind,
    /// Step, if it is about one.
    pub step: Option<String>,
    /// What, in one sentence.
    pub what: String,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some(step) => write!(f, "{step}: {}", self.what),
            None => write!(f, "{}: {}", self.account_id, self.what),
        }
    }
}

/// Something that the preflight could not find out, which is no obstacle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CouldNotTell {
    /// Account.
    pub account_id: String,
    /// What, and why, in one sentence.
    pub what: String,
}

/// Why a plan was not carried out, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExecuteError {
    /// Something stands in the way; nothing was changed.
    #[error("nothing was changed: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Preflight(Vec<Obstacle>),
    /// The journal cannot be written: what was not journaled was not done.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
    /// The run was taken back, or begun to be.
    #[error("the run was taken back, and cannot go on")]
    TakenBack,
    /// It was stopped before anything was changed.
    #[error("stopped before anything was changed")]
    Interrupted,
}

/// How the taking back of a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenBackEnd {
    /// What it made is gone, what it changed is as it was.
    TakenBack,
    /// What would be done (`dry_run`); none: what it made is gone already. Of the records in a bucket, the first batch.
    Would(Vec<Call>),
    /// It was left as it is; why, in one sentence.
    Left(String),
    /// It could not be taken back; why, in one sentence.
    Failed(String),
    /// It was not begun: the run was stopped before.
    NotStarted,
    /// The run was stopped while it was worked on: what is left of it is taken back when that is done again.
    Stopped,
}

/// How the taking back of one step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// Its id.
    pub step: String,
    /// Its account.
    pub account_id: String,
    /// How it ended.
    pub end: TakenBackEnd,
    /// Flow logs that were made again: they have new ids.
    pub new_flow_log_ids: Vec<String>,
}

/// How the taking back of a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// Every step that had been begun, in reverse order of the plan.
    pub steps: Vec<TakenBack>,
    /// Whether everything was taken back.
    pub complete: bool,
    /// Whether it was stopped from outside.
    pub interrupted: bool,
}
