//! `accepted-from-internet-on-admin-port`: somebody outside talks with a door that should be shut.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::distinct::Distinct;
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "accepted-from-internet-on-admin-port",
    summary: "a server of ours talked with clients outside at a port for administration or of a database",
    severity: Severity::Medium,
    techniques: &[Technique {
        id: "T1133",
        name: "External Remote Services",
    }],
    parameters: &[
        Parameter {
            name: "clients",
            default: 1.0,
            unit: Unit::Count,
            about: "different clients outside that must have talked with it",
        },
        Parameter {
            name: "open_to",
            default: 10.0,
            unit: Unit::Count,
            about: "different clients from which on the port is taken to be open to the world, which is grave",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "a connection to a high port outside, from a port of a NAT gateway that is on the list, may be taken for one from outside",
    )],
    sql: "
select server_addr, server_port, count(distinct client_addr) as clients, count(*) as flows, sum(bytes_to_client) as bytes_to_client,
  min(start) as first_seen, max(end) as last_seen
from flows
where {only} and {established} and protocol = 6 and {inside:server_addr} and not {inside:client_addr}
  and server_port in (22, 23, 135, 139, 445, 1433, 1521, 2222, 2375, 2376, 2379, 3306, 3389, 5432, 5439, 5601, 5900, 5984, 5985, 5986, 6379, 6443,
    8500, 9042, 9200, 10250, 11211, 27017)
group by server_addr, server_port
having count(distinct client_addr) >= {clients}
order by clients desc",
    sql_decides: false,
    page: include_str!("accepted_from_internet_on_admin_port.md"),
    watcher: |parameters, memory| boxed(Accepted::new(parameters, memory)),
};

/// What listens there, if it is one of those that should not be reached from anywhere.
const fn service(port: u16) -> Option<&'static str> {
    Some(match port {
        22 | 2222 => "SSH",
        23 => "telnet",
        135 => "RPC",
        139 | 445 => "SMB",
        1433 => "SQL Server",
        1521 => "Oracle",
        2375 | 2376 => "Docker",
        2379 => "etcd",
        3306 => "MySQL",
        3389 => "RDP",
        5432 => "PostgreSQL",
        5439 => "Redshift",
        5601 => "Kibana",
        5900 => "VNC",
        5984 => "CouchDB",
        5985 | 5986 => "WinRM",
        6379 => "Redis",
        6443 => "Kubernetes",
        8500 => "Consul",
        9042 => "Cassandra",
        9200 => "Elasticsearch",
        10250 => "kubelet",
        11211 => "memcached",
        27017 => "MongoDB",
        _ => return None,
    })
}

struct Accepted {
    clients: u64,
    open_to: u64,
    doors: Keyed<(Address, u16), Door>,
}

#[derive(Default)]
struct Door {
    clients: Distinct,
    tally: Tally,
}

impl State for Door {
    fn weight(&self) -> u64 {
        self.tally.flows
    }

    fn heap(&self) -> usize {
        self.clients.heap() + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.clients.join(&other.clients);
        self.tally.join(&other.tally);
    }
}

impl Accepted {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            clients: parameters.count("clients"),
            open_to: parameters.count("open_to"),
            doors: Keyed::new(memory),
        }
    }
}

impl Watch for Accepted {
    fn see(&mut self, flow: &Flow, _: &World) {
        if !flow.is_inbound()
            || service(flow.server_port).is_none()
            || flow.protocol != TCP
            || !flow.is_established()
        {
            return;
        }
        self.doors.update((flow.server, flow.server_port), |door| {
            door.clients.insert_wide(flow.client.to_bits());
            door.tally.add(flow);
        });
    }

    fn join(&mut self, other: Self) {
        self.doors.join(other.doors);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.doors.thinned();
        let is_open = |_: &_, door: &Door| door.clients.count() >= self.clients;
        for ((server, port), door) in self.doors.ordered(is_open) {
            let (clients, tally) = (door.clients.count(), &door.tally);
            let severity = if clients >= self.open_to {
                Severity::High
            } else {
                Severity::Medium
            };
            let ends = Ends {
                server: Some(server),
                server_port: Some(port),
                protocol: Some(TCP),
                ..Ends::default()
            };
            let message = format!(
                "{server} talked at port {port} ({}) with {} outside, in {}",
                service(port).unwrap_or("administration"),
                counted(clients, "client"),
                counted(tally.flows, "connection")
            );
            let found = Found::new(ends, tally, message)
                .with_severity(severity)
                .with_weight(clients)
                .with_count("clients", clients)
                .with_count("flows", tally.flows)
                .with("bytes_to_client", tally.bytes_to_client as f64, Unit::Bytes)
                .with_estimate("clients", door.clients.is_exact())
                .with_thinned(thinned);
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.doors.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::ADMIN_PORTS;
    use crate::detections::testing::{MIDNIGHT, every, findings, flow};

    const ID: &str = "accepted-from-internet-on-admin-port";

    #[test]
    fn open_doors_are_found() {
        let flows = every(200, MIDNIGHT, 60, |number| {
            let port = if number % 10 == 0 { 5432 } else { 22 };
            let client = if port == 22 { number } else { 1 };
            flow(&format!("198.51.100.{client}"), "10.0.0.5", port)
        });
        let found = findings(ID, &flows);
        let seen: Vec<_> = found
            .iter()
            .map(|finding| {
                (
                    finding.severity,
                    finding.server_port,
                    finding.measures[0].value,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (Severity::High, Some(22), 180.0),
                (Severity::Medium, Some(5432), 1.0)
            ]
        );
        assert!(
            found[1]
                .message
                .contains("PostgreSQL) with 1 client outside")
        );
    }

    #[test]
    fn what_is_no_open_door() {
        let web = every(20, MIDNIGHT, 60, |_| flow("198.51.100.7", "10.0.0.5", 443));
        let inside = every(20, MIDNIGHT, 60, |_| flow("10.0.0.9", "10.0.0.5", 22));
        let outward = every(20, MIDNIGHT, 60, |_| flow("10.0.0.9", "198.51.100.7", 22));
        let refused = every(20, MIDNIGHT, 60, |_| Flow {
            rejected: true,
            ..flow("198.51.100.7", "10.0.0.5", 22)
        });
        let probed = every(20, MIDNIGHT, 60, |_| Flow {
            packets_to_server: 2,
            bytes_to_server: 84,
            packets_to_client: 1,
            ..flow("198.51.100.7", "10.0.0.5", 22)
        });
        for flows in [web, inside, outward, refused, probed] {
            assert_eq!(findings(ID, &flows), []);
        }
    }

    #[test]
    fn the_query_has_every_port() {
        let listed = DETECTION.sql.split_once("server_port in (");
        let listed = listed.and_then(|(_, rest)| rest.split_once(')'));
        let listed: Vec<u16> = listed
            .expect("the query has a list")
            .0
            .split(',')
            .map(|port| port.trim().parse().expect("a port"))
            .collect();
        let known: Vec<u16> = (0..u16::MAX)
            .filter(|port| service(*port).is_some())
            .collect();
        assert_eq!(listed, known);
        for port in ADMIN_PORTS {
            assert!(known.contains(&port), "{port}");
        }
    }
}
