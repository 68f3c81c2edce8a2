//! The noise of the internet at every public address: scanners, worms, backscatter.
//!
//! Published measurements agree on its shape: some thousand sources a day at an address, few of them behind most
//! of the packets, telnet far ahead, then SSH, databases, remote desktops and the web, and hundreds of other ports.

use std::net::IpAddr;

use crate::background::Stage;
use crate::company::Role;
use crate::flow::{Flow, Manner, UDP};
use crate::outside::{self, Use};

/// Weight, port.
const PORTS: &[(u64, u16)] = &[
    (230, 23),
    (70, 22),
    (60, 445),
    (60, 80),
    (55, 443),
    (45, 3389),
    (45, 8080),
    (30, 2323),
    (30, 5555),
    (30, 6379),
    (25, 1433),
    (25, 3306),
    (25, 8443),
    (20, 5900),
    (20, 5432),
    (20, 2375),
    (15, 8728),
    (15, 9200),
    (15, 25),
    (10, 27_017),
];
/// On which ports a scanner knocks.
enum Reach {
    AnyPort,
    Usual,
    /// Telnet, SSH and file sharing: closed on every public address of the company.
    NoService,
}

const UDP_PORTS: &[u16] = &[5060, 161, 123, 53, 1900, 389, 11_211, 500];

pub(super) fn at(stage: &mut Stage<'_>, host: usize) {
    if !stage.company.host(host).public {
        return;
    }
    for at in stage.moments(62_000, 1000) {
        scan(stage, host, at);
    }
    for at in stage.moments(6_000, 1000) {
        backscatter(stage, host, at);
    }
}

fn scan(stage: &mut Stage<'_>, host: usize, at: i64) {
    let (from, reach) = source(stage);
    if stage.random.chance(60) {
        let port = stage.random.pick(UDP_PORTS).unwrap_or(5060);
        let flow = stage
            .company
            .enter(&mut stage.random, from, host, port, at)
            .datagrams(UDP)
            .counting((1, 60 + stage.hour.unsigned_abs() % 380), (0, 0))
            .lasting(0);
        let flow = receive(
            stage,
            host,
            Flow {
                manner: Manner::Rejected,
                ..flow
            },
        );
        stage.push(flow);
        return;
    }
    let port = match reach {
        Reach::AnyPort => stage.random.port(1, 50_000),
        Reach::Usual => port(stage, PORTS),
        Reach::NoService => port(stage, &PORTS[..3]),
    };
    // Fast scanners make their packets themselves, from one port.
    let own_port = stage.random.chance(500);
    let flow = stage.company.enter(&mut stage.random, from, host, port, at);
    let flow = if own_port { flow.by_port(61_000) } else { flow };
    let flow = flow.counting((1, 44), (0, 0)).lasting(0);
    let flow = receive(
        stage,
        host,
        Flow {
            manner: Manner::Rejected,
            ..flow
        },
    );
    stage.push(flow);
}

/// Most packets come from few: research scanners in a block of their own, at many ports each.
fn source(stage: &mut Stage<'_>) -> (IpAddr, Reach) {
    match stage.random.below(1000) {
        0..=549 => {
            let number = stage.random.below(120);
            let from = outside::fixed(stage.company.seed, Use::Scanners, 9_000 + number);
            (from, Reach::AnyPort)
        }
        // Some scanners are on lists of bad addresses. They knock where no one answers: what is right to say of an
        // answer to one of them is not for this corpus to settle.
        550..=569 => (
            outside::address(&mut stage.random, Use::Listed),
            Reach::NoService,
        ),
        570..=629 => (
            outside::address(&mut stage.random, Use::Hosting),
            Reach::Usual,
        ),
        _ => (
            outside::address(&mut stage.random, Use::Scanners),
            Reach::Usual,
        ),
    }
}

/// One of these ports by its weight.
fn port(stage: &mut Stage<'_>, among: &[(u64, u16)]) -> u16 {
    let total = among.iter().map(|(weight, _)| weight).sum();
    let mut left = stage.random.below(total);
    for (weight, port) in among {
        if left < *weight {
            return *port;
        }
        left -= weight;
    }
    23
}

/// What becomes of it: a service answers, or it is refused.
fn receive(stage: &mut Stage<'_>, host: usize, flow: Flow) -> Flow {
    let to = stage.company.host(host);
    let is_open = to.role.ports(to.vpc).contains(&flow.server_port) && flow.protocol != UDP;
    match to.role {
        Role::LoadBalancer | Role::Sftp if is_open => {
            let down = stage.random.spread(80, 2_500);
            let duration = stage.random.span(20, 4_000);
            let manner = if stage.random.chance(400) {
                Manner::ResetByClient
            } else {
                Manner::Complete
            };
            flow.carrying(200, down).lasting(duration).going(manner)
        }
        _ => flow,
    }
}

/// Answers to someone who forged our address: SYN-ACK or RST from the victim's port.
fn backscatter(stage: &mut Stage<'_>, host: usize, at: i64) {
    let of = stage
        .random
        .pick(&[Use::Hosting, Use::Customers, Use::Scanners]);
    let victim = outside::address(&mut stage.random, of.unwrap_or(Use::Hosting));
    let (from, to) = (
        stage.random.pick(&[80, 443, 53, 22, 25_565]).unwrap_or(80),
        stage.random.client_port(),
    );
    let flags = if stage.random.chance(650) { 18 } else { 4 };
    let flow = stage
        .company
        .enter(&mut stage.random, victim, host, to, at)
        .by_port(from)
        .going(Manner::Stray(flags));
    stage.push(flow);
}
