//! `new-listener`: a host of ours answers where it never did.

use std::collections::BTreeMap;

use flowcover_core::Severity;
use flowcover_core::words::counted;

use crate::Address;
use crate::baseline::Baseline;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP, UDP};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "new-listener",
    summary: "a host of ours answered at a port where it never did before",
    severity: Severity::Medium,
    techniques: &[
        Technique {
            id: "T1571",
            name: "Non-Standard Port",
        },
        Technique {
            id: "T1505",
            name: "Server Software Component",
        },
    ],
    parameters: &[
        Parameter {
            name: "days",
            default: 3.0,
            unit: Unit::Days,
            about: "days of the past that are needed to judge",
        },
        Parameter {
            name: "flows",
            default: 2.0,
            unit: Unit::Count,
            about: "flows that it must have answered",
        },
        Parameter {
            name: "ports",
            default: 4.0,
            unit: Unit::Count,
            about: "new ports of one host from 1024 on; with more, they are taken for ports that change all the time",
        },
        Parameter {
            name: "servers",
            default: 4.0,
            unit: Unit::Count,
            about: "hosts from which on the same new port is one finding: a service that was set up",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "who is the client is guessed where both ports are high: ports from 32768 on are not judged",
    )],
    sql: "
select server_addr, server_port, protocol, count(*) as flows, count(distinct client_addr) as clients, min(start) as first_seen, max(end) as last_seen
from flows
where {only} and {established} and protocol in (6, 17) and {inside:server_addr}
group by server_addr, server_port, protocol
order by first_seen",
    sql_decides: false,
    page: include_str!("new_listener.md"),
    watcher: |parameters, memory| boxed(NewListener::new(parameters, memory)),
};

/// Linux gives clients ports from here on.
const FIRST_EPHEMERAL: u16 = 32_768;
/// Ports from here on may be used without being the system's administrator.
const FIRST_FREE: u16 = 1_024;
/// The flag of TCP that opens a connection.
const SYN: u8 = 2;
/// Ports from 1024 on at which one host ever answered; with more, they are ports that change all the time.
const MOST_PORTS: usize = 50;

type Key = (Address, u16, u8);

struct NewListener {
    days: f64,
    flows: u64,
    ports: usize,
    servers: usize,
    listeners: Keyed<Key, Listener>,
    /// When hosts were first seen, whether or not they answer.
    seen: Keyed<Address, Seen>,
}

#[derive(Default)]
struct Listener {
    tally: Tally,
    from_outside: bool,
}

impl State for Listener {
    fn weight(&self) -> u64 {
        self.tally.flows
    }

    fn heap(&self) -> usize {
        self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.tally.join(&other.tally);
        self.from_outside |= other.from_outside;
    }
}

/// When a host of ours was seen first, in a part of its flows.
#[derive(Default)]
struct Seen {
    flows: u64,
    first: i64,
}

impl Seen {
    fn add(&mut self, first: i64, flows: u64) {
        self.first = if self.flows == 0 {
            first
        } else {
            self.first.min(first)
        };
        self.flows += flows;
    }
}

impl State for Seen {
    fn weight(&self) -> u64 {
        self.flows
    }

    fn join(&mut self, other: Self) {
        self.add(other.first, other.flows);
    }
}

/// A host and what is known of its ports.
#[derive(Default)]
struct Host<'a> {
    is_known: bool,
    free_ports: usize,
    new: Vec<(u16, u8, &'a Listener)>,
}

impl NewListener {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            days: parameters.get("days"),
            flows: parameters.count("flows"),
            ports: parameters.count("ports") as usize,
            servers: parameters.count("servers") as usize,
            listeners: Keyed::new(memory / 4 * 3),
            seen: Keyed::new(memory / 4),
        }
    }

    /// Hosts that were there before `from`, with the ports that are new since.
    fn hosts(&self, from: i64, baseline: Option<&Baseline>) -> BTreeMap<Address, Host<'_>> {
        let mut hosts: BTreeMap<Address, Host<'_>> = BTreeMap::new();
        for ((server, port, protocol), listener) in self.listeners.ordered(|_, _| true) {
            let host = hosts.entry(server).or_default();
            host.free_ports += usize::from(port >= FIRST_FREE);
            let has = |baseline: &Baseline| baseline.has_service(server, port, protocol);
            if listener.tally.first < from || baseline.is_some_and(has) {
                host.is_known = true;
            } else if listener.tally.flows >= self.flows {
                host.new.push((port, protocol, listener));
            }
        }
        for (server, host) in &mut hosts {
            let was_seen = self.seen.get(server).is_some_and(|one| one.first < from);
            host.is_known |= was_seen || baseline.is_some_and(|one| one.knows_host(*server));
            // Passive FTP, RPC, containers with ports of their own, connections that were turned round: nothing in them is news.
            let free = host.new.iter().filter(|(port, ..)| *port >= FIRST_FREE);
            if free.count() > self.ports || host.free_ports > MOST_PORTS {
                host.new.retain(|(port, ..)| *port < FIRST_FREE);
            }
        }
        hosts.retain(|_, host| host.is_known && !host.new.is_empty());
        hosts
    }
}

