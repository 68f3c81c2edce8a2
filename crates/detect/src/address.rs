//! Addresses of both families as one kind of number, and blocks of them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An address. IPv4 addresses are those mapped into IPv6 (RFC 4291, 2.5.5.2), so that both families are one kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u128);

impl Address {
    /// The address of these bits.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn to_bits(self) -> u128 {
        self.0
    }

    /// As the standard library has it; IPv4 where it is one.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        Ipv6Addr::from_bits(self.0).to_canonical()
    }

    /// Whether it is no address of the internet: of a private network (RFC 1918, RFC 4193), shared (RFC 6598), link-local or loopback.
    #[must_use]
    pub fn is_private(self) -> bool {
        match self.ip() {
            IpAddr::V4(address) => {
                let [first, second, ..] = address.octets();
                let shared = first == 100 && (64..128).contains(&second);
                address.is_private() || address.is_link_local() || address.is_loopback() || shared
            }
            IpAddr::V6(address) => {
                address.is_unique_local()
                    || address.is_unicast_link_local()
                    || address.is_loopback()
            }
        }
    }

    /// Whether it names no single host of a network: multicast, broadcast or unspecified.
    #[must_use]
    pub fn is_special(self) -> bool {
        match self.ip() {
            IpAddr::V4(address) => {
                address.is_multicast() || address.is_broadcast() || address.is_unspecified()
            }
            IpAddr::V6(address) => address.is_multicast() || address.is_unspecified(),
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Self(address.to_bits()),
        }
    }
}

impl From<Ipv4Addr> for Address {
    fn from(address: Ipv4Addr) -> Self {
        Self(address.to_ipv6_mapped().to_bits())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.ip(), f)
    }
}

