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
            about: "knocks in the busiest hour; one with more is a `port-scan` or an `address-sweep`",
        },
        Parameter {
            name: "knocks",
            default: 5.0,
            unit: Unit::Count,
            about: "knocks at each door on average; who knocks more often than that waits for somebody",
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

struct SlowScan {
    doors: u64,
    servers: u64,
    ports_from_outside: u64,
    hours: u64,
    in_an_hour: u64,
    knocks: f64,
    clients: Keyed<Address, Knocks>,
}

#[derive(Default)]
struct Knocks {
    doors: Distinct,
    servers: Distinct,
    ports: Distinct,
    tally: Tally,
    is_inside: bool,
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
            clients: Keyed::new(memory),
        }
    }

    fn is_scan(&self, knocks: &Knocks) -> bool {
        let (doors, servers) = (knocks.doors.count(), knocks.servers.count());
        let is_slow = knocks.tally.hours.len() as u64 >= self.hours
            && knocks.tally.hours.most() < self.in_an_hour
            && knocks.tally.flows as f64 <= doors as f64 * self.knocks;
        let is_wide = if knocks.is_inside {
            (doors >= self.doors && knocks.ports.count() >= FEW_PORTS) || servers >= self.servers
        } else {
            doors >= servers.saturating_mul(self.ports_from_outside)
        };
        is_slow && is_wide
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
            let severity = if knocks.is_inside {
                Severity::High
            } else {
                Severity::Low
            };
            let ends = Ends {
                client: Some(client),
                ..Ends::default()
            };
            let message = format!(
                "{client} knocked at {} of {} of ours in {}, never more than {} in one",
                counted(ports, "port"),
                counted(servers, "server"),
                counted(tally.hours.len(), "different hour"),
                counted(tally.hours.most(), "time")
            );
            let found = Found::new(ends, tally, message)
                .with_severity(severity)
                .with_weight(doors)
                .with_count("doors", doors)
                .with_count("servers", servers)
                .with_count("ports", ports)
                .with_count("flows", tally.flows)
                .with_count("refused", tally.refused)
                .with_count("most_in_an_hour", tally.hours.most())
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
mod tests {
    use super::*;
    use crate::detections::testing::{MIDNIGHT, chance, every, findings, flow};

    fn knock(client: &str, server: i64, port: i64) -> Flow {
        Flow {
            rejected: true,
            packets_to_client: 0,
            bytes_to_client: 0,
            packets_to_server: 1,
            bytes_to_server: 40,
            ..flow(client, &format!("10.0.0.{server}"), port as u16)
        }
    }

    #[test]
    fn a_slow_scan_is_found() {
        let ports = every(300, MIDNIGHT, 600, |number| {
            knock("10.0.0.9", 5, 1 + number)
        });
        let wide = every(300, MIDNIGHT, 600, |number| {
            knock("10.0.0.9", number % 20, 1 + number / 20)
        });
        let one_port = every(200, MIDNIGHT, 600, |number| knock("10.0.0.9", number, 445));
        for flows in [ports, wide, one_port] {
            let found = findings("slow-scan", &flows);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].severity, Severity::High);
        }
        let outside = every(300, MIDNIGHT, 600, |number| {
            knock("198.51.100.7", 5, 1 + number)
        });
        assert_eq!(findings("slow-scan", &outside)[0].severity, Severity::Low);
    }

    #[test]
    fn what_is_no_slow_scan() {
        // Fast; few doors again and again; a program that looks for servers that are gone; noise; late packets to clients; conversations.
        let fast = every(300, MIDNIGHT, 10, |number| knock("10.0.0.9", 5, 1 + number));
        let waiting = every(3_000, MIDNIGHT, 60, |number| {
            knock("10.0.0.9", 5, 80 + number % 90)
        });
        let gone = every(100, MIDNIGHT, 3_600, |number| {
            knock("10.0.0.9", number, 9_100)
        });
        let noise = every(2_000, MIDNIGHT, 600, |number| {
            knock("198.51.100.7", number % 50, 1 + chance(number as u64, 60))
        });
        let late = every(300, MIDNIGHT, 600, |number| {
            knock("10.0.0.9", 5, 40_000 + number)
        });
        let talks = every(300, MIDNIGHT, 600, |number| {
            flow("10.0.0.9", "10.0.0.5", 1 + number as u16)
        });
        for flows in [fast, waiting, gone, noise, late, talks] {
            assert_eq!(findings("slow-scan", &flows), []);
        }
    }
}
