//! The words and classes by which the page shows verdicts, severities and counts.

use std::collections::BTreeMap;

use flowcover_core::inventory::{Account, RegionStatus};
use flowcover_core::{Severity, Verdict};
use jiff::Timestamp;

/// Class of a verdict in the style sheet.
pub(super) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Recorded => "ok",
        Verdict::NotRecorded => "nr",
        Verdict::Unknown => "un",
        Verdict::Exempt => "ex",
        Verdict::NotOwned => "no",
    }
}

/// A verdict in prose.
pub(super) const fn label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Recorded => "recorded",
        Verdict::NotRecorded => "not recorded",
        Verdict::Unknown => "unknown",
        Verdict::Exempt => "exempt",
        Verdict::NotOwned => "not owned",
    }
}

/// What a verdict means, for the legend and the appendix.
pub(super) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Recorded => {
            "Flow logs that work cover the VPC with at least the traffic type that the policy asks for."
        }
        Verdict::NotRecorded => {
            "Even if everything that could not be read were in order, the VPC would not be covered."
        }
        Verdict::Unknown => "What decides could not be read. This is neither a pass nor a failure.",
        Verdict::Exempt => {
            "Not recorded or unknown, and the policy exempts it, with a reason, until a date that has not passed."
        }
        Verdict::NotOwned => {
            "Shared from another account: only its owner can record all of its traffic."
        }
    }
}

/// Where a verdict stands from worst to best.
pub(super) const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotRecorded => 0,
        Verdict::Unknown => 1,
        Verdict::Exempt => 2,
        Verdict::NotOwned => 3,
        Verdict::Recorded => 4,
    }
}

/// Why a region has no answer; none where it was read in full.
pub(super) const fn not_read(status: RegionStatus) -> Option<&'static str> {
    match status {
        RegionStatus::Collected | RegionStatus::Disabled => None,
        RegionStatus::Partial => Some("read in part"),
        RegionStatus::Denied => Some("refused"),
        RegionStatus::Unreachable => Some("unreachable"),
    }
}

/// `1 VPC`, `2 VPCs`, `12,345 VPCs`.
pub(super) fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), plural(number))
}

/// `s`, unless there is one.
pub(super) const fn plural(number: u64) -> &'static str {
    if number == 1 { "" } else { "s" }
}

/// A whole number with commas between thousands.
pub(super) fn thousands(number: impl std::fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The size of something in memory, as a count.
pub(super) fn size(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// `20 November 2026, 08:30 UTC`.
pub(super) fn moment(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// Names of accounts by id.
#[derive(Debug)]
pub(super) struct AccountNames<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> AccountNames<'a> {
    pub(super) fn new(accounts: &'a [Account]) -> Self {
        let named = |account: &'a Account| Some((&*account.account_id, account.name.as_deref()?));
        Self(accounts.iter().filter_map(named).collect())
    }

    /// The name of an account; empty where it has none.
    pub(super) fn get(&self, account_id: &str) -> &'a str {
        self.0.get(account_id).copied().unwrap_or_default()
    }
}

/// A severity as weight, for ranking by severity times number.
pub(super) const fn weight(severity: Severity) -> u64 {
    match severity {
        Severity::High => 100,
        Severity::Medium => 10,
        Severity::Low => 1,
        Severity::Info => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted_from_the_right() {
        let shown = [0, 999, 1_000, 12_345, 1_234_567].map(thousands);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn every_verdict_has_a_class_and_a_rank_of_its_own() {
        let classes: std::collections::BTreeSet<_> = Verdict::ALL.map(class).into();
        let ranks: std::collections::BTreeSet<_> = Verdict::ALL.map(rank).into();
        assert_eq!((classes.len(), ranks.len()), (5, 5));
    }
}
