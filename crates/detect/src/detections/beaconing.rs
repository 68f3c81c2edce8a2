//! `beaconing`: a host of ours calls the same place again and again, at even intervals.

use flowcover_core::Severity;
use hashbrown::HashMap;

use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, UDP};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "beaconing",
    summary: "a host of ours calls the same address outside at even intervals",
    severity: Severity::Medium,
    techniques: &[Technique {
        id: "T1071",
        name: "Application Layer Protocol",
    }],
    parameters: &[
        Parameter {
            name: "calls",
            default: 24.0,
            unit: Unit::Count,
            about: "calls that there must be at least",
        },
        Parameter {
            name: "jitter",
            default: 0.35,
            unit: Unit::Ratio,
            about: "by how much an interval may differ from the median, as a share of it, to be called even",
        },
        Parameter {
            name: "even",
            default: 0.8,
            unit: Unit::Ratio,
            about: "share of the intervals that must be even",
        },
        Parameter {
            name: "hours",
            default: 3.0,
            unit: Unit::Count,
            about: "hours over which it must go on",
        },
        Parameter {
            name: "callers",
            default: 3.0,
            unit: Unit::Count,
            about: "hosts of ours that may call the same address and port; what more of them call is a service that they share",
        },
    ],
    weakened_by: &[(
        "tcp-flags",
        "connections to high ports may be taken for answers, and are then not seen as calls",
    )],
    sql: "
select start, end - start as seconds, bytes_to_server, bytes_to_client, start - lag(start) over (order by start) as interval_seconds
from flows
where {only} and action = 'ACCEPT'
order by start",
    sql_decides: false,
    page: include_str!("beaconing.md"),
    watcher: |parameters, memory| boxed(Beaconing::new(parameters, memory)),
};

/// Calls whose times are kept. Where there are more, all calls of a part of each day are.
const KEPT: usize = 512;
/// Seconds of a day.
const DAY: i64 = 86_400;

type Key = (Address, Address, u16, u8);

struct Beaconing {
    calls: u64,
    jitter: f64,
    even: f64,
    hours: u64,
    callers: usize,
    pairs: Keyed<Key, Calls>,
}

/// The calls of one client to one service.
#[derive(Default)]
struct Calls {
    /// When they began (Unix seconds), in no order: those in the first `DAY >> halvings` seconds of each day.
    starts: Vec<i64>,
    halvings: u32,
    tally: Tally,
}

impl Calls {
    /// Keeps less of each day until few enough are left. What is kept depends only on which calls there were: whole stretches of time stay,
    /// so that intervals within them are true.
    fn keep_few(&mut self) {
        while self.starts.len() > KEPT && self.halvings < 12 {
            self.halvings += 1;
            self.drop_what_is_late();
        }
        if self.starts.len() > KEPT {
            // Hundreds of calls within twenty seconds are no beacon that a flow log could show.
            self.starts.truncate(KEPT);
        }
    }

    fn drop_what_is_late(&mut self) {
        let kept = DAY >> self.halvings;
        self.starts.retain(|start| start.rem_euclid(DAY) < kept);
    }

    /// Intervals between calls, within what is kept of each day; in order of size.
    fn intervals(&self) -> Vec<i64> {
        let mut starts = self.starts.clone();
        starts.sort_unstable();
        let is_whole = self.halvings == 0;
        let same_day = |one: i64, other: i64| one.div_euclid(DAY) == other.div_euclid(DAY);
        let mut intervals: Vec<i64> = starts
            .windows(2)
            .filter(|pair| is_whole || same_day(pair[0], pair[1]))
            .map(|pair| pair[1] - pair[0])
            .collect();
        intervals.sort_unstable();
        intervals
    }
}

impl State for Calls {
    fn weight(&self) -> u64 {
        self.tally.flows
    }

    fn heap(&self) -> usize {
        self.starts.capacity() * size_of::<i64>() + self.tally.heap()
    }

