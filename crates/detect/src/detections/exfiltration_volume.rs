//! `exfiltration-volume`: a host of ours sends far more outside than it ever did.

use flowcover_core::Severity;

use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::Flow;
use crate::hours::Hours;
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "exfiltration-volume",
    summary: "a host of ours sent far more outside in a day than it ever did",
    severity: Severity::High,
    techniques: &[
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
            default: 500_000_000.0,
            unit: Unit::Bytes,
            about: "bytes that it must have sent on that day at least",
        },
        Parameter {
            name: "times",
            default: 4.0,
            unit: Unit::Ratio,
            about: "how many times its busiest day before",
        },
        Parameter {
            name: "days",
            default: 3.0,
            unit: Unit::Days,
            about: "days of its past that are needed to judge",
        },
    ],
    weakened_by: &[],
    sql: "
select start / 86400 as day, sum(bytes_to_server) as bytes, count(*) as flows
from flows
where {only} and {inside:client_addr} and not {inside:server_addr} and action = 'ACCEPT'
group by 1
order by 1",
    sql_decides: false,
    page: include_str!("exfiltration_volume.md"),
    watcher: |parameters, memory| boxed(ExfiltrationVolume::new(parameters, memory)),
};

/// A busiest day of less than this part of `bytes` is no past to hold a day against: a host that only asked for updates has a day beyond all
/// others with the first thing that it does.
const HARDLY: u64 = 100;

struct ExfiltrationVolume {
    bytes: u64,
    times: f64,
    days: f64,
    hosts: Keyed<Address, Sent>,
}

#[derive(Default)]
struct Sent {
    bytes: Hours,
    point: u64,
}

impl State for Sent {
    fn weight(&self) -> u64 {
        self.bytes.total()
    }

    fn heap(&self) -> usize {
        self.bytes.heap()
    }

    fn join(&mut self, other: Self) {
        self.point = if self.bytes.is_empty() {
            other.point
        } else {
            self.point.min(other.point)
        };
        self.bytes.join(&other.bytes);
    }
}

impl ExfiltrationVolume {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            bytes: parameters.count("bytes"),
            times: parameters.get("times"),
            days: parameters.get("days"),
            hosts: Keyed::new(memory),
        }
    }
}

impl Watch for ExfiltrationVolume {
    fn see(&mut self, flow: &Flow, _: &World) {
        if !flow.is_outbound() || flow.rejected {
            return;
        }
        self.hosts.update(flow.client, |sent| {
            sent.point = if sent.bytes.is_empty() {
                flow.point
            } else {
                sent.point.min(flow.point)
            };
            sent.bytes.add(flow.start, flow.bytes_to_server);
        });
    }

    fn join(&mut self, other: Self) {
        self.hosts.join(other.hosts);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let thinned = self.hosts.thinned();
        for (host, sent) in self
            .hosts
            .ordered(|_, sent| sent.bytes.total() >= self.bytes)
        {
            let baseline = findings.world().baseline.as_ref();
            let before = baseline.map_or_else(Vec::new, |baseline| baseline.sent_by_day(host));
            let mut most = before.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
            for (day, bytes) in sent.bytes.days() {
                let is_judged = day + 86_400 > from;
                let limit = (most as f64 * self.times).max(self.bytes as f64);
                if !is_judged || (bytes as f64) < limit {
                    most = most.max(bytes);
                    continue;
                }
                let has_past = most >= (self.bytes / HARDLY).max(1);
                let (severity, before) = if has_past {
                    (Severity::High, "its busiest day before was")
                } else {
                    (
                        Severity::Medium,
                        "it hardly sent anything before, on its busiest day",
                    )
                };
                let found = Found {
                    severity: Some(severity),
                    ends: Ends {
                        client: Some(host),
                        ..Ends::default()
                    },
                    message: format!(
                        "{host} sent {} MB outside in a day; {before} {:.1} MB",
                        bytes / 1_000_000,
                        most as f64 / 1e6
                    ),
                    first: day,
                    last: day + 86_400,
                    point: Some(sent.point),
                    hours: sent.bytes.clone(),
                    weight: bytes,
                    ..Found::default()
                };
                let found = found
                    .with("bytes", bytes as f64, Unit::Bytes)
                    .with("busiest_day_before", most as f64, Unit::Bytes)
                    .with_thinned(thinned);
                findings.add(found);
                break;
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
    use crate::detections::testing::{MIDNIGHT, every, findings, flow, report};

    fn upload(bytes: u64) -> Flow {
        Flow {
            bytes_to_server: bytes,
            ..flow("10.0.0.1", "198.51.100.7", 443)
        }
    }

    #[test]
    fn a_day_beyond_all_others_is_found() {
        let mut flows = every(200, MIDNIGHT, 3_600, |_| upload(1_000_000));
        flows.extend(every(10, MIDNIGHT + 7 * 86_400, 60, |_| {
            upload(200_000_000)
        }));
        let found = findings("exfiltration-volume", &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].first_seen, MIDNIGHT + 7 * 86_400);
        assert_eq!(found[0].measures[1].value, 24e6);
        assert_eq!(found[0].severity, Severity::High);
    }

    #[test]
    fn next_to_nothing_is_no_past() {
        for (bytes, severity) in [
            (0, Severity::Medium),
            (40_000, Severity::Medium),
            (400_000, Severity::High),
        ] {
            let mut flows = every(200, MIDNIGHT, 3_600, |_| upload(bytes));
            flows.extend(every(10, MIDNIGHT + 7 * 86_400, 60, |_| {
                upload(200_000_000)
            }));
            let found = findings("exfiltration-volume", &flows);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].severity, severity, "{bytes}");
            let is_said = found[0].message.contains("hardly sent anything before");
            assert_eq!(is_said, severity == Severity::Medium);
        }
    }

    #[test]
    fn what_is_usual_is_not_found() {
        let backup = every(20, MIDNIGHT, 43_200, |_| upload(800_000_000));
        let small = every(200, MIDNIGHT, 3_600, |number| {
            upload(if number == 190 { 100_000_000 } else { 1_000 })
        });
        for flows in [backup, small] {
            assert_eq!(findings("exfiltration-volume", &flows), []);
        }
    }

    #[test]
    fn too_little_past_is_said() {
        let flows = every(20, MIDNIGHT, 60, |_| upload(800_000_000));
        let report = report("exfiltration-volume", World::default(), &flows);
        assert_eq!(report.findings, []);
        assert!(
            report.coverage.weakened[0].why.contains("too little past"),
            "{:?}",
            report.coverage.weakened
        );
    }
}
