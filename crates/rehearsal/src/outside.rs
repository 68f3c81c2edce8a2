//! The internet as this rehearsal has it: who sits in which block of addresses. Which country and which use a
//! block has is made up, but for the blocks of AWS's services.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::random::Random;

/// What a block of addresses is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// People at home, in offices, on phones.
    Customers,
    /// Content delivery: names that change their addresses all the time.
    Delivery,
    /// Amazon S3 in the region (through a gateway endpoint).
    ObjectStore,
    /// Software as a service, payment and shipping partners.
    Partners,
    /// Rented servers: anyone's, attackers' too.
    Hosting,
    /// Mail servers.
    Mail,
    /// Mirrors in countries that are seldom called.
    FarMirrors,
    /// Countries that the company never calls.
    Exotic,
    /// Listed as bad, or as Tor relays.
    Listed,
    /// Where scanners sit.
    Scanners,
}

/// First octets, prefix length (8 or 16), country, use.
const BLOCKS: &[(u8, u8, u8, &str, Use)] = &[
    (81, 96, 16, "DE", Use::Customers),
    (86, 41, 16, "IE", Use::Customers),
    (82, 12, 16, "GB", Use::Customers),
    (90, 24, 16, "FR", Use::Customers),
    (77, 172, 16, "NL", Use::Customers),
    (83, 8, 16, "PL", Use::Customers),
    (151, 64, 16, "IT", Use::Customers),
    (73, 32, 16, "US", Use::Customers),
    (151, 101, 16, "US", Use::Delivery),
    (104, 18, 16, "US", Use::Delivery),
    (13, 224, 16, "US", Use::Delivery),
    (52, 218, 16, "IE", Use::ObjectStore),
    (198, 202, 16, "US", Use::Partners),
    (185, 60, 16, "NL", Use::Partners),
    (193, 108, 16, "DE", Use::Partners),
    (45, 76, 16, "NL", Use::Hosting),
    (51, 68, 16, "FR", Use::Hosting),
    (95, 216, 16, "FI", Use::Hosting),
    (138, 68, 16, "GB", Use::Hosting),
    (64, 227, 16, "US", Use::Hosting),
    (74, 125, 16, "US", Use::Mail),
    (40, 92, 16, "US", Use::Mail),
    (212, 227, 16, "DE", Use::Mail),
    (193, 252, 16, "FR", Use::Mail),
    (133, 5, 16, "JP", Use::FarMirrors),
    (103, 28, 16, "SG", Use::FarMirrors),
    (200, 17, 16, "BR", Use::FarMirrors),
    (175, 45, 16, "KP", Use::Exotic),
    (91, 208, 16, "MD", Use::Exotic),
    (196, 13, 16, "SC", Use::Exotic),
    (190, 14, 16, "PA", Use::Exotic),
    (212, 42, 16, "KG", Use::Exotic),
    (179, 42, 16, "BZ", Use::Exotic),
    (115, 84, 16, "LA", Use::Exotic),
    (185, 220, 16, "LU", Use::Listed),
    (171, 25, 16, "SE", Use::Listed),
    (23, 129, 16, "US", Use::Listed),
    (36, 0, 8, "CN", Use::Scanners),
    (59, 0, 8, "CN", Use::Scanners),
    (117, 0, 8, "IN", Use::Scanners),
    (177, 0, 8, "BR", Use::Scanners),
    (189, 0, 8, "MX", Use::Scanners),
    (14, 0, 8, "VN", Use::Scanners),
    (178, 0, 8, "RU", Use::Scanners),
    (5, 0, 8, "RU", Use::Scanners),
    (121, 0, 8, "KR", Use::Scanners),
    (162, 0, 8, "US", Use::Scanners),
    (71, 0, 8, "US", Use::Scanners),
];

/// Blocks of IPv6: the first two groups, country, use.
const BLOCKS_V6: &[(u16, u16, &str, Use)] = &[
    (0x2a02, 0x8108, "DE", Use::Customers),
    (0x2a02, 0x8084, "IE", Use::Customers),
    (0x2a02, 0xa210, "NL", Use::Customers),
    (0x2a04, 0x4e42, "US", Use::Delivery),
    (0x2606, 0x4700, "US", Use::Delivery),
    (0x2a01, 0x4f9, "FI", Use::Hosting),
    (0x2a03, 0xb0c0, "NL", Use::Hosting),
];

/// The listed blocks are /24s within the blocks of [`Use::Listed`]: this is the third octet.
const LISTED_THIRD: u8 = 101;

/// An address of that use.
pub(crate) fn address(random: &mut Random, wanted: Use) -> IpAddr {
    let blocks = BLOCKS.iter().filter(|block| block.4 == wanted).count();
    let chosen = random.index(blocks);
    address_in(random, wanted, chosen)
}

/// An address in that block of its use; the count begins anew where there are fewer.
pub(crate) fn address_in(random: &mut Random, wanted: Use, nth: usize) -> IpAddr {
    let blocks: Vec<_> = BLOCKS.iter().filter(|block| block.4 == wanted).collect();
    let (first, second, bits, ..) = *blocks[nth % blocks.len()];
    let octet = |random: &mut Random| u8::try_from(random.between(1, 254)).expect("below 256");
    let second = if bits == 8 { octet(random) } else { second };
    let third = if wanted == Use::Listed {
        LISTED_THIRD
    } else {
        octet(random)
    };
    Ipv4Addr::new(first, second, third, octet(random)).into()
}

/// The same address for the same number: a server that stays where it is.
pub(crate) fn fixed(seed: u64, wanted: Use, number: u64) -> IpAddr {
    address(&mut Random::keyed(&[seed, 0xf1, number]), wanted)
}

/// An IPv6 address of that use: customers, delivery or hosting.
pub(crate) fn address_v6(random: &mut Random, wanted: Use) -> IpAddr {
    let of = BLOCKS_V6.iter().filter(|block| block.3 == wanted);
    let of: Vec<_> = of.map(|block| (block.0, block.1)).collect();
    let (first, second) = random.pick(&of).unwrap_or((0x2a02, 0x8108));
    let tail = random.next();
    let part = |shift: u32| u16::try_from(tail >> shift & 0xffff).expect("16 bits");
    Ipv6Addr::new(first, second, part(0), part(16), 0, 0, part(32), part(48)).into()
}

/// The blocks that a user's list of bad addresses names.
pub(crate) fn listed() -> Vec<String> {
    BLOCKS
        .iter()
        .filter(|block| block.4 == Use::Listed)
        .map(|(first, second, ..)| format!("{first}.{second}.{LISTED_THIRD}.0/24"))
        .collect()
}

/// Every block outside with its country.
pub(crate) fn countries() -> Vec<(String, &'static str)> {
    let v4 = BLOCKS.iter().map(|(first, second, bits, country, _)| {
        (format!("{first}.{second}.0.0/{bits}"), *country)
    });
    let v6 = BLOCKS_V6
        .iter()
        .map(|(first, second, country, _)| (format!("{first:x}:{second:x}::/32"), *country));
    v4.chain(v6).collect()
}

/// Whether the address is reached through the gateway endpoint, not through the NAT gateway.
pub(crate) fn has_gateway_endpoint(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.octets()[..2] == [52, 218])
}