impl Watch for NewListener {
    fn see(&mut self, flow: &Flow, _: &World) {
        // One in sixteen is enough to know that a host is there: it calls, or somebody outside is refused at it.
        if flow.client_port.is_multiple_of(16) {
            let host = match (flow.client_inside, flow.server_inside && flow.rejected) {
                (true, _) => Some(flow.client),
                (false, true) => Some(flow.server),
                (false, false) => None,
            };
            if let Some(host) = host {
                self.seen.update(host, |seen| seen.add(flow.start, 1));
            }
        }
        if !flow.server_inside || flow.server_port == 0 || !flow.is_established() {
            return;
        }
        let is_told = flow.server_port < FIRST_EPHEMERAL || flow.flags_to_server & SYN != 0;
        if !is_told || !(flow.protocol == TCP || flow.protocol == UDP) {
            return;
        }
        let key = (flow.server, flow.server_port, flow.protocol);
        self.listeners.update(key, |listener| {
            listener.tally.add(flow);
            listener.from_outside |= !flow.client_inside;
        });
    }

    fn join(&mut self, other: Self) {
        self.listeners.join(other.listeners);
        self.seen.join(other.seen);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let hosts = self.hosts(from, findings.world().baseline.as_ref());
        let mut services: BTreeMap<(u16, u8), Vec<(Address, &Listener)>> = BTreeMap::new();
        for (server, host) in &hosts {
            for (port, protocol, listener) in &host.new {
                let servers = services.entry((*port, *protocol)).or_default();
                servers.push((*server, listener));
            }
        }
        let thinned = self.listeners.thinned();
        for ((port, protocol), servers) in services {
            if servers.len() >= self.servers {
                findings.add(everywhere(port, protocol, &servers).with_thinned(thinned));
                continue;
            }
            for (server, listener) in servers {
                findings.add(one(server, port, protocol, listener).with_thinned(thinned));
            }
        }
    }

    fn bytes(&self) -> usize {
        self.listeners.bytes() + self.seen.bytes()
    }
}

fn name(protocol: u8) -> &'static str {
    if protocol == UDP { "UDP" } else { "TCP" }
}

fn one(server: Address, port: u16, protocol: u8, listener: &Listener) -> Found {
    let tally = &listener.tally;
    let (severity, whom) = if listener.from_outside {
        (Severity::High, "among them clients outside")
    } else {
        (Severity::Medium, "all from our own hosts")
    };
    let ends = Ends {
        server: Some(server),
        server_port: Some(port),
        protocol: Some(protocol),
        ..Ends::default()
    };
    let message = format!(
        "{server} began to answer at {} port {port}: {}, {whom}",
        name(protocol),
        counted(tally.flows, "flow")
    );
    Found::new(ends, tally, message)
        .with_severity(severity)
        .with_count("flows", tally.flows)
        .with("bytes_to_client", tally.bytes_to_client as f64, Unit::Bytes)
}

/// The same port on many hosts.
fn everywhere(port: u16, protocol: u8, servers: &[(Address, &Listener)]) -> Found {
    let mut sum = Tally::default();
    servers
        .iter()
        .for_each(|(_, listener)| sum.join(&listener.tally));
    let from_outside = servers.iter().any(|(_, listener)| listener.from_outside);
    let ends = Ends {
        server_port: Some(port),
        protocol: Some(protocol),
        ..Ends::default()
    };
    let message = format!(
        "{} of ours began to answer at {} port {port}",
        counted(servers.len(), "host"),
        name(protocol)
    );
    Found::new(ends, &sum, message)
        .with_severity(if from_outside {
            Severity::Medium
        } else {
            Severity::Low
        })
        .with_count("servers", servers.len() as u64)
        .with_count("flows", sum.flows)
}

#[cfg(test)]
mod tests;
