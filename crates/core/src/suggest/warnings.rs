//! What weakens a suggestion, as data.

use core::net::IpAddr;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{AcceptedFlow, Direction};
use crate::words::{choose, counted};

/// One flow out of many that a warning is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Example {
    /// Unix seconds: when the first such flow began.
    pub first_seen: i64,
    /// Who opened it.
    pub client: IpAddr,
    /// Who was called.
    pub server: IpAddr,
    /// IANA protocol number.
    pub protocol: u8,
    /// Port of the server.
    pub server_port: u16,
    /// The interface that it is about, if one is known.
    pub interface_id: Option<String>,
}

impl Example {
    pub(super) fn of(flow: &AcceptedFlow<'_>, interface_id: Option<&str>) -> Self {
        Self {
            first_seen: flow.first_seen,
            client: flow.client,
            server: flow.server,
            protocol: flow.protocol,
            server_port: flow.server_port,
            interface_id: interface_id.map(str::to_owned),
        }
    }
}

/// Flows that a warning is about: how many, and a few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Noted {
    /// Flows.
    pub flows: u64,
    /// The first few: the same ones, in whatever order flows come, and however those between the same ends are parted.
    pub examples: Vec<Example>,
}

impl Noted {
    /// Examples that are kept.
    const KEPT: usize = 5;

    pub(super) fn add(&mut self, flow: &AcceptedFlow<'_>, interface_id: Option<&str>) {
        self.flows = self.flows.saturating_add(flow.flows);
        if self.is_late(flow) {
            return;
        }
        let example = Example::of(flow, interface_id);
        let is_same = |known: &&mut Example| {
            let first_seen = known.first_seen;
            **known
                == Example {
                    first_seen,
                    ..example.clone()
                }
        };
        match self.examples.iter_mut().find(is_same) {
            Some(known) => known.first_seen = known.first_seen.min(example.first_seen),
            None => self.examples.push(example),
        }
        self.examples.sort_unstable();
        self.examples.truncate(Self::KEPT);
    }

    /// Whether there are enough examples of flows before this one.
    fn is_late(&self, flow: &AcceptedFlow<'_>) -> bool {
        let last = self.examples.get(Self::KEPT - 1);
        last.is_some_and(|last| last.first_seen < flow.first_seen)
    }
}

/// What weakens a suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "warning", rename_all = "kebab-case")]
pub enum Warning {
    /// No accepted flow was seen: nothing is proposed.
    NothingAccepted,
    /// Only rejected flows were seen: the flow logs capture REJECT, and nothing is proposed.
    RejectOnly {
        /// Flows.
        rejected: u64,
    },
    /// The flows span fewer days than wanted: what happens once a month was not seen.
    WindowTooShort {
        /// From the first to the last flow, seconds.
        seconds: u64,
        /// Days that were wanted.
        days_wanted: u32,
    },
    /// The inventory holds no security groups.
    NoSecurityGroups,
    /// Rules of these groups were not all read.
    RulesNotRead {
        /// `sg-…`
        group_ids: Vec<String>,
    },
    /// Accepted traffic of these interfaces is not recorded; what they need is not known.
    InterfacesNotRecorded {
        /// `eni-…`
        interface_ids: Vec<String>,
    },
    /// No rule of these groups let a flow through.
    GroupsNotSeen {
        /// `sg-…`
        group_ids: Vec<String>,
    },
    /// No interface that was read is in these groups.
    GroupsNotAttached {
        /// `sg-…`
        group_ids: Vec<String>,
    },
    /// Too many different ports and addresses were seen at these groups to keep.
    TooMany {
        /// `sg-…`
        group_ids: Vec<String>,
    },
    /// Flows of interfaces that the inventory does not have: gone, or not read.
    UnknownInterfaces {
        /// The flows.
        #[serde(flatten)]
        noted: Noted,
    },
    /// Accepted flows that no rule of today explains.
    NotExplained {
        /// The flows.
        #[serde(flatten)]
        noted: Noted,
    },
    /// Flows whose address several interfaces have, and none is named.
    AmbiguousAddresses {
        /// The flows.
        #[serde(flatten)]
        noted: Noted,
    },
    /// Flows to or from public addresses of interfaces of ours, which no reference to a group is about.
    PublicAddresses {
        /// The flows.
        #[serde(flatten)]
        noted: Noted,
    },
    /// A group would have more rules than AWS's default quota, for a time or for good.
    Quota {
        /// `sg-…`
        group_id: String,
        /// Of this direction.
        direction: Direction,
        /// While both old and new ones are there.
        while_changing: usize,
        /// After that.
        afterwards: usize,
    },
}

impl Warning {
    /// Leaves what it says of these groups. False if that is nothing.
    pub(super) fn only(&mut self, wanted: &[String]) -> bool {
        match self {
            Self::RulesNotRead { group_ids }
            | Self::GroupsNotSeen { group_ids }
            | Self::GroupsNotAttached { group_ids }
            | Self::TooMany { group_ids } => {
                group_ids.retain(|id| wanted.contains(id));
                !group_ids.is_empty()
            }
            Self::Quota { group_id, .. } => wanted.contains(group_id),
            _ => true,
        }
    }
}

/// Rules of one direction and family that a group may have, unless the account asked for more (VPC User Guide, "Amazon VPC quotas").
pub(super) const QUOTA: usize = 60;

