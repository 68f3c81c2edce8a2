//! From what was seen of a subject to its dossier.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::contact::{Contact, Use};
use super::dossier::{Cell, Direction, Dossier, Peer, Port, PortName, Timeline, Totals};
use super::events;
use super::investigation::Investigation;
use super::slots::{Amounts, Slots, step_for};
use super::sql::Sql;
use super::subject::Role;
use crate::address::Address;
use crate::baseline::ADMIN_PORTS;
use crate::coverage::CapturePoint;
use crate::distinct::Distinct;
use crate::engine::Report;
use crate::finding::Finding;
use crate::keyed::State as _;
use crate::world::World;

/// Cells of a time line.
const CELLS: i64 = 200;
/// Peers that are listed.
const PEERS: usize = 1_000;
/// Ports that are listed.
const PORTS: usize = 500;
/// Addresses of the subject that are listed.
const ADDRESSES: usize = 100;
/// Addresses of an interface that are looked for where records do not say which end is its own.
const MOST_OWN: usize = 64;

/// What was seen, with each end told from the other.
pub(crate) struct Resolved<'a> {
    pub(crate) contacts: Vec<Between<'a>>,
    pub(crate) ports: BTreeMap<(Direction, u16, u8), Use>,
    /// Addresses of the subject.
    pub(crate) own: Vec<Address>,
    is_guessed: bool,
}

/// What there was between an address of the subject and another.
pub(crate) struct Between<'a> {
    pub(crate) direction: Direction,
    pub(crate) client: Address,
    pub(crate) server: Address,
    pub(crate) contact: Cow<'a, Contact>,
}

impl Between<'_> {
    pub(crate) fn own(&self) -> Address {
        match self.direction {
            Direction::Out | Direction::Within => self.client,
            Direction::In => self.server,
        }
    }

    pub(crate) fn peer(&self) -> Address {
        match self.direction {
            Direction::Out | Direction::Within => self.server,
            Direction::In => self.client,
        }
    }

    fn is_inside(&self, world: &World) -> bool {
        let said = match self.direction {
            Direction::In => self.contact.client_inside,
            Direction::Out | Direction::Within => self.contact.server_inside,
        };
        said || world.is_inside(self.peer())
    }

    /// Whether the other is somebody outside.
    pub(crate) fn is_outside(&self, world: &World) -> bool {
        !self.is_inside(world) && !self.peer().is_special()
    }

    /// From the first to the last flow in which the subject sent something.
    pub(crate) fn spoke(&self) -> Option<(i64, i64)> {
        match self.direction {
            Direction::Out => self.contact.client_spoke,
            Direction::In => self.contact.server_spoke,
            Direction::Within => {
                super::contact::wider(self.contact.client_spoke, self.contact.server_spoke)
            }
        }
    }
}

/// Bytes that the subject sent and got, of those to the server and to the client.
pub(crate) const fn out_and_in(direction: Direction, to_server: u64, to_client: u64) -> (u64, u64) {
    match direction {
        Direction::Out | Direction::Within => (to_server, to_client),
        Direction::In => (to_client, to_server),
    }
}

fn direction(role: Role, own: &BTreeSet<Address>) -> Direction {
    match role {
        Role::Client => Direction::Out,
        Role::Server => Direction::In,
        Role::Within => Direction::Within,
        Role::Open(server) if own.contains(&server) => Direction::In,
        Role::Open(_) => Direction::Out,
    }
}

