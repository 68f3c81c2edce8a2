//! Endpoints that do not answer are not asked again by every account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::scope::service;
use crate::{CloudError, ErrorKind, Scope};

/// Time-outs in a row, without an answer between them, that open the circuit.
const THRESHOLD: u32 = 3;
/// How long an open circuit stays open before the next call tries again.
const REST: Duration = Duration::from_secs(30);

/// One circuit for each endpoint: a service in a region.
#[derive(Debug, Default)]
pub(crate) struct Breakers(Mutex<HashMap<(Arc<str>, &'static str), State>>);

#[derive(Debug, Default)]
struct State {
    timeouts: u32,
    /// When the circuit opened, and what the last call before that ended with.
    opened: Option<(Instant, CloudError)>,
}

impl Breakers {
    /// Fails at once if the endpoint has lately timed out time and again.
    pub(crate) fn check(&self, scope: &Scope, action: &'static str) -> Result<(), CloudError> {
        let circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = circuits.get(&(Arc::clone(&scope.region), service(action)));
        match state.and_then(|state| state.opened.as_ref()) {
            Some((opened_at, last)) if opened_at.elapsed() < REST => Err(CloudError::new(
                ErrorKind::Unreachable,
                last.code.as_str(),
                format!(
                    "{}; not asked again after {THRESHOLD} failures in a row",
                    last.message
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Whether the endpoint is not asked at the moment.
    pub(crate) fn is_open(&self, scope: &Scope, action: &'static str) -> bool {
        self.check(scope, action).is_err()
    }

    /// Learns from the end of a call.
    pub(crate) fn learn(&self, scope: &Scope, action: &'static str, error: Option<&CloudError>) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (Arc::clone(&scope.region), service(action));
        let Some(error) = error.filter(|error| error.kind == ErrorKind::Unreachable) else {
            circuits.remove(&key);
            return;
        };
        let state = circuits.entry(key).or_default();
        state.timeouts += 1;
        if state.timeouts >= THRESHOLD {
            state.opened = Some((Instant::now(), error.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;

    fn timeout() -> CloudError {
        CloudError::new(ErrorKind::Unreachable, "ReadTimeout", "x")
    }

    #[tokio::test(start_paused = true)]
    async fn opens_after_three_timeouts_and_tries_again_later() {
        let breakers = Breakers::default();
        let scope = Scope::new(Entry::Caller, "1", "eu-west-1");
        for _ in 0..3 {
            assert!(breakers.check(&scope, "ec2:DescribeVpcs").is_ok());
            breakers.learn(&scope, "ec2:DescribeVpcs", Some(&timeout()));
        }
        assert!(breakers.check(&scope, "ec2:DescribeFlowLogs").is_err());
        assert!(breakers.check(&scope, "logs:DescribeLogGroups").is_ok());
        assert!(
            breakers
                .check(&scope.in_region("eu-west-2"), "ec2:DescribeVpcs")
                .is_ok()
        );
        tokio::time::advance(REST).await;
        assert!(breakers.check(&scope, "ec2:DescribeVpcs").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_an_answer() {
        let breakers = Breakers::default();
        let scope = Scope::new(Entry::Caller, "1", "eu-west-1");
        for _ in 0..10 {
            breakers.learn(&scope, "ec2:DescribeVpcs", Some(&timeout()));
            breakers.learn(
                &scope,
                "ec2:DescribeVpcs",
                Some(&CloudError::answered("UnauthorizedOperation", 403, "")),
            );
            assert!(breakers.check(&scope, "ec2:DescribeVpcs").is_ok());
        }
    }
}
