//! `port-scan`: one client knocks at many ports of one server.

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
    id: "port-scan",
    summary: "one client knocked at many ports of one server",
    severity: Severity::Medium,
    techniques: &[Technique {
        id: "T1046",
        name: "Network Service Discovery",
    }],
    parameters: &[
        Parameter {
            name: "ports",
            default: 60.0,
            unit: Unit::Count,
            about: "different ports of one server that one client must have knocked at",
        },
        Parameter {
            name: "in_an_hour",
            default: 30.0,
            unit: Unit::Count,
            about: "knocks in the busiest hour; a scan with fewer is a `slow-scan`",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "a probe from a well-known port to a high one is taken for an answer",
    )],
    sql: "
select client_addr, server_addr, count(distinct server_port) as ports, count(*) as flows, min(start) as first_seen, max(end) as last_seen
from flows
where {only} and {probe} and protocol in (6, 17) and packets_to_server > 0
group by client_addr, server_addr
having count(distinct server_port) >= {ports}
order by ports desc",
    sql_decides: false,
    page: include_str!("port_scan.md"),
    watcher: |parameters, memory| boxed(PortScan::new(parameters, memory)),
};

struct PortScan {
    ports: u64,
    in_an_hour: u64,
    pairs: Keyed<(Address, Address), Knocks>,
}

impl PortScan {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            ports: parameters.count("ports"),
            in_an_hour: parameters.count("in_an_hour"),
            pairs: Keyed::new(memory),
        }
    }
}

impl Watch for PortScan {
    fn see(&mut self, flow: &Flow, _: &World) {
        // Without a packet from the client there was no knock: somebody used its address.
        if !flow.is_probe() || flow.server_port == 0 || flow.packets_to_server == 0 {
            return;
        }
        self.pairs.update((flow.client, flow.server), |knocks| {
            knocks.different.insert(flow.server_port.into());
            knocks.add(flow);
        });
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.pairs.thinned();
        let is_scan = |_: &_, knocks: &Knocks| {
            knocks.different.count() >= self.ports && knocks.tally.hours.most() >= self.in_an_hour
        };
        for ((client, server), knocks) in self.pairs.ordered(is_scan) {
            let (ports, tally) = (knocks.different.count(), &knocks.tally);
            // From outside and refused throughout: the internet's usual noise, which got nowhere.
            let severity = match (knocks.is_inside, tally.refused == tally.flows) {
                (true, _) => Severity::High,
                (false, true) => Severity::Low,
                (false, false) => Severity::Medium,
            };
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                ..Ends::default()
            };
            let message = format!(
                "{client} knocked at {} of {server}; {} of {} were refused",
                counted(ports, "port"),
                tally.refused,
                counted(tally.flows, "attempt")
            );
            let found = Found::new(ends, tally, message)
                .with_severity(severity)
                .with_weight(ports)
                .with_count("ports", ports)
                .with_count("flows", tally.flows)
                .with_count("refused", tally.refused)
                .with_count("most_in_an_hour", tally.hours.most())
                .with_estimate("ports", knocks.different.is_exact())
                .with_thinned(thinned);
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
    use crate::detections::testing::{self, MIDNIGHT, every, findings, flow};

    fn knock(client: &str, port: i64) -> Flow {
        testing::knock(client, "10.0.0.5", port as u16)
    }

    #[test]
    fn a_scan_is_found() {
        let flows = every(300, MIDNIGHT, 2, |number| knock("198.51.100.7", 1 + number));
        let found = findings("port-scan", &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Low);
        assert_eq!(found[0].measures[0].value, 300.0);
        assert!(
            found[0]
                .query
                .contains("client_addr = '198.51.100.7' and server_addr = '10.0.0.5'")
        );
        let inside = every(300, MIDNIGHT, 2, |number| knock("10.0.0.9", 1 + number));
        assert_eq!(findings("port-scan", &inside)[0].severity, Severity::High);
    }

    #[test]
    fn what_is_no_scan() {
        // Established connections to many ports, as of FTP's data channel; few ports often; many ports over days.
        let established = every(300, MIDNIGHT, 2, |number| {
            flow("10.0.0.9", "10.0.0.5", 30_000 + number as u16)
        });
        let few = every(300, MIDNIGHT, 2, |number| knock("10.0.0.9", number % 20));
        let slow = every(300, MIDNIGHT, 600, |number| knock("10.0.0.9", number));
        for flows in [established, few, slow] {
            assert_eq!(findings("port-scan", &flows), []);
        }
    }
}
