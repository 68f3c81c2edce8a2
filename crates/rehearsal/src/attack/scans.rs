//! Looking for what is there.

use std::net::{IpAddr, Ipv4Addr};

use crate::attack::campaign::{Campaign, Turn};
use crate::attack::scene::Scene;
use crate::company::{DAY, MINUTE, Role, outer};
use crate::flow::{End, Flow, Manner};

const HOLDS: [Role; 4] = [Role::Web, Role::App, Role::Batch, Role::Cache];
const TARGETS: [Role; 5] = [
    Role::App,
    Role::Database,
    Role::Web,
    Role::Batch,
    Role::Cache,
];

/// What everybody looks at first.
const COMMON: [u16; 60] = [
    80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993,
    5900, 1025, 587, 8888, 199, 1720, 465, 548, 113, 81, 6001, 10_000, 514, 5060, 179, 1026, 2000,
    8443, 8000, 32_768, 554, 26, 1433, 49_152, 2001, 515, 8008, 49_154, 1027, 5666, 646, 5000,
    5631, 631, 49_153, 8081, 2049, 88, 79, 5800, 5432,
];

/// One packet to see whether a port is open, as a scanner sends it.
fn probe(turn: &mut Turn<'_>, from: End, to: IpAddr, port: u16) -> Flow {
    let standing = match to {
        IpAddr::V4(v4) => turn.company.at(v4),
        IpAddr::V6(_) => None,
    };
    let server = End {
        address: to,
        host: standing,
    };
    let flow = Flow::tcp(turn.random, from, server, port, turn.at);
    let Some(host) = standing.map(|host| turn.company.host(host)) else {
        return flow
            .going(Manner::Unanswered)
            .counting((1, 44), (0, 0))
            .lasting(0);
    };
    // Administration is open within the company only.
    let is_admin = from.host.is_some() && port == host.role.admin_port();
    let is_open = host.role.ports(host.vpc).contains(&port) || is_admin;
    if is_open {
        // SYN, SYN-ACK, RST.
        return flow
            .going(Manner::ResetByClient)
            .counting((2, 84), (1, 44))
            .lasting(2);
    }
    // Without an answer it is tried once more.
    flow.going(Manner::Rejected)
        .counting((2, 88), (0, 0))
        .lasting(1_100)
}

/// Ports in the order in which a scanner tries them: the common ones among them, none twice.
fn ports(scene: &mut Scene<'_>, count: usize) -> Vec<u16> {
    let mut ports: Vec<u16> = COMMON.to_vec();
    let mut taken = [false; 65_536];
    for port in &ports {
        taken[usize::from(*port)] = true;
    }
    while ports.len() < count {
        let port = scene.random.port(1, 20_000);
        if !taken[usize::from(port)] {
            taken[usize::from(port)] = true;
            ports.push(port);
        }
    }
    ports.truncate(count);
    scene.random.shuffle(&mut ports);
    ports
}

/// Many ports of one host: all at once, nmap's thousand, or few with a minute in between.
pub(super) fn port_scan(scene: &mut Scene<'_>) -> Campaign {
    let count = scene.variant.of(4_000, 1_000, 60);
    let ports = ports(scene, count);
    let gap = scene.variant.of((1, 4), (4, 30), (15_000, 60_000));
    let (from, target, at) = if scene.is_odd() {
        let target = scene.public();
        (outer(scene.hideout(0)), target, target)
    } else {
        let host = scene.own(&HOLDS);
        (
            scene.company.end(host),
            scene.neighbour(host, &TARGETS),
            host,
        )
    };
    let to = scene.company.end(target).address;
    // A raw scan sends all from one port; a scan by ordinary connections does not.
    let raw = scene
        .variant
        .of(true, true, false)
        .then(|| scene.random.client_port());
    scene.series(at, ports.len() as u32, gap, move |turn| {
        let port = ports[turn.step as usize % ports.len()];
        let flow = probe(turn, from, to, port);
        match raw {
            Some(raw) => flow.by_port(raw),
            None => flow,
        }
    })
}

/// Addresses of the VPC, whether someone stands there or not.
fn addresses(scene: &mut Scene<'_>, host: usize, blocks: u8, count: usize) -> Vec<IpAddr> {
    let [a, b, c, _] = scene.company.host(host).v4.octets();
    let first = c - c % 8;
    let mut all: Vec<IpAddr> = (0..blocks)
        .flat_map(|block| (1..255).map(move |last| Ipv4Addr::new(a, b, first + block, last).into()))
        .filter(|address| *address != IpAddr::V4(scene.company.host(host).v4))
        .collect();
    scene.random.shuffle(&mut all);
    all.truncate(count);
    all
}

/// One port at many addresses: several networks in seconds, one in a minute, or some in an hour.
pub(super) fn address_sweep(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let (blocks, count) = scene.variant.of((4, 1_016), (1, 254), (2, 50));
    let gap = scene.variant.of((1, 3), (20, 250), (40_000, 110_000));
    let all = addresses(scene, host, blocks, count);
    let port = scene
        .random
        .pick(&[22, 445, 3389, 5432, 8080])
        .unwrap_or(22);
    let from = scene.company.end(host);
    scene.series(host, all.len() as u32, gap, move |turn| {
        let to = all[turn.step as usize % all.len()];
        probe(turn, from, to, port)
    })
}

/// A probe now and then for days: each minute, each five as nmap's most patient setting has it, or a few an hour.
pub(super) fn slow_scan(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&HOLDS);
    let gap = scene.variant.of(
        (50_000, 70_000),
        (5 * MINUTE, 5 * MINUTE + 4_000),
        (15 * MINUTE, 50 * MINUTE),
    );
    let lasts = scene.variant.of(DAY, 3 * DAY, 8 * DAY).min(scene.room());
    let steps = u32::try_from(lasts / gap.1).unwrap_or(1).max(1);
    let mut targets = scene.neighbours(host, &TARGETS);
    let width = scene.variant.of(2, 4, 6);
    targets.truncate(width);
    let ports = ports(scene, 600);
    let from = scene.company.end(host);
    let fallback = scene.company.host(host).v4.into();
    scene.series(host, steps, gap, move |turn| {
        let step = turn.step as usize;
        let target = targets.get(step % targets.len().max(1));
        let to = target.map_or(fallback, |target| turn.company.end(*target).address);
        let port = ports[step / targets.len().max(1) % ports.len()];
        probe(turn, from, to, port)
    })
}
