//! Who takes part in an attack, when, and with what.

use super::{Technique, Variant};
use crate::callers::{exchange, nat_gateway};
use crate::connection::{Connection, Course, End, Place, TCP, UDP, Volume};
use crate::hidden::Day;
use crate::network::strangers::{GENERATIONS, PER_ATTACK};
use crate::network::{HostIndex, InterfaceIndex, Network, Role};
use crate::random::Random;

/// The stage of one attack.
pub(crate) struct Scene<'a> {
    pub(crate) network: &'a Network,
    pub(crate) day: Day,
    pub(crate) technique: Technique,
    pub(crate) variant: Variant,
    /// How many of the same kind there are before.
    pub(crate) nth: u32,
    /// Interfaces that stop recording: no other attack may rely on them.
    pub(crate) stopped: &'a [InterfaceIndex],
    /// The one of them that this attack is about.
    pub(crate) silenced: Option<InterfaceIndex>,
    /// Whether the internet comes over IPv6 to what has such an address.
    pub(crate) ipv6: bool,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: i64,
    /// The first second after it.
    pub(crate) to: i64,
}

pub(crate) const HOUR: u32 = 3600;
pub(crate) const DAY: u32 = 24 * HOUR;

impl Window {
    /// One moment in each of so many equal parts.
    pub(crate) fn moments(self, count: u32, random: &mut Random) -> Vec<i64> {
        let border = |part: i64| self.from + (self.to - self.from) * part / i64::from(count.max(1));
        (0..i64::from(count))
            .map(|part| {
                let (from, to) = (border(part), border(part + 1));
                from + i64::from(random.below((to - from) as u32))
            })
            .collect()
    }

    /// One moment after the other, so many seconds apart, give or take so many of 100.
    pub(crate) fn every(self, gap: u32, jitter: u32, random: &mut Random) -> Vec<i64> {
        let (least, most) = (gap - gap * jitter / 100, gap + gap * jitter / 100);
        let mut moments = Vec::new();
        let mut moment = self.from + i64::from(random.below(gap.min(60)));
        moment = moment.min(self.to - 1);
        while moment < self.to {
            moments.push(moment);
            moment += i64::from(random.range(least, most).max(1));
        }
        moments
    }

    /// So many seconds after `start`, or fewer if the window is over before.
    pub(crate) fn fit(self, start: i64, lasts: u32) -> i64 {
        i64::from(lasts).min(self.to - 1 - start).max(0)
    }

    /// A TCP connection with its overhead, of so many bytes each way.
    pub(crate) fn talk(self, start: i64, lasts: u32, request: u64, answer: u64) -> Course {
        let (to_server, to_client) = exchange(request, answer);
        Course {
            protocol: TCP,
            start,
            lasts: self.fit(start, lasts),
            to_server,
            to_client,
        }
    }

    /// A TCP connection that is kept open with little in it: a packet every so many seconds each way.
    pub(crate) fn keep_open(self, start: i64, lasts: u32, every: i64, size: u64) -> Course {
        let lasts = self.fit(start, lasts);
        let packets = (lasts / every.max(1)) as u64 + 3;
        let volume = |size| Volume {
            packets,
            bytes: packets * (size + 52),
        };
        Course {
            protocol: TCP,
            start,
            lasts,
            to_server: volume(size),
            to_client: volume(size / 2),
        }
    }
}

/// So many opening packets that nobody answers, of 60 bytes each as Linux sends them.
pub(crate) fn unanswered(start: i64, packets: u64) -> Course {
    Course {
        protocol: TCP,
        start,
        lasts: 0,
        to_server: Volume {
            packets,
            bytes: packets * 60,
        },
        to_client: Volume::default(),
    }
}

/// An opening that is answered, and taken back.
pub(crate) fn opened(start: i64) -> Course {
    let volume = |packets, bytes| Volume { packets, bytes };
    Course {
        to_server: volume(2, 100),
        to_client: volume(1, 60),
        ..unanswered(start, 1)
    }
}

/// Datagrams, with their headers on top of so many bytes each.
pub(crate) fn datagrams(start: i64, packets: u64, request: u64, answer: u64) -> Course {
    let volume = |bytes| Volume {
        packets,
        bytes: packets * (bytes + 28),
    };
    Course {
        protocol: UDP,
        to_server: volume(request),
        to_client: volume(answer),
        ..unanswered(start, 1)
    }
}

