//! `recording-stopped`: an interface wrote records all the time, and then none.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::Severity;
use flowcover_core::words::counted;

use crate::coverage::Presence;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Findings, Found};
use crate::flow::Flow;
use crate::parameters::{Parameter, Parameters, Unit};
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "recording-stopped",
    summary: "an interface that wrote records all the time has gone silent, or AWS lost records of it",
    severity: Severity::Medium,
    techniques: &[Technique {
        id: "T1685.002",
        name: "Disable or Modify Tools: Disable or Modify Cloud Log",
    }],
    parameters: &[
        Parameter {
            name: "silence",
            default: 7_200.0,
            unit: Unit::Seconds,
            about: "how long it must have been silent",
        },
        Parameter {
            name: "times",
            default: 3.0,
            unit: Unit::Ratio,
            about: "how many times its longest silence before",
        },
        Parameter {
            name: "before",
            default: 21_600.0,
            unit: Unit::Seconds,
            about: "how long it must have written records before that",
        },
        Parameter {
            name: "settled",
            default: 259_200.0,
            unit: Unit::Seconds,
            about: "how long an interface must have written records to be one that stays: those that come and go make findings of severity info, and their gaps none",
        },
        Parameter {
            name: "together",
            default: 3.0,
            unit: Unit::Count,
            about: "interfaces that must fall silent at once, and be half of what was recorded then, to make it grave",
        },
    ],
    weakened_by: &[],
    sql: "
select interface_id, log_status, count(*) as records, min(start) as first_seen, max(end) as last_seen
from records
where {only}
group by interface_id, log_status
order by last_seen",
    sql_decides: false,
    page: include_str!("recording_stopped.md"),
    watcher: |parameters, _| boxed(RecordingStopped::new(parameters)),
};

/// Seconds within which interfaces fall silent at once: what is delivered late differs by two windows.
const AT_ONCE: u64 = 1_800;

/// It keeps nothing of flows: what it judges is the attendance.
struct RecordingStopped {
    silence: i64,
    times: f64,
    before: i64,
    settled: i64,
    together: usize,
}

impl RecordingStopped {
    fn new(parameters: &Parameters) -> Self {
        let seconds = |name| parameters.count(name).min(i64::MAX as u64) as i64;
        Self {
            silence: seconds("silence"),
            times: parameters.get("times"),
            before: seconds("before"),
            settled: seconds("settled"),
            together: parameters.count("together") as usize,
        }
    }

    fn is_silent(&self, presence: &Presence, end: i64) -> bool {
        let silence = end.saturating_sub(presence.last);
        silence >= self.silence
            && silence as f64 >= presence.longest_silence as f64 * self.times
            && presence.last.saturating_sub(presence.first) >= self.before
    }

    /// Whether it was silent for a while, as never before or after, and then went on.
    fn has_gap(&self, presence: &Presence) -> bool {
        let silence = presence.longest_silence;
        silence >= self.silence
            && silence as f64 >= presence.second_silence as f64 * self.times
            && self.is_settled(presence, presence.silent_from)
    }

    fn is_settled(&self, presence: &Presence, until: i64) -> bool {
        until.saturating_sub(presence.first) >= self.settled
    }

    /// Those that fell silent together with this one, itself among them, out of those that were recorded shortly before.
    fn is_grave(&self, one: &Presence, silent: &[Presence], all: &[Presence]) -> bool {
        let at_once = |other: &&Presence| other.last.abs_diff(one.last) <= AT_ONCE;
        let together = silent.iter().filter(at_once).count();
        let earliest = one.last.saturating_sub_unsigned(AT_ONCE);
        let were_there = |other: &&Presence| other.last >= earliest && other.first < one.last;
        let there = all.iter().filter(were_there).count();
        together >= self.together && together * 2 >= there
    }
}

impl Watch for RecordingStopped {
    fn see(&mut self, _: &Flow, _: &World) {}

    fn join(&mut self, _: Self) {}

