//! `exfiltration-new-destination`: a host of ours sends much to where nobody of ours sent anything to speak of before.

use flowcover_core::Severity;
use hashbrown::HashMap;

use crate::Address;
use crate::baseline::{Baseline, neighbourhood};
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Findings, Found};
use crate::flow::{DNS_PORT, Flow};
use crate::keyed::Keyed;
use crate::parameters::{Parameter, Parameters, Unit};
use crate::sent::{Sent, busiest_before};
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "exfiltration-new-destination",
    summary: "a host of ours sent much to an address outside to which nobody of ours sent anything to speak of before",
    severity: Severity::Medium,
    techniques: &[
        Technique {
            id: "T1041",
            name: "Exfiltration Over C2 Channel",
        },
        Technique {
            id: "T1048",
            name: "Exfiltration Over Alternative Protocol",
        },
        Technique {
            id: "T1567",
            name: "Exfiltration Over Web Service",
        },
    ],
    parameters: &[
        Parameter {
            name: "bytes",
            default: 50_000_000.0,
            unit: Unit::Bytes,
            about: "bytes that it must have sent there within 24 hours at least; ten times as much makes severity high",
        },
        Parameter {
            name: "share",
            default: 0.25,
            unit: Unit::Ratio,
            about: "of what it sent outside on its busiest day before: it must be that much as well",
        },
        Parameter {
            name: "callers",
            default: 3.0,
            unit: Unit::Count,
            about: "hosts of ours that may send to the same destination; what more of them send to is a service that they share",
        },
        Parameter {
            name: "known",
            default: 1_000_000.0,
            unit: Unit::Bytes,
            about: "bytes sent to a destination in all days of the past that make it known, or by one host that count it among the senders; with less, something was asked there",
        },
        Parameter {
            name: "days",
            default: 3.0,
            unit: Unit::Days,
            about: "days of the past that are needed to call a destination new",
        },
    ],
    weakened_by: &[(
        "pkt-dstaddr",
        "what passes a NAT gateway belongs to the gateway, not to the host behind it",
    )],
    sql: "
select server_addr, min(start) as first_seen, sum(bytes_to_server) as bytes_to_server, sum(bytes_to_client) as bytes_to_client, count(*) as flows
from flows
where {only} and {inside:client_addr} and not {inside:server_addr} and action = 'ACCEPT'
group by server_addr
order by bytes_to_server desc
limit 100",
    sql_decides: false,
    page: include_str!("exfiltration_new_destination.md"),
    watcher: |parameters, memory| boxed(NewDestination::new(parameters, memory)),
};

/// Flows that send less are no part of an upload worth the memory: most requests are below.
const SMALL: u64 = 2_000;

struct NewDestination {
    bytes: u64,
    share: f64,
    callers: u64,
    known: u64,
    days: f64,
    /// By host and neighbourhood.
    uploads: Keyed<(Address, u64), Sent>,
}

/// How ours use a neighbourhood.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    /// Bytes that were sent there before it could be called new.
    before: u64,
    /// Hosts that sent more than a question.
    senders: u64,
}

impl NewDestination {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            bytes: parameters.count("bytes"),
            share: parameters.get("share"),
            callers: parameters.count("callers"),
            known: parameters.count("known"),
            days: parameters.get("days"),
            uploads: Keyed::new(memory),
        }
    }

    /// How ours use each of these neighbourhoods, and did before `from`. A gateway only sends what others send, which would count twice.
    fn uses(
        &self,
        places: impl Iterator<Item = u64>,
        from: i64,
        findings: &Findings<'_>,
    ) -> HashMap<u64, Use> {
        let mut uses: HashMap<u64, Use> = places.map(|place| (place, Use::default())).collect();
        for ((client, place), upload) in self.uploads.iter() {
            let Some(known) = uses.get_mut(place) else {
                continue;
            };
            if !findings.is_gateway(*client) {
                known.before = known.before.saturating_add(upload.bytes.before(from));
                known.senders += u64::from(upload.bytes.total() >= self.known);
            }
        }
        uses
    }

    fn found(&self, client: Address, upload: &Sent, used: Use, busiest_before: u64) -> Found {
        let most = upload.bytes.most_within(24);
        let message = format!(
            "{client} sent {} MB to {}, where ours sent {} before",
            upload.bytes.total() / 1_000_000,
            upload.place(),
            match used.before {
                0 => "nothing".to_owned(),
                before => format!("no more than {} kB", before.div_ceil(1_000)),
            }
        );
        let severity = if most >= self.bytes.saturating_mul(10) {
            Severity::High
        } else {
            Severity::Medium
        };
        upload
            .found(client, message)
            .with_severity(severity)
            .with("most_in_24_hours", most as f64, Unit::Bytes)
            .with("busiest_day_before", busiest_before as f64, Unit::Bytes)
            .with("sent_there_before", used.before as f64, Unit::Bytes)
            .with_count("senders", used.senders)
            .with_thinned(self.uploads.thinned())
    }
}

/// Whether the host called there in its past, or another sent much there.
fn is_in(baseline: &Baseline, client: Address, upload: &Sent) -> bool {
    upload.server_or_lowest().is_some_and(|server| {
        baseline.has_called(client, server) || baseline.anyone_uploaded(server)
    })
}

impl Watch for NewDestination {
    fn see(&mut self, flow: &Flow, _: &World) {
        // A name server of ours asks everywhere: that is for `dns-tunnel`.
        if !flow.is_outbound() || flow.rejected || flow.server_port == DNS_PORT {
            return;
        }
        if flow.bytes_to_server >= SMALL {
            let key = (flow.client, neighbourhood(flow.server));
            self.uploads.update(key, |upload| upload.add(flow));
        }
    }

    fn join(&mut self, other: Self) {
        self.uploads.join(other.uploads);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let candidates = self
            .uploads
            .ordered(|_, upload| upload.is_upload() && upload.bytes.most_within(24) >= self.bytes);
        let places = candidates.iter().map(|((_, place), _)| *place);
        let uses = self.uses(places, from, findings);
        let baseline = findings.world().baseline.as_ref();
        let hosts = candidates.iter().map(|((client, _), _)| *client);
        let sent = self
            .uploads
            .iter()
            .map(|((host, _), upload)| (*host, upload));
        let busiest = busiest_before(hosts, sent, from, baseline);
        for ((client, place), upload) in candidates {
            let used = uses.get(&place).copied().unwrap_or_default();
            let before = busiest.get(&client).copied().unwrap_or(0);
            let is_usual = (upload.bytes.most_within(24) as f64) < self.share * before as f64;
            let is_known = used.before >= self.known
                || used.senders > self.callers
                || baseline.is_some_and(|baseline| is_in(baseline, client, upload));
            if !is_usual && !is_known {
                findings.add(self.found(client, upload, used, before));
            }
        }
    }

    fn bytes(&self) -> usize {
        self.uploads.bytes()
    }
}

#[cfg(test)]
mod tests;
