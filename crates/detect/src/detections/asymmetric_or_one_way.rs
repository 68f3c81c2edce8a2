//! `asymmetric-or-one-way`: much goes one way, was let through, and nothing comes back.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP, UDP};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "asymmetric-or-one-way",
    summary: "much was sent one way and let through, and nothing came back",
    severity: Severity::Low,
    techniques: &[
        Technique {
            id: "T1048",
            name: "Exfiltration Over Alternative Protocol",
        },
        Technique {
            id: "T1095",
            name: "Non-Application Layer Protocol",
        },
    ],
    parameters: &[
        Parameter {
            name: "packets",
            default: 500.0,
            unit: Unit::Count,
            about: "packets that must have gone that way",
        },
        Parameter {
            name: "bytes",
            default: 1_000_000.0,
            unit: Unit::Bytes,
            about: "bytes that must have gone that way",
        },
        Parameter {
            name: "seconds",
            default: 600.0,
            unit: Unit::Seconds,
            about: "how long it must have gone on; or else ten times the bytes",
        },
        Parameter {
            name: "flows",
            default: 150.0,
            unit: Unit::Count,
            about: "or else: flows without an answer in the busiest hour, however small: connections that are never completed",
        },
        Parameter {
            name: "pairs",
            default: 20.0,
            unit: Unit::Count,
            about: "pairs from which on there is one finding for all: routing, or one way that is not recorded",
        },
    ],
    weakened_by: &[],
    sql: "
select client_addr, server_addr, server_port, protocol, count(*) as flows, sum(packets_to_server) as packets_to_server,
  sum(bytes_to_server) as bytes_to_server, sum(packets_to_client) as packets_to_client, sum(bytes_to_client) as bytes_to_client,
  sum(bytes_to_server + bytes_to_client) as bytes, min(start) as first_seen, max(end) as last_seen
from flows
where {only} and action = 'ACCEPT' and protocol in (6, 17) and (packets_to_client = 0 or packets_to_server = 0)
group by client_addr, server_addr, server_port, protocol
having sum(bytes_to_server + bytes_to_client) >= {bytes} or count(*) >= {flows}
order by bytes desc",
    sql_decides: false,
    page: include_str!("asymmetric_or_one_way.md"),
    watcher: |parameters, memory| boxed(OneWay::new(parameters, memory)),
};

/// Packets with content are larger than this on average; those that only try to open a connection have 60 bytes.
const BYTES_OF_A_PACKET: u64 = 100;

/// Whether UDP to that port is meant to go one way: SNMP traps, syslog, NetFlow and IPFIX, sFlow, VXLAN (AWS Traffic Mirroring), GENEVE,
/// mDNS and LLMNR, statsd, Graphite, collectd, GELF, fluentd.
const fn is_one_way(port: u16) -> bool {
    matches!(
        port,
        162 | 514
            | 1514
            | 2003
            | 2055
            | 4739
            | 4789
            | 5140
            | 5353
            | 5355
            | 6081
            | 6343
            | 8125
            | 8126
            | 8472
            | 8649
            | 9995
            | 9996
            | 12_201
            | 24_224
            | 25_826
    )
}

type Key = (Address, Address, u16, u8);

struct OneWay {
    packets: u64,
    bytes: u64,
    seconds: i64,
    unanswered: u64,
    pairs: usize,
    flows: Keyed<Key, Sent>,
}

#[derive(Default)]
struct Sent {
    tally: Tally,
    packets: u64,
    is_outbound: bool,
    /// Whether a client outside called one of ours.
    is_inbound: bool,
}

impl State for Sent {
    fn weight(&self) -> u64 {
        self.tally.bytes()
    }

    fn heap(&self) -> usize {
        self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.tally.join(&other.tally);
        self.packets = self.packets.saturating_add(other.packets);
        self.is_outbound |= other.is_outbound;
        self.is_inbound |= other.is_inbound;
    }
}

