//! What went through the proxy.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::call::Call;
use super::rule::glob;

/// One call that the proxy took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which call.
    pub call: Call,
    /// When its request was read, since the proxy started.
    pub started: Duration,
    /// From the request read to the answer written, injected delay included.
    pub took: Duration,
    /// Status of the answer; `None` where the proxy never answered.
    pub status: Option<u16>,
}

/// The calls that have ended, in the order in which they ended.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// Every call.
    pub entries: Vec<Entry>,
    /// Most calls that were under way at the same moment.
    pub max_in_flight: usize,
    /// The same for each account.
    pub max_in_flight_by_account: BTreeMap<String, usize>,
}

impl Calls {
    /// How many calls fit the pattern `service:Action`, in which `*` stands for any text.
    #[must_use]
    pub fn count(&self, pattern: &str) -> usize {
        self.matching(pattern).count()
    }

    /// The calls that fit the pattern.
    pub fn matching<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = &'a Entry> {
        let fits = |entry: &&Entry| glob(pattern, &entry.call.to_string());
        self.entries.iter().filter(fits)
    }

    /// Number of calls by `service:Action`.
    #[must_use]
    pub fn by_action(&self) -> BTreeMap<String, usize> {
        self.by(ToString::to_string)
    }

    /// Number of calls by region of the credential scope.
    #[must_use]
    pub fn by_region(&self) -> BTreeMap<String, usize> {
        self.by(|call| call.region.clone())
    }

    /// Number of calls by account.
    #[must_use]
    pub fn by_account(&self) -> BTreeMap<String, usize> {
        self.by(|call| call.account.clone())
    }

    /// From the first request to the last answer.
    #[must_use]
    pub fn wall(&self) -> Duration {
        let first = self.entries.iter().map(|entry| entry.started).min();
        let last = self
            .entries
            .iter()
            .map(|entry| entry.started + entry.took)
            .max();
        last.unwrap_or_default()
            .saturating_sub(first.unwrap_or_default())
    }

    fn by(&self, key: impl Fn(&Call) -> String) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            *counts.entry(key(&entry.call)).or_insert(0) += 1;
        }
        counts
    }
}

/// Counts while the proxy runs.
#[derive(Debug)]
pub(crate) struct Ledger {
    started: Instant,
    calls: Calls,
    in_flight: usize,
    in_flight_by_account: HashMap<String, usize>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            calls: Calls::default(),
            in_flight: 0,
            in_flight_by_account: HashMap::new(),
        }
    }

    /// Counts a call as under way and gives the time since the start.
    pub(crate) fn begin(&mut self, call: &Call) -> Duration {
        self.in_flight += 1;
        self.calls.max_in_flight = self.calls.max_in_flight.max(self.in_flight);
        let of_account = self
            .in_flight_by_account
            .entry(call.account.clone())
            .or_insert(0);
        *of_account += 1;
        let most = self
            .calls
            .max_in_flight_by_account
            .entry(call.account.clone())
            .or_insert(0);
        *most = (*most).max(*of_account);
        self.started.elapsed()
    }

    pub(crate) fn end(&mut self, call: Call, started: Duration, status: Option<u16>) {
        self.in_flight -= 1;
        if let Some(of_account) = self.in_flight_by_account.get_mut(&call.account) {
            *of_account -= 1;
        }
        let took = self.started.elapsed().saturating_sub(started);
        self.calls.entries.push(Entry {
            call,
            started,
            took,
            status,
        });
    }

    pub(crate) fn calls(&self) -> Calls {
        self.calls.clone()
    }

    /// Forgets the calls that have ended; those under way are still counted.
    pub(crate) fn forget(&mut self) {
        self.calls = Calls::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(action: &str, region: &str, account: &str) -> Call {
        Call {
            service: "ec2".to_owned(),
            action: action.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
        }
    }

    #[test]
    fn calls_are_counted_by_action_region_and_account() {
        let mut ledger = Ledger::new();
        let (first, second) = (call("A", "r1", "1"), call("B", "r2", "2"));
        let started = [ledger.begin(&first), ledger.begin(&second)];
        ledger.end(first.clone(), started[0], Some(200));
        let again = ledger.begin(&first);
        ledger.end(first, again, Some(503));
        ledger.end(second, started[1], None);
        let calls = ledger.calls();
        assert_eq!(
            (
                calls.count("ec2:A"),
                calls.count("ec2:*"),
                calls.count("iam:*")
            ),
            (2, 3, 0)
        );
        assert_eq!(calls.by_action()["ec2:B"], 1);
        assert_eq!(calls.by_region()["r1"], 2);
        assert_eq!(calls.by_account()["2"], 1);
        assert_eq!(calls.max_in_flight, 2);
        assert_eq!(calls.max_in_flight_by_account["1"], 1);
        assert_eq!(
            calls.matching("ec2:B").next().map(|entry| entry.status),
            Some(None)
        );
    }

    #[test]
    fn the_wall_time_spans_overlapping_calls() {
        let entry = |from: u64, took: u64| Entry {
            call: call("A", "", ""),
            started: Duration::from_millis(from),
            took: Duration::from_millis(took),
            status: Some(200),
        };
        let calls = Calls {
            entries: vec![entry(20, 5), entry(10, 100), entry(50, 10)],
            ..Calls::default()
        };
        assert_eq!(calls.wall(), Duration::from_millis(100));
        assert_eq!(Calls::default().wall(), Duration::ZERO);
    }
}
