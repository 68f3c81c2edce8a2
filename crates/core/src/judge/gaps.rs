//! Why something was not read: the gap that says so, found by what it concerns.

use std::collections::HashMap;

use crate::inventory::{Gap, GapKind};

/// Gaps by account and region, and by resource.
#[derive(Debug, Default)]
pub struct GapIndex<'a> {
    by_place: HashMap<(Option<&'a str>, Option<&'a str>), Vec<&'a Gap>>,
    by_resource: HashMap<&'a str, Vec<&'a Gap>>,
}

impl<'a> GapIndex<'a> {
    /// Indexes the gaps.
    #[must_use]
    pub fn new(gaps: &'a [Gap]) -> Self {
        let mut index = Self::default();
        for gap in gaps {
            let place = (gap.account_id.as_deref(), gap.region.as_deref());
            index.by_place.entry(place).or_default().push(gap);
            if let Some(resource) = gap.resource.as_deref() {
                index.by_resource.entry(resource).or_default().push(gap);
            }
        }
        index
    }

    /// The gap of one of these actions in a region, in the account as a whole, or in the run as a whole.
    #[must_use]
    pub fn in_region(&self, account: &str, region: &str, actions: &[&str]) -> Option<&'a Gap> {
        let places = [
            (Some(account), Some(region)),
            (Some(account), None),
            (None, None),
        ];
        let named = |gap: &&&Gap| actions.contains(&gap.action.as_str());
        let found = places.iter().find_map(|place| {
            let gaps = self.by_place.get(place)?;
            gaps.iter().find(named).copied()
        });
        // Where the region or the account could not be entered at all, the gap names another action.
        found.or_else(|| {
            let entry = |place| self.by_place.get(place)?.iter().find(|gap| bars_entry(gap));
            places.iter().find_map(entry).copied()
        })
    }

    /// A gap about a resource, by any of its names.
    #[must_use]
    pub fn about(&self, names: &[&str]) -> Option<&'a Gap> {
        let gaps = |name: &&str| self.by_resource.get(name)?.first().copied();
        names.iter().find_map(gaps)
    }
}

/// Whether a gap explains that nothing of a place was read.
fn bars_entry(gap: &Gap) -> bool {
    let whole = !matches!(
        gap.kind,
        GapKind::Denied | GapKind::NotSaved | GapKind::Service
    );
    let entry = gap.action.starts_with("sts:") || gap.action == "ec2:DescribeRegions";
    gap.resource.is_none() && (whole || entry)
}

/// What happened, in a few words: `ec2:DescribeFlowLogs: UnauthorizedOperation`.
#[must_use]
pub fn in_words(gap: Option<&Gap>) -> String {
    match gap {
        Some(gap) => format!("{}: {}", gap.action, gap.error_code),
        None => "not collected".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{ACCOUNT, REGION, gap};

    #[track_caller]
    fn check(gaps: &[Gap], expected: Option<&str>) {
        let index = GapIndex::new(gaps);
        let found = index.in_region(ACCOUNT, REGION, &["ec2:DescribeFlowLogs"]);
        assert_eq!(found.map(|gap| gap.action.as_str()), expected);
    }

    #[test]
    fn gap_of_the_call_comes_first() {
        check(
            &[gap("sts:AssumeRole"), gap("ec2:DescribeFlowLogs")],
            Some("ec2:DescribeFlowLogs"),
        );
    }

    #[test]
    fn refused_entry_explains_every_call() {
        let account_wide = Gap {
            region: None,
            ..gap("sts:AssumeRole")
        };
        check(&[account_wide], Some("sts:AssumeRole"));
        let late = Gap {
            kind: GapKind::Deadline,
            ..gap("ec2:DescribeVpcs")
        };
        check(&[late], Some("ec2:DescribeVpcs"));
    }

    #[test]
    fn other_refusals_explain_nothing() {
        check(&[gap("organizations:ListPolicies")], None);
        check(
            &[Gap {
                region: Some("us-east-1".to_owned()),
                ..gap("ec2:DescribeFlowLogs")
            }],
            None,
        );
        assert_eq!(in_words(None), "not collected");
    }

    #[test]
    fn found_by_resource() {
        let gaps = [Gap {
            resource: Some("flow-logs".to_owned()),
            ..gap("iam:GetRole")
        }];
        let index = GapIndex::new(&gaps);
        assert!(
            index
                .about(&["arn:aws:iam::1:role/flow-logs", "flow-logs"])
                .is_some()
        );
        assert!(index.about(&["other"]).is_none());
    }
}
