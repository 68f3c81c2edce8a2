//! What a rule of a security group says, apart from its id.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::Block;
use crate::inventory::SecurityGroupRule;

/// Numbers of the protocols that rules give ports or types for (IANA, "Assigned Internet Protocol Numbers").
pub(super) const ICMP: u8 = 1;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const ICMPV6: u8 = 58;

/// Which way the traffic of a rule is opened. Answers need no rule: security groups are stateful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the peer to members of the group.
    Ingress,
    /// From members of the group to the peer.
    Egress,
}

impl Direction {
    /// The word that AWS uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// Protocol and ports of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Service {
    /// Every protocol (`-1`).
    Everything,
    /// TCP or UDP, with its ports, both included.
    Ports {
        /// 6 or 17.
        protocol: u8,
        /// First port.
        from: u16,
        /// Last port.
        to: u16,
    },
    /// ICMP of either family.
    Icmp {
        /// 1 or 58.
        protocol: u8,
        /// Type, -1 for every one.
        icmp_type: i32,
        /// Code, -1 for every one.
        code: i32,
    },
    /// Another protocol, all of it.
    Protocol {
        /// IANA number.
        protocol: u8,
    },
}

impl Service {
    fn of(rule: &SecurityGroupRule) -> Option<Self> {
        let (from, to) = (rule.from_port.unwrap_or(-1), rule.to_port.unwrap_or(-1));
        let ports = |protocol| {
            let all = from == -1 && to == -1;
            let from = if all { 0 } else { u16::try_from(from).ok()? };
            let to = if all {
                u16::MAX
            } else {
                u16::try_from(to).ok()?
            };
            (from <= to).then_some(Self::Ports { protocol, from, to })
        };
        let icmp = |protocol| Self::Icmp {
            protocol,
            icmp_type: from,
            code: to,
        };
        match rule.ip_protocol.as_deref()? {
            "-1" => Some(Self::Everything),
            "tcp" | "6" => ports(TCP),
            "udp" | "17" => ports(UDP),
            "icmp" | "1" => Some(icmp(ICMP)),
            "icmpv6" | "58" => Some(icmp(ICMPV6)),
            number => number
                .parse()
                .ok()
                .map(|protocol| Self::Protocol { protocol }),
        }
    }

    /// The narrowest service of a flow. No record has the type of ICMP, so it is every one.
    pub(super) const fn of_flow(protocol: u8, port: u16) -> Self {
        match protocol {
            TCP | UDP => Self::Ports {
                protocol,
                from: port,
                to: port,
            },
            ICMP | ICMPV6 => Self::Icmp {
                protocol,
                icmp_type: -1,
                code: -1,
            },
            protocol => Self::Protocol { protocol },
        }
    }

    /// Whether a flow may have been allowed by it. Every rule for ICMP may have allowed one of ICMP: its type is not known.
    pub(super) fn takes(self, protocol: u8, port: u16) -> bool {
        match self {
            Self::Everything => true,
            Self::Ports {
                protocol: own,
                from,
                to,
            } => own == protocol && (from..=to).contains(&port),
            Self::Icmp { protocol: own, .. } | Self::Protocol { protocol: own } => own == protocol,
        }
    }

    /// How many ports it allows; none where it has no ports.
    #[must_use]
    pub fn ports(self) -> Option<u32> {
        match self {
            Self::Ports { from, to, .. } => Some(u32::from(to) - u32::from(from) + 1),
            _ => None,
        }
    }

    /// The protocol as AWS writes it in a rule.
    #[must_use]
    pub fn ip_protocol(self) -> String {
        match self {
            Self::Everything => "-1".to_owned(),
            Self::Ports { protocol, .. }
            | Self::Icmp { protocol, .. }
            | Self::Protocol { protocol } => match protocol {
                ICMP => "icmp".to_owned(),
                TCP => "tcp".to_owned(),
                UDP => "udp".to_owned(),
                ICMPV6 => "icmpv6".to_owned(),
                number => number.to_string(),
            },
        }
    }

