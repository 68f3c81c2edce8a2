//! A set that is not kept beyond a size.

use serde::{Deserialize, Serialize};

/// Destinations of one host that are remembered one by one. A host with more calls everybody.
const MOST_MEMBERS: usize = 4_096;

/// A set of numbers that is not kept beyond a size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Members {
    pub(super) hashes: Vec<u64>,
    /// There were more than can be kept: everything is taken for known.
    pub(super) overflown: bool,
}

impl Members {
    /// Adds it, and says whether it was not there.
    pub(super) fn insert(&mut self, hash: u64) -> bool {
        if self.overflown {
            return false;
        }
        let Err(place) = self.hashes.binary_search(&hash) else {
            return false;
        };
        if self.hashes.len() < MOST_MEMBERS {
            self.hashes.insert(place, hash);
        } else {
            self.overflown = true;
            self.hashes = Vec::new();
        }
        true
    }

    pub(super) fn has(&self, hash: u64) -> bool {
        self.overflown || self.has_exactly(hash)
    }

    /// Whether it is one of those that are remembered one by one.
    pub(super) fn has_exactly(&self, hash: u64) -> bool {
        self.hashes.binary_search(&hash).is_ok()
    }

    /// Bytes beside the value itself.
    pub(super) fn heap(&self) -> usize {
        self.hashes.capacity() * size_of::<u64>()
    }

    pub(super) fn join(&mut self, other: &Self) {
        if other.overflown {
            self.overflown = true;
            self.hashes = Vec::new();
        }
        for hash in &other.hashes {
            self.insert(*hash);
        }
    }
}
