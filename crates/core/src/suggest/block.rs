//! CIDR blocks of both families, and how few of them hold some addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A CIDR block (RFC 4632, RFC 4291), without bits below its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    is_ipv6: bool,
    /// The first address, as a number.
    first: u128,
    prefix: u8,
}

impl Block {
    /// The block of one address. An IPv4 address that is mapped into IPv6 is one of IPv4.
    #[must_use]
    pub fn host(address: IpAddr) -> Self {
        let (is_ipv6, first) = number(address);
        let prefix = width(is_ipv6);
        Self {
            is_ipv6,
            first,
            prefix,
        }
    }

    /// Every address of a family.
    #[must_use]
    pub const fn everything(is_ipv6: bool) -> Self {
        Self {
            is_ipv6,
            first: 0,
            prefix: 0,
        }
    }

    /// Whether it is of IPv6.
    #[must_use]
    pub const fn is_ipv6(self) -> bool {
        self.is_ipv6
    }

    /// Whether it holds every address of its family.
    #[must_use]
    pub const fn is_everything(self) -> bool {
        self.prefix == 0
    }

    /// Its first address.
    #[must_use]
    pub fn first(self) -> IpAddr {
        if self.is_ipv6 {
            Ipv6Addr::from_bits(self.first).into()
        } else {
            Ipv4Addr::from_bits(u32::try_from(self.first).unwrap_or(u32::MAX)).into()
        }
    }

    /// Its last address.
    #[must_use]
    pub fn last(self) -> IpAddr {
        let below = u32::from(width(self.is_ipv6).saturating_sub(self.prefix));
        let kept = u128::MAX.checked_shl(below).unwrap_or(0);
        let last = Self {
            first: self.first | !kept,
            ..self
        };
        last.first()
    }

    /// Length of its prefix, in bits.
    #[must_use]
    pub const fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether the address lies in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.holds(Self::host(address))
    }

    /// Whether all of `other` lies in it.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.is_ipv6 == other.is_ipv6
            && self.prefix <= other.prefix
            && other.cut(self.prefix).first == self.first
    }

    /// The block of that prefix, no longer than its own, that it lies in.
    pub(super) fn cut(self, prefix: u8) -> Self {
        let below = u32::from(width(self.is_ipv6).saturating_sub(prefix));
        let kept = u128::MAX.checked_shl(below).unwrap_or(0);
        Self {
            first: self.first & kept,
            prefix,
            ..self
        }
    }

    /// The smallest block that holds both; they are of one family.
    fn with(self, other: Self) -> Self {
        let width = width(self.is_ipv6);
        let differing = 128 - (self.first ^ other.first).leading_zeros();
        // At most 128, so it fits.
        let differing = u8::try_from(differing).unwrap_or(width);
        let common = width.saturating_sub(differing);
        self.cut(common.min(self.prefix).min(other.prefix))
    }

    /// Whether the two are the halves of one block.
    fn is_sibling(self, other: Self) -> bool {
        self.prefix == other.prefix
            && self.prefix > 0
            && self.first != other.first
            && self.is_ipv6 == other.is_ipv6
            && self.with(other).prefix + 1 == self.prefix
    }
}

fn number(address: IpAddr) -> (bool, u128) {
    match address.to_canonical() {
        IpAddr::V4(address) => (false, u128::from(address.to_bits())),
        IpAddr::V6(address) => (true, address.to_bits()),
    }
}

const fn width(is_ipv6: bool) -> u8 {
    if is_ipv6 { 128 } else { 32 }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ipv6 {
            write!(f, "{}/{}", Ipv6Addr::from_bits(self.first), self.prefix)
        } else {
            let bits = u32::try_from(self.first).unwrap_or(u32::MAX);
            write!(f, "{}/{}", Ipv4Addr::from_bits(bits), self.prefix)
        }
    }
}

impl JsonSchema for Block {
    fn schema_name() -> Cow<'static, str> {
        "Block".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A CIDR block: `10.0.0.0/8`, `2001:db8::/32`.",
        })
    }
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What was given is no CIDR block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no CIDR block")]
pub struct NotABlock;

impl FromStr for Block {
    type Err = NotABlock;

    /// Bits below the prefix are dropped, as AWS does it.
    fn from_str(text: &str) -> Result<Self, NotABlock> {
        let (address, prefix) = text.split_once('/').ok_or(NotABlock)?;
        let address: IpAddr = address.parse().map_err(|_| NotABlock)?;
        let prefix: u8 = prefix.parse().map_err(|_| NotABlock)?;
        let is_ipv6 = address.is_ipv6();
        let first = match address {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits(),
        };
        if prefix > width(is_ipv6) {
            return Err(NotABlock);
        }
        let whole = Self {
            is_ipv6,
            first,
            prefix: width(is_ipv6),
        };
        Ok(whole.cut(prefix))
    }
}

/// Those blocks that lie in no other one, in order.
pub(super) fn maximal(blocks: impl IntoIterator<Item = Block>) -> Vec<Block> {
    let mut blocks: Vec<Block> = blocks.into_iter().collect();
    // What holds others comes right before them.
    blocks.sort_unstable();
    let mut kept: Vec<Block> = Vec::new();
    for block in blocks {
        if !kept.last().is_some_and(|last| last.holds(block)) {
            kept.push(block);
        }
    }
    kept
}

/// How far addresses may be taken together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<'a> {
    /// As many blocks as wanted, at most.
    pub(super) most: usize,
    /// No block that holds more than was seen is wider than this.
    pub(super) widest: u8,
    /// Each lies in one of these, which are maximal.
    pub(super) within: &'a [Block],
}

impl Bounds<'_> {
    fn permits(&self, block: Block) -> bool {
        block.prefix >= self.widest && self.within.iter().any(|outer| outer.holds(block))
    }
}

