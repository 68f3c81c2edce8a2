//! What is hidden in the traffic on request, and the labels that tell where.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use crate::attack::{self, Scene, Stop, Technique, Variant};
use crate::connection::Connection;
use crate::network::{HostIndex, InterfaceIndex, Network};
use crate::random::Random;
use needle::Needle;

mod needle;

/// Something that a detection should find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// One client that knocks at hundreds of ports of one server. The first comes from the internet within 20 minutes, the
    /// second from one of the account's own servers, the third from the internet over hours, and so on in turn.
    VerticalScan,
    /// A server of the account that uploads tens of gigabytes to an address nobody called before.
    Exfiltration,
    /// A server of the account that calls the same address about every two minutes, all the time.
    Beacon,
    /// One attack of the labelled corpus. All other traffic is the same, byte for byte, with it and without.
    Attack(Technique, Variant),
}

impl Hidden {
    /// The detection that should find it.
    #[must_use]
    pub fn technique(self) -> Technique {
        match self {
            Self::VerticalScan => Technique::PortScan,
            Self::Exfiltration => Technique::ExfiltrationVolume,
            Self::Beacon => Technique::Beaconing,
            Self::Attack(technique, _) => technique,
        }
    }

    /// How hard it is to find.
    #[must_use]
    pub fn variant(self) -> Variant {
        match self {
            Self::VerticalScan | Self::Exfiltration | Self::Beacon => Variant::Easy,
            Self::Attack(_, variant) => variant,
        }
    }

    /// The stream of random numbers of the `nth` of its kind.
    fn random(self, seed: u64, nth: u32) -> Random {
        let needle = |kind| Random::stream(seed, &[5, kind, u64::from(nth)]);
        match self {
            Self::VerticalScan => needle(0),
            Self::Exfiltration => needle(1),
            Self::Beacon => needle(2),
            Self::Attack(technique, variant) => {
                let label = [11, technique as u64, variant as u64, u64::from(nth)];
                Random::stream(seed, &label)
            }
        }
    }
}

/// Who was at one end of what is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The same address in all connections.
    One(IpAddr),
    /// Several addresses.
    Many,
}

impl Party {
    /// The address, if it is one.
    #[must_use]
    pub fn one(self) -> Option<IpAddr> {
        match self {
            Self::One(address) => Some(address),
            Self::Many => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(address) => address.fmt(formatter),
            Self::Many => formatter.write_str("many addresses"),
        }
    }
}

/// Where something is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it is.
    pub hidden: Hidden,
    /// Who opened the connections: never a NAT gateway. For an interface that stopped recording, its own address.
    pub client: Party,
    /// Whom it called.
    pub server: Party,
    /// The network interface of the account that it is about: the victim of what comes from outside and of a new listener,
    /// else the client's. The first one where there are several.
    pub interface_id: String,
    /// The ports of the server, in the order in which they were called, each once. None where the protocol has no ports.
    pub server_ports: Vec<u16>,
    /// When the first connection begins, in seconds since the Unix epoch.
    pub start: i64,
    /// When the last connection ends, in seconds since the Unix epoch.
    pub end: i64,
    /// How many connections. None where an interface stopped recording.
    pub connections: usize,
    /// Bytes that the clients sent in all of them.
    pub bytes_to_server: u64,
    /// Bytes that the servers sent in all of them.
    pub bytes_to_client: u64,
}

/// The time in which to hide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Day {
    pub(crate) from: i64,
    pub(crate) seconds: u32,
}

impl Day {
    /// Somewhere in the middle half, such that it has ended before the end.
    fn within(self, lasts: u32, random: &mut Random) -> i64 {
        let quarter = self.seconds / 4;
        let room = self.seconds - quarter - lasts.min(self.seconds - quarter);
        self.from + i64::from(quarter + random.below(room.max(1)))
    }
}

