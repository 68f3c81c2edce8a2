//! The attacks of the labelled corpus: for each detection one that is easy to find, one as it is met, and one that evades.
//!
//! One table names them all. What each does is in the modules below, one for each family; how they are staged is in `scene`.

use crate::connection::Connection;
use crate::network::InterfaceIndex;
use crate::random::Random;

mod calls;
mod exfiltration;
mod floods;
mod logins;
mod oddities;
mod scans;
mod scene;
mod silence;
mod technique;

pub(crate) use scene::{Scene, Window};
pub(crate) use silence::stopped;
pub use technique::{Technique, Variant};

pub(crate) type Maker = fn(&Scene<'_>, &mut Random) -> Made;

/// A technique with its name, whether it only stands out against what was before, and how it is done.
pub(crate) type Row = (Technique, &'static str, bool, Maker);

const TABLE: [Row; 23] = [
    (Technique::PortScan, "port-scan", false, scans::port_scan),
    (
        Technique::AddressSweep,
        "address-sweep",
        false,
        scans::address_sweep,
    ),
    (Technique::SlowScan, "slow-scan", false, scans::slow_scan),
    (
        Technique::BruteForce,
        "brute-force",
        false,
        logins::brute_force,
    ),
    (
        Technique::BruteForceSucceeded,
        "brute-force-succeeded",
        false,
        logins::brute_force_succeeded,
    ),
    (
        Technique::ExfiltrationVolume,
        "exfiltration-volume",
        true,
        exfiltration::volume,
    ),
    (
        Technique::ExfiltrationNewDestination,
        "exfiltration-new-destination",
        true,
        exfiltration::new_destination,
    ),
    (Technique::Beaconing, "beaconing", false, calls::beaconing),
    (
        Technique::LongConnection,
        "long-connection",
        false,
        calls::long_connection,
    ),
    (
        Technique::DnsTunnel,
        "dns-tunnel",
        false,
        exfiltration::dns_tunnel,
    ),
    (
        Technique::CryptoMiningPorts,
        "crypto-mining-ports",
        false,
        calls::mining,
    ),
    (
        Technique::TorOrBadAddress,
        "tor-or-bad-address",
        false,
        calls::bad_address,
    ),
    (
        Technique::LateralMovement,
        "lateral-movement",
        true,
        logins::lateral_movement,
    ),
    (
        Technique::CrossTenant,
        "cross-tenant",
        false,
        oddities::cross_tenant,
    ),
    (
        Technique::RejectedSpike,
        "rejected-spike",
        true,
        scans::rejected_spike,
    ),
    (
        Technique::AcceptedFromInternetOnAdminPort,
        "accepted-from-internet-on-admin-port",
        false,
        logins::admin_port,
    ),
    (
        Technique::UnusualProtocol,
        "unusual-protocol",
        false,
        oddities::unusual_protocol,
    ),
    (
        Technique::NewListener,
        "new-listener",
        true,
        oddities::new_listener,
    ),
    (
        Technique::AsymmetricOrOneWay,
        "asymmetric-or-one-way",
        false,
        oddities::one_way,
    ),
    (
        Technique::SmtpOutbound,
        "smtp-outbound",
        false,
        oddities::smtp,
    ),
    (Technique::DdosInbound, "ddos-inbound", false, floods::ddos),
    (
        Technique::RecordingStopped,
        "recording-stopped",
        true,
        silence::recording_stopped,
    ),
    (
        Technique::EgressToNewCountry,
        "egress-to-new-country",
        true,
        exfiltration::new_country,
    ),
];

/// How many rows of attackers there must be.
pub(crate) const KINDS: u32 = 3 * TABLE.len() as u32;

/// What an attack leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) connections: Vec<Connection>,
    /// The interface that it is about, where that is not the first that sees it.
    pub(crate) at: Option<InterfaceIndex>,
    pub(crate) stop: Option<Stop>,
}

impl From<Vec<Connection>> for Made {
    fn from(connections: Vec<Connection>) -> Self {
        Self {
            connections,
            ..Self::default()
        }
    }
}

/// A time in which an interface writes no records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) interface: InterfaceIndex,
    pub(crate) from: i64,
    /// The first second after it.
    pub(crate) to: i64,
    /// Whether its first window says SKIPDATA.
    pub(crate) announced: bool,
}

impl Stop {
    /// Whether a record that ends then is lost.
    pub(crate) fn swallows(&self, interface: InterfaceIndex, end: i64) -> bool {
        self.interface == interface && (self.from..self.to).contains(&end)
    }
}

impl Scene<'_> {
    /// Makes the attack. Connections are in the order of their begin.
    pub(crate) fn play(&self, random: &mut Random) -> Made {
        let mut made = (self.technique.row().3)(self, random);
        made.connections.sort_by_key(|one| one.start);
        made
    }
}

#[cfg(test)]
mod tests;