impl Investigation {
    /// The dossier. `report` is what detections found in the same flows; `world` tells what is ours and where it is.
    #[must_use]
    pub fn dossier(&self, report: &Report, world: &World) -> Dossier {
        let resolved = self.resolve();
        let sql = Sql {
            inquiry: &self.inquiry,
            own: &resolved.own,
        };
        let own: BTreeSet<Address> = resolved.own.iter().copied().collect();
        let is_own = |address| own.contains(&address) || self.inquiry.has(address);
        let findings = findings(self, report, &is_own);
        let mut timeline = self.timeline(&own);
        timeline.query = sql.timeline(timeline.step);
        let material = events::Material {
            investigation: self,
            resolved: &resolved,
            cells: &timeline,
            refused: &self.refused(timeline.step, &own),
            findings: &findings,
            is_own: &is_own,
            world,
            sql: &sql,
        };
        let (events, events_beyond) = events::all(&material);
        let (peers, peers_beyond) = peers(&resolved, world, &sql);
        let (ports, ports_beyond) = ports(&resolved, &sql);
        let contacts_dropped = self.contacts.thinned().keys;
        let ports_dropped = self.ports.thinned().keys;
        Dossier {
            schema: "flowcover.investigation/1",
            subject: self.inquiry.subject().clone(),
            kind: self.inquiry.subject().kind(),
            name: None,
            addresses: resolved.own.iter().take(ADDRESSES).copied().collect(),
            around: self.inquiry.moment(),
            totals: self.totals(&resolved, &own, world),
            timeline,
            events,
            events_beyond,
            peers,
            peers_beyond: peers_beyond.saturating_add(contacts_dropped),
            ports,
            ports_beyond: ports_beyond.saturating_add(ports_dropped),
            findings,
            remarks: self.remarks(&resolved, contacts_dropped, ports_dropped),
            coverage: report.coverage.clone(),
            query: sql.all(),
        }
    }

