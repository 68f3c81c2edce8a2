//! A scan, an exfiltration and a beacon of the plainest kind, from addresses for documentation.

use super::{Day, shuffle};
use crate::callers::nat_gateway;
use crate::connection::{Connection, Course, End, Place, TCP, Volume};
use crate::network::{Network, Role};
use crate::random::Random;

pub(super) struct Needle<'a> {
    pub(super) network: &'a Network,
    pub(super) day: Day,
    /// How many of the same kind there are before.
    pub(super) nth: u32,
}

impl Needle<'_> {
    /// An address outside for the `nth` of a kind: the documentation has three ranges of them.
    fn address(&self, kind: u32) -> u32 {
        let row = self.network.hidden;
        row.at((kind * 99 + self.nth) % row.count)
    }

    pub(super) fn scan(&self, random: &mut Random) -> Vec<Connection> {
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
    pub(super) fn exfiltration(&self, random: &mut Random) -> Vec<Connection> {
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
    pub(super) fn beacon(&self, random: &mut Random) -> Vec<Connection> {
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
