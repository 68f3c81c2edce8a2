//! `address-sweep`: one client knocks at the same port of many servers.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use super::knocks::Knocks;
use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::Flow;
use crate::keyed::Keyed;
use crate::parameters::{Parameter, Parameters, Unit};
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "address-sweep",
    summary: "one client knocked at the same port of many servers",
    severity: Severity::Medium,
    techniques: &[
        Technique {
            id: "T1018",
            name: "Remote System Discovery",
        },
        Technique {
            id: "T1046",
            name: "Network Service Discovery",
        },
        Technique {
            id: "T1595.001",
            name: "Active Scanning: Scanning IP Blocks",
        },
    ],
    parameters: &[
        Parameter {
            name: "servers",
            default: 40.0,
            unit: Unit::Count,
            about: "different servers of ours that a client of ours must have knocked at, and knocks in its busiest hour",
        },
        Parameter {
            name: "servers_from_outside",
            default: 100.0,
            unit: Unit::Count,
            about: "the same for a client from outside: much of the internet's noise is sweeps",
        },
        Parameter {
            name: "servers_outside",
            default: 300.0,
            unit: Unit::Count,
            about: "the same for servers outside that a client of ours knocked at",
        },
        Parameter {
            name: "knocks",
            default: 20.0,
            unit: Unit::Count,
            about: "knocks at each server on average; who knocks more often than that checks their health",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "a probe from a well-known port to a high one is taken for an answer",
    )],
    sql: "
select client_addr, server_port, protocol, count(distinct server_addr) as servers, count(*) as flows,
  sum(case when action = 'REJECT' then 1 else 0 end) as refused, min(start) as first_seen, max(end) as last_seen
from flows
where {only} and packets_to_server > 0 and ({probe} or protocol in (1, 58))
group by client_addr, server_port, protocol
having count(distinct server_addr) >= least({servers}, {servers_from_outside}, {servers_outside})
order by servers desc",
    sql_decides: false,
    page: include_str!("address_sweep.md"),
    watcher: |parameters, memory| boxed(AddressSweep::new(parameters, memory)),
};

/// ICMP and ICMPv6.
const ICMP: [u8; 2] = [1, 58];
/// Packets of one way of a ping that only looks whether somebody is there.
const PINGS: u64 = 4;
/// Ports of services outside that hosts ask over UDP, often without an answer: DNS, NTP, QUIC.
const ASKED: [u16; 3] = [53, 123, 443];

/// A client, a port, a protocol, and whether the servers are ours.
type Key = (Address, u16, u8, bool);

struct AddressSweep {
    inside: u64,
    from_outside: u64,
    outside: u64,
    knocks: f64,
    sweeps: Keyed<Key, Knocks>,
}

impl AddressSweep {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            inside: parameters.count("servers"),
            from_outside: parameters.count("servers_from_outside"),
            outside: parameters.count("servers_outside"),
            knocks: parameters.get("knocks"),
            sweeps: Keyed::new(memory),
        }
    }

    fn is_sweep(&self, key: &Key, sweep: &Knocks) -> bool {
        let limit = match (sweep.is_inside, key.3) {
            (true, true) => self.inside,
            (true, false) => self.outside,
            (false, _) => self.from_outside,
        };
        let servers = sweep.different.count();
        servers >= limit
            && sweep.tally.hours.most() >= limit
            && sweep.tally.flows as f64 <= servers as f64 * self.knocks
    }
}

/// Whether it knocks at a door, and no more.
fn is_knock(flow: &Flow) -> bool {
    if ICMP.contains(&flow.protocol) {
        // Who pinged whom is a guess if it was answered and one end is not ours.
        return flow.server_inside && flow.packets_to_server <= PINGS;
    }
    let is_asked = flow.protocol != crate::flow::TCP
        && !flow.server_inside
        && ASKED.contains(&flow.server_port);
    flow.is_probe() && flow.server_port != 0 && !is_asked
}

impl Watch for AddressSweep {
    fn see(&mut self, flow: &Flow, _: &World) {
        // Without a packet to the server nobody knocked: it is an answer to somebody who used the client's address.
        if flow.packets_to_server == 0 || !is_knock(flow) || flow.server.is_special() {
            return;
        }
        let key = (
            flow.client,
            flow.server_port,
            flow.protocol,
            flow.server_inside,
        );
        self.sweeps.update(key, |sweep| {
            sweep.different.insert_wide(flow.server.to_bits());
            sweep.add(flow);
        });
    }