/// All that is hidden.
#[derive(Debug, Default)]
pub(crate) struct Hoard {
    /// What takes the place of some of the background.
    pub(crate) needles: Vec<Connection>,
    /// What comes on top of it.
    pub(crate) attacks: Vec<Connection>,
    pub(crate) stops: Vec<Stop>,
    /// In the order in which it was asked for.
    pub(crate) labels: Vec<Label>,
}

/// Makes the connections of each, and its label, in the order of `wanted`.
pub(crate) fn hide(seed: u64, network: &Network, day: Day, wanted: &[Hidden]) -> Hoard {
    let mut hoard = Hoard::default();
    let mut silenced = attack::stopped(seed, network, wanted).into_iter();
    let stopped: Vec<InterfaceIndex> = silenced.clone().flatten().collect();
    for (place, hidden) in wanted.iter().enumerate() {
        let before = &wanted[..place];
        let nth = before.iter().filter(|one| *one == hidden).count() as u32;
        let mut random = hidden.random(seed, nth);
        let needle = Needle { network, day, nth };
        let made = match *hidden {
            Hidden::VerticalScan => needle.scan(&mut random),
            Hidden::Exfiltration => needle.exfiltration(&mut random),
            Hidden::Beacon => needle.beacon(&mut random),
            Hidden::Attack(technique, variant) => {
                let stops = technique == Technique::RecordingStopped;
                let scene = Scene {
                    ipv6: technique.comes_over_ipv6(variant, &mut random),
                    network,
                    day,
                    technique,
                    variant,
                    nth,
                    stopped: &stopped,
                    silenced: if stops {
                        silenced.next().flatten()
                    } else {
                        None
                    },
                };
                let made = scene.play(&mut random);
                let label = match made.stop {
                    Some(stop) => Some(stop_label(network, *hidden, stop)),
                    None => label(network, *hidden, &made.connections, made.at),
                };
                hoard.labels.extend(label);
                hoard.stops.extend(made.stop);
                hoard.attacks.extend(made.connections);
                continue;
            }
        };
        hoard.labels.extend(label(network, *hidden, &made, None));
        hoard.needles.extend(made);
    }
    hoard
}

fn label(
    network: &Network,
    hidden: Hidden,
    made: &[Connection],
    at: Option<InterfaceIndex>,
) -> Option<Label> {
    let first = made.first()?;
    let at = at.unwrap_or(first.legs()[0].interface);
    let mut seen = BTreeSet::from([0]);
    let ports = made.iter().map(|one| one.ends().1.port);
    Some(Label {
        hidden,
        client: party(network, made.iter().map(|one| one.ends().0.host)),
        server: party(network, made.iter().map(|one| one.ends().1.host)),
        interface_id: network.interface(at).id.clone(),
        server_ports: ports.filter(|port| seen.insert(*port)).collect(),
        start: made.iter().map(|one| one.start).min()?,
        end: made.iter().map(|one| one.end).max()?,
        connections: made.len(),
        bytes_to_server: made.iter().map(|one| one.to_server.bytes).sum(),
        bytes_to_client: made.iter().map(|one| one.to_client.bytes).sum(),
    })
}

fn stop_label(network: &Network, hidden: Hidden, stop: Stop) -> Label {
    let interface = network.interface(stop.interface);
    Label {
        hidden,
        client: Party::One(network.host(interface.host).address),
        server: Party::Many,
        interface_id: interface.id.clone(),
        server_ports: Vec::new(),
        start: stop.from,
        end: stop.to - 1,
        connections: 0,
        bytes_to_server: 0,
        bytes_to_client: 0,
    }
}

fn party(network: &Network, mut hosts: impl Iterator<Item = HostIndex>) -> Party {
    match hosts.next() {
        Some(first) if hosts.all(|one| one == first) => Party::One(network.host(first).address),
        _ => Party::Many,
    }
}

/// After Fisher and Yates.
pub(crate) fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for place in (1..items.len()).rev() {
        items.swap(place, random.below(place as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests;
