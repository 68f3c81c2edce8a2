//! Which end of each flow is the subject's, where records do not say it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::contact::{Contact, Use};
use super::dossier::Direction;
use super::inquiry::Role;
use super::investigation::Investigation;
use crate::address::Address;
use crate::distinct::Distinct;
use crate::keyed::State as _;
use crate::world::World;

/// Addresses of an interface that are looked for where records do not say which end is its own.
const MOST_OWN: usize = 64;

/// What was seen, with each end told from the other.
pub(crate) struct Resolved<'a> {
    pub(crate) contacts: Vec<Between<'a>>,
    pub(crate) ports: BTreeMap<(Direction, u16, u8), Use>,
    /// Addresses of the subject.
    pub(crate) own: Vec<Address>,
    /// Whether some of them were as likely as others.
    pub(crate) is_guessed: bool,
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

    /// Whether the other is one of ours.
    pub(crate) fn is_inside(&self, world: &World) -> bool {
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

/// Who opened the flows in which the subject was that.
pub(crate) fn direction(role: Role, own: &BTreeSet<Address>) -> Direction {
    match role {
        Role::Client => Direction::Out,
        Role::Server => Direction::In,
        Role::Within => Direction::Within,
        Role::Open(server) if own.contains(&server) => Direction::In,
        Role::Open(_) => Direction::Out,
    }
}

impl Investigation {
    /// Tells which end is the subject's where records do not.
    pub(crate) fn resolve(&self) -> Resolved<'_> {
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
}
