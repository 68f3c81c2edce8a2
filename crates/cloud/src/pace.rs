//! A token bucket whose rate follows what AWS lets through.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Slowest rate: one call in four seconds. Slower than any refill AWS documents.
const SLOWEST: f64 = 0.25;
/// Calls that may be made at once after a rest.
const BURST: f64 = 20.0;

/// Paces the calls of one (account, region, action).
#[derive(Debug)]
pub(crate) struct Pace {
    fastest: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    rate: f64,
    refilled_at: Instant,
}

impl Pace {
    /// A full bucket that refills with `fastest` tokens a second.
    pub(crate) fn new(fastest: f64) -> Self {
        let fastest = fastest.max(SLOWEST);
        Self {
            fastest,
            state: Mutex::new(State {
                tokens: BURST,
                rate: fastest,
                refilled_at: Instant::now(),
            }),
        }
    }

    /// Waits until a call may be made, and takes its token. A caller that stops waiting has
    /// spent its token: the pace errs on the slow side.
    pub(crate) async fn turn(&self) {
        let at = self.reserve(Instant::now());
        if let Some(at) = at {
            sleep_until(at).await;
        }
    }

    /// AWS answered: a tenth faster again.
    pub(crate) fn speed_up(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.rate = (state.rate * 1.1).min(self.fastest);
    }

    /// AWS throttled: half as fast, and nothing saved up.
    pub(crate) fn slow_down(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.rate = (state.rate / 2.0).max(SLOWEST);
        state.tokens = state.tokens.min(0.0);
    }

    /// Takes a token; when it is not there yet, says when it will be.
    fn reserve(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now
            .saturating_duration_since(state.refilled_at)
            .as_secs_f64();
        state.tokens = (state.tokens + elapsed * state.rate).min(BURST);
        state.refilled_at = now;
        state.tokens -= 1.0;
        (state.tokens < 0.0).then(|| now + Duration::from_secs_f64(-state.tokens / state.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds_for(pace: &Pace, calls: u32) -> f64 {
        let began = Instant::now();
        for _ in 0..calls {
            pace.turn().await;
        }
        began.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_then_the_rate_holds() {
        let pace = Pace::new(10.0);
        assert!(seconds_for(&pace, 20).await < 0.01);
        let seconds = seconds_for(&pace, 50).await;
        assert!((4.9..5.2).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_slows_down_and_success_speeds_up_again() {
        let pace = Pace::new(8.0);
        pace.slow_down();
        pace.slow_down();
        let slow = seconds_for(&pace, 10).await;
        assert!((4.5..5.5).contains(&slow), "{slow}");
        (0..40).for_each(|_| pace.speed_up());
        let fast = seconds_for(&pace, 16).await;
        assert!(fast < 3.0, "{fast}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_never_falls_to_nothing() {
        let pace = Pace::new(8.0);
        (0..100).for_each(|_| pace.slow_down());
        let seconds = seconds_for(&pace, 2).await;
        assert!(seconds < 9.0, "{seconds}");
    }
}
