//! Who looks for what is open, and what is refused.

use std::collections::BTreeSet;

use super::Made;
use super::scene::{DAY, HOUR, Scene, Window, opened, unanswered};
use crate::connection::{Connection, Course, End, Place};
use crate::hidden::shuffle;
use crate::network::{HostIndex, InterfaceIndex, Role};
use crate::random::Random;

/// Ports that every scanner asks for, of services that are common.
const COMMON: [u16; 72] = [
    21, 22, 23, 25, 53, 79, 80, 81, 88, 106, 110, 111, 113, 119, 135, 139, 143, 144, 179, 199, 389,
    427, 443, 444, 445, 465, 513, 514, 515, 543, 548, 554, 587, 631, 646, 873, 990, 993, 995, 1025,
    1026, 1110, 1433, 1720, 1723, 1755, 1900, 2000, 2049, 2121, 2717, 3000, 3128, 3306, 3389, 3986,
    4899, 5000, 5009, 5051, 5060, 5190, 5357, 5432, 5631, 5666, 5800, 5900, 6379, 8000, 8080, 8443,
];

/// So many ports in any order: the common ones, and others by chance.
fn ports(count: usize, random: &mut Random) -> Vec<u16> {
    let mut ports: BTreeSet<u16> = COMMON.iter().copied().take(count).collect();
    while ports.len() < count {
        ports.insert(random.range(1, 65_535) as u16);
    }
    let mut ports: Vec<u16> = ports.into_iter().collect();
    shuffle(&mut ports, random);
    ports
}

/// Where a scan comes from.
#[derive(Clone)]
enum Origin {
    /// From the internet, from these in turn.
    Outside(Vec<HostIndex>),
    /// From a server of ours that was taken.
    Inside(InterfaceIndex),
}

impl Scene<'_> {
    fn outside(&self, count: u32) -> Origin {
        Origin::Outside((0..count).map(|number| self.attacker(number)).collect())
    }

    /// One half of the scans comes from outside.
    fn origin(&self, random: &mut Random) -> Origin {
        if random.chance(500) {
            self.outside(1)
        } else {
            Origin::Inside(self.own(Role::Application, random))
        }
    }

    fn target(&self, origin: &Origin, random: &mut Random) -> InterfaceIndex {
        match origin {
            Origin::Outside(_) => self.own(Role::Edge, random),
            Origin::Inside(_) => self.own(Role::Database, random),
        }
    }

    /// One port is tried: what the server serves answers, all else its security group refuses.
    fn try_port(
        &self,
        origin: &Origin,
        number: usize,
        course: Course,
        server: InterfaceIndex,
        port: u16,
        random: &mut Random,
    ) -> Connection {
        match origin {
            Origin::Outside(sources) => {
                let source = sources[number % sources.len()];
                if [80, 443].contains(&port) {
                    self.visit(opened(course.start), source, server, port, random)
                } else {
                    self.knock(course, source, server, port, random)
                }
            }
            Origin::Inside(client) => {
                if [22, 5432].contains(&port) {
                    self.inside(opened(course.start), *client, server, port, random)
                } else {
                    self.inside_refused(course, *client, server, port, random)
                }
            }
        }
    }

    fn scan(&self, origin: &Origin, moments: &[i64], repeated: u32, random: &mut Random) -> Made {
        let server = self.target(origin, random);
        let ports = ports(moments.len().min(40_000), random);
        let tries = moments.iter().zip(&ports).enumerate();
        let made = tries.map(|(number, (start, port))| {
            let packets = 1 + u64::from(random.chance(repeated));
            let course = unanswered(*start, packets);
            self.try_port(origin, number, course, server, *port, random)
        });
        made.collect::<Vec<_>>().into()
    }
}

