//! `brute-force`: one client tries to log in to one server, again and again.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use super::logins::{Login, is_attempt, is_unusual, login};
use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP};
use crate::hours::Hours;
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "brute-force",
    summary: "one client tried again and again to log in to one server",
    severity: Severity::Medium,
    techniques: &[Technique {
        id: "T1110",
        name: "Brute Force",
    }],
    parameters: &[
        Parameter {
            name: "attempts",
            default: 40.0,
            unit: Unit::Count,
            about: "flows in an hour that look like a failed login, from a client outside",
        },
        Parameter {
            name: "attempts_inside",
            default: 120.0,
            unit: Unit::Count,
            about: "the same from a client of ours, where tools log in too",
        },
        Parameter {
            name: "refused",
            default: 400.0,
            unit: Unit::Count,
            about: "attempts in an hour if a security group or network ACL refused them",
        },
        Parameter {
            name: "share",
            default: 0.9,
            unit: Unit::Ratio,
            about: "share of the client's conversations with that server and port that must look like a failed login",
        },
    ],
    weakened_by: &[],
    sql: "
select start / 3600 * 3600 as hour, count(*) as flows, sum(case when action = 'REJECT' then 1 else 0 end) as refused,
  avg(end - start) as seconds, avg(packets_to_server) as packets_to_server, avg(bytes_to_server) as bytes_to_server,
  avg(bytes_to_client) as bytes_to_client
from flows
where {only} and protocol = 6
  and server_port in (21, 22, 23, 445, 1433, 1521, 2222, 3306, 3389, 5432, 5439, 5900, 5985, 5986, 6379, 9042, 27017)
group by 1
order by 1",
    sql_decides: false,
    page: include_str!("brute_force.md"),
    watcher: |parameters, memory| boxed(BruteForce::new(parameters, memory)),
};

type Key = (Address, Address, u16);

struct BruteForce {
    attempts: u64,
    attempts_inside: u64,
    refused: u64,
    share: f64,
    pairs: Keyed<Key, Tries>,
}

#[derive(Default)]
struct Tries {
    /// Attempts, and those that were refused.
    tally: Tally,
    /// Attempts that were let through, by hour.
    heard: Hours,
    /// Conversations that look otherwise.
    others: u64,
    is_service: bool,
    is_inside: bool,
}

impl State for Tries {
    fn weight(&self) -> u64 {
        self.tally.flows
    }

    fn heap(&self) -> usize {
        self.tally.heap() + self.heard.heap()
    }

    fn join(&mut self, other: Self) {
        self.tally.join(&other.tally);
        self.heard.join(&other.heard);
        self.others += other.others;
        self.is_service |= other.is_service;
        self.is_inside |= other.is_inside;
    }
}

impl BruteForce {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            attempts: parameters.count("attempts"),
            attempts_inside: parameters.count("attempts_inside"),
            refused: parameters.count("refused"),
            share: parameters.get("share"),
            pairs: Keyed::new(memory),
        }
    }

    /// Whether the server heard enough of them.
    fn is_heard(&self, tries: &Tries, span: (i64, i64)) -> bool {
        let (limit, kind) = (
            if tries.is_inside {
                self.attempts_inside
            } else {
                self.attempts
            },
            if tries.is_service {
                Login::Service
            } else {
                Login::Host
            },
        );
        let heard = tries.heard.total() as f64;
        tries.heard.most() >= limit
            && heard >= self.share * (heard + tries.others as f64)
            && is_unusual(kind, tries.is_inside, tries.heard.len() as u64, span)
    }
}

