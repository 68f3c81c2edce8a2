//! What reaches one place: surely, resting on facts, and at most.

use super::delivery::Delivery;
use super::index::{Index, RegionIndex};
use super::traffic::Traffic;
use crate::inventory::ResourceKind;

/// What reaches one place, as three nested sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Surely recorded, resting on facts.
    pub by_facts: Traffic,
    /// Surely recorded.
    pub sure: Traffic,
    /// Recorded if every unknown is good.
    pub possible: Traffic,
}

impl Reach {
    /// Nothing is known, so anything is possible.
    pub const UNKNOWN: Self = Self {
        by_facts: Traffic::NONE,
        sure: Traffic::NONE,
        possible: Traffic::ALL,
    };

    /// What either reaches.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self {
            by_facts: self.by_facts.union(other.by_facts),
            sure: self.sure.union(other.sure),
            possible: self.possible.union(other.possible),
        }
    }
}

impl From<&Delivery> for Reach {
    fn from(delivery: &Delivery) -> Self {
        Self {
            by_facts: delivery.by_facts(),
            sure: delivery.sure(),
            possible: delivery.possible(),
        }
    }
}

/// What reaches the places of one region that are not listed: they may belong to any VPC.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strays {
    /// Flow logs on unlisted subnets.
    pub subnets: Reach,
    /// Flow logs on unlisted network interfaces.
    pub interfaces: Reach,
}

impl Strays {
    /// The flow logs of a region whose subnet or network interface is not among those listed.
    #[must_use]
    pub fn of(index: &Index<'_>, region: &RegionIndex<'_>, deliveries: &[Delivery]) -> Self {
        let mut strays = Self::default();
        for place in region.flow_logs.clone() {
            let at = &index.flow_logs[place];
            let resource = at.flow_log.resource_id.as_deref().unwrap_or_default();
            let reach = Reach::from(&deliveries[place]);
            match at.kind {
                ResourceKind::Subnet if !region.knows_subnet(resource) => {
                    strays.subnets = strays.subnets.union(reach);
                }
                ResourceKind::NetworkInterface if !region.knows_interface(resource) => {
                    strays.interfaces = strays.interfaces.union(reach);
                }
                _ => {}
            }
        }
        if !region.region.flow_logs.is_complete() {
            strays.subnets = strays.subnets.union(Reach::UNKNOWN);
            strays.interfaces = strays.interfaces.union(Reach::UNKNOWN);
        }
        strays
    }
}
