//! Whom an investigation is about.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::address::{Address, Network};

/// Hexadecimal digits of an id: 8 in ids of before 2016, 17 in those of today (EC2 user guide, "Resource IDs").
const DIGITS: std::ops::RangeInclusive<usize> = 8..=17;

/// What ids of network interfaces begin with.
pub(super) const INTERFACE: &str = "eni-";
/// What ids of instances begin with.
const INSTANCE: &str = "i-";
/// What ids of security groups begin with.
const SECURITY_GROUP: &str = "sg-";

/// Whom an investigation is about: `10.0.3.7`, `10.0.3.0/24`, `2001:db8::/64`, `eni-0123456789abcdef0`, `i-0123456789abcdef0` or
/// `sg-0123456789abcdef0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// One address.
    Address(Address),
    /// A block of addresses.
    Network(Network),
    /// A network interface, by its id. Made by parsing, which lets nothing but an id through.
    Interface(Id),
    /// An instance, by its id. Made by parsing likewise.
    Instance(Id),
    /// All interfaces of a security group, by its id. Made by parsing likewise.
    SecurityGroup(Id),
}

/// The id of a resource of EC2: a prefix and hexadecimal digits, and so safe in any text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(String);

impl Id {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn new(text: &str, prefix: &str) -> Option<Self> {
        let digits = text.strip_prefix(prefix)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_id = DIGITS.contains(&digits.len()) && digits.bytes().all(is_digit);
        is_id.then(|| Self(text.to_owned()))
    }
}

/// A text that names nobody who can be investigated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSubject {
    /// It begins as an id, and is none.
    #[error("{text:?} is no {what}: expected {prefix} and 8 to 17 of the digits 0-9 a-f")]
    Id {
        /// What was given, cut where it is long.
        text: String,
        /// What it seems to be.
        what: &'static str,
        /// What such ids begin with.
        prefix: &'static str,
    },
    /// A block with so many bits, but the address before them has more.
    #[error("{text:?} has host bits set: the block is {block}")]
    HostBits {
        /// What was given.
        text: String,
        /// The block that holds it.
        block: Network,
    },
    /// Anything else.
    #[error(
        "{0:?} is no address (10.0.3.7, 2001:db8::7), block (10.0.3.0/24), interface (eni-…), instance (i-…) or security group (sg-…)"
    )]
    Other(String),
    /// A security group, or something else that records do not tell, of which neither interfaces nor addresses are given.
    #[error("no interface and no address of {0} is known, and records do not tell them")]
    Unknown(String),
}

impl FromStr for Subject {
    type Err = NoSubject;

    fn from_str(text: &str) -> Result<Self, NoSubject> {
        let text = text.trim();
        let short = || text.chars().take(60).collect::<String>();
        let id = |prefix, what| {
            Id::new(text, prefix).ok_or_else(|| NoSubject::Id {
                text: short(),
                what,
                prefix,
            })
        };
        if text.starts_with(INTERFACE) {
            return id(INTERFACE, "network interface").map(Self::Interface);
        }
        if text.starts_with(INSTANCE) {
            return id(INSTANCE, "instance").map(Self::Instance);
        }
        if text.starts_with(SECURITY_GROUP) {
            return id(SECURITY_GROUP, "security group").map(Self::SecurityGroup);
        }
        let network: Network = text.parse().map_err(|_| NoSubject::Other(short()))?;
        let Some((first, _)) = text.split_once('/') else {
            let address: Result<Address, _> = text.parse();
            return address
                .map(Self::Address)
                .map_err(|_| NoSubject::Other(short()));
        };
        let first: Address = first.parse().map_err(|_| NoSubject::Other(short()))?;
        if first != network.first() {
            return Err(NoSubject::HostBits {
                text: short(),
                block: network,
            });
        }
        Ok(Self::Network(network))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => fmt::Display::fmt(address, f),
            Self::Network(network) => fmt::Display::fmt(network, f),
            Self::Interface(id) | Self::Instance(id) | Self::SecurityGroup(id) => {
                f.write_str(id.as_str())
            }
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Subject {
    /// What it is, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Network(_) => "network",
            Self::Interface(_) => "interface",
            Self::Instance(_) => "instance",
            Self::SecurityGroup(_) => "security-group",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn subjects_are_told_by_their_look() {
        for (text, kind, shown) in [
            ("10.0.3.7", "address", "10.0.3.7"),
            (" 2001:DB8::7 ", "address", "2001:db8::7"),
            ("::ffff:10.0.0.1", "address", "10.0.0.1"),
            ("10.0.3.0/24", "network", "10.0.3.0/24"),
            ("2001:db8::/64", "network", "2001:db8::/64"),
            (
                "eni-0123456789abcdef0",
                "interface",
                "eni-0123456789abcdef0",
            ),
            ("i-0123abcd", "instance", "i-0123abcd"),
            ("sg-0123abcd", "security-group", "sg-0123abcd"),
        ] {
            let subject: Subject = text.parse().unwrap();
            assert_eq!(
                (subject.kind(), subject.to_string().as_str()),
                (kind, shown)
            );
        }
    }

    #[test]
    fn what_is_none_says_what_it_should_be() {
        for (text, message) in [
            (
                "eni-1'; drop",
                "\"eni-1'; drop\" is no network interface: expected eni- and 8 to 17 of the digits 0-9 a-f",
            ),
            (
                "i-0123ABCD",
                "\"i-0123ABCD\" is no instance: expected i- and 8 to 17 of the digits 0-9 a-f",
            ),
            (
                "sg-",
                "\"sg-\" is no security group: expected sg- and 8 to 17 of the digits 0-9 a-f",
            ),
            (
                "10.0.3.7/24",
                "\"10.0.3.7/24\" has host bits set: the block is 10.0.3.0/24",
            ),
            (
                "web-1",
                "\"web-1\" is no address (10.0.3.7, 2001:db8::7), block (10.0.3.0/24), interface (eni-…), instance (i-…) or security group (sg-…)",
            ),
            (
                "10.0.0.0/33",
                "\"10.0.0.0/33\" is no address (10.0.3.7, 2001:db8::7), block (10.0.3.0/24), interface (eni-…), instance (i-…) or security group (sg-…)",
            ),
        ] {
            let error = text.parse::<Subject>().unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn no_text_gets_a_quote_into_a_subject(text in "(eni-|i-|sg-|10\\.|[0-9a-f:]{1,8})?\\PC{0,30}") {
            if let Ok(subject) = text.parse::<Subject>() {
                let shown = subject.to_string();
                prop_assert!(shown.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:/".contains(&byte)), "{}", shown);
            }
        }
    }
}
