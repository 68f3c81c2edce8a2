//! What should not be there at all.

use super::Made;
use super::scene::{HOUR, Scene, Window, datagrams, unanswered};
use crate::connection::{Connection, Course, End, Place, Volume};
use crate::network::{HostIndex, Role};
use crate::random::Random;

/// From the public servers of the first VPC to the batch servers of the second, which have no business with each other.
pub(super) fn cross_tenant(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.own(Role::Edge, random);
    let server = scene.own(Role::Batch, random);
    let (count, lasts) = scene.vary((300, 2 * HOUR), (12, 2 * HOUR), (1, 60));
    let window = scene.window(lasts, random);
    let ports: &[u16] = scene.vary(&[22, 443, 8080], &[443, 8080], &[443]);
    let port = random.pick(ports).copied().unwrap_or(443);
    let moments = window.moments(count, random);
    let made = moments.into_iter().map(|start| {
        let (up, down) = (random.doubled(800, 5), random.doubled(2000, 8));
        let course = window.talk(start, random.below(20), up, down);
        scene.inside(course, client, server, port, random)
    });
    made.collect::<Vec<_>>().into()
}

/// Tunnels: IP in IP, GRE or ESP from a server that has no tunnel. NAT gateways carry none, so it is one with an address.
pub(super) fn unusual_protocol(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.own(Role::Edge, random);
    let protocols: &[u8] = scene.vary(&[99, 4], &[47, 50, 41], &[50, 132]);
    let protocol = random.pick(protocols).copied().unwrap_or(47);
    let (count, lasts) = scene.vary((30, 3 * HOUR), (6, 2 * HOUR), (1, 60));
    let window = scene.window(lasts, random);
    let made = window.moments(count, random).into_iter().map(|start| {
        let packets = u64::from(random.range(1, scene.vary(50_000, 2000, 4)));
        let course = Course {
            protocol,
            lasts: window.fit(start, scene.vary(200, 120, 3)),
            ..datagrams(start, packets, u64::from(random.range(90, 1200)), 90)
        };
        let place = Place::new(scene.network, client, 0);
        let server = End {
            host: scene.attacker(0),
            port: 0,
        };
        Connection::outbound(course, place, server, 8)
    });
    made.collect::<Vec<_>>().into()
}

/// A server begins to answer on a port on which it never did: to anybody, to a few, or to one of ours and rarely.
pub(super) fn new_listener(scene: &Scene<'_>, random: &mut Random) -> Made {
    let outside = scene.vary(true, random.chance(500), false);
    let server = if outside {
        scene.own(Role::Edge, random)
    } else {
        scene.own(Role::Application, random)
    };
    let ports: &[u16] = scene.vary(&[4444, 1337], &[8443, 9443, 8888, 5000], &[8080, 9090]);
    let port = random.pick(ports).copied().unwrap_or(8443);
    let clients = scene.others(&[Role::Web, Role::Database], server);
    let (count, lasts) = scene.vary((400, 6 * HOUR), (25, 6 * HOUR), (3, 12 * HOUR));
    let window = scene.window(lasts, random);
    let callers = scene.vary(30, 4, 1);
    let made = window.moments(count, random).into_iter().map(|start| {
        let (up, down) = (random.doubled(500, 4), random.doubled(1500, 7));
        let course = window.talk(start, random.below(60), up, down);
        let caller = random.below(callers);
        if outside {
            return scene.visit(course, scene.attacker(caller), server, port, random);
        }
        let client = clients[caller as usize % clients.len()];
        scene.inside(course, client, server, port, random)
    });
    Made {
        at: Some(server),
        ..made.collect::<Vec<_>>().into()
    }
}

/// Accepted, and never answered: openings of connections at a server that is dead or hears somebody else's answers, or a
/// stream of datagrams to one who only listens.
pub(super) fn one_way(scene: &Scene<'_>, random: &mut Random) -> Made {
    if scene.vary(true, random.chance(500), false) {
        let server = scene.own(Role::Edge, random);
        let window = scene.window(scene.vary(1800, 2 * HOUR, HOUR), random);
        let moments = window.moments(scene.vary(3000, 400, 30), random);
        let made = moments.into_iter().map(|start| {
            let course = unanswered(start, u64::from(random.range(1, 6)));
            scene.visit(course, scene.attacker(0), server, 443, random)
        });
        return made.collect::<Vec<_>>().into();
    }
    let client = scene.private(random);
    let window = scene.window(scene.vary(HOUR, 3 * HOUR, HOUR), random);
    let moments = window.moments(scene.vary(60, 40, 6), random);
    let made = moments.into_iter().map(|start| {
        let course = stream(window, start, scene.vary(60_000, 9000, 150), random);
        scene.call(course, client, scene.attacker(0), 5004, random)
    });
    made.collect::<Vec<_>>().into()
}

fn stream(window: Window, start: i64, packets: u32, random: &mut Random) -> Course {
    let packets = u64::from(random.range(packets / 2, packets));
    Course {
        lasts: window.fit(start, random.range(60, 200)),
        to_client: Volume::default(),
        ..datagrams(start, packets, u64::from(random.range(400, 1200)), 0)
    }
}

/// Mail from what is no mail server: thousands, hundreds, or a few each hour by way of submission with a password.
pub(super) fn smtp(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.private(random);
    let (count, lasts) = scene.vary((3000, 2 * HOUR), (400, 6 * HOUR), (40, 20 * HOUR));
    let ports: &[u16] = scene.vary(&[25], &[25], &[465, 587]);
    let port = random.pick(ports).copied().unwrap_or(25);
    let window = scene.window(lasts, random);
    let row = scene.network.strangers.seldom;
    let exchanger = |random: &mut Random| -> HostIndex {
        let number = random.below(scene.vary(row.count, 150, 1));
        scene.vary(row.at(number), row.at(number), scene.attacker(number))
    };
    let made = window.moments(count, random).into_iter().map(|start| {
        let (up, down) = (random.doubled(2500, 5), u64::from(random.range(300, 700)));
        let mut course = window.talk(start, random.range(1, 15), up, down);
        // Many providers refuse without a word.
        if random.chance(scene.vary(100, 300, 0)) {
            course = unanswered(start, 3);
        }
        let server = exchanger(random);
        scene.call(course, client, server, port, random)
    });
    made.collect::<Vec<_>>().into()
}
