//! `ddos-inbound`: far more clients, and far more from them, come to a server in an hour than in others.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use super::usual::exceeded_by;
use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::Flow;
use crate::hours::{HOUR, Hours};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "ddos-inbound",
    summary: "in an hour a host of ours got far more flows or packets, from far more clients outside, than in its other hours",
    severity: Severity::High,
    techniques: &[
        Technique {
            id: "T1498",
            name: "Network Denial of Service",
        },
        Technique {
            id: "T1499",
            name: "Endpoint Denial of Service",
        },
    ],
    parameters: &[
        Parameter {
            name: "sources",
            default: 100.0,
            unit: Unit::Count,
            about: "different addresses outside in that hour at least",
        },
        Parameter {
            name: "flows",
            // A flood of ten minutes may lie on both sides of the hour.
            default: 1_500.0,
            unit: Unit::Count,
            about: "flows in that hour at least; or else `packets`",
        },
        Parameter {
            name: "packets",
            default: 1_000_000.0,
            unit: Unit::Count,
            about: "packets to it in that hour at least; or else `flows`",
        },
        Parameter {
            name: "times",
            default: 10.0,
            unit: Unit::Ratio,
            about: "how many times as many flows or packets as three quarters of its other hours stay below",
        },
        Parameter {
            name: "times_sources",
            default: 3.0,
            unit: Unit::Ratio,
            about: "the same for addresses",
        },
        Parameter {
            name: "hours",
            default: 6.0,
            unit: Unit::Count,
            about: "other hours that are needed to judge",
        },
    ],
    weakened_by: &[],
    sql: "
select start / 3600 * 3600 as hour, count(*) as flows, sum(packets_to_server) as packets_to_server,
  count(distinct client_addr) as sources, count(distinct server_port) as ports
from flows
where {only} and not {inside:client_addr} and {inside:server_addr}
group by 1
order by 1",
    sql_decides: false,
    page: include_str!("ddos_inbound.md"),
    watcher: |parameters, memory| boxed(DdosInbound::new(parameters, memory)),
};

/// Registers of a rough count: a standard error of 18 %, which tells ten from a hundred.
const REGISTERS: usize = 32;

/// A rough count of different addresses, in 32 bytes: HyperLogLog (Flajolet and others, 2007). One for each hour of each server must be
/// small, and nothing is reported but what it decides and its order of magnitude.
#[derive(Clone, Copy, Default)]
struct Rough([u8; REGISTERS]);

impl Rough {
    fn insert(&mut self, address: Address) {
        let bits = address.to_bits();
        let mixed = mix(mix((bits >> 64) as u64) ^ bits as u64);
        let register = mixed as usize % REGISTERS;
        let rank = (mixed >> 5).trailing_zeros().min(58) as u8 + 1;
        self.0[register] = self.0[register].max(rank);
    }

    fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = theirs.max(*mine);
        }
    }

    fn count(&self) -> u64 {
        let registers = REGISTERS as f64;
        let sum: f64 = self.0.iter().map(|rank| 0.5_f64.powi((*rank).into())).sum();
        let estimate = 0.697 * registers * registers / sum;
        let empty = self.0.iter().filter(|rank| **rank == 0).count();
        if empty > 0 && estimate <= 2.5 * registers {
            return (registers * (registers / empty as f64).ln()).round() as u64;
        }
        estimate.round() as u64
    }
}

/// Spreads a value over all bits: the finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What came to a server in an hour.
#[derive(Clone, Copy, Default)]
struct Hour {
    /// Unix seconds.
    start: i64,
    flows: u64,
    packets: u64,
    refused: u64,
    sources: Rough,
}

impl Hour {
    fn join(&mut self, other: &Self) {
        self.flows += other.flows;
        self.packets = self.packets.saturating_add(other.packets);
        self.refused += other.refused;
        self.sources.join(&other.sources);
    }
}

/// Hours of a server that are kept: the newest two months.
const MOST: usize = 24 * 62;

#[derive(Default)]
struct Came {
    /// In order of time.
    hours: Vec<Hour>,
    flows: u64,
    point: u64,
}

impl Came {
    fn add(&mut self, hour: &Hour, point: u64) {
        self.point = if self.flows == 0 {
            point
        } else {
            self.point.min(point)
        };
        self.flows += hour.flows;
        let place = match self.hours.last() {
            Some(last) if last.start == hour.start => Ok(self.hours.len() - 1),
            Some(last) if last.start < hour.start => Err(self.hours.len()),
            _ => self
                .hours
                .binary_search_by_key(&hour.start, |hour| hour.start),
        };
        match place {
            Ok(place) => self.hours[place].join(hour),
            Err(place) => {
                self.hours.insert(place, *hour);
                if self.hours.len() > MOST {
                    self.hours.remove(0);
                }
            }
        }
    }
}