impl FromStr for Address {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let address: IpAddr = text.parse().map_err(|_| NoNetwork::new(text))?;
        Ok(address.into())
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`; an address alone is a block of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    first: u128,
    /// How many bits of the 128 are fixed.
    bits: u8,
}

/// A text that is no block of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no block of addresses such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NoNetwork(String);

impl NoNetwork {
    fn new(text: &str) -> Self {
        Self(text.chars().take(60).collect())
    }
}

/// IPv4 addresses begin after so many bits.
const MAPPED_BITS: u8 = 96;

impl Network {
    fn mask(bits: u8) -> u128 {
        u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
    }

    /// Whether the address lies in it. An IPv4 address lies in no block of IPv6.
    #[must_use]
    pub fn contains(&self, address: Address) -> bool {
        (address.0 ^ self.first) & Self::mask(self.bits) == 0
            && (self.bits >= MAPPED_BITS || !address.ip().is_ipv4())
    }

    /// The block around an address in which so many bits of the 128 are fixed: IPv4 addresses begin after 96.
    #[must_use]
    pub(crate) fn around(address: Address, bits: u8) -> Self {
        let bits = bits.min(128);
        Self {
            first: address.0 & Self::mask(bits),
            bits,
        }
    }

    /// How many bits of the 128 are fixed.
    pub(crate) const fn bits(&self) -> u8 {
        self.bits
    }

    /// Its first address.
    #[must_use]
    pub fn first(&self) -> Address {
        Address(self.first)
    }

    /// The address that it is, if it is a block of one.
    #[must_use]
    pub fn only(&self) -> Option<Address> {
        (self.bits == 128).then(|| self.first())
    }

    fn last(&self) -> u128 {
        self.first | !Self::mask(self.bits)
    }
}

impl From<Address> for Network {
    fn from(address: Address) -> Self {
        Self {
            first: address.0,
            bits: 128,
        }
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let no_network = || NoNetwork::new(text);
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| no_network())?;
        let (width, before) = match address {
            IpAddr::V4(_) => (32, MAPPED_BITS),
            IpAddr::V6(_) => (128, 0),
        };
        let is_number = |bits: &str| bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits: u8 = match bits {
            Some(bits) if is_number(bits) => bits.parse().map_err(|_| no_network())?,
            Some(_) => return Err(no_network()),
            None => width,
        };
        if bits > width {
            return Err(no_network());
        }
        let bits = bits + before;
        Ok(Self {
            first: Address::from(address).0 & Self::mask(bits),
            bits,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Address(self.first);
        let is_v4 = address.ip().is_ipv4() && self.bits >= MAPPED_BITS;
        let bits = if is_v4 {
            self.bits - MAPPED_BITS
        } else {
            self.bits
        };
        write!(f, "{address}/{bits}")
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Many blocks, of which it is asked whether one holds an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    given: Vec<Network>,
    /// First and last address of blocks that do not touch each other, in order.
    spans: Vec<(u128, u128)>,
}

impl Networks {
    /// Whether one of them holds the address.
    #[must_use]
    pub fn contains(&self, address: Address) -> bool {
        let after = self.spans.partition_point(|&(first, _)| first <= address.0);
        after > 0 && self.spans[after - 1].1 >= address.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Those that were given, in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Network] {
        &self.given
    }
}

impl FromIterator<Network> for Networks {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        let given: Vec<Network> = networks.into_iter().collect();
        let mut ordered: Vec<(u128, u128)> = given
            .iter()
            .flat_map(|network| without_mapped(network.first, network.last(), network.bits))
            .collect();
        ordered.sort_unstable();
        let mut spans: Vec<(u128, u128)> = Vec::new();
        for (first, last) in ordered {
            match spans.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                _ => spans.push((first, last)),
            }
        }
        Self { given, spans }
    }
}

/// A wide block of IPv6 such as `::/0` holds the mapped addresses as numbers, but no address of IPv4.
fn without_mapped(first: u128, last: u128, bits: u8) -> Vec<(u128, u128)> {
    const MAPPED: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);
    if bits >= MAPPED_BITS || last < MAPPED.0 || first > MAPPED.1 {
        return vec![(first, last)];
    }
    let parts = [
        (first < MAPPED.0).then_some((first, MAPPED.0 - 1)),
        (last > MAPPED.1).then_some((MAPPED.1 + 1, last)),
    ];
    parts.into_iter().flatten().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn written_as_they_are_read() {
        for text in [
            "10.0.0.0/8",
            "0.0.0.0/0",
            "192.0.2.7/32",
            "2001:db8::/32",
            "::/0",
        ] {
            assert_eq!(network(text).to_string(), text);
        }
        assert_eq!(network("10.1.2.3/8").to_string(), "10.0.0.0/8");
        assert_eq!(network("192.0.2.7").to_string(), "192.0.2.7/32");
        assert_eq!(address("::ffff:10.0.0.1").to_string(), "10.0.0.1");
    }

    #[test]
    fn what_is_no_block() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0/8",
            "10.0.0.0/+8",
            "2001:db8::/129",
            "x",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn families_are_kept_apart() {
        assert!(!network("::/0").contains(address("10.0.0.1")));
        assert!(!network("0.0.0.0/0").contains(address("2001:db8::1")));
        let all_v6: Networks = [network("::/0")].into_iter().collect();
        assert!(!all_v6.contains(address("10.0.0.1")));
        assert!(all_v6.contains(address("2001:db8::1")));
    }

    proptest! {
        #[test]
        fn many_are_asked_as_each_would_be(
            blocks in prop::collection::vec((any::<u32>(), 0_u8..=32), 0..20),
            wide in prop::collection::vec((any::<u128>(), 0_u8..=128), 0..4),
            asked: u32,
            asked_wide: u128,
        ) {
            let v4 = blocks.iter().map(|(bits, width)| network(&format!("{}/{width}", Ipv4Addr::from_bits(*bits))));
            let v6 = wide.iter().map(|(bits, width)| network(&format!("{}/{width}", Ipv6Addr::from_bits(*bits | 1 << 127))));
            let all: Networks = v4.chain(v6).collect();
            let near = blocks.first().map_or(asked, |(bits, _)| bits ^ (asked & 0xff));
            for asked in [Address::from(Ipv4Addr::from_bits(asked)), Address::from(Ipv4Addr::from_bits(near)), Address::from_bits(asked_wide)] {
                let expected = all.as_slice().iter().any(|network| network.contains(asked));
                prop_assert_eq!(all.contains(asked), expected);
            }
        }
    }
}
