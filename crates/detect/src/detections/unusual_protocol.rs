//! `unusual-protocol`: traffic that is neither TCP nor UDP nor ICMP.

use flowcover_core::Severity;
use flowcover_core::words::counted;
use hashbrown::HashMap;

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
    id: "unusual-protocol",
    summary: "two hosts spoke a protocol that is neither TCP nor UDP nor ICMP, such as a tunnel",
    severity: Severity::Medium,
    techniques: &[
        Technique {
            id: "T1095",
            name: "Non-Application Layer Protocol",
        },
        Technique {
            id: "T1572",
            name: "Protocol Tunneling",
        },
    ],
    parameters: &[
        Parameter {
            name: "packets",
            default: 2.0,
            unit: Unit::Count,
            about: "packets that must have gone both ways together",
        },
        Parameter {
            name: "users",
            default: 3.0,
            unit: Unit::Count,
            about: "hosts of ours that may speak a protocol among themselves; what more of them speak is part of the network",
        },
    ],
    weakened_by: &[],
    sql: "
select start, end, action, packets_to_server, bytes_to_server, packets_to_client, bytes_to_client
from flows
where {only} and protocol not in (1, 6, 17, 58)
order by start",
    sql_decides: false,
    page: include_str!("unusual_protocol.md"),
    watcher: |parameters, memory| boxed(UnusualProtocol::new(parameters, memory)),
};

/// What the protocol is called, of those that are seen at all (IANA's list of assigned internet protocol numbers).
fn name(protocol: u8) -> Option<&'static str> {
    Some(match protocol {
        4 => "IP in IP",
        41 => "IPv6 in IPv4",
        46 => "RSVP",
        47 => "GRE",
        50 => "ESP of IPsec",
        51 => "AH of IPsec",
        88 => "EIGRP",
        89 => "OSPF",
        94 => "IPIP",
        97 => "EtherIP",
        103 => "PIM",
        108 => "IPComp",
        112 => "VRRP",
        115 => "L2TP",
        132 => "SCTP",
        136 => "UDPLite",
        137 => "MPLS in IP",
        _ => return None,
    })
}

type Key = (Address, Address, u8);

struct UnusualProtocol {
    packets: u64,
    users: u64,
    pairs: Keyed<Key, Spoken>,
}

/// Where the two ends are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    #[default]
    Internal,
    Inbound,
    Outbound,
}

#[derive(Default)]
struct Spoken {
    way: Way,
    packets: u64,
    answered: bool,
    tally: Tally,
}

impl State for Spoken {
    fn weight(&self) -> u64 {
        self.packets
    }

    fn heap(&self) -> usize {
        self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.way = self.way.max(other.way);
        self.packets = self.packets.saturating_add(other.packets);
        self.answered |= other.answered;
        self.tally.join(&other.tally);
    }
}

impl Spoken {
    fn severity(&self) -> Severity {
        let is_refused = self.tally.refused == self.tally.flows;
        match (self.way, is_refused) {
            (Way::Outbound, false) => Severity::Medium,
            (Way::Inbound, false) if self.answered => Severity::Medium,
            _ => Severity::Low,
        }
    }
}

impl UnusualProtocol {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            packets: parameters.count("packets"),
            users: parameters.count("users"),
            pairs: Keyed::new(memory),
        }
    }

    /// How many of ours speak each protocol among themselves.
    fn users(&self) -> HashMap<u8, Distinct> {
        let mut users: HashMap<u8, Distinct> = HashMap::new();
        for ((client, server, protocol), spoken) in self.pairs.iter() {
            if spoken.way == Way::Internal {
                let users = users.entry(*protocol).or_default();
                users.insert_wide(client.to_bits());
                users.insert_wide(server.to_bits());
            }
        }
        users
    }
}