impl OneWay {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            packets: parameters.count("packets"),
            bytes: parameters.count("bytes"),
            seconds: parameters.count("seconds").min(i64::MAX as u64) as i64,
            unanswered: parameters.count("flows"),
            pairs: parameters.count("pairs") as usize,
            flows: Keyed::new(memory),
        }
    }

    fn is_much(&self, sent: &Sent) -> bool {
        let (tally, bytes) = (&sent.tally, sent.tally.bytes());
        let has_content = bytes > sent.packets.saturating_mul(BYTES_OF_A_PACKET);
        // One of ours that calls a server that is gone, again and again, is a fault and no attack.
        let is_never_completed =
            sent.is_inbound && tally.bytes_to_client == 0 && tally.hours.most() >= self.unanswered;
        let is_stream = has_content
            && sent.packets >= self.packets
            && bytes >= self.bytes
            && (tally.last.saturating_sub(tally.first) >= self.seconds
                || bytes >= self.bytes.saturating_mul(10));
        is_stream || is_never_completed
    }
}

impl Watch for OneWay {
    fn see(&mut self, flow: &Flow, _: &World) {
        if flow.packets_to_client > 0 && flow.packets_to_server > 0 {
            return;
        }
        // Among our own hosts. What leaves them for the internet unanswered, and unencrypted, deserves a look whatever its port says.
        let is_meant = flow.protocol == UDP && is_one_way(flow.server_port) && !flow.is_outbound();
        if flow.rejected
            || !(flow.protocol == TCP || flow.protocol == UDP)
            || is_meant
            || flow.server.is_special()
        {
            return;
        }
        let key = (flow.client, flow.server, flow.server_port, flow.protocol);
        self.flows.update(key, |sent| {
            sent.tally.add(flow);
            sent.packets = sent.packets.saturating_add(flow.packets());
            sent.is_inbound |= flow.is_inbound();
            // What leaves us, whoever of the two is called the client.
            sent.is_outbound |= if flow.packets_to_server > 0 {
                flow.is_outbound()
            } else {
                flow.is_inbound()
            };
        });
    }

    fn join(&mut self, other: Self) {
        self.flows.join(other.flows);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.flows.thinned();
        let pairs = self.flows.ordered(|_, sent| self.is_much(sent));
        if pairs.len() >= self.pairs {
            findings.add(all(&pairs).with_thinned(thinned));
            return;
        }
        for (key, sent) in pairs {
            findings.add(pair(key, sent).with_thinned(thinned));
        }
    }

    fn bytes(&self) -> usize {
        self.flows.bytes()
    }
}

fn pair((client, server, port, protocol): Key, sent: &Sent) -> Found {
    let tally = &sent.tally;
    let ends = Ends {
        client: Some(client),
        server: Some(server),
        server_port: Some(port),
        protocol: Some(protocol),
    };
    let kilobytes = tally.bytes() / 1_000;
    let message = if tally.bytes_to_server >= tally.bytes_to_client {
        format!("{client} sent {kilobytes} kB to {server} port {port}, and nothing came back")
    } else {
        format!("{server} sent {kilobytes} kB from port {port} to {client}, which sent nothing")
    };
    Found::new(ends, tally, message)
        .with_severity(if sent.is_outbound {
            Severity::Medium
        } else {
            Severity::Low
        })
        .with_weight(tally.bytes())
        .with("bytes_to_server", tally.bytes_to_server as f64, Unit::Bytes)
        .with("bytes_to_client", tally.bytes_to_client as f64, Unit::Bytes)
        .with_count("packets", sent.packets)
        .with_count("flows", tally.flows)
}

/// So many pairs are no attack.
fn all(pairs: &[(Key, &Sent)]) -> Found {
    let mut sum = Tally::default();
    pairs.iter().for_each(|(_, sent)| sum.join(&sent.tally));
    let message = format!(
        "between {} of hosts much went one way and nothing came back: either what returns takes another way, which is not recorded, or it is lost",
        counted(pairs.len(), "pair")
    );
    Found::new(Ends::default(), &sum, message)
        .with_weight(sum.bytes())
        .with_count("pairs", pairs.len() as u64)
        .with_count("flows", sum.flows)
        .with("bytes", sum.bytes() as f64, Unit::Bytes)
}

#[cfg(test)]
mod tests;
