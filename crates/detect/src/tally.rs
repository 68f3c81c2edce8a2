//! What nearly every detection keeps of the flows of a key.

use crate::flow::Flow;
use crate::hours::Hours;

/// Sums over flows. Joining does not depend on who saw which flows.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Flows by hour.
    pub hours: Hours,
    /// Flows.
    pub flows: u64,
    /// Flows that were refused.
    pub refused: u64,
    /// Bytes from clients to servers.
    pub bytes_to_server: u64,
    /// Bytes from servers to clients.
    pub bytes_to_client: u64,
    /// Unix seconds: the first began.
    pub first: i64,
    /// Unix seconds: the last ended.
    pub last: i64,
    /// The capture point with the lowest key among those that saw them.
    pub point: u64,
}

impl Tally {
    /// Adds a flow.
    pub fn add(&mut self, flow: &Flow) {
        self.begin_or_stretch(flow.start, flow.end, flow.point);
        self.hours.add(flow.start, 1);
        self.flows += 1;
        self.refused += u64::from(flow.rejected);
        self.bytes_to_server = self.bytes_to_server.saturating_add(flow.bytes_to_server);
        self.bytes_to_client = self.bytes_to_client.saturating_add(flow.bytes_to_client);
    }

    /// Adds what another has summed.
    pub fn join(&mut self, other: &Self) {
        if other.flows == 0 {
            return;
        }
        self.begin_or_stretch(other.first, other.last, other.point);
        self.hours.join(&other.hours);
        self.flows += other.flows;
        self.refused += other.refused;
        self.bytes_to_server = self.bytes_to_server.saturating_add(other.bytes_to_server);
        self.bytes_to_client = self.bytes_to_client.saturating_add(other.bytes_to_client);
    }

    fn begin_or_stretch(&mut self, first: i64, last: i64, point: u64) {
        if self.flows == 0 {
            (self.first, self.last, self.point) = (first, last, point);
        } else {
            self.first = self.first.min(first);
            self.last = self.last.max(last);
            self.point = self.point.min(point);
        }
    }

    /// Bytes of both ways.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes_to_server.saturating_add(self.bytes_to_client)
    }

    /// Bytes beside the value itself.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.hours.heap()
    }
}
