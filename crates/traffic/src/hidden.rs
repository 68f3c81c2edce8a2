//! What is hidden in the traffic on request, and the labels that tell where.

use std::net::IpAddr;

use crate::callers::nat_gateway;
use crate::connection::{Connection, Course, End, Place, TCP, Volume};
use crate::network::{Network, Role};
use crate::random::Random;

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
}

/// Where something is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it is.
    pub hidden: Hidden,
    /// Who opened the connections: never a NAT gateway.
    pub client: IpAddr,
    /// Whom it called.
    pub server: IpAddr,
    /// The network interface of the account that is the target of a scan from outside, or else the client's.
    pub interface_id: String,
    /// The ports of the server, in the order in which they were called, each once.
    pub server_ports: Vec<u16>,
    /// When the first connection begins, in seconds since the Unix epoch.
    pub start: i64,
    /// When the last connection ends, in seconds since the Unix epoch.
    pub end: i64,
    /// How many connections.
    pub connections: usize,
    /// Bytes that the client sent in all of them.
    pub bytes_to_server: u64,
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

/// Makes the connections of each, and its label, in the order of `wanted`.
pub(crate) fn hide(
    seed: u64,
    network: &Network,
    day: Day,
    wanted: &[Hidden],
) -> (Vec<Connection>, Vec<Label>) {
    let mut connections = Vec::new();
    let mut labels = Vec::new();
    for (place, hidden) in wanted.iter().enumerate() {
        let before = &wanted[..place];
        let nth = before.iter().filter(|one| *one == hidden).count() as u32;
        let mut random = Random::stream(seed, &[5, *hidden as u64, u64::from(nth)]);
        let hideout = Hideout { network, day, nth };
        let made = match hidden {
            Hidden::VerticalScan => hideout.scan(&mut random),
            Hidden::Exfiltration => hideout.exfiltration(&mut random),
            Hidden::Beacon => hideout.beacon(&mut random),
        };
        labels.extend(label(network, *hidden, &made));
        connections.extend(made);
    }
    (connections, labels)
}

fn label(network: &Network, hidden: Hidden, made: &[Connection]) -> Option<Label> {
    let first = made.first()?;
    let (client, server) = first.ends();
    let mut server_ports = Vec::new();
    for connection in made {
        let port = connection.ends().1.port;
        if !server_ports.contains(&port) {
            server_ports.push(port);
        }
    }
    Some(Label {
        hidden,
        client: network.host(client.host).address,
        server: network.host(server.host).address,
        interface_id: network.interface(first.legs()[0].interface).id.clone(),
        server_ports,
        start: made.iter().map(|one| one.start).min()?,
        end: made.iter().map(|one| one.end).max()?,
        connections: made.len(),
        bytes_to_server: made.iter().map(|one| one.to_server.bytes).sum(),
    })
}

struct Hideout<'a> {
    network: &'a Network,
    day: Day,
    /// How many of the same kind there are before.
    nth: u32,
}

