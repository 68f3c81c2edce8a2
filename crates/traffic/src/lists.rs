//! What a user of this network would have on lists of their own.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::attack::{Technique, Variant};
use crate::network::strangers::{GENERATIONS, PER_ATTACK, block};
use crate::network::{HostIndex, Hosts, Network, Role};
use crate::random::Random;

/// What a user of this network would have on lists of their own. All networks are in CIDR notation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Addresses and networks of bad repute. Most of them never show up.
    pub bad_addresses: Vec<String>,
    /// Networks that must not talk, each way.
    pub cross_tenant: Vec<(String, String)>,
    /// Name servers that are meant to be asked: the network's own, AWS's, and those in the internet.
    pub resolvers: Vec<IpAddr>,
    /// Where the addresses in the internet are: networks that do not overlap, each with the two letters of its country. Drawn
    /// by chance; it says nothing of the real world.
    pub countries: Vec<(String, &'static str)>,
}

/// Where the servers are that ours call, the most common first.
const USUAL: [&str; 8] = ["US", "US", "US", "US", "IE", "DE", "GB", "NL"];
/// Where clients and scanners are, too.
const ANYWHERE: [&str; 16] = [
    "US", "US", "DE", "GB", "FR", "NL", "BR", "IN", "JP", "CA", "CN", "VN", "PL", "IT", "ES", "AU",
];
/// Where nobody is but who takes data there.
const RARE: [&str; 4] = ["IS", "FJ", "MN", "UY"];

/// Of the network, with its strangers.
pub(crate) fn lists(seed: u64, network: &Network) -> Lists {
    Lists {
        bad_addresses: bad_addresses(network),
        cross_tenant: cross_tenant(network),
        resolvers: resolvers(network),
        countries: countries(seed, network),
    }
}

/// The attackers of one technique and variant.
fn attackers(network: &Network, technique: Technique, variant: Variant) -> Hosts {
    let all = network.strangers.attackers;
    let count = PER_ATTACK * GENERATIONS;
    let kind = technique as u32 * 3 + variant as u32;
    all.part(kind * count, count)
}

/// Each address on its own, but for those that evade: lists have their whole /24.
fn bad_addresses(network: &Network) -> Vec<String> {
    let mut list = Vec::new();
    for variant in Variant::ALL {
        for host in attackers(network, Technique::TorOrBadAddress, variant).each() {
            let IpAddr::V4(address) = network.host(host).address else {
                continue;
            };
            let [a, b, c, _] = address.octets();
            list.push(match variant {
                Variant::Evasive => format!("{a}.{b}.{c}.0/24"),
                _ => format!("{address}/32"),
            });
        }
    }
    list
}

/// The public subnets of the first VPC, and the private ones of the second.
fn cross_tenant(network: &Network) -> Vec<(String, String)> {
    let blocks = |role| {
        let places = network
            .of(role)
            .iter()
            .map(|one| network.interface(*one).subnet);
        let places: std::collections::BTreeSet<usize> = places.collect();
        places.into_iter().map(|subnet| network.block(subnet))
    };
    blocks(Role::Edge)
        .flat_map(|from| blocks(Role::Batch).map(move |to| (from.clone(), to)))
        .collect()
}

fn resolvers(network: &Network) -> Vec<IpAddr> {
    let own = network.of(Role::NameServer).iter();
    let own = own.map(|one| network.interface(*one).host);
    let outside = (0..2).map(|place| network.time_servers.at(place));
    let listed = own.chain(outside).map(|host| network.host(host).address);
    let of_vpcs = [[10, 20, 0, 2], [10, 64, 0, 2]];
    listed.chain(of_vpcs.map(IpAddr::from)).collect()
}

fn countries(seed: u64, network: &Network) -> Vec<(String, &'static str)> {
    let mut table = BTreeMap::new();
    let mut fill = |hosts: &mut dyn Iterator<Item = HostIndex>, among: &[&'static str]| {
        for host in hosts {
            let address = network.host(host).address;
            let (key, text) = region(address);
            let mut random = Random::stream(seed, &[13, u64::from(key)]);
            let country = random.pick(among).copied().unwrap_or("US");
            table
                .entry((address.is_ipv6(), key))
                .or_insert((text, country));
        }
    };
    let strangers = &network.strangers;
    for variant in Variant::ALL {
        let away = attackers(network, Technique::EgressToNewCountry, variant);
        fill(&mut away.each(), &RARE);
    }
    for called in [network.servers, strangers.seldom] {
        fill(&mut called.each(), &USUAL);
    }
    for usual in [network.storage, network.time_servers, strangers.attackers] {
        fill(&mut usual.each(), &USUAL[..1]);
    }
    for anywhere in [
        network.clients,
        network.scanners,
        strangers.crowd,
        network.clients_ipv6,
        strangers.attackers_ipv6,
    ] {
        fill(&mut anywhere.each(), &ANYWHERE);
    }
    table.into_values().collect()
}

/// The /16 of an IPv4 address, or the /32 of an IPv6 address.
fn region(address: IpAddr) -> (u32, String) {
    match address {
        IpAddr::V6(address) => {
            let [a, b, ..] = address.segments();
            (
                u32::from(a) << 16 | u32::from(b),
                format!("{a:x}:{b:x}::/32"),
            )
        }
        IpAddr::V4(ipv4) => {
            let [a, b, ..] = ipv4.octets();
            let key = block(address).map_or(0, u32::from);
            (key, format!("{a}.{b}.0.0/16"))
        }
    }
}

#[cfg(test)]
mod tests;
