//! How it has been before: what `baseline build` learns, and what detections ask of it.

use std::collections::BTreeMap;

use datasketches::tdigest::TDigestMut;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Address;
use crate::distinct::Distinct;
use crate::flow::{DNS_PORT, Flow};
use crate::hours::{HOUR, Hours};
use crate::keyed::{Keyed, State, Thinned};
use crate::world::{Country, World};

/// The first line of a file.
const SCHEMA: &str = "flowcover.baseline/1";
/// Destinations of one host that are remembered one by one. A host with more calls everybody.
const MOST_MEMBERS: usize = 4_096;

/// A set of numbers that is not kept beyond a size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Members {
    hashes: Vec<u64>,
    /// There were more than can be kept: everything is taken for known.
    overflown: bool,
}

impl Members {
    /// Adds it, and says whether it was not there.
    fn insert(&mut self, hash: u64) -> bool {
        if self.overflown {
            return false;
        }
        let Err(place) = self.hashes.binary_search(&hash) else {
            return false;
        };
        if self.hashes.len() < MOST_MEMBERS {
            self.hashes.insert(place, hash);
        } else {
            self.overflown = true;
            self.hashes = Vec::new();
        }
        true
    }

    fn has(&self, hash: u64) -> bool {
        self.overflown || self.has_exactly(hash)
    }

    /// Whether it is one of those that are remembered one by one.
    fn has_exactly(&self, hash: u64) -> bool {
        self.hashes.binary_search(&hash).is_ok()
    }

    fn join(&mut self, other: &Self) {
        if other.overflown {
            self.overflown = true;
            self.hashes = Vec::new();
        }
        for hash in &other.hashes {
            self.insert(*hash);
        }
    }
}

/// The block around an address of the internet that is taken for the same destination: /24, or /48 of IPv6.
#[must_use]
pub(crate) fn neighbourhood(address: Address) -> u64 {
    let bits = address.to_bits();
    if address.ip().is_ipv4() {
        // Mapped addresses all have the same upper half.
        (bits as u64) >> 8
    } else {
        (bits >> 80) as u64 | 1 << 63
    }
}

/// What is remembered of one of our hosts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Host {
    /// Bytes that it sent outside, by hour.
    sent: Hours,
    /// Flows to it that were refused, by hour.
    refused: Hours,
    /// Where outside it has been.
    destinations: Members,
    /// Which DNS servers outside it has asked.
    #[serde(default)]
    asked: Members,
    /// How many addresses it talked with.
    peers: Distinct,
    /// Flows with which it sent mail outside, to port 25.
    #[serde(default)]
    mailed: u64,
    /// Countries that it called, in order; none where no file of countries was given.
    #[serde(default)]
    countries: Vec<Country>,
}

impl Host {
    /// Learns of a flow that it opened to an address outside.
    fn call(&mut self, flow: &Flow, world: &World) {
        self.sent.add(flow.start, flow.bytes_to_server);
        self.mailed += u64::from(flow.server_port == SMTP_PORT);
        if flow.server_port == DNS_PORT {
            // A name server of ours asks everywhere: that makes no place known but for questions.
            self.asked.insert(neighbourhood(flow.server));
            return;
        }
        // Neighbours are in one country: it need not be looked up for each flow.
        if self.destinations.insert(neighbourhood(flow.server)) {
            let countries = world.countries.as_ref();
            let country = countries.and_then(|countries| countries.country(flow.server));
            country.into_iter().for_each(|country| self.visit(country));
        }
    }

    fn visit(&mut self, country: Country) {
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
            + self.destinations.hashes.capacity() * size_of::<u64>()
            + self.asked.hashes.capacity() * size_of::<u64>()
            + self.countries.capacity() * size_of::<Country>()
    }

    fn join(&mut self, other: Self) {
        self.sent.join(&other.sent);
        self.refused.join(&other.refused);
        self.destinations.join(&other.destinations);
        self.asked.join(&other.asked);
        self.peers.join(&other.peers);
        self.mailed = self.mailed.saturating_add(other.mailed);
        let theirs = other.countries.into_iter();
        theirs.for_each(|country| self.visit(country));
    }
}

/// An address, a port and a protocol where one of ours answers.
type ServiceKey = (Address, u16, u8);