impl Scene<'_> {
    pub(crate) fn vary<T>(&self, easy: T, realistic: T, evasive: T) -> T {
        match self.variant {
            Variant::Easy => easy,
            Variant::Realistic => realistic,
            Variant::Evasive => evasive,
        }
    }

    /// Where an attack of that many seconds fits: after the first quarter, or in the last third if it needs a past. Shorter if
    /// there is not so much time.
    pub(crate) fn window(&self, lasts: u32, random: &mut Random) -> Window {
        let seconds = self.day.seconds;
        let first = if self.technique.needs_past() {
            seconds - seconds / 3
        } else {
            seconds / 4
        };
        let room = seconds - first - 1;
        let lasts = lasts.clamp(1, room);
        let from = self.day.from + i64::from(first + random.below(room - lasts + 1));
        Window {
            from,
            to: from + i64::from(lasts),
        }
    }

    /// One of ours in that role that goes on recording.
    pub(crate) fn own(&self, role: Role, random: &mut Random) -> InterfaceIndex {
        let all = self.network.of(role);
        let left: Vec<_> = all
            .iter()
            .filter(|one| !self.stopped.contains(one))
            .collect();
        let one = random.pick(&left).map(|one| **one);
        one.unwrap_or_else(|| self.network.any(role, random))
    }

    /// One of those that have no public address.
    pub(crate) fn private(&self, random: &mut Random) -> InterfaceIndex {
        let roles = [Role::Application, Role::Web, Role::Batch];
        let role = random.pick(&roles).copied().unwrap_or(Role::Web);
        self.own(role, random)
    }

    /// All of ours in those roles that go on recording, but for one.
    pub(crate) fn others(&self, roles: &[Role], but: InterfaceIndex) -> Vec<InterfaceIndex> {
        let all = roles.iter().flat_map(|role| self.network.of(*role));
        let left = all.filter(|one| **one != but && !self.stopped.contains(one));
        left.copied().collect()
    }

    /// One of the addresses in the internet that only this attack has.
    pub(crate) fn attacker(&self, number: u32) -> HostIndex {
        let kind = self.technique as u32 * 3 + self.variant as u32;
        let row = kind * GENERATIONS + self.nth % GENERATIONS;
        let attackers = self.network.strangers.attackers;
        attackers.at(row * PER_ATTACK + number % PER_ATTACK)
    }

    /// From ours to the internet: through the NAT gateway unless it has a public address.
    pub(crate) fn call(
        &self,
        course: Course,
        client: InterfaceIndex,
        server: HostIndex,
        port: u16,
        random: &mut Random,
    ) -> Connection {
        let server = End { host: server, port };
        let place = Place::client(self.network, client, random);
        if self.network.role(client).is_public() {
            return Connection::outbound(course, place, server, 8);
        }
        let gateway = nat_gateway(self.network, client, random);
        Connection::through_nat(course, place, gateway, server)
    }

    /// From the internet to ours.
    pub(crate) fn visit(
        &self,
        course: Course,
        client: HostIndex,
        server: InterfaceIndex,
        port: u16,
        random: &mut Random,
    ) -> Connection {
        let (source, server) = self.ends(client, server, port, random);
        Connection::inbound(course, source, server)
    }

    /// Who comes from the internet, and where it arrives.
    fn ends(
        &self,
        client: HostIndex,
        server: InterfaceIndex,
        port: u16,
        random: &mut Random,
    ) -> (End, Place) {
        let mut source = End {
            host: client,
            port: random.range(32_768, 65_535) as u16,
        };
        let mut server = Place::new(self.network, server, port);
        let own = self.network.interface(server.interface).host_ipv6;
        if let (true, Some(host)) = (self.ipv6, own) {
            let row = self.network.strangers.attackers_ipv6;
            source.host = row.at(client % row.count);
            server.end.host = host;
        }
        (source, server)
    }

    /// The same, refused. What is answered in `course` is not.
    pub(crate) fn knock(
        &self,
        course: Course,
        client: HostIndex,
        server: InterfaceIndex,
        port: u16,
        random: &mut Random,
    ) -> Connection {
        let (source, server) = self.ends(client, server, port, random);
        Connection::inbound_rejected(silent(course), source, server)
    }

    /// Between two of ours.
    pub(crate) fn inside(
        &self,
        course: Course,
        client: InterfaceIndex,
        server: InterfaceIndex,
        port: u16,
        random: &mut Random,
    ) -> Connection {
        let client = Place::client(self.network, client, random);
        let server = Place::new(self.network, server, port);
        Connection::inside(self.network, course, client, server)
    }

    /// The same, refused.
    pub(crate) fn inside_refused(
        &self,
        course: Course,
        client: InterfaceIndex,
        server: InterfaceIndex,
        port: u16,
        random: &mut Random,
    ) -> Connection {
        let client = Place::client(self.network, client, random);
        let server = Place::new(self.network, server, port);
        Connection::inside_rejected(self.network, silent(course), client, server)
    }
}

fn silent(course: Course) -> Course {
    Course {
        to_client: Volume::default(),
        ..course
    }
}
