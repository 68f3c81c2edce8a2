//! `dns-tunnel`: data that leaves in the names of DNS queries, or comes in their answers.

use flowcover_core::Severity;
use hashbrown::HashMap;

use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP, UDP};
use crate::hours::Hours;
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "dns-tunnel",
    summary: "a host of ours asked a DNS server outside so much, in queries so large, that they carry data",
    severity: Severity::High,
    techniques: &[
        Technique {
            id: "T1071.004",
            name: "Application Layer Protocol: DNS",
        },
        Technique {
            id: "T1048",
            name: "Exfiltration Over Alternative Protocol",
        },
        Technique {
            id: "T1572",
            name: "Protocol Tunneling",
        },
    ],
    parameters: &[
        Parameter {
            name: "queries",
            default: 500.0,
            unit: Unit::Count,
            about: "packets to one server in the busiest hour at least",
        },
        Parameter {
            name: "query_bytes",
            default: 130.0,
            unit: Unit::Bytes,
            about: "mean size of a packet to the server, with the headers of IP and UDP, from which on it carries data",
        },
        Parameter {
            name: "answer_bytes",
            default: 500.0,
            unit: Unit::Bytes,
            about: "mean size of a packet from the server from which on it carries data; not asked of name servers",
        },
        Parameter {
            name: "servers",
            default: 20.0,
            unit: Unit::Count,
            about: "a host that asks so many servers is a name server itself",
        },
    ],
    weakened_by: &[],
    sql: "
select start / 3600 as hour, sum(packets_to_server) as queries, sum(packets_to_client) as answers,
  sum(bytes_to_server) / nullif(sum(packets_to_server), 0) as mean_query, sum(bytes_to_client) / nullif(sum(packets_to_client), 0) as mean_answer
from flows
where {only} and server_port = 53 and {inside:client_addr} and not {inside:server_addr} and action = 'ACCEPT'
group by 1
order by 1",
    sql_decides: false,
    page: include_str!("dns_tunnel.md"),
    watcher: |parameters, memory| boxed(DnsTunnel::new(parameters, memory)),
};

/// Port of DNS, over UDP and TCP.
const DNS_PORT: u16 = 53;

struct DnsTunnel {
    queries: u64,
    query_bytes: f64,
    answer_bytes: f64,
    servers: u64,
    pairs: Keyed<(Address, Address), Asked>,
}

/// What one host asked one server.
#[derive(Default)]
struct Asked {
    /// Packets to the server, by hour.
    queries: Hours,
    answers: u64,
    tally: Tally,
}

impl Asked {
    fn mean_query(&self) -> f64 {
        self.tally.bytes_to_server as f64 / self.queries.total().max(1) as f64
    }

    fn mean_answer(&self) -> f64 {
        self.tally.bytes_to_client as f64 / self.answers.max(1) as f64
    }
}

impl State for Asked {
    fn weight(&self) -> u64 {
        self.tally.bytes()
    }

    fn heap(&self) -> usize {
        self.queries.heap() + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.queries.join(&other.queries);
        self.answers = self.answers.saturating_add(other.answers);
        self.tally.join(&other.tally);
    }
}

impl DnsTunnel {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            queries: parameters.count("queries"),
            query_bytes: parameters.get("query_bytes"),
            answer_bytes: parameters.get("answer_bytes"),
            servers: parameters.count("servers"),
            pairs: Keyed::new(memory),
        }
    }

    /// How many servers each host asked.
    fn servers(&self) -> HashMap<Address, u64> {
        let mut servers = HashMap::new();
        for ((client, _), _) in self.pairs.iter() {
            *servers.entry(*client).or_default() += 1;
        }
        servers
    }
}

