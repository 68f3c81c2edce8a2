//! Which interface has an address.

use core::net::IpAddr;
use std::collections::{BTreeSet, HashMap};

use super::Interface;
use crate::suggest::Block;

/// Addresses and delegated blocks of all interfaces. The same private address may be in use in several VPCs.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    by_block: HashMap<Block, Vec<u32>>,
    /// Lengths of prefixes that occur, for each family.
    lengths: BTreeSet<(bool, u8)>,
}

impl Addresses {
    pub(super) fn insert(&mut self, block: Block, interface: u32) {
        self.lengths.insert((block.is_ipv6(), block.prefix()));
        let holders = self.by_block.entry(block).or_default();
        if !holders.contains(&interface) {
            holders.push(interface);
        }
    }

    /// The interface with that address: the only one in that VPC, else the only one.
    pub(super) fn find(
        &self,
        address: IpAddr,
        vpc_id: Option<&str>,
        interfaces: &[Interface],
    ) -> Option<u32> {
        let holders = self.holders(address);
        let is_near = |place: &&u32| interfaces[**place as usize].vpc_id.as_deref() == vpc_id;
        if vpc_id.is_some() {
            let mut near = holders.iter().filter(is_near);
            if let (Some(&only), None) = (near.next(), near.next()) {
                return Some(only);
            }
        }
        match holders {
            [only] => Some(*only),
            _ => None,
        }
    }

    pub(super) fn is_ambiguous(&self, address: IpAddr) -> bool {
        self.holders(address).len() > 1
    }

    fn holders(&self, address: IpAddr) -> &[u32] {
        let host = Block::host(address);
        // The longest prefix first: an address of its own before a delegated block.
        let lengths = self.lengths.iter().rev();
        lengths
            .filter(|(is_ipv6, _)| *is_ipv6 == host.is_ipv6())
            .find_map(|(_, length)| self.by_block.get(&host.cut(*length)))
            .map_or(&[], Vec::as_slice)
    }
}
