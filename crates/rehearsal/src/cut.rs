//! Connections cut into records: one for each interface, direction and aggregation window.

use std::net::IpAddr;

use crate::company::{Company, Role};
use crate::flow::{End, Flow, Manner, TCP, Volume};
use crate::random::mix;
use crate::settings::Window;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const SYN_ACK: u8 = 18;

/// What one record says. Times in seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) host: usize,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Traffic(Traffic),
    NoData,
    SkipData,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) source: IpAddr,
    pub(crate) target: IpAddr,
    pub(crate) packet_source: IpAddr,
    pub(crate) packet_target: IpAddr,
    pub(crate) source_port: u16,
    pub(crate) target_port: u16,
    pub(crate) protocol: u8,
    pub(crate) volume: Volume,
    /// None where the protocol has none.
    pub(crate) flags: Option<u8>,
    pub(crate) accepted: bool,
    pub(crate) egress: bool,
}

/// One direction of a connection, as one interface sees it.
struct View {
    host: usize,
    /// From client to server.
    is_up: bool,
    egress: bool,
    source: (IpAddr, u16),
    target: (IpAddr, u16),
    packet_source: IpAddr,
    packet_target: IpAddr,
}

/// Gives each record of the connection that begins within the hour (in milliseconds) and before the span ends.
pub(crate) fn cut(
    company: &Company,
    window: Window,
    flow: &Flow,
    hour: std::ops::Range<i64>,
    give: &mut impl FnMut(i64, Row),
) {
    for view in views(company, flow) {
        let total = if view.is_up { flow.up } else { flow.down };
        if total.packets == 0 {
            continue;
        }
        let width = window.millis();
        let phase = company.host(view.host).phase;
        let from = flow.start.max(hour.start);
        // A window that the hour cuts through was given with its beginning.
        let mut index = (from - phase).div_euclid(width);
        loop {
            let begins = phase + index * width;
            let start = begins.max(flow.start);
            if start >= hour.end || start > flow.end() {
                break;
            }
            if start >= hour.start {
                let end = (begins + width).min(flow.end());
                let part = share(flow, total, start, end);
                if part.packets > 0 {
                    let row = record(company, flow, &view, part, (start, end));
                    give(index, row);
                }
            }
            index += 1;
        }
    }
}

/// The directions and interfaces that see the connection.
fn views(company: &Company, flow: &Flow) -> impl Iterator<Item = View> {
    let (client, server) = (
        (flow.client.address, flow.client_port),
        (flow.server.address, flow.server_port),
    );
    let at = |end: End, is_client: bool| {
        end.host.map(|host| {
            [true, false].map(|is_up| {
                let (source, target) = if is_up {
                    (client, server)
                } else {
                    (server, client)
                };
                View {
                    host,
                    is_up,
                    egress: is_up == is_client,
                    source,
                    target,
                    packet_source: source.0,
                    packet_target: target.0,
                }
            })
        })
    };
    let ends = [at(flow.client, true), at(flow.server, false)];
    let ends = ends.into_iter().flatten().flatten();
    ends.chain(translated(company, flow).into_iter().flatten())
}

/// What the interface of the NAT gateway sees: it stands in between with its private address.
fn translated(company: &Company, flow: &Flow) -> Option<[View; 4]> {
    let (nat, port) = flow.nat?;
    let own: IpAddr = company.host(nat).v4.into();
    let client = (flow.client.address, flow.client_port);
    let server = (flow.server.address, flow.server_port);
    let view = |is_up, egress, source: (IpAddr, u16), target: (IpAddr, u16)| View {
        host: nat,
        is_up,
        egress,
        source,
        target,
        packet_source: source.0,
        packet_target: target.0,
    };
    Some([
        View {
            packet_target: server.0,
            ..view(true, false, client, (own, flow.server_port))
        },
        view(true, true, (own, port), server),
        view(false, false, server, (own, port)),
        View {
            packet_source: server.0,
            ..view(false, true, (own, flow.server_port), client)
        },
    ])
}

