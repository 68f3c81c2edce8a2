//! What changed since an earlier report (`--baseline`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::finding::{Evidence, Finding};
use crate::inventory::{Depth, Gap, RegionStatus};
use crate::report::{Changes, Report, VerdictChange, VpcReport};
use crate::verdict::Verdict;

/// Checks that look only at what depth `delivery` reads: the others are silent there.
const AT_ANY_DEPTH: [&str; 11] = [
    "flow-log-missing",
    "coverage-partial",
    "delivery-failing",
    "traffic-type-insufficient",
    "destination-shared",
    "format-lacks-fields",
    "interval-too-coarse",
    "flow-log-duplicate",
    "exemption-stale",
    "exemption-expired",
    "not-readable",
];

/// Compares two reports by the fingerprints of their findings, and by the verdicts of their VPCs.
///
/// A finding that is gone counts as fixed only where what it was about was read again; else it is
/// listed as not checked.
#[must_use]
pub fn changes(before: &Report, now: &Report) -> Changes {
    let had: HashSet<&str> = fingerprints(before).collect();
    let has: HashSet<&str> = fingerprints(now).collect();
    let scope = Scope::of(now);
    let (mut fixed, mut not_checked) = (BTreeSet::new(), BTreeSet::new());
    for finding in before
        .all_findings()
        .filter(|finding| !has.contains(finding.fingerprint.as_str()))
    {
        let list = if scope.was_read(finding) {
            &mut fixed
        } else {
            &mut not_checked
        };
        list.insert(format!("{} {}", finding.check, finding.resource.id));
    }
    let new: BTreeSet<&str> = has.difference(&had).copied().collect();
    Changes {
        since: Some(before.generated_at),
        new: new.into_iter().map(str::to_owned).collect(),
        fixed: fixed.into_iter().collect(),
        not_checked: not_checked.into_iter().collect(),
        unchanged: has.intersection(&had).count() as u64,
        verdicts: verdict_changes(before, now, &scope),
    }
}

fn fingerprints(report: &Report) -> impl Iterator<Item = &str> {
    report
        .all_findings()
        .map(|finding| finding.fingerprint.as_str())
}

/// What a report looked at, and what it could not read.
struct Scope<'a> {
    report: &'a Report,
    regions: HashMap<(&'a str, &'a str), RegionStatus>,
    accounts: HashSet<&'a str>,
    unknown: HashSet<&'a str>,
    gaps_of_region: HashMap<(Option<&'a str>, Option<&'a str>), Vec<&'a Gap>>,
    unread_resources: HashSet<&'a str>,
}

impl<'a> Scope<'a> {
    fn of(report: &'a Report) -> Self {
        let mut scope = Self {
            report,
            regions: HashMap::new(),
            accounts: HashSet::new(),
            unknown: HashSet::new(),
            gaps_of_region: HashMap::new(),
            unread_resources: HashSet::new(),
        };
        for region in &report.regions {
            scope
                .regions
                .insert((&region.account_id, &region.region), region.status);
            scope.accounts.insert(&region.account_id);
        }
        let undecided = report.vpcs.iter().filter(|vpc| is_undecided(vpc));
        for vpc in undecided {
            scope.unknown.insert(&vpc.vpc_id);
            scope
                .unknown
                .extend(vpc.flow_log_ids.iter().map(String::as_str));
        }
        for gateway in report
            .transit_gateways
            .iter()
            .filter(|gateway| gateway.verdict == Verdict::Unknown)
        {
            scope.unknown.insert(&gateway.transit_gateway_id);
            scope
                .unknown
                .extend(gateway.flow_log_ids.iter().map(String::as_str));
        }
        for gap in &report.gaps {
            match gap.resource.as_deref() {
                Some(resource) => {
                    scope.unread_resources.insert(resource);
                }
                None => {
                    let place = (gap.account_id.as_deref(), gap.region.as_deref());
                    scope.gaps_of_region.entry(place).or_default().push(gap);
                }
            }
        }
        scope
    }

