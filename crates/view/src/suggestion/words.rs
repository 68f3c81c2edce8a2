//! What a suggestion says, in words. Names come from inventories: what is made here is not inert, each format makes it so.

use flowcover_core::suggest::{GroupAdvice, Standing, Status, Suggestion};
use flowcover_core::words::choose;

use super::Suggested;
use crate::detections::words::when;
use crate::words::{grouped, plural};

/// Groups by what is said of them.
pub(super) struct Counts {
    pub(super) change: u64,
    pub(super) fits: u64,
    pub(super) withheld: u64,
}

pub(super) fn counts(suggestion: &Suggestion) -> Counts {
    let count = |is: fn(&Status) -> bool| {
        let groups = suggestion.groups.iter();
        groups.filter(|group| is(&group.status)).count() as u64
    };
    Counts {
        change: count(|it| matches!(it, Status::Change)),
        fits: count(|it| matches!(it, Status::Fits)),
        withheld: count(|it| matches!(it, Status::Withheld { .. })),
    }
}

/// `2 of 7 groups can have fewer or narrower rules`.
pub(super) fn headline(suggestion: &Suggestion) -> String {
    let all = suggestion.groups.len() as u64;
    let counts = counts(suggestion);
    format!(
        "{} of {} can have fewer or narrower rules",
        grouped(counts.change),
        plural(all, "group")
    )
}

/// What it rests on, line by line: a label and what to say.
pub(super) fn facts(suggested: &Suggested<'_>) -> Vec<(&'static str, String)> {
    let suggestion = suggested.suggestion;
    let counts = counts(suggestion);
    let mut facts = vec![(
        "groups",
        format!(
            "{} to change, {} as they should be, {} of which nothing is proposed",
            grouped(counts.change),
            grouped(counts.fits),
            grouped(counts.withheld)
        ),
    )];
    let (unused, broader) = standings(suggestion);
    facts.push((
        "rules",
        format!(
            "{} that nothing used, {} broader than the traffic",
            grouped(unused),
            grouped(broader)
        ),
    ));
    facts.push((
        "flows",
        format!(
            "{} accepted, {} rejected",
            grouped(suggestion.flows),
            grouped(suggestion.rejected)
        ),
    ));
    if let (Some(first), Some(last)) = (suggestion.first_seen, suggestion.last_seen) {
        facts.push(("seen", when(first, last)));
    }
    facts.push(("replay", replayed(suggested)));
    facts
}

/// Rules that nothing used, and those that allow more than was seen.
fn standings(suggestion: &Suggestion) -> (u64, u64) {
    let rules = suggestion.groups.iter().flat_map(|group| &group.rules);
    rules.fold((0, 0), |(unused, broader), rule| match rule.standing {
        Standing::Unused => (unused + 1, broader),
        Standing::Broader { .. } => (unused, broader + 1),
        _ => (unused, broader),
    })
}

/// `0 of 1,234 accepted flows would have been blocked`.
pub(super) fn replayed(suggested: &Suggested<'_>) -> String {
    let replay = suggested.replay;
    format!(
        "{} of {} would have been blocked",
        grouped(replay.blocked_flows),
        plural(replay.flows, "accepted flow")
    )
}

/// What weakens it, each a sentence.
pub(super) fn warnings(suggested: &Suggested<'_>) -> Vec<String> {
    let said = suggested.suggestion.warnings.iter();
    let mut warnings: Vec<String> = said.map(ToString::to_string).collect();
    warnings.extend(not_covered(suggested));
    warnings
}

/// What was not looked at, each a sentence.
pub(super) fn not_covered(suggested: &Suggested<'_>) -> Vec<String> {
    let covered = &suggested.covered;
    let mut warnings = covered.gaps.clone();
    for (count, one, many) in [
        (
            covered.unreadable_objects,
            "object could not be read",
            "objects could not be read",
        ),
        (
            covered.malformed,
            "line is no record",
            "lines are no records",
        ),
        (
            covered.skipdata,
            "record is SKIPDATA: AWS lost some there, and what they said is not known",
            "records are SKIPDATA: AWS lost some there, and what they said is not known",
        ),
        (
            covered.flows_without_action,
            "flow does not say whether it was let through, and is left out",
            "flows do not say whether they were let through, and are left out",
        ),
    ] {
        if count > 0 {
            warnings.push(format!("{} {}", grouped(count), choose(count, one, many)));
        }
    }
    warnings.extend(covered.missing.iter().cloned());
    warnings
}

/// What stands above code: the window, the replay, and what weakens it.
pub(super) fn remarks(suggested: &Suggested<'_>) -> Vec<String> {
    let suggestion = suggested.suggestion;
    let mut remarks = Vec::new();
    if let (Some(first), Some(last)) = (suggestion.first_seen, suggestion.last_seen) {
        remarks.push(format!("Seen: {}.", when(first, last)));
    }
    remarks.push(format!("Replayed: {}.", replayed(suggested)));
    let warnings = warnings(suggested).into_iter();
    remarks.extend(warnings.map(|warning| format!("Warning: {warning}")));
    remarks
}

/// Groups in the order in which they are shown: those that change, those of which nothing is proposed, the rest.
pub(super) fn in_order(suggestion: &Suggestion) -> Vec<&GroupAdvice> {
    let mut groups: Vec<&GroupAdvice> = suggestion.groups.iter().collect();
    // Stable: within each they keep their order.
    groups.sort_by_key(|group| match group.status {
        Status::Change => 0,
        Status::Withheld { .. } => 1,
        Status::Fits => 2,
    });
    groups
}