impl fmt::Display for Warning {
    /// One sentence or two.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |ids: &[String], what: &str| counted(ids.len(), what);
        let them = |ids: &[String]| choose(ids.len(), "it", "them");
        match self {
            Self::NothingAccepted => f.write_str("no accepted flow was seen: nothing is proposed"),
            Self::RejectOnly { rejected } => write!(
                f,
                "only rejected flows were seen ({rejected}): these flow logs capture REJECT, and nothing is proposed"
            ),
            Self::WindowTooShort {
                seconds,
                days_wanted,
            } => {
                let (days, hours) = (seconds / 86_400, seconds % 86_400 / 3_600);
                write!(
                    f,
                    "the flows span {} and {}, not {}: what happens rarely was not seen, and would be blocked",
                    counted(days, "day"),
                    counted(hours, "hour"),
                    counted(*days_wanted, "day")
                )
            }
            Self::NoSecurityGroups => f.write_str("the inventory holds no security groups"),
            Self::RulesNotRead { group_ids } => {
                let groups = many(group_ids, "group");
                write!(
                    f,
                    "rules were not all read of {groups}: nothing is proposed for {}",
                    them(group_ids)
                )
            }
            Self::InterfacesNotRecorded { interface_ids } => {
                let interfaces = many(interface_ids, "interface");
                write!(
                    f,
                    "accepted traffic is not recorded of {interfaces}: what {} is not known",
                    choose(interface_ids.len(), "it needs", "they need")
                )
            }
            Self::GroupsNotSeen { group_ids } => {
                let groups = many(group_ids, "group");
                write!(
                    f,
                    "no flow was seen that a rule let through, of {groups}: nothing is proposed for {}",
                    them(group_ids)
                )
            }
            Self::GroupsNotAttached { group_ids } => {
                let groups = many(group_ids, "group");
                write!(
                    f,
                    "no interface is in {groups}: nothing is proposed for {}",
                    them(group_ids)
                )
            }
            Self::TooMany { group_ids } => {
                let groups = many(group_ids, "group");
                write!(
                    f,
                    "too many different ports and addresses to keep, of {groups}: nothing is proposed for {}",
                    them(group_ids)
                )
            }
            Self::UnknownInterfaces { noted } => write!(
                f,
                "{} {} an interface that the inventory does not have: it is gone, or was not read",
                counted(noted.flows, "flow"),
                choose(noted.flows, "names", "name")
            ),
            Self::NotExplained { noted } => write!(
                f,
                "no rule of today explains {}: rules or groups were changed since, or client and server were taken for each other",
                counted(noted.flows, "flow")
            ),
            Self::AmbiguousAddresses { noted } => write!(
                f,
                "{} {} an address that several interfaces have, and {} not name one",
                counted(noted.flows, "flow"),
                choose(noted.flows, "has", "have"),
                choose(noted.flows, "does", "do")
            ),
            Self::PublicAddresses { noted } => write!(
                f,
                "{} {} by public addresses of our own interfaces: no reference to a group is about these, so they stay addresses",
                counted(noted.flows, "flow"),
                choose(noted.flows, "goes", "go")
            ),
            Self::Quota {
                group_id,
                direction,
                while_changing,
                afterwards,
            } => {
                let direction = direction.as_str();
                write!(
                    f,
                    "{group_id} would have {while_changing} {direction} {} while it is changed and {afterwards} afterwards; the quota is {QUOTA} for each family unless it was raised",
                    choose(*while_changing, "rule", "rules")
                )
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noted(flows: &[(i64, u8)]) -> Noted {
        let mut noted = Noted::default();
        for (first_seen, host) in flows {
            let flow = AcceptedFlow {
                client: [10, 0, 0, *host].into(),
                server: [10, 0, 1, 1].into(),
                server_port: 443,
                protocol: 6,
                client_interface_id: None,
                server_interface_id: None,
                seen_by: &[],
                packets: 1,
                bytes: 1,
                first_seen: *first_seen,
                last_seen: 100,
                flows: 1,
            };
            noted.add(&flow, Some("eni-1"));
        }
        noted
    }

    #[test]
    fn examples_are_the_first_by_time() {
        let found = noted(&[(9, 1), (8, 2), (7, 3), (6, 4), (5, 5), (1, 6), (2, 1)]);
        let examples: Vec<_> = found
            .examples
            .iter()
            .map(|it| (it.first_seen, it.client.to_string()))
            .collect();
        let expected = [(1, 6), (2, 1), (5, 5), (6, 4), (7, 3)]
            .map(|(first, host)| (first, format!("10.0.0.{host}")));
        assert_eq!(examples, expected);
        assert_eq!(found.flows, 7);
    }

    proptest! {
        /// Flows of the same ends come in parts, and in no order, once they went to a file.
        #[test]
        fn examples_do_not_depend_on_the_order(
            flows in prop::collection::vec((0_i64..20, 0_u8..12), 0..40),
            seed in any::<u64>(),
        ) {
            let mut other = flows.clone();
            other.sort_by_key(|(first, host)| (*first as u64 * 31 + u64::from(*host)).wrapping_mul(seed | 1));
            prop_assert_eq!(noted(&flows), noted(&other));
        }
    }
}
