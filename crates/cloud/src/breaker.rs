//! Endpoints that do not answer are not asked again by every account.
//!
//! A failure counts when its call gives up, after its tries, and only if that call began after the
//! last failure that counted: calls side by side tell of one moment. An endpoint that has answered
//! nothing for a while, to calls one after the other, rests. Then one call at a time looks whether
//! it answers again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::scope::service;
use crate::{CloudError, ErrorKind, Scope};

/// Calls one after the other that must have failed before an endpoint rests.
const THRESHOLD: u32 = 2;
/// How long an endpoint must have answered nothing before it rests: longer than a name server
/// takes to come back.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long it rests before the next call looks whether it answers.
const REST: Duration = Duration::from_secs(10);

/// One circuit for each endpoint: a service in a region.
#[derive(Debug, Default)]
pub(crate) struct Breakers(Mutex<HashMap<Key, State>>);

/// Region, service.
type Key = (Arc<str>, &'static str);

#[derive(Debug)]
struct State {
    /// When the first call began that failed since the last answer.
    failing_since: Instant,
    failures: u32,
    last_failure: Instant,
    last: CloudError,
    /// When it began to rest, or when the last call went to look.
    resting_since: Option<Instant>,
}

impl State {
    fn rests(&self) -> bool {
        self.resting_since.is_some_and(|it| it.elapsed() < REST)
    }
}

/// Whether a call goes to an endpoint that rested, to see whether it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// The endpoint is fine, as far as is known.
    Usual,
    /// It rested: this call alone tries again.
    Probe,
}

impl Breakers {
    /// Fails at once if the endpoint rests.
    pub(crate) fn admit(
        &self,
        scope: &Scope,
        action: &'static str,
    ) -> Result<Admission, CloudError> {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = circuits.get_mut(&key(scope, action)) else {
            return Ok(Admission::Usual);
        };
        if state.rests() {
            return Err(CloudError::new(
                ErrorKind::Unreachable,
                state.last.code.as_str(),
                format!(
                    "{}; not asked again after {} failures in a row",
                    state.last.message, state.failures
                ),
            ));
        }
        match &mut state.resting_since {
            None => Ok(Admission::Usual),
            Some(since) => {
                // The others go on resting while this one looks.
                *since = Instant::now();
                Ok(Admission::Probe)
            }
        }
    }

    /// Whether the endpoint is not asked at the moment.
    pub(crate) fn rests(&self, scope: &Scope, action: &'static str) -> bool {
        let circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        circuits.get(&key(scope, action)).is_some_and(State::rests)
    }

    /// The endpoint answered, be it with a refusal.
    pub(crate) fn answered(&self, scope: &Scope, action: &'static str) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        circuits.remove(&key(scope, action));
    }

    /// A call that began then gave up without an answer.
    pub(crate) fn gave_up(
        &self,
        scope: &Scope,
        action: &'static str,
        began: Instant,
        error: &CloudError,
    ) {
        let now = Instant::now();
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = circuits.entry(key(scope, action)).or_insert_with(|| State {
            failing_since: began,
            failures: 0,
            last_failure: began,
            last: error.clone(),
            resting_since: None,
        });
        if began < state.last_failure {
            return;
        }
        state.failures += 1;
        state.last_failure = now;
        state.last = error.clone();
        let is_silent = now.duration_since(state.failing_since) >= PATIENCE;
        if state.resting_since.is_some() || (is_silent && state.failures >= THRESHOLD) {
            state.resting_since = Some(now);
        }
    }
}

/// `ec2` of `ec2:DescribeVpcs`, in its region.
fn key(scope: &Scope, action: &'static str) -> Key {
    (Arc::clone(&scope.region), service(action))
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::Entry;

    const CALL: &str = "ec2:DescribeVpcs";

    fn scope() -> Scope {
        Scope::new(Entry::Caller, "1", "eu-west-1")
    }

    /// A call that ends without an answer after so long.
    async fn fail_after(breakers: &Breakers, seconds: u64) {
        let began = Instant::now();
        advance(Duration::from_secs(seconds)).await;
        gave_up(breakers, began);
    }

    fn gave_up(breakers: &Breakers, began: Instant) {
        let error = CloudError::new(ErrorKind::Unreachable, "ReadTimeout", "x");
        breakers.gave_up(&scope(), CALL, began, &error);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_is_silent_call_after_call_rests() {
        let breakers = Breakers::default();
        for _ in 0..3 {
            assert_eq!(breakers.admit(&scope(), CALL), Ok(Admission::Usual));
            fail_after(&breakers, 3).await;
        }
        assert!(breakers.admit(&scope(), "ec2:DescribeFlowLogs").is_err());
        assert!(breakers.admit(&scope(), "logs:DescribeLogGroups").is_ok());
        let elsewhere = scope().in_region("eu-west-2");
        assert!(breakers.admit(&elsewhere, CALL).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_side_by_side_count_once() {
        let breakers = Breakers::default();
        let began = Instant::now();
        advance(Duration::from_secs(15)).await;
        for _ in 0..10 {
            gave_up(&breakers, began);
        }
        assert_eq!(breakers.admit(&scope(), CALL), Ok(Admission::Usual));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_quick_succession_are_one_moment() {
        let breakers = Breakers::default();
        for _ in 0..7 {
            fail_after(&breakers, 1).await;
            assert_eq!(breakers.admit(&scope(), CALL), Ok(Admission::Usual));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_looks_whether_a_rested_endpoint_answers() {
        let breakers = Breakers::default();
        for _ in 0..3 {
            fail_after(&breakers, 3).await;
        }
        advance(REST).await;
        assert_eq!(breakers.admit(&scope(), CALL), Ok(Admission::Probe));
        assert!(breakers.admit(&scope(), CALL).is_err(), "one at a time");
        fail_after(&breakers, 3).await;
        assert!(breakers.admit(&scope(), CALL).is_err(), "it rests again");
        advance(REST).await;
        assert_eq!(breakers.admit(&scope(), CALL), Ok(Admission::Probe));
        breakers.answered(&scope(), CALL);
        assert_eq!(breakers.admit(&scope(), CALL), Ok(Admission::Usual));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_an_answer() {
        let breakers = Breakers::default();
        for _ in 0..10 {
            fail_after(&breakers, 5).await;
            breakers.answered(&scope(), CALL);
            assert_eq!(breakers.admit(&scope(), CALL), Ok(Admission::Usual));
        }
    }
}
