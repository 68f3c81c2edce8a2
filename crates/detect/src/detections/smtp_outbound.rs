//! `smtp-outbound`: a host that is no mail server sends mail to the internet.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use crate::Address;
use crate::baseline::{SMTP_PORT, neighbourhood};
use crate::detection::{Detection, Technique, boxed};
use crate::distinct::Distinct;
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP};
use crate::hours::Hours;
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "smtp-outbound",
    summary: "a host of ours that is no mail server sent mail to many servers outside, or much of it",
    severity: Severity::High,
    techniques: &[
        Technique {
            id: "T1071.003",
            name: "Application Layer Protocol: Mail Protocols",
        },
        Technique {
            id: "T1048.003",
            name: "Exfiltration Over Alternative Protocol: Exfiltration Over Unencrypted Non-C2 Protocol",
        },
    ],
    parameters: &[
        Parameter {
            name: "in_an_hour",
            default: 30.0,
            unit: Unit::Count,
            about: "established connections to port 25 in the busiest hour",
        },
        Parameter {
            name: "servers",
            default: 12.0,
            unit: Unit::Count,
            about: "or different servers that it called at port 25, whether or not they answered",
        },
        Parameter {
            name: "submission_servers",
            default: 12.0,
            unit: Unit::Count,
            about: "or different networks whose servers it called at ports 465 and 587, where programs send mail with a password",
        },
        Parameter {
            name: "days",
            default: 3.0,
            unit: Unit::Days,
            about: "a host that sends mail since the records begin, and on so many days and half of all at least, is a mail server",
        },
    ],
    weakened_by: &[(
        "pkt-srcaddr",
        "mail that passes a NAT gateway belongs to the gateway, not to the host behind it",
    )],
    sql: "
select server_port, start / 3600 as hour, count(*) as connections, count(distinct server_addr) as servers, sum(bytes_to_server) as bytes_to_server
from flows
where {only} and server_port in (25, 465, 587) and protocol = 6 and {inside:client_addr} and not {inside:server_addr}
group by 1, 2
order by 1, 2",
    sql_decides: false,
    page: include_str!("smtp_outbound.md"),
    watcher: |parameters, memory| boxed(SmtpOutbound::new(parameters, memory)),
};

/// Ports to which programs send mail with a password (RFC 8314).
const SUBMISSION_PORTS: [u16; 2] = [465, 587];

struct SmtpOutbound {
    in_an_hour: u64,
    servers: u64,
    submission_servers: u64,
    days: f64,
    hosts: Keyed<Address, Mail>,
}

/// What one host sent.
#[derive(Default)]
struct Mail {
    /// Established connections to port 25.
    established: Hours,
    servers: Distinct,
    submission_networks: Distinct,
    tally: Tally,
}

impl State for Mail {
    fn weight(&self) -> u64 {
        self.tally.flows
    }

    fn heap(&self) -> usize {
        self.established.heap()
            + self.servers.heap()
            + self.submission_networks.heap()
            + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.established.join(&other.established);
        self.servers.join(&other.servers);
        self.submission_networks.join(&other.submission_networks);
        self.tally.join(&other.tally);
    }
}

impl SmtpOutbound {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            in_an_hour: parameters.count("in_an_hour"),
            servers: parameters.count("servers"),
            submission_servers: parameters.count("submission_servers"),
            days: parameters.get("days"),
            hosts: Keyed::new(memory),
        }
    }

    /// Whether the host has sent mail all along.
    fn is_mail_server(&self, mail: &Mail, (from, to): (i64, i64)) -> bool {
        const DAY: i64 = 86_400;
        let days = mail.tally.hours.days().len() as f64;
        let all = to.saturating_sub(from).max(0) as f64 / DAY as f64;
        mail.tally.first < from.saturating_add(DAY) && days >= self.days && days * 2.0 >= all
    }

    fn found(&self, client: Address, mail: &Mail) -> Found {
        let ends = Ends {
            client: Some(client),
            ..Ends::default()
        };
        let (servers, networks) = (mail.servers.count(), mail.submission_networks.count());
        let established = mail.established.total();
        let message = if servers > 0 {
            format!(
                "{client} called {} outside at port 25, with {}",
                counted(servers, "mail server"),
                counted(established, "established connection")
            )
        } else {
            format!(
                "{client} handed in mail at servers of {} outside",
                counted(networks, "network")
            )
        };
        let severity = if established > 0 {
            Severity::High
        } else {
            // Outside nobody answered (AWS closes port 25 by default), or it has a password for what it sends.
            Severity::Medium
        };
        Found::new(ends, &mail.tally, message)
            .with_severity(severity)
            .with_count("servers", servers)
            .with_count("established", established)
            .with_count("most_in_an_hour", mail.established.most())
            .with_count("submission_networks", networks)
            .with(
                "bytes_to_server",
                mail.tally.bytes_to_server as f64,
                Unit::Bytes,
            )
            .with_estimate("servers", mail.servers.is_exact())
            .with_thinned(self.hosts.thinned())
    }
}

