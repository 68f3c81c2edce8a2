//! Budgets, retries and counting around any [`Cloud`].
//!
//! An audit must not starve production of API calls, nor be starved into a wrong answer:
//! calls in flight are capped overall and per account, each (account, region, action) has its
//! own token bucket as EC2 has ("Request throttling for the Amazon EC2 API"), one for all regions
//! where the service is global, and a throttled
//! call is made again, slower, until the deadline of the run.
//!
//! A call that changes something is made again after a failure that leaves open whether it acted only if that does no
//! harm ([`Request::is_idempotent`]); otherwise whoever made it has to look. Neither the deadline nor an interrupt cuts
//! such a call off while it is on its way.

mod backoff;
mod counters;
mod course;
mod stop;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use backoff::backoff;
pub use counters::Counters;
use course::Course;
pub use stop::Stop;
use stop::Underway;

use crate::breaker::{Admission, Breakers};
use crate::pace::Pace;
use crate::scope::is_global;
use crate::{Answer, Cloud, CloudError, ErrorKind, Request, Scope};

/// How much may be asked of AWS.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls in flight over all accounts.
    pub in_flight: usize,
    /// Calls in flight per account.
    pub in_flight_per_account: usize,
    /// Calls a second per account, region and action, at most; less after throttling.
    pub calls_per_second: f64,
    /// Longest wait for one answer.
    pub attempt_timeout: Duration,
    /// Longest time for the whole run.
    pub deadline: Duration,
    /// Tries of a call that AWS fails (HTTP 5xx) or whose connection breaks at once.
    pub tries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 64,
            in_flight_per_account: 40,
            calls_per_second: 20.0,
            attempt_timeout: Duration::from_secs(15),
            deadline: Duration::from_secs(30 * 60),
            tries: 4,
        }
    }
}

