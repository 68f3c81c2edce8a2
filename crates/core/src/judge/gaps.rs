//! Why something was not read: the gap that says so, found by what it concerns.

use std::collections::HashMap;

use crate::inventory::Gap;

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
            let entry = |place| {
                self.by_place
                    .get(place)?
                    .iter()
                    .find(|gap| gap.resource.is_none())
            };
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

/// What happened, in a few words: `ec2:DescribeFlowLogs: UnauthorizedOperation`.
#[must_use]
pub fn in_words(gap: Option<&Gap>) -> String {
    match gap {
        Some(gap) => format!("{}: {}", gap.action, gap.error_code),
        None => "not collected".to_owned(),
    }
}
