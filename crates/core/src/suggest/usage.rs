//! How much a rule was used.

use super::AcceptedFlow;
use super::advice::Usage;

impl Usage {
    /// Counts a flow in.
    pub(super) fn add(&mut self, flow: &AcceptedFlow<'_>, is_sole: bool) {
        self.flows = self.flows.saturating_add(flow.flows);
        self.packets = self.packets.saturating_add(flow.packets);
        self.bytes = self.bytes.saturating_add(flow.bytes);
        if is_sole {
            self.sole_flows = self.sole_flows.saturating_add(flow.flows);
        }
        let first = self
            .first_seen
            .map_or(flow.first_seen, |it| it.min(flow.first_seen));
        let last = self
            .last_seen
            .map_or(flow.last_seen, |it| it.max(flow.last_seen));
        (self.first_seen, self.last_seen) = (Some(first), Some(last));
    }
}