impl Hideout<'_> {
    /// An address outside for the `nth` of a kind: the documentation has three ranges of them.
    fn address(&self, kind: u32) -> u32 {
        let row = self.network.hidden;
        row.at((kind * 99 + self.nth) % row.count)
    }

    fn scan(&self, random: &mut Random) -> Vec<Connection> {
        let (lasts, ports) = match self.nth % 3 {
            0 => (1200, 1000),
            1 => (600, 400),
            _ => (6 * 3600, 600),
        };
        let lasts = lasts.min(self.day.seconds / 3);
        let begin = self.day.within(lasts, random);
        let mut ports: Vec<u16> = (1..=ports).collect();
        shuffle(&mut ports, random);
        let count = ports.len() as i64;
        let inside = self.nth % 3 == 1;
        let from = self.network.any(Role::Application, random);
        let to = self
            .network
            .any(if inside { Role::Database } else { Role::Edge }, random);
        let attacker = self.address(2);
        ports
            .iter()
            .zip(0..)
            .map(|(port, place)| {
                let start = begin + i64::from(lasts) * place / count;
                let server = Place::new(self.network, to, *port);
                let client_port = random.range(40_000, 60_999) as u16;
                let open = if inside {
                    *port == 22
                } else {
                    matches!(port, 22 | 80 | 443)
                };
                let course = knock(start, open);
                if inside {
                    let client = Place::new(self.network, from, client_port);
                    return if open {
                        Connection::inside(self.network, course, client, server)
                    } else {
                        Connection::inside_rejected(self.network, course, client, server)
                    };
                }
                let client = End {
                    host: attacker,
                    port: client_port,
                };
                if open {
                    Connection::inbound(course, client, server)
                } else {
                    Connection::inbound_rejected(course, client, server)
                }
            })
            .collect()
    }

    /// In four connections one after the other, over three hours at most.
    fn exfiltration(&self, random: &mut Random) -> Vec<Connection> {
        let lasts = (3 * 3600).min(self.day.seconds / 2);
        let begin = self.day.within(lasts, random);
        let client = self.network.any(Role::Application, random);
        let each = i64::from(lasts / 4);
        (0..4)
            .map(|part| {
                let bytes = 6_000_000_000 + u64::from(random.below(1_000_000_000));
                let packets = bytes / 1490;
                let course = Course {
                    protocol: TCP,
                    start: begin + part * each,
                    lasts: (each - 10).max(1),
                    to_server: Volume { packets, bytes },
                    to_client: Volume {
                        packets: packets / 3,
                        bytes: packets / 3 * 52,
                    },
                };
                self.call_outside(course, client, self.address(1), random)
            })
            .collect()
    }

    /// Every 120 seconds, 15 % earlier or later.
    fn beacon(&self, random: &mut Random) -> Vec<Connection> {
        let client = self.network.any(Role::Batch, random);
        let end = self.day.from + i64::from(self.day.seconds) - 1;
        let mut start = self.day.from + i64::from(random.below(120));
        let mut made = Vec::new();
        while start < end {
            let bytes = u64::from(random.range(700, 760));
            let course = Course {
                protocol: TCP,
                start,
                lasts: 1.min(end - start),
                to_server: Volume { packets: 7, bytes },
                to_client: Volume {
                    packets: 6,
                    bytes: 900,
                },
            };
            made.push(self.call_outside(course, client, self.address(0), random));
            start += i64::from(random.range(102, 138));
        }
        made
    }

    fn call_outside(
        &self,
        course: Course,
        client: u16,
        server: u32,
        random: &mut Random,
    ) -> Connection {
        let gateway = nat_gateway(self.network, client, random);
        let client = Place::client(self.network, client, random);
        let server = End {
            host: server,
            port: 443,
        };
        Connection::through_nat(course, client, gateway, server)
    }
}

fn knock(start: i64, open: bool) -> Course {
    let volume = |packets, bytes| Volume { packets, bytes };
    Course {
        protocol: TCP,
        start,
        lasts: 0,
        to_server: if open { volume(2, 84) } else { volume(1, 44) },
        to_client: if open { volume(1, 44) } else { volume(0, 0) },
    }
}

/// After Fisher and Yates.
fn shuffle(ports: &mut [u16], random: &mut Random) {
    for place in (1..ports.len()).rev() {
        ports.swap(place, random.below(place as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Size;

    fn labels(wanted: &[Hidden], seconds: u32) -> Vec<Label> {
        let network = Network::new(1, "eu-west-1", Size::for_records(0));
        let day = Day {
            from: 1_700_000_100,
            seconds,
        };
        let (connections, labels) = hide(1, &network, day, wanted);
        let end = day.from + i64::from(seconds);
        for one in connections {
            assert!(one.start >= day.from && one.end < end, "{one:?}");
        }
        labels
    }

    #[test]
    fn scans_come_from_outside_and_from_inside_over_more_than_a_hundred_ports() {
        let labels = labels(&[Hidden::VerticalScan; 3], 86_400);
        let from: Vec<_> = labels.iter().map(|one| one.client.to_string()).collect();
        assert_eq!(from[0], "192.0.2.99");
        assert!(from[1].starts_with("10."));
        assert_eq!(from[2], "192.0.2.97");
        for label in &labels {
            assert!(label.server_ports.len() >= 400);
            assert_eq!(label.server_ports.len(), label.connections);
        }
        assert!(labels[0].end - labels[0].start < 1200);
        assert!(labels[2].end - labels[2].start > 5 * 3600);
    }

    #[test]
    fn an_exfiltration_is_large_and_a_beacon_is_regular_and_small() {
        let labels = labels(&[Hidden::Exfiltration, Hidden::Beacon], 86_400);
        assert!(labels[0].bytes_to_server > 20_000_000_000);
        assert_eq!(labels[0].server.to_string(), "203.0.113.99");
        assert_eq!(labels[1].server.to_string(), "198.51.100.99");
        assert!((680..760).contains(&labels[1].connections));
        assert!(labels[1].bytes_to_server < 1_000_000);
    }

    #[test]
    fn all_of_it_fits_into_a_quarter_of_an_hour() {
        let wanted = [
            Hidden::Beacon,
            Hidden::VerticalScan,
            Hidden::VerticalScan,
            Hidden::VerticalScan,
            Hidden::Exfiltration,
        ];
        assert_eq!(labels(&wanted, 900).len(), 5);
    }
}
