//! Servers of ours that call whom they should not, again and again or for long.

use super::Made;
use super::scene::{DAY, HOUR, Scene, Window};
use crate::connection::Connection;
use crate::network::{InterfaceIndex, Role};
use crate::random::Random;

/// Every minute and always the same; or every five minutes, 20 % earlier or later, one in twenty lost, sizes that vary; or
/// every ten minutes, 80 % earlier or later, and mostly asleep at night.
pub(super) fn beaconing(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.private(random);
    let window = scene.window(scene.vary(DAY, 3 * DAY, 5 * DAY), random);
    let (gap, jitter) = scene.vary((60, 0), (300, 20), (600, 80));
    let lost = scene.vary(0, 50, 150);
    let port = scene.vary(8443, 443, 443);
    let mut made = Vec::new();
    for start in window.every(gap, jitter, random) {
        let hour = start.rem_euclid(i64::from(DAY)) / i64::from(HOUR);
        let asleep = scene.vary(false, false, hour < 6 && random.chance(900));
        if (asleep || random.chance(lost)) && !made.is_empty() {
            continue;
        }
        let (up, down) = scene.vary(
            (420, 380),
            (u64::from(random.range(500, 900)), random.doubled(600, 3)),
            (random.doubled(400, 6), random.doubled(500, 7)),
        );
        let lasts = scene.vary(1, random.range(0, 3), random.range(0, 12));
        let course = window.talk(start, lasts, up, down);
        made.push(scene.call(course, client, scene.attacker(0), port, random));
    }
    made.into()
}

/// A shell that is kept open: a day with much in it, 16 hours with little, or a new connection every fifty minutes.
pub(super) fn long_connection(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.private(random);
    let window = scene.window(scene.vary(30 * HOUR, 16 * HOUR, 12 * HOUR), random);
    let (every, size) = scene.vary((2, 600), (30, 60), (45, 60));
    let starts = scene.vary(
        vec![window.from],
        vec![window.from],
        window.every(3000, 15, random),
    );
    let lasts = scene.vary(30 * HOUR, 16 * HOUR, 2500);
    let port = scene.vary(4444, 443, 443);
    let made = starts.into_iter().map(|start| {
        let course = window.keep_open(start, lasts, every, size);
        scene.call(course, client, scene.attacker(0), port, random)
    });
    made.collect::<Vec<_>>().into()
}

/// Stratum on its usual port for hours; with pools that take turns; at last on the port of HTTPS.
pub(super) fn mining(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.own(Role::Batch, random);
    let window = scene.window(scene.vary(12 * HOUR, 10 * HOUR, 8 * HOUR), random);
    let ports: &[u16] = scene.vary(&[3333], &[3333, 4444, 5555, 7777, 14_444, 45_700], &[443]);
    let port = random.pick(ports).copied().unwrap_or(3333);
    let gap = scene.vary(3 * HOUR, 2 * HOUR, 4 * HOUR);
    let pools = scene.vary(1, 3, 1);
    let (every, size) = scene.vary((10, 220), (12, 180), (25, 150));
    let mut made = Vec::new();
    for start in window.every(gap, 30, random) {
        let until = random.range(gap / 2, gap / 10 * 7);
        let course = window.keep_open(start, until, every, size);
        let pool = scene.attacker(random.below(pools));
        made.push(scene.call(course, client, pool, port, random));
    }
    made.into()
}

/// A relay or a server that the user's list names: often, now and then, or once.
pub(super) fn bad_address(scene: &Scene<'_>, random: &mut Random) -> Made {
    let client = scene.private(random);
    let (count, lasts) = scene.vary((200, 6 * HOUR), (14, 5 * HOUR), (1, 60));
    let window = scene.window(lasts, random);
    let ports: &[u16] = scene.vary(&[9001], &[443, 9001], &[443]);
    let addresses = scene.vary(2, 3, 1);
    let moments = window.moments(count, random);
    let made = moments.into_iter().map(|start| {
        let port = random.pick(ports).copied().unwrap_or(443);
        bad_call(
            scene,
            window,
            start,
            client,
            (random.below(addresses), port),
            random,
        )
    });
    made.collect::<Vec<_>>().into()
}

fn bad_call(
    scene: &Scene<'_>,
    window: Window,
    start: i64,
    client: InterfaceIndex,
    (number, port): (u32, u16),
    random: &mut Random,
) -> Connection {
    let (up, down) = scene.vary(
        (20_000, random.doubled(60_000, 5)),
        (random.doubled(1500, 5), random.doubled(3000, 7)),
        (600, 900),
    );
    let course = window.talk(start, random.range(1, 50), up, down);
    scene.call(course, client, scene.attacker(number), port, random)
}
