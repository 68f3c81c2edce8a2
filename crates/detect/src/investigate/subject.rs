//! Whom an investigation is about.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::address::{Address, Network, Networks};
use crate::coverage::CapturePoint;
use crate::flow::Flow;

/// Hexadecimal digits of an id: 8 in ids of before 2016, 17 in those of today (EC2 user guide, "Resource IDs").
const DIGITS: std::ops::RangeInclusive<usize> = 8..=17;

/// What ids of network interfaces begin with.
const INTERFACE: &str = "eni-";

/// Whom an investigation is about: `10.0.3.7`, `10.0.3.0/24`, `2001:db8::/64`, `eni-0123456789abcdef0` or `i-0123456789abcdef0`.
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

    fn new(text: &str, prefix: &str) -> Option<Self> {
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
        "{0:?} is no address (10.0.3.7, 2001:db8::7), block (10.0.3.0/24), interface (eni-…) or instance (i-…)"
    )]
    Other(String),
    /// An instance of which neither interfaces nor addresses are known.
    #[error(
        "records are told apart by interface, and no interface or address of {0} is known: give its interface or address, or an inventory that has it"
    )]
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
        if text.starts_with("i-") {
            return id("i-", "instance").map(Self::Instance);
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
            Self::Interface(id) | Self::Instance(id) => f.write_str(id.as_str()),
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
        }
    }
}

/// What is asked: about whom, and by what its flows are known.
#[derive(Clone, Debug)]
pub struct Inquiry {
    subject: Subject,
    /// Keys of its capture points.
    points: BTreeSet<u64>,
    /// Those of them whose names are ids, for queries.
    interfaces: BTreeSet<Id>,
    /// Its addresses.
    addresses: Networks,
    around: Option<i64>,
}

impl Inquiry {
    /// About an address, a block or an interface. An interface is known by what was captured at it, and better if its addresses are
    /// [given](Self::with_addresses): a flow between two interfaces that both write records has the numbers of one of them only.
    ///
    /// # Errors
    /// About an instance: records are told apart by interface, so its interfaces have to be given, see [`Self::of_instance`].
    pub fn new(subject: Subject) -> Result<Self, NoSubject> {
        if matches!(subject, Subject::Instance(_)) {
            return Err(NoSubject::Unknown(subject.to_string()));
        }
        Ok(Self::made(subject))
    }

    /// About an instance (or anything else) that has these interfaces and addresses, as an inventory says.
    ///
    /// # Errors
    /// If it is an instance without any of both.
    pub fn of_instance(
        subject: Subject,
        interface_ids: impl IntoIterator<Item = impl AsRef<str>>,
        addresses: impl IntoIterator<Item = Address>,
    ) -> Result<Self, NoSubject> {
        let mut inquiry = Self::made(subject).with_addresses(addresses);
        for id in interface_ids {
            inquiry.points.insert(CapturePoint::key(id.as_ref()));
            inquiry.interfaces.extend(Id::new(id.as_ref(), INTERFACE));
        }
        if inquiry.points.is_empty() && inquiry.addresses.is_empty() {
            return Err(NoSubject::Unknown(inquiry.subject.to_string()));
        }
        Ok(inquiry)
    }

    fn made(subject: Subject) -> Self {
        let (mut points, mut addresses) = (BTreeSet::new(), Networks::default());
        let mut interfaces = BTreeSet::new();
        match &subject {
            Subject::Address(address) => {
                addresses = [Network::from(*address)].into_iter().collect()
            }
            Subject::Network(network) => addresses = [*network].into_iter().collect(),
            Subject::Interface(id) => {
                points.insert(CapturePoint::key(id.as_str()));
                interfaces.insert(id.clone());
            }
            Subject::Instance(_) => {}
        }
        Self {
            subject,
            points,
            interfaces,
            addresses,
            around: None,
        }
    }

    /// Adds addresses that the subject has.
    #[must_use]
    pub fn with_addresses(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        let before = self.addresses.as_slice().to_vec().into_iter();
        let more = addresses.into_iter().map(Network::from);
        self.addresses = before.chain(more).collect();
        self
    }

    /// Notes the moment (Unix seconds) that the question is about: reports mark it.
    #[must_use]
    pub fn around(mut self, moment: i64) -> Self {
        self.around = Some(moment);
        self
    }

    /// About whom.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The moment that the question is about, Unix seconds.
    #[must_use]
    pub fn moment(&self) -> Option<i64> {
        self.around
    }

    /// Whether the address is known to be the subject's.
    #[must_use]
    pub fn has(&self, address: Address) -> bool {
        self.addresses.contains(address)
    }

    /// Whether flows are known by where they were captured, too.
    pub(crate) fn is_by_point(&self) -> bool {
        !self.points.is_empty()
    }

    /// Whether what was captured there is the subject's.
    pub(crate) fn has_point(&self, point: u64) -> bool {
        self.points.contains(&point)
    }

    /// Ids of its interfaces.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = &str> {
        self.interfaces.iter().map(Id::as_str)
    }

    /// The addresses that were given for it.
    pub(crate) fn addresses(&self) -> &[Network] {
        self.addresses.as_slice()
    }

    /// Which end of the flow is the subject's; none if neither is.
    pub(crate) fn role(&self, flow: &Flow) -> Option<Role> {
        match (self.has(flow.client), self.has(flow.server)) {
            (true, true) => return Some(Role::Within),
            (true, false) => return Some(Role::Client),
            (false, true) => return Some(Role::Server),
            (false, false) => {}
        }
        if !self.points.contains(&flow.point) {
            return None;
        }
        // The other end of what an interface of ours sees is often one of ours as well: then all flows together tell.
        Some(match (flow.client_inside, flow.server_inside) {
            (true, false) => Role::Client,
            (false, true) => Role::Server,
            _ => Role::Open(flow.server),
        })
    }
}

/// What the subject was in a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    /// It opened it.
    Client,
    /// It was called.
    Server,
    /// Both: within a block.
    Within,
    /// Not known as yet: it has this server.
    Open(Address),
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
                "10.0.3.7/24",
                "\"10.0.3.7/24\" has host bits set: the block is 10.0.3.0/24",
            ),
            (
                "web-1",
                "\"web-1\" is no address (10.0.3.7, 2001:db8::7), block (10.0.3.0/24), interface (eni-…) or instance (i-…)",
            ),
            (
                "10.0.0.0/33",
                "\"10.0.0.0/33\" is no address (10.0.3.7, 2001:db8::7), block (10.0.3.0/24), interface (eni-…) or instance (i-…)",
            ),
        ] {
            let error = text.parse::<Subject>().unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn an_instance_needs_its_interfaces() {
        let subject: Subject = "i-0123abcd".parse().unwrap();
        assert!(Inquiry::new(subject.clone()).is_err());
        let none: [&str; 0] = [];
        assert!(Inquiry::of_instance(subject.clone(), none, []).is_err());
        let inquiry = Inquiry::of_instance(subject, ["eni-0123abcd"], []).unwrap();
        assert!(inquiry.has_point(CapturePoint::key("eni-0123abcd")));
    }

    proptest! {
        #[test]
        fn no_text_gets_a_quote_into_a_subject(text in "(eni-|i-|10\\.|[0-9a-f:]{1,8})?\\PC{0,30}") {
            if let Ok(subject) = text.parse::<Subject>() {
                let shown = subject.to_string();
                prop_assert!(shown.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:/".contains(&byte)), "{}", shown);
            }
        }
    }
}
