//! What a record is about: two ends and a protocol.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address and a port. IPv4 addresses are those mapped into IPv6, so that both families are one kind of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct End {
    pub(crate) address: u128,
    pub(crate) port: u16,
}

/// Two ends and a protocol, in an order that does not depend on who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Tuple {
    pub(crate) addresses: [u128; 2],
    pub(crate) ports: [u16; 2],
    pub(crate) protocol: u8,
}

impl Tuple {
    /// Also gives which of the two ends is the sender.
    pub(crate) fn new(sender: End, receiver: End, protocol: u8) -> (Self, usize) {
        let way = usize::from(sender > receiver);
        let (one, other) = if way == 0 {
            (sender, receiver)
        } else {
            (receiver, sender)
        };
        let tuple = Self {
            addresses: [one.address, other.address],
            ports: [one.port, other.port],
            protocol,
        };
        (tuple, way)
    }

    pub(crate) fn end(&self, index: usize) -> End {
        End {
            address: self.addresses[index],
            port: self.ports[index],
        }
    }

    /// Which of `count` parts folds it: always the same for the same tuple.
    pub(crate) fn part(&self, count: usize) -> usize {
        let fold = |number: u128| (number as u64) ^ ((number >> 64) as u64);
        let ports = u64::from(self.ports[0]) << 32 | u64::from(self.ports[1]);
        let mixed = (fold(self.addresses[0]) ^ fold(self.addresses[1]).rotate_left(29) ^ ports)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The upper bits of a product depend on all bits of what was multiplied.
        ((u128::from(mixed) * count as u128) >> 64) as usize
    }
}

/// Reads an address of either family.
pub(crate) fn parse_address(text: &str) -> Option<u128> {
    if let Some(address) = parse_v4(text.as_bytes()) {
        return Some(address);
    }
    let address: Ipv6Addr = text.parse().ok()?;
    Some(address.to_bits())
}

/// Nearly all addresses are these, and reading them is most of what folding costs beside the table itself.
fn parse_v4(text: &[u8]) -> Option<u128> {
    let (mut address, mut part, mut digits, mut dots) = (0_u32, 0_u32, 0_u32, 0_u32);
    for &byte in text {
        match byte {
            b'0'..=b'9' if digits < 3 && (digits == 0 || part > 0) => {
                part = part * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && part < 256 && dots < 3 => {
                address = address << 8 | part;
                (part, digits, dots) = (0, 0, dots + 1);
            }
            _ => return None,
        }
    }
    let whole = dots == 3 && digits > 0 && part < 256;
    whole.then(|| mapped(Ipv4Addr::from_bits(address << 8 | part)))
}

pub(crate) fn mapped(address: Ipv4Addr) -> u128 {
    address.to_ipv6_mapped().to_bits()
}

/// Writes it as it is usually written: RFC 5952 for IPv6.
pub(crate) fn write_address(address: u128, text: &mut String) {
    use std::fmt::Write as _;
    text.clear();
    let address = Ipv6Addr::from_bits(address);
    if let Some(v4) = address.to_ipv4_mapped() {
        write_v4(v4, text);
        return;
    }
    let written = write!(text, "{address}");
    debug_assert!(written.is_ok(), "a string takes any text");
}

/// Every flow has two of them: what formats anything would cost more than folding.
fn write_v4(address: Ipv4Addr, text: &mut String) {
    let digit = |number: u8| char::from(b'0' + number);
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            text.push('.');
        }
        if octet >= 100 {
            text.push(digit(octet / 100));
        }
        if octet >= 10 {
            text.push(digit(octet / 10 % 10));
        }
        text.push(digit(octet % 10));
    }
}

/// Whether it is not an address of the internet: of a private network, link-local, shared, loopback.
pub(crate) fn is_private(address: u128) -> bool {
    let address = Ipv6Addr::from_bits(address);
    match address.to_ipv4_mapped() {
        Some(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second);
            v4.is_private() || v4.is_link_local() || v4.is_loopback() || shared
        }
        None => {
            address.is_unique_local() || address.is_unicast_link_local() || address.is_loopback()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_directions_are_one_tuple() {
        let one = End {
            address: 7,
            port: 443,
        };
        let other = End {
            address: 9,
            port: 50_000,
        };
        let (forth, way_forth) = Tuple::new(one, other, 6);
        let (back, way_back) = Tuple::new(other, one, 6);
        assert_eq!(forth, back);
        assert_eq!((way_forth, way_back), (0, 1));
        assert_eq!(forth.part(7), back.part(7));
        assert_eq!((forth.end(way_forth), forth.end(way_back)), (one, other));
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "-",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "01.2.3.4",
            "1..2.3",
            "1.2.3.4 ",
            "x",
            ":::",
            "1.2.3.4/8",
        ] {
            assert_eq!(parse_address(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_private() {
        for (text, expected) in [
            ("10.0.0.1", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("100.64.0.1", true),
            ("169.254.169.254", true),
            ("8.8.8.8", false),
            ("fd00::1", true),
            ("fe80::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(parse_address(text).unwrap()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn addresses_are_read_as_the_standard_library_reads_them(address: u32, other: u128, odd in "[0-9.]{0,17}") {
            let mut text = String::new();
            let v4 = Ipv4Addr::from_bits(address);
            prop_assert_eq!(parse_address(&v4.to_string()), Some(mapped(v4)));
            write_address(mapped(v4), &mut text);
            prop_assert_eq!(&text, &v4.to_string());
            let v6 = Ipv6Addr::from_bits(other);
            prop_assert_eq!(parse_address(&v6.to_string()), Some(other));
            let expected = odd.parse::<IpAddr>().ok().map(|address| match address {
                IpAddr::V4(address) => mapped(address),
                IpAddr::V6(address) => address.to_bits(),
            });
            prop_assert_eq!(parse_address(&odd), expected);
        }
    }
}
