//! What is known beside the flows: which networks are ours, the user's lists, the past.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::{Address, Network, Networks};
use crate::baseline::Baseline;

/// A country, as ISO 3166-1 alpha-2 has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Of two letters; none for anything else.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        let is_code = letters.iter().all(u8::is_ascii_alphabetic);
        is_code.then(|| Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }

    /// Its two letters.
    #[must_use]
    pub fn code(&self) -> &str {
        // Only letters of ASCII are ever in it.
        core::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::new(&code).ok_or_else(|| serde::de::Error::custom("a country has two letters"))
    }
}

/// Who tells in which country an address is, such as a file in MaxMind's format.
pub trait Countries: Send + Sync + fmt::Debug {
    /// The country of the address, if it is known.
    fn country(&self, address: Address) -> Option<Country>;
}

/// Two sets of networks that must not talk: `[[detect.separate]]` of the policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separation {
    /// What the user calls it.
    pub name: String,
    /// One side.
    pub one: Networks,
    /// The other side.
    pub other: Networks,
}

impl Separation {
    /// Whether these two are on different sides of it.
    #[must_use]
    pub fn parts(&self, client: Address, server: Address) -> bool {
        (self.one.contains(client) && self.other.contains(server))
            || (self.other.contains(client) && self.one.contains(server))
    }
}

/// What is known beside the flows.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Networks that are ours, beside the private ones.
    pub inside: Networks,
    /// DNS servers that our hosts are meant to ask. The VPC's own resolver writes no records.
    pub resolvers: Networks,
    /// Addresses with a bad name, from the user's lists.
    pub bad: Networks,
    /// Networks that must not talk.
    pub separate: Vec<Separation>,
    /// In which country an address is.
    pub countries: Option<Arc<dyn Countries>>,
    /// How it has been before.
    pub baseline: Option<Baseline>,
}

impl World {
    /// Whether the address is one of ours.
    #[must_use]
    pub fn is_inside(&self, address: Address) -> bool {
        address.is_private() || self.inside.contains(address)
    }

    /// Adds networks that are ours, such as the CIDR blocks of an inventory's VPCs.
    pub fn add_inside(&mut self, networks: impl IntoIterator<Item = Network>) {
        let before = self.inside.as_slice().to_vec();
        self.inside = before.into_iter().chain(networks).collect();
    }
}