impl State for Came {
    fn weight(&self) -> u64 {
        self.flows
    }

    fn heap(&self) -> usize {
        self.hours.capacity() * size_of::<Hour>()
    }

    fn join(&mut self, other: Self) {
        for hour in &other.hours {
            self.add(hour, other.point);
        }
    }
}

struct DdosInbound {
    sources: u64,
    flows: u64,
    packets: u64,
    times: f64,
    times_sources: f64,
    hours: u64,
    servers: Keyed<Address, Came>,
}

impl DdosInbound {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            sources: parameters.count("sources"),
            flows: parameters.count("flows"),
            packets: parameters.count("packets"),
            times: parameters.get("times"),
            times_sources: parameters.get("times_sources"),
            hours: parameters.count("hours"),
            servers: Keyed::new(memory),
        }
    }

    fn is_much(&self, hour: &Hour) -> bool {
        (hour.flows >= self.flows || hour.packets >= self.packets)
            && hour.sources.count() >= self.sources
    }

    /// The worst hour that stands out of the others, which were so many.
    fn worst<'a>(&self, came: &'a Came, others: u64) -> Option<&'a Hour> {
        let usual = |amount: fn(&Hour) -> u64| {
            let mut amounts: Vec<u64> = came.hours.iter().map(amount).collect();
            // The hour that is held against the others is none of them. If it stands out, taking it away is taking away the most.
            amounts.sort_unstable();
            amounts.pop();
            exceeded_by(0.25, others, amounts) as f64
        };
        let (flows, packets) = (usual(|hour| hour.flows), usual(|hour| hour.packets));
        let sources = usual(|hour| hour.sources.count());
        let is_above = |amount: u64, limit: u64, usual: f64, times: f64| {
            amount >= limit && amount as f64 >= usual * times
        };
        let stands_out = |hour: &&Hour| {
            let is_much = is_above(hour.flows, self.flows, flows, self.times)
                || is_above(hour.packets, self.packets, packets, self.times);
            let count = hour.sources.count();
            is_much && is_above(count, self.sources, sources, self.times_sources)
        };
        came.hours
            .iter()
            .filter(stands_out)
            .max_by_key(|hour| (hour.packets, hour.flows, hour.start))
    }
}

impl Watch for DdosInbound {
    fn see(&mut self, flow: &Flow, _: &World) {
        if flow.client_inside == flow.server_inside {
            return;
        }
        let (target, source, packets) = if flow.server_inside {
            (flow.server, flow.client, flow.packets_to_server)
        } else if flow.packets_to_server == 0 {
            // Answers to what nobody asked: somebody sent questions in the name of our host.
            (flow.client, flow.server, flow.packets_to_client)
        } else {
            return;
        };
        let mut hour = Hour {
            start: flow.start.div_euclid(HOUR).saturating_mul(HOUR),
            flows: 1,
            packets,
            refused: u64::from(flow.rejected),
            sources: Rough::default(),
        };
        hour.sources.insert(source);
        self.servers
            .update(target, |came| came.add(&hour, flow.point));
    }

    fn join(&mut self, other: Self) {
        self.servers.join(other.servers);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let (from, to) = findings.span();
        let others = (to.saturating_sub(from).max(0) / HOUR) as u64;
        if others < self.hours {
            findings.lacks(&format!(
                "needs {} beside the one that it judges, and has {others}",
                counted(self.hours, "hour")
            ));
            return;
        }
        let thinned = self.servers.thinned();
        let may_be = |_: &_, came: &Came| came.hours.iter().any(|hour| self.is_much(hour));
        for (server, came) in self.servers.ordered(may_be) {
            let Some(hour) = self.worst(came, others) else {
                continue;
            };
            let mut hours = Hours::default();
            came.hours
                .iter()
                .for_each(|hour| hours.add(hour.start, hour.flows));
            let severity = if hour.refused * 10 >= hour.flows * 9 {
                Severity::Medium
            } else {
                Severity::High
            };
            let found = Found {
                ends: Ends {
                    server: Some(server),
                    ..Ends::default()
                },
                severity: Some(severity),
                message: format!(
                    "{server} got {} packets in {} flows in an hour, from some {} addresses outside",
                    hour.packets,
                    hour.flows,
                    hour.sources.count()
                ),
                first: hour.start,
                last: hour.start.saturating_add(HOUR),
                point: Some(came.point),
                hours,
                approximate: Some(
                    "the number of addresses is an estimate, some 20 % off".to_owned(),
                ),
                weight: hour.packets,
                ..Found::default()
            };
            let found = found
                .with_count("packets_to_server", hour.packets)
                .with_count("flows", hour.flows)
                .with_count("sources", hour.sources.count())
                .with_count("refused", hour.refused)
                .with_thinned(thinned);
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.servers.bytes()
    }
}

#[cfg(test)]
mod tests;