/// The thousand ports that scanners ask for by default within minutes; or three every ten minutes from four addresses in turn.
pub(super) fn port_scan(scene: &Scene<'_>, random: &mut Random) -> Made {
    let origin = match scene.vary(1, 2, 3) {
        1 => scene.outside(1),
        2 => scene.origin(random),
        _ => scene.outside(4),
    };
    let window = scene.window(scene.vary(240, 900, 12 * HOUR), random);
    let moments = match scene.vary(2000, 1000, 0) {
        0 => threes(window, random),
        count => window.moments(count, random),
    };
    scene.scan(&origin, &moments, scene.vary(0, 100, 300), random)
}

/// Three moments close together, every ten minutes.
fn threes(window: Window, random: &mut Random) -> Vec<i64> {
    let rounds = window.every(600, 10, random);
    let times = rounds
        .iter()
        .flat_map(|round| (0..3).map(move |time| round + time * 20));
    times.filter(|moment| *moment < window.to).collect()
}

/// A port now and then, for days.
pub(super) fn slow_scan(scene: &Scene<'_>, random: &mut Random) -> Made {
    let origin = match scene.vary(1, 2, 3) {
        1 => scene.outside(1),
        2 => scene.origin(random),
        _ => scene.outside(3),
    };
    let window = scene.window(scene.vary(2 * DAY, 4 * DAY, 10 * DAY), random);
    let (gap, jitter) = scene.vary((60, 20), (600, 50), (2700, 90));
    let moments = window.every(gap, jitter, random);
    scene.scan(&origin, &moments, 200, random)
}

/// A taken server asks one port of one address after the other. Most belong to nobody: only its own interface tells of them.
pub(super) fn address_sweep(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.own(Role::Application, random);
    let ports: &[u16] = scene.vary(&[445], &[22, 445, 3389, 5985], &[443, 8080, 22]);
    let port = random.pick(ports).copied().unwrap_or(22);
    let servers = scene.others(&[Role::Web, Role::Database, Role::Cache], client);
    let vacant = scene.network.strangers.vacant;
    let count = scene.vary(vacant.count, 240, 150);
    let first = random.below(vacant.count - count + 1);
    let mut targets: Vec<Result<InterfaceIndex, HostIndex>> = servers.into_iter().map(Ok).collect();
    targets.extend((first..first + count).map(|place| Err(vacant.at(place))));
    if scene.vary(false, true, true) {
        shuffle(&mut targets, random);
    }
    let window = scene.window(scene.vary(180, 30 * 60, 20 * HOUR), random);
    let moments = window.moments(targets.len() as u32, random);
    let made = targets
        .into_iter()
        .zip(moments)
        .map(|(target, start)| match target {
            Ok(server) if random.chance(300) => {
                scene.inside(opened(start), client, server, port, random)
            }
            Ok(server) => scene.inside_refused(unanswered(start, 2), client, server, port, random),
            Err(host) => {
                let place = Place::client(scene.network, client, random);
                Connection::outbound(unanswered(start, 2), place, End { host, port }, 1)
            }
        });
    made.collect::<Vec<_>>().into()
}

/// Refusals as never before: of one of ours that tries everything, or at one server from dozens of addresses.
pub(super) fn rejected_spike(scene: &Scene<'_>, random: &mut Random) -> Made {
    let (count, lasts) = scene.vary((3000, 600), (900, 900), (180, 2 * HOUR));
    let moments = scene.window(lasts, random).moments(count, random);
    let inside = scene.vary(true, random.chance(400), false);
    let sources = scene.vary(1, 32, 24);
    let client = scene.own(Role::Application, random);
    let server = if inside {
        scene.own(Role::Cache, random)
    } else {
        scene.own(Role::Edge, random)
    };
    let ports: &[u16] = scene.vary(&[6379], &[8080, 8443], &[22, 3389, 445, 8080]);
    let made = moments.into_iter().map(|start| {
        let course = unanswered(start, u64::from(random.range(1, 3)));
        let port = random.pick(ports).copied().unwrap_or(8080);
        if inside {
            scene.inside_refused(course, client, server, port, random)
        } else {
            let source = scene.attacker(random.below(sources));
            scene.knock(course, source, server, port, random)
        }
    });
    Made {
        at: Some(if inside { client } else { server }),
        ..made.collect::<Vec<_>>().into()
    }
}
