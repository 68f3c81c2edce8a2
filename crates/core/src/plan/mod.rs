//! The plan: what would be changed, why, in which order, and how it is taken back.
//!
//! A plan is data. It is made from an inventory and a policy ([`build`]), stored as versioned JSON,
//! shown, exported, and carried out by `flowcover-cloud`, which reads again what each step rests on
//! before it acts.

mod build;
mod change;
mod derived;
mod digest;
mod known;
mod not_fixed;
mod ownership;
mod stored;
mod tag_value;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::finding::Resource;
use crate::reach::Entry;

pub use build::{BuildRequest, build, fix_buckets};
pub use change::{Change, PolicyStatement, Replaced};
pub use derived::policy_of;
pub use known::unknown_ids;
pub use not_fixed::{NotFixed, Reason};
pub use ownership::{ROLE_PREFIX, is_our_flow_log, is_ours, is_ours_as, step_id};
pub(crate) use stored::check;
pub use stored::{PlanError, read, write};
pub use tag_value::tag_value;

/// Version of the JSON form.
pub const SCHEMA: &str = "flowcover.plan/1";

/// Tag on everything that flowcover makes: the run that made it.
pub const RUN_TAG: &str = "flowcover:run";

/// Tag on everything that flowcover makes: the plan that asked for it.
pub const PLAN_TAG: &str = "flowcover:plan";

/// Tag on everything that flowcover makes: the step that made it.
pub const STEP_TAG: &str = "flowcover:step";

/// What would be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Digest of everything else in the plan, 16 hexadecimal digits: the same plan has the same id.
    pub id: String,
    /// Version of flowcover that made it.
    pub generator: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Arguments of `flowcover plan` that made it, without those that only say where it goes; empty where it was
    /// not made from AWS itself. `apply --refresh` makes it again with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_by: Vec<String>,
    /// The policy that asked for it.
    pub policy: crate::report::PolicySummary,
    /// What the choices of the policy mean, in sentences.
    pub notes: Vec<String>,
    /// Accounts in which something is changed, by id, and how each is reached.
    pub accounts: BTreeMap<String, PlannedAccount>,
    /// What is done, in an order in which it can be done one after the other.
    pub steps: Vec<Step>,
    /// What is not, and why.
    pub not_fixed: Vec<NotFixed>,
}

impl Plan {
    /// Whether all that decides could be read. If not, more may have to be changed than stands among the steps.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let mut reasons = self.not_fixed.iter().map(|it| it.reason);
        !reasons.any(|reason| reason == Reason::NotRead)
    }

    /// Whether a finding that the plan answers or leaves is about this resource, by its id: then it was there when the plan
    /// was made.
    #[must_use]
    pub fn is_about(&self, resource: &str) -> bool {
        let mut answered = self.steps.iter().flat_map(|step| &step.answers);
        answered.any(|finding| finding.resource == resource)
            || self
                .not_fixed
                .iter()
                .any(|finding| finding.resource.id == resource)
    }
}

/// An account in which something is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedAccount {
    /// Name in the organisation, where known.
    pub name: Option<String>,
    /// Whose credentials make the changes.
    pub entry: Entry,
}

/// How much a step does to what is there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Something new is made.
    Create,
    /// Something is changed in place.
    Update,
    /// Something is taken away.
    Delete,
}

impl Effect {
    /// The sign of the terminal view.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Create => '+',
            Self::Update => '~',
            Self::Delete => '-',
        }
    }
}

/// One change to one resource, or to a batch of flow logs made by one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Place and resource in words, unique in the plan: `111122223333/eu-west-1/log-group//vpc/a`.
    pub id: String,
    /// Account whose credentials make it.
    pub account_id: String,
    /// Region; none for IAM.
    pub region: Option<String>,
    /// What it does to what is there.
    pub effect: Effect,
    /// What is made, changed or deleted.
    pub resource: Resource,
    /// In one sentence.
    pub summary: String,
    /// The findings that it answers.
    pub answers: Vec<Answered>,
    /// Why it is done, in one sentence, where it answers no finding: what it is for is recorded again, and what is wrong stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Steps that must be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Steps whose flow logs must have delivered before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after_delivery_of: Vec<String>,
    /// What is changed, with the state that it rests on: that is read again before acting.
    pub change: Change,
    /// What must hold before, in sentences. Follows from `change`.
    pub precondition: Vec<String>,
    /// The calls that make it, without the tags and the token that the run adds. Follows from `change`.
    pub calls: Vec<Call>,
    /// IAM actions that the calls, and reading again, need. Follows from `change`.
    pub iam_actions: Vec<String>,
    /// How it is taken back, in sentences. Follows from `change`.
    pub inverse: Vec<String>,
    /// What else uses the resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blast_radius: Vec<String>,
    /// The argument without which it is not carried out, if it is not safe: `--replace`, `--shorten-retention`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_argument: Option<String>,
}

/// A finding that a step answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// Id of the check.
    pub check: String,
    /// Fingerprint of the finding.
    pub fingerprint: String,
    /// What the finding is about.
    pub resource: String,
}