    /// Tells which end is the subject's where records do not.
    fn resolve(&self) -> Resolved<'_> {
        let (own, is_guessed) = self.own();
        // Of the same two, some records may say which end is the subject's, and others not.
        let mut joined = BTreeMap::<_, Cow<'_, Contact>>::new();
        for ((role, client, server), contact) in self.contacts.ordered(|_, _| true) {
            match joined.entry((direction(role, &own), client, server)) {
                Entry::Vacant(place) => {
                    place.insert(Cow::Borrowed(contact));
                }
                Entry::Occupied(mut place) => place.get_mut().to_mut().join(contact.clone()),
            }
        }
        let contacts: Vec<Between<'_>> = joined
            .into_iter()
            .map(|((direction, client, server), contact)| Between {
                direction,
                client,
                server,
                contact,
            })
            .collect();
        let mut ports = BTreeMap::<_, Use>::new();
        for ((role, port, protocol), there) in self.ports.ordered(|_, _| true) {
            let direction = direction(role, &own);
            let mut there = there.clone();
            if let (Role::Open(server), Direction::Out) = (role, direction) {
                // Clients were counted, and the client turned out to be the subject.
                there.peers = Distinct::default();
                there.peers.insert_wide(server.to_bits());
            }
            ports
                .entry((direction, port, protocol))
                .or_default()
                .join(there);
        }
        let mut addresses: BTreeSet<Address> = contacts.iter().map(Between::own).collect();
        let within = contacts.iter();
        let within = within.filter(|between| between.direction == Direction::Within);
        addresses.extend(within.map(|between| between.server));
        Resolved {
            contacts,
            ports,
            own: addresses.into_iter().collect(),
            is_guessed,
        }
    }

    /// Addresses of an interface: those that records say, and then those that all other flows have in common, most first. Also whether two of
    /// them were as likely as each other.
    fn own(&self) -> (BTreeSet<Address>, bool) {
        let mut own = BTreeSet::new();
        let mut open = Vec::new();
        for ((role, client, server), contact) in self.contacts.ordered(|_, _| true) {
            match role {
                Role::Client => own.extend([client]),
                Role::Server => own.extend([server]),
                Role::Within => own.extend([client, server]),
                Role::Open(_) => open.push((client, server, contact.sums.flows)),
            }
        }
        let mut is_guessed = false;
        for _ in 0..MOST_OWN {
            open.retain(|(client, server, _)| !own.contains(client) && !own.contains(server));
            let mut counts = BTreeMap::<Address, u64>::new();
            for (client, server, flows) in &open {
                for end in [client, server] {
                    let count = counts.entry(*end).or_default();
                    *count = count.saturating_add(*flows);
                }
            }
            let most = counts
                .iter()
                .map(|(address, flows)| (*flows, Reverse(*address)));
            let Some((flows, Reverse(address))) = most.max() else {
                break;
            };
            is_guessed |= counts.values().filter(|count| **count == flows).count() > 1;
            own.insert(address);
        }
        (own, is_guessed)
    }

    /// All that was counted by time, each with the direction of its flows.
    fn times<'a>(
        &'a self,
        own: &'a BTreeSet<Address>,
    ) -> impl Iterator<Item = (Direction, &'a Slots)> + 'a {
        let known = [Direction::Out, Direction::In, Direction::Within];
        let open = self.open_times.iter();
        let open = open.map(|(server, slots)| (direction(Role::Open(*server), own), slots));
        known.into_iter().zip(&self.times).chain(open)
    }

    fn timeline(&self, own: &BTreeSet<Address>) -> Timeline {
        let Some((first, last)) = self.span else {
            return Timeline {
                step: 60,
                ..Timeline::default()
            };
        };
        let least = self.times(own).map(|(_, slots)| slots.step()).max();
        let step = step_for(first, last, CELLS, least.unwrap_or(60));
        let (begin, end) = (first.div_euclid(step), last.div_euclid(step));
        let mut cells: Vec<Cell> = (begin..=end)
            .map(|number| Cell {
                start: number.saturating_mul(step),
                ..Cell::default()
            })
            .collect();
        for (direction, slots) in self.times(own) {
            for (number, amounts) in slots.at(step) {
                let place = usize::try_from(number.saturating_sub(begin)).ok();
                if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
                    add(cell, direction, &amounts);
                }
            }
        }
        Timeline {
            step,
            cells,
            query: String::new(),
        }
    }

    /// Refused flows by direction and beginning of a cell.
    fn refused(&self, step: i64, own: &BTreeSet<Address>) -> BTreeMap<(Direction, i64), u64> {
        let mut refused = BTreeMap::<_, u64>::new();
        for (direction, slots) in self.times(own) {
            for (number, amounts) in slots.at(step) {
                if amounts.refused > 0 {
                    let key = (direction, number.saturating_mul(step));
                    let sum = refused.entry(key).or_default();
                    *sum = sum.saturating_add(amounts.refused);
                }
            }
        }
        refused
    }

    fn totals(&self, resolved: &Resolved<'_>, own: &BTreeSet<Address>, world: &World) -> Totals {
        let mut totals = Totals {
            first_seen: self.span.map(|(first, _)| first),
            last_seen: self.span.map(|(_, last)| last),
            ..Totals::default()
        };
        // Cells are never dropped, peers may be.
        for (direction, slots) in self.times(own) {
            let mut sum = Amounts::default();
            slots
                .at(slots.step())
                .values()
                .for_each(|cell| sum.add(cell));
            let (bytes_out, bytes_in) = out_and_in(direction, sum.to_server, sum.to_client);
            totals.flows = totals.flows.saturating_add(sum.flows);
            totals.bytes_out = totals.bytes_out.saturating_add(bytes_out);
            totals.bytes_in = totals.bytes_in.saturating_add(bytes_in);
            let (flows, refused) = match direction {
                Direction::In => (&mut totals.flows_in, &mut totals.refused_in),
                Direction::Out | Direction::Within => {
                    (&mut totals.flows_out, &mut totals.refused_out)
                }
            };
            *flows = flows.saturating_add(sum.flows);
            *refused = refused.saturating_add(sum.refused);
        }
        let others = || {
            let contacts = resolved.contacts.iter();
            contacts.filter(|between| between.direction != Direction::Within)
        };
        let different = |of: &mut dyn Iterator<Item = &Between<'_>>| {
            of.map(Between::peer).collect::<BTreeSet<_>>().len() as u64
        };
        totals.peers = different(&mut others());
        totals.peers_outside = different(&mut others().filter(|between| between.is_outside(world)));
        totals
    }

    fn remarks(&self, resolved: &Resolved<'_>, contacts: u64, ports: u64) -> Vec<String> {
        let mut remarks = Vec::new();
        if contacts > 0 {
            remarks.push(format!(
                "for want of memory {contacts} of the quietest peers were dropped while counting: what is said of single peers may be too low, totals and time line are not"
            ));
        }
        if ports > 0 {
            remarks.push(format!(
                "for want of memory {ports} of the quietest ports were dropped while counting"
            ));
        }
        let times = self.open_times.thinned().keys;
        if times > 0 {
            remarks.push(format!(
                "for want of memory the times of flows with {times} servers were dropped: totals and time line are too low"
            ));
        }
        if resolved
            .contacts
            .iter()
            .any(|between| !between.contact.port_count.is_exact())
            || resolved.ports.values().any(|there| !there.peers.is_exact())
        {
            remarks.push("large numbers of ports and peers are estimates, some 2 % off".to_owned());
        }
        if self.inquiry.is_by_point() && self.inquiry.addresses().is_empty() {
            remarks.push(
                "known by its interface only: a flow with another interface that writes records may have been counted there, and is missing here; investigate its address for all of them".to_owned(),
            );
        }
        if resolved.is_guessed {
            remarks.push(
                "which end of its flows is the subject's could not be told for sure: in and out may be the other way round".to_owned(),
            );
        }
        remarks
    }
}