/// What is remembered of a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Service {
    /// Who used it.
    clients: Distinct,
    /// How long its flows lasted, in seconds.
    #[serde(with = "digest")]
    durations: Option<Box<TDigestMut>>,
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
    fn durations(&mut self) -> &mut TDigestMut {
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
type PairKey = (Address, Address, u16);

/// How often two of ours talked at a port for administration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Pair {
    flows: u64,
}

impl State for Pair {
    fn weight(&self) -> u64 {
        self.flows
    }

    fn join(&mut self, other: Self) {
        self.flows = self.flows.saturating_add(other.flows);
    }
}

/// Ports over which hosts are administered: SSH, telnet, RPC, NetBIOS, SMB, RDP, VNC, WinRM.
pub(crate) const ADMIN_PORTS: [u16; 10] = [22, 23, 135, 139, 445, 3389, 5900, 5985, 5986, 2222];
/// Port of mail between servers (RFC 5321).
pub(crate) const SMTP_PORT: u16 = 25;

/// What is learnt of flows. Joinable, so that parts can be learnt side by side and days added to what was there.
#[derive(Clone, Debug)]
pub struct Past {
    hosts: Keyed<Address, Host>,
    services: Keyed<ServiceKey, Service>,
    pairs: Keyed<PairKey, Pair>,
    /// Flows in each hour: which days were seen.
    seen: Hours,
}

impl Past {
    /// Nothing yet; may hold so many bytes.
    #[must_use]
    pub fn new(memory: usize) -> Self {
        Self {
            hosts: Keyed::new(memory / 2),
            services: Keyed::new(memory / 4),
            pairs: Keyed::new(memory / 4),
            seen: Hours::default(),
        }
    }

    /// Learns of a flow.
    pub fn see(&mut self, flow: &Flow, world: &World) {
        self.seen.add(flow.start, 1);
        if flow.rejected {
            if flow.server_inside {
                self.hosts
                    .update(flow.server, |host| host.refused.add(flow.start, 1));
            }
            return;
        }
        if flow.client_inside {
            self.hosts.update(flow.client, |host| {
                host.peers.insert_wide(flow.server.to_bits());
                if flow.is_outbound() {
                    host.call(flow, world);
                }
            });
        }
        if flow.is_established() && flow.server_inside {
            let key = (flow.server, flow.server_port, flow.protocol);
            self.services.update(key, |service| {
                service.clients.insert_wide(flow.client.to_bits());
                service.durations().update(flow.duration() as f64);
            });
        }
        if flow.is_established() && flow.is_internal() && ADMIN_PORTS.contains(&flow.server_port) {
            let key = (flow.client, flow.server, flow.server_port);
            self.pairs.update(key, |pair| pair.flows += 1);
        }
    }

    /// Adds what another has learnt.
    pub fn join(&mut self, other: Self) {
        self.hosts.join(other.hosts);
        self.services.join(other.services);
        self.pairs.join(other.pairs);
        self.seen.join(&other.seen);
    }

    /// What was given up for want of memory.
    #[must_use]
    pub fn thinned(&self) -> Thinned {
        let all = [
            self.hosts.thinned(),
            self.services.thinned(),
            self.pairs.thinned(),
        ];
        Thinned {
            keys: all.iter().map(|one| one.keys).sum(),
            weight: all.iter().map(|one| one.weight).max().unwrap_or(0),
        }
    }
}

/// A baseline that was built, ready to be asked.
#[derive(Clone, Debug)]
pub struct Baseline {
    past: Past,
}

/// A file that is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It begins otherwise, or belongs to another version.
    #[error("it is no baseline of flowcover: its first line should say {SCHEMA}")]
    NotOne,
    /// It was cut or changed.
    #[error("it was cut short or changed: its check sum does not fit")]
    Damaged,
    /// A line cannot be read.
    #[error("line {line} cannot be read: {error}")]
    Line {
        /// From 1.
        line: usize,
        /// Why.
        error: serde_json::Error,
    },
}

/// A line of the file, after the first and before the last.
#[derive(Serialize, Deserialize)]
enum Line {
    Seen(Hours),
    Host(Address, Host),
    Service(ServiceKey, Service),
    Pair(PairKey, Pair),
}

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
}

#[derive(Serialize, Deserialize)]
struct Foot {
    sha256: String,
}

