//! Words that several formats show for the same thing.

use flowcover_core::Severity;
use flowcover_core::finding::PolicyLine;
use flowcover_core::inventory::GapKind;
use flowcover_core::report::Summary;
use flowcover_core::verdict::Verdict;

/// `true` or `false`.
pub(crate) const fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The word of the JSON report for why something could not be read.
pub(crate) const fn gap_kind(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Denied => "denied",
        GapKind::Throttled => "throttled",
        GapKind::Unreachable => "unreachable",
        GapKind::Deadline => "deadline",
        GapKind::Interrupted => "interrupted",
        GapKind::Credentials => "credentials",
        GapKind::Service => "service",
        GapKind::NotSaved => "not-saved",
        GapKind::OutOfReach => "out-of-reach",
    }
}

/// `flowcover.toml:3: traffic_type = "REJECT"`
pub(crate) fn policy_line(policy: &PolicyLine) -> String {
    match policy.line {
        Some(line) => format!("{}:{line}: {}", policy.source, policy.setting),
        None => format!("{}: {}", policy.source, policy.setting),
    }
}

/// The number of VPCs with a verdict.
pub(crate) const fn counted(summary: &Summary, verdict: Verdict) -> u64 {
    match verdict {
        Verdict::Recorded => summary.recorded,
        Verdict::NotRecorded => summary.not_recorded,
        Verdict::Unknown => summary.unknown,
        Verdict::Exempt => summary.exempt,
        Verdict::NotOwned => summary.not_owned,
    }
}

/// `1 VPC`, `2 VPCs`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(count))
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3 high · 1 low`, or `none`.
pub(crate) fn by_severity(summary: &Summary) -> String {
    severities(|severity| summary.findings.get(&severity).copied().unwrap_or(0))
}

/// `3 high · 1 low`, or `none`, of so many of each.
pub(crate) fn severities(count: impl Fn(Severity) -> u64) -> String {
    let counts: Vec<String> = Severity::DESCENDING
        .into_iter()
        .filter_map(|severity| {
            let count = count(severity);
            (count > 0).then(|| format!("{} {severity}", grouped(count)))
        })
        .collect();
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_gaps_are_those_of_the_json_report() {
        for kind in [
            GapKind::Denied,
            GapKind::Throttled,
            GapKind::Unreachable,
            GapKind::Deadline,
            GapKind::Interrupted,
            GapKind::Credentials,
            GapKind::Service,
            GapKind::NotSaved,
            GapKind::OutOfReach,
        ] {
            assert_eq!(serde_json::json!(kind), gap_kind(kind));
        }
    }

    #[test]
    fn numbers_are_readable() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (100_000, "100,000"),
            (1_234_567, "1,234,567"),
        ];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(plural(1, "VPC"), "1 VPC");
        assert_eq!(plural(2, "VPC"), "2 VPCs");
    }
}
