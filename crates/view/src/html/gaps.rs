//! What could not be read, grouped so that one missing permission is one line.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::inventory::{Gap, GapKind};
use flowcover_core::report::Report;

use super::words::size;

/// At most this many places are named for one group.
const NAMED: usize = 40;

/// All gaps of one call that failed in one way.
#[derive(Debug)]
pub(super) struct GapGroup<'a> {
    pub(super) action: &'a str,
    pub(super) kind: &'static str,
    pub(super) error_code: &'a str,
    /// The IAM permission that was missing.
    pub(super) permission: Option<&'a str>,
    /// What cannot be known without it.
    pub(super) makes_unknown: &'static str,
    /// What AWS said, the first time.
    pub(super) message: &'a str,
    pub(super) number: u64,
    /// `111111111111 eu-west-1`, or the resource.
    pub(super) places: Vec<String>,
    pub(super) more: u64,
}

impl GapGroup<'_> {
    /// Number of places, those not named included.
    pub(super) fn all(&self) -> u64 {
        size(self.places.len()) + self.more
    }
}

/// Most frequent first.
pub(super) fn groups(report: &Report) -> Vec<GapGroup<'_>> {
    let mut by_cause: BTreeMap<_, Vec<&Gap>> = BTreeMap::new();
    for gap in &report.gaps {
        let cause = (
            &*gap.action,
            gap.kind,
            &*gap.error_code,
            gap.permission.as_deref(),
        );
        by_cause.entry(cause).or_default().push(gap);
    }
    let mut groups: Vec<_> = by_cause
        .into_iter()
        .map(|((action, kind, error_code, permission), gaps)| {
            let places: BTreeSet<String> = gaps.iter().map(|gap| place(gap)).collect();
            GapGroup {
                action,
                kind: in_words(kind),
                error_code,
                permission,
                makes_unknown: makes_unknown(action),
                message: &gaps[0].message,
                number: size(gaps.len()),
                more: size(places.len().saturating_sub(NAMED)),
                places: places.into_iter().take(NAMED).collect(),
            }
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.number));
    groups
}

fn place(gap: &Gap) -> String {
    let parts = [&gap.account_id, &gap.region, &gap.resource];
    let parts: Vec<&str> = parts.into_iter().filter_map(Option::as_deref).collect();
    if parts.is_empty() {
        "the whole run".to_owned()
    } else {
        parts.join(" ")
    }
}

const fn in_words(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Denied => "denied",
        GapKind::Throttled => "throttled until the deadline",
        GapKind::Unreachable => "unreachable",
        GapKind::Deadline => "deadline passed",
        GapKind::Interrupted => "interrupted",
        GapKind::Credentials => "credentials",
        GapKind::Service => "error of the service",
        GapKind::NotSaved => "not in the saved answers",
        GapKind::OutOfReach => "in an account out of reach",
    }
}

/// What a call is needed for; by service where the call itself says no more.
fn makes_unknown(action: &str) -> &'static str {
    let (service, call) = action.split_once(':').unwrap_or((action, ""));
    match (service, call) {
        ("sts", _) => "everything in the account",
        ("organizations", "ListAccounts" | "ListAccountsForParent") => "which accounts there are",
        ("organizations" | "config", _) => "whether flow logs are protected from deletion",
        ("account", _) | ("ec2", "DescribeRegions") => "which regions there are",
        ("ec2", "DescribeVpcs") => "which VPCs there are",
        ("ec2", "DescribeFlowLogs") => "whether any VPC of the region is recorded",
        ("ec2", "DescribeSubnets" | "DescribeNetworkInterfaces") => {
            "whether flow logs below VPC level cover it, and whether it is in use"
        }
        ("ec2", "DescribeTransitGateways") => "which transit gateways there are",
        (
            "ec2",
            "DescribeSecurityGroups"
            | "DescribeSecurityGroupRules"
            | "DescribeManagedPrefixLists"
            | "GetManagedPrefixListEntries",
        ) => "which rules security groups have",
        ("iam", _) => "whether the delivery role works, and how broad it is",
        ("logs", _) => "whether the log group exists, its retention and encryption",
        ("s3", _) => "whether the bucket exists, admits delivery and is protected",
        ("kms", _) => "whether the key lets records be written",
        ("firehose", _) => "whether the delivery stream exists",
        ("cloudwatch", _) => "when the newest record arrived",
        _ => "what depends on this answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_same_refusal_in_many_regions_is_one_line() {
        let mut report = fixture::report();
        let denied = report.gaps[1].clone();
        for number in 0..100 {
            report.gaps.push(Gap {
                region: Some(format!("region-{number:03}")),
                ..denied.clone()
            });
        }
        let groups = groups(&report);
        assert_eq!(groups.len(), 4);
        assert_eq!(
            (groups[0].action, groups[0].number),
            ("ec2:DescribeFlowLogs", 101)
        );
        assert_eq!((groups[0].places.len(), groups[0].more), (NAMED, 61));
    }

    #[test]
    fn a_gap_without_a_place_concerns_the_run() {
        let mut gap = fixture::report().gaps.remove(0);
        (gap.account_id, gap.region) = (None, None);
        assert_eq!(place(&gap), "the whole run");
    }
}
