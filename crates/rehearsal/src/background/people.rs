//! People at work: sessions, builds, deployments, the tunnel that they come through.

use crate::background::Stage;
use crate::company::{CLINIC, DAY, HOUR, MINUTE, Role, SHARED, SHOP, developer, outer};
use crate::flow::{Flow, Manner};
use crate::outside::{self, Use};

/// Developers come in over the tunnel, and go on from here.
pub(super) fn bastion(stage: &mut Stage<'_>, bastion: usize) {
    let load = stage.office();
    for at in stage.moments(3_500, load) {
        let who = stage.random.below(25);
        let duration = stage.random.spread(MINUTE as u64, 6 * HOUR as u64) as i64;
        let typed = stage.random.spread(4_000, 90_000) * (1 + (duration / HOUR).unsigned_abs());
        let flow = from_office(stage, who, bastion, 22, at)
            .carrying(typed, typed * 6)
            .lasting(duration);
        stage.push(flow);
        // A passphrase typed wrong.
        if stage.random.chance(70) {
            let before = (at - 15_000).max(stage.hour);
            let failed = from_office(stage, who, bastion, 22, before)
                .carrying(2_100, 2_600)
                .lasting(6_000)
                .going(Manner::ResetByServer);
            stage.push(failed);
        }
        for _ in 0..stage.random.between(1, 3) {
            hop(stage, bastion, who, at, duration, typed);
        }
    }
}

/// Each developer has some hosts that they look after, and now and then looks at another.
fn hop(stage: &mut Stage<'_>, bastion: usize, who: u64, at: i64, duration: i64, typed: u64) {
    let vpc = if who.is_multiple_of(3) { CLINIC } else { SHOP };
    let role = stage
        .random
        .pick(&[Role::App, Role::App, Role::Web, Role::Batch, Role::Database]);
    let role = role.unwrap_or(Role::App);
    let to = if stage.random.chance(60) {
        let all = stage.company.of(vpc, role);
        stage.random.pick(all)
    } else {
        let nth = who * 4 + stage.random.below(3);
        stage.company.peer(bastion, vpc, role, nth)
    };
    let Some(to) = to else { return };
    let begin = (at + stage.random.span(4_000, 50_000)).min(stage.hour + HOUR - 1);
    let flow = stage
        .company
        .between(&mut stage.random, bastion, to, 22, begin)
        .carrying(typed / 2, typed * 4)
        .lasting(duration - duration / 8);
    stage.push(flow);
}

fn from_office(stage: &mut Stage<'_>, who: u64, to: usize, port: u16, at: i64) -> Flow {
    let end = stage.company.end(to);
    Flow::tcp(&mut stage.random, outer(developer(who)), end, port, at)
}

/// Windows: a few people, half a day at a time.
pub(super) fn desktop(stage: &mut Stage<'_>, desktop: usize) {
    for at in stage.moments(350, stage.office()) {
        let who = 100 + stage.random.below(4);
        let duration = stage.random.span(10 * MINUTE, 5 * HOUR);
        let hours = (duration / HOUR + 1).unsigned_abs();
        let flow = from_office(stage, who, desktop, 3389, at)
            .carrying(hours * 3_000_000, hours * 60_000_000)
            .lasting(duration);
        stage.push(flow);
    }
    for at in stage.moments(9_000, stage.office()) {
        let to = outside::address(&mut stage.random, Use::Delivery);
        let down = stage.random.spread(3_000, 6_000_000);
        let flow = stage
            .company
            .open(&mut stage.random, desktop, to, 443, at)
            .carrying(2_500, down)
            .lasting(9_000);
        stage.push(flow);
    }
}

/// The tunnel itself, and what people use through it without the bastion.
pub(super) fn tunnel(stage: &mut Stage<'_>, gateway: usize) {
    let office = outside::fixed(stage.company.seed, Use::Customers, 1);
    for (at, duration) in stage.held(gateway, 0x300, 8 * HOUR) {
        let packets = 60_000 + (duration / 1000).unsigned_abs() * 9;
        let flow = stage
            .company
            .enter(&mut stage.random, office, gateway, 0, at)
            .datagrams(50)
            .counting((packets, packets * 420), (packets, packets * 700))
            .lasting(duration);
        stage.push(flow);
    }
    let load = stage.office();
    for at in stage.moments(16_000, load) {
        inner_site(stage, at);
    }
}

