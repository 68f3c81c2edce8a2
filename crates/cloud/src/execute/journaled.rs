//! The journal, as a run writes it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use flowcover_core::journal::Event;

use super::ExecuteError;

/// Where the journal goes. A line must be durable before `append` returns.
pub trait Log: Send + Sync {
    /// Appends an event.
    ///
    /// # Errors
    ///
    /// If it is not known to be durable: the run stops at once.
    fn append(&self, event: Event) -> Result<(), io::Error>;
}

/// Nothing more may be done: the journal cannot be written, or the run was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Halt;

/// A log that is not written to again after it failed once.
pub(super) struct Journaled<'a> {
    log: &'a dyn Log,
    error: Mutex<Option<String>>,
}

impl<'a> Journaled<'a> {
    pub(super) fn new(log: &'a dyn Log) -> Self {
        Self {
            log,
            error: Mutex::default(),
        }
    }

    pub(super) fn append(&self, event: Event) -> Result<(), Halt> {
        let mut error = self.lock();
        if error.is_some() {
            return Err(Halt);
        }
        self.log.append(event).map_err(|why| {
            *error = Some(why.to_string());
            Halt
        })
    }

    pub(super) fn is_broken(&self) -> bool {
        self.lock().is_some()
    }

    /// Why it cannot be written.
    pub(super) fn error(&self) -> ExecuteError {
        ExecuteError::Journal(self.lock().clone().unwrap_or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