/// The blocks that hold the addresses (blocks of hosts of one family, in order): exactly these if that takes few blocks, else
/// as little more as possible. None if the bounds cannot be kept.
pub(super) fn aggregate(hosts: &[Block], bounds: Bounds<'_>) -> Option<Vec<Block>> {
    let mut blocks = exact(hosts);
    while blocks.len() > bounds.most {
        // The smallest block that holds two neighbours; the lowest of several.
        let (_, at, joined) = blocks
            .windows(2)
            .enumerate()
            .map(|(at, pair)| (at, pair[0].with(pair[1])))
            .filter(|(_, joined)| bounds.permits(*joined))
            .map(|(at, joined)| (u8::MAX - joined.prefix, at, joined))
            .min_by_key(|(width, at, _)| (*width, *at))?;
        let start = blocks[..at]
            .iter()
            .rposition(|block| !joined.holds(*block))
            .map_or(0, |before| before + 1);
        let end = blocks[at..]
            .iter()
            .position(|block| !joined.holds(*block))
            .map_or(blocks.len(), |after| at + after);
        blocks.splice(start..end, [joined]);
    }
    Some(blocks)
}

/// The fewest blocks that hold these hosts, which are in order, and nothing else.
pub(super) fn exact(hosts: &[Block]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::with_capacity(hosts.len());
    for &host in hosts {
        let mut block = host;
        while let Some(&last) = blocks.last() {
            if last.is_sibling(block) {
                blocks.pop();
                block = last.with(block);
            } else {
                break;
            }
        }
        blocks.push(block);
    }
    blocks
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks(texts: &[&str]) -> Vec<Block> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[track_caller]
    fn check(hosts: &[&str], most: usize, widest: u8, within: &[&str], expected: Option<&[&str]>) {
        let hosts: Vec<Block> = hosts
            .iter()
            .map(|host| Block::host(host.parse().unwrap()))
            .collect();
        let within = blocks(within);
        let bounds = Bounds {
            most,
            widest,
            within: &within,
        };
        assert_eq!(aggregate(&hosts, bounds), expected.map(blocks));
    }

    #[test]
    fn few_addresses_are_held_exactly() {
        let any = &["0.0.0.0/0"];
        check(&["10.0.0.1"], 8, 16, any, Some(&["10.0.0.1/32"]));
        let four = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"];
        check(&four, 8, 16, any, Some(&["10.0.0.0/30"]));
        check(
            &four[1..],
            8,
            16,
            any,
            Some(&["10.0.0.1/32", "10.0.0.2/31"]),
        );
        check(
            &["fd00::", "fd00::1"],
            8,
            48,
            &["::/0"],
            Some(&["fd00::/127"]),
        );
    }

    #[test]
    fn many_addresses_are_taken_together_where_they_are_near() {
        let hosts = ["10.0.0.1", "10.0.0.9", "10.0.7.1", "192.0.2.1"];
        let expected = ["10.0.0.0/28", "10.0.7.1/32", "192.0.2.1/32"];
        check(&hosts, 3, 16, &["0.0.0.0/0"], Some(&expected));
        check(
            &hosts,
            2,
            16,
            &["0.0.0.0/0"],
            Some(&["10.0.0.0/21", "192.0.2.1/32"]),
        );
        check(&hosts, 1, 16, &["0.0.0.0/0"], None);
        check(&hosts, 2, 22, &["0.0.0.0/0"], None);
    }

    #[test]
    fn nothing_wider_than_what_is_there() {
        let hosts = ["10.0.0.1", "10.0.0.2"];
        check(&hosts, 1, 16, &["10.0.0.1/32", "10.0.0.2/32"], None);
        check(&hosts, 1, 16, &["10.0.0.0/30"], Some(&["10.0.0.0/30"]));
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in [
            "",
            "10.0.0.1",
            "10.0.0.1/33",
            "::/129",
            "x/8",
            "10.0.0.0/-1",
        ] {
            assert_eq!(text.parse::<Block>(), Err(NotABlock), "{text}");
        }
        assert_eq!(blocks(&["10.1.2.3/8"]), blocks(&["10.0.0.0/8"]));
        assert_eq!(Block::everything(true).to_string(), "::/0");
    }

    proptest! {
        #[test]
        fn every_address_is_held_and_no_bound_broken(
            hosts in prop::collection::btree_set(any::<u32>().prop_map(|bits| bits & 0x0a0f_ff0f), 1..40),
            most in 1_usize..12,
            widest in 0_u8..=32,
        ) {
            let mut hosts: Vec<Block> =
                hosts.into_iter().map(|bits| Block::host(Ipv4Addr::from_bits(bits).into())).collect();
            hosts.sort_unstable();
            let within = blocks(&["0.0.0.0/1"]);
            let bounds = Bounds { most, widest, within: &within };
            if let Some(found) = aggregate(&hosts, bounds) {
                prop_assert!(found.len() <= most);
                for host in &hosts {
                    prop_assert_eq!(found.iter().filter(|block| block.holds(*host)).count(), 1);
                }
                let seen = exact(&hosts);
                for block in &found {
                    prop_assert!(seen.contains(block) || bounds.permits(*block), "{}", block);
                }
                // Told to take together what it took together, it does the same.
                let again = Bounds { within: &found, ..bounds };
                prop_assert_eq!(aggregate(&hosts, again), Some(found));
            }
        }

        #[test]
        fn a_block_reads_what_it_writes(bits: u128, prefix in 0_u8..=128) {
            let block = Block::host(Ipv6Addr::from_bits(bits | 1 << 127).into()).cut(prefix);
            prop_assert_eq!(block.to_string().parse::<Block>(), Ok(block));
        }
    }
}
