//! `exfiltration-new-destination`: a host of ours sends much to where nobody of ours called before.

use flowcover_core::Severity;

use crate::Address;
use crate::baseline::neighbourhood;
use crate::detection::{Detection, Technique, boxed};
use crate::distinct::Distinct;
use crate::finding::Findings;
use crate::flow::{DNS_PORT, Flow};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::sent::{Sent, busiest_before};
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "exfiltration-new-destination",
    summary: "a host of ours sent much to an address outside that nobody of ours called before",
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
            about: "hosts of ours that may call the same destination; what more of them call is a service that they share",
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
    days: f64,
    /// By neighbourhood.
    places: Keyed<u64, Place>,
    /// By host and neighbourhood.
    uploads: Keyed<(Address, u64), Upload>,
}

/// A neighbourhood outside that ours called.
struct Place {
    /// Unix seconds: the first call.
    first: i64,
    callers: Distinct,
    flows: u64,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            first: i64::MAX,
            callers: Distinct::default(),
            flows: 0,
        }
    }
}

impl State for Place {
    fn weight(&self) -> u64 {
        self.flows
    }

    fn heap(&self) -> usize {
        self.callers.heap()
    }

    fn join(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.callers.join(&other.callers);
        self.flows += other.flows;
    }
}

#[derive(Default)]
struct Upload(Sent);

impl State for Upload {
    fn weight(&self) -> u64 {
        self.0.bytes.total()
    }

    fn heap(&self) -> usize {
        self.0.heap()
    }

    fn join(&mut self, other: Self) {
        self.0.join(&other.0);
    }
}

impl NewDestination {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            bytes: parameters.count("bytes"),
            share: parameters.get("share"),
            callers: parameters.count("callers"),
            days: parameters.get("days"),
            places: Keyed::new(memory / 2),
            uploads: Keyed::new(memory / 2),
        }
    }

    /// Whether the destination is new since that moment, and not one that many of ours call.
    fn is_new(&self, place: u64, upload: &Sent, from: i64) -> bool {
        let known = self.places.get(&place);
        // A place that was dropped for want of memory is as old as what was sent there.
        let first = known.map_or(upload.first, |known| known.first.min(upload.first));
        let callers = known.map_or(1, |known| known.callers.count());
        first >= from && callers <= self.callers
    }
}

impl Watch for NewDestination {
    fn see(&mut self, flow: &Flow, _: &World) {
        // A name server of ours asks everywhere: that a place was asked for a name does not make it known.
        if !flow.is_outbound() || flow.rejected || flow.server_port == DNS_PORT {
            return;
        }
        let place = neighbourhood(flow.server);
        self.places.update(place, |known| {
            known.first = known.first.min(flow.start);
            known.callers.insert_wide(flow.client.to_bits());
            known.flows += 1;
        });
        if flow.bytes_to_server >= SMALL {
            self.uploads
                .update((flow.client, place), |upload| upload.0.add(flow));
        }
    }