    fn join(&mut self, other: Self) {
        self.sweeps.join(other.sweeps);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.sweeps.thinned();
        let chosen = self.sweeps.ordered(|key, sweep| self.is_sweep(key, sweep));
        for (key, sweep) in chosen {
            let (client, port, protocol, server_inside) = key;
            let inward = (client, port, protocol, true);
            let is_told = |sweep: &Knocks| !server_inside && self.is_sweep(&inward, sweep);
            if self.sweeps.get(&inward).is_some_and(is_told) {
                continue;
            }
            let (servers, tally) = (sweep.different.count(), &sweep.tally);
            let severity = match (sweep.is_inside, tally.refused == tally.flows) {
                (true, _) => Severity::High,
                (false, true) => Severity::Info,
                (false, false) => Severity::Low,
            };
            let ends = Ends {
                client: Some(client),
                server_port: (port != 0).then_some(port),
                protocol: Some(protocol),
                ..Ends::default()
            };
            let what = if port == 0 {
                "pinged".to_owned()
            } else {
                format!("knocked at port {port} of")
            };
            let message = format!(
                "{client} {what} {}; {} of {} were refused",
                counted(servers, "server"),
                tally.refused,
                counted(tally.flows, "attempt")
            );
            let found = Found::new(ends, tally, message)
                .with_severity(severity)
                .with_weight(servers)
                .with_count("servers", servers)
                .with_count("flows", tally.flows)
                .with_count("refused", tally.refused)
                .with_count("most_in_an_hour", tally.hours.most())
                .with_estimate("servers", sweep.different.is_exact())
                .with_thinned(thinned);
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.sweeps.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detections::testing::{MIDNIGHT, every, findings, flow, knock};

    fn sweep(client: &str, servers: i64) -> Vec<Flow> {
        every(servers, MIDNIGHT, 1, |number| {
            knock(
                client,
                &format!("10.0.{}.{}", number / 250, number % 250),
                445,
            )
        })
    }

    #[test]
    fn a_sweep_is_found() {
        let found = findings("address-sweep", &sweep("10.9.9.9", 254));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!((found[0].server, found[0].server_port), (None, Some(445)));
        assert_eq!(found[0].measures[0].value, 254.0);
        let outside = findings("address-sweep", &sweep("198.51.100.7", 2_000));
        assert_eq!(outside[0].severity, Severity::Info);
        assert!(outside[0].approximate.is_some());
    }

    #[test]
    fn pings_are_knocks() {
        let flows = every(200, MIDNIGHT, 1, |number| Flow {
            protocol: 1,
            client_port: 0,
            packets_to_server: 1,
            packets_to_client: 1,
            ..flow("10.9.9.9", &format!("10.0.0.{number}"), 0)
        });
        let found = findings("address-sweep", &flows);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("pinged 200 servers"));
    }

    #[test]
    fn what_is_no_sweep() {
        // Conversations; noise over few hosts; health checks; the internet's answers to somebody who used our address; failures at web servers.
        let established = every(300, MIDNIGHT, 1, |number| {
            flow("10.9.9.9", &format!("10.0.0.{}", number % 250), 443)
        });
        let noise = sweep("198.51.100.7", 60);
        let checks = every(30_000, MIDNIGHT, 1, |number| {
            knock("10.9.9.9", &format!("10.0.0.{}", number % 60), 8080)
        });
        let backscatter = every(2_000, MIDNIGHT, 1, |number| Flow {
            packets_to_server: 0,
            packets_to_client: 1,
            ..knock(
                "10.9.9.9",
                &format!("203.0.{}.{}", number / 250, number % 250),
                80,
            )
        });
        let failures = every(250, MIDNIGHT, 10, |number| {
            knock("10.9.9.9", &format!("203.0.113.{number}"), 443)
        });
        let slow = every(250, MIDNIGHT, 600, |number| {
            knock("10.9.9.9", &format!("10.0.0.{number}"), 445)
        });
        for flows in [established, noise, checks, backscatter, failures, slow] {
            assert_eq!(findings("address-sweep", &flows), []);
        }
    }
}
