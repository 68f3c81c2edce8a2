//! What goes out and should not.

use super::Made;
use super::scene::{DAY, HOUR, Scene, datagrams};
use crate::network::{HostIndex, InterfaceIndex, Role};
use crate::random::Random;

/// An upload in parts.
struct Upload {
    lasts: u32,
    parts: u32,
    /// About so many bytes in each part.
    bytes: u32,
    /// The longest part, in seconds.
    part_lasts: u32,
}

impl Upload {
    fn made(
        &self,
        scene: &Scene<'_>,
        client: InterfaceIndex,
        server: impl Fn(u32) -> HostIndex,
        random: &mut Random,
    ) -> Made {
        let window = scene.window(self.lasts, random);
        let moments = window.moments(self.parts, random);
        let made = moments.into_iter().zip(0..).map(|(start, number)| {
            let bytes = u64::from(random.range(self.bytes / 4 * 3, self.bytes / 4 * 5));
            let lasts = random.range(self.part_lasts / 2, self.part_lasts);
            let course = window.talk(start, lasts, bytes, bytes / 200);
            scene.call(course, client, server(number), 443, random)
        });
        made.collect::<Vec<_>>().into()
    }
}

/// Far more than this host ever sends: to where it sends every day already, but for the easy one; at last in small parts for days.
pub(super) fn volume(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.own(Role::Application, random);
    let usual = scene.network.servers.at(random.below(3));
    let server = scene.vary(scene.attacker(0), usual, usual);
    let upload = scene.vary(
        Upload {
            lasts: HOUR,
            parts: 12,
            bytes: 3_000_000_000,
            part_lasts: 300,
        },
        Upload {
            lasts: 3 * HOUR,
            parts: 20,
            bytes: 200_000_000,
            part_lasts: 240,
        },
        Upload {
            lasts: 3 * DAY,
            parts: 120,
            bytes: 4_000_000,
            part_lasts: 60,
        },
    );
    upload.made(scene, client, |_| server, random)
}

/// To an address that nobody called before; at last to three, in parts no larger than a web page.
pub(super) fn new_destination(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.private(random);
    let upload = scene.vary(
        Upload {
            lasts: 1800,
            parts: 4,
            bytes: 1_000_000_000,
            part_lasts: 400,
        },
        Upload {
            lasts: 2 * HOUR,
            parts: 12,
            bytes: 25_000_000,
            part_lasts: 120,
        },
        Upload {
            lasts: 4 * DAY,
            parts: 90,
            bytes: 400_000,
            part_lasts: 20,
        },
    );
    let addresses = scene.vary(1, 1, 3);
    upload.made(
        scene,
        client,
        |part| scene.attacker(part % addresses),
        random,
    )
}

/// To a country where nobody of ours called before.
pub(super) fn new_country(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.private(random);
    let upload = scene.vary(
        Upload {
            lasts: HOUR,
            parts: 20,
            bytes: 50_000_000,
            part_lasts: 200,
        },
        Upload {
            lasts: 4 * HOUR,
            parts: 25,
            bytes: 300_000,
            part_lasts: 60,
        },
        Upload {
            lasts: 60,
            parts: 1,
            bytes: 6_000,
            part_lasts: 4,
        },
    );
    let addresses = scene.vary(1, 2, 1);
    upload.made(
        scene,
        client,
        |part| scene.attacker(part % addresses),
        random,
    )
}

/// Names that hold data, asked of a name server that is not the network's; at last few of them, of four servers, in sizes that
/// a query may well have.
pub(super) fn dns_tunnel(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.private(random);
    let (count, lasts) = scene.vary((12_000, HOUR), (4000, 2 * HOUR), (700, 12 * HOUR));
    let window = scene.window(lasts, random);
    let (least, most) = scene.vary((180, 255), (110, 250), (55, 100));
    let addresses = scene.vary(1, 1, 4);
    let moments = window.moments(count, random);
    let made = moments.into_iter().map(|start| {
        let query = u64::from(random.range(least, most));
        let answer = u64::from(random.range(least, most * 2));
        let course = datagrams(start, 1, query, answer);
        let server = scene.attacker(random.below(addresses));
        scene.call(course, client, server, 53, random)
    });
    made.collect::<Vec<_>>().into()
}