    fn join(&mut self, other: Self) {
        self.places.join(other.places);
        self.uploads.join(other.uploads);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let candidates = self.uploads.ordered(|(_, place), Upload(upload)| {
            upload.is_upload()
                && upload.bytes.most_within(24) >= self.bytes
                && self.is_new(*place, upload, from)
        });
        let baseline = findings.world().baseline.as_ref();
        let hosts = candidates.iter().map(|((client, _), _)| *client);
        let sent = self
            .uploads
            .iter()
            .map(|((host, _), upload)| (*host, &upload.0));
        let busiest = busiest_before(hosts, sent, from, baseline);
        for ((client, place), Upload(upload)) in candidates {
            let most = upload.bytes.most_within(24);
            let before = busiest.get(&client).copied().unwrap_or(0);
            let is_known = baseline.is_some_and(|baseline| {
                upload.server_or_lowest().is_some_and(|server| {
                    baseline.has_called(client, server) || baseline.anyone_called(server)
                })
            });
            if is_known || (most as f64) < self.share * before as f64 {
                continue;
            }
            let message = format!(
                "{client} sent {} MB to {}, where nobody of ours called before",
                upload.bytes.total() / 1_000_000,
                upload.place()
            );
            let severity = if most >= self.bytes.saturating_mul(10) {
                Severity::High
            } else {
                Severity::Medium
            };
            let callers = self.places.get(&place);
            let found = upload
                .found(client, message)
                .with_severity(severity)
                .with("most_in_24_hours", most as f64, Unit::Bytes)
                .with("busiest_day_before", before as f64, Unit::Bytes)
                .with_count("callers", callers.map_or(1, |known| known.callers.count()))
                .with_thinned(self.uploads.thinned())
                .with_thinned(self.places.thinned());
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.places.bytes() + self.uploads.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detections::testing::{MIDNIGHT, days_of, every, findings, flow, learnt, report};

    const DAY: i64 = 86_400;

    fn upload(client: &str, server: &str, bytes: u64) -> Flow {
        Flow {
            bytes_to_server: bytes,
            ..flow(client, server, 443)
        }
    }

    /// Five days in which two hosts call one place each hour.
    fn usual() -> Vec<Flow> {
        days_of(5, |hour| {
            upload(&format!("10.0.0.{}", 1 + hour % 2), "198.51.100.7", 60_000)
        })
    }

    #[test]
    fn much_to_where_nobody_called_is_found() {
        let mut flows = usual();
        flows.extend(every(12, MIDNIGHT + 4 * DAY, 600, |_| {
            upload("10.0.0.1", "203.0.113.9", 25_000_000)
        }));
        let found = findings("exfiltration-new-destination", &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Medium);
        assert_eq!(found[0].measures[0].value, 300e6);
        assert!(found[0].query.contains("server_addr = '203.0.113.9'"));
        flows.extend(every(3, MIDNIGHT + 4 * DAY, 600, |_| {
            upload("10.0.0.1", "203.0.113.10", 1_000_000_000)
        }));
        let found = findings("exfiltration-new-destination", &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(found[0].server, None);
    }

    #[test]
    fn what_is_usual_or_shared_is_not_found() {
        let later = MIDNIGHT + 4 * DAY;
        let neighbour = every(3, later, 60, |_| {
            upload("10.0.0.1", "198.51.100.99", 100_000_000)
        });
        let shared = every(20, later, 60, |number| {
            upload(
                &format!("10.0.0.{}", 1 + number % 5),
                "203.0.113.9",
                100_000_000,
            )
        });
        let download = every(3, later, 60, |_| Flow {
            bytes_to_client: 4_000_000_000,
            ..upload("10.0.0.1", "203.0.113.9", 60_000_000)
        });
        let slow = every(10, MIDNIGHT + 3 * DAY + 60, 3 * 3600, |_| {
            upload("10.0.0.1", "203.0.113.9", 4_000_000)
        });
        let mut sends_anyway = days_of(3, |_| upload("10.0.0.1", "198.51.100.7", 1_000_000_000));
        sends_anyway.extend(every(3, later, 60, |_| {
            upload("10.0.0.1", "203.0.113.9", 100_000_000)
        }));
        for more in [neighbour, shared, download, slow, sends_anyway] {
            let flows = [usual(), more].concat();
            assert_eq!(findings("exfiltration-new-destination", &flows), []);
        }
    }

    #[test]
    fn the_past_may_be_in_a_baseline() {
        let attack = every(12, MIDNIGHT + 9 * DAY, 600, |_| {
            upload("10.0.0.3", "203.0.113.9", 25_000_000)
        });
        let judge = |known: Vec<Flow>| {
            let world = learnt(World::default(), &[usual(), known].concat());
            report("exfiltration-new-destination", world, &attack).findings
        };
        assert_eq!(judge(Vec::new()).len(), 1);
        // Another host called it.
        assert_eq!(judge(vec![upload("10.0.0.2", "203.0.113.77", 900)]), []);
    }

    #[test]
    fn too_little_past_is_said() {
        let flows = every(3, MIDNIGHT, 60, |_| {
            upload("10.0.0.1", "203.0.113.9", 1 << 30)
        });
        let report = report("exfiltration-new-destination", World::default(), &flows);
        assert_eq!(report.findings, []);
        assert!(
            report.coverage.weakened[0].why.contains("too little past"),
            "{:?}",
            report.coverage.weakened
        );
    }
}