    fn join(&mut self, other: Self) {
        self.tally.join(&other.tally);
        self.halvings = self.halvings.max(other.halvings);
        self.starts.extend(other.starts);
        self.drop_what_is_late();
        self.keep_few();
    }
}

/// How even intervals are.
struct Rhythm {
    median: f64,
    /// Share of the intervals that are the median, or twice or three times as long: calls that were lost make one interval of two.
    even: f64,
}

/// Calls at random, as of a Poisson process, are even for less than half if `jitter` is a third.
fn rhythm(intervals: &[i64], jitter: f64) -> Option<Rhythm> {
    let median = *intervals.get(intervals.len() / 2)? as f64;
    if median <= 0.0 {
        return None;
    }
    let is_even = |interval: &&i64| {
        let times = (**interval as f64 / median).round().clamp(1.0, 3.0);
        (**interval as f64 - times * median).abs() <= jitter * median
    };
    let even = intervals.iter().filter(is_even).count();
    Some(Rhythm {
        median,
        even: even as f64 / intervals.len() as f64,
    })
}

/// Whether even intervals are the nature of it: NTP asks at powers of two, and what DNS carries is for `dns-tunnel`.
fn is_clockwork(flow: &Flow) -> bool {
    flow.server_port == 53 || (flow.server_port == 123 && flow.protocol == UDP)
}

impl Beaconing {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            calls: parameters.count("calls"),
            jitter: parameters.get("jitter"),
            even: parameters.get("even"),
            hours: parameters.count("hours"),
            callers: parameters.count("callers") as usize,
            pairs: Keyed::new(memory),
        }
    }

    /// How many hosts of ours call each service.
    fn callers(&self, findings: &Findings<'_>) -> HashMap<(Address, u16, u8), usize> {
        let mut callers = HashMap::new();
        for ((client, server, port, protocol), _) in self.pairs.iter() {
            // A gateway calls for a host that is counted already.
            if findings.is_gateway(*client) {
                continue;
            }
            *callers.entry((*server, *port, *protocol)).or_default() += 1;
        }
        callers
    }
}

impl Watch for Beaconing {
    fn see(&mut self, flow: &Flow, _: &World) {
        if !flow.is_outbound() || flow.rejected || is_clockwork(flow) {
            return;
        }
        let key = (flow.client, flow.server, flow.server_port, flow.protocol);
        self.pairs.update(key, |calls| {
            calls.tally.add(flow);
            if flow.start.rem_euclid(DAY) < DAY >> calls.halvings {
                calls.starts.push(flow.start);
                calls.keep_few();
            }
        });
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let thinned = self.pairs.thinned();
        let callers = self.callers(findings);
        let may_be = |(_, server, port, protocol): &Key, calls: &Calls| {
            calls.tally.flows >= self.calls
                && calls.tally.hours.len() as u64 >= self.hours
                && callers
                    .get(&(*server, *port, *protocol))
                    .is_none_or(|callers| *callers <= self.callers)
        };
        for ((client, server, port, protocol), calls) in self.pairs.ordered(may_be) {
            let intervals = calls.intervals();
            let Some(rhythm) = rhythm(&intervals, self.jitter) else {
                continue;
            };
            if rhythm.even < self.even || (intervals.len() as u64) + 1 < self.calls {
                continue;
            }
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                server_port: Some(port),
                protocol: Some(protocol),
            };
            let message = format!(
                "{client} called {server} port {port} {} times, about every {:.0} seconds",
                calls.tally.flows, rhythm.median
            );
            let found = Found::new(ends, &calls.tally, message)
                .with_count("calls", calls.tally.flows)
                .with("interval", rhythm.median, Unit::Seconds)
                .with("even", (rhythm.even * 1000.0).round() / 1000.0, Unit::Ratio)
                .with(
                    "bytes_to_server",
                    calls.tally.bytes_to_server as f64,
                    Unit::Bytes,
                )
                .with_thinned(thinned);
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.pairs.bytes()
    }
}

#[cfg(test)]
mod tests;
