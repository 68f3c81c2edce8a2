//! What goes wrong on purpose: denials, throttling, dead endpoints, expiring credentials, latency.

mod matching;
mod trouble;

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::refusals::{denied, throttled, unknown_keys};
use crate::CloudError;
use crate::scope::is_global;

pub use matching::Matching;
pub use trouble::Trouble;
use trouble::Troubles;

/// A token bucket for each (account, region, action), as EC2 has
/// (EC2 developer guide, "Request throttling for the Amazon EC2 API"); global services have one
/// for all regions of an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucket {
    /// Most tokens that it holds.
    pub capacity: f64,
    /// Tokens that come back in a second.
    pub refill: f64,
    /// Tokens that it begins with.
    pub initial: f64,
}

impl TokenBucket {
    /// The documented example for a read action: 100 tokens, refilled at 20 a second.
    pub const READ: Self = Self {
        capacity: 100.0,
        refill: 20.0,
        initial: 100.0,
    };
    /// What is commonly met for calls that change something: 50 tokens, refilled at 5 a second.
    pub const WRITE: Self = Self {
        capacity: 50.0,
        refill: 5.0,
        initial: 50.0,
    };
}

#[derive(Clone, Debug)]
struct Level {
    tokens: f64,
    at: Instant,
}

#[derive(Clone, Debug)]
struct Denial {
    matching: Matching,
    reason: String,
    /// Calls that still pass.
    passes: u32,
}

/// Faults of a simulated AWS. None by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    denied: Vec<Denial>,
    throttled: Vec<(Matching, TokenBucket)>,
    levels: HashMap<(usize, String, String, &'static str), Level>,
    unreachable: Vec<(Matching, Duration)>,
    latency: Vec<(Matching, Duration)>,
    calls_until_expiry: Option<u64>,
    bad_keys: Vec<Matching>,
    undelivered: Vec<(Matching, String)>,
    troubles: Troubles,
}

impl Faults {
    /// Denies calls, for want of a permission.
    pub fn deny(&mut self, matching: Matching) {
        self.deny_after(0, matching);
    }

    /// Denies calls after so many: as where a permission is taken away meanwhile.
    pub fn deny_after(&mut self, passes: u32, matching: Matching) {
        self.denied.push(Denial {
            matching,
            reason: "no identity-based policy allows the action".to_owned(),
            passes,
        });
    }

    /// Denies calls by a service control policy.
    pub fn deny_by_control_policy(&mut self, matching: Matching) {
        self.denied.push(Denial {
            matching,
            reason: "with an explicit deny in a service control policy".to_owned(),
            passes: 0,
        });
    }

    /// Takes all denials back.
    pub fn allow_all(&mut self) {
        self.denied.clear();
    }

    /// Gives calls a token bucket.
    pub fn throttle(&mut self, matching: Matching, bucket: TokenBucket) {
        self.throttled.push((matching, bucket));
    }

    /// Gives EC2 calls the buckets that it has in practice. The smaller one of calls with neither filter nor `MaxResults`
    /// is not simulated, for requests here carry no page size: that each call sends one is a matter of what calls AWS.
    pub fn throttle_as_ec2(&mut self) {
        for action in ["ec2:Create*", "ec2:Delete*"] {
            self.throttle(Matching::action(action), TokenBucket::WRITE);
        }
        self.throttle(Matching::action("ec2:Describe*"), TokenBucket::READ);
    }

    /// Lets calls end without a connection after `delay`.
    pub fn cut_off(&mut self, matching: Matching, delay: Duration) {
        self.unreachable.push((matching, delay));
    }

    /// Lets calls take this long. The last one set that matches counts.
    pub fn delay(&mut self, matching: Matching, latency: Duration) {
        self.latency.push((matching, latency));
    }

    /// Lets the credentials expire after so many more calls.
    pub fn expire_credentials_after(&mut self, calls: u64) {
        self.calls_until_expiry = Some(calls);
    }

