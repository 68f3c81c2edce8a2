//! What to do first: the findings by check, ranked by severity times the number of what they affect.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::Severity;
use flowcover_core::finding::Finding;
use flowcover_core::report::Report;

use super::guidance::{self, Block, Remedy};
use super::words::{count, size, weight};

/// At most this many resources are named under a step; the tables hold the rest.
const NAMED: usize = 12;

/// One step: all findings of one check.
#[derive(Debug)]
pub(super) struct Action<'a> {
    /// Id of the check.
    pub(super) check: &'a str,
    pub(super) title: &'a str,
    /// The highest severity among its findings.
    pub(super) severity: Severity,
    /// `3 VPCs in 2 accounts`.
    pub(super) affected: String,
    /// Whether the table of VPCs can be filtered by it.
    pub(super) has_vpcs: bool,
    /// What to do, as most of its findings say; empty where none says so.
    pub(super) fix: &'a str,
    /// Whether every fix takes nothing away and interrupts nothing; none where there is no fix.
    pub(super) safe: Option<bool>,
    /// What must hold.
    pub(super) statement: Vec<Block<'static>>,
    /// How to mend it, step by step.
    pub(super) remedies: Vec<Remedy>,
    /// Some of what it is about.
    pub(super) named: Vec<&'a str>,
    /// How many more there are.
    pub(super) more: u64,
    score: u64,
}

#[derive(Default)]
struct Gathered<'a> {
    findings: Vec<&'a Finding>,
    vpcs: BTreeMap<(&'a str, &'a str, &'a str), Severity>,
    others: BTreeMap<&'a str, Severity>,
    accounts: BTreeSet<&'a str>,
}

/// Ranked, most pressing first. Findings that only inform are left out.
pub(super) fn actions(report: &Report) -> Vec<Action<'_>> {
    let mut actions: Vec<_> = gather(report)
        .into_iter()
        .map(|(check, gathered)| action(check, &gathered))
        .collect();
    actions.sort_by_key(|action| std::cmp::Reverse(action.score));
    actions
}

fn gather(report: &Report) -> BTreeMap<&str, Gathered<'_>> {
    let mut by_check: BTreeMap<&str, Gathered<'_>> = BTreeMap::new();
    for vpc in &report.vpcs {
        for finding in vpc.findings.iter().filter(|finding| counts(finding)) {
            let gathered = by_check.entry(&finding.check).or_default();
            let key = (&*vpc.account_id, &*vpc.region, &*vpc.vpc_id);
            raise(&mut gathered.vpcs, key, finding.severity);
            gathered.accounts.insert(&vpc.account_id);
            gathered.findings.push(finding);
        }
    }
    let of_gateways = report
        .transit_gateways
        .iter()
        .flat_map(|gateway| &gateway.findings);
    let others = of_gateways.chain(&report.findings);
    for finding in others.filter(|finding| counts(finding)) {
        let gathered = by_check.entry(&finding.check).or_default();
        raise(&mut gathered.others, &finding.resource.id, finding.severity);
        gathered
            .accounts
            .extend(finding.resource.account_id.as_deref());
        gathered.findings.push(finding);
    }
    by_check
}

/// Whether there is anything to do: what the policy exempts is information, and so is what only informs.
fn counts(finding: &Finding) -> bool {
    finding.severity > Severity::Info
}

fn raise<K: Ord>(severities: &mut BTreeMap<K, Severity>, key: K, severity: Severity) {
    let highest = severities.entry(key).or_insert(severity);
    *highest = severity.max(*highest);
}

fn action<'a>(check: &'a str, gathered: &Gathered<'a>) -> Action<'a> {
    let severities = || gathered.vpcs.values().chain(gathered.others.values());
    let fixes = || {
        gathered
            .findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
    };
    let own = most_frequent(fixes().map(|fix| &*fix.summary));
    let names: Vec<&str> = gathered
        .vpcs
        .keys()
        .map(|(_, _, vpc_id)| *vpc_id)
        .chain(gathered.others.keys().copied())
        .collect();
    Action {
        check,
        title: guidance::title(check),
        severity: severities().copied().max().unwrap_or(Severity::Info),
        affected: affected(gathered),
        has_vpcs: !gathered.vpcs.is_empty(),
        fix: own.unwrap_or_default(),
        safe: fixes().next().map(|_| fixes().all(|fix| fix.safe)),
        statement: guidance::statement(check),
        remedies: guidance::remedies(check),
        more: size(names.len().saturating_sub(NAMED)),
        named: names.into_iter().take(NAMED).collect(),
        score: severities().copied().map(weight).sum(),
    }
}

fn affected(gathered: &Gathered<'_>) -> String {
    let mut text = Vec::new();
    if !gathered.vpcs.is_empty() {
        text.push(count(size(gathered.vpcs.len()), "VPC"));
    }
    if !gathered.others.is_empty() {
        text.push(count(size(gathered.others.len()), "other resource"));
    }
    let text = text.join(" and ");
    match gathered.accounts.len() {
        0 => text,
        accounts => format!("{text} in {}", count(size(accounts), "account")),
    }
}

/// The text that occurs most often; of several such, the first in the alphabet.
fn most_frequent<'a>(texts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let most = counts.into_iter().rev().max_by_key(|&(_, number)| number);
    most.map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn severity_counts_before_number_and_number_before_the_alphabet() {
        let report = fixture::report();
        let ranked: Vec<_> = actions(&report)
            .iter()
            .map(|action| (action.check, action.severity, action.affected.clone()))
            .collect();
        insta::assert_debug_snapshot!(ranked);
    }

    #[test]
    fn what_is_exempt_is_not_counted() {
        let mut report = fixture::report();
        let finding = report.vpcs[0].findings[0].clone();
        let steps = |report: &Report| {
            let action =
                |action: Action<'_>| (action.check.to_owned(), action.affected, action.score);
            actions(report).into_iter().map(action).collect::<Vec<_>>()
        };
        let before = steps(&report);
        for vpc in &mut report.vpcs[4..9] {
            vpc.findings.push(Finding {
                severity: Severity::Info,
                ..finding.clone()
            });
        }
        assert_eq!(steps(&report), before);
        assert!(before.iter().any(|(check, ..)| *check == finding.check));
    }

    #[test]
    fn many_of_the_same_severity_come_before_few() {
        let mut report = fixture::report();
        let finding = report.vpcs[0].findings[0].clone();
        for vpc in &mut report.vpcs[1..4] {
            let check = "z-is-last-in-the-alphabet".to_owned();
            vpc.findings = vec![Finding {
                check,
                ..finding.clone()
            }];
        }
        assert_eq!(actions(&report)[0].check, "z-is-last-in-the-alphabet");
    }

    #[test]
    fn the_fix_that_most_findings_name_is_shown() {
        assert_eq!(
            most_frequent(["b", "a", "b", "c", "c"].into_iter()),
            Some("b")
        );
        assert_eq!(most_frequent(std::iter::empty()), None);
    }
}
