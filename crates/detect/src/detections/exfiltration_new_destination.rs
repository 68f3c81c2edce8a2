//! `exfiltration-new-destination`: a host of ours sends much to where nobody of ours sent anything to speak of before.

use flowcover_core::Severity;
use hashbrown::HashMap;

use crate::Address;
use crate::baseline::{Baseline, neighbourhood};
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Findings, Found};
use crate::flow::{DNS_PORT, Flow};
use crate::keyed::{Keyed, State};
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
    uploads: Keyed<(Address, u64), Upload>,
}

/// How ours use a neighbourhood.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    /// Bytes that were sent there before it could be called new.
    before: u64,
    /// Hosts that sent more than a question.
    senders: u64,
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
        for ((client, place), Upload(upload)) in self.uploads.iter() {
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
            self.uploads.update(key, |upload| upload.0.add(flow));
        }
    }

    fn join(&mut self, other: Self) {
        self.uploads.join(other.uploads);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let candidates = self.uploads.ordered(|_, Upload(upload)| {
            upload.is_upload() && upload.bytes.most_within(24) >= self.bytes
        });
        let places = candidates.iter().map(|((_, place), _)| *place);
        let uses = self.uses(places, from, findings);
        let baseline = findings.world().baseline.as_ref();
        let hosts = candidates.iter().map(|((client, _), _)| *client);
        let sent = self
            .uploads
            .iter()
            .map(|((host, _), upload)| (*host, &upload.0));
        let busiest = busiest_before(hosts, sent, from, baseline);
        for ((client, place), Upload(upload)) in candidates {
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
mod tests {
    use super::*;
    use crate::detections::testing::{
        MIDNIGHT, days_of, every, findings, flow, learnt, report, report_behind,
    };

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
            let report = report("exfiltration-new-destination", world, &attack);
            report.findings.len()
        };
        assert_eq!(judge(Vec::new()), 1);
        // It asked there itself, another asked, another sent much.
        assert_eq!(judge(vec![upload("10.0.0.3", "203.0.113.77", 900)]), 0);
        assert_eq!(judge(vec![upload("10.0.0.2", "203.0.113.77", 900)]), 1);
        assert_eq!(judge(vec![upload("10.0.0.2", "203.0.113.77", 900_000)]), 0);
    }

    #[test]
    fn who_asks_next_door_does_not_make_it_known() {
        let attack = || {
            every(12, MIDNIGHT + 4 * DAY, 600, |_| {
                upload("10.0.0.1", "203.0.113.9", 25_000_000)
            })
        };
        let asked = |number: i64, bytes| {
            let client = format!("10.0.0.{}", 2 + number % 6);
            upload(&client, &format!("203.0.113.{}", 20 + number), bytes)
        };
        // Before and after, a little by six hosts.
        let little = [
            every(12, MIDNIGHT, 3_600, |number| asked(number, 6_000)),
            every(12, MIDNIGHT + 4 * DAY, 3_600, |number| asked(number, 6_000)),
        ];
        let flows = [usual(), little.concat(), attack()].concat();
        let found = findings("exfiltration-new-destination", &flows);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.ends_with("no more than 72 kB before"),
            "{}",
            found[0].message
        );
        // Much, before; or by many.
        let before = every(12, MIDNIGHT, 3_600, |number| asked(number, 300_000));
        let by_many = every(12, MIDNIGHT + 4 * DAY, 3_600, |number| {
            asked(number, 900_000)
        });
        for known in [before, by_many] {
            let flows = [usual(), known, attack()].concat();
            assert_eq!(findings("exfiltration-new-destination", &flows), []);
        }
    }

    #[test]
    fn a_gateway_is_no_sender_of_its_own() {
        // Two hosts, each behind a gateway: four addresses send.
        let flows = every(48, MIDNIGHT + 4 * DAY, 600, |number| {
            let client = ["10.0.0.1", "10.0.9.1", "10.0.0.2", "10.0.9.2"][number as usize % 4];
            upload(client, "203.0.113.9", 25_000_000)
        });
        let flows = [usual(), flows].concat();
        let of = |gateways: &[&str]| {
            let id = "exfiltration-new-destination";
            let report = report_behind(gateways, id, World::default(), &flows);
            let clients = report.findings.iter().filter_map(|found| found.client);
            clients.map(|client| client.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), [""; 0]);
        assert_eq!(of(&["10.0.9.1", "10.0.9.2"]), ["10.0.0.1", "10.0.0.2"]);
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
