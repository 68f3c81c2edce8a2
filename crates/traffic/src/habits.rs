//! What is done every day and looks like an attack to who has not seen the days before: backups, administrators at work, agents
//! that call home, mail, a name server that asks the internet itself.

use crate::callers::{exchange, nat_gateway};
use crate::connection::{Connection, Course, End, Place, TCP, UDP, Volume};
use crate::network::{HostIndex, InterfaceIndex, Network, Role};
use crate::random::Random;

const DAY: i64 = 24 * 3600;
const HOUR: i64 = 3600;
/// Seconds between two calls of an agent.
const AGENT_EVERY: i64 = 600;
/// Seconds between two rounds of the monitoring.
const ROUND_EVERY: i64 = 900;

/// Habits of one network.
#[derive(Debug)]
pub(crate) struct Habits {
    seed: u64,
    /// All with an instance that are not public.
    private: Vec<InterfaceIndex>,
    /// Those in the VPC of the bastion.
    administered: Vec<InterfaceIndex>,
    /// Where administrators work.
    bastion: InterfaceIndex,
    /// Who looks after all others, and who sends mail.
    caretaker: InterfaceIndex,
}

impl Habits {
    pub(crate) fn new(seed: u64, network: &Network) -> Self {
        let roles = [Role::Web, Role::Application, Role::Database, Role::Batch];
        let all = |roles: &[Role]| -> Vec<InterfaceIndex> {
            let own = roles.iter().map(|role| network.of(*role));
            own.flatten().copied().collect()
        };
        let first = |role| network.of(role).first().copied().unwrap_or_default();
        Self {
            seed,
            private: all(&roles),
            administered: all(&roles[..3]),
            bastion: first(Role::Edge),
            caretaker: first(Role::Web),
        }
    }

    /// What begins in the minute that begins then, and ends within a minute.
    pub(crate) fn in_minute(
        &self,
        network: &Network,
        minute: i64,
        emit: &mut impl FnMut(Connection),
    ) {
        let mut random = Random::stream(self.seed, &[14, minute as u64]);
        let hour = minute.rem_euclid(DAY) / HOUR;
        let at = |random: &mut Random| minute + i64::from(random.below(60));
        for (client, place) in self.private.iter().copied().zip(0_i64..) {
            // Each at a minute of its own.
            if (minute / 60 + place) % (AGENT_EVERY / 60) == 0 {
                let course = tcp(minute + 7 * place % 50, 1, 900, 500);
                emit(outside(
                    network,
                    course,
                    client,
                    network.strangers.seldom.at(248),
                    443,
                    &mut random,
                ));
            }
            if (minute / 60 - place) % (ROUND_EVERY / 60) == 0 && client != self.caretaker {
                let course = tcp(minute + 3 * place % 50, 0, 120, random.doubled(2000, 2));
                emit(inside(
                    network,
                    course,
                    self.caretaker,
                    client,
                    9100,
                    &mut random,
                ));
            }
        }
        if hour == 3 {
            // Configuration of all servers, one after the other.
            let of_hour = (minute.rem_euclid(HOUR) / 60) as usize;
            for server in self.administered.iter().skip(of_hour).step_by(60) {
                let course = tcp(minute + 5, 45, 30_000, random.doubled(60_000, 2));
                emit(inside(
                    network,
                    course,
                    self.bastion,
                    *server,
                    22,
                    &mut random,
                ));
            }
        }
        if hour == 2 {
            self.backup(network, minute, emit, &mut random);
        }
        if (8..18).contains(&hour) && random.chance(60) {
            let (up, down) = (random.doubled(3000, 5), random.doubled(800, 2));
            let exchanger = network.strangers.seldom.at(random.below(2));
            let course = tcp(at(&mut random), random.below(20), up, down);
            emit(outside(
                network,
                course,
                self.caretaker,
                exchanger,
                587,
                &mut random,
            ));
        }
        if random.chance(4) {
            let partner = network.strangers.seldom.at(random.range(250, 399));
            let client = random.pick(&self.private).copied().unwrap_or_default();
            let up = if random.chance(100) {
                random.doubled(500_000, 4)
            } else {
                random.doubled(1500, 8)
            };
            let down = random.doubled(2000, 9);
            let course = tcp(at(&mut random), random.below(30), up, down);
            emit(outside(network, course, client, partner, 443, &mut random));
        }
        if (8..20).contains(&hour) && random.chance(2) {
            // Reports, artefacts, logs: large, and to where data goes every day.
            let client = random.pick(&self.private).copied().unwrap_or_default();
            let course = tcp(at(&mut random), 50, random.doubled(10_000_000, 5), 9000);
            let server = network.servers.at(random.below(3));
            emit(outside(network, course, client, server, 443, &mut random));
        }
        self.recursion(network, minute, emit, &mut random);
    }