    /// Lets delivery fail with a message (`Rate limited`, `Unknown error`), whatever the policies say. The action is
    /// that of delivering: `logs:PutLogEvents`, `s3:PutObject`, `firehose:PutRecordBatch`.
    pub fn fail_delivery(&mut self, matching: Matching, message: &str) {
        self.undelivered.push((matching, message.to_owned()));
    }

    /// Lets delivery succeed again where nothing else stands in its way.
    pub fn restore_delivery(&mut self) {
        self.undelivered.clear();
    }

    /// Why delivery fails, if it is made to.
    pub(super) fn delivery(&self, account_id: &str, region: &str, action: &str) -> Option<&str> {
        self.undelivered
            .iter()
            .find(|(matching, _)| matching.matches(account_id, region, action))
            .map(|(_, message)| message.as_str())
    }

    /// Lets AWS not know the keys that calls are signed with.
    pub fn bad_keys(&mut self, matching: Matching) {
        self.bad_keys.push(matching);
    }

    /// Whether AWS knows the keys.
    pub(super) fn check_keys(
        &self,
        account_id: &str,
        region: &str,
        action: &str,
    ) -> Result<(), CloudError> {
        let bad = |matching: &Matching| matching.matches(account_id, region, action);
        if self.bad_keys.iter().any(bad) {
            return Err(unknown_keys(action));
        }
        Ok(())
    }

    /// How long a call takes, and whether it finds no connection.
    pub(super) fn way(&self, account_id: &str, region: &str, action: &str) -> (Duration, bool) {
        let find = |list: &[(Matching, Duration)]| {
            list.iter()
                .rev()
                .find(|(matching, _)| matching.matches(account_id, region, action))
                .map(|(_, duration)| *duration)
        };
        match find(&self.unreachable) {
            Some(delay) => (delay, true),
            None => (find(&self.latency).unwrap_or_default(), false),
        }
    }

    /// Whether the credentials are still good for this call.
    pub(super) fn spend_credentials(&mut self) -> Result<(), CloudError> {
        match &mut self.calls_until_expiry {
            Some(0) => Err(CloudError::answered(
                "ExpiredToken",
                400,
                "the security token included in the request is expired",
            )),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes a token of every bucket that the call draws from.
    pub(super) fn spend_token(
        &mut self,
        account_id: &str,
        region: &str,
        action: &'static str,
    ) -> Result<(), CloudError> {
        let now = Instant::now();
        for (index, (matching, bucket)) in self.throttled.iter().enumerate() {
            if !matching.matches(account_id, region, action) {
                continue;
            }
            let place = if is_global(action) { "" } else { region };
            let key = (index, account_id.to_owned(), place.to_owned(), action);
            let level = self.levels.entry(key).or_insert(Level {
                tokens: bucket.initial,
                at: now,
            });
            let elapsed = now.duration_since(level.at).as_secs_f64();
            level.tokens = (level.tokens + elapsed * bucket.refill).min(bucket.capacity);
            level.at = now;
            if level.tokens < 1.0 {
                return Err(throttled(action));
            }
            level.tokens -= 1.0;
        }
        Ok(())
    }

    /// Whether a call would be denied now.
    pub(super) fn denies(&self, account_id: &str, region: &str, action: &str) -> bool {
        self.denied
            .iter()
            .any(|denial| denial.passes == 0 && denial.matching.matches(account_id, region, action))
    }

    /// Whether the call is allowed.
    pub(super) fn authorize(
        &mut self,
        account_id: &str,
        region: &str,
        action: &str,
    ) -> Result<(), CloudError> {
        let mut concerned = self
            .denied
            .iter_mut()
            .filter(|denial| denial.matching.matches(account_id, region, action));
        concerned.try_for_each(|denial| {
            if denial.passes == 0 {
                return Err(denied(action, &denial.reason));
            }
            denial.passes -= 1;
            Ok(())
        })
    }
}