    /// Whether what the finding was about was read, as far as a report can tell.
    fn was_read(&self, finding: &Finding) -> bool {
        let check = finding.check.as_str();
        let deep_enough = self.report.depth == Depth::Full || AT_ANY_DEPTH.contains(&check);
        let proved = check != "records-stale" || self.report.proved;
        deep_enough && proved && self.place_was_read(finding) && !self.names_unread(finding)
    }

    fn place_was_read(&self, finding: &Finding) -> bool {
        let resource = &finding.resource;
        let (account, region) = (resource.account_id.as_deref(), resource.region.as_deref());
        let in_scope = match (account, region) {
            (Some(account), Some(region)) => match self.regions.get(&(account, region)) {
                Some(RegionStatus::Collected | RegionStatus::Disabled) => true,
                // What is still listed there was read; what is not may lie on a page that was not.
                Some(RegionStatus::Partial) => self.is_listed(&resource.id),
                Some(RegionStatus::Denied | RegionStatus::Unreachable) => false,
                // A destination in an account that was never in scope was read through its flow logs.
                None => !resource.kind.starts_with("AWS::EC2::"),
            },
            (Some(account), None) => {
                self.accounts.contains(account)
                    || !resource.kind.starts_with("AWS::Organizations::")
            }
            (None, _) => true,
        };
        let places = [(account, region), (account, None), (None, None)];
        in_scope
            && !places
                .iter()
                .any(|place| self.gaps_of_region.contains_key(place))
    }

    fn is_listed(&self, id: &str) -> bool {
        let in_vpcs =
            self.report.vpcs.iter().any(|vpc| {
                vpc.vpc_id == id || vpc.flow_log_ids.iter().any(|flow_log| flow_log == id)
            });
        in_vpcs
            || self
                .report
                .transit_gateways
                .iter()
                .any(|gateway| gateway.transit_gateway_id == id)
    }

    /// Whether the finding names something that could not be read this time.
    fn names_unread(&self, finding: &Finding) -> bool {
        let id = finding.resource.id.as_str();
        let named = |evidence: &Evidence| {
            evidence
                .values()
                .filter_map(|value| value.as_str())
                .any(|text| self.is_unread(text))
        };
        self.unknown.contains(id) || self.is_unread(id) || named(&finding.evidence)
    }

    fn is_unread(&self, text: &str) -> bool {
        // Gaps name roles, groups and buckets by ARN or by name alone.
        let name = text.rsplit(['/', ':']).next().unwrap_or(text);
        self.unread_resources.contains(text) || self.unread_resources.contains(name)
    }
}

fn is_undecided(vpc: &VpcReport) -> bool {
    let without_exemption = vpc
        .exemption
        .as_ref()
        .map_or(vpc.verdict, |exemption| exemption.otherwise);
    without_exemption == Verdict::Unknown
}

type Key<'a> = (&'a str, &'a str, &'a str);

fn verdicts(report: &Report) -> BTreeMap<Key<'_>, Verdict> {
    report
        .vpcs
        .iter()
        .map(|vpc| {
            (
                (
                    vpc.account_id.as_str(),
                    vpc.region.as_str(),
                    vpc.vpc_id.as_str(),
                ),
                vpc.verdict,
            )
        })
        .collect()
}

fn verdict_changes(before: &Report, now: &Report, scope: &Scope<'_>) -> Vec<VerdictChange> {
    let (had, has) = (verdicts(before), verdicts(now));
    let keys: BTreeSet<&Key<'_>> = had.keys().chain(has.keys()).collect();
    let changed = keys.into_iter().filter_map(|key| {
        let (before, now) = (had.get(key).copied(), has.get(key).copied());
        let gone_unseen =
            now.is_none() && scope.regions.get(&(key.0, key.1)) != Some(&RegionStatus::Collected);
        // A VPC that could not be looked at is unknown, not gone.
        let now = if gone_unseen {
            Some(Verdict::Unknown)
        } else {
            now
        };
        (before != now).then(|| VerdictChange {
            account_id: key.0.to_owned(),
            region: key.1.to_owned(),
            vpc_id: key.2.to_owned(),
            before,
            now,
        })
    });
    changed.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