/// Packets and bytes between two moments of the connection.
fn share(flow: &Flow, total: Volume, start: i64, end: i64) -> Volume {
    if start <= flow.start && end >= flow.end() {
        return total;
    }
    let packets_until = |moment: i64| {
        if moment <= flow.start {
            return 0;
        }
        // The first packet goes out at once.
        1 + scale(total.packets - 1, progress(flow, moment))
    };
    let (before, after) = (packets_until(start), packets_until(end));
    let bytes_until = |packets: u64| {
        let bytes = u128::from(total.bytes) * u128::from(packets) / u128::from(total.packets);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    };
    Volume {
        packets: after - before,
        bytes: bytes_until(after) - bytes_until(before),
    }
}

const WHOLE: u64 = 1 << 20;

fn scale(total: u64, progress: u64) -> u64 {
    let scaled = u128::from(total) * u128::from(progress) / u128::from(WHOLE);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// How much of the connection's traffic is over, of [`WHOLE`]: evenly, or in sixteen parts of uneven weight.
fn progress(flow: &Flow, moment: i64) -> u64 {
    let passed = (moment - flow.start).clamp(0, flow.duration);
    let duration = flow.duration.max(1).unsigned_abs();
    let even = u128::from(passed.unsigned_abs()) * u128::from(WHOLE) / u128::from(duration);
    let even = u64::try_from(even).unwrap_or(WHOLE);
    if flow.steady || even >= WHOLE {
        return even.min(WHOLE);
    }
    let dice = mix(&[flow.start.unsigned_abs(), flow.client_port.into()]);
    let weight = |part: u64| 1 + (dice >> (part * 4) & 0xf);
    let all: u64 = (0..16).map(weight).sum();
    let part = even * 16 / WHOLE;
    let over: u64 = (0..part).map(weight).sum();
    let within = even - part * WHOLE / 16;
    (over * WHOLE + weight(part) * within * 16) / all
}

fn record(
    company: &Company,
    flow: &Flow,
    view: &View,
    volume: Volume,
    (start, end): (i64, i64),
) -> Row {
    let is_first = start <= flow.start;
    let is_last = end >= flow.end();
    let refused = matches!(flow.manner, Manner::Rejected | Manner::Stray(_));
    let at_server = flow.server.host == Some(view.host);
    // No security group can be put on a NAT gateway: it lets in what it then drops.
    let accepted = !(refused && at_server && company.host(view.host).role != Role::Nat);
    let late = lateness(view, start);
    Row {
        host: view.host,
        start: start / 1000 + late.0,
        end: end / 1000 + late.0 + late.1,
        what: What::Traffic(Traffic {
            source: view.source.0,
            target: view.target.0,
            packet_source: view.packet_source,
            packet_target: view.packet_target,
            source_port: view.source.1,
            target_port: view.target.1,
            protocol: flow.protocol,
            volume,
            flags: (flow.protocol == TCP)
                .then(|| flags(flow.manner, view.is_up, is_first, is_last)),
            accepted,
            egress: view.egress,
        }),
    }
}

/// By how many seconds a record starts after its first packet, and ends after its last: AWS says "up to 60".
fn lateness(view: &View, start: i64) -> (i64, i64) {
    let ports = u64::from(view.source.1) << 16 | u64::from(view.target.1);
    let dice = mix(&[view.host as u64, start.unsigned_abs(), ports]);
    let below = |shift: u32, bound: u64| i64::try_from((dice >> shift) % bound).unwrap_or(0);
    let late = match dice % 100 {
        0..=69 => below(8, 3),
        70..=94 => below(8, 10),
        _ => below(8, 36),
    };
    (late, below(32, 24) * i64::from(dice >> 40 & 3 != 0))
}

/// The flags that AWS records, seen in one direction of one window.
fn flags(manner: Manner, is_up: bool, is_first: bool, is_last: bool) -> u8 {
    let opening = match (is_first, is_up) {
        (false, _) => 0,
        (true, true) => SYN,
        (true, false) => SYN_ACK,
    };
    let closing = |flag: u8| if is_last { flag } else { 0 };
    match manner {
        Manner::Complete => opening | closing(FIN),
        Manner::ResetByClient => opening | closing(if is_up { RST } else { 0 }),
        Manner::ResetByServer => opening | closing(if is_up { 0 } else { RST }),
        Manner::Refused if !is_up => RST,
        Manner::Refused | Manner::Unanswered | Manner::HalfOpen | Manner::Rejected => opening,
        Manner::Stray(flags) => flags,
        Manner::Datagrams => 0,
    }
}

#[cfg(test)]
mod tests;
