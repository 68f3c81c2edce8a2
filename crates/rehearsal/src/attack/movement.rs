//! From one host to others.

use crate::attack::campaign::{Campaign, Pace};
use crate::attack::scene::Scene;
use crate::company::{CLINIC, HOUR, MINUTE, Role, SHOP};

const HOLDS: [Role; 3] = [Role::Web, Role::App, Role::Batch];
const TARGETS: [Role; 5] = [
    Role::App,
    Role::Web,
    Role::Database,
    Role::Batch,
    Role::Cache,
];

/// Sessions from one host to others that it never administered: all in a quarter of an hour, some in an
/// afternoon, a few over days while people work.
pub(super) fn lateral(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let mut targets = scene.neighbours(host, &TARGETS);
    let some = 5 + scene.random.index(4);
    let few = 2 + scene.random.index(2);
    let count = scene.variant.of(20, some, few);
    targets.truncate(count);
    let port = scene.random.pick(&[22, 22, 3389, 5985, 445]).unwrap_or(22);
    let gap = scene.variant.of(
        (15_000, 45_000),
        (5 * MINUTE, 25 * MINUTE),
        (7 * HOUR, 22 * HOUR),
    );
    let lasts = scene
        .variant
        .of((5_000, MINUTE), (MINUTE, 12 * MINUTE), (MINUTE, 5 * MINUTE));
    let steps = targets.len() as u32;
    let lasting = i64::from(steps) * gap.1;
    let (start, until) = scene.variant.of(
        scene.course(lasting),
        scene.course(lasting),
        scene.working_course(lasting),
    );
    let pace = Pace {
        steps,
        until,
        gap,
        office: scene.variant.of(false, false, true),
    };
    scene.campaign(host, start, pace, move |turn| {
        let to = targets[turn.step as usize % targets.len()];
        let (down, lasts) = (
            turn.random.spread(20_000, 900_000),
            turn.random.span(lasts.0, lasts.1),
        );
        turn.company
            .between(turn.random, host, to, port, turn.at)
            .carrying(down / 5, down)
            .lasting(lasts)
    })
}

/// From a host of one tenant to a host of the other, where a route and a rule too many let it through.
pub(super) fn cross_tenant(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let other = if scene.company.host(host).vpc == SHOP {
        CLINIC
    } else {
        SHOP
    };
    let role = scene
        .random
        .pick(&[Role::Database, Role::App, Role::Web])
        .unwrap_or(Role::App);
    let targets = scene.company.of(other, role);
    let to = scene.random.pick(targets).unwrap_or(host);
    let port = role.ports(other)[0];
    let steps = scene.variant.of(300, 15 + scene.random.index(25) as u32, 3);
    let gap = scene
        .variant
        .of((500, 4_000), (15_000, 4 * MINUTE), (2 * HOUR, 9 * HOUR));
    let down = scene
        .variant
        .of((10_000, 9_000_000), (5_000, 900_000), (2_000, 60_000));
    scene.series(host, steps, gap, move |turn| {
        let (down, lasts) = (
            turn.random.spread(down.0, down.1),
            turn.random.span(100, 9_000),
        );
        turn.company
            .between(turn.random, host, to, port, turn.at)
            .carrying(down / 9, down)
            .lasting(lasts)
    })
}

/// A host serves on a port on which it never did: to many, to the intruder's other host, or once.
pub(super) fn new_listener(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&[Role::App, Role::Web, Role::Database, Role::Batch]);
    let known = [4444, 31_337, 8899, 12_345, 50_050];
    let serves = Role::ports(scene.company.host(host).role, scene.company.host(host).vpc)[0];
    // The patient one takes a port next to the one that is used.
    let quiet = [serves + 2, serves + 10];
    let ports = scene.variant.of(&known[..], &known[..], &quiet[..]);
    let port = scene.random.pick(ports).unwrap_or(4444);
    let mut clients = scene.neighbours(host, &TARGETS);
    let width = scene.variant.of(10, 1, 1);
    clients.truncate(width);
    let steps = scene.variant.of(200, 6 + scene.random.index(10) as u32, 2);
    let gap = scene.variant.of(
        (2_000, 20_000),
        (2 * MINUTE, 25 * MINUTE),
        (3 * HOUR, 20 * HOUR),
    );
    scene.series(host, steps, gap, move |turn| {
        let from = clients[turn.step as usize % clients.len()];
        let (down, lasts) = (
            turn.random.spread(2_000, 700_000),
            turn.random.span(1_000, 6 * MINUTE),
        );
        turn.company
            .between(turn.random, from, host, port, turn.at)
            .carrying(down / 8, down)
            .lasting(lasts)
    })
}
