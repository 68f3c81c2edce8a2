//! Flow logs written anew: sorted, partitioned by account, region and day, and verified.
//!
//! The inputs are cut into parts ([`part`]). Each part becomes files of its own, which appear together when a line of the journal
//! ([`journal`]) says so, and never without it: a run that is killed goes on without doubling or losing a record.

mod error;
mod journal;
mod order;
mod part;
mod partition;
mod rows;
mod totals;
mod work;
mod write;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use crate::lake::LakeSettings;
use crate::ledger::Account;
use crate::object::Object;
use crate::source::Store;

pub use error::ConvertError;
use journal::Journal;
pub use partition::{DEFAULT_PARTITION, PARTITION_COLUMNS};
pub use totals::Totals;
use work::Worker;

/// What records are converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Parquet, zstd, with statistics, and bloom filters on addresses.
    Parquet,
    /// RFC 4180 with a header row, gzip.
    Csv,
    /// One object a line, gzip.
    Ndjson,
    /// Events of OCSF's class Network Activity (4001), one a line, gzip.
    Ocsf,
}

impl To {
    /// Its name on the command line and in the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Ocsf => "ocsf",
        }
    }

    /// What the names of its files end with.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv.gz",
            Self::Ndjson | Self::Ocsf => "ndjson.gz",
        }
    }
}

/// How records are converted.
#[derive(Debug, Clone)]
pub struct ConvertSettings {
    /// To what.
    pub to: To,
    /// The directory that the partitions go into.
    pub output: PathBuf,
    /// How the inputs are read. Its memory is what all workers together may hold.
    pub reading: LakeSettings,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversion {
    /// What was read in this run.
    pub account: Account,
    /// What was written in this run: equal to what was read, for it was read again from the files.
    pub totals: Totals,
    /// Files written in this run.
    pub files: u64,
    /// Inputs that an earlier run had converted.
    pub earlier: u64,
    /// Inputs that an earlier run had converted so far as they could be read, and why no further.
    pub earlier_failures: BTreeMap<String, String>,
    /// Inputs that have another size than when they were converted. They were left out: their records would be doubled.
    pub changed: Vec<String>,
}

impl Conversion {
    /// Whether every record of every input is in the output.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.account.is_complete()
            && self.account.counts.malformed == 0
            && self.earlier_failures.is_empty()
            && self.changed.is_empty()
    }
}

/// Converts what an earlier run into the same directory has not yet converted.
///
/// # Errors
/// If the directory holds something else, or cannot be written, or what was written does not hold what was read. An input that cannot be read is
/// no error: it is in the account.
pub async fn convert(
    objects: Vec<Object>,
    store: Arc<dyn Store>,
    settings: &ConvertSettings,
) -> Result<Conversion, ConvertError> {
    let journal = Journal::open(&settings.output, settings)?;
    let mut conversion = Conversion::default();
    let objects = journal.left(objects, &mut conversion)?;
    let shared = Arc::new(Shared {
        parts: Mutex::new(part::parts(objects).into()),
        journal: Mutex::new(journal),
        done: Mutex::new(conversion),
        store,
        settings: settings.clone(),
    });
    let runtime = Handle::current();
    // Threads of their own: they compute more than they wait.
    let workers = (0..settings.reading.partitions.max(1)).map(|_| {
        let (shared, runtime) = (Arc::clone(&shared), runtime.clone());
        tokio::task::spawn_blocking(move || runtime.block_on(shared.work()))
    });
    let mut result = Ok(());
    for worker in futures::future::join_all(workers).await {
        let worked = worker.map_err(|error| ConvertError::Worker(error.to_string()));
        result = result.and(worked.and_then(|worked| worked));
    }
    result?;
    let done = shared.done.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(done.clone())
}

/// What the workers share.
struct Shared {
    parts: Mutex<VecDeque<part::Part>>,
    journal: Mutex<Journal>,
    done: Mutex<Conversion>,
    store: Arc<dyn Store>,
    settings: ConvertSettings,
}

impl Shared {
    /// Takes parts until none is left, or one worker fails.
    async fn work(&self) -> Result<(), ConvertError> {
        let next = || lock(&self.parts).pop_front();
        while let Some(part) = next() {
            if let Err(error) = self.take(part).await {
                lock(&self.parts).clear();
                return Err(error);
            }
        }
        Ok(())
    }

    async fn take(&self, part: part::Part) -> Result<(), ConvertError> {
        let number = lock(&self.journal).next_number();
        let worker = Worker::new(&self.settings, &self.store, &part, number);
        let mut finished = worker.run().await?;
        lock(&self.journal).commit(number, &mut finished)?;
        let mut done = lock(&self.done);
        done.totals += finished.totals;
        done.files += finished.files.len() as u64;
        for input in finished.inputs {
            done.account.merge(input.account);
        }
        Ok(())
    }
}

/// Every change is one addition or one line: what a worker that panicked left is sound.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
