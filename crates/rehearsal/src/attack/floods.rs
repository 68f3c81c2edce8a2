//! Too much of something, or what no one here ever sends.

use std::net::IpAddr;

use crate::attack::campaign::{Campaign, Turn};
use crate::attack::scene::Scene;
use crate::company::{Company, DAY, HOUR, MINUTE, Role, outer};
use crate::flow::{Flow, ICMP, Manner, UDP};
use crate::outside::{self, Use};
use crate::settings::Variant;

/// Refused connections far above the usual: from one of our hosts, or from many outside.
pub(super) fn rejected_spike(scene: &mut Scene<'_>) -> Campaign {
    let steps = scene.variant.of(5_000, 900, 200);
    let gap = scene.variant.of((50, 200), (500, 4_000), (15_000, 60_000));
    if scene.is_odd() {
        let to = scene.public();
        let port = scene.random.pick(&[445, 23, 5900, 1433]).unwrap_or(445);
        return scene.series(to, steps, gap, move |turn| {
            let from = outside::address(turn.random, Use::Scanners);
            from_outside(turn, from, to, port).going(Manner::Rejected)
        });
    }
    let host = scene.own(&[Role::Web, Role::App, Role::Batch]);
    let to = scene.neighbour(host, &[Role::Database, Role::Cache]);
    let ports = [1521, 27_017, 9200, 2049, 445];
    let port = scene.random.pick(&ports).unwrap_or(1521);
    scene.series(host, steps, gap, move |turn| {
        turn.company
            .between(turn.random, host, to, port, turn.at)
            .going(Manner::Rejected)
    })
}

/// A node of a load balancer.
fn node(scene: &Scene<'_>) -> usize {
    let of = |company: &Company, vpc| company.of(vpc, Role::LoadBalancer).to_vec();
    let mut nodes = of(scene.company, crate::company::SHOP);
    nodes.extend(of(scene.company, crate::company::CLINIC));
    nodes[(scene.instance as usize + scene.variant as usize) % nodes.len()]
}

/// Many clients at once: SYN packets, requests of a botnet, or slow requests in small waves.
pub(super) fn ddos(scene: &mut Scene<'_>) -> Campaign {
    let to = node(scene);
    let (steps, gap) = scene.variant.of(
        (12_000, (20, 80)),
        (7_000, (80, 400)),
        (1_200, (2_000, 10_000)),
    );
    // Bots come back; the evasive ones are few, and each request is like a customer's.
    let bots = scene.variant.of(8_000, 2_500, 350);
    let key = scene.company.seed ^ scene.variant as u64 ^ u64::from(scene.instance) << 8;
    let variant = scene.variant;
    scene.series(to, steps, gap, move |turn| {
        let bot = turn.random.below(bots);
        let of = if bot % 3 == 0 {
            Use::Scanners
        } else {
            Use::Customers
        };
        let from = outside::fixed(key, of, 50_000_000 + bot);
        let flow = from_outside(turn, from, to, 443);
        match variant {
            Variant::Easy => flow.going(Manner::HalfOpen),
            Variant::Realistic => {
                let requests = turn.random.between(1, 60);
                let lasts = turn.random.span(500, 30_000);
                flow.carrying(requests * 500, requests * 2_500)
                    .lasting(lasts)
            }
            // Headers, a few bytes at a time.
            Variant::Evasive => {
                let lasts = turn.random.span(4 * MINUTE, 15 * MINUTE);
                flow.carrying(900, 0).lasting(lasts)
            }
        }
    })
}

/// Traffic of which only one direction is ever seen.
pub(super) fn one_way(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&[Role::App, Role::Batch, Role::Web]);
    let to = scene.hideout(0);
    let tcp = scene.is_odd();
    let (steps, gap) = scene.variant.of(
        (20, (MINUTE, 3 * MINUTE)),
        (8, (5 * MINUTE, 20 * MINUTE)),
        (3, (4 * HOUR, DAY)),
    );
    let bytes = scene.variant.of(
        (200_000_000, 900_000_000),
        (5_000_000, 40_000_000),
        (150_000, 900_000),
    );
    let lasts = scene.variant.of(
        (MINUTE, 5 * MINUTE),
        (2 * MINUTE, 9 * MINUTE),
        (MINUTE, 2 * MINUTE),
    );
    let port = if tcp {
        443
    } else {
        scene.random.pick(&[514, 4789, 6343, 2055]).unwrap_or(514)
    };
    scene.series(host, steps, gap, move |turn| {
        let bytes = turn.random.spread(bytes.0, bytes.1);
        let lasts = turn.random.span(lasts.0, lasts.1);
        let flow = turn.company.open(turn.random, host, to, port, turn.at);
        let flow = if tcp {
            // Packets of a connection whose answers take another way: neither SYN nor SYN-ACK is seen here.
            Flow {
                manner: Manner::Datagrams,
                ..flow
            }
        } else {
            flow.datagrams(UDP)
        };
        flow.counting((bytes / 1_380 + 1, bytes), (0, 0))
            .lasting(lasts)
    })
}

/// Packets of a protocol that no one here uses: much, some in an hour, a handful; or hidden in pings.
pub(super) fn unusual_protocol(scene: &mut Scene<'_>) -> Campaign {
    let host = scene.own(&[Role::App, Role::Batch, Role::Web]);
    let to = scene.hideout(0);
    let in_pings = scene.is_odd() && scene.variant.of(false, false, true);
    let protocol = if in_pings {
        ICMP
    } else {
        scene.random.pick(&[47, 4, 132, 41, 97]).unwrap_or(47)
    };
    let (steps, gap) = scene.variant.of(
        (4, (20 * MINUTE, HOUR)),
        (3, (30 * MINUTE, 2 * HOUR)),
        (2, (HOUR, 8 * HOUR)),
    );
    let packets = scene
        .variant
        .of((200_000, 900_000), (3_000, 60_000), (5, 40));
    let lasts = scene.variant.of(
        (10 * MINUTE, HOUR),
        (5 * MINUTE, 40 * MINUTE),
        (10_000, MINUTE),
    );
    scene.series(host, steps, gap, move |turn| {
        let up = turn.random.spread(packets.0, packets.1);
        let down = up / 2 + 1;
        let lasts = turn.random.span(lasts.0, lasts.1);
        let size = turn.random.between(300, 1_200);
        turn.company
            .open(turn.random, host, to, 0, turn.at)
            .datagrams(protocol)
            .counting((up, up * size), (down, down * size / 2))
            .lasting(lasts)
    })
}

/// Opened by someone outside.
fn from_outside(turn: &mut Turn<'_>, from: IpAddr, to: usize, port: u16) -> Flow {
    let server = turn.company.end(to);
    Flow::tcp(turn.random, outer(from), server, port, turn.at)
}
