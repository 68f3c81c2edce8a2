//! Agents, clocks and monitoring: what machines do by themselves, as regular as any implant.

use crate::background::Stage;
use crate::company::{DAY, HOUR, MINUTE, Role, SHARED};
use crate::flow::{ICMP, Manner, UDP};
use crate::outside::{self, Use};

/// What runs on every host.
pub(super) fn agents(stage: &mut Stage<'_>, host: usize) {
    let company = stage.company;
    if company.host(host).instance.is_none() {
        return;
    }
    if is_neglected(stage, host) {
        management(stage, host, HOUR);
        return;
    }
    management(stage, host, 10 * MINUTE);
    if stage.is(host, 1, 160) {
        clock(stage, host);
    }
    if stage.is(host, 2, 330) {
        telemetry(stage, host);
    }
    if stage.is(host, 3, 600) {
        syslog(stage, host);
    }
    if stage.is(host, 4, 40) {
        stuck(stage, host);
    }
}

/// No one put it under monitoring: whole windows pass without a packet.
fn is_neglected(stage: &Stage<'_>, host: usize) -> bool {
    let is_candidate = matches!(stage.company.host(host).role, Role::Batch | Role::Cache);
    stage.company.host(host).role == Role::Desktop || is_candidate && stage.is(host, 8, 120)
}

/// AWS's management agent reports every ten minutes (an old one every hour) through the interface endpoint.
fn management(stage: &mut Stage<'_>, host: usize, period: i64) {
    let vpc = stage.company.host(host).vpc;
    let Some(endpoint) = stage.company.peer(host, vpc, Role::Endpoint, 0) else {
        return;
    };
    for at in stage.timer(host, 0x55, period, 1_500) {
        let (up, down) = (stage.random.between(2_100, 2_600), 5_300);
        let flow = stage
            .company
            .between(&mut stage.random, host, endpoint, 443, at)
            .carrying(up, down);
        stage.push(flow);
    }
}

/// An old image still asks the servers of a public pool for the time.
fn clock(stage: &mut Stage<'_>, host: usize) {
    for server in 0..4 {
        let to = outside::fixed(stage.company.seed, Use::Hosting, host as u64 * 4 + server);
        for at in stage.timer(host, 0x10 + server, 1_024_000, 3_000) {
            let flow = stage
                .company
                .open(&mut stage.random, host, to, 123, at)
                .datagrams(UDP)
                .counting((1, 76), (1, 76))
                .lasting(30);
            // One answer in fifty is lost.
            let flow = if stage.random.chance(20) {
                flow.counting((1, 76), (0, 0))
            } else {
                flow
            };
            stage.push(flow);
        }
    }
}

/// A vendor's agent calls home every ten minutes, to the second.
fn telemetry(stage: &mut Stage<'_>, host: usize) {
    let vendor = 700 + host as u64 % 3;
    let to = outside::fixed(stage.company.seed, Use::Partners, vendor);
    for at in stage.timer(host, 0x20, 10 * MINUTE, 900) {
        let up = stage.random.between(1_400, 4_800);
        let flow = stage
            .company
            .open(&mut stage.random, host, to, 443, at)
            .carrying(up, 3_900);
        stage.push(flow);
    }
}

/// Log lines in datagrams, from one port and without any answer.
fn syslog(stage: &mut Stage<'_>, host: usize) {
    let Some(vault) = stage.company.peer(host, SHARED, Role::Vault, 0) else {
        return;
    };
    let rate = stage.random.spread(40, 900);
    for (at, duration) in stage.held(host, 0x30, 7 * DAY) {
        let packets = rate * duration.unsigned_abs() / HOUR.unsigned_abs();
        let flow = stage
            .company
            .between(&mut stage.random, host, vault, 514, at)
            .datagrams(UDP)
            .counting((packets.max(1), packets.max(1) * 210), (0, 0))
            .lasting(duration);
        stage.push(flow);
    }
}

