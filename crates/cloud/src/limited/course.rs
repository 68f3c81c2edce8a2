//! One call, from its first try to its last.

use std::time::Duration;

use tokio::time::Instant;

use crate::breaker::Admission;

/// What is known of one call while it is tried.
#[derive(Debug, Default)]
pub(super) struct Course {
    pub(super) tries: u32,
    /// When the last try began, and when it was sent: not before the credentials and its turn came.
    tried_at: Option<Instant>,
    sent_at: Option<Instant>,
    /// When the first try was sent.
    pub(super) began: Option<Instant>,
    pub(super) admission: Option<Admission>,
}

impl Course {
    pub(super) fn next_try(&mut self) {
        self.tries += 1;
        self.tried_at = Some(Instant::now());
        self.sent_at = None;
    }

    pub(super) fn send(&mut self) {
        let now = Instant::now();
        self.sent_at = Some(now);
        self.began.get_or_insert(now);
    }

    /// Whether the last try ended as soon as it was sent.
    pub(super) fn is_quick(&self) -> bool {
        let since = self.sent_at.or(self.tried_at);
        since.is_some_and(|since| since.elapsed() < Duration::from_secs(1))
    }
}
