//! What ends a run before its work is done, and what it does not cut off.

use tokio::sync::{Mutex, MutexGuard, watch};

/// Stops a run from outside: every call that has no answer yet fails as interrupted.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Stops the run.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether the run was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    pub(crate) async fn stopped(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives in `self`, so waiting ends only when the flag is set.
        let _ = receiver.wait_for(|stopped| *stopped).await;
    }
}

/// Held while a call that changes something is on its way: whoever ends the run waits for its answer, for without one
/// nobody knows what was done.
#[derive(Debug, Default)]
pub(super) struct Underway(Mutex<()>);

impl Underway {
    /// Until what this gives is dropped, [`Underway::over`] waits.
    pub(super) async fn begin(&self, is_write: bool) -> Option<MutexGuard<'_, ()>> {
        match is_write {
            true => Some(self.0.lock().await),
            false => None,
        }
    }

    /// Waits until no call that changes something is on its way.
    pub(super) async fn over(&self) {
        drop(self.0.lock().await);
    }
}
