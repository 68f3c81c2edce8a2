//! Blocks of addresses, as policy files name them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::str::FromStr;

/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`. An address alone is a block of one.
///
/// IPv4 addresses written as IPv6 ones (`::ffff:10.0.0.1`; RFC 4291, 2.5.5.2) are IPv4. Bits of the address
/// beyond the length are zero, whatever was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// A text that is no block of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no block of addresses such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NoNetwork(String);

/// IPv4 addresses written as IPv6 ones begin after so many bits.
const MAPPED_BITS: u8 = 96;

impl Network {
    /// Its first address.
    #[must_use]
    pub const fn first(&self) -> IpAddr {
        self.first
    }

    /// Its last address.
    #[must_use]
    pub fn last(&self) -> IpAddr {
        match self.first {
            IpAddr::V4(first) => Ipv4Addr::from_bits(first.to_bits() | !mask_v4(self.bits)).into(),
            IpAddr::V6(first) => Ipv6Addr::from_bits(first.to_bits() | !mask_v6(self.bits)).into(),
        }
    }

    /// How many bits of its addresses are the same: up to 32 for IPv4, up to 128 for IPv6.
    #[must_use]
    pub const fn bits(&self) -> u8 {
        self.bits
    }

    fn new(address: IpAddr, bits: u8) -> Self {
        let first = match address {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & mask_v4(bits)).into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & mask_v6(bits)).into(),
        };
        Self { first, bits }
    }
}

fn mask_v4(bits: u8) -> u32 {
    u32::MAX
        .checked_shl(32_u32.saturating_sub(bits.into()))
        .unwrap_or(0)
}

fn mask_v6(bits: u8) -> u128 {
    u128::MAX
        .checked_shl(128_u32.saturating_sub(bits.into()))
        .unwrap_or(0)
}

/// The address and the length that a text names, as they are written, but IPv4 where it is IPv4 in disguise.
fn parts(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let is_number = |bits: &str| bits.bytes().all(|byte| byte.is_ascii_digit());
    let bits: u8 = match bits {
        Some(bits) if is_number(bits) => bits.parse().ok()?,
        Some(_) => return None,
        None => width,
    };
    match (address, address.to_canonical()) {
        _ if bits > width => None,
        (IpAddr::V6(_), IpAddr::V4(address)) if bits >= MAPPED_BITS => {
            Some((address.into(), bits - MAPPED_BITS))
        }
        _ => Some((address, bits)),
    }
}

/// Whether the address that is written is the first of its block, as it is in a block that was written with care.
pub(super) fn begins_its_block(text: &str) -> bool {
    parts(text).is_none_or(|(address, bits)| Network::new(address, bits).first == address)
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) =
            parts(text).ok_or_else(|| NoNetwork(text.chars().take(60).collect()))?;
        Ok(Self::new(address, bits))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn as_written_and_as_read() {
        let check = |text: &str, read: &str, last: &str, begins: bool| {
            let network: Network = text.parse().unwrap();
            assert_eq!(network.to_string(), read);
            assert_eq!(network.last().to_string(), last, "{text}");
            assert_eq!(begins_its_block(text), begins, "{text}");
        };
        check("10.0.0.0/8", "10.0.0.0/8", "10.255.255.255", true);
        check("10.1.2.3/8", "10.0.0.0/8", "10.255.255.255", false);
        check("192.0.2.7", "192.0.2.7/32", "192.0.2.7", true);
        check("192.0.2.7/0", "0.0.0.0/0", "255.255.255.255", false);
        check(
            "2001:db8::/32",
            "2001:db8::/32",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            true,
        );
        check("2001:db8::1", "2001:db8::1/128", "2001:db8::1", true);
        check("::ffff:10.0.0.1", "10.0.0.1/32", "10.0.0.1", true);
        check("::ffff:10.0.0.1/104", "10.0.0.0/8", "10.255.255.255", false);
        check(
            "::/0",
            "::/0",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            true,
        );
    }

    #[test]
    fn what_is_no_block() {
        for text in [
            "",
            "/",
            "/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0/8",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0.0/255.0.0.0",
            "010.0.0.0/8",
            " 10.0.0.0/8",
            "2001:db8::/129",
            "fe80::1%eth0",
            "example.com",
            "*",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
            assert!(begins_its_block(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(address: IpAddr, bits in 0..=128_u8) {
            let width = if address.is_ipv4() { 32 } else { 128 };
            let network: Network = format!("{address}/{}", bits.min(width)).parse().unwrap();
            let shown = network.to_string();
            prop_assert_eq!(shown.parse::<Network>().unwrap(), network);
            prop_assert!(begins_its_block(&shown));
            // A block wider than all of IPv4 in disguise is one of IPv6.
            let address = match network.first() {
                IpAddr::V4(_) => address.to_canonical(),
                IpAddr::V6(_) => address,
            };
            prop_assert!(network.first() <= address && address <= network.last());
        }
    }
}
