//! `long-connection`: a connection that is kept open for many hours.

use flowcover_core::Severity;
use hashbrown::HashMap;

use crate::Address;
use crate::baseline::{Baseline, neighbourhood};
use crate::detection::{Detection, Technique, boxed};
use crate::distinct::Distinct;
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP, UDP};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "long-connection",
    summary: "a connection was kept open for many hours, which is not usual there",
    severity: Severity::Medium,
    techniques: &[
        Technique {
            id: "T1572",
            name: "Protocol Tunneling",
        },
        Technique {
            id: "T1219",
            name: "Remote Access Tools",
        },
    ],
    parameters: &[
        Parameter {
            name: "seconds",
            default: 28_800.0,
            unit: Unit::Seconds,
            about: "how long it must have lasted at least",
        },
        Parameter {
            name: "times",
            default: 10.0,
            unit: Unit::Ratio,
            about: "to a server of ours: how many times as long as 99 of 100 connections to that service in the baseline",
        },
        Parameter {
            name: "callers",
            default: 3.0,
            unit: Unit::Count,
            about: "hosts that may keep connections to the same place and port; what more of them do is usual",
        },
        Parameter {
            name: "habit",
            default: 3.0,
            unit: Unit::Count,
            about: "from so many long connections of the same two ends on, it is a habit, and severity is low",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "a long connection may be shown the wrong way round: the server as its client",
    )],
    sql: "
select client_port, start, end, end - start as seconds, packets_to_server, packets_to_client, bytes_to_server, bytes_to_client
from flows
where {only} and action = 'ACCEPT' and packets_to_client > 0 and end - start >= {seconds}
order by seconds desc",
    sql_decides: false,
    page: include_str!("long_connection.md"),
    watcher: |parameters, memory| boxed(LongConnection::new(parameters, memory)),
};

/// Time servers are asked from one and the same port for ever.
const TIME_PORT: u16 = 123;

type Key = (Address, Address, u16, u8);

struct LongConnection {
    seconds: i64,
    times: f64,
    callers: u64,
    habit: u64,
    pairs: Keyed<Key, Long>,
}

/// The long connections of one client to one service.
#[derive(Default)]
struct Long {
    longest: i64,
    is_outbound: bool,
    tally: Tally,
}

impl State for Long {
    fn weight(&self) -> u64 {
        u64::try_from(self.longest).unwrap_or(0)
    }

    fn heap(&self) -> usize {
        self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.longest = self.longest.max(other.longest);
        self.is_outbound |= other.is_outbound;
        self.tally.join(&other.tally);
    }
}

impl LongConnection {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            seconds: i64::try_from(parameters.count("seconds")).unwrap_or(i64::MAX),
            times: parameters.get("times"),
            callers: parameters.count("callers"),
            habit: parameters.count("habit"),
            pairs: Keyed::new(memory),
        }
    }

    /// How many hosts keep connections to each place and port.
    fn callers(&self, findings: &Findings<'_>) -> HashMap<(u64, u16), Distinct> {
        let mut callers: HashMap<_, Distinct> = HashMap::new();
        for ((client, server, port, _), _) in self.pairs.iter() {
            // A gateway calls for a host that is counted already.
            if findings.is_gateway(*client) {
                continue;
            }
            let place = (neighbourhood(*server), *port);
            callers
                .entry(place)
                .or_default()
                .insert_wide(client.to_bits());
        }
        callers
    }

    /// How much it matters; nothing if it is usual.
    fn severity(&self, key: &Key, long: &Long, baseline: Option<&Baseline>) -> Option<Severity> {
        let (client, server, port, protocol) = *key;
        if long.is_outbound {
            let is_known = baseline.is_some_and(|baseline| baseline.has_called(client, server));
            let is_habit = long.tally.flows >= self.habit;
            return match (is_known, is_habit) {
                (true, _) => None,
                (false, true) => Some(Severity::Low),
                (false, false) => Some(Severity::Medium),
            };
        }
        // Pools of connections to databases are open for days: only the service's own past tells what is long.
        let usual = baseline?.duration_at(server, port, protocol, 0.99)?;
        let is_long = long.longest as f64 >= usual * self.times;
        is_long.then_some(Severity::Low)
    }
}

impl Watch for LongConnection {
    fn see(&mut self, flow: &Flow, _: &World) {
        if flow.duration() < self.seconds || flow.rejected || !flow.is_answered() {
            return;
        }
        let is_time = flow.protocol == UDP && flow.server_port == TIME_PORT;
        if is_time || !matches!(flow.protocol, TCP | UDP) {
            return;
        }
        let key = (flow.client, flow.server, flow.server_port, flow.protocol);
        self.pairs.update(key, |long| {
            long.longest = long.longest.max(flow.duration());
            long.is_outbound |= flow.is_outbound();
            long.tally.add(flow);
        });
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.pairs.thinned();
        let callers = self.callers(findings);
        let is_rare = |(_, server, port, _): &Key, _: &Long| {
            let callers = callers.get(&(neighbourhood(*server), *port));
            callers.is_none_or(|callers| callers.count() <= self.callers)
        };
        for (key, long) in self.pairs.ordered(is_rare) {
            let baseline = findings.world().baseline.as_ref();
            let Some(severity) = self.severity(&key, long, baseline) else {
                continue;
            };
            let (client, server, port, protocol) = key;
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                server_port: Some(port),
                protocol: Some(protocol),
            };
            let message = format!(
                "{client} kept a connection to {server} port {port} open for {:.1} hours",
                long.longest as f64 / 3_600.0
            );
            let bytes = |bytes: u64| bytes as f64;
            let tally = &long.tally;
            let found = Found::new(ends, tally, message)
                .with_severity(severity)
                .with_weight(long.weight())
                .with("longest", long.longest as f64, Unit::Seconds)
                .with_count("long_connections", tally.flows)
                .with("bytes_to_server", bytes(tally.bytes_to_server), Unit::Bytes)
                .with("bytes_to_client", bytes(tally.bytes_to_client), Unit::Bytes)
                .with_thinned(thinned);
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.pairs.bytes()
    }
}

#[cfg(test)]
mod tests;
