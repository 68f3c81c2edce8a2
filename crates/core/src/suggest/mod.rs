//! Rules of security groups as the accepted traffic needs them: which were used, which never, and the least set that
//! would have let the same traffic through.
//!
//! [`Collector`] takes flows one by one and keeps only what rules can tell apart, within [`Parameters`]' bounds.
//! [`Suggestion`] is what follows. [`Replay`] holds the same flows against it. Nothing is applied by anybody: there are
//! only texts ([`diff_text`], [`terraform`], [`aws_cli`]).
//!
//! What holds of every proposal, by construction and by the property tests: each flow that the rules of a group may have
//! let through is let through by its proposed rules; these allow nothing that the group did not allow before; and the same
//! flows suggest no change to the proposal.

mod advice;
mod block;
mod collect;
mod diff;
mod propose;
mod render;
mod replay;
mod rule;
mod solve;
mod tally;
#[cfg(test)]
mod tests;
mod usage;
mod warnings;
mod world;

use core::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

pub use advice::{
    Broader, GroupAdvice, ProposedRule, Reason, RuleAdvice, Standing, Status, Suggestion, Usage,
    Withheld,
};
pub use block::{Block, NotABlock};
pub use collect::Collector;
pub use diff::Diff;
pub use render::{aws_cli, diff_text, terraform, words};
pub use replay::{Blocked, Replay, Replayed};
pub use rule::{Allow, Direction, Peer, Service};
pub use warnings::{Example, Noted, Warning};

/// How far to generalise from what was seen, and how much to hold in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Parameters {
    /// CIDR blocks for each port and family, at most; addresses are taken together until there are so few.
    pub cidrs_per_port: usize,
    /// A block that holds more than was seen is never wider than this prefix.
    pub widest_ipv4: u8,
    /// The same of IPv6.
    pub widest_ipv6: u8,
    /// A port that is open to every address stays so from this many different addresses on.
    pub open_after: usize,
    /// A range of ports stays whole where more different ports of it were used.
    pub ports_per_rule: usize,
    /// Days that the flows must span for no warning.
    pub shortest_days: u32,
    /// Propose also where an interface of the group is not recorded.
    pub despite_unrecorded: bool,
    /// Addresses that are not ours, kept for each port of a group. With more, the port keeps the blocks of today's rules.
    pub addresses_per_port: usize,
    /// Ports with addresses kept for each group. With more, nothing is proposed for the group.
    pub keys_per_group: usize,
    /// The same over all groups: some 64 bytes each.
    pub keys: usize,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            cidrs_per_port: 8,
            widest_ipv4: 16,
            widest_ipv6: 48,
            open_after: 64,
            ports_per_rule: 16,
            shortest_days: 14,
            despite_unrecorded: false,
            addresses_per_port: 1024,
            keys_per_group: 100_000,
            keys: 2_000_000,
        }
    }
}

/// Traffic that was let through: flows with the same ends, already oriented and without duplicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedFlow<'a> {
    /// Who opened it.
    pub client: IpAddr,
    /// Who was called.
    pub server: IpAddr,
    /// Port of the server; 0 where the protocol has none. No record has the type of ICMP.
    pub server_port: u16,
    /// IANA protocol number.
    pub protocol: u8,
    /// Interface of the client, where records name it.
    pub client_interface_id: Option<&'a str>,
    /// Interface of the server, where records name it.
    pub server_interface_id: Option<&'a str>,
    /// Other interfaces whose records these are, without saying which end is theirs: those of flow logs without the field
    /// `flow-direction`. One that has the address of an end is that end's.
    pub seen_by: &'a [&'a str],
    /// Packets, both ways.
    pub packets: u64,
    /// Bytes, both ways.
    pub bytes: u64,
    /// Unix seconds.
    pub first_seen: i64,
    /// Unix seconds.
    pub last_seen: i64,
    /// How many flows these are.
    pub flows: u64,
}
