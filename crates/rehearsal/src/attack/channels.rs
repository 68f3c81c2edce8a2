//! Ways to stay in touch.

use std::net::IpAddr;

use crate::attack::campaign::{Campaign, Pace};
use crate::attack::scene::Scene;
use crate::company::{DAY, HOUR, MINUTE, Role, outer};
use crate::flow::{Flow, UDP};
use crate::outside::{self, Use};

const HOLDS: [Role; 5] = [
    Role::Web,
    Role::App,
    Role::Batch,
    Role::Database,
    Role::Cache,
];

/// An implant asks for work: every half minute to the second; each minute less up to a quarter; or a few times an
/// hour, half of the sleep left to chance, with sizes that vary.
pub(super) fn beaconing(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let to = scene.hideout(0);
    let gap = scene.variant.of(
        (30_000, 30_300),
        (45_000, 60_000),
        (12 * MINUTE, 24 * MINUTE),
    );
    let lasts = scene.variant.of(DAY, 30 * HOUR, 6 * DAY);
    let (start, until) = scene.course(lasts);
    let pace = Pace {
        steps: u32::MAX,
        until,
        gap,
        office: false,
    };
    let port = scene.random.pick(&[443, 443, 80, 8080]).unwrap_or(443);
    // A task now and then makes one exchange larger.
    let (tasks, noise) = scene.variant.of((0, 1), (15, 90), (60, 4_000));
    let base = scene.random.between(500, 1_300);
    let v6 = scene.company.end_v6(host).filter(|_| scene.is_odd());
    let to_v6 = outside::address_v6(&mut scene.random, Use::Hosting);
    scene.campaign(host, start, pace, move |turn| {
        let (mut up, mut down) = (
            base + turn.random.below(noise),
            900 + turn.random.below(noise),
        );
        if turn.random.chance(tasks) {
            up += turn.random.spread(2_000, 400_000);
            down += turn.random.spread(1_000, 60_000);
        }
        let lasts = turn.random.span(90, 700);
        let flow = match v6 {
            Some(from) => Flow::tcp(turn.random, from, outer(to_v6), port, turn.at),
            None => turn.company.open(turn.random, host, to, port, turn.at),
        };
        flow.carrying(up, down).lasting(lasts)
    })
}

/// A shell that stays open.
pub(super) fn long_connection(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let to = scene.hideout(0);
    let lasts = scene.variant.of(
        (40 * HOUR, 60 * HOUR),
        (14 * HOUR, 24 * HOUR),
        (5 * HOUR, 8 * HOUR),
    );
    let lasts = (lasts.0.min(scene.room() / 2), lasts.1.min(scene.room()));
    let length = scene.random.span(lasts.0, lasts.1);
    // The patient one lets go and comes again another day.
    let steps = scene.variant.of(1, 1, 3);
    let pause = scene.random.span(10 * HOUR, 20 * HOUR);
    let (start, until) = scene.course((length + pause) * steps - pause);
    let pace = Pace {
        steps: u32::try_from(steps).unwrap_or(1),
        until,
        gap: (length + pause, length + pause),
        office: false,
    };
    let ports: &[u16] = scene
        .variant
        .of(&[4444, 9001, 1337], &[443, 443, 22, 8443], &[443]);
    let port = scene.random.pick(ports).unwrap_or(443);
    let hours = (length / HOUR).unsigned_abs().max(1);
    let hourly = scene.variant.of(2_000_000, 300_000, 120_000);
    scene.campaign(host, start, pace, move |turn| {
        let typed = hours * turn.random.between(hourly / 2, hourly);
        turn.company
            .open(turn.random, host, to, port, turn.at)
            .carrying(typed * 3, typed)
            .lasting(length)
    })
}

/// Names asked of the intruder's own server, past the resolver: as fast as it goes in one stream of datagrams, one a
/// second from changing ports, or a few a minute.
pub(super) fn dns_tunnel(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&[Role::App, Role::Web, Role::Batch, Role::Database]);
    let to = scene.hideout(0);
    let (gap, lasts) = scene.variant.of(
        ((4 * MINUTE, 6 * MINUTE), HOUR),
        ((800, 1_400), 4 * HOUR),
        ((9_000, 45_000), 20 * HOUR),
    );
    let (start, until) = scene.course(lasts);
    let pace = Pace {
        steps: u32::MAX,
        until,
        gap,
        office: false,
    };
    let is_stream = scene.variant.of(true, false, false);
    scene.campaign(host, start, pace, move |turn| {
        let flow = turn
            .company
            .open(turn.random, host, to, 53, turn.at)
            .datagrams(UDP);
        if is_stream {
            let asked = turn.random.between(15_000, 30_000);
            let counts = ((asked, asked * 210), (asked, asked * 520));
            return flow.counting(counts.0, counts.1).lasting(4 * MINUTE);
        }
        let (up, down) = (turn.random.between(110, 255), turn.random.between(120, 480));
        flow.counting((1, up), (1, down)).lasting(60)
    })
}

/// A miner and its pool: one connection held open for days or for hours, or on a port that tells nothing.
pub(super) fn mining(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&[Role::Batch, Role::App, Role::Web, Role::Cache]);
    let lasts = scene.variant.of(
        (20 * HOUR, 30 * HOUR),
        (3 * HOUR, 9 * HOUR),
        (HOUR, 4 * HOUR),
    );
    let ports: &[u16] = scene.variant.of(
        &[3333, 5555],
        &[3333, 4444, 14_444, 10_128, 45_700],
        &[443, 80],
    );
    let port = scene.random.pick(ports).unwrap_or(3333);
    let pools: Vec<_> = (0..scene.variant.of(1, 2, 1))
        .map(|n| scene.hideout(n))
        .collect();
    let steps = scene.variant.of(3, 4, 3);
    let gap = (lasts.1 + MINUTE, lasts.1 + 20 * MINUTE);
    scene.series(host, steps, gap, move |turn| {
        let to = pools[turn.step as usize % pools.len()];
        let lasts = turn.random.span(lasts.0, lasts.1);
        // A job each minute or two, a share now and then, and something to keep the connection.
        let minutes = (lasts / MINUTE).unsigned_abs();
        turn.company
            .open(turn.random, host, to, port, turn.at)
            .carrying(minutes * 190, minutes * 420)
            .steadily()
            .lasting(lasts)
    })
}

/// To addresses of the user's list: over and over, a client of an onion network with its three guards, or once.
pub(super) fn bad_address(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let (steps, gap) = scene.variant.of(
        (200, (10_000, 2 * MINUTE)),
        (9, (2 * MINUTE, 70 * MINUTE)),
        (1, (MINUTE, 2 * MINUTE)),
    );
    let count = scene.variant.of(20, 3, 1);
    let servers: Vec<IpAddr> = (0..count)
        .map(|_| outside::address(&mut scene.random, Use::Listed))
        .collect();
    let ports: &[u16] = scene.variant.of(&[443, 9001, 80], &[9001, 443], &[443]);
    let lasts = scene
        .variant
        .of((1_000, MINUTE), (10 * MINUTE, 3 * HOUR), (500, 5_000));
    scene.series(host, steps, gap, move |turn| {
        let step = turn.step as usize;
        let (to, port) = (servers[step % servers.len()], ports[step % ports.len()]);
        let lasts = turn.random.span(lasts.0, lasts.1);
        let down = turn.random.spread(2_000, 900_000);
        turn.company
            .open(turn.random, host, to, port, turn.at)
            .carrying(down / 5, down)
            .lasting(lasts)
    })
}