impl Watch for SmtpOutbound {
    fn see(&mut self, flow: &Flow, _: &World) {
        let is_submission = SUBMISSION_PORTS.contains(&flow.server_port);
        if !(is_submission || flow.server_port == SMTP_PORT) {
            return;
        }
        let is_established = flow.is_established();
        if flow.protocol != TCP || !flow.is_outbound() || is_submission && !is_established {
            return;
        }
        self.hosts.update(flow.client, |mail| {
            mail.tally.add(flow);
            if is_submission {
                mail.submission_networks.insert(neighbourhood(flow.server));
                return;
            }
            mail.servers.insert_wide(flow.server.to_bits());
            if is_established {
                mail.established.add(flow.start, 1);
            }
        });
    }

    fn join(&mut self, other: Self) {
        self.hosts.join(other.hosts);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let span = findings.span();
        let is_much = |_: &_, mail: &Mail| {
            mail.established.most() >= self.in_an_hour
                || mail.servers.count() >= self.servers
                || mail.submission_networks.count() >= self.submission_servers
        };
        for (client, mail) in self.hosts.ordered(is_much) {
            let baseline = findings.world().baseline.as_ref();
            let is_known = baseline.is_some_and(|baseline| baseline.has_mailed(client));
            if !is_known && !self.is_mail_server(mail, span) {
                findings.add(self.found(client, mail));
            }
        }
    }

    fn bytes(&self) -> usize {
        self.hosts.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detections::testing::{MIDNIGHT, days_of, every, findings, flow, learnt, report};

    /// So many connections, a minute apart, each to one of so many servers.
    fn mail(count: i64, servers: i64, port: u16) -> Vec<Flow> {
        every(count, MIDNIGHT, 60, |number| {
            let number = number % servers;
            flow("10.0.0.1", &format!("198.51.{number}.7"), port)
        })
    }

    #[test]
    fn who_sends_much_mail_is_found() {
        let unanswered: Vec<Flow> = mail(40, 40, 25)
            .into_iter()
            .map(|flow| Flow {
                packets_to_client: 0,
                ..flow
            })
            .collect();
        for (flows, severity) in [
            (mail(400, 150, 25), Severity::High),
            (mail(100, 1, 25), Severity::High),
            (unanswered, Severity::Medium),
            (mail(40, 20, 587), Severity::Medium),
        ] {
            let found = findings("smtp-outbound", &flows);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].severity, severity);
        }
    }

    #[test]
    fn who_sends_little_or_all_along_is_not_found() {
        let few = mail(10, 2, 25);
        let service = mail(500, 3, 587);
        let inside: Vec<Flow> = (0..200)
            .map(|_| flow("10.0.0.1", "10.0.0.25", 25))
            .collect();
        let relay = every(5 * 24 * 60, MIDNIGHT, 60, |number| {
            flow("10.0.0.1", &format!("198.51.{}.7", number % 150), 25)
        });
        for flows in [few, service, inside, relay] {
            assert_eq!(findings("smtp-outbound", &flows), []);
        }
    }

    #[test]
    fn the_baseline_knows_mail_servers() {
        let past = |port| days_of(4, move |_| flow("10.0.0.1", "198.51.100.7", port));
        for (port, expected) in [(25, 0), (587, 1), (443, 1)] {
            let world = learnt(World::default(), &past(port));
            let report = report("smtp-outbound", world, &mail(400, 150, 25));
            assert_eq!(report.findings.len(), expected, "{port}");
        }
    }
}
