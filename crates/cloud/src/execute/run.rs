//! What all steps of a run share.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flowcover_core::inventory::FlowLog;
use flowcover_core::journal::{Event, Header};
use flowcover_core::plan::{Change, Step};

use super::bucket_users::BucketUsers;
use super::enter::Places;
use super::journaled::{Halt, Journaled, Log};
use super::options::{ExecuteOptions, Watcher};
use crate::{Call, Limited};

/// Flow logs by account and region.
type Listings = HashMap<(String, String), Vec<FlowLog>>;

/// What all steps share.
pub(super) struct Run<'a> {
    pub(super) cloud: &'a Limited,
    pub(super) header: &'a Header,
    pub(super) journal: Journaled<'a>,
    pub(super) places: Places,
    pub(super) options: &'a ExecuteOptions,
    pub(super) watcher: &'a dyn Watcher,
    /// Flow logs by account and region, while nothing is changed yet: then one listing serves all steps.
    listings: Mutex<Option<Listings>>,
    /// Ids of all flow logs that the run made, also of those that it took back.
    made: Mutex<BTreeSet<String>>,
    /// What is said of what an earlier run left, by step.
    adopted: Mutex<BTreeMap<String, String>>,
    /// Flow logs that deliver to buckets, by account and region.
    bucket_users: Mutex<HashMap<(String, String), BucketUsers>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        cloud: &'a Limited,
        header: &'a Header,
        log: &'a dyn Log,
        places: Places,
        options: &'a ExecuteOptions,
        watcher: &'a dyn Watcher,
    ) -> Self {
        Self {
            cloud,
            header,
            journal: Journaled::new(log),
            places,
            options,
            watcher,
            listings: Mutex::default(),
            made: Mutex::default(),
            adopted: Mutex::default(),
            bucket_users: Mutex::default(),
        }
    }

    /// Notes the flow logs that an event tells of as made by a step, or as deleted to take it back.
    pub(super) fn note(&self, step: &Step, event: &Event) {
        if !matches!(step.change, Change::CreateFlowLogs { .. }) {
            return;
        }
        let ids = match event {
            Event::Result { result, .. } => &result.flow_log_ids,
            Event::Found { flow_log_ids, .. } => flow_log_ids,
            Event::Intent { call, .. } => match &**call {
                Call::DeleteFlowLogs(call) => &call.flow_log_ids,
                _ => return,
            },
            _ => return,
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.extend(ids.iter().cloned());
    }

    /// Whether the run made that flow log, by its journal.
    pub(super) fn has_made(&self, flow_log_id: &str) -> bool {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.contains(flow_log_id)
    }

    /// Notes what a step goes on with, and says it once.
    pub(super) fn adopts(&self, step: &str, says: String) {
        let mut adopted = self.adopted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(place) = adopted.entry(step.to_owned()) {
            self.watcher.adopts(step, &says);
            place.insert(says);
        }
    }

    /// What is said of all that the run goes on with.
    pub(super) fn adopted(&self) -> Vec<String> {
        let adopted = self.adopted.lock().unwrap_or_else(PoisonError::into_inner);
        adopted.values().cloned().collect()
    }

    /// Flow logs of an account and region that deliver to buckets: to be read once.
    pub(super) fn bucket_users(&self, (account_id, region): (&str, &str)) -> BucketUsers {
        let place = (account_id.to_owned(), region.to_owned());
        let mut kept = self
            .bucket_users
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry(place).or_default())
    }

    /// Whether listings are kept: only while nothing is changed.
    pub(super) fn keep_listings(&self, keep: bool) {
        *self.listings() = keep.then(HashMap::new);
    }

    pub(super) fn listings(&self) -> MutexGuard<'_, Option<Listings>> {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.cloud.stop().is_stopped()
    }

    /// Waits, but not longer than until the run is stopped.
    pub(super) async fn sleep(&self, duration: Duration) {
        let stop = self.cloud.stop();
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = stop.stopped() => {}
        }
    }

    /// Whether something new may be begun.
    pub(super) fn may_go_on(&self) -> Result<(), Halt> {
        if self.is_stopped() || self.journal.is_broken() {
            return Err(Halt);
        }
        Ok(())
    }
}
