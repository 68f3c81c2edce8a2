//! Who watches a run.

/// Told how a run goes on. Calls, throttles and failures are read from its
/// [`Counters`](crate::Counters).
pub trait Observer: Send + Sync {
    /// What the run does now.
    fn stage(&self, _what: &str) {}
    /// How many account-regions there are to read.
    fn planned(&self, _account_regions: usize) {}
    /// One account-region was read, or given up.
    fn finished(&self, _account_id: &str, _region: &str) {}
    /// Something could not be read.
    fn gap(&self) {}
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {}
