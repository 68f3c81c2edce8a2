//! What was seen at a security group, as far as rules can tell it apart, within bounds.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use super::Block;
use super::advice::Usage;
use super::rule::{Direction, TCP, UDP};
use super::world::Far;

/// Traffic that only its other ends tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) direction: Direction,
    pub(super) protocol: u8,
    /// 0 where the protocol has none.
    pub(super) port: u16,
}

impl Key {
    pub(super) const fn new(direction: Direction, protocol: u8, port: u16) -> Self {
        let port = match protocol {
            TCP | UDP => port,
            _ => 0,
        };
        Self {
            direction,
            protocol,
            port,
        }
    }
}

/// Addresses of one family that no interface of ours has.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// Blocks of one address each; empty once there were too many.
    pub(super) hosts: BTreeSet<Block>,
    /// Whether there were too many to keep.
    pub(super) are_many: bool,
    /// Places of the rules that may have let them through.
    pub(super) rules: BTreeSet<u32>,
}

/// The other ends of a key.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Those that are interfaces of ours with security groups.
    pub(super) ours: BTreeSet<(u32, IpAddr)>,
    /// Others, IPv4 and IPv6.
    pub(super) strangers: [Strangers; 2],
}

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) addresses_per_port: usize,
    pub(super) keys_per_group: usize,
}

/// What was seen at one group.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// One for each rule.
    pub(super) usage: Vec<Usage>,
    pub(super) seen: BTreeMap<Key, Seen>,
    /// Pairs of key and other end that are kept.
    kept: usize,
    /// Whether there was no room, so that nothing can be proposed.
    pub(super) is_full: bool,
    /// Whether any flow was let through by it.
    pub(super) is_used: bool,
}

impl Tally {
    pub(super) fn new(rules: usize) -> Self {
        Self {
            usage: vec![Usage::default(); rules],
            ..Self::default()
        }
    }

    /// Notes that these rules may have let the other end through. Returns how many entries more are kept than before.
    pub(super) fn see(
        &mut self,
        key: Key,
        far: Far,
        is_ours: bool,
        rules: &[u32],
        room: Room,
    ) -> isize {
        if self.is_full {
            return 0;
        }
        let before = self.kept;
        let entry = self.seen.entry(key).or_insert_with(|| {
            self.kept += 1;
            Seen::default()
        });
        match far.interface.filter(|_| is_ours) {
            Some(interface) => {
                self.kept += usize::from(entry.ours.insert((interface, far.address)));
            }
            None => {
                let host = Block::host(far.address);
                let strangers = &mut entry.strangers[usize::from(host.is_ipv6())];
                strangers.rules.extend(rules);
                if !strangers.are_many {
                    self.kept += usize::from(strangers.hosts.insert(host));
                }
                if strangers.hosts.len() > room.addresses_per_port {
                    strangers.are_many = true;
                    self.kept = self.kept.saturating_sub(strangers.hosts.len());
                    strangers.hosts.clear();
                }
            }
        }
        if self.kept > room.keys_per_group {
            return self.fill(before);
        }
        difference(self.kept, before)
    }

    /// Gives up: drops what is kept. Returns how many entries more are kept than `before`.
    pub(super) fn fill(&mut self, before: usize) -> isize {
        self.is_full = true;
        self.seen.clear();
        self.kept = 0;
        difference(0, before)
    }

    pub(super) const fn kept(&self) -> usize {
        self.kept
    }
}

fn difference(now: usize, before: usize) -> isize {
    // What is kept lies in memory, so both fit.
    now.cast_signed().saturating_sub(before.cast_signed())
}
