//! What is suggested, as data.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Allow, Diff, Parameters, Warning};

/// How much something was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Usage {
    /// Flows that it may have let through.
    pub flows: u64,
    /// Of these, flows that no other rule of any group of the interface lets through.
    pub sole_flows: u64,
    /// Packets, both ways.
    pub packets: u64,
    /// Bytes, both ways.
    pub bytes: u64,
    /// Unix seconds.
    pub first_seen: Option<i64>,
    /// Unix seconds.
    pub last_seen: Option<i64>,
}

/// What the records say of the security groups of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suggestion {
    /// How far was generalised.
    pub parameters: Parameters,
    /// Beginning of the first flow, Unix seconds.
    pub first_seen: Option<i64>,
    /// End of the last flow, Unix seconds.
    pub last_seen: Option<i64>,
    /// Accepted flows.
    pub flows: u64,
    /// Rejected flows that were met beside them.
    pub rejected: u64,
    /// Every group of the inventory, by account, region and id.
    pub groups: Vec<GroupAdvice>,
    /// What weakens it.
    pub warnings: Vec<Warning>,
}

/// What is said of one security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GroupAdvice {
    /// `sg-…`
    pub group_id: String,
    /// Its name; untrusted text.
    pub name: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<String>,
    /// Account that owns it.
    pub account_id: String,
    /// Its region.
    pub region: String,
    /// Interfaces that are in it.
    pub interfaces: usize,
    /// Whether rules are proposed.
    pub status: Status,
    /// Its rules of today, in order of id.
    pub rules: Vec<RuleAdvice>,
    /// All rules that it would have; empty where nothing is proposed.
    pub proposal: Vec<ProposedRule>,
    /// What changes; empty where nothing is proposed.
    pub diff: Diff,
}

/// Whether rules are proposed for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Status {
    /// Its rules can be fewer or narrower.
    Change,
    /// Its rules are what the traffic needs.
    Fits,
    /// Nothing can be said.
    Withheld {
        /// Why.
        why: Withheld,
    },
}

/// Why nothing is proposed for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Withheld {
    /// No accepted flow was seen anywhere.
    NothingAccepted,
    /// Its rules were not all read.
    RulesNotRead,
    /// No interface that was read is in it.
    NotAttached,
    /// Its interfaces were not all read, so that traffic of some cannot be told to be its.
    MembersNotRead,
    /// None of its rules let a flow through.
    NotSeen,
    /// Accepted traffic of these of its interfaces is not recorded.
    NotRecorded {
        /// `eni-…`
        interface_ids: Vec<String>,
    },
    /// Too many different ports and addresses to keep.
    TooMany,
}

/// A rule of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleAdvice {
    /// `sgr-…`; empty where the inventory does not have it.
    pub rule_id: String,
    /// What its owner wrote about it; untrusted text.
    pub description: Option<String>,
    /// What it allows; none where it cannot be understood.
    pub allow: Option<Allow>,
    /// How much it was used.
    pub usage: Usage,
    /// What the traffic says of it.
    pub standing: Standing,
}

/// What the traffic says of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum Standing {
    /// No flow was let through by it.
    Unused,
    /// It is one of those that are proposed.
    Fits,
    /// It allows more than was seen.
    Broader {
        /// How much more.
        broader: Broader,
    },
    /// It was used, and nothing is proposed for its group.
    Used,
    /// It names a group or prefix list whose content was not read, or cannot be understood: it stays.
    NotJudged,
}

/// What a rule allows and what was seen of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Broader {
    /// Ports that it allows; none where it is not about ports.
    pub ports_allowed: Option<u32>,
    /// Different ports (and protocols) that were used.
    pub ports_seen: usize,
    /// Different addresses at the other end; at least so many.
    pub addresses_seen: usize,
    /// Whether there were more of them than were kept.
    pub more_addresses: bool,
}

/// A rule that a group would have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProposedRule {
    /// What it allows; none where it cannot be understood and stays as it is.
    pub allow: Option<Allow>,
    /// The rule of today that it is, if it is there already.
    pub rule_id: Option<String>,
    /// Rules of today whose traffic it lets through.
    pub instead_of: Vec<String>,
    /// A description of one of these.
    pub description: Option<String>,
    /// Why it is as it is, where that is more than was seen, or an address of ours.
    pub reasons: Vec<Reason>,
}

/// Why a proposed rule is as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// So many different ports of the range were used.
    ManyPorts {
        /// Different ports.
        ports: usize,
    },
    /// It is open to every address today, and so many different ones came.
    ManyAddresses {
        /// Different addresses, at least.
        addresses: usize,
    },
    /// Its addresses are too far apart for few blocks.
    Scattered {
        /// Different addresses.
        addresses: usize,
    },
    /// Addresses that are near each other were taken together.
    TakenTogether {
        /// Different addresses of that port.
        addresses: usize,
    },
    /// Addresses of ours are in it, but no group of theirs may be named: it has members whose addresses are not allowed today, or
    /// is of another VPC.
    NoGroupFits,
    /// The content of its prefix list or group was not read, or it cannot be understood: it stays.
    NotJudged,
}
