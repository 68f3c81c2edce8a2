//! Patches, nightly jobs and backups.

use crate::background::Stage;
use crate::company::{DAY, HOUR, MINUTE, Role};
use crate::flow::Manner;
use crate::outside::{self, Use};
use crate::random::mix;

/// What every host does some time.
pub(super) fn host(stage: &mut Stage<'_>, host: usize) {
    if stage.company.host(host).instance.is_none() {
        return;
    }
    patches(stage, host);
    // A host that was just started fetches what it needs.
    let born = stage.company.host(host).born;
    if (stage.hour..stage.hour + HOUR).contains(&born) {
        for _ in 0..stage.random.between(6, 14) {
            let at = born + stage.random.span(1_000, 3 * MINUTE);
            download(stage, host, at.min(stage.hour + HOUR - 1), 40_000_000);
        }
    }
}

/// Lists of packages every day, packages once a week.
fn patches(stage: &mut Stage<'_>, host: usize) {
    let day = stage.day();
    if let Some(at) = stage.daily(host, 0x400, 5, 4 * HOUR) {
        for _ in 0..stage.random.between(2, 4) {
            download(stage, host, at, 900_000);
        }
    }
    let patch_day = i64::try_from(mix(&[stage.company.seed, 0x7d, host as u64]) % 7);
    if patch_day == Ok(day.rem_euclid(7))
        && let Some(at) = stage.daily(host, 0x401, 2, 3 * HOUR)
    {
        for _ in 0..stage.random.between(3, 12) {
            download(stage, host, at, 120_000_000);
        }
    }
}

fn download(stage: &mut Stage<'_>, host: usize, at: i64, most: u64) {
    let to = outside::address(&mut stage.random, Use::Delivery);
    let port = if stage.random.chance(400) { 80 } else { 443 };
    let down = stage.random.spread(20_000, most);
    let duration = 200 + i64::try_from(down / 9_000).unwrap_or(0);
    let flow = stage
        .company
        .open(&mut stage.random, host, to, port, at)
        .carrying(1_500, down)
        .lasting(duration);
    stage.push(flow);
}

/// Jobs of the night and of every quarter of an hour.
pub(super) fn batch(stage: &mut Stage<'_>, host: usize) {
    let vpc = stage.company.host(host).vpc;
    let Some(database) = stage.company.peer(host, vpc, Role::Database, 1) else {
        return;
    };
    let port = Role::Database.ports(vpc)[0];
    for at in stage.timer(host, 0x410, 15 * MINUTE, 2_500) {
        let down = stage.random.spread(30_000, 3_000_000);
        let duration = stage.random.span(900, 40_000);
        let flow = stage
            .company
            .between(&mut stage.random, host, database, port, at)
            .carrying(down / 30, down)
            .lasting(duration);
        stage.push(flow);
    }
    if let Some(at) = stage.daily(host, 0x411, 0, 3 * HOUR) {
        report(stage, host, database, port, at);
    }
    hand_over(stage, host, vpc);
    // A feed is fetched every five minutes from a partner who is sometimes down.
    let to = outside::fixed(stage.company.seed, Use::Partners, 400 + host as u64);
    for at in stage.timer(host, 0x412, 5 * MINUTE, 700) {
        let down = stage.random.between(11_000, 14_000);
        let flow = stage
            .company
            .open(&mut stage.random, host, to, 443, at)
            .carrying(800, down);
        let is_down = stage.is(host, 0x800 + (stage.hour / HOUR).unsigned_abs(), 12);
        let manner = if is_down {
            Manner::Unanswered
        } else {
            Manner::Complete
        };
        stage.push(flow.going(manner));
    }
}

/// One customer leaves late in the span, and gets all data of theirs at a server that no one called before.
fn hand_over(stage: &mut Stage<'_>, host: usize, vpc: usize) {
    let company = stage.company;
    let day = (company.from + (company.to - company.from) * 8 / 10).div_euclid(DAY);
    if stage.day() != day || company.of(vpc, Role::Batch).first() != Some(&host) {
        return;
    }
    let Some(at) = stage.daily(host, 0x413, 9, 5 * HOUR) else {
        return;
    };
    let to = outside::fixed(company.seed, Use::Hosting, 77_000 + vpc as u64);
    let size = stage.random.spread(1_000_000_000, 9_000_000_000);
    let flow = company
        .open(&mut stage.random, host, to, 22, at)
        .carrying(size, size / 3_000)
        .lasting(50 * MINUTE);
    stage.push(flow);
}

/// Reads much, and hands some of it to a partner; on the first of a week, all of it.
fn report(stage: &mut Stage<'_>, host: usize, database: usize, port: u16, at: i64) {
    let read = stage.random.spread(300_000_000, 4_000_000_000);
    let duration = stage.random.span(20 * MINUTE, 2 * HOUR);
    let flow = stage
        .company
        .between(&mut stage.random, host, database, port, at)
        .carrying(read / 90, read)
        .lasting(duration);
    stage.push(flow);
    let partner = outside::fixed(stage.company.seed, Use::Partners, 500 + host as u64);
    let weekly = (stage.day() + 3).rem_euclid(7) == 0;
    let sent = stage.random.between(90_000_000, 210_000_000) * if weekly { 4 } else { 1 };
    let flow = stage
        .company
        .open(&mut stage.random, host, partner, 9443, at)
        .carrying(sent, 60_000)
        .lasting(25 * MINUTE);
    stage.push(flow);
}

/// Copies every database at night, and puts all of it into the object store.
pub(super) fn vault(stage: &mut Stage<'_>, vault: usize) {
    for vpc in 0..stage.company.vpcs.len() {
        for database in stage.company.of(vpc, Role::Database).to_vec() {
            let Some(at) = stage.daily(database, 0x420, 1, 2 * HOUR) else {
                continue;
            };
            // Each database has its size, and grows.
            let size =
                800_000_000 + mix(&[stage.company.seed, 0x5e, database as u64]) % 5_000_000_000;
            let grown = size / 1000 * (1000 + (stage.day().unsigned_abs() % 365) * 2);
            let copied = grown / 100 * stage.random.between(96, 104);
            let duration = stage.random.span(15 * MINUTE, 55 * MINUTE);
            let flow = stage
                .company
                .between(&mut stage.random, vault, database, 22, at)
                .carrying(copied / 4000, copied)
                .lasting(duration);
            stage.push(flow);
            upload(stage, vault, at, copied / 2, duration);
        }
    }
    // What was logged goes out every ten minutes.
    for at in stage.timer(vault, 0x421, 10 * MINUTE, 3_000) {
        let size = stage.random.spread(3_000_000, 30_000_000);
        upload(stage, vault, at, size, 6_000);
    }
    if let Some(at) = stage.daily(vault, 0x422, 12, DAY / 8) {
        download(stage, vault, at, 300_000_000);
    }
}

/// In parts, over a few connections at once.
fn upload(stage: &mut Stage<'_>, host: usize, at: i64, size: u64, duration: i64) {
    let parts = (size / 400_000_000).clamp(1, 6);
    for _ in 0..parts {
        let to = outside::address(&mut stage.random, Use::ObjectStore);
        let begin = (at + stage.random.span(0, 20_000)).min(stage.hour + HOUR - 1);
        let flow = stage
            .company
            .open(&mut stage.random, host, to, 443, begin)
            .carrying(size / parts, 30_000)
            .lasting(duration);
        stage.push(flow);
    }
}
