//! Connections cut into records, as each interface sees them.

use crate::connection::{Connection, End, Leg, TCP, Volume};
use crate::network::{HostIndex, InterfaceIndex, Network};

/// `log-status`, and what only a row with traffic has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Status {
    Ok(Flow),
    NoData,
    SkipData,
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) interface: InterfaceIndex,
    /// Seconds since the Unix epoch.
    pub(crate) start: i64,
    /// Seconds since the Unix epoch.
    pub(crate) end: i64,
    pub(crate) status: Status,
}

/// What one interface saw of one direction in one window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flow {
    pub(crate) source: End,
    pub(crate) destination: End,
    pub(crate) packet_source: HostIndex,
    pub(crate) packet_destination: HostIndex,
    pub(crate) protocol: u8,
    pub(crate) tcp_flags: u8,
    pub(crate) egress: bool,
    pub(crate) path: u8,
    pub(crate) rejected: bool,
    pub(crate) volume: Volume,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const SYN_ACK: u8 = 18;

/// The part of time for which records are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// Seconds since the Unix epoch.
    pub(crate) from: i64,
    /// The first second after it.
    pub(crate) to: i64,
    /// The aggregation window in seconds.
    pub(crate) interval: i64,
}

impl Span {
    pub(crate) fn contains(&self, moment: i64) -> bool {
        (self.from..self.to).contains(&moment)
    }
}

/// Gives every record of the connection that ends within the span, and those of the window before, which say that
/// an interface was not silent. The second argument of `emit` is when the record's window begins.
pub(crate) fn cut(
    connection: &Connection,
    network: &Network,
    span: Span,
    emit: &mut impl FnMut(Record, i64),
) {
    for leg in connection.legs() {
        let phase = network.interface(leg.interface).phase;
        let window = |moment: i64| (moment - phase).div_euclid(span.interval);
        let first = window(connection.start.max(span.from - span.interval + 1));
        let last = window(connection.end.min(span.to - 1));
        for number in first..=last {
            let begins = number * span.interval + phase;
            let part = Part {
                from: connection.start.max(begins),
                to: (connection.end + 1).min(begins + span.interval),
            };
            for to_server in [true, false] {
                if let Some(record) = part.record(connection, leg, to_server) {
                    emit(record, begins);
                }
            }
        }
    }
}

/// The seconds of a connection that lie in one window; `to` is the first after it.
#[derive(Clone, Copy)]
struct Part {
    from: i64,
    to: i64,
}

impl Part {
    fn record(self, connection: &Connection, leg: &Leg, to_server: bool) -> Option<Record> {
        let whole = if to_server {
            connection.to_server
        } else {
            connection.to_client
        };
        let volume = self.share(whole, connection);
        if volume.packets == 0 {
            return None;
        }
        let (source, destination) = (leg.client, leg.server);
        let (packet_source, packet_destination) = (leg.packet_client, leg.packet_server);
        let flow = Flow {
            source,
            destination,
            packet_source,
            packet_destination,
            protocol: connection.protocol,
            tcp_flags: self.tcp_flags(connection, to_server),
            egress: to_server == leg.outbound,
            path: leg.path,
            rejected: leg.rejected,
            volume,
        };
        Some(Record {
            interface: leg.interface,
            start: self.from,
            end: self.to - 1,
            status: Status::Ok(if to_server { flow } else { flow.reversed() }),
        })
    }

    /// Packets spread evenly over the time of the connection, bytes evenly over the packets. The parts of all windows
    /// add up to the whole.
    fn share(self, whole: Volume, connection: &Connection) -> Volume {
        if self.from == connection.start && self.to > connection.end {
            return whole;
        }
        let lasts = (connection.end + 1 - connection.start) as u64;
        let packets_until =
            |moment: i64| (whole.packets * (moment - connection.start) as u64).div_ceil(lasts);
        let bytes_until = |packets: u64| {
            let bytes = u128::from(whole.bytes) * u128::from(packets);
            (bytes / u128::from(whole.packets.max(1))) as u64
        };
        let (before, after) = (packets_until(self.from), packets_until(self.to));
        Volume {
            packets: after - before,
            bytes: bytes_until(after) - bytes_until(before),
        }
    }

    /// The flags of all packets of the window, or-ed; what is only acknowledgement or data counts as none
    /// (VPC user guide, "TCP flag sequence").
    fn tcp_flags(self, connection: &Connection, to_server: bool) -> u8 {
        if connection.protocol != TCP {
            return 0;
        }
        let opening = if to_server { SYN } else { SYN_ACK };
        let opens = if self.from == connection.start {
            opening
        } else {
            0
        };
        let answered = connection.to_client.packets > 0;
        let closes = if self.to > connection.end && answered {
            FIN
        } else {
            0
        };
        opens | closes
    }
}

impl Flow {
    fn reversed(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            packet_source: self.packet_destination,
            packet_destination: self.packet_source,
            ..self
        }
    }
}

/// How many records the connection makes in all.
pub(crate) fn count(connection: &Connection, network: &Network, span: Span) -> u64 {
    let mut records = 0;
    cut(connection, network, span, &mut |record, _| {
        records += u64::from(span.contains(record.end));
    });
    records
}

#[cfg(test)]
mod tests;
