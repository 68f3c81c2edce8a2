//! Who tries to log in, and who does.

use super::Made;
use super::scene::{DAY, HOUR, Scene, Window, unanswered};
use crate::connection::Connection;
use crate::hidden::shuffle;
use crate::network::{HostIndex, InterfaceIndex, Role};
use crate::random::Random;

/// Who tries where.
struct Siege {
    /// None from the internet.
    inside: Option<InterfaceIndex>,
    sources: Vec<HostIndex>,
    server: InterfaceIndex,
    port: u16,
    /// Of 1000 attempts, how many are refused already by the security group.
    refused: u32,
}

impl Siege {
    fn new(scene: &Scene<'_>, random: &mut Random) -> Self {
        let inside = scene.vary(false, random.chance(300), false);
        let sources = scene.vary(1, 1, 24);
        let (server, ports): (_, &[u16]) = if inside {
            (Role::Database, &[5432, 22])
        } else {
            (
                Role::Edge,
                scene.vary(&[22], &[22, 3389], &[22, 3389, 3306]),
            )
        };
        Self {
            inside: inside.then(|| scene.own(Role::Web, random)),
            sources: (0..sources).map(|number| scene.attacker(number)).collect(),
            server: scene.own(server, random),
            port: random.pick(ports).copied().unwrap_or(22),
            refused: scene.vary(0, 100, 250),
        }
    }

    /// One attempt: an exchange of keys and a password, and the door is shut again.
    fn attempt(
        &self,
        scene: &Scene<'_>,
        window: Window,
        start: i64,
        random: &mut Random,
    ) -> Connection {
        let up = u64::from(random.range(900, 1700));
        let down = u64::from(random.range(1200, 2200));
        let course = window.talk(start, random.range(1, 4), up, down);
        let source = random.pick(&self.sources).copied().unwrap_or_default();
        let refused = random.chance(self.refused);
        match (self.inside, refused) {
            (Some(client), _) => scene.inside(course, client, self.server, self.port, random),
            (None, false) => scene.visit(course, source, self.server, self.port, random),
            (None, true) => {
                scene.knock(unanswered(start, 2), source, self.server, self.port, random)
            }
        }
    }

    /// At last, from that one of the sources.
    fn success(
        &self,
        scene: &Scene<'_>,
        window: Window,
        source: HostIndex,
        random: &mut Random,
    ) -> Connection {
        let (least, most) = scene.vary((3000, 5000), (600, 2400), (120, 400));
        let bytes = random.doubled(scene.vary(2_000_000, 60_000, 15_000), 3);
        let lasts = random.range(least, most);
        let course = window.talk(window.from, lasts, bytes / 4, bytes);
        match self.inside {
            Some(client) => scene.inside(course, client, self.server, self.port, random),
            None => scene.visit(course, source, self.server, self.port, random),
        }
    }
}

/// Hundreds of short connections to SSH, RDP or a database; or a few each from two dozen addresses.
pub(super) fn brute_force(scene: &Scene<'_>, random: &mut Random) -> Made {
    let (count, lasts) = scene.vary((4000, 1800), (600, 2 * HOUR), (280, 18 * HOUR));
    let window = scene.window(lasts, random);
    let siege = Siege::new(scene, random);
    let moments = window.moments(count, random);
    let made = moments
        .into_iter()
        .map(|start| siege.attempt(scene, window, start, random));
    made.collect::<Vec<_>>().into()
}

/// The same, then a session that stays. Who evades comes back from another address.
pub(super) fn brute_force_succeeded(scene: &Scene<'_>, random: &mut Random) -> Made {
    let (count, lasts) = scene.vary((3000, 3 * HOUR), (400, 3 * HOUR), (240, 18 * HOUR));
    let window = scene.window(lasts, random);
    let siege = Siege::new(scene, random);
    let border = window.to - (window.to - window.from) / 3;
    let before = Window {
        to: border,
        ..window
    };
    let after = Window {
        from: border,
        ..window
    };
    let moments = before.moments(count, random);
    let tries = moments
        .into_iter()
        .map(|start| siege.attempt(scene, before, start, random));
    let mut made: Vec<Connection> = tries.collect();
    let source = scene.vary(scene.attacker(0), scene.attacker(0), scene.attacker(31));
    made.push(siege.success(scene, after, source, random));
    made.into()
}

/// A taken server logs in to others, where nobody did before.
pub(super) fn lateral_movement(scene: &Scene<'_>, random: &mut Random) -> Made {
    let from = scene.vary(Role::Web, Role::Application, Role::Application);
    let client = scene.own(from, random);
    let mut servers = scene.others(&[Role::Application, Role::Web, Role::Database], client);
    shuffle(&mut servers, random);
    servers.truncate(scene.vary(40, 5, 2));
    let ports: &[u16] = scene.vary(&[22, 445], &[22, 3389, 5985], &[22, 5986]);
    let window = scene.window(scene.vary(900, 2 * HOUR, 2 * DAY), random);
    let each = scene.vary(4, 2, 1);
    let moments = window.moments(servers.len() as u32 * each, random);
    let one_port = random.pick(ports).copied().unwrap_or(22);
    let made = moments
        .into_iter()
        .zip(0..)
        .map(|(start, number): (i64, usize)| {
            let server = servers[number / each as usize % servers.len()];
            let port = scene.vary(ports[number % ports.len()], one_port, one_port);
            let (up, down) = (random.doubled(4000, 5), random.doubled(9000, 6));
            let lasts = random.range(20, scene.vary(200, 900, 90));
            let course = window.talk(start, lasts, up, down);
            if random.chance(scene.vary(200, 100, 0)) && number > 0 {
                return scene.inside_refused(unanswered(start, 3), client, server, port, random);
            }
            scene.inside(course, client, server, port, random)
        });
    made.collect::<Vec<_>>().into()
}

/// A security group lets the internet in where administrators work. Who evades comes once, over IPv6.
pub(super) fn admin_port(scene: &Scene<'_>, random: &mut Random) -> Made {
    let ports: &[u16] = scene.vary(&[3389], &[22, 3389, 5900], &[22, 5986, 2375]);
    let port = random.pick(ports).copied().unwrap_or(22);
    let server = scene.own(Role::Edge, random);
    let window = scene.window(scene.vary(6 * HOUR, HOUR, 60), random);
    let moments = window.moments(scene.vary(40, 3, 1), random);
    let made = moments.into_iter().map(|start| {
        let number = random.below(scene.vary(20, 1, 1));
        let lasts = random.range(5, scene.vary(1800, 600, 20));
        let (up, down) = (random.doubled(5000, 4), random.doubled(20_000, 5));
        let course = window.talk(start, lasts, up, down);
        scene.visit(course, scene.attacker(number), server, port, random)
    });
    made.collect::<Vec<_>>().into()
}