impl Watch for DnsTunnel {
    fn see(&mut self, flow: &Flow, world: &World) {
        if flow.server_port != DNS_PORT || !matches!(flow.protocol, UDP | TCP) || flow.rejected {
            return;
        }
        if !flow.is_outbound() || world.resolvers.contains(flow.server) {
            return;
        }
        self.pairs.update((flow.client, flow.server), |asked| {
            asked.queries.add(flow.start, flow.packets_to_server);
            asked.answers = asked.answers.saturating_add(flow.packets_to_client);
            asked.tally.add(flow);
        });
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.pairs.thinned();
        let servers = self.servers();
        let is_tunnel = |(client, _): &(Address, Address), asked: &Asked| {
            let is_name_server = servers
                .get(client)
                .is_some_and(|count| *count >= self.servers);
            // Referrals with their signatures are large as well, but only name servers are given them.
            let carries_in = asked.mean_answer() >= self.answer_bytes && !is_name_server;
            // One flow that lasts for hours stands in the hour in which it began.
            asked.queries.most() >= self.queries
                && (asked.mean_query() >= self.query_bytes || carries_in)
        };
        for ((client, server), asked) in self.pairs.ordered(is_tunnel) {
            let baseline = findings.world().baseline.as_ref();
            if baseline.is_some_and(|baseline| baseline.has_asked(client, server)) {
                continue;
            }
            let (tally, queries) = (&asked.tally, asked.queries.total());
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                server_port: Some(DNS_PORT),
                ..Ends::default()
            };
            let message = format!(
                "{client} sent {queries} packets of {:.0} bytes on average to the DNS server {server}, \
                 whose answers have {:.0}",
                asked.mean_query(),
                asked.mean_answer()
            );
            let found = Found::new(ends, tally, message)
                .with_weight(tally.bytes())
                .with_count("queries", queries)
                .with_count("most_in_an_hour", asked.queries.most())
                .with("mean_query", asked.mean_query().round(), Unit::Bytes)
                .with("mean_answer", asked.mean_answer().round(), Unit::Bytes)
                .with("bytes_to_server", tally.bytes_to_server as f64, Unit::Bytes)
                .with("bytes_to_client", tally.bytes_to_client as f64, Unit::Bytes)
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
    use crate::detections::testing::{
        MIDNIGHT, chance, days_of, every, findings, flow, learnt, report,
    };

    /// So many queries within an hour, of that mean size, with answers of the other.
    fn asked(server: &str, count: i64, query: i64, answer: i64) -> Vec<Flow> {
        every(count, MIDNIGHT, 3_600 / count, |number| Flow {
            protocol: UDP,
            packets_to_server: 1,
            bytes_to_server: (query + chance(number as u64, 40) - 20) as u64,
            packets_to_client: 1,
            bytes_to_client: answer as u64,
            ..flow("10.0.0.1", server, 53)
        })
    }

    #[test]
    fn data_in_names_or_answers_is_found() {
        let names = asked("198.51.100.7", 1_800, 190, 260);
        let answers = asked("198.51.100.7", 1_200, 80, 900);
        // One socket for all of it.
        let one_flow = vec![Flow {
            protocol: UDP,
            end: MIDNIGHT + 90_000_000,
            packets_to_server: 9_000,
            bytes_to_server: 1_800_000,
            packets_to_client: 9_000,
            bytes_to_client: 1_200_000,
            ..flow("10.0.0.1", "198.51.100.7", 53)
        }];
        for (flows, queries) in [(names, 1_800.0), (answers, 1_200.0), (one_flow, 9_000.0)] {
            let found = findings("dns-tunnel", &flows);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].measures[0].value, queries);
        }
    }

    #[test]
    fn what_asks_for_names_is_not_found() {
        let busy = asked("198.51.100.7", 3_600, 85, 220);
        let few = asked("198.51.100.7", 100, 190, 260);
        let name_server: Vec<Flow> = (0..40)
            .flat_map(|server| asked(&format!("198.51.100.{server}"), 720, 95, 700))
            .collect();
        let inside = asked("10.0.0.2", 1_800, 190, 260);
        for flows in [busy, few, name_server, inside] {
            assert_eq!(findings("dns-tunnel", &flows), []);
        }
    }

    #[test]
    fn resolvers_that_are_meant_or_usual_are_not_found() {
        let flows = asked("198.51.100.7", 1_800, 190, 260);
        let meant = World {
            resolvers: ["198.51.100.7".parse::<Address>().map(Into::into)]
                .into_iter()
                .flatten()
                .collect(),
            ..World::default()
        };
        let past = days_of(5, |_| flow("10.0.0.1", "198.51.100.9", 53));
        for world in [meant, learnt(World::default(), &past)] {
            assert_eq!(report("dns-tunnel", world, &flows).findings, []);
        }
    }
}
