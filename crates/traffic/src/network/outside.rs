//! The internet around the account.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{HostIndex, Hosts, Network};
use crate::random::Random;

impl Network {
    pub(super) fn add_outside(&mut self, clients: u32, random: &mut Random) {
        self.clients = self.add_row(clients, "-", random, public_ipv4);
        self.clients_ipv6 = self.add_row(clients / 8, "-", random, public_ipv6);
        self.servers = self.add_row(clients / 64 + 8, "-", random, public_ipv4);
        let from_amazon = self.add_row(clients / 128 + 4, "AMAZON", random, public_ipv4);
        self.servers.count += from_amazon.count;
        self.storage = self.add_row(16, "S3", random, |random| {
            Ipv4Addr::new(52, 216, random.below(256) as u8, random.below(256) as u8).into()
        });
        self.time_servers = self.add_row(8, "-", random, public_ipv4);
        self.scanners = self.add_row(clients / 20, "-", random, public_ipv4);
        let first = self.hosts.len() as HostIndex;
        for [a, b, c] in [[198, 51, 100], [203, 0, 113], [192, 0, 2]] {
            for last in 1..=99 {
                // Downwards, as the needle of the user guide is 198.51.100.99.
                self.add_host(Ipv4Addr::new(a, b, c, 100 - last).into(), "-");
            }
        }
        let count = self.hosts.len() as u32 - first;
        self.hidden = Hosts { first, count };
    }

    pub(super) fn add_row(
        &mut self,
        count: u32,
        service: &'static str,
        random: &mut Random,
        address: impl Fn(&mut Random) -> IpAddr,
    ) -> Hosts {
        let first = self.hosts.len() as HostIndex;
        for _ in 0..count {
            let address = address(random);
            self.add_host(address, service);
        }
        Hosts { first, count }
    }
}

/// Any address that is neither reserved nor private (IANA special-purpose registry).
pub(super) fn public_ipv4(random: &mut Random) -> IpAddr {
    loop {
        let [a, b, c, d] = (random.next() as u32).to_be_bytes();
        let special = matches!(a, 0 | 10 | 127 | 224..)
            || matches!((a, b), (100, 64..=127) | (169, 254) | (172, 16..=31))
            || matches!((a, b), (192, 0 | 88 | 168) | (198, 18 | 19 | 51) | (203, 0));
        if !special && !matches!(d, 0 | 255) {
            return Ipv4Addr::new(a, b, c, d).into();
        }
    }
}

/// An address as providers give it to a household.
pub(super) fn public_ipv6(random: &mut Random) -> IpAddr {
    let provider = [0x2001, 0x2400, 0x2600, 0x2804, 0x2a00, 0x2a02];
    let first = random.pick(&provider).copied().unwrap_or(0x2a00);
    let rest = u128::from(random.next()) << 48 | u128::from(random.next() >> 16);
    // 2001:db8::/32 and 2001::/23 are special.
    let second = 0x1000 | u128::from(random.below(0x0c00));
    let address = (u128::from(first as u16) << 112) | (second << 96) | (rest & ((1 << 96) - 1));
    Ipv6Addr::from(address).into()
}
