//! Who is the client.

use super::flow::Flow;
use super::ports::class;
use super::tuple::{Tuple, is_private};

/// The rule that told who is the client. Its text is the column `orientation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// One end sent SYN without ACK, or the other SYN-ACK: this cannot be wrong. Needs the field `tcp-flags`.
    TcpFlags,
    /// The ports are of different kinds, and the likelier one is the server's.
    Ports,
    /// Only one end sent anything: it is the client.
    OnlySender,
    /// One end sent first, by at least one second.
    FirstSeen,
    /// The lower port is the server's. A guess.
    LowerPort,
    /// A private address calls a public one; else the lower address the higher. A guess, for want of anything better.
    Address,
}

impl Orientation {
    /// As the column has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TcpFlags => "tcp-flags",
            Self::Ports => "ports",
            Self::OnlySender => "only-sender",
            Self::FirstSeen => "first-seen",
            Self::LowerPort => "lower-port",
            Self::Address => "address",
        }
    }
}

const SYN: u8 = 2;
/// AWS reports ACK only together with SYN (VPC user guide, `tcp-flags`).
const SYN_ACK: u8 = 18;

/// Which of the two ends is the client, and by which rule.
pub(crate) fn orient(tuple: &Tuple, flow: &Flow) -> (usize, Orientation) {
    let rules = [
        (by_flags(flow), Orientation::TcpFlags),
        (by_ports(tuple), Orientation::Ports),
        (only_sender(flow), Orientation::OnlySender),
        (first_seen(flow), Orientation::FirstSeen),
        (lower_port(tuple), Orientation::LowerPort),
    ];
    let found = rules
        .into_iter()
        .find_map(|(client, rule)| Some((client?, rule)));
    found.unwrap_or_else(|| (by_address(tuple), Orientation::Address))
}

fn by_flags(flow: &Flow) -> Option<usize> {
    let opened = |way: usize| flow.ways[way].opened;
    let answered = |way: usize| flow.ways[way].flags & SYN_ACK == SYN_ACK;
    match (opened(0), opened(1)) {
        (true, false) => return Some(0),
        (false, true) => return Some(1),
        _ => {}
    }
    // Both sent SYN, as when the port of a closed connection is used again by the other end: it does not tell.
    match (answered(0), answered(1)) {
        (true, false) => Some(1),
        (false, true) => Some(0),
        _ => None,
    }
}

/// Whether those flags of a record are of one that opened a connection.
pub(crate) fn opens(flags: u8) -> bool {
    flags & SYN_ACK == SYN
}

fn by_ports(tuple: &Tuple) -> Option<usize> {
    let [one, other] = tuple.ports.map(class);
    match one.cmp(&other) {
        std::cmp::Ordering::Less => Some(1),
        std::cmp::Ordering::Greater => Some(0),
        std::cmp::Ordering::Equal => None,
    }
}

fn only_sender(flow: &Flow) -> Option<usize> {
    match flow.ways.each_ref().map(|way| way.records > 0) {
        [true, false] => Some(0),
        [false, true] => Some(1),
        _ => None,
    }
}

fn first_seen(flow: &Flow) -> Option<usize> {
    let [one, other] = flow.ways.each_ref().map(|way| way.first);
    (one != other).then_some(usize::from(other < one))
}

fn lower_port(tuple: &Tuple) -> Option<usize> {
    let [one, other] = tuple.ports;
    (one != other).then_some(usize::from(one < other))
}

fn by_address(tuple: &Tuple) -> usize {
    let [one, other] = tuple.addresses.map(is_private);
    usize::from(other && !one)
}
