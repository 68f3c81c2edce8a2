//! `rejected-spike`: far more is refused at a host than ever before.

use flowcover_core::Severity;

use super::usual::exceeded_by;
use crate::Address;
use crate::baseline::Baseline;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::Flow;
use crate::hours::{HOUR, Hours};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "rejected-spike",
    summary: "in an hour far more was refused at a host of ours than in its past",
    severity: Severity::Low,
    techniques: &[
        Technique {
            id: "T1595",
            name: "Active Scanning",
        },
        Technique {
            id: "T1046",
            name: "Network Service Discovery",
        },
    ],
    parameters: &[
        Parameter {
            name: "flows",
            default: 400.0,
            unit: Unit::Count,
            about: "refused flows that there must be in the hour at least",
        },
        Parameter {
            name: "times",
            default: 5.0,
            unit: Unit::Ratio,
            about: "how many times what 95 of 100 hours of its past stayed below; its busiest hour must be surpassed by half",
        },
        Parameter {
            name: "days",
            default: 1.0,
            unit: Unit::Days,
            about: "days of the past that are needed to judge",
        },
    ],
    weakened_by: &[],
    sql: "
select start / 3600 * 3600 as hour, count(*) as refused, count(distinct client_addr) as clients, count(distinct server_port) as ports
from flows
where {only} and action = 'REJECT' and packets_to_server > 0 and {inside:server_addr}
group by 1
order by 1",
    sql_decides: false,
    page: include_str!("rejected_spike.md"),
    watcher: |parameters, memory| boxed(RejectedSpike::new(parameters, memory)),
};

struct RejectedSpike {
    flows: u64,
    times: f64,
    days: f64,
    hosts: Keyed<Address, Refused>,
}

#[derive(Default)]
struct Refused {
    all: Hours,
    /// Those whose client was ours.
    inside: Hours,
    point: Option<u64>,
}

impl State for Refused {
    fn weight(&self) -> u64 {
        self.all.total()
    }

    fn heap(&self) -> usize {
        self.all.heap() + self.inside.heap()
    }

    fn join(&mut self, other: Self) {
        self.all.join(&other.all);
        self.inside.join(&other.inside);
        self.point = lowest(self.point, other.point);
    }
}

/// The lower of two numbers of capture points, where there is one.
fn lowest(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

/// Hours one after the other with far more than usual.
#[derive(Debug, PartialEq, Eq)]
struct Spike {
    first: i64,
    last: i64,
    /// Flows of the worst hour.
    refused: u64,
    /// What was usual before it.
    usual: u64,
}

impl RejectedSpike {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            flows: parameters.count("flows"),
            times: parameters.get("times"),
            days: parameters.get("days"),
            hosts: Keyed::new(memory),
        }
    }

    /// The hours from `from` on that stand out of those before them. `past` are hours before `begin`, and how many of them there were.
    fn spikes(&self, hours: &Hours, from: i64, begin: i64, past: (Vec<u64>, u64)) -> Vec<Spike> {
        let (mut before, past_hours) = past;
        let mut most = before.iter().copied().max().unwrap_or(0);
        let mut spikes: Vec<Spike> = Vec::new();
        for (hour, refused) in hours.iter() {
            let may_be =
                hour + HOUR > from && refused >= self.flows && refused as f64 >= most as f64 * 1.5;
            if may_be {
                let seen = (hour.saturating_sub(begin) / HOUR).max(0) as u64;
                let usual = exceeded_by(0.05, past_hours + seen, before.clone());
                if refused as f64 >= usual as f64 * self.times {
                    // What is a spike itself does not make the next hour look usual.
                    add(&mut spikes, hour, refused, usual);
                    continue;
                }
            }
            most = refused.max(most);
            before.push(refused);
        }
        spikes
    }
}

/// One more hour that stands out: of the last spike, if that was the hour before.
fn add(spikes: &mut Vec<Spike>, hour: i64, refused: u64, usual: u64) {
    match spikes.last_mut() {
        Some(last) if last.last == hour => {
            last.last = hour + HOUR;
            if refused > last.refused {
                (last.refused, last.usual) = (refused, usual);
            }
        }
        _ => spikes.push(Spike {
            first: hour,
            last: hour + HOUR,
            refused,
            usual,
        }),
    }
}

impl Watch for RejectedSpike {
    fn see(&mut self, flow: &Flow, _: &World) {
        // Without a packet to the server it is an answer to somebody who used our address.
        if !flow.rejected || !flow.server_inside || flow.packets_to_server == 0 {
            return;
        }
        self.hosts.update(flow.server, |refused| {
            refused.all.add(flow.start, 1);
            if flow.client_inside {
                refused.inside.add(flow.start, 1);
            }
            refused.point = lowest(refused.point, Some(flow.point));
        });
    }

    fn join(&mut self, other: Self) {
        self.hosts.join(other.hosts);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let (begin, thinned) = (findings.span().0, self.hosts.thinned());
        let may_be = |_: &_, refused: &Refused| refused.all.most() >= self.flows;
        for (host, refused) in self.hosts.ordered(may_be) {
            let past = findings.world().baseline.as_ref().map_or_else(
                || (Vec::new(), 0),
                |baseline| past_of(host, baseline, begin),
            );
            for spike in self.spikes(&refused.all, from, begin, past) {
                findings.add(found(host, refused, &spike).with_thinned(thinned));
            }
        }
    }

    fn bytes(&self) -> usize {
        self.hosts.bytes()
    }
}

fn found(host: Address, refused: &Refused, spike: &Spike) -> Found {
    let inside: u64 = refused
        .inside
        .iter()
        .filter(|(hour, _)| (spike.first..spike.last).contains(hour))
        .map(|(_, sum)| sum)
        .sum();
    let all = (refused.all.iter()).filter(|(hour, _)| (spike.first..spike.last).contains(hour));
    let all: u64 = all.map(|(_, sum)| sum).sum();
    let severity = if inside.saturating_mul(2) >= all {
        Severity::Medium
    } else {
        Severity::Low
    };
    let found = Found {
        ends: Ends {
            server: Some(host),
            ..Ends::default()
        },
        severity: Some(severity),
        message: format!(
            "at {host} {} flows were refused in an hour; 95 of 100 hours before had no more than {}. Of {all} in all, {inside} came from our own hosts",
            spike.refused, spike.usual
        ),
        first: spike.first,
        last: spike.last,
        occasion: Some(spike.first),
        point: refused.point,
        hours: refused.all.clone(),
        weight: spike.refused,
        ..Found::default()
    };
    found
        .with_count("refused", spike.refused)
        .with_count("usual", spike.usual)
        .with_count("refused_from_inside", inside)
        .with_count(
            "hours",
            u64::try_from((spike.last - spike.first) / HOUR).unwrap_or(0),
        )
}

/// What was refused at a host in each hour before that moment, as far as there was anything, and how many hours there were.
fn past_of(host: Address, baseline: &Baseline, before: i64) -> (Vec<u64>, u64) {
    let hours = baseline.refused(host);
    let amounts = hours.into_iter().flat_map(Hours::iter);
    // A baseline may have been learnt from the same records: no hour is its own past.
    let amounts = amounts
        .filter(|(hour, _)| *hour < before)
        .map(|(_, amount)| amount);
    (amounts.collect(), (baseline.days() * 24.0) as u64)
}

#[cfg(test)]
mod tests;