/// Something was switched off and its clients were forgotten: they try for ever.
fn stuck(stage: &mut Stage<'_>, host: usize) {
    let vpc = stage.company.host(host).vpc;
    let Some(gone) = stage.company.peer(host, vpc, Role::Batch, 9) else {
        return;
    };
    let manner = if stage.is(host, 5, 500) {
        Manner::Rejected
    } else {
        Manner::Refused
    };
    for at in stage.timer(host, 0x40, 5 * MINUTE, 20_000) {
        let flow = stage
            .company
            .between(&mut stage.random, host, gone, 8125, at)
            .going(manner);
        stage.push(flow);
    }
}

/// The monitoring host scrapes, pings and knocks everywhere.
pub(super) fn monitor(stage: &mut Stage<'_>, monitor: usize) {
    for host in 0..stage.company.hosts.len() {
        if host == monitor || stage.company.host(host).instance.is_none() {
            continue;
        }
        if is_neglected(stage, host) {
            continue;
        }
        scrape(stage, monitor, host);
        if stage.is(host, 6, 500) {
            ping(stage, monitor, host);
        }
        knock(stage, monitor, host);
    }
    discover(stage, monitor);
}

/// The port of an exporter that is rolled out while the span lasts: to some before its last third, to others in it.
const NEW_EXPORTER: u16 = 9256;

fn scrape(stage: &mut Stage<'_>, monitor: usize, host: usize) {
    // The timer is the scraped host's: connections to hosts that come and go last as long as they.
    for (at, duration) in stage.held(host, 0x50, DAY) {
        let scrapes = (duration / MINUTE).unsigned_abs() + 1;
        let flow = stage
            .company
            .between(&mut stage.random, monitor, host, 9100, at)
            .carrying(scrapes * 260, scrapes * 21_000)
            .steadily()
            .lasting(duration);
        stage.push(flow);
    }
    let per_mille = match stage.company.host(host).role {
        Role::App => 450,
        Role::Batch => 780,
        _ => return,
    };
    let span = stage.company.to - stage.company.from;
    if stage.hour > stage.company.from + span / 1000 * per_mille {
        for at in stage.timer(host, 0x51, HOUR, 500) {
            let flow = stage
                .company
                .between(&mut stage.random, monitor, host, NEW_EXPORTER, at)
                .carrying(240, 9_000);
            stage.push(flow);
        }
    }
}

fn ping(stage: &mut Stage<'_>, monitor: usize, host: usize) {
    for (at, duration) in stage.held(host, 0x52, 3 * DAY) {
        let pings = (duration / (5 * MINUTE)).unsigned_abs() + 1;
        let flow = stage
            .company
            .between(&mut stage.random, monitor, host, 0, at)
            .datagrams(ICMP)
            .counting((pings, pings * 84), (pings, pings * 84))
            .steadily()
            .lasting(duration);
        stage.push(flow);
    }
}

fn knock(stage: &mut Stage<'_>, monitor: usize, host: usize) {
    let (role, vpc) = (stage.company.host(host).role, stage.company.host(host).vpc);
    for (nth, port) in role.ports(vpc).iter().enumerate() {
        for at in stage.timer(host, 0x60 + nth as u64, 30 * MINUTE, 4_000) {
            let flow = stage
                .company
                .between(&mut stage.random, monitor, host, *port, at)
                .carrying(0, 0)
                .going(Manner::ResetByClient);
            stage.push(flow);
        }
    }
}

/// Once a day, what is there: the hosts of one VPC on a handful of ports.
fn discover(stage: &mut Stage<'_>, monitor: usize) {
    let Some(begin) = stage.daily(monitor, 0x70, 4, HOUR) else {
        return;
    };
    let vpc = usize::try_from(stage.day().rem_euclid(3)).unwrap_or_default();
    let mut at = begin;
    for host in 0..stage.company.hosts.len() {
        let to = stage.company.host(host);
        if to.vpc != vpc || to.instance.is_none() || host == monitor {
            continue;
        }
        let open = to.role.ports(vpc);
        for port in [22, 443, 8080] {
            at += stage.random.span(1_000, 3_000);
            let manner = if open.contains(&port) || port == 22 {
                Manner::ResetByClient
            } else {
                Manner::Rejected
            };
            let flow = stage
                .company
                .between(&mut stage.random, monitor, host, port, at)
                .carrying(0, 0)
                .going(manner);
            if at < stage.hour + HOUR {
                stage.push(flow);
            }
        }
    }
}
