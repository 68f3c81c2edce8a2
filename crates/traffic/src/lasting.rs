//! Connections that are known from the outset, found by bin.

use crate::bin::BIN;
use crate::connection::Connection;

/// Connections with an index, so that a bin need not look at all of them.
#[derive(Debug, Default)]
pub(crate) struct Lasting {
    connections: Vec<Connection>,
    /// For each bin the places of those that may show in it, in their order.
    by_bin: Vec<Vec<u32>>,
}

impl Lasting {
    /// What ended less than `lead` seconds before a bin may show in it.
    pub(crate) fn new(connections: Vec<Connection>, from: i64, bins: u32, lead: i64) -> Self {
        let mut by_bin = vec![Vec::new(); bins as usize];
        for (one, place) in connections.iter().zip(0..) {
            let first = (one.start - from).div_euclid(BIN).max(0);
            let last = (one.end + lead - from)
                .div_euclid(BIN)
                .min(i64::from(bins) - 1);
            for bin in first..=last {
                by_bin[bin as usize].push(place);
            }
        }
        Self {
            connections,
            by_bin,
        }
    }

    /// Those that may show in the bin, in the order in which they were given.
    pub(crate) fn of_bin(&self, bin: u32) -> impl Iterator<Item = &Connection> {
        let places = self.by_bin.get(bin as usize).into_iter().flatten();
        places.map(|place| &self.connections[*place as usize])
    }
}
