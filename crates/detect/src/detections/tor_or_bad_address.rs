//! `tor-or-bad-address`: traffic with an address of the user's lists.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use crate::Address;
use crate::baseline::ADMIN_PORTS;
use crate::detection::{Detection, Technique, boxed};
use crate::distinct::Distinct;
use crate::finding::{Ends, Findings, Found};
use crate::flow::Flow;
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "tor-or-bad-address",
    summary: "traffic with an address that is on your lists of bad ones, such as relays of Tor",
    severity: Severity::High,
    techniques: &[
        Technique {
            id: "T1090.003",
            name: "Proxy: Multi-hop Proxy",
        },
        Technique {
            id: "T1071",
            name: "Application Layer Protocol",
        },
    ],
    parameters: &[Parameter {
        name: "visitors",
        default: 1.0,
        unit: Unit::Count,
        about: "addresses of the lists that one server of ours must have answered, at other ports than those of administration",
    }],
    weakened_by: &[(
        "pkt-dstaddr",
        "what passes a NAT gateway belongs to the gateway, not to the host behind it",
    )],
    sql: "
select client_addr, server_addr, server_port, protocol, action, start, end, packets_to_server, packets_to_client, bytes_to_server, bytes_to_client
from flows
where {only}
order by start",
    sql_decides: false,
    page: include_str!("tor_or_bad_address.md"),
    watcher: |parameters, memory| boxed(BadAddress::new(parameters, memory)),
};

struct BadAddress {
    visitors: u64,
    /// Calls of ours to bad addresses, by client and server.
    calls: Keyed<(Address, Address), Calls>,
    /// Bad addresses that a server of ours answered at a port of administration, by client and server.
    logins: Keyed<(Address, Address), Calls>,
    /// Bad addresses that a server of ours answered elsewhere, by server.
    visits: Keyed<Address, Calls>,
}

#[derive(Default)]
struct Calls {
    established: u64,
    clients: Distinct,
    tally: Tally,
}

impl Calls {
    fn add(&mut self, flow: &Flow) {
        self.established += u64::from(flow.is_established());
        self.clients.insert_wide(flow.client.to_bits());
        self.tally.add(flow);
    }
}

impl State for Calls {
    fn weight(&self) -> u64 {
        self.tally.bytes()
    }

    fn heap(&self) -> usize {
        self.clients.heap() + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.established += other.established;
        self.clients.join(&other.clients);
        self.tally.join(&other.tally);
    }
}

impl BadAddress {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            visitors: parameters.count("visitors"),
            calls: Keyed::new(memory / 3),
            logins: Keyed::new(memory / 3),
            visits: Keyed::new(memory / 3),
        }
    }

    fn found_calls(&self, findings: &mut Findings<'_>) {
        for ((client, server), calls) in self.calls.ordered(|_, _| true) {
            let (severity, what) = if calls.established > 0 {
                (Severity::High, "talked with")
            } else {
                (Severity::Medium, "tried to reach")
            };
            let message = format!("{client} {what} {server}, which is on a list of bad addresses");
            let found = found(Some(client), server, calls, message).with_severity(severity);
            findings.add(found.with_thinned(self.calls.thinned()));
        }
    }

    fn found_logins(&self, findings: &mut Findings<'_>) {
        for ((client, server), calls) in self.logins.ordered(|_, _| true) {
            let message = format!(
                "{client}, which is on a list of bad addresses, was let into {server} at a port for administration"
            );
            let found = found(Some(client), server, calls, message).with_severity(Severity::High);
            findings.add(found.with_thinned(self.logins.thinned()));
        }
    }

    fn found_visits(&self, findings: &mut Findings<'_>) {
        let are_enough = |_: &_, calls: &Calls| calls.clients.count() >= self.visitors;
        for (server, calls) in self.visits.ordered(are_enough) {
            let visitors = calls.clients.count();
            let message = format!(
                "{server} answered {} on a list of bad ones",
                counted(visitors, "address")
            );
            let found = found(None, server, calls, message)
                .with_severity(Severity::Low)
                .with_count("visitors", visitors)
                .with_estimate("visitors", calls.clients.is_exact())
                .with_thinned(self.visits.thinned());
            findings.add(found);
        }
    }
}

