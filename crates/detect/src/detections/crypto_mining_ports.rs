//! `crypto-mining-ports`: a host of ours stays with a mining pool.

use std::collections::BTreeMap;

use flowcover_core::Severity;

use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "crypto-mining-ports",
    summary: "a host of ours kept slow connections for hours to ports where mining pools listen",
    severity: Severity::High,
    techniques: &[Technique {
        id: "T1496.001",
        name: "Resource Hijacking: Compute Hijacking",
    }],
    parameters: &[
        Parameter {
            name: "seconds",
            default: 3_600.0,
            unit: Unit::Seconds,
            about: "how long the connections of one host to one such port must have lasted together",
        },
        Parameter {
            name: "rate",
            default: 2_000.0,
            unit: Unit::Bytes,
            about: "bytes a second, both ways, that they may carry on average: miners send little",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "connections to pools at ports from 32768 on may be taken for answers, and are then not seen",
    )],
    sql: "
select server_addr, server_port, count(*) as connections, sum(end - start) as seconds, sum(bytes_to_server) as bytes_to_server, sum(bytes_to_client) as bytes_to_client
from flows
where {only} and protocol = 6 and {established} and {inside:client_addr} and not {inside:server_addr}
group by 1, 2
order by seconds desc",
    sql_decides: false,
    page: include_str!("crypto_mining_ports.md"),
    watcher: |parameters, memory| boxed(CryptoMiningPorts::new(parameters, memory)),
};

/// Ports at which pools listen, as their own instructions for miners name them. Not those at which much else listens: 80, 443, 2222, 8080,
/// 9000, 9999.
const fn is_pool_port(port: u16) -> bool {
    matches!(
        port,
        // SupportXMR, HashVault, MoneroHash, ViaBTC, and most small pools.
        3333 | 5555 | 7777
        // 2Miners, and many pools of Ethereum's family.
        | 4444 | 12222 | 14444
        // Nanopool.
        | 10300 | 10343 | 14433 | 19999
        // MoneroOcean.
        | 10032 | 10128 | 20128
        // F2Pool.
        | 13531
        // MinerGate.
        | 45560 | 45700
    )
}

type Key = (Address, u16, Address);

struct CryptoMiningPorts {
    seconds: u64,
    rate: f64,
    /// By client, port and server.
    calls: Keyed<Key, Calls>,
}

#[derive(Default)]
struct Calls {
    seconds: u64,
    tally: Tally,
}

impl State for Calls {
    fn weight(&self) -> u64 {
        self.seconds
    }

    fn heap(&self) -> usize {
        self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.seconds = self.seconds.saturating_add(other.seconds);
        self.tally.join(&other.tally);
    }
}

/// What one host did at one port, with all servers that are not usual.
#[derive(Default)]
struct Mining {
    servers: Vec<Address>,
    seconds: u64,
    tally: Tally,
}

impl Mining {
    fn rate(&self) -> f64 {
        self.tally.bytes() as f64 / self.seconds.max(1) as f64
    }
}

impl CryptoMiningPorts {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            seconds: parameters.count("seconds"),
            rate: parameters.get("rate"),
            calls: Keyed::new(memory),
        }
    }

    /// By host and port: pools have many servers, and miners change between them.
    fn by_host(
        &self,
        is_usual: impl Fn(Address, Address) -> bool,
    ) -> BTreeMap<(Address, u16), Mining> {
        let mut hosts: BTreeMap<_, Mining> = BTreeMap::new();
        let unusual = |(client, _, server): &Key, _: &Calls| !is_usual(*client, *server);
        for ((client, port, server), calls) in self.calls.ordered(unusual) {
            let mining = hosts.entry((client, port)).or_default();
            mining.servers.push(server);
            mining.seconds = mining.seconds.saturating_add(calls.seconds);
            mining.tally.join(&calls.tally);
        }
        hosts
    }
}

impl Watch for CryptoMiningPorts {
    fn see(&mut self, flow: &Flow, _: &World) {
        if !is_pool_port(flow.server_port) || flow.protocol != TCP {
            return;
        }
        if !flow.is_outbound() || !flow.is_established() {
            return;
        }
        let key = (flow.client, flow.server_port, flow.server);
        self.calls.update(key, |calls| {
            let seconds = u64::try_from(flow.duration()).unwrap_or(0);
            calls.seconds = calls.seconds.saturating_add(seconds);
            calls.tally.add(flow);
        });
    }

    fn join(&mut self, other: Self) {
        self.calls.join(other.calls);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let baseline = findings.world().baseline.as_ref();
        let hosts = self.by_host(|client, server| {
            baseline.is_some_and(|baseline| baseline.has_called(client, server))
        });
        for ((client, port), mining) in hosts {
            if mining.seconds < self.seconds || mining.rate() > self.rate {
                continue;
            }
            let ends = Ends {
                client: Some(client),
                server: mining
                    .servers
                    .first()
                    .copied()
                    .filter(|_| mining.servers.len() == 1),
                server_port: Some(port),
                protocol: Some(TCP),
            };
            let message = format!(
                "{client} was connected for {:.1} hours to port {port}, where mining pools listen, of {}, at {:.0} bytes a second",
                mining.seconds as f64 / 3_600.0,
                name(&mining.servers),
                mining.rate()
            );
            let found = Found::new(ends, &mining.tally, message)
                .with_weight(mining.seconds)
                .with("connected", mining.seconds as f64, Unit::Seconds)
                .with_count("connections", mining.tally.flows)
                .with_count("servers", mining.servers.len() as u64)
                .with("bytes_a_second", mining.rate().round(), Unit::Bytes)
                .with_thinned(self.calls.thinned());
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.calls.bytes()
    }
}

fn name(servers: &[Address]) -> String {
    match servers {
        [one] => one.to_string(),
        _ => format!("{} servers", servers.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detections::testing::{MIDNIGHT, days_of, every, findings, flow, learnt, report};

    /// Connections of half an hour.
    fn mining(count: i64, port: u16, server: impl Fn(i64) -> String) -> Vec<Flow> {
        every(count, MIDNIGHT, 2_400, |number| {
            let flow = flow("10.0.0.1", &server(number), port);
            Flow {
                end: flow.start + 1_800,
                packets_to_server: 150,
                bytes_to_server: 27_000,
                bytes_to_client: 60_000,
                ..flow
            }
        })
    }

    fn pool(_: i64) -> String {
        "198.51.100.7".to_owned()
    }

    #[test]
    fn miners_are_found() {
        let found = findings("crypto-mining-ports", &mining(6, 3333, pool));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].measures[0].value, 10_800.0);
        let turns = mining(6, 14_444, |number| format!("198.51.100.{}", number % 3));
        let found = findings("crypto-mining-ports", &turns);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].server, found[0].server_port),
            (None, Some(14_444))
        );
        assert_eq!(found[0].measures[2].value, 3.0);
    }

    #[test]
    fn what_is_no_miner() {
        let other_port = mining(6, 8443, pool);
        let short = mining(1, 3333, pool);
        let inside = mining(6, 3333, |_| "10.0.0.9".to_owned());
        let mut fast = mining(6, 3333, pool);
        fast.iter_mut()
            .for_each(|flow| flow.bytes_to_client = 90_000_000);
        for flows in [other_port, short, inside, fast] {
            assert_eq!(findings("crypto-mining-ports", &flows), []);
        }
        let past = days_of(4, |_| flow("10.0.0.1", "198.51.100.7", 3333));
        let world = learnt(World::default(), &past);
        let known = report("crypto-mining-ports", world, &mining(6, 3333, pool));
        assert_eq!(known.findings, []);
    }
}
