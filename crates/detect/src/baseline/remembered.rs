//! What is remembered of a host, of a service, and of two of ours.

use datasketches::tdigest::TDigestMut;
use serde::{Deserialize, Serialize};

use super::members::Members;
use super::{SMTP_PORT, UPLOAD, neighbourhood};
use crate::Address;
use crate::distinct::Distinct;
use crate::flow::{DNS_PORT, Flow};
use crate::hours::Hours;
use crate::keyed::State;
use crate::world::{Country, World};

/// What is remembered of one of our hosts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Host {
    /// Bytes that it sent outside, by hour.
    pub(super) sent: Hours,
    /// Flows to it that were refused, by hour.
    pub(super) refused: Hours,
    /// Where outside it has been.
    pub(super) destinations: Members,
    /// Where outside it has sent much in one call; none where that was not learnt yet, as in files of before: then it is unknown
    /// which of its destinations those are, and all of them count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uploads: Option<Members>,
    /// Which DNS servers outside it has asked.
    #[serde(default)]
    pub(super) asked: Members,
    /// How many addresses it talked with.
    pub(super) peers: Distinct,
    /// Flows with which it sent mail outside, to port 25.
    #[serde(default)]
    pub(super) mailed: u64,
    /// Countries that it called, in order; none where no file of countries was given.
    #[serde(default)]
    pub(super) countries: Vec<Country>,
}

impl Host {
    /// Learns of a flow that it opened to an address outside.
    pub(super) fn call(&mut self, flow: &Flow, world: &World) {
        self.sent.add(flow.start, flow.bytes_to_server);
        self.mailed += u64::from(flow.server_port == SMTP_PORT);
        if flow.server_port == DNS_PORT {
            // A name server of ours asks everywhere: that makes no place known but for questions.
            self.asked.insert(neighbourhood(flow.server));
            return;
        }
        let uploads = self.uploads.get_or_insert_default();
        if flow.bytes_to_server >= UPLOAD {
            uploads.insert(neighbourhood(flow.server));
        }
        // Neighbours are in one country: it need not be looked up for each flow.
        if self.destinations.insert(neighbourhood(flow.server)) {
            let countries = world.countries.as_ref();
            let country = countries.and_then(|countries| countries.country(flow.server));
            country.into_iter().for_each(|country| self.visit(country));
        }
    }

    /// Where it has sent much, as far as that is known; none of a host that never called.
    fn known_uploads(&self) -> Option<&Members> {
        let all = (self.destinations != Members::default()).then_some(&self.destinations);
        self.uploads.as_ref().or(all)
    }

    /// Whether it has sent much to that neighbourhood. Of a host that calls everybody, it is not asked.
    pub(super) fn has_uploaded(&self, place: u64) -> bool {
        let uploads = self.known_uploads();
        uploads.is_some_and(|uploads| uploads.has_exactly(place))
    }

    /// Before destinations are joined: what is not known of one of the two is what it called.
    fn join_uploads(&mut self, other: &Self) {
        // Where neither knows, neither does the sum of both: its destinations say it then.
        if self.uploads.is_none() && other.uploads.is_none() {
            return;
        }
        let mut both = self.known_uploads().cloned().unwrap_or_default();
        if let Some(theirs) = other.known_uploads() {
            both.join(theirs);
        }
        self.uploads = Some(both);
    }

    pub(super) fn visit(&mut self, country: Country) {
        if let Err(place) = self.countries.binary_search(&country) {
            self.countries.insert(place, country);
        }
    }
}

impl State for Host {
    fn weight(&self) -> u64 {
        self.peers.count() + self.sent.len() as u64
    }

    fn heap(&self) -> usize {
        self.sent.heap()
            + self.refused.heap()
            + self.peers.heap()
            + self.destinations.heap()
            + self.asked.heap()
            + self.uploads.as_ref().map_or(0, Members::heap)
            + self.countries.capacity() * size_of::<Country>()
    }

    fn join(&mut self, other: Self) {
        self.sent.join(&other.sent);
        self.refused.join(&other.refused);
        self.join_uploads(&other);
        self.destinations.join(&other.destinations);
        self.asked.join(&other.asked);
        self.peers.join(&other.peers);
        self.mailed = self.mailed.saturating_add(other.mailed);
        let theirs = other.countries.into_iter();
        theirs.for_each(|country| self.visit(country));
    }
}

/// An address, a port and a protocol where one of ours answers.
pub(super) type ServiceKey = (Address, u16, u8);

/// What is remembered of a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Service {
    /// Who used it.
    pub(super) clients: Distinct,
    /// How long its flows lasted, in seconds.
    #[serde(with = "digest")]
    pub(super) durations: Option<Box<TDigestMut>>,
}

impl State for Service {
    fn weight(&self) -> u64 {
        self.clients.count()
    }

    fn heap(&self) -> usize {
        let digest = self
            .durations
            .as_ref()
            .map_or(0, |digest| digest.estimated_size());
        self.clients.heap() + digest
    }

    fn join(&mut self, other: Self) {
        self.clients.join(&other.clients);
        if let Some(theirs) = other.durations {
            self.durations().merge(&theirs);
        }
    }
}

impl Service {
    pub(super) fn durations(&mut self) -> &mut TDigestMut {
        self.durations
            .get_or_insert_with(|| Box::new(TDigestMut::default()))
    }
}

mod digest {
    use datasketches::tdigest::TDigestMut;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        digest: &Option<Box<TDigestMut>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes = digest.as_ref().map(|digest| digest.clone().serialize());
        bytes.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Box<TDigestMut>>, D::Error> {
        let bytes = Option::<Vec<u8>>::deserialize(deserializer)?;
        let digest = bytes
            .map(|bytes| TDigestMut::deserialize(&bytes))
            .transpose();
        let digest = digest.map_err(serde::de::Error::custom)?;
        Ok(digest.map(Box::new))
    }
}

/// A client, a server and a port, both ours.
pub(super) type PairKey = (Address, Address, u16);

/// How often two of ours talked at a port for administration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pair {
    pub(super) flows: u64,
}

impl State for Pair {
    fn weight(&self) -> u64 {
        self.flows
    }

    fn join(&mut self, other: Self) {
        self.flows = self.flows.saturating_add(other.flows);
    }
}
