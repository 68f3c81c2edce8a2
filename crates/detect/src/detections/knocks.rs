//! What scans keep of the knocks of a key: shared by those that count one kind of thing.

use crate::distinct::Distinct;
use crate::flow::Flow;
use crate::keyed::State;
use crate::tally::Tally;

/// Knocks, and at how many different ports, or servers, they were.
#[derive(Default)]
pub(super) struct Knocks {
    pub(super) different: Distinct,
    pub(super) tally: Tally,
    /// Whether the client is one of ours.
    pub(super) is_inside: bool,
}

impl Knocks {
    pub(super) fn add(&mut self, flow: &Flow) {
        self.tally.add(flow);
        self.is_inside |= flow.client_inside;
    }
}

impl State for Knocks {
    fn weight(&self) -> u64 {
        self.different.count()
    }

    fn heap(&self) -> usize {
        self.different.heap() + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.different.join(&other.different);
        self.tally.join(&other.tally);
        self.is_inside |= other.is_inside;
    }
}