impl Baseline {
    /// Of what was learnt.
    #[must_use]
    pub fn new(past: Past) -> Self {
        Self { past }
    }

    /// What was learnt, to learn more.
    #[must_use]
    pub fn into_past(self) -> Past {
        self.past
    }

    /// How many days it covers: those (UTC) with flows in at least half of their hours count whole, others by their hours.
    #[must_use]
    pub fn days(&self) -> f64 {
        let mut hours: BTreeMap<i64, u32> = BTreeMap::new();
        for (start, _) in self.past.seen.iter() {
            *hours.entry(start.div_euclid(24 * HOUR)).or_default() += 1;
        }
        let day = |hours: &u32| {
            if *hours >= 12 {
                1.0
            } else {
                f64::from(*hours) / 24.0
            }
        };
        hours.values().map(day).sum()
    }

    /// How many hosts and services it knows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.past.hosts.len(), self.past.services.len())
    }

    /// Whether the host is known at all: of one that is not, nothing is new.
    #[must_use]
    pub fn knows_host(&self, host: Address) -> bool {
        self.past.hosts.get(&host).is_some()
    }

    /// Whether the host has asked that DNS server, or one next to it.
    #[must_use]
    pub fn has_asked(&self, host: Address, server: Address) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| host.asked.has(neighbourhood(server)))
    }

    /// Whether the host has called that destination, or one next to it.
    #[must_use]
    pub fn has_called(&self, host: Address, destination: Address) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| host.destinations.has(neighbourhood(destination)))
    }

    /// Whether any of ours has called that destination, or one next to it. Hosts that call everybody are not asked.
    #[must_use]
    pub fn anyone_called(&self, destination: Address) -> bool {
        let place = neighbourhood(destination);
        let mut hosts = self.past.hosts.iter();
        hosts.any(|(_, host)| host.destinations.has_exactly(place))
    }

    /// Whether the host has sent mail outside, as mail servers do: to port 25.
    #[must_use]
    pub fn has_mailed(&self, host: Address) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| host.mailed > 0)
    }

    /// Whether it was learnt in which countries destinations were.
    #[must_use]
    pub fn knows_countries(&self) -> bool {
        let mut hosts = self.past.hosts.iter();
        hosts.any(|(_, host)| !host.countries.is_empty())
    }

    /// Whether the host has called somebody in that country.
    #[must_use]
    pub fn has_called_country(&self, host: Address, country: Country) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| {
            host.destinations.overflown || host.countries.binary_search(&country).is_ok()
        })
    }

    /// Whether any of ours has called somebody in that country.
    #[must_use]
    pub fn anyone_called_country(&self, country: Country) -> bool {
        let mut hosts = self.past.hosts.iter();
        hosts.any(|(_, host)| host.countries.binary_search(&country).is_ok())
    }

    /// Bytes that the host sent outside on each day (UTC) of the past that had any.
    #[must_use]
    pub fn sent_by_day(&self, host: Address) -> Vec<(i64, u64)> {
        self.past
            .hosts
            .get(&host)
            .map_or_else(Vec::new, |host| host.sent.days())
    }

    /// Flows to the host that were refused, by hour.
    #[must_use]
    pub fn refused(&self, host: Address) -> Option<&Hours> {
        self.past.hosts.get(&host).map(|host| &host.refused)
    }

    /// Whether something answered there.
    #[must_use]
    pub fn has_service(&self, server: Address, port: u16, protocol: u8) -> bool {
        self.past.services.get(&(server, port, protocol)).is_some()
    }

    /// How long flows to a service lasted at that rank (0 to 1), in seconds.
    #[must_use]
    pub fn duration_at(&self, server: Address, port: u16, protocol: u8, rank: f64) -> Option<f64> {
        let service = self.past.services.get(&(server, port, protocol))?;
        let mut durations = service.durations.clone()?;
        durations.quantile(rank).ok().flatten()
    }

    /// Whether two of ours have talked at that port for administration.
    #[must_use]
    pub fn has_pair(&self, client: Address, server: Address, port: u16) -> bool {
        self.past.pairs.get(&(client, server, port)).is_some()
    }

    /// Clients, servers and ports of those of ours that have talked for administration, in no order.
    pub fn pairs(&self) -> impl Iterator<Item = (Address, Address, u16)> + '_ {
        self.past.pairs.iter().map(|(pair, _)| *pair)
    }

    /// As a file: lines of JSON, with a check sum at the end.
    ///
    /// # Errors
    /// If a line cannot be written as JSON.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let head = Head {
            schema: SCHEMA.to_owned(),
        };
        let mut text = serde_json::to_string(&head)? + "\n";
        let mut add = |line: &Line| -> Result<(), serde_json::Error> {
            text += &serde_json::to_string(line)?;
            text.push('\n');
            Ok(())
        };
        add(&Line::Seen(self.past.seen.clone()))?;
        for (key, host) in self.past.hosts.ordered(|_, _| true) {
            add(&Line::Host(key, host.clone()))?;
        }
        for (key, service) in self.past.services.ordered(|_, _| true) {
            add(&Line::Service(key, service.clone()))?;
        }
        for (key, pair) in self.past.pairs.ordered(|_, _| true) {
            add(&Line::Pair(key, pair.clone()))?;
        }
        let foot = Foot {
            sha256: digest_of(&text),
        };
        Ok(text + &serde_json::to_string(&foot)? + "\n")
    }

    /// Reads a file; what is read may hold so many bytes.
    ///
    /// # Errors
    /// If it is no baseline, is damaged, or a line cannot be read.
    pub fn from_text(text: &str, memory: usize) -> Result<Self, BaselineError> {
        let head = text.lines().next().unwrap_or_default();
        let head: Head = serde_json::from_str(head).map_err(|_| BaselineError::NotOne)?;
        if head.schema != SCHEMA {
            return Err(BaselineError::NotOne);
        }
        let body = text.strip_suffix('\n').ok_or(BaselineError::Damaged)?;
        let (body, foot) = body.rsplit_once('\n').ok_or(BaselineError::Damaged)?;
        let body = &text[..=body.len()];
        let foot: Foot = serde_json::from_str(foot).map_err(|_| BaselineError::Damaged)?;
        if foot.sha256 != digest_of(body) {
            return Err(BaselineError::Damaged);
        }
        let mut past = Past::new(memory);
        for (number, line) in body.lines().enumerate().skip(1) {
            let line = serde_json::from_str(line).map_err(|error| BaselineError::Line {
                line: number + 1,
                error,
            })?;
            match line {
                Line::Seen(seen) => past.seen.join(&seen),
                Line::Host(key, host) => past.hosts.update(key, |mine| mine.join(host)),
                Line::Service(key, service) => past.services.update(key, |mine| mine.join(service)),
                Line::Pair(key, pair) => past.pairs.update(key, |mine| mine.join(pair)),
            }
        }
        Ok(Self { past })
    }
}