    /// `FromPort` and `ToPort` as AWS wants them; none where the protocol has none.
    #[must_use]
    pub fn from_to(self) -> Option<(i32, i32)> {
        match self {
            Self::Ports { from, to, .. } => Some((i32::from(from), i32::from(to))),
            Self::Icmp {
                icmp_type, code, ..
            } => Some((icmp_type, code)),
            Self::Everything | Self::Protocol { .. } => None,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Everything => f.write_str("every protocol"),
            Self::Ports { from, to, .. } if from == to => {
                write!(f, "{} {from}", self.ip_protocol())
            }
            Self::Ports { from, to, .. } => write!(f, "{} {from}-{to}", self.ip_protocol()),
            Self::Icmp { icmp_type: -1, .. } => f.write_str(&self.ip_protocol()),
            Self::Icmp {
                icmp_type, code, ..
            } => write!(f, "{} type {icmp_type} code {code}", self.ip_protocol()),
            Self::Protocol { protocol } => write!(f, "protocol {protocol}"),
        }
    }
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Peer {
    /// Members of a security group, by their private addresses; the group itself too.
    Group {
        /// `sg-…`
        group_id: String,
        /// Its account, where the rule says it.
        owner_id: Option<String>,
    },
    /// The blocks of a prefix list.
    PrefixList {
        /// `pl-…`
        prefix_list_id: String,
    },
    /// A CIDR block.
    Block {
        /// The block.
        block: Block,
    },
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { group_id, .. } => f.write_str(group_id),
            Self::PrefixList { prefix_list_id } => f.write_str(prefix_list_id),
            Self::Block { block } => fmt::Display::fmt(block, f),
        }
    }
}

/// What one rule allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Allow {
    /// Which way.
    pub direction: Direction,
    /// Protocol and ports.
    pub service: Service,
    /// From or to whom.
    pub peer: Peer,
}

impl Allow {
    /// What a collected rule allows; none where it cannot be understood.
    #[must_use]
    pub fn of(rule: &SecurityGroupRule) -> Option<Self> {
        let cidr = rule.cidr_ipv4.as_deref().or(rule.cidr_ipv6.as_deref());
        let peer = if let Some(cidr) = cidr {
            Peer::Block {
                block: cidr.parse().ok()?,
            }
        } else if let Some(id) = &rule.prefix_list_id {
            Peer::PrefixList {
                prefix_list_id: id.clone(),
            }
        } else {
            Peer::Group {
                group_id: rule.referenced_group_id.clone()?,
                owner_id: rule.referenced_group_owner_id.clone(),
            }
        };
        let direction = if rule.is_egress {
            Direction::Egress
        } else {
            Direction::Ingress
        };
        Some(Self {
            direction,
            service: Service::of(rule)?,
            peer,
        })
    }

    /// The rule of `group_id` that allows it, with neither id nor description.
    #[must_use]
    pub fn to_rule(&self, group_id: &str) -> SecurityGroupRule {
        let (from, to) = self.service.from_to().unwrap_or((-1, -1));
        let mut rule = SecurityGroupRule {
            group_id: group_id.to_owned(),
            is_egress: self.direction == Direction::Egress,
            ip_protocol: Some(self.service.ip_protocol()),
            from_port: Some(from),
            to_port: Some(to),
            ..SecurityGroupRule::default()
        };
        match &self.peer {
            Peer::Group { group_id, owner_id } => {
                rule.referenced_group_id = Some(group_id.clone());
                rule.referenced_group_owner_id.clone_from(owner_id);
            }
            Peer::PrefixList { prefix_list_id } => {
                rule.prefix_list_id = Some(prefix_list_id.clone());
            }
            Peer::Block { block } if block.is_ipv6() => rule.cidr_ipv6 = Some(block.to_string()),
            Peer::Block { block } => rule.cidr_ipv4 = Some(block.to_string()),
        }
        rule
    }
}

impl fmt::Display for Allow {
    /// `ingress tcp 443 from 0.0.0.0/0`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let preposition = match self.direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        let (direction, service, peer) = (self.direction.as_str(), self.service, &self.peer);
        write!(f, "{direction} {service} {preposition} {peer}")
    }
}
