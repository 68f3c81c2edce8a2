//! What is kept of a peer and of a port.

use crate::address::Address;
use crate::distinct::Distinct;
use crate::flow::Flow;
use crate::keyed::State;

/// Ports of a peer that are named: the lowest.
const NAMED_PORTS: usize = 8;
/// So many bytes weigh as much as a flow.
const BYTES_OF_A_FLOW: u64 = 1_500;

/// Sums over flows. Joining does not depend on who saw which flows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) flows: u64,
    pub(crate) refused: u64,
    /// Flows in which something came back.
    pub(crate) answered: u64,
    pub(crate) to_server: u64,
    pub(crate) to_client: u64,
    /// Unix seconds: the first began, and the last ended.
    pub(crate) span: Option<(i64, i64)>,
    /// Unix seconds: the first began in which something came back.
    pub(crate) first_answered: Option<i64>,
}

impl Sums {
    fn add(&mut self, flow: &Flow) {
        self.join(&Self {
            flows: 1,
            refused: u64::from(flow.rejected),
            answered: u64::from(flow.is_answered()),
            to_server: flow.bytes_to_server,
            to_client: flow.bytes_to_client,
            span: Some((flow.start, flow.end)),
            first_answered: flow.is_answered().then_some(flow.start),
        });
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.flows = self.flows.saturating_add(other.flows);
        self.refused = self.refused.saturating_add(other.refused);
        self.answered = self.answered.saturating_add(other.answered);
        self.to_server = self.to_server.saturating_add(other.to_server);
        self.to_client = self.to_client.saturating_add(other.to_client);
        self.span = wider(self.span, other.span);
        self.first_answered = earlier(self.first_answered, other.first_answered);
    }

    /// Bytes of both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.to_server.saturating_add(self.to_client)
    }

    fn weight(&self) -> u64 {
        self.flows.saturating_add(self.bytes() / BYTES_OF_A_FLOW)
    }
}

/// From the earlier beginning to the later end.
pub(crate) fn wider(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some((first, last)), Some((begin, end))) => Some((first.min(begin), last.max(end))),
        (one, other) => one.or(other),
    }
}

/// The earlier of those that there are.
pub(crate) fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What there was between two addresses, opened by one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contact {
    pub(crate) sums: Sums,
    /// The lowest ports of the server, each with its protocol.
    pub(crate) ports: Vec<(u16, u8)>,
    pub(crate) port_count: Distinct,
    /// Whether the records say that the client, and the server, is one of ours.
    pub(crate) client_inside: bool,
    pub(crate) server_inside: bool,
    /// Unix seconds: from the first to the last flow in which the client sent something, and the server.
    pub(crate) client_spoke: Option<(i64, i64)>,
    pub(crate) server_spoke: Option<(i64, i64)>,
}

impl Contact {
    pub(crate) fn add(&mut self, flow: &Flow) {
        self.sums.add(flow);
        self.client_inside |= flow.client_inside;
        self.server_inside |= flow.server_inside;
        let span = Some((flow.start, flow.end));
        let client_spoke = span.filter(|_| flow.packets_to_server > 0);
        self.client_spoke = wider(self.client_spoke, client_spoke);
        let server_spoke = span.filter(|_| flow.packets_to_client > 0);
        self.server_spoke = wider(self.server_spoke, server_spoke);
        let port = u64::from(flow.server_port) << 8 | u64::from(flow.protocol);
        self.port_count.insert(port);
        self.add_port((flow.server_port, flow.protocol));
    }

    fn add_port(&mut self, port: (u16, u8)) {
        let Err(place) = self.ports.binary_search(&port) else {
            return;
        };
        if place < NAMED_PORTS {
            self.ports.insert(place, port);
            self.ports.truncate(NAMED_PORTS);
        }
    }
}

impl State for Contact {
    fn weight(&self) -> u64 {
        self.sums.weight()
    }

    fn heap(&self) -> usize {
        self.port_count.heap() + self.ports.capacity() * size_of::<(u16, u8)>()
    }

    fn join(&mut self, other: Self) {
        self.sums.join(&other.sums);
        self.client_inside |= other.client_inside;
        self.server_inside |= other.server_inside;
        self.client_spoke = wider(self.client_spoke, other.client_spoke);
        self.server_spoke = wider(self.server_spoke, other.server_spoke);
        self.port_count.join(&other.port_count);
        other.ports.into_iter().for_each(|port| self.add_port(port));
    }
}

/// What there was at a port.
#[derive(Clone, Debug, Default)]
pub(crate) struct Use {
    pub(crate) sums: Sums,
    /// How many different peers.
    pub(crate) peers: Distinct,
    /// When the first flow began, and between whom: client and server.
    pub(crate) first: Option<(i64, Address, Address)>,
    /// The same of the first that was answered.
    pub(crate) first_answered: Option<(i64, Address, Address)>,
}

impl Use {
    pub(crate) fn add(&mut self, flow: &Flow, peer: Address) {
        self.sums.add(flow);
        self.peers.insert_wide(peer.to_bits());
        let first = Some((flow.start, flow.client, flow.server));
        self.first = earlier(self.first, first);
        let answered = first.filter(|_| flow.is_answered());
        self.first_answered = earlier(self.first_answered, answered);
    }
}

impl State for Use {
    fn weight(&self) -> u64 {
        self.sums.weight()
    }

    fn heap(&self) -> usize {
        self.peers.heap()
    }

    fn join(&mut self, other: Self) {
        self.sums.join(&other.sums);
        self.peers.join(&other.peers);
        self.first = earlier(self.first, other.first);
        self.first_answered = earlier(self.first_answered, other.first_answered);
    }
}

/// The flows with most bytes one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Largest {
    /// The largest first.
    flows: Vec<(u64, Transfer)>,
}

/// One flow that moved much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Transfer {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) client: Address,
    pub(crate) server: Address,
    pub(crate) server_port: u16,
    pub(crate) client_port: u16,
    pub(crate) protocol: u8,
    /// Whether the client sent it, or else the server.
    pub(crate) to_server: bool,
}

impl Largest {
    /// Flows that are kept.
    const MOST: usize = 32;

    pub(crate) fn add(&mut self, bytes: u64, transfer: Transfer) {
        let order = |(bytes, transfer): &(u64, Transfer)| (std::cmp::Reverse(*bytes), *transfer);
        let this = (bytes, transfer);
        let place = self
            .flows
            .partition_point(|flow| order(flow) < order(&this));
        if place < Self::MOST {
            self.flows.insert(place, this);
            self.flows.truncate(Self::MOST);
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for (bytes, transfer) in &other.flows {
            self.add(*bytes, *transfer);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(u64, Transfer)> {
        self.flows.iter()
    }

    pub(crate) fn heap(&self) -> usize {
        self.flows.capacity() * size_of::<(u64, Transfer)>()
    }
}