impl Watch for BruteForce {
    fn see(&mut self, flow: &Flow, _: &World) {
        let Some(kind) = login(flow) else {
            return;
        };
        // A program whose database is behind the wrong security group asks for ever: that is no attack.
        let is_refused = flow.rejected && kind == Login::Host;
        if flow.is_probe() && !is_refused {
            return;
        }
        let key = (flow.client, flow.server, flow.server_port);
        self.pairs.update(key, |tries| {
            tries.is_service |= kind == Login::Service;
            tries.is_inside |= flow.client_inside;
            if is_refused {
                tries.tally.add(flow);
            } else if is_attempt(flow, kind) {
                tries.tally.add(flow);
                tries.heard.add(flow.start, 1);
            } else {
                tries.others += 1;
            }
        });
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let (span, thinned) = (findings.span(), self.pairs.thinned());
        let may_be = |_: &_, tries: &Tries| {
            self.is_heard(tries, span)
                || (tries.heard.total() <= tries.tally.refused
                    && tries.tally.hours.most() >= self.refused)
        };
        for ((client, server, port), tries) in self.pairs.ordered(may_be) {
            let tally = &tries.tally;
            let severity = match (tries.is_inside, self.is_heard(tries, span)) {
                (true, true) => Severity::High,
                (false, true) => Severity::Medium,
                (_, false) => Severity::Low,
            };
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                server_port: Some(port),
                protocol: Some(TCP),
            };
            let message = format!(
                "{client} tried {} to log in to {server} port {port}, up to {} in an hour; {} of them were refused by a security group or network ACL",
                counted(tally.flows, "time"),
                counted(tally.hours.most(), "time"),
                tally.refused
            );
            let found = Found::new(ends, tally, message)
                .with_severity(severity)
                .with_count("attempts", tally.flows)
                .with_count("refused", tally.refused)
                .with_count("most_in_an_hour", tally.hours.most())
                .with_count("other_flows", tries.others)
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
    use crate::detections::logins::tests::{failed, session};
    use crate::detections::testing::{MIDNIGHT, every, findings, flow};

    fn refused(client: &str, port: u16) -> Flow {
        Flow {
            rejected: true,
            packets_to_client: 0,
            bytes_to_client: 0,
            packets_to_server: 1,
            bytes_to_server: 60,
            ..flow(client, "10.0.0.5", port)
        }
    }

    #[test]
    fn brute_force_is_found() {
        for (client, port, step, severity) in [
            ("198.51.100.7", 22, 10, Severity::Medium),
            ("198.51.100.7", 5432, 10, Severity::Medium),
            ("10.0.0.9", 3389, 5, Severity::High),
        ] {
            let flows = every(400, MIDNIGHT, step, |_| failed(client, "10.0.0.5", port));
            let found = findings("brute-force", &flows);
            assert_eq!(found.len(), 1, "{client} {port}");
            assert_eq!(found[0].severity, severity);
            assert_eq!(found[0].measures[0].value, 400.0);
        }
        let flows = every(1_000, MIDNIGHT, 2, |_| refused("198.51.100.7", 22));
        assert_eq!(findings("brute-force", &flows)[0].severity, Severity::Low);
    }

    #[test]
    fn inside_at_a_database_it_stands_out_of_a_day() {
        let mut flows = every(24, MIDNIGHT, 3_600, |_| flow("10.0.0.1", "10.0.0.2", 443));
        let attack = every(600, MIDNIGHT + 40_000, 3, |_| {
            failed("10.0.0.9", "10.0.0.5", 3306)
        });
        assert_eq!(findings("brute-force", &attack), []);
        flows.extend(attack);
        assert_eq!(findings("brute-force", &flows).len(), 1);
    }

    #[test]
    fn what_is_no_brute_force() {
        // A program with a connection for every request; health checks; a monitor; a person with a poor memory; work; the wrong group.
        let program = every(20_000, MIDNIGHT, 5, |_| {
            failed("10.0.0.9", "10.0.0.5", 3306)
        });
        let checks = every(2_000, MIDNIGHT, 10, |_| Flow {
            packets_to_server: 4,
            bytes_to_server: 212,
            packets_to_client: 3,
            bytes_to_client: 164,
            ..flow("10.0.0.9", "10.0.0.5", 22)
        });
        let monitor = every(1_500, MIDNIGHT, 60, |_| failed("10.0.0.9", "10.0.0.5", 22));
        let person = every(8, MIDNIGHT, 10, |_| failed("198.51.100.7", "10.0.0.5", 22));
        let work = every(200, MIDNIGHT, 10, |number| match number % 4 {
            0 => session("198.51.100.7", "10.0.0.5", 22),
            _ => failed("198.51.100.7", "10.0.0.5", 22),
        });
        let noise = every(300, MIDNIGHT, 100, |_| refused("198.51.100.7", 22));
        let wrong = every(5_000, MIDNIGHT, 2, |_| refused("10.0.0.9", 5432));
        for flows in [program, checks, monitor, person, work, noise, wrong] {
            assert_eq!(findings("brute-force", &flows), []);
        }
    }

    #[test]
    fn the_query_has_every_port_of_logins() {
        let listed = DETECTION.sql.split_once("server_port in (");
        let listed = listed.and_then(|(_, rest)| rest.split_once(')'));
        let listed: Vec<u16> = listed
            .expect("the query has a list")
            .0
            .split(", ")
            .map(|port| port.parse().expect("a port"))
            .collect();
        let known: Vec<u16> = (0..u16::MAX)
            .filter(|port| login(&flow("10.0.0.1", "10.0.0.2", *port)).is_some())
            .collect();
        assert_eq!(listed, known);
    }
}