    /// Databases, one after the other, to S3: some tens of megabytes a minute in the first quarter of an hour.
    fn backup(
        &self,
        network: &Network,
        minute: i64,
        emit: &mut impl FnMut(Connection),
        random: &mut Random,
    ) {
        let of_hour = minute.rem_euclid(HOUR) / 60;
        for (client, place) in network.of(Role::Database).iter().zip(0..) {
            if (of_hour - place).rem_euclid(60) < 15 {
                let host = network.storage.at(random.below(network.storage.count));
                let bytes = random.doubled(20_000_000, 2);
                let course = tcp(minute + i64::from(random.below(10)), 40, bytes, 4000);
                let place = Place::client(network, *client, random);
                emit(Connection::outbound(
                    course,
                    place,
                    End { host, port: 443 },
                    7,
                ));
            }
        }
    }

    /// What the network's name servers do not know they ask others.
    fn recursion(
        &self,
        network: &Network,
        minute: i64,
        emit: &mut impl FnMut(Connection),
        random: &mut Random,
    ) {
        for client in network.of(Role::NameServer) {
            for _ in 0..random.below(3) {
                let host = network.strangers.seldom.at(random.skewed(250));
                let start = minute + i64::from(random.below(60));
                let volume = |bytes| Volume { packets: 1, bytes };
                let course = Course {
                    protocol: UDP,
                    start,
                    lasts: 0,
                    to_server: volume(u64::from(random.range(60, 120))),
                    to_client: volume(u64::from(random.range(100, 500))),
                };
                emit(outside(network, course, *client, host, 53, random));
            }
        }
    }

    /// Sessions that last: administrators on weekdays from the bastion, and one connection to a partner that is made anew each
    /// night.
    pub(crate) fn lasting(&self, network: &Network, from: i64, to: i64) -> Vec<Connection> {
        let mut made = Vec::new();
        for day in from.div_euclid(DAY)..=to.div_euclid(DAY) {
            let mut random = Random::stream(self.seed, &[16, day as u64]);
            // The first day of 1970 was a Thursday.
            let weekend = matches!((day + 3).rem_euclid(7), 5 | 6);
            for _ in 0..if weekend { 0 } else { random.range(2, 7) } {
                let lasts = random.range(60, 3000);
                let start = day * DAY + i64::from(random.range(8 * 3600, 17 * 3600));
                let (up, down) = (random.doubled(4000, 5), random.doubled(9000, 6));
                let server = random.pick(&self.administered).copied().unwrap_or_default();
                let course = tcp(start, lasts, up, down);
                made.push(inside(
                    network,
                    course,
                    self.bastion,
                    server,
                    22,
                    &mut random,
                ));
            }
            let volume = |packets| Volume {
                packets,
                bytes: packets * 110,
            };
            let course = Course {
                to_server: volume(3000),
                to_client: volume(2900),
                ..tcp(day * DAY + 4 * HOUR, (DAY - 60) as u32, 0, 0)
            };
            let client = network.of(Role::Application)[0];
            let partner = network.strangers.seldom.at(249);
            made.push(outside(network, course, client, partner, 443, &mut random));
        }
        made.retain(|one| one.end >= from && one.start < to);
        made
    }
}

fn tcp(start: i64, lasts: u32, request: u64, answer: u64) -> Course {
    let (to_server, to_client) = exchange(request, answer);
    Course {
        protocol: TCP,
        start,
        lasts: i64::from(lasts),
        to_server,
        to_client,
    }
}

fn inside(
    network: &Network,
    course: Course,
    client: InterfaceIndex,
    server: InterfaceIndex,
    port: u16,
    random: &mut Random,
) -> Connection {
    let client = Place::client(network, client, random);
    Connection::inside(network, course, client, Place::new(network, server, port))
}

fn outside(
    network: &Network,
    course: Course,
    client: InterfaceIndex,
    host: HostIndex,
    port: u16,
    random: &mut Random,
) -> Connection {
    let gateway = nat_gateway(network, client, random);
    let client = Place::client(network, client, random);
    Connection::through_nat(course, client, gateway, End { host, port })
}
