//! The account of a query's reading: what was read, what was passed over, what could not be read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowcover_record::{Counts, LogFormat, Malformed, Rejects};

use crate::error::ObjectError;
use crate::object::Object;
use crate::witness::{Stopped, Witness};

/// How many malformed lines are kept in full.
const REJECTS_KEPT: usize = 5;

/// What the tasks of one query write down; shared by them all.
#[derive(Debug, Default)]
pub struct Ledger {
    inner: Mutex<Account>,
    witness: Option<Arc<dyn Witness>>,
}

/// What a query read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Objects that were read, wholly or in part.
    pub objects: u64,
    /// Bytes as they lie there.
    pub bytes_stored: u64,
    /// Bytes of text.
    pub bytes_text: u64,
    /// Records.
    pub counts: Counts,
    /// The first lines that were no records.
    pub rejects: Rejects,
    /// Records of traffic that belong to no flow, since their addresses, ports or times cannot be read.
    pub unfolded: u64,
    /// Flows that were given before their end was known, for want of memory: there may be more rows for one flow.
    pub flows_shed: u64,
    /// Objects that could not be read, or not to their end, by location.
    pub failures: BTreeMap<Arc<str>, ObjectError>,
    /// Formats that were met and have fields that were not read: the query did not ask for them, or nobody knew of them.
    pub beyond: Vec<LogFormat>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            objects: 0,
            bytes_stored: 0,
            bytes_text: 0,
            counts: Counts::default(),
            rejects: Rejects::new(REJECTS_KEPT),
            unfolded: 0,
            flows_shed: 0,
            failures: BTreeMap::new(),
            beyond: Vec::new(),
        }
    }
}

impl Account {
    /// Whether everything that should have been read was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// Tells of the object that this is the account of.
    pub(crate) fn tell(&self, object: &Object, witness: &dyn Witness) -> Result<(), Stopped> {
        witness.read(object, self.counts.read);
        let mut failures = self.failures.iter();
        failures.try_for_each(|(location, error)| witness.unreadable(location, error))
    }

    /// Notes a line that is no record.
    pub(crate) fn reject(&mut self, location: &Arc<str>, line: u64, why: &Malformed, text: &[u8]) {
        self.counts.malformed += 1;
        self.rejects.add(location, line, why, text);
    }

    /// Notes a format of which not all fields are read.
    pub(crate) fn note_beyond(&mut self, format: LogFormat) {
        if !self.beyond.contains(&format) {
            self.beyond.push(format);
        }
    }

    /// Forgets what rejected lines say: only where they stand, and what is wrong, is left.
    pub(crate) fn hide_texts(&mut self) {
        self.rejects.hide_texts();
    }

    /// Adds what was read elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes_stored += other.bytes_stored;
        self.bytes_text += other.bytes_text;
        self.counts += other.counts;
        self.rejects.merge(other.rejects);
        self.unfolded += other.unfolded;
        self.flows_shed += other.flows_shed;
        self.failures.extend(other.failures);
        for format in other.beyond {
            self.note_beyond(format);
        }
    }
}

impl Ledger {
    /// An empty one, beside which `witness` is told what happens.
    #[must_use]
    pub fn new(witness: Option<Arc<dyn Witness>>) -> Self {
        Self {
            inner: Mutex::default(),
            witness,
        }
    }

    /// Who is told what happens.
    pub(crate) fn witness(&self) -> Option<&Arc<dyn Witness>> {
        self.witness.as_ref()
    }

    /// Adds what one task read.
    pub(crate) fn add(&self, account: Account) {
        self.lock().merge(account);
    }

    /// What was read so far.
    #[must_use]
    pub fn account(&self) -> Account {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Account> {
        // Every change is one addition: what a task that panicked left is sound.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
