//! Sets of traffic types: ACCEPT, REJECT, both, none.

use crate::inventory::TrafficType;

/// A set of traffic types; `ALL` is ACCEPT and REJECT together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic(u8);

impl Traffic {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Accepted traffic.
    pub const ACCEPT: Self = Self(1);
    /// Rejected traffic.
    pub const REJECT: Self = Self(2);
    /// Both.
    pub const ALL: Self = Self(3);

    /// What a policy asks for. A word that is not known asks for everything.
    #[must_use]
    pub fn asked(traffic_type: &TrafficType) -> Self {
        Self::known(traffic_type).unwrap_or(Self::ALL)
    }

    /// What a flow log surely captures: a missing or unknown `TrafficType` promises nothing.
    #[must_use]
    pub fn sure(traffic_type: Option<&TrafficType>) -> Self {
        traffic_type.and_then(Self::known).unwrap_or(Self::NONE)
    }

    /// What a flow log may capture at most.
    #[must_use]
    pub fn possible(traffic_type: Option<&TrafficType>) -> Self {
        traffic_type.and_then(Self::known).unwrap_or(Self::ALL)
    }

    fn known(traffic_type: &TrafficType) -> Option<Self> {
        match traffic_type {
            TrafficType::Accept => Some(Self::ACCEPT),
            TrafficType::Reject => Some(Self::REJECT),
            TrafficType::All => Some(Self::ALL),
            TrafficType::Other(_) => None,
        }
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The traffic type that captures it; none for the empty set.
    #[must_use]
    pub const fn traffic_type(self) -> Option<TrafficType> {
        match self.0 {
            0 => None,
            1 => Some(TrafficType::Accept),
            2 => Some(TrafficType::Reject),
            _ => Some(TrafficType::All),
        }
    }

    /// Whether everything in `other` is in this.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The word that AWS uses; `nothing` for the empty set.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self.0 {
            0 => "nothing",
            1 => "ACCEPT",
            2 => "REJECT",
            _ => "ALL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_and_reject_make_all() {
        assert_eq!(Traffic::ACCEPT.union(Traffic::REJECT), Traffic::ALL);
        assert!(Traffic::ALL.covers(Traffic::REJECT));
        assert!(!Traffic::ACCEPT.covers(Traffic::REJECT));
        assert!(!Traffic::REJECT.covers(Traffic::ALL));
        assert_eq!(Traffic::ALL.without(Traffic::ACCEPT), Traffic::REJECT);
        assert_eq!(Traffic::ALL.within(Traffic::ACCEPT), Traffic::ACCEPT);
        assert_eq!(Traffic::NONE.traffic_type(), None);
        assert_eq!(Traffic::ALL.traffic_type(), Some(TrafficType::All));
    }

    #[test]
    fn unknown_type_promises_nothing_and_may_be_everything() {
        let other = TrafficType::from("SAMPLED");
        assert_eq!(Traffic::sure(Some(&other)), Traffic::NONE);
        assert_eq!(Traffic::possible(Some(&other)), Traffic::ALL);
        assert_eq!(Traffic::sure(None), Traffic::NONE);
        assert_eq!(Traffic::possible(None), Traffic::ALL);
        assert_eq!(Traffic::asked(&other), Traffic::ALL);
    }
}
