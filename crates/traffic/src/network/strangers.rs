//! Addresses that only attacks and habits know of.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

use super::outside::{public_ipv4, public_ipv6};
use super::{HostIndex, Hosts, Network};
use crate::random::Random;

/// Addresses in the internet for one attack.
pub(crate) const PER_ATTACK: u32 = 32;
/// So many attacks of one technique and variant have addresses of their own.
pub(crate) const GENERATIONS: u32 = 4;

/// Who comes on top of the network that every simulation has.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    /// For attacks: no two in one /16, and none in the /16 of anybody else.
    pub(crate) attackers: Hosts,
    pub(crate) attackers_ipv6: Hosts,
    /// Sources of floods.
    pub(crate) crowd: Hosts,
    /// Servers in the internet that ours call seldom: mail servers, name servers, partners.
    pub(crate) seldom: Hosts,
    /// Addresses of the first VPC that no interface has.
    pub(crate) vacant: Hosts,
}

impl Network {
    /// Changes nothing of what is there already.
    pub(crate) fn add_strangers(&mut self, seed: u64, attacks: u32) {
        let mut random = Random::stream(seed, &[12]);
        let first = self.hosts.len() as HostIndex;
        let mut taken: HashSet<u16> = self
            .hosts
            .iter()
            .filter_map(|one| block(one.address))
            .collect();
        let count = attacks * PER_ATTACK * GENERATIONS;
        while (self.hosts.len() as u32) < first + count {
            let address = public_ipv4(&mut random);
            if block(address).is_some_and(|block| taken.insert(block)) {
                self.add_host(address, "-");
            }
        }
        let free = |random: &mut Random| loop {
            let address = public_ipv4(random);
            if block(address).is_some_and(|block| !taken.contains(&block)) {
                return address;
            }
        };
        self.strangers = Strangers {
            attackers: Hosts { first, count },
            attackers_ipv6: self.add_row(64, "-", &mut random, public_ipv6),
            crowd: self.add_row(6000, "-", &mut random, free),
            seldom: self.add_row(400, "-", &mut random, free),
            vacant: self.add_vacant(),
        };
    }

    /// 10.20.90.0/23, at the far end of a subnet.
    fn add_vacant(&mut self) -> Hosts {
        let first = self.hosts.len() as HostIndex;
        for third in [90, 91] {
            for last in 0..=255 {
                self.add_host(Ipv4Addr::new(10, 20, third, last).into(), "-");
            }
        }
        Hosts { first, count: 512 }
    }
}

/// The /16 of an IPv4 address.
pub(crate) fn block(address: IpAddr) -> Option<u16> {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            Some(u16::from_be_bytes([a, b]))
        }
        IpAddr::V6(_) => None,
    }
}