/// Account, region, action. The region is empty for services that are global.
type PaceKey = (Arc<str>, Arc<str>, &'static str);

/// A [`Cloud`] with budgets.
pub struct Limited {
    inner: Arc<dyn Cloud>,
    limits: Limits,
    deadline: Instant,
    in_flight: Semaphore,
    accounts: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
    paces: Mutex<HashMap<PaceKey, Arc<Pace>>>,
    breakers: Breakers,
    counters: Arc<Counters>,
    stop: Stop,
}

impl Limited {
    /// Wraps `inner`. The deadline starts now.
    #[must_use]
    pub fn new(inner: Arc<dyn Cloud>, limits: Limits) -> Self {
        Self {
            inner,
            deadline: Instant::now() + limits.deadline,
            in_flight: Semaphore::new(limits.in_flight.max(1)),
            accounts: Mutex::default(),
            paces: Mutex::default(),
            breakers: Breakers::default(),
            counters: Arc::default(),
            stop: Stop::default(),
            limits,
        }
    }

    /// The counters of this run.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// The handle that stops this run.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Whether the deadline has passed.
    #[must_use]
    pub fn is_past_deadline(&self) -> bool {
        Instant::now() >= self.deadline
    }

    fn account(&self, account_id: &Arc<str>) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            accounts.entry(Arc::clone(account_id)).or_insert_with(|| {
                Arc::new(Semaphore::new(self.limits.in_flight_per_account.max(1)))
            }),
        )
    }

    fn pace(&self, scope: &Scope, action: &'static str) -> Arc<Pace> {
        let key = (
            Arc::clone(&scope.account_id),
            if is_global(action) {
                Arc::default()
            } else {
                Arc::clone(&scope.region)
            },
            action,
        );
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            paces
                .entry(key)
                .or_insert_with(|| Arc::new(Pace::new(self.limits.calls_per_second))),
        )
    }

    /// One try: waits for its turn, then calls.
    async fn attempt(
        &self,
        scope: &Scope,
        request: Request,
        course: &mut Course,
        underway: &Underway,
    ) -> Result<Answer, CloudError> {
        let action = request.action();
        // Outside of the time for an answer, which is not meant for sign-on services.
        self.inner.prepare(scope).await?;
        let account = self.account(&scope.account_id);
        // The account's own cap comes first, so that a slow account holds no place of another's.
        let _account_place = account.acquire().await;
        let _place = self.in_flight.acquire().await;
        if self.is_past_deadline() {
            return Err(past_deadline());
        }
        if course.admission != Some(Admission::Probe) {
            course.admission = Some(self.breakers.admit(scope, action)?);
        }
        let _underway = underway.begin(request.is_write()).await;
        course.send();
        self.counters.count(action);
        let answer = timeout(self.limits.attempt_timeout, self.inner.call(scope, request))
            .await
            .unwrap_or_else(|_| Err(late(self.limits.attempt_timeout)));
        if !is_unreachable(answer.as_ref().err()) {
            self.breakers.answered(scope, action);
        }
        answer
    }

    async fn call_until_settled(
        &self,
        scope: &Scope,
        request: Request,
        underway: &Underway,
    ) -> Result<Answer, CloudError> {
        let mut throttled = None;
        let too_late = async {
            sleep_until(self.deadline).await;
            underway.over().await;
        };
        let settled = tokio::select! {
            biased;
            settled = self.try_again(scope, request, &mut throttled, underway) => settled,
            () = too_late => Err(past_deadline()),
        };
        settled.map_err(|error| match throttled {
            Some(throttled) if error.kind == ErrorKind::Deadline => throttled,
            _ => error,
        })
    }

    /// Tries until there is an answer, or no hope for one. Leaves the last throttling in `throttled`.
    async fn try_again(
        &self,
        scope: &Scope,
        request: Request,
        throttled: &mut Option<CloudError>,
        underway: &Underway,
    ) -> Result<Answer, CloudError> {
        let action = request.action();
        let repeatable = request.is_idempotent();
        let pace = self.pace(scope, action);
        let mut course = Course::default();
        loop {
            pace.turn().await;
            course.next_try();
            let attempt = self.attempt(scope, request.clone(), &mut course, underway);
            let error = match attempt.await {
                Ok(answer) => {
                    pace.speed_up();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            match error.kind {
                ErrorKind::Throttled => {
                    self.counters.throttled();
                    pace.slow_down();
                    *throttled = Some(error);
                }
                // Nothing was done.
                ErrorKind::Conflict if course.tries < self.limits.tries => {}
                ErrorKind::Transient if repeatable && course.tries < self.limits.tries => {}
                // A connection that breaks at once may be mended at once; one that timed
                // out will only time out again.
                ErrorKind::Unreachable
                    if repeatable
                        && course.tries < self.limits.tries
                        && course.is_quick()
                        && (course.admission == Some(Admission::Probe)
                            || !self.breakers.rests(scope, action)) => {}
                _ => {
                    if let (true, Some(began)) = (is_unreachable(Some(&error)), course.began) {
                        self.breakers.gave_up(scope, action, began, &error);
                    }
                    return Err(error);
                }
            }
            sleep(backoff(course.tries)).await;
        }
    }
}

fn is_unreachable(error: Option<&CloudError>) -> bool {
    error.is_some_and(|error| error.kind == ErrorKind::Unreachable)
}

fn late(limit: Duration) -> CloudError {
    CloudError::new(
        ErrorKind::Unreachable,
        "ReadTimeout",
        format!("no answer within {} s", limit.as_secs()),
    )
}

fn past_deadline() -> CloudError {
    CloudError::new(
        ErrorKind::Deadline,
        "Deadline",
        "the deadline of the run passed before AWS answered",
    )
}

impl Cloud for Limited {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>> {
        Box::pin(async move {
            let underway = Underway::default();
            let interrupted = async {
                self.stop.stopped().await;
                underway.over().await;
            };
            let settled = tokio::select! {
                biased;
                () = interrupted => {
                    Err(CloudError::new(ErrorKind::Interrupted, "Interrupted", "the run was interrupted before AWS answered"))
                }
                settled = self.call_until_settled(scope, request, &underway) => settled,
            };
            if settled.is_err() {
                self.counters.failed();
            }
            settled
        })
    }
}

#[cfg(test)]
mod tests;