fn found(client: Option<Address>, server: Address, calls: &Calls, message: String) -> Found {
    let ends = Ends {
        client,
        server: Some(server),
        ..Ends::default()
    };
    let tally = &calls.tally;
    Found::new(ends, tally, message)
        .with_weight(tally.bytes())
        .with_count("flows", tally.flows)
        .with_count("established", calls.established)
        .with("bytes_to_server", tally.bytes_to_server as f64, Unit::Bytes)
        .with("bytes_to_client", tally.bytes_to_client as f64, Unit::Bytes)
}

impl Watch for BadAddress {
    fn see(&mut self, flow: &Flow, world: &World) {
        if world.bad.is_empty() || flow.is_internal() {
            return;
        }
        if flow.client_inside {
            if world.bad.contains(flow.server) {
                self.calls
                    .update((flow.client, flow.server), |calls| calls.add(flow));
            }
        } else if flow.is_established() && world.bad.contains(flow.client) {
            // Who knocks and is not let in is the internet's usual noise.
            if ADMIN_PORTS.contains(&flow.server_port) {
                self.logins
                    .update((flow.client, flow.server), |calls| calls.add(flow));
            } else {
                self.visits.update(flow.server, |calls| calls.add(flow));
            }
        }
    }

    fn join(&mut self, other: Self) {
        self.calls.join(other.calls);
        self.logins.join(other.logins);
        self.visits.join(other.visits);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        if findings.world().bad.is_empty() {
            findings.lacks("could not judge: no list of bad addresses was given (`bad_addresses` and `bad_address_files` in `[detect]`)");
            return;
        }
        self.found_calls(findings);
        self.found_logins(findings);
        self.found_visits(findings);
    }

    fn bytes(&self) -> usize {
        self.calls.bytes() + self.logins.bytes() + self.visits.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detections::testing::{MIDNIGHT, every, flow, report};

    fn world() -> World {
        let list = ["198.51.100.0/25", "2001:db8:bad::/48"];
        World {
            bad: list.iter().filter_map(|text| text.parse().ok()).collect(),
            ..World::default()
        }
    }

    fn check(flows: &[Flow], expected: &[(Severity, &str)]) {
        let report = report("tor-or-bad-address", world(), flows);
        let found: Vec<(Severity, &str)> = report
            .findings
            .iter()
            .map(|one| (one.severity, one.message.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn severity_is_by_direction_and_success() {
        let refused = Flow {
            rejected: true,
            ..flow("10.0.0.2", "2001:db8:bad::1", 9001)
        };
        let visits = every(3, MIDNIGHT, 60, |number| {
            flow(&format!("198.51.100.{number}"), "10.0.0.5", 443)
        });
        let mut flows = vec![
            flow("10.0.0.1", "198.51.100.7", 443),
            refused,
            flow("198.51.100.9", "10.0.0.6", 22),
        ];
        flows.extend(visits);
        check(
            &flows,
            &[
                (
                    Severity::High,
                    "10.0.0.1 talked with 198.51.100.7, which is on a list of bad addresses",
                ),
                (
                    Severity::High,
                    "198.51.100.9, which is on a list of bad addresses, was let into 10.0.0.6 at a port for administration",
                ),
                (
                    Severity::Medium,
                    "10.0.0.2 tried to reach 2001:db8:bad::1, which is on a list of bad addresses",
                ),
                (
                    Severity::Low,
                    "10.0.0.5 answered 3 addresses on a list of bad ones",
                ),
            ],
        );
    }

    #[test]
    fn others_and_who_knocks_are_not_found() {
        let knock = Flow {
            packets_to_client: 0,
            ..flow("198.51.100.7", "10.0.0.5", 22)
        };
        check(
            &[
                knock,
                flow("10.0.0.1", "198.51.100.200", 443),
                flow("198.51.100.201", "10.0.0.5", 443),
                flow("10.0.0.1", "10.0.0.2", 443),
            ],
            &[],
        );
    }

    #[test]
    fn without_a_list_it_says_so() {
        let flows = [flow("10.0.0.1", "198.51.100.7", 443)];
        let report = report("tor-or-bad-address", World::default(), &flows);
        assert_eq!(report.findings, []);
        assert!(report.coverage.weakened[0].why.contains("no list"));
    }
}
