//! The rows of one bin.

use crate::attack::Stop;
use crate::connection::Connection;
use crate::cut::{self, Record, Span, Status};
use crate::network::{InterfaceIndex, Network};
use crate::random::Random;

pub(crate) const MINUTE: i64 = 60;
/// What the objects of AWS hold: five minutes.
pub(crate) const BIN: i64 = 300;

/// The rows of one bin while they are gathered.
pub(crate) struct Bin<'a> {
    span: Span,
    network: &'a Network,
    records: Vec<Record>,
    /// For each interface, the windows that end in the bin and saw a packet.
    busy: Vec<bool>,
    windows: usize,
}

impl<'a> Bin<'a> {
    pub(crate) fn new(span: Span, network: &'a Network) -> Self {
        let windows = ((span.to - span.from) / span.interval).max(1) as usize;
        Self {
            span,
            network,
            records: Vec::new(),
            busy: vec![false; windows * network.interfaces.len()],
            windows,
        }
    }

    pub(crate) fn add(&mut self, connection: &Connection) {
        let Self {
            span,
            network,
            records,
            busy,
            windows,
        } = self;
        cut::cut(connection, network, *span, &mut |record, begins| {
            if span.contains(begins + span.interval - 1) {
                let window = (begins - span.from + span.interval - 1) / span.interval;
                busy[usize::from(record.interface) * *windows + window as usize] = true;
            }
            if span.contains(record.end) {
                records.push(record);
            }
        });
    }

    /// A row for each window that ends in the bin and in which an interface saw nothing.
    pub(crate) fn add_silence(&mut self) {
        let Span { from, interval, .. } = self.span;
        for (number, interface) in self.network.interfaces.iter().enumerate() {
            for window in 0..self.windows {
                let earliest = from - interval + 1 + window as i64 * interval;
                let begins = earliest + (interface.phase - earliest).rem_euclid(interval);
                let end = begins + interval - 1;
                if self.span.contains(end) && !self.busy[number * self.windows + window] {
                    self.records.push(Record {
                        interface: number as InterfaceIndex,
                        start: begins,
                        end,
                        status: Status::NoData,
                    });
                }
            }
        }
    }

    /// A row that says that records of some interface were lost.
    pub(crate) fn skip(&mut self, random: &mut Random) {
        let interface = random.below(self.network.interfaces.len() as u32);
        let end = self.span.from + i64::from(random.below(300));
        self.records.push(Record {
            interface: interface as InterfaceIndex,
            start: end - self.span.interval + 1,
            end,
            status: Status::SkipData,
        });
    }

    /// Takes away what an interface does not record any more, and says so where that is announced.
    pub(crate) fn stop(&mut self, stop: &Stop) {
        let (span, interface) = (self.span, stop.interface);
        self.records
            .retain(|record| !stop.swallows(record.interface, record.end));
        let end = stop.from + span.interval - 1;
        if stop.announced && span.contains(end) {
            self.records.push(Record {
                interface,
                start: stop.from,
                end,
                status: Status::SkipData,
            });
        }
    }

    pub(crate) fn sorted(self, random: &mut Random) -> Vec<Record> {
        let ranks: Vec<u64> = self
            .network
            .interfaces
            .iter()
            .map(|_| random.next() >> 40)
            .collect();
        let key = |record: &Record| {
            let minute = ((record.end - self.span.from) / MINUTE) as u64;
            (minute << 32) | ranks[usize::from(record.interface)]
        };
        let mut order: Vec<(u64, u32)> = self.records.iter().map(key).zip(0..).collect();
        order.sort_unstable();
        order
            .into_iter()
            .map(|(_, place)| self.records[place as usize])
            .collect()
    }
}
