//! What would have been blocked if a proposal had been in force.

use schemars::JsonSchema;
use serde::Serialize;

use super::warnings::Example;
use super::world::{Side, World};
use super::{AcceptedFlow, Direction, Suggestion};
use crate::inventory::Inventory;

/// Holds flows against the rules of today and against the proposed ones.
#[derive(Debug)]
pub struct Replay {
    today: World,
    proposed: World,
    replayed: Replayed,
}

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replayed {
    /// Flows that were replayed.
    pub flows: u64,
    /// Flows that today's rules let through and the proposed ones would not: none, if they are those that the proposal was made from.
    pub blocked_flows: u64,
    /// Bytes of these.
    pub blocked_bytes: u64,
    /// The first of these.
    pub blocked: Vec<Blocked>,
}

/// A flow that would have been blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Blocked {
    /// The flow, and the interface where it would have been blocked.
    pub flow: Example,
    /// On its way out of there, or in.
    pub direction: Direction,
}

impl Replay {
    /// Flows that are named.
    const NAMED: usize = 20;

    /// For a suggestion that was made for this inventory.
    #[must_use]
    pub fn new(inventory: &Inventory, suggestion: &Suggestion) -> Self {
        Self {
            today: World::of(inventory),
            proposed: World::of(&suggestion.applied(inventory)),
            replayed: Replayed::default(),
        }
    }

    /// Replays accepted flows.
    pub fn add(&mut self, flow: &AcceptedFlow<'_>) {
        self.replayed.flows = self.replayed.flows.saturating_add(flow.flows);
        let blocking = |side: &Side| {
            self.today.lets_through(side, flow) && !self.proposed.lets_through(side, flow)
        };
        let sides = self.today.sides(flow).into_iter().flatten();
        let Some(side) = sides.into_iter().find(blocking) else {
            return;
        };
        let replayed = &mut self.replayed;
        replayed.blocked_flows = replayed.blocked_flows.saturating_add(flow.flows);
        replayed.blocked_bytes = replayed.blocked_bytes.saturating_add(flow.bytes);
        if replayed.blocked.len() < Self::NAMED {
            let interface_id = &self.today.interface(side.holder).interface_id;
            replayed.blocked.push(Blocked {
                flow: Example::of(flow, Some(interface_id)),
                direction: side.direction,
            });
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Replayed {
        self.replayed
    }
}
