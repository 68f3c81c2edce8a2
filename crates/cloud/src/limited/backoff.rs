//! How long to wait before a call is made again.

use std::time::Duration;

/// Longest wait, in seconds.
const LONGEST: f64 = 8.0;

/// Full-jitter exponential back-off: between 0 and 0.2 s × 2^tries, 8 s at most.
pub(super) fn backoff(tries: u32) -> Duration {
    Duration::from_secs_f64(ceiling(tries) * random_unit())
}

/// Longest wait after so many tries, in seconds.
fn ceiling(tries: u32) -> f64 {
    (0.2 * f64::from(1_u32 << tries.min(6))).min(LONGEST)
}

/// A number in [0, 1), different each time: enough to spread retries, not for secrets.
fn random_unit() -> f64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let bits = RandomState::new().build_hasher().finish() >> 11;
    #[allow(clippy::cast_precision_loss)]
    let unit = bits as f64 / (1_u64 << 53) as f64;
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_eight_seconds_and_are_spread_over_all_of_their_range() {
        for (tries, longest) in [
            (1, 0.4),
            (2, 0.8),
            (3, 1.6),
            (4, 3.2),
            (5, 6.4),
            (6, 8.0),
            (7, 8.0),
            (u32::MAX, 8.0),
        ] {
            let waits: Vec<f64> = (0..400).map(|_| backoff(tries).as_secs_f64()).collect();
            let within = |wait: &f64| (0.0..longest).contains(wait);
            assert!(waits.iter().all(within), "{tries}: {waits:?}");
            // Each quarter of the range is met. That one is missed in 400 draws has odds of 1 in 10^49.
            for quarter in 0..4 {
                let from = longest * f64::from(quarter) / 4.0;
                let meets = |wait: &f64| (from..from + longest / 4.0).contains(wait);
                assert!(waits.iter().any(meets), "{tries}: nothing in {quarter}/4");
            }
        }
    }
}
