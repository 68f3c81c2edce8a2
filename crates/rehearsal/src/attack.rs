//! The attacks: what an intruder does, openly or patiently, spread over the last third of the span.
//!
//! How the common tools work is public knowledge: the timing templates of nmap, the defaults of hydra, rclone and
//! xmrig, the sleep and jitter of implants, the delay of dnscat2.

use serde::Serialize;

use crate::company::{Company, HOUR, MINUTE};
use crate::random::Random;
use crate::settings::{Settings, Variant};

mod access;
mod campaign;
mod channels;
mod exfiltration;
mod floods;
mod movement;
mod scans;
mod scene;

pub(crate) use campaign::Campaign;
use scene::Scene;

/// What is done: each is named for the detection that should find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Technique {
    /// Many ports of one host.
    PortScan,
    /// One port at many addresses.
    AddressSweep,
    /// A probe now and then, for days.
    SlowScan,
    /// Guesses at a login.
    BruteForce,
    /// Guesses, of which one is right.
    BruteForceSucceeded,
    /// Much more sent out than the host ever sent.
    ExfiltrationVolume,
    /// Data sent to whom no one ever called.
    ExfiltrationNewDestination,
    /// An implant that asks for work.
    Beaconing,
    /// A shell that stays open.
    LongConnection,
    /// Data in names, asked of a server that is no resolver of the network.
    DnsTunnel,
    /// A miner and its pool.
    CryptoMiningPorts,
    /// Connections to listed addresses.
    TorOrBadAddress,
    /// Sessions of administration between hosts that never had any.
    LateralMovement,
    /// Connections between tenants that must not talk.
    CrossTenant,
    /// Refused connections far above the usual.
    RejectedSpike,
    /// Sessions of administration from the internet.
    AcceptedFromInternetOnAdminPort,
    /// Packets of a protocol that no one uses here.
    UnusualProtocol,
    /// A host serves on a port on which it never did.
    NewListener,
    /// Traffic of which one direction is never seen.
    AsymmetricOrOneWay,
    /// Mail sent past the relay.
    SmtpOutbound,
    /// A flood from many clients.
    DdosInbound,
    /// An interface of which nothing is recorded.
    RecordingStopped,
    /// Data sent to a country that no one ever called.
    EgressToNewCountry,
}

type Make = fn(&mut Scene<'_>) -> Campaign;

/// Each technique with its name and how it is done. That of [`Technique::RecordingStopped`] sends nothing.
const TABLE: [(Technique, &str, Option<Make>); 23] = {
    use Technique as T;
    [
        (T::PortScan, "port-scan", Some(scans::port_scan)),
        (T::AddressSweep, "address-sweep", Some(scans::address_sweep)),
        (T::SlowScan, "slow-scan", Some(scans::slow_scan)),
        (T::BruteForce, "brute-force", Some(access::brute_force)),
        (
            T::BruteForceSucceeded,
            "brute-force-succeeded",
            Some(access::brute_force_succeeded),
        ),
        (
            T::ExfiltrationVolume,
            "exfiltration-volume",
            Some(exfiltration::volume),
        ),
        (
            T::ExfiltrationNewDestination,
            "exfiltration-new-destination",
            Some(exfiltration::new_destination),
        ),
        (T::Beaconing, "beaconing", Some(channels::beaconing)),
        (
            T::LongConnection,
            "long-connection",
            Some(channels::long_connection),
        ),
        (T::DnsTunnel, "dns-tunnel", Some(channels::dns_tunnel)),
        (
            T::CryptoMiningPorts,
            "crypto-mining-ports",
            Some(channels::mining),
        ),
        (
            T::TorOrBadAddress,
            "tor-or-bad-address",
            Some(channels::bad_address),
        ),
        (
            T::LateralMovement,
            "lateral-movement",
            Some(movement::lateral),
        ),
        (T::CrossTenant, "cross-tenant", Some(movement::cross_tenant)),
        (
            T::RejectedSpike,
            "rejected-spike",
            Some(floods::rejected_spike),
        ),
        (
            T::AcceptedFromInternetOnAdminPort,
            "accepted-from-internet-on-admin-port",
            Some(access::from_internet),
        ),
        (
            T::UnusualProtocol,
            "unusual-protocol",
            Some(floods::unusual_protocol),
        ),
        (T::NewListener, "new-listener", Some(movement::new_listener)),
        (
            T::AsymmetricOrOneWay,
            "asymmetric-or-one-way",
            Some(floods::one_way),
        ),
        (T::SmtpOutbound, "smtp-outbound", Some(exfiltration::smtp)),
        (T::DdosInbound, "ddos-inbound", Some(floods::ddos)),
        (T::RecordingStopped, "recording-stopped", None),
        (
            T::EgressToNewCountry,
            "egress-to-new-country",
            Some(exfiltration::new_country),
        ),
    ]
};

impl Technique {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(technique, ..)| *technique)
    }

    /// The id of the detection.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        TABLE[self as usize].1
    }
}

/// An interface of which nothing is recorded for a while. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Silence {
    pub(crate) variant: Variant,
    pub(crate) host: usize,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// All that will be done.
pub(crate) fn plan(settings: &Settings, company: &Company) -> (Vec<Campaign>, Vec<Silence>) {
    let (mut campaigns, mut silences) = (Vec::new(), Vec::new());
    let mut variants = settings.variants.clone();
    variants.sort_unstable();
    variants.dedup();
    for (technique, _, make) in TABLE {
        for variant in &variants {
            for instance in 0..settings.instances {
                let mut scene = Scene::new(settings, company, technique, *variant, instance);
                match make {
                    Some(make) => campaigns.push(make(&mut scene)),
                    None => silences.push(silence(&mut scene)),
                }
            }
        }
    }
    (campaigns, silences)
}

/// Someone takes an interface out of what is recorded: for days, for a shift, for as long as it takes.
fn silence(scene: &mut Scene<'_>) -> Silence {
    let host = scene.silent();
    let variant = scene.variant;
    let lasts = match variant {
        Variant::Easy => scene.random.span(26 * HOUR, 50 * HOUR),
        Variant::Realistic => scene.random.span(5 * HOUR, 11 * HOUR),
        Variant::Evasive => scene.random.span(55 * MINUTE, 100 * MINUTE),
    };
    let (from, to) = scene.course(lasts);
    // Records are cut off at the full second.
    Silence {
        variant,
        host,
        from: from / 1000 * 1000,
        to: to / 1000 * 1000,
    }
}

/// Random numbers of one instance.
fn dice(seed: u64, technique: Technique, variant: Variant, instance: u32) -> Random {
    Random::keyed(&[
        seed,
        0xa77ac,
        technique as u64,
        variant as u64,
        instance.into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_techniques() {
        for (index, (technique, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(*technique as usize, index);
            assert_eq!(technique.as_str(), *name);
            let json = serde_json::to_value(technique).unwrap();
            assert_eq!(json, *name);
        }
    }
}