fn digest_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::flow::tests::flow;

    fn learnt(flows: &[Flow]) -> Past {
        let world = World::default();
        let mut past = Past::new(1 << 20);
        flows.iter().for_each(|flow| past.see(flow, &world));
        past
    }

    fn out(to: &str, start: i64) -> Flow {
        Flow {
            client_inside: true,
            start,
            end: start + 30,
            ..flow("10.0.0.1", to, 443)
        }
    }

    fn inward(client: &str, port: u16) -> Flow {
        Flow {
            client_inside: true,
            server_inside: true,
            ..flow(client, "10.0.0.9", port)
        }
    }

    #[test]
    fn it_answers_what_it_has_learnt() {
        let baseline = Baseline::new(learnt(&[
            out("192.0.2.7", 0),
            out("2001:db8:1::5", 90_000),
            inward("10.0.0.3", 22),
        ]));
        let address = |text: &str| text.parse::<Address>().unwrap();
        let host = address("10.0.0.1");
        assert!(baseline.has_called(host, address("192.0.2.200")));
        assert!(!baseline.has_called(host, address("192.0.3.7")));
        assert!(baseline.has_called(host, address("2001:db8:1:ffff::9")));
        assert!(!baseline.has_called(host, address("2001:db8:2::5")));
        assert_eq!(baseline.sent_by_day(host), [(0, 1000), (86_400, 1000)]);
        assert!(baseline.has_service(address("10.0.0.9"), 22, 6));
        assert!(baseline.has_pair(address("10.0.0.3"), address("10.0.0.9"), 22));
        assert_eq!(
            baseline.duration_at(address("10.0.0.9"), 22, 6, 0.5),
            Some(30.0)
        );
    }

    /// 192.0.2.0/24 is in Iceland, all else in Ireland.
    #[derive(Debug)]
    struct TwoCountries;

    impl crate::Countries for TwoCountries {
        fn country(&self, address: Address) -> Option<Country> {
            let iceland: crate::Network = "192.0.2.0/24".parse().unwrap();
            Country::new(if iceland.contains(address) {
                "is"
            } else {
                "ie"
            })
        }
    }

    #[test]
    fn countries_and_mail_are_remembered_in_files() {
        let world = World {
            countries: Some(std::sync::Arc::new(TwoCountries)),
            ..World::default()
        };
        let past = |flow: &Flow| {
            let mut past = Past::new(1 << 20);
            past.see(flow, &world);
            past
        };
        let mail = Flow {
            client: "10.0.0.2".parse().unwrap(),
            server_port: 25,
            ..out("198.51.100.7", 0)
        };
        let mut both = past(&out("192.0.2.7", 0));
        both.join(past(&mail));
        let text = Baseline::new(both).to_text().unwrap();
        let baseline = Baseline::from_text(&text, 1 << 20).unwrap();
        let [one, two] = ["10.0.0.1", "10.0.0.2"].map(|host| host.parse().unwrap());
        let [iceland, ireland, fiji] = ["IS", "IE", "FJ"].map(|code| Country::new(code).unwrap());
        assert!(baseline.knows_countries());
        assert!(baseline.has_called_country(one, iceland));
        assert!(!baseline.has_called_country(one, ireland));
        assert!(baseline.anyone_called_country(ireland));
        assert!(!baseline.anyone_called_country(fiji));
        assert_eq!(
            [one, two].map(|host| baseline.has_mailed(host)),
            [false, true]
        );
        assert!(baseline.anyone_called("198.51.100.99".parse().unwrap()));
        assert!(!baseline.anyone_called("203.0.113.99".parse().unwrap()));
        assert!(!Baseline::new(learnt(&[mail])).knows_countries());
    }

    #[test]
    fn files_of_before_are_read() {
        let text = Baseline::new(learnt(&[out("192.0.2.7", 0)]))
            .to_text()
            .unwrap();
        let before = text.replace(",\"mailed\":0,\"countries\":[]", "");
        assert_ne!(before, text);
        let (body, _) = before.trim_end().rsplit_once('\n').unwrap();
        let body = format!("{body}\n");
        let foot = format!("{{\"sha256\":\"{}\"}}\n", digest_of(&body));
        let baseline = Baseline::from_text(&(body + &foot), 1 << 20).unwrap();
        assert_eq!(baseline.to_text().unwrap(), text);
    }

    #[test]
    fn a_file_gives_back_what_was_written() {
        let flows: Vec<Flow> = (0..2_000)
            .map(|number| {
                out(
                    &format!("192.0.{}.{}", number / 250, number % 250),
                    number * 1_000,
                )
            })
            .collect();
        let baseline = Baseline::new(learnt(&flows));
        let text = baseline.to_text().unwrap();
        let back = Baseline::from_text(&text, 1 << 20).unwrap();
        assert_eq!(back.to_text().unwrap(), text);
        assert!((back.days() - baseline.days()).abs() < 1e-9);
    }

    #[test]
    fn days_are_added() {
        let (first, second) = ([out("192.0.2.7", 0)], [out("198.51.100.7", 90_000)]);
        let text = Baseline::new(learnt(&first)).to_text().unwrap();
        let mut past = Baseline::from_text(&text, 1 << 20).unwrap().into_past();
        past.join(learnt(&second));
        let both = Baseline::new(learnt(&[first[0], second[0]]));
        assert_eq!(
            Baseline::new(past).to_text().unwrap(),
            both.to_text().unwrap()
        );
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let text = Baseline::new(learnt(&[out("192.0.2.7", 0)]))
            .to_text()
            .unwrap();
        let refused = |text: &str| Baseline::from_text(text, 1 << 20).unwrap_err().to_string();
        assert!(refused("").contains("no baseline"));
        assert!(refused("{\"schema\":\"flowcover.baseline/9\"}\n").contains("no baseline"));
        assert!(refused(&text[..text.len() / 2]).contains("cut short"));
        assert!(refused(&text.replace("1000", "1001")).contains("check sum"));
    }
}
