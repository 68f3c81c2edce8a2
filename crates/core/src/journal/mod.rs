//! The journal: the append-only record of a run, from which it is resumed and taken back.
//!
//! One JSON object a line. The first line is the [`Header`], with the whole plan; each further one an
//! [`Entry`]. A line is written and synced before what it announces is done, and after. A last line
//! without its line break was cut by a crash: what it would have said is unknown, and the world is
//! asked.

mod read;
mod state;
mod token;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{BatchResult, Call};
use crate::plan::Plan;

pub use read::{Journal, JournalError, read};
pub use state::{Made, StepState, states};
pub use token::client_token;

/// Version of the stored form.
pub const SCHEMA: &str = "flowcover.journal/1";

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Id of the run: the value of the tag `flowcover:run`, and part of every client token.
    pub run: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Version of flowcover.
    pub generator: String,
    /// Arguments given for steps that are not safe, such as `--replace`, sorted.
    #[serde(default)]
    pub allowed: Vec<String>,
    /// Ids of the steps that the run is about; none: all of the plan.
    #[serde(default)]
    pub only: Option<Vec<String>>,
    /// The plan.
    pub plan: Plan,
}

/// One line after the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// The run goes on after a stop.
    Resumed,
    /// A step is begun: what it rests on was read and holds.
    Begun {
        /// Id of the step.
        step: String,
    },
    /// A call is about to be made, for a step of the plan or to take one back.
    Intent {
        /// Id of the step.
        step: String,
        /// The call with every parameter.
        call: Box<Call>,
    },
    /// Records are about to be deleted from a bucket, to take back the step that made it. The keys are not kept: what is
    /// there is listed anew, however often it is done.
    DeletingRecords {
        /// Id of the step.
        step: String,
        /// Name of the bucket.
        bucket: String,
        /// The first key of the batch.
        first_key: String,
        /// The last.
        last_key: String,
        /// How many keys it has.
        keys: usize,
    },
    /// AWS answered that call.
    Result {
        /// Id of the step.
        step: String,
        /// What it did; empty for calls that only succeed.
        #[serde(default)]
        result: BatchResult,
    },
    /// AWS refused that call, or no answer came: then it may have acted all the same.
    Refused {
        /// Id of the step.
        step: String,
        /// Error code.
        code: String,
        /// What AWS said.
        message: String,
    },
    /// What the step would make was found, made by this run before it was stopped: ids of flow logs,
    /// or nothing for what has a name of its own.
    Found {
        /// Id of the step.
        step: String,
        /// Ids of flow logs.
        #[serde(default)]
        flow_log_ids: Vec<String>,
    },
    /// What the step would make was there before the run: an earlier run of flowcover left it. It is set as the step
    /// would make it, and taking this run back leaves it as it was.
    Adopted {
        /// Id of the step.
        step: String,
        /// As it was.
        was: Adopted,
    },
    /// A step is done.
    Done {
        /// Id of the step.
        step: String,
    },
    /// A step was given up: the account is stopped.
    Failed {
        /// Id of the step.
        step: String,
        /// Why, in one sentence.
        message: String,
    },
    /// Taking back begins.
    RollbackBegun {
        /// Whether records are deleted, too.
        delete_records: bool,
    },
    /// A step was taken back.
    TakenBack {
        /// Id of the step.
        step: String,
    },
    /// A step was left as it is, because somebody changed it since, or because records lie there.
    Left {
        /// Id of the step.
        step: String,
        /// Why, in one sentence.
        message: String,
    },
    /// The run, or the taking back, came to its end.
    Ended {
        /// Whether everything was done.
        complete: bool,
    },
}

/// What an earlier run left and this one goes on with, as it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Adopted {
    /// A role.
    Role {
        /// Trust policy, JSON.
        trust_policy: String,
        /// The inline policy that is flowcover's, JSON; none: there was none.
        #[serde(default)]
        policy: Option<String>,
    },
    /// A log group.
    LogGroup {
        /// Days; none: its events never expired.
        #[serde(default)]
        retention_in_days: Option<u32>,
        /// ARN of the KMS key; none: a key of AWS.
        #[serde(default)]
        kms_key_id: Option<String>,
    },
    /// A bucket, which was as the step would make it.
    Bucket,
}

impl Event {
    /// The step that it is about.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Begun { step }
            | Self::Intent { step, .. }
            | Self::DeletingRecords { step, .. }
            | Self::Result { step, .. }
            | Self::Refused { step, .. }
            | Self::Found { step, .. }
            | Self::Adopted { step, .. }
            | Self::Done { step }
            | Self::Failed { step, .. }
            | Self::TakenBack { step }
            | Self::Left { step, .. } => Some(step),
            Self::Resumed | Self::RollbackBegun { .. } | Self::Ended { .. } => None,
        }
    }
}
