//! `brute-force-succeeded`: after many failed logins, the same client stays.

use flowcover_core::Severity;
use flowcover_core::words::counted;

use super::logins::{Login, is_attempt, is_session, is_unusual, login};
use crate::Address;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP};
use crate::hours::{HOUR, Hours};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "brute-force-succeeded",
    summary: "after many failed logins the same client was let in and stayed",
    severity: Severity::High,
    techniques: &[
        Technique {
            id: "T1110",
            name: "Brute Force",
        },
        Technique {
            id: "T1078",
            name: "Valid Accounts",
        },
    ],
    parameters: &[
        Parameter {
            name: "attempts",
            default: 30.0,
            unit: Unit::Count,
            about: "flows within an hour that look like a failed login, before the one that looks like a success, from a client outside",
        },
        Parameter {
            name: "attempts_inside",
            default: 60.0,
            unit: Unit::Count,
            about: "the same from a client of ours",
        },
        Parameter {
            name: "days",
            default: 1.0,
            unit: Unit::Days,
            about: "days after the attempts within which the success must come",
        },
    ],
    weakened_by: &[],
    sql: "
select start, end - start as seconds, action, packets_to_server, bytes_to_server, packets_to_client, bytes_to_client
from flows
where {only} and protocol = 6
  and server_port in (21, 22, 23, 445, 1433, 1521, 2222, 3306, 3389, 5432, 5439, 5900, 5985, 5986, 6379, 9042, 27017)
order by start",
    sql_decides: false,
    page: include_str!("brute_force_succeeded.md"),
    watcher: |parameters, memory| boxed(BruteForceSucceeded::new(parameters, memory)),
};

/// Sessions of one pair that are kept: the earliest.
const KEPT: usize = 32;
/// Attempts for each earlier session: who was let in more often than that is at home there.
const ATTEMPTS_FOR_EACH: u64 = 20;
/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Sums for each minute: hours of a clock that runs sixty times as fast. The newest 1,488 minutes that had something are kept.
#[derive(Default)]
struct Minutes(Hours);

impl Minutes {
    fn add(&mut self, moment: i64) {
        self.0.add(moment.saturating_mul(60), 1);
    }

    /// When each minute ends (Unix seconds), and its sum.
    fn iter(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.0
            .iter()
            .map(|(start, sum)| (start / 60 + HOUR / 60, sum))
    }
}

/// Somebody was logged in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Session {
    start: i64,
    end: i64,
    bytes: u64,
}

type Key = (Address, Address, u16);

struct BruteForceSucceeded {
    attempts: u64,
    attempts_inside: u64,
    within: i64,
    pairs: Keyed<Key, Tries>,
}

#[derive(Default)]
struct Tries {
    tally: Tally,
    minutes: Minutes,
    /// The earliest, in order.
    sessions: Vec<Session>,
    is_service: bool,
    is_inside: bool,
}

impl Tries {
    fn keep(&mut self, session: Session) {
        let place = self.sessions.partition_point(|one| *one < session);
        if place < KEPT {
            self.sessions.insert(place, session);
            self.sessions.truncate(KEPT);
        }
    }

    /// The first session that came after enough attempts, with their number. What falls into its own minute is not counted: which came first
    /// is not known.
    fn success(&self, attempts: u64, within: i64) -> Option<(Session, u64)> {
        self.sessions
            .iter()
            .enumerate()
            .find_map(|(earlier, session)| {
                let from = session.start.saturating_sub(within);
                let before: Vec<(i64, u64)> = self
                    .minutes
                    .iter()
                    .filter(|(end, _)| (from..=session.start).contains(end))
                    .collect();
                let total: u64 = before.iter().map(|(_, sum)| sum).sum();
                let is_success =
                    densest(&before) >= attempts && earlier as u64 * ATTEMPTS_FOR_EACH <= total;
                is_success.then_some((*session, total))
            })
    }
}

/// The most within an hour, of sums by minute in order of time.
fn densest(minutes: &[(i64, u64)]) -> u64 {
    let (mut first, mut sum, mut most) = (0, 0, 0);
    for (end, count) in minutes {
        sum += count;
        while minutes[first].0 <= end - HOUR {
            sum -= minutes[first].1;
            first += 1;
        }
        most = most.max(sum);
    }
    most
}

impl State for Tries {
    fn weight(&self) -> u64 {
        self.tally.flows
    }

    fn heap(&self) -> usize {
        self.tally.heap() + self.minutes.0.heap() + self.sessions.capacity() * size_of::<Session>()
    }

    fn join(&mut self, other: Self) {
        self.tally.join(&other.tally);
        self.minutes.0.join(&other.minutes.0);
        other
            .sessions
            .into_iter()
            .for_each(|session| self.keep(session));
        self.is_service |= other.is_service;
        self.is_inside |= other.is_inside;
    }
}

impl BruteForceSucceeded {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            attempts: parameters.count("attempts"),
            attempts_inside: parameters.count("attempts_inside"),
            within: (parameters.get("days") * DAY) as i64,
            pairs: Keyed::new(memory),
        }
    }

    fn limit(&self, tries: &Tries) -> u64 {
        if tries.is_inside {
            self.attempts_inside
        } else {
            self.attempts
        }
    }
}

impl Watch for BruteForceSucceeded {
    fn see(&mut self, flow: &Flow, _: &World) {
        let Some(kind) = login(flow) else {
            return;
        };
        let is_attempt = is_attempt(flow, kind) || (flow.rejected && kind == Login::Host);
        if !is_attempt && !is_session(flow) {
            return;
        }
        let key = (flow.client, flow.server, flow.server_port);
        self.pairs.update(key, |tries| {
            tries.is_service |= kind == Login::Service;
            tries.is_inside |= flow.client_inside;
            if is_attempt {
                tries.tally.add(flow);
                tries.minutes.add(flow.start);
            } else {
                tries.keep(Session {
                    start: flow.start,
                    end: flow.end,
                    bytes: flow.bytes(),
                });
            }
        });
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let (span, thinned) = (findings.span(), self.pairs.thinned());
        let may_be = |_: &_, tries: &Tries| {
            let kind = if tries.is_service {
                Login::Service
            } else {
                Login::Host
            };
            tries.tally.flows >= self.limit(tries)
                && !tries.sessions.is_empty()
                && is_unusual(kind, tries.is_inside, tries.tally.hours.len() as u64, span)
        };
        for ((client, server, port), tries) in self.pairs.ordered(may_be) {
            let Some((session, attempts)) = tries.success(self.limit(tries), self.within) else {
                continue;
            };
            let ends = Ends {
                client: Some(client),
                server: Some(server),
                server_port: Some(port),
                protocol: Some(TCP),
            };
            let seconds = session.end.saturating_sub(session.start);
            let message = format!(
                "{client} tried {} to log in to {server} port {port}, and then had a connection of {} and {} kB",
                counted(attempts, "time"),
                counted(seconds, "second"),
                session.bytes / 1_000
            );
            let mut found = Found::new(ends, &tries.tally, message)
                .with_count("attempts", attempts)
                .with("seconds", seconds as f64, Unit::Seconds)
                .with("bytes", session.bytes as f64, Unit::Bytes)
                .with_thinned(thinned);
            found.last = found.last.max(session.end);
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.pairs.bytes()
    }
}

#[cfg(test)]
mod tests;
