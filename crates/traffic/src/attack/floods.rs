//! Many against one.

use super::Made;
use super::scene::{HOUR, Scene, datagrams, unanswered};
use crate::connection::{Connection, Course, End, Place, Volume};
use crate::network::{InterfaceIndex, Role};
use crate::random::Random;

/// Ports of services that answer more than they are asked, and so are used to reflect.
const REFLECTORS: [u16; 6] = [53, 123, 161, 389, 1900, 11_211];

/// Thousands of sources within minutes: openings of connections, answers that nobody asked for, or requests that look
/// like those of anybody else.
pub(super) fn ddos(scene: &Scene<'_>, random: &mut Random) -> Made {
    let (sources, connections, lasts) =
        scene.vary((4000, 12_000, 300), (1500, 4500, 600), (400, 1600, HOUR));
    let window = scene.window(lasts, random);
    let role = scene.vary(Role::Edge, Role::LoadBalancer, Role::LoadBalancer);
    let server = scene.own(role, random);
    let reflected = scene.vary(false, random.chance(500), false);
    let service = random.pick(&REFLECTORS).copied().unwrap_or(53);
    let crowd = scene.network.strangers.crowd;
    let first = random.below(crowd.count);
    let moments = window.moments(connections, random);
    let made = moments.into_iter().map(|start| {
        let source = crowd.at((first + random.below(sources)) % crowd.count);
        if reflected {
            return answer(
                scene,
                start,
                End {
                    host: source,
                    port: service,
                },
                server,
                random,
            );
        }
        let course = scene.vary(
            unanswered(start, u64::from(random.range(1, 3))),
            window.talk(start, random.below(3), 300, 500),
            window.talk(
                start,
                random.below(20),
                random.doubled(300, 4),
                random.doubled(600, 10),
            ),
        );
        scene.visit(course, source, server, 443, random)
    });
    made.collect::<Vec<_>>().into()
}

/// The answer of a service that was asked in our name: large, and refused.
fn answer(
    scene: &Scene<'_>,
    start: i64,
    reflector: End,
    server: InterfaceIndex,
    random: &mut Random,
) -> Connection {
    let packets = random.doubled(4, 5);
    let port = random.range(1024, 65_535) as u16;
    let course = Course {
        to_client: Volume::default(),
        ..datagrams(start, packets, u64::from(random.range(400, 1400)), 0)
    };
    Connection::inbound_rejected(course, reflector, Place::new(scene.network, server, port))
}
