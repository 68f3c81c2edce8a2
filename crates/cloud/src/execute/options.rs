//! How a plan is carried out, and who watches.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::outcome::StepEnd;

/// How a plan is carried out, verified and taken back.
#[derive(Clone)]
pub struct ExecuteOptions {
    /// Region that the run starts from: accounts are entered, and IAM is asked, there.
    pub home_region: String,
    /// Steps worked on at once; calls in flight are capped apart from this.
    pub steps_at_once: usize,
    /// How long a fresh role may take until EC2 can assume it ("Unable to assume given IAM role").
    pub propagation: Duration,
    /// How long new flow logs may take until records are seen.
    pub delivery: Duration,
    /// Whether IAM is asked beforehand if the permissions suffice. What it says rests on identity policies, without the
    /// conditions of a request.
    pub simulate_permissions: bool,
    /// Time between two looks at what is waited for.
    pub poll: Duration,
    /// Tells the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for ExecuteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecuteOptions")
            .field("home_region", &self.home_region)
            .field("steps_at_once", &self.steps_at_once)
            .field("propagation", &self.propagation)
            .field("delivery", &self.delivery)
            .field("poll", &self.poll)
            .finish_non_exhaustive()
    }
}

impl ExecuteOptions {
    /// Two minutes for IAM, half an hour for records.
    #[must_use]
    pub fn new(home_region: &str, clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            home_region: home_region.to_owned(),
            steps_at_once: 64,
            propagation: Duration::from_secs(120),
            delivery: Duration::from_secs(30 * 60),
            simulate_permissions: true,
            poll: Duration::from_secs(15),
            clock,
        }
    }
}

/// How a run is taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RollbackOptions {
    /// Whether log groups and buckets that were made are deleted although records lie there.
    pub delete_records: bool,
    /// Whether only said, what would be done.
    pub dry_run: bool,
}

/// Told how a run goes on.
pub trait Watcher: Send + Sync {
    /// What the run does now.
    fn stage(&self, _what: &str) {}
    /// How many steps there are.
    fn planned(&self, _steps: usize) {}
    /// A step is worked on.
    fn began(&self, _step: &str) {}
    /// A step goes on with what an earlier run left, in one sentence. Said before anything is changed, where the preflight
    /// sees it.
    fn adopts(&self, _step: &str, _what: &str) {}
    /// A step waits for something, in words.
    fn waits(&self, _step: &str, _what: &str) {}
    /// A step came to its end, or was not begun.
    fn ended(&self, _step: &str, _end: &StepEnd) {}
    /// A step was taken back, or left.
    fn taken_back(&self, _step: &str, _end: &super::TakenBackEnd) {}
    /// Flow logs whose delivery is known by now, of all that are waited for.
    fn verified(&self, _settled: usize, _of: usize) {}
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Watcher for Silent {}
