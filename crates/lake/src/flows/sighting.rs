//! One record, as folding needs it.

use datafusion::arrow::array::{
    Array, AsArray, Int32Array, Int64Array, RecordBatch, StringViewArray,
};
use datafusion::arrow::datatypes::{Int32Type, Int64Type};

use super::flow::NO_POINT;
use super::points::{Known, Place};
use super::tuple::{End, Tuple, is_private, parse_address};

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The record does not say, as those of transit gateways.
    Unsaid,
    Accept,
    Reject,
}

impl Action {
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("ACCEPT") => Self::Accept,
            Some("REJECT") => Self::Reject,
            _ => Self::Unsaid,
        }
    }
}

/// One record of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) tuple: Tuple,
    /// Which end of the tuple sent.
    pub(crate) way: u8,
    pub(crate) flags: u8,
    pub(crate) action: Action,
    /// Which end of the tuple has the interface, if that is known.
    pub(crate) owner: Option<u8>,
    pub(crate) point: u32,
    /// Seconds since the Unix epoch.
    pub(crate) start: i64,
    /// Seconds since the Unix epoch.
    pub(crate) end: i64,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// The columns of a batch of `records`. Those that are not there are NULL.
pub(crate) struct Columns<'b> {
    source: Addresses<'b>,
    destination: Addresses<'b>,
    source_port: Option<&'b Int32Array>,
    destination_port: Option<&'b Int32Array>,
    protocol: Option<&'b Int32Array>,
    packets: Option<&'b Int64Array>,
    bytes: Option<&'b Int64Array>,
    start: Option<&'b Int64Array>,
    end: Option<&'b Int64Array>,
    action: Option<&'b StringViewArray>,
    flags: Option<&'b Int32Array>,
    direction: Option<&'b StringViewArray>,
    status: Option<&'b StringViewArray>,
    place: Place<'b>,
}

/// An address of the interface, and that of the packet.
struct Addresses<'b> {
    interface: Option<&'b StringViewArray>,
    packet: Option<&'b StringViewArray>,
}

impl Addresses<'_> {
    /// The packet's address, else the interface's; and whether the two are the same.
    fn get(&self, row: usize) -> Option<(u128, bool)> {
        let interface = text(self.interface, row);
        match text(self.packet, row) {
            Some(packet) => Some((parse_address(packet)?, interface == Some(packet))),
            None => Some((parse_address(interface?)?, true)),
        }
    }
}

impl<'b> Columns<'b> {
    pub(crate) fn new(batch: &'b RecordBatch) -> Self {
        let texts = |name: &str| {
            batch
                .column_by_name(name)
                .and_then(|column| column.as_string_view_opt())
        };
        let int32 = |name: &str| {
            batch
                .column_by_name(name)
                .and_then(|column| column.as_primitive_opt::<Int32Type>())
        };
        let int64 = |name: &str| {
            batch
                .column_by_name(name)
                .and_then(|column| column.as_primitive_opt::<Int64Type>())
        };
        Self {
            source: Addresses {
                interface: texts("srcaddr"),
                packet: texts("pkt_srcaddr"),
            },
            destination: Addresses {
                interface: texts("dstaddr"),
                packet: texts("pkt_dstaddr"),
            },
            source_port: int32("srcport"),
            destination_port: int32("dstport"),
            protocol: int32("protocol"),
            packets: int64("packets"),
            bytes: int64("bytes"),
            start: int64("start"),
            end: int64("end"),
            action: texts("action"),
            flags: int32("tcp_flags"),
            direction: texts("flow_direction"),
            status: texts("log_status"),
            place: Place::new(&texts),
        }
    }

    /// Whether the row tells of traffic at all: it is no NODATA, no SKIPDATA.
    pub(crate) fn has_traffic(&self, row: usize) -> bool {
        text(self.source.interface, row).is_some()
    }

    /// Who wrote the row, of which time (Unix seconds), and whether AWS says in it that it lost records. NODATA rows are told of too.
    pub(crate) fn writer(&self, row: usize, known: &mut Known) -> Option<(u32, i64, i64, bool)> {
        let point = self.place.point(row, known)?;
        let start = number64(self.start, row)?;
        let end = number64(self.end, row)?.max(start);
        Some((
            point,
            start,
            end,
            text(self.status, row) == Some("SKIPDATA"),
        ))
    }

    /// The address of an interface that passes on what others send: the packet's own address is another, and public. That of a host with
    /// several addresses, or of a node with containers, differs from the packet's too, but that one is private.
    pub(crate) fn gateway(&self, row: usize) -> Option<u128> {
        let passes_on = |addresses: &Addresses<'_>| {
            let (interface, packet) = (
                text(addresses.interface, row)?,
                text(addresses.packet, row)?,
            );
            if interface == packet || is_private(parse_address(packet)?) {
                return None;
            }
            parse_address(interface).filter(|address| is_private(*address))
        };
        passes_on(&self.source).or_else(|| passes_on(&self.destination))
    }

    /// The record of that row. `None`: it tells of no traffic between two addresses.
    pub(crate) fn sighting(&self, row: usize, known: &mut Known) -> Option<Sighting> {
        let (source, source_is_interface) = self.source.get(row)?;
        let (destination, destination_is_interface) = self.destination.get(row)?;
        let protocol = u8::try_from(number(self.protocol, row)?).ok()?;
        let sender = End {
            address: source,
            port: port(self.source_port, row)?,
        };
        let receiver = End {
            address: destination,
            port: port(self.destination_port, row)?,
        };
        let (tuple, way) = Tuple::new(sender, receiver, protocol);
        let start = number64(self.start, row)?;
        let end = number64(self.end, row)?.max(start);
        // Behind a NAT gateway the interface's address is the gateway's: it has neither of the two ends.
        let owner = match text(self.direction, row) {
            Some("egress") if source_is_interface => Some(way),
            Some("ingress") if destination_is_interface => Some(1 - way),
            _ => None,
        };
        Some(Sighting {
            tuple,
            way: way as u8,
            flags: number(self.flags, row).unwrap_or(0) as u8,
            action: Action::of(text(self.action, row)),
            owner: owner.map(|owner| owner as u8),
            point: self.place.point(row, known).unwrap_or(NO_POINT),
            start,
            end,
            packets: count(self.packets, row),
            bytes: count(self.bytes, row),
        })
    }
}

pub(crate) fn text(column: Option<&StringViewArray>, row: usize) -> Option<&str> {
    let column = column?;
    column.is_valid(row).then(|| column.value(row))
}

fn number(column: Option<&Int32Array>, row: usize) -> Option<i32> {
    let column = column?;
    column.is_valid(row).then(|| column.value(row))
}

fn number64(column: Option<&Int64Array>, row: usize) -> Option<i64> {
    let column = column?;
    column.is_valid(row).then(|| column.value(row))
}

/// A port that is not there is 0, as AWS writes it for protocols without ports.
fn port(column: Option<&Int32Array>, row: usize) -> Option<u16> {
    u16::try_from(number(column, row).unwrap_or(0)).ok()
}

/// Negative counts do not exist.
fn count(column: Option<&Int64Array>, row: usize) -> u64 {
    number64(column, row).map_or(0, |count| u64::try_from(count).unwrap_or(0))
}
