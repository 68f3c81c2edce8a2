//! `slow-scan`: one client knocks at many doors, a few in every hour.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use crate::Address;
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
    id: "slow-scan",
    summary: "one client knocked at many ports of our servers over many hours, a few in each",
    severity: Severity::Medium,
    techniques: &[
        Technique {
            id: "T1046",
            name: "Network Service Discovery",
        },
        Technique {
            id: "T1595",
            name: "Active Scanning",
        },
    ],
    parameters: &[
        Parameter {
            name: "doors",
            default: 80.0,
            unit: Unit::Count,
            about: "different ports of different servers that a client of ours must have knocked at, ten different ports among them",
        },
        Parameter {
            name: "servers",
            default: 150.0,
            unit: Unit::Count,
            about: "servers that a client of ours must have knocked at, if it tried fewer ports than ten",
        },
        Parameter {
            name: "ports_from_outside",
            default: 100.0,
            unit: Unit::Count,
            about: "ports that a client from outside must have tried at each server on average",
        },
        Parameter {
            name: "hours",
            default: 6.0,
            unit: Unit::Count,
            about: "hours in which it must have knocked",
        },
        Parameter {
            name: "in_an_hour",
            default: 60.0,
            unit: Unit::Count,
            about: "knocks in an hour for each server, and for each port, on average; what is done in hours with more is left to `port-scan` and `address-sweep`",
        },
        Parameter {
            name: "knocks",
            default: 5.0,
            unit: Unit::Count,
            about: "knocks at each door on average; who knocks more often than that waits for somebody",
        },
        Parameter {
            name: "aimed_at",
            default: 4.0,
            unit: Unit::Count,
            about: "servers that a client from outside may go round and be taken for one that means them; severity is info if it goes round more and nobody answers",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "a probe from a well-known port to a high one is taken for an answer",
    )],
    sql: "
select start / 3600 * 3600 as hour, count(*) as flows, count(distinct server_addr) as servers, count(distinct server_port) as ports,
  sum(case when action = 'REJECT' then 1 else 0 end) as refused
from flows
where {only} and {probe} and {inside:server_addr} and packets_to_server > 0 and protocol in (6, 17) and server_port between 1 and 32767
group by 1
order by 1",
    sql_decides: false,
    page: include_str!("slow_scan.md"),
    watcher: |parameters, memory| boxed(SlowScan::new(parameters, memory)),
};

/// Ports from here on are given to clients: late packets of a connection that is over look like probes of them.
const FIRST_EPHEMERAL: u16 = 32_768;
/// Fewer ports than these, and a program may only be looking for servers that are gone.
const FEW_PORTS: u64 = 10;
/// The part by which an estimate of what is different may be off: a twentieth, more than twice what is usual.
const ESTIMATE: u64 = 20;

struct SlowScan {
    doors: u64,
    servers: u64,
    ports_from_outside: u64,
    hours: u64,
    in_an_hour: u64,
    knocks: f64,
    aimed_at: u64,
    clients: Keyed<Address, Knocks>,
}

#[derive(Default)]
struct Knocks {
    doors: Distinct,
    servers: Distinct,
    ports: Distinct,
    tally: Tally,
    answered: u64,
    is_inside: bool,
}

/// What is left of it without the hours in which it was fast.
#[derive(Default)]
struct Slow {
    /// No more than there were.
    doors: u64,
    flows: u64,
    hours: u64,
    /// In the busiest of these hours.
    most: u64,
}

impl State for Knocks {
    fn weight(&self) -> u64 {
        self.doors.count()
    }

    fn heap(&self) -> usize {
        self.doors.heap() + self.servers.heap() + self.ports.heap() + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.doors.join(&other.doors);
        self.servers.join(&other.servers);
        self.ports.join(&other.ports);
        self.tally.join(&other.tally);
        self.answered += other.answered;
        self.is_inside |= other.is_inside;
    }
}

