//! Out of the company.

use std::net::IpAddr;

use crate::attack::campaign::{Campaign, Pace};
use crate::attack::scene::Scene;
use crate::company::{DAY, HOUR, MINUTE, Role};
use crate::flow::Manner;
use crate::outside::{self, Use};

const HOLDS: [Role; 4] = [Role::App, Role::Database, Role::Web, Role::Batch];

/// A part of what goes out: sizes in bytes, lengths in milliseconds.
#[derive(Clone, Copy)]
struct Parts {
    steps: u32,
    gap: (i64, i64),
    bytes: (u64, u64),
    lasts: (i64, i64),
    office: bool,
}

fn send(scene: &Scene<'_>, host: usize, to: Vec<IpAddr>, port: u16, parts: Parts) -> Campaign {
    let lasts = i64::from(parts.steps) * parts.gap.1;
    let (start, until) = if parts.office {
        scene.working_course(lasts)
    } else {
        scene.course(lasts)
    };
    let pace = Pace {
        steps: parts.steps,
        until,
        gap: parts.gap,
        office: parts.office,
    };
    scene.campaign(host, start, pace, move |turn| {
        let to = to[turn.step as usize % to.len()];
        let up = turn.random.between(parts.bytes.0, parts.bytes.1);
        let lasts = turn.random.span(parts.lasts.0, parts.lasts.1);
        turn.company
            .open(turn.random, host, to, port, turn.at)
            .carrying(up, up / 400 + 4_000)
            .lasting(lasts)
    })
}

/// Much more than the host ever sent: all at once; four transfers at a time to a store in the cloud, as rclone does;
/// or throttled, a bit each hour while people work, into the very store that the company uses.
pub(super) fn volume(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&[Role::Database, Role::App, Role::Web]);
    let parts = scene.variant.of(
        Parts {
            steps: 12,
            gap: (2 * MINUTE, 5 * MINUTE),
            bytes: (2_500_000_000, 4_000_000_000),
            lasts: (4 * MINUTE, 9 * MINUTE),
            office: false,
        },
        Parts {
            steps: 32,
            gap: (90_000, 7 * MINUTE),
            bytes: (120_000_000, 420_000_000),
            lasts: (5 * MINUTE, 16 * MINUTE),
            office: false,
        },
        Parts {
            steps: 24,
            gap: (25 * MINUTE, 2 * HOUR),
            bytes: (60_000_000, 140_000_000),
            lasts: (10 * MINUTE, 25 * MINUTE),
            office: true,
        },
    );
    let usage = scene
        .variant
        .of(Use::Hosting, Use::Delivery, Use::ObjectStore);
    let to = (0..4).map(|n| {
        let key = 40_000 + u64::from(scene.instance) * 8 + n;
        outside::fixed(scene.company.seed, usage, key)
    });
    let to = to.collect();
    send(scene, host, to, 443, parts)
}

/// To a server that no one of the company ever called.
pub(super) fn new_destination(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let parts = scene.variant.of(
        Parts {
            steps: 6,
            gap: (MINUTE, 4 * MINUTE),
            bytes: (400_000_000, 900_000_000),
            lasts: (2 * MINUTE, 6 * MINUTE),
            office: false,
        },
        Parts {
            steps: 4,
            gap: (3 * MINUTE, 15 * MINUTE),
            bytes: (80_000_000, 220_000_000),
            lasts: (2 * MINUTE, 9 * MINUTE),
            office: false,
        },
        Parts {
            steps: 8,
            gap: (2 * HOUR, 7 * HOUR),
            bytes: (4_000_000, 11_000_000),
            lasts: (30_000, 4 * MINUTE),
            office: true,
        },
    );
    let servers = scene.variant.of(1, 1, 3);
    let to = (0..servers).map(|n| scene.hideout(n)).collect();
    let port = scene.random.pick(&[443, 443, 22, 8443]).unwrap_or(443);
    send(scene, host, to, port, parts)
}

/// To a country to which nothing ever went.
pub(super) fn new_country(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let parts = scene.variant.of(
        Parts {
            steps: 60,
            gap: (10_000, 90_000),
            bytes: (1_000_000, 5_000_000),
            lasts: (3_000, 50_000),
            office: false,
        },
        Parts {
            steps: 12,
            gap: (MINUTE, 12 * MINUTE),
            bytes: (20_000, 900_000),
            lasts: (1_000, MINUTE),
            office: false,
        },
        Parts {
            steps: 1,
            gap: (MINUTE, 2 * MINUTE),
            bytes: (3_000, 40_000),
            lasts: (800, 9_000),
            office: true,
        },
    );
    // Another country for each instance, while there are enough.
    let nth = scene.instance as usize * 3 + scene.variant as usize;
    let to = outside::address_in(&mut scene.random, Use::Exotic, nth);
    send(scene, host, vec![to], 443, parts)
}

/// Mail past the relay: a flood of spam, a few hundred in an afternoon, or some a day through one provider.
pub(super) fn smtp(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&[Role::App, Role::Web, Role::Batch]);
    let (steps, gap) = scene.variant.of(
        (4_000, (100, 2_500)),
        (350, (5_000, 50_000)),
        (25, (20 * MINUTE, 4 * HOUR)),
    );
    let quiet = scene.variant.of(false, false, true);
    let port = if quiet {
        scene.random.pick(&[587, 465]).unwrap_or(587)
    } else {
        25
    };
    let provider = scene.hideout(0);
    let (start, until) = scene.course((i64::from(steps) * gap.1).min(3 * DAY));
    let pace = Pace {
        steps,
        until,
        gap,
        office: false,
    };
    scene.campaign(host, start, pace, move |turn| {
        let to = if quiet {
            provider
        } else {
            outside::address(turn.random, Use::Mail)
        };
        let size = turn.random.spread(2_000, 60_000);
        let lasts = turn.random.span(600, 9_000);
        // Many servers turn unknown senders away.
        let manner = match turn.random.below(10) {
            0..=1 if !quiet => Manner::ResetByServer,
            2 if !quiet => Manner::Unanswered,
            _ => Manner::Complete,
        };
        turn.company
            .open(turn.random, host, to, port, turn.at)
            .carrying(size, 700)
            .lasting(lasts)
            .going(manner)
    })
}