impl Watch for UnusualProtocol {
    fn see(&mut self, flow: &Flow, _: &World) {
        if matches!(flow.protocol, 1 | 6 | 17 | 58) || flow.server.is_special() {
            return;
        }
        let way = match (flow.client_inside, flow.server_inside) {
            (true, true) => Way::Internal,
            (true, false) => Way::Outbound,
            // Who knocks and is refused is the internet's usual noise.
            (false, _) if flow.rejected => return,
            (false, _) => Way::Inbound,
        };
        let key = (flow.client, flow.server, flow.protocol);
        self.pairs.update(key, |spoken| {
            spoken.way = way;
            spoken.packets = spoken.packets.saturating_add(flow.packets());
            spoken.answered |= flow.is_answered();
            spoken.tally.add(flow);
        });
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let users = self.users();
        let is_found = |(_, _, protocol): &Key, spoken: &Spoken| {
            let users = users.get(protocol).map_or(0, Distinct::count);
            spoken.packets >= self.packets && (spoken.way != Way::Internal || users <= self.users)
        };
        for ((client, server, protocol), spoken) in self.pairs.ordered(is_found) {
            let baseline = findings.world().baseline.as_ref();
            let is_known = spoken.way == Way::Outbound
                && baseline.is_some_and(|baseline| baseline.has_called(client, server));
            if is_known {
                continue;
            }
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                server_port: None,
                protocol: Some(protocol),
            };
            let name = name(protocol).map_or(String::new(), |name| format!(" ({name})"));
            let tally = &spoken.tally;
            let message = format!(
                "{client} sent {server} packets of protocol {protocol}{name}: {}, {} of them refused",
                counted(tally.flows, "flow"),
                tally.refused
            );
            let found = Found::new(ends, tally, message)
                .with_severity(spoken.severity())
                .with_weight(spoken.packets)
                .with_count("packets", spoken.packets)
                .with_count("flows", tally.flows)
                .with_count("refused", tally.refused)
                .with("bytes_to_server", tally.bytes_to_server as f64, Unit::Bytes)
                .with("bytes_to_client", tally.bytes_to_client as f64, Unit::Bytes)
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
    use crate::detections::testing::{MIDNIGHT, days_of, every, findings, flow, learnt, report};

    fn packets(protocol: u8, client: &str, server: &str) -> Flow {
        Flow {
            protocol,
            client_port: 0,
            ..flow(client, server, 0)
        }
    }

    #[test]
    fn tunnels_are_found() {
        let flows = every(6, MIDNIGHT, 600, |_| {
            packets(47, "10.0.0.1", "198.51.100.7")
        });
        let found = findings("unusual-protocol", &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Medium);
        assert_eq!(
            found[0].message,
            "10.0.0.1 sent 198.51.100.7 packets of protocol 47 (GRE): 6 flows, 0 of them refused"
        );
        let refused = Flow {
            rejected: true,
            packets_to_client: 0,
            ..packets(99, "10.0.0.1", "198.51.100.7")
        };
        let let_in = packets(50, "198.51.100.7", "10.0.0.1");
        let between = packets(112, "10.0.0.1", "10.0.0.2");
        for (flow, severity) in [
            (refused, Severity::Low),
            (let_in, Severity::Medium),
            (between, Severity::Low),
        ] {
            let found = findings("unusual-protocol", &[flow]);
            assert_eq!(found.len(), 1, "{flow:?}");
            assert_eq!(found[0].severity, severity, "{flow:?}");
        }
    }

    #[test]
    fn what_is_usual_is_not_found() {
        let common: Vec<Flow> = [1, 6, 17, 58]
            .map(|protocol| packets(protocol, "10.0.0.1", "198.51.100.7"))
            .to_vec();
        let knock = vec![Flow {
            rejected: true,
            packets_to_client: 0,
            ..packets(47, "198.51.100.7", "10.0.0.1")
        }];
        let single = vec![Flow {
            packets_to_server: 1,
            packets_to_client: 0,
            ..packets(132, "198.51.100.7", "10.0.0.1")
        }];
        let multicast = vec![packets(2, "10.0.0.1", "224.0.0.22")];
        let overlay = every(30, MIDNIGHT, 600, |number| {
            let client = format!("10.0.0.{}", number % 6);
            packets(4, &client, &format!("10.0.0.{}", (number + 1) % 6))
        });
        for flows in [common, knock, single, multicast, overlay] {
            assert_eq!(findings("unusual-protocol", &flows), []);
        }
        let past = days_of(4, |_| packets(50, "10.0.0.1", "198.51.100.7"));
        let world = learnt(World::default(), &past);
        let flows = [packets(50, "10.0.0.1", "198.51.100.7")];
        assert_eq!(report("unusual-protocol", world, &flows).findings, []);
    }
}
