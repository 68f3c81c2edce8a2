//! Token buckets, one per account, region and action (EC2 API Reference, "Request throttling").

use std::collections::HashMap;
use std::time::Instant;

use super::call::Call;

#[derive(Debug)]
pub(super) struct Buckets {
    capacity: f64,
    per_second: f64,
    started: Instant,
    /// Tokens, and the second (since the start) at which there were that many.
    tokens: HashMap<Call, (f64, f64)>,
}

impl Buckets {
    pub(super) fn new(capacity: f64, per_second: f64) -> Self {
        Self {
            capacity,
            per_second,
            started: Instant::now(),
            tokens: HashMap::new(),
        }
    }

    /// Takes one token, if there is one now.
    pub(super) fn take(&mut self, call: &Call) -> bool {
        self.take_at(call, self.started.elapsed().as_secs_f64())
    }

    fn take_at(&mut self, call: &Call, now: f64) -> bool {
        let (tokens, filled) = self.tokens.entry(call.clone()).or_insert((0.0, 0.0));
        *tokens = (*tokens + (now - *filled) * self.per_second).min(self.capacity);
        *filled = now;
        let granted = *tokens >= 1.0;
        if granted {
            *tokens -= 1.0;
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(region: &str) -> Call {
        Call {
            service: "ec2".to_owned(),
            action: "DescribeVpcs".to_owned(),
            region: region.to_owned(),
            account: "111111111111".to_owned(),
        }
    }

    #[test]
    fn a_bucket_starts_empty_refills_and_is_capped() {
        let mut buckets = Buckets::new(2.0, 0.5);
        let here = call("eu-west-1");
        let granted =
            [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, 100.0, 100.0].map(|now| buckets.take_at(&here, now));
        assert_eq!(
            granted,
            [false, false, true, false, true, true, true, false]
        );
    }

    #[test]
    fn each_region_has_its_own_bucket() {
        let mut buckets = Buckets::new(1.0, 1.0);
        assert!(buckets.take_at(&call("eu-west-1"), 1.0));
        assert!(!buckets.take_at(&call("eu-west-1"), 1.0));
        assert!(buckets.take_at(&call("us-east-1"), 1.0));
    }
}
