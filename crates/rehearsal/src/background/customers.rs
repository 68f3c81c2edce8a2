//! People and partners who come from outside.

use crate::background::Stage;
use crate::company::{HOUR, MINUTE, Role, SHOP, outer};
use crate::flow::{Flow, Manner};
use crate::outside::{self, Use};

/// Customers at one node of a load balancer, and what the node does behind it.
pub(super) fn arrive(stage: &mut Stage<'_>, node: usize) {
    let load = stage.customers();
    let rate = if stage.company.host(node).vpc == SHOP {
        150_000
    } else {
        70_000
    };
    // A bigger company has more customers.
    let rate = rate
        * stage
            .company
            .of(stage.company.host(node).vpc, Role::Web)
            .len() as u64
        / 5;
    for at in stage.moments(rate, load) {
        visit(stage, node, at);
    }
    for at in stage.moments(3_000, load) {
        socket(stage, node, at);
    }
    behind(stage, node, load);
    for at in stage.moments(6_000, load) {
        late_packet(stage, node, at);
    }
}

fn visit(stage: &mut Stage<'_>, node: usize, at: i64) {
    let v6 = stage
        .company
        .end_v6(node)
        .filter(|_| stage.random.chance(300));
    let (from, to) = match v6 {
        Some(end) => (outside::address_v6(&mut stage.random, Use::Customers), end),
        None => {
            let from = outside::address(&mut stage.random, Use::Customers);
            (from, stage.company.end(node))
        }
    };
    let port = if stage.random.chance(60) { 80 } else { 443 };
    let (up, down) = (
        stage.random.spread(700, 12_000),
        stage.random.spread(4_000, 900_000),
    );
    let duration = stage.random.span(300, 75_000);
    let manner = match stage.random.below(100) {
        0 => Manner::HalfOpen,
        1..=5 => Manner::ResetByClient,
        6..=7 => Manner::ResetByServer,
        _ => Manner::Complete,
    };
    let port_of_client = stage.random.port(10_240, 65_000);
    let flow = Flow::tcp(&mut stage.random, outer(from), to, port, at)
        .by_port(port_of_client)
        .carrying(up, down)
        .lasting(duration)
        .going(manner);
    stage.push(flow);
}

/// A web socket: held open for hours, with little in it.
fn socket(stage: &mut Stage<'_>, node: usize, at: i64) {
    let from = outside::address(&mut stage.random, Use::Customers);
    let duration = stage.random.span(20 * MINUTE, 4 * HOUR);
    let beats = (duration / 30_000).unsigned_abs();
    let flow = stage
        .company
        .enter(&mut stage.random, from, node, 443, at)
        .carrying(beats * 90, beats * 160)
        .steadily()
        .lasting(duration);
    stage.push(flow);
}

/// Health checks, and requests over connections that are kept for a while.
fn behind(stage: &mut Stage<'_>, node: usize, load: u64) {
    let vpc = stage.company.host(node).vpc;
    let port = Role::Web.ports(vpc)[0];
    for web in stage.company.of(vpc, Role::Web).to_vec() {
        for at in stage.timer(web, 0x100 + node as u64, 3 * MINUTE, 200) {
            let flow = stage
                .company
                .between(&mut stage.random, node, web, port, at)
                .carrying(130, 230);
            stage.push(flow);
        }
        for at in stage.moments(14_000, load) {
            let requests = stage.random.between(1, 40);
            let (up, down) = (
                requests * 900,
                requests * stage.random.spread(2_000, 60_000),
            );
            let duration = stage.random.span(1_000, 90_000);
            let manner = if stage.random.chance(30) {
                Manner::ResetByServer
            } else {
                Manner::Complete
            };
            let flow = stage
                .company
                .between(&mut stage.random, node, web, port, at)
                .carrying(up, down)
                .lasting(duration)
                .going(manner);
            stage.push(flow);
        }
    }
}

/// A packet of a connection that was closed already: refused, for no one knows it any more.
fn late_packet(stage: &mut Stage<'_>, node: usize, at: i64) {
    let from = outside::address(&mut stage.random, Use::Customers);
    let flags = stage.random.pick(&[0, 1, 4]).unwrap_or_default();
    let flow = stage
        .company
        .enter(&mut stage.random, from, node, 443, at)
        .going(Manner::Stray(flags));
    stage.push(flow);
}

/// Partners bring files every night, and some by day.
pub(super) fn partners(stage: &mut Stage<'_>, sftp: usize) {
    for partner in 0..6 {
        let from = outside::fixed(stage.company.seed, Use::Partners, 100 + partner);
        let mut times = stage.moments(60, stage.office());
        times.extend(stage.daily(sftp, 0x80 + partner, 1, 4 * HOUR));
        for at in times {
            let up = stage.random.spread(20_000, 60_000_000);
            let duration = stage.random.span(2_000, 10 * MINUTE);
            let flow = stage
                .company
                .enter(&mut stage.random, from, sftp, 2022, at)
                .carrying(up, 9_000)
                .lasting(duration);
            stage.push(flow);
            // A wrong key now and then.
            if stage.random.chance(80) {
                let again = (at + 20_000).min(stage.hour + HOUR - 1);
                let failed = stage
                    .company
                    .enter(&mut stage.random, from, sftp, 2022, again)
                    .carrying(2_300, 2_900)
                    .lasting(1_800);
                stage.push(failed);
            }
        }
    }
}
