//! How many calls are in flight: of all accounts, and of each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls in flight by account; those of all accounts stand under the empty id.
#[derive(Debug, Default)]
pub(super) struct InFlightCounts(Mutex<HashMap<Arc<str>, Count>>);

#[derive(Debug, Default)]
struct Count {
    now: usize,
    most: usize,
}

impl InFlightCounts {
    /// Counts a call as in flight until what this gives is dropped, also where the caller stops waiting.
    pub(super) fn enter(&self, account_id: &Arc<str>) -> InFlight<'_> {
        let mut counts = self.counts();
        let of_all = Arc::default();
        for id in [&of_all, account_id] {
            let count = counts.entry(Arc::clone(id)).or_default();
            count.now += 1;
            count.most = count.most.max(count.now);
            if account_id.is_empty() {
                break;
            }
        }
        InFlight {
            counts: self,
            account_id: Arc::clone(account_id),
        }
    }

    /// Most that were in flight at once; of all accounts for the empty id.
    pub(super) fn most(&self, account_id: &str) -> usize {
        self.counts().get(account_id).map_or(0, |count| count.most)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Arc<str>, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in flight.
pub(super) struct InFlight<'a> {
    counts: &'a InFlightCounts,
    account_id: Arc<str>,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut counts = self.counts.counts();
        for id in ["", &self.account_id] {
            if let Some(count) = counts.get_mut(id) {
                count.now -= 1;
            }
            if self.account_id.is_empty() {
                break;
            }
        }
    }
}