/// Dashboards, the build server, admin pages, a database for analysis.
fn inner_site(stage: &mut Stage<'_>, at: i64) {
    let who = stage.random.below(60);
    let vpc = if who.is_multiple_of(3) { CLINIC } else { SHOP };
    let choice = stage.random.below(100);
    let (to, port) = match choice {
        0..=34 => (stage.company.of(SHARED, Role::Build).first(), 8080),
        35..=69 => (stage.company.of(SHARED, Role::Monitor).first(), 3000),
        70..=89 => (
            stage.company.of(vpc, Role::App).first(),
            Role::App.ports(vpc)[0],
        ),
        _ => (
            stage.company.of(vpc, Role::Database).last(),
            Role::Database.ports(vpc)[0],
        ),
    };
    let Some(to) = to.copied() else { return };
    let down = stage.random.spread(8_000, 5_000_000);
    let duration = stage.random.span(500, 4 * MINUTE);
    let flow = from_office(stage, who, to, port, at)
        .carrying(down / 20, down)
        .lasting(duration);
    stage.push(flow);
}

/// Builds fetch from everywhere, push images, and deploy over SSH.
pub(super) fn build(stage: &mut Stage<'_>, build: usize) {
    let load = stage.office();
    for at in stage.moments(5_000, load) {
        for _ in 0..stage.random.between(4, 18) {
            let begin = (at + stage.random.span(0, 6 * MINUTE)).min(stage.hour + HOUR - 1);
            let to = outside::address(&mut stage.random, Use::Delivery);
            let down = stage.random.spread(4_000, 90_000_000);
            let flow = stage
                .company
                .open(&mut stage.random, build, to, 443, begin)
                .carrying(3_000, down)
                .lasting(8_000);
            stage.push(flow);
        }
        let image = stage.random.spread(20_000_000, 900_000_000);
        let to = outside::address(&mut stage.random, Use::ObjectStore);
        let flow = stage
            .company
            .open(&mut stage.random, build, to, 443, at)
            .carrying(image, 40_000)
            .lasting(70_000);
        stage.push(flow);
    }
    for at in stage.moments(500, load) {
        deploy(stage, build, at);
    }
    far_mirror(stage, build);
    dependents(stage, build);
}

/// To all hosts of one role of one tenant, one after the other.
fn deploy(stage: &mut Stage<'_>, build: usize, at: i64) {
    let vpc = if stage.random.chance(600) {
        SHOP
    } else {
        CLINIC
    };
    let role = stage
        .random
        .pick(&[Role::App, Role::App, Role::Web, Role::Batch]);
    let hosts = stage.company.hosts.iter().enumerate();
    let hosts: Vec<_> = hosts
        .filter(|(_, host)| host.vpc == vpc && Some(host.role) == role)
        .map(|(index, _)| index)
        .collect();
    let mut begin = at;
    for host in hosts {
        if begin >= stage.hour + HOUR {
            return;
        }
        if !stage.company.stands(host, begin) {
            continue;
        }
        let duration = stage.random.span(8_000, 50_000);
        let up = stage.random.spread(200_000, 80_000_000);
        let flow = stage
            .company
            .between(&mut stage.random, build, host, 22, begin)
            .carrying(up, 60_000)
            .lasting(duration);
        stage.push(flow);
        begin += duration;
    }
}

/// One package in a while comes from the other side of the world.
fn far_mirror(stage: &mut Stage<'_>, build: usize) {
    let Some(at) = stage.daily(build, 0x310, 10, 5 * HOUR) else {
        return;
    };
    if !stage.is(build, 0x400 + stage.day().unsigned_abs(), 110) {
        return;
    }
    let to = outside::address(&mut stage.random, Use::FarMirrors);
    let down = stage.random.spread(90_000, 30_000_000);
    let flow = stage
        .company
        .open(&mut stage.random, build, to, 443, at)
        .carrying(2_000, down)
        .lasting(15_000);
    stage.push(flow);
}

/// Batch hosts serve as build agents, and keep a connection to the build server.
fn dependents(stage: &mut Stage<'_>, build: usize) {
    for agent in stage.company.of(SHOP, Role::Batch).to_vec() {
        for (at, duration) in stage.held(agent, 0x320, 2 * DAY + 5 * HOUR) {
            let hours = (duration / HOUR + 1).unsigned_abs();
            let flow = stage
                .company
                .between(&mut stage.random, agent, build, 50_000, at)
                .carrying(hours * 90_000, hours * 60_000)
                .steadily()
                .lasting(duration);
            stage.push(flow);
        }
    }
}