impl SlowScan {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            doors: parameters.count("doors"),
            servers: parameters.count("servers"),
            ports_from_outside: parameters.count("ports_from_outside"),
            hours: parameters.count("hours"),
            in_an_hour: parameters.count("in_an_hour"),
            knocks: parameters.get("knocks"),
            aimed_at: parameters.count("aimed_at"),
            clients: Keyed::new(memory),
        }
    }

    /// The knocks of slow hours: a fast scan by the same client must not hide them.
    fn slow(&self, knocks: &Knocks) -> Slow {
        let doors = knocks.doors.count();
        // Of a scan of many ports at many servers neither of the fast detections sees more than this at one server, or at one port.
        let breadth = knocks.servers.count().min(knocks.ports.count()).max(1);
        let limit = self.in_an_hour.saturating_mul(breadth);
        let is_slow = |(_, count): &(i64, u64)| *count < limit;
        let counts = knocks.tally.hours.iter().filter(is_slow);
        let mut slow = Slow::default();
        for (_, count) in counts {
            slow.hours += 1;
            slow.flows = slow.flows.saturating_add(count);
            slow.most = slow.most.max(count);
        }
        // Each fast knock was at one door at most. Where their number is an estimate, it may be that much too high.
        let fast = knocks.tally.flows.saturating_sub(slow.flows);
        let doubt = if fast == 0 || knocks.doors.is_exact() {
            0
        } else {
            doors / ESTIMATE
        };
        slow.doors = doors.saturating_sub(fast).saturating_sub(doubt);
        slow
    }

    fn is_scan(&self, knocks: &Knocks) -> bool {
        let (slow, servers) = (self.slow(knocks), knocks.servers.count());
        let is_slow =
            slow.hours >= self.hours && slow.flows as f64 <= slow.doors as f64 * self.knocks;
        let is_wide = if knocks.is_inside {
            let is_of_ports = slow.doors >= self.doors && knocks.ports.count() >= FEW_PORTS;
            let is_of_servers = servers.min(slow.doors) >= self.servers;
            is_of_ports || is_of_servers
        } else {
            slow.doors >= servers.saturating_mul(self.ports_from_outside)
        };
        is_slow && is_wide
    }

    fn severity(&self, knocks: &Knocks) -> Severity {
        let is_aimed = knocks.answered > 0 || knocks.servers.count() <= self.aimed_at;
        match (knocks.is_inside, is_aimed) {
            (true, _) => Severity::High,
            (false, true) => Severity::Low,
            (false, false) => Severity::Info,
        }
    }
}

impl Watch for SlowScan {
    fn see(&mut self, flow: &Flow, _: &World) {
        if !flow.is_probe()
            || !flow.server_inside
            || flow.server_port == 0
            || flow.server_port >= FIRST_EPHEMERAL
            || flow.packets_to_server == 0
            || !(flow.protocol == TCP || flow.protocol == UDP)
        {
            return;
        }
        self.clients.update(flow.client, |knocks| {
            let server = flow.server.to_bits();
            // Ports of IPv4 addresses stay apart: the upper bits of theirs are all the same.
            let door = server ^ (u128::from(flow.server_port) << 64);
            knocks.doors.insert_wide(door);
            knocks.servers.insert_wide(server);
            knocks.ports.insert(flow.server_port.into());
            knocks.tally.add(flow);
            knocks.answered += u64::from(flow.is_answered());
            knocks.is_inside |= flow.client_inside;
        });
    }

    fn join(&mut self, other: Self) {
        self.clients.join(other.clients);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.clients.thinned();
        for (client, knocks) in self.clients.ordered(|_, knocks| self.is_scan(knocks)) {
            let (doors, servers) = (knocks.doors.count(), knocks.servers.count());
            let (ports, tally) = (knocks.ports.count(), &knocks.tally);
            let slow = self.slow(knocks);
            let ends = Ends {
                client: Some(client),
                ..Ends::default()
            };
            let message = format!(
                "{client} knocked at {} of {} of ours in {}, never more than {} in one",
                counted(ports, "port"),
                counted(servers, "server"),
                counted(slow.hours, "different hour"),
                counted(slow.most, "time")
            );
            let found = Found::new(ends, tally, message)
                .with_severity(self.severity(knocks))
                .with_weight(doors)
                .with_count("doors", doors)
                .with_count("servers", servers)
                .with_count("ports", ports)
                .with_count("flows", tally.flows)
                .with_count("refused", tally.refused)
                .with_count("answered", knocks.answered)
                .with_count("slow_hours", slow.hours)
                .with_count("most_in_a_slow_hour", slow.most)
                .with_estimate("doors", knocks.doors.is_exact())
                .with_thinned(thinned);
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.clients.bytes()
    }
}

#[cfg(test)]
mod tests;