    fn finish(&self, findings: &mut Findings<'_>) {
        let attendance = findings.attendance();
        let all: Vec<Presence> = attendance.presences().collect();
        let mut skipped: BTreeMap<u64, u64> = attendance.skipped().collect();
        // Somebody wrote a record at the very end, so the end is where recording was.
        let Some(end) = all.iter().map(|presence| presence.last).max() else {
            return;
        };
        let is_silent = |presence: &&Presence| self.is_silent(presence, end);
        let silent: Vec<Presence> = all.iter().filter(is_silent).copied().collect();
        for presence in &silent {
            let is_grave = self.is_grave(presence, &silent, &all);
            let skips = skipped.remove(&presence.point);
            let severity = match (is_grave, self.is_settled(presence, presence.last)) {
                (true, _) => Severity::High,
                (false, true) => Severity::Low,
                // It was made to go.
                (false, false) => Severity::Info,
            };
            findings.add(stopped(presence, end, severity, skips.unwrap_or(0)));
        }
        let stopped: BTreeSet<u64> = silent.iter().map(|presence| presence.point).collect();
        let gaps = all
            .iter()
            .filter(|one| !stopped.contains(&one.point) && self.has_gap(one));
        gaps.for_each(|presence| findings.add(gap(presence)));
        if !skipped.is_empty() {
            findings.add(lost(&skipped, &all));
        }
    }

    fn bytes(&self) -> usize {
        0
    }
}

/// One finding for all that AWS lost: it happens now and then to any interface, and what is missing is said beside every report, too.
fn lost(skipped: &BTreeMap<u64, u64>, all: &[Presence]) -> Found {
    let interfaces = skipped.len() as u64;
    let count = skipped
        .values()
        .fold(0_u64, |sum, count| sum.saturating_add(*count));
    let of_them = || all.iter().filter(|one| skipped.contains_key(&one.point));
    let found = Found {
        message: format!(
            "AWS lost records: {} wrote SKIPDATA, {} in all",
            counted(interfaces, "interface"),
            counted(count, "time")
        ),
        first: of_them().map(|one| one.first).min().unwrap_or_default(),
        last: of_them().map(|one| one.last).max().unwrap_or_default(),
        weight: count,
        ..Found::default()
    };
    found
        .with_severity(Severity::Info)
        .with_count("skipdata", count)
        .with_count("interfaces", interfaces)
}

/// Silence that ended.
fn gap(presence: &Presence) -> Found {
    let (from, silence) = (presence.silent_from, presence.longest_silence);
    let found = Found {
        severity: Some(Severity::Low),
        message: format!(
            "this interface wrote no record for {}, and then went on; otherwise it was never silent for more than {}",
            counted(silence / 60, "minute"),
            counted(presence.second_silence / 60, "minute")
        ),
        first: from,
        last: from.saturating_add(silence),
        point: Some(presence.point),
        weight: presence.bins,
        ..Found::default()
    };
    found.with("silence", silence as f64, Unit::Seconds).with(
        "second_longest_silence",
        presence.second_silence as f64,
        Unit::Seconds,
    )
}

fn stopped(presence: &Presence, end: i64, severity: Severity, skips: u64) -> Found {
    let silence = end.saturating_sub(presence.last);
    let also = if severity == Severity::High {
        ", as most others that were recorded then"
    } else {
        ""
    };
    let found = Found {
        severity: Some(severity),
        message: format!(
            "this interface wrote no record for {} up to the end{also}; before, it was never silent for more than {}",
            counted(silence / 60, "minute"),
            counted(presence.longest_silence / 60, "minute")
        ),
        first: presence.last,
        last: end,
        point: Some(presence.point),
        weight: presence.bins,
        ..Found::default()
    };
    let found = found
        .with("silence", silence as f64, Unit::Seconds)
        .with(
            "longest_silence_before",
            presence.longest_silence as f64,
            Unit::Seconds,
        )
        .with(
            "recorded_before",
            presence.last.saturating_sub(presence.first) as f64,
            Unit::Seconds,
        );
    if skips > 0 {
        return found.with_count("skipdata", skips);
    }
    found
}

#[cfg(test)]
mod tests;
