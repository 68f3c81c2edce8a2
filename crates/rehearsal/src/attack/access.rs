//! Getting in.

use crate::attack::campaign::{Campaign, Turn};
use crate::attack::scene::Scene;
use crate::company::{HOUR, MINUTE, Role, outer};
use crate::flow::{End, Flow, Manner};
use crate::outside::{self, Use};

const HOLDS: [Role; 3] = [Role::Web, Role::App, Role::Batch];

/// Who tries, whom, on which port, and whose interface tells of it.
struct Door {
    from: End,
    to: usize,
    port: u16,
    at: usize,
}

/// From inside at a neighbour, or from outside at a host that someone opened to the world.
fn door(scene: &mut Scene<'_>) -> Door {
    if scene.is_odd() {
        let to = scene.public();
        let port = scene.random.pick(&[22, 22, 3389]).unwrap_or(22);
        return Door {
            from: outer(scene.hideout(0)),
            to,
            port,
            at: to,
        };
    }
    let host = scene.own(&HOLDS);
    let to = scene.neighbour(host, &[Role::Database, Role::App, Role::Web]);
    let server = scene.company.host(to);
    let port = if server.role == Role::Database {
        server.role.ports(server.vpc)[0]
    } else {
        22
    };
    Door {
        from: scene.company.end(host),
        to,
        port,
        at: host,
    }
}

/// A handshake, a few guesses, and out.
fn attempt(turn: &mut Turn<'_>, from: End, to: usize, port: u16) -> Flow {
    let server = turn.company.end(to);
    let flow = Flow::tcp(turn.random, from, server, port, turn.at);
    let (up, down) = match port {
        3306 | 5432 => (turn.random.between(180, 320), turn.random.between(150, 300)),
        3389 => (
            turn.random.between(1_500, 2_400),
            turn.random.between(1_700, 2_300),
        ),
        _ => (
            turn.random.between(1_900, 3_100),
            turn.random.between(2_300, 3_300),
        ),
    };
    let lasts = match port {
        3306 | 5432 => turn.random.span(20, 120),
        _ => turn.random.span(1_400, 6_500),
    };
    let manner = if turn.random.chance(350) {
        Manner::ResetByServer
    } else {
        Manner::Complete
    };
    flow.carrying(up, down).lasting(lasts).going(manner)
}

/// Thousands at once, hydra with a few tasks, or one guess in some minutes.
pub(super) fn brute_force(scene: &mut Scene<'_>) -> Campaign {
    let door = door(scene);
    let steps = scene.variant.of(2_500, 600, 180);
    let steps = steps + u32::try_from(scene.random.below(u64::from(steps) / 4)).unwrap_or(0);
    let gap = scene
        .variant
        .of((100, 500), (700, 4_000), (2 * MINUTE, 6 * MINUTE));
    scene.series(door.at, steps, gap, move |turn| {
        attempt(turn, door.from, door.to, door.port)
    })
}

/// The same until a guess is right, and then a session.
pub(super) fn brute_force_succeeded(scene: &mut Scene<'_>) -> Campaign {
    let door = door(scene);
    let guesses = scene.variant.of(1_500, 350, 50);
    let guesses = guesses + u32::try_from(scene.random.below(u64::from(guesses) / 3)).unwrap_or(0);
    let gap = scene
        .variant
        .of((200, 800), (900, 5_000), (3 * MINUTE, 10 * MINUTE));
    let down = scene.variant.of(
        (5_000_000, 80_000_000),
        (1_000_000, 30_000_000),
        (200_000, 2_000_000),
    );
    let lasts = scene.variant.of(
        (HOUR / 2, 2 * HOUR),
        (8 * MINUTE, HOUR),
        (5 * MINUTE, 15 * MINUTE),
    );
    scene.series(door.at, guesses + 1, gap, move |turn| {
        let flow = attempt(turn, door.from, door.to, door.port);
        if turn.step < guesses {
            return flow;
        }
        let down = turn.random.spread(down.0, down.1);
        let lasts = turn.random.span(lasts.0, lasts.1);
        flow.going(Manner::Complete)
            .carrying(down / 15, down)
            .lasting(lasts)
    })
}

/// Someone opened an admin port to the world, and someone came.
pub(super) fn from_internet(scene: &mut Scene<'_>) -> Campaign {
    let to = scene.public();
    let loud = [22, 3389];
    let quiet = [5985, 5900, 2375, 22];
    let ports = scene.variant.of(&loud[..], &loud[..], &quiet[..]);
    let port = scene.random.pick(ports).unwrap_or(22);
    let sources = scene.variant.of(6, 1 + scene.random.below(2), 1);
    let sources: Vec<_> = (0..sources).map(|n| outer(scene.hideout(n))).collect();
    let steps = scene
        .variant
        .of(80, 3 + u32::try_from(scene.random.below(4)).unwrap_or(0), 1);
    let gap = scene.variant.of(
        (20_000, 3 * MINUTE),
        (10 * MINUTE, 90 * MINUTE),
        (MINUTE, 2 * MINUTE),
    );
    let v6 = scene
        .company
        .end_v6(to)
        .filter(|_| scene.random.chance(300));
    let over_v6 = scene.variant.of(false, false, true);
    let visitor = outside::address_v6(&mut scene.random, Use::Hosting);
    scene.series(to, steps, gap, move |turn| {
        let from = sources[turn.step as usize % sources.len()];
        let (from, server) = match v6 {
            Some(server) if over_v6 => (outer(visitor), server),
            _ => (from, turn.company.end(to)),
        };
        let (down, lasts) = (
            turn.random.spread(90_000, 6_000_000),
            turn.random.span(2 * MINUTE, 35 * MINUTE),
        );
        Flow::tcp(turn.random, from, server, port, turn.at)
            .carrying(down / 12, down)
            .lasting(lasts)
    })
}