fn add(cell: &mut Cell, direction: Direction, amounts: &Amounts) {
    let (bytes_out, bytes_in) = out_and_in(direction, amounts.to_server, amounts.to_client);
    cell.flows = cell.flows.saturating_add(amounts.flows);
    cell.refused = cell.refused.saturating_add(amounts.refused);
    cell.bytes_out = cell.bytes_out.saturating_add(bytes_out);
    cell.bytes_in = cell.bytes_in.saturating_add(bytes_in);
    cell.alive |= match direction {
        Direction::Out => amounts.client_spoke,
        Direction::In => amounts.server_spoke,
        Direction::Within => amounts.client_spoke || amounts.server_spoke,
    };
}

/// Findings that the subject is an end of, or that are about its interface.
fn findings(
    investigation: &Investigation,
    report: &Report,
    is_own: &dyn Fn(Address) -> bool,
) -> Vec<Finding> {
    let involved = |finding: &&Finding| {
        let ends = [finding.client, finding.server];
        if ends.iter().any(Option::is_some) {
            return ends.into_iter().flatten().any(is_own);
        }
        let id = finding.capture_point.interface_id.as_deref();
        id.is_some_and(|id| investigation.inquiry.has_point(CapturePoint::key(id)))
    };
    report.findings.iter().filter(involved).cloned().collect()
}

fn peers(resolved: &Resolved<'_>, world: &World, sql: &Sql<'_>) -> (Vec<Peer>, u64) {
    let mut ranked: Vec<&Between<'_>> = resolved.contacts.iter().collect();
    ranked.sort_by_key(|between| {
        let key = (between.direction, between.client, between.server);
        (Reverse(between.contact.weight()), key)
    });
    let beyond = ranked.len().saturating_sub(PEERS) as u64;
    let peer = |between: &Between<'_>| {
        let (contact, sums) = (&between.contact, &between.contact.sums);
        let (bytes_out, bytes_in) = out_and_in(between.direction, sums.to_server, sums.to_client);
        let (first_seen, last_seen) = sums.span.unwrap_or_default();
        let ports = contact.ports.iter();
        Peer {
            own: between.own(),
            peer: between.peer(),
            peer_name: None,
            inside: between.is_inside(world),
            country: world
                .countries
                .as_ref()
                .and_then(|countries| countries.country(between.peer())),
            direction: between.direction,
            ports: ports
                .map(|&(server_port, protocol)| PortName {
                    server_port,
                    protocol,
                })
                .collect(),
            port_count: contact.port_count.count(),
            flows: sums.flows,
            refused: sums.refused,
            answered: sums.answered,
            bytes_out,
            bytes_in,
            first_seen,
            last_seen,
            first_answered: sums.first_answered,
            query: sql.pair(between.client, between.server),
        }
    };
    (ranked.into_iter().take(PEERS).map(peer).collect(), beyond)
}

fn ports(resolved: &Resolved<'_>, sql: &Sql<'_>) -> (Vec<Port>, u64) {
    let mut ranked: Vec<_> = resolved.ports.iter().collect();
    ranked.sort_by_key(|(key, there)| (Reverse(there.sums.flows), **key));
    let beyond = ranked.len().saturating_sub(PORTS) as u64;
    let port = |(key, there): (&(Direction, u16, u8), &Use)| {
        let &(direction, server_port, protocol) = key;
        let sums = &there.sums;
        let (bytes_out, bytes_in) = out_and_in(direction, sums.to_server, sums.to_client);
        let (first_seen, last_seen) = sums.span.unwrap_or_default();
        Port {
            direction,
            server_port,
            protocol,
            is_admin: ADMIN_PORTS.contains(&server_port),
            peers: there.peers.count(),
            flows: sums.flows,
            refused: sums.refused,
            answered: sums.answered,
            bytes_out,
            bytes_in,
            first_seen,
            last_seen,
            query: sql.port(direction, server_port, protocol),
        }
    };
    (ranked.into_iter().take(PORTS).map(port).collect(), beyond)
}
