//! How it has been before: what `baseline build` learns, and what detections ask of it.

mod file;
mod members;
mod past;
mod remembered;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::Address;
use crate::hours::{HOUR, Hours};
use crate::world::Country;

pub use file::BaselineError;
pub use past::Past;

/// The block around an address of the internet that is taken for the same destination: /24, or /48 of IPv6.
#[must_use]
pub(crate) fn neighbourhood(address: Address) -> u64 {
    let bits = address.to_bits();
    if address.ip().is_ipv4() {
        // Mapped addresses all have the same upper half.
        (bits as u64) >> 8
    } else {
        (bits >> 80) as u64 | 1 << 63
    }
}

/// Ports over which hosts are administered: SSH, telnet, RPC, NetBIOS, SMB, RDP, VNC, WinRM.
pub(crate) const ADMIN_PORTS: [u16; 10] = [22, 23, 135, 139, 445, 3389, 5900, 5985, 5986, 2222];
/// Bytes sent in one call that make it an upload, and no question.
pub(crate) const UPLOAD: u64 = 100_000;
/// Port of mail between servers (RFC 5321).
pub(crate) const SMTP_PORT: u16 = 25;

/// A baseline that was built, ready to be asked.
#[derive(Clone, Debug)]
pub struct Baseline {
    past: Past,
}

impl Baseline {
    /// Of what was learnt.
    #[must_use]
    pub fn new(past: Past) -> Self {
        Self { past }
    }

    /// What was learnt, to learn more.
    #[must_use]
    pub fn into_past(self) -> Past {
        self.past
    }

    /// How many days it covers: those (UTC) with flows in at least half of their hours count whole, others by their hours.
    #[must_use]
    pub fn days(&self) -> f64 {
        let mut hours: BTreeMap<i64, u32> = BTreeMap::new();
        for (start, _) in self.past.seen.iter() {
            *hours.entry(start.div_euclid(24 * HOUR)).or_default() += 1;
        }
        let day = |hours: &u32| {
            if *hours >= 12 {
                1.0
            } else {
                f64::from(*hours) / 24.0
            }
        };
        hours.values().map(day).sum()
    }

    /// How many hosts and services it knows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.past.hosts.len(), self.past.services.len())
    }

    /// Whether the host is known at all: of one that is not, nothing is new.
    #[must_use]
    pub fn knows_host(&self, host: Address) -> bool {
        self.past.hosts.get(&host).is_some()
    }

    /// Whether the host has asked that DNS server, or one next to it.
    #[must_use]
    pub fn has_asked(&self, host: Address, server: Address) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| host.asked.has(neighbourhood(server)))
    }

    /// Whether the host has called that destination, or one next to it.
    #[must_use]
    pub fn has_called(&self, host: Address, destination: Address) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| host.destinations.has(neighbourhood(destination)))
    }

    /// Whether any of ours has sent much in one call to that destination, or one next to it. Hosts that call everybody are not asked.
    #[must_use]
    pub fn anyone_uploaded(&self, destination: Address) -> bool {
        let place = neighbourhood(destination);
        let mut hosts = self.past.hosts.iter();
        hosts.any(|(_, host)| host.has_uploaded(place))
    }

    /// Whether the host has sent mail outside, as mail servers do: to port 25.
    #[must_use]
    pub fn has_mailed(&self, host: Address) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| host.mailed > 0)
    }

    /// Whether it was learnt in which countries destinations were.
    #[must_use]
    pub fn knows_countries(&self) -> bool {
        let mut hosts = self.past.hosts.iter();
        hosts.any(|(_, host)| !host.countries.is_empty())
    }

    /// Whether the host has called somebody in that country.
    #[must_use]
    pub fn has_called_country(&self, host: Address, country: Country) -> bool {
        let host = self.past.hosts.get(&host);
        host.is_some_and(|host| {
            host.destinations.overflown || host.countries.binary_search(&country).is_ok()
        })
    }

    /// Whether any of ours has called somebody in that country.
    #[must_use]
    pub fn anyone_called_country(&self, country: Country) -> bool {
        let mut hosts = self.past.hosts.iter();
        hosts.any(|(_, host)| host.countries.binary_search(&country).is_ok())
    }

    /// Bytes that the host sent outside on each day (UTC) of the past that had any.
    #[must_use]
    pub fn sent_by_day(&self, host: Address) -> Vec<(i64, u64)> {
        self.past
            .hosts
            .get(&host)
            .map_or_else(Vec::new, |host| host.sent.days())
    }

    /// Flows to the host that were refused, by hour.
    #[must_use]
    pub fn refused(&self, host: Address) -> Option<&Hours> {
        self.past.hosts.get(&host).map(|host| &host.refused)
    }

    /// Whether something answered there.
    #[must_use]
    pub fn has_service(&self, server: Address, port: u16, protocol: u8) -> bool {
        self.past.services.get(&(server, port, protocol)).is_some()
    }

    /// How long flows to a service lasted at that rank (0 to 1), in seconds.
    #[must_use]
    pub fn duration_at(&self, server: Address, port: u16, protocol: u8, rank: f64) -> Option<f64> {
        let service = self.past.services.get(&(server, port, protocol))?;
        let mut durations = service.durations.clone()?;
        durations.quantile(rank).ok().flatten()
    }

    /// Whether two of ours have talked at that port for administration.
    #[must_use]
    pub fn has_pair(&self, client: Address, server: Address, port: u16) -> bool {
        self.past.pairs.get(&(client, server, port)).is_some()
    }

    /// Clients, servers and ports of those of ours that have talked for administration, in no order.
    pub fn pairs(&self) -> impl Iterator<Item = (Address, Address, u16)> + '_ {
        self.past.pairs.iter().map(|(pair, _)| *pair)
    }
}
