//! `cross-tenant`: traffic between networks that must not talk.

use flowcover_core::Severity;

use crate::Address;
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
    id: "cross-tenant",
    summary: "traffic between networks that the policy says must not talk",
    severity: Severity::High,
    techniques: &[
        Technique {
            id: "T1021",
            name: "Remote Services",
        },
        Technique {
            id: "T1599",
            name: "Network Boundary Bridging",
        },
    ],
    parameters: &[Parameter {
        name: "refused",
        default: 5.0,
        unit: Unit::Count,
        about: "flows between two ends that must have been refused or not answered, where none got through",
    }],
    weakened_by: &[(
        "pkt-srcaddr",
        "what passes a gateway has the gateway's address, and lies on neither side",
    )],
    sql: "
select server_port, protocol, action, count(*) as flows, min(start) as first_seen, max(end) as last_seen,
  sum(bytes_to_server) as bytes_to_server, sum(bytes_to_client) as bytes_to_client
from flows
where {only}
group by 1, 2, 3
order by flows desc",
    sql_decides: false,
    page: include_str!("cross_tenant.md"),
    watcher: |parameters, memory| boxed(CrossTenant::new(parameters, memory)),
};

struct CrossTenant {
    refused: u64,
    /// By number of the separation, client and server.
    pairs: Keyed<(usize, Address, Address), Crossings>,
}

#[derive(Default)]
struct Crossings {
    /// Flows that were let through and answered.
    answered: u64,
    ports: Distinct,
    tally: Tally,
}

impl State for Crossings {
    fn weight(&self) -> u64 {
        // What got through matters more than any number of attempts.
        self.tally.flows.saturating_add(self.answered << 20)
    }

    fn heap(&self) -> usize {
        self.ports.heap() + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.answered += other.answered;
        self.ports.join(&other.ports);
        self.tally.join(&other.tally);
    }
}

impl Crossings {
    /// Whether something was let through, answered or not.
    fn got_through(&self) -> bool {
        self.tally.refused < self.tally.flows
    }

    fn severity(&self) -> Severity {
        match (self.answered > 0, self.got_through()) {
            (true, _) => Severity::High,
            (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        }
    }

    fn what(&self) -> &'static str {
        match self.severity() {
            Severity::High => "talked with",
            Severity::Medium => "was let through to, but not answered by,",
            _ => "was refused on its way to",
        }
    }
}

impl CrossTenant {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            refused: parameters.count("refused"),
            pairs: Keyed::new(memory),
        }
    }
}

impl Watch for CrossTenant {
    fn see(&mut self, flow: &Flow, world: &World) {
        if world.separate.is_empty() {
            return;
        }
        for (number, separation) in world.separate.iter().enumerate() {
            if separation.parts(flow.client, flow.server) {
                let key = (number, flow.client, flow.server);
                self.pairs.update(key, |crossings| {
                    crossings.answered += u64::from(flow.is_answered() && !flow.rejected);
                    crossings.ports.insert(flow.server_port.into());
                    crossings.tally.add(flow);
                });
            }
        }
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        if findings.world().separate.is_empty() {
            findings
                .lacks("could not judge: no networks are said to be apart (`[[detect.separate]]`)");
            return;
        }
        let is_found = |_: &_, crossings: &Crossings| {
            crossings.answered > 0 || crossings.tally.flows >= self.refused
        };
        for ((number, client, server), crossings) in self.pairs.ordered(is_found) {
            let separation = findings.world().separate.get(number);
            let name = separation.map_or("", |separation| &separation.name);
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                ..Ends::default()
            };
            let tally = &crossings.tally;
            let message = format!(
                "{client} {} {server}, which `{name}` keeps apart",
                crossings.what()
            );
            let found = Found::new(ends, tally, message)
                .with_severity(crossings.severity())
                .with_weight(crossings.weight())
                .with_count("flows", tally.flows)
                .with_count("answered", crossings.answered)
                .with_count("refused", tally.refused)
                .with_count("ports", crossings.ports.count())
                .with("bytes_to_server", tally.bytes_to_server as f64, Unit::Bytes)
                .with("bytes_to_client", tally.bytes_to_client as f64, Unit::Bytes)
                .with_estimate("ports", crossings.ports.is_exact())
                .with_thinned(self.pairs.thinned());
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.pairs.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detections::testing::{MIDNIGHT, every, flow, report};
    use crate::world::Separation;
    use crate::{Network, Networks};

    fn networks(text: &str) -> Networks {
        text.parse::<Network>().into_iter().collect()
    }

    fn world() -> World {
        let apart = |name: &str, other: &str| Separation {
            name: name.to_owned(),
            one: networks("10.1.0.0/16"),
            other: networks(other),
        };
        World {
            separate: vec![apart("payments", "10.2.0.0/16"), apart("lab", "fd00::/8")],
            ..World::default()
        }
    }

    fn check(flows: &[Flow], expected: &[(Severity, &str)]) {
        let report = report("cross-tenant", world(), flows);
        let found: Vec<(Severity, &str)> = report
            .findings
            .iter()
            .map(|one| (one.severity, one.message.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn both_ways_are_found_by_what_came_of_it() {
        let refused = every(6, MIDNIGHT, 60, |_| Flow {
            rejected: true,
            packets_to_client: 0,
            ..flow("10.1.0.5", "fd00::1", 22)
        });
        let unanswered = every(6, MIDNIGHT, 60, |_| Flow {
            packets_to_client: 0,
            ..flow("10.2.0.9", "10.1.0.1", 514)
        });
        let talk = vec![flow("10.2.0.1", "10.1.0.1", 443)];
        let flows = [refused, unanswered, talk].concat();
        check(
            &flows,
            &[
                (
                    Severity::High,
                    "10.2.0.1 talked with 10.1.0.1, which `payments` keeps apart",
                ),
                (
                    Severity::Medium,
                    "10.2.0.9 was let through to, but not answered by, 10.1.0.1, which `payments` keeps apart",
                ),
                (
                    Severity::Low,
                    "10.1.0.5 was refused on its way to fd00::1, which `lab` keeps apart",
                ),
            ],
        );
    }

    #[test]
    fn others_are_not_found() {
        let one_try = Flow {
            rejected: true,
            packets_to_client: 0,
            ..flow("10.1.0.5", "10.2.0.1", 22)
        };
        check(
            &[
                one_try,
                flow("10.1.0.5", "10.1.0.6", 443),
                flow("10.2.0.5", "fd00::1", 443),
                flow("10.1.0.5", "198.51.100.7", 443),
            ],
            &[],
        );
    }

    #[test]
    fn without_separations_it_says_so() {
        let flows = [flow("10.1.0.5", "10.2.0.1", 22)];
        let report = report("cross-tenant", World::default(), &flows);
        assert_eq!(report.findings, []);
        assert!(report.coverage.weakened[0].why.contains("detect.separate"));
    }
}
