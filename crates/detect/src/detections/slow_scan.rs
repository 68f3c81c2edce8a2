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
    fn a_scan_that_is_slow_at_each_server_is_found() {
        // Ninety in an hour are neither many at one of three servers nor many at one of their ports.
        let flows = every(1_200, MIDNIGHT, 40, |number| {
            knock("10.0.0.9", number % 3, 1 + number / 3)
        });
        let found = findings("slow-scan", &flows);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .message
                .ends_with("never more than 90 times in one")
        );
    }

    #[test]
    fn a_fast_scan_does_not_hide_a_slow_one() {
        let slow = |doors| {
            every(doors, MIDNIGHT, 600, |number| {
                knock("10.0.0.9", 5, 1 + number)
            })
        };
        let fast = every(1_000, MIDNIGHT + 9 * 3_600, 1, |number| {
            knock("10.0.0.9", 6, 1 + number)
        });
        let found = findings("slow-scan", &[slow(300), fast.clone()].concat());
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("in 49 different hours"),
            "{}",
            found[0].message
        );
        // What the fast one found is not to its credit.
        let flows = [slow(60), fast].concat();
        assert_eq!(findings("slow-scan", &flows), []);
    }

    #[test]
    fn who_goes_round_all_of_us_in_vain_is_noise() {
        let round = |servers, answers: bool| {
            let flows = every(servers * 150, MIDNIGHT, 300, |number| Flow {
                packets_to_client: u64::from(answers && number % 50 == 0),
                rejected: false,
                ..knock("198.51.100.7", number % servers, 1 + number / servers)
            });
            findings("slow-scan", &flows)[0].severity
        };
        assert_eq!(round(12, false), Severity::Info);
        assert_eq!(round(12, true), Severity::Low);
        assert_eq!(round(3, false), Severity::Low);
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
