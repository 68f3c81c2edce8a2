//! Sees the flows of one subject, and keeps what a dossier says of them.

use super::contact::{Contact, Largest, Transfer, Use};
use super::inquiry::{Inquiry, Role};
use super::slots::{Amounts, Slots};
use crate::address::Address;
use crate::flow::Flow;
use crate::keyed::{Keyed, State};
use crate::spread::{LONGEST, Spread};

/// Bytes one way from which on a single flow is a large transfer.
pub(crate) const LARGE: u64 = 50_000_000;
/// Bytes of memory that are enough for most subjects.
const DEFAULT_MEMORY: usize = 64 * 1024 * 1024;

impl State for Slots {
    fn weight(&self) -> u64 {
        // What has most cells is most likely the subject itself.
        (self.heap() as u64).saturating_add(1)
    }

    fn heap(&self) -> usize {
        Self::heap(self)
    }

    fn join(&mut self, other: Self) {
        Self::join(self, &other);
    }
}

/// A port, and what the subject was there.
pub(crate) type PortKey = (Role, u16, u8);
/// What the subject was, then client and server.
pub(crate) type ContactKey = (Role, Address, Address);

/// What one subject did, of the flows that were seen so far. Bounded: where there are too many peers or ports, those with most flows and bytes
/// stay. Investigations of the same inquiry can be joined, whoever saw which flows in what order.
#[derive(Clone, Debug)]
pub struct Investigation {
    pub(crate) inquiry: Inquiry,
    pub(crate) contacts: Keyed<ContactKey, Contact>,
    pub(crate) ports: Keyed<PortKey, Use>,
    /// When: as client, as server, and within.
    pub(crate) times: [Slots; 3],
    /// When, by server, where it is not known what the subject was.
    pub(crate) open_times: Keyed<Address, Slots>,
    pub(crate) largest: Largest,
    /// When the subject's flows began and ended.
    pub(crate) spread: Spread,
}

impl Investigation {
    /// Of this inquiry, within so many bytes (no less than some hundred kilobytes, which the time line may take).
    #[must_use]
    pub fn new(inquiry: Inquiry, memory: usize) -> Self {
        Self {
            inquiry,
            contacts: Keyed::new(memory / 2),
            ports: Keyed::new(memory / 4),
            times: Default::default(),
            open_times: Keyed::new(memory / 4),
            largest: Largest::default(),
            spread: Spread::default(),
        }
    }

    /// Of this inquiry, within 64 MiB.
    #[must_use]
    pub fn with_default_memory(inquiry: Inquiry) -> Self {
        Self::new(inquiry, DEFAULT_MEMORY)
    }

    /// Sees a flow, of which [`Engine`](crate::Engine) has found out which ends are ours. Those of others are passed over.
    pub fn see(&mut self, flow: &Flow) {
        let Some(role) = self.inquiry.role(flow) else {
            return;
        };
        self.spread.note(flow.start);
        self.spread.note(flow.end);
        let key = (role, flow.client, flow.server);
        self.contacts.update(key, |contact| contact.add(flow));
        // Whoever is at the other end. Where that is not known, all flows have the same server.
        let peer = match role {
            Role::Server | Role::Open(_) => flow.client,
            Role::Client | Role::Within => flow.server,
        };
        let port = (role, flow.server_port, flow.protocol);
        self.ports.update(port, |port| port.add(flow, peer));
        self.note_time(role, flow);
        for to_server in [true, false] {
            let bytes = if to_server {
                flow.bytes_to_server
            } else {
                flow.bytes_to_client
            };
            if bytes >= LARGE {
                self.largest.add(bytes, transfer(flow, to_server));
            }
        }
    }

    fn note_time(&mut self, role: Role, flow: &Flow) {
        let amounts = Amounts {
            flows: 1,
            refused: u64::from(flow.rejected),
            to_server: flow.bytes_to_server,
            to_client: flow.bytes_to_client,
            client_spoke: flow.packets_to_server > 0,
            server_spoke: flow.packets_to_client > 0,
        };
        // What says that it lasted for years would make all cells as coarse: it counts where it begins.
        let end = match flow.duration() {
            0..=LONGEST => flow.end,
            _ => flow.start,
        };
        let times = match role {
            Role::Client => &mut self.times[0],
            Role::Server => &mut self.times[1],
            Role::Within => &mut self.times[2],
            Role::Open(server) => {
                return self.open_times.update(server, |times| {
                    times.add(flow.start, end, &amounts);
                });
            }
        };
        times.add(flow.start, end, &amounts);
    }

    /// Takes in what records say of a capture point: before flows of it are seen.
    pub(crate) fn meet(&mut self, point: u64, instance_id: Option<&str>) {
        self.inquiry.meet(point, instance_id);
    }

    /// Adds what another of the same inquiry has seen.
    pub fn join(&mut self, other: Self) {
        self.inquiry.join(other.inquiry);
        self.contacts.join(other.contacts);
        self.ports.join(other.ports);
        for (mine, theirs) in self.times.iter_mut().zip(&other.times) {
            mine.join(theirs);
        }
        self.open_times.join(other.open_times);
        self.largest.join(&other.largest);
        self.spread.join(&other.spread);
    }

    /// Bytes that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let times: usize = self.times.iter().map(Slots::heap).sum();
        self.contacts.bytes()
            + self.ports.bytes()
            + self.open_times.bytes()
            + times
            + self.largest.heap()
    }
}

fn transfer(flow: &Flow, to_server: bool) -> Transfer {
    Transfer {
        start: flow.start,
        end: flow.end,
        client: flow.client,
        server: flow.server,
        server_port: flow.server_port,
        client_port: flow.client_port,
        protocol: flow.protocol,
        to_server,
    }
}
