//! The auditor's view: each control of each framework, with how many pass, fail or cannot be told.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::Verdict;
use flowcover_core::explain::{ControlChecks, FrameworkControls, control_index};
use flowcover_core::finding::Finding;
use flowcover_core::report::{Report, VpcReport};
use flowcover_core::verdict::Basis;

use super::guidance::decides;

/// Checks that look at roles and destinations: they say something only where these were read.
const ON_FACTS: [&str; 4] = [
    "role-too-broad",
    "bucket-exposed",
    "retention-out-of-policy",
    "log-group-unencrypted",
];

const GATEWAY: &str = "transit-gateway-not-recorded";
const PROTECTION: &str = "not-protected";
const UNREAD: &str = "not-readable";

/// One framework in one version.
#[derive(Debug)]
pub(super) struct Framework {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) controls: Vec<Control>,
}

/// One control, counted over VPCs, and over transit gateways where it names them.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) control: ControlChecks,
    pub(super) tally: Tally,
    /// Class and words of its status.
    pub(super) class: &'static str,
    pub(super) status: &'static str,
}

impl Framework {
    /// Class, words and number of controls of each status that occurs, worst first.
    pub(super) fn statuses(&self) -> Vec<(&'static str, &'static str, usize)> {
        let mut statuses: Vec<(&str, &str, usize)> = Vec::new();
        for class in ["nr", "un", "ex", "na", "ok"] {
            let mut with = self
                .controls
                .iter()
                .filter(|control| control.class == class);
            if let Some(first) = with.next() {
                statuses.push((class, first.status, 1 + with.count()));
            }
        }
        statuses
    }
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) pass: u64,
    pub(super) fail: u64,
    pub(super) unknown: u64,
    pub(super) exempt: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Pass,
    Fail,
    Unknown,
    Exempt,
    /// Someone else answers for it.
    LeftOut,
}

/// All frameworks with the controls that checks give evidence for.
pub(super) fn frameworks(report: &Report) -> Vec<Framework> {
    let facts = Facts::new(report);
    let mut tallies: BTreeMap<Vec<&str>, Tally> = BTreeMap::new();
    let mut row = |control: ControlChecks| {
        // Controls by the dozen name the same checks: each such set is counted once.
        let counted = tallies.entry(control.checks.clone());
        let tally =
            *counted.or_insert_with(|| facts.tally(&control.checks.iter().copied().collect()));
        let (class, status) = status(tally, facts.blind);
        Control {
            control,
            tally,
            class,
            status,
        }
    };
    let framework = |index: FrameworkControls| Framework {
        name: index.name,
        version: index.version,
        controls: index.controls.into_iter().map(&mut row).collect(),
    };
    control_index().into_iter().map(framework).collect()
}

const fn status(tally: Tally, blind: bool) -> (&'static str, &'static str) {
    match tally {
        Tally { fail: 1.., .. } => ("nr", "not met"),
        Tally { unknown: 1.., .. } => ("un", "cannot tell"),
        _ if blind => ("un", "cannot tell"),
        Tally { exempt: 1.., .. } => ("ex", "met but for exemptions"),
        Tally { pass: 1.., .. } => ("ok", "met"),
        _ => ("na", "nothing to judge"),
    }
}

struct Facts<'a> {
    report: &'a Report,
    /// Whether VPCs may exist that were not seen.
    blind: bool,
}

impl<'a> Facts<'a> {
    fn new(report: &'a Report) -> Self {
        Self {
            report,
            blind: report.interrupted || report.summary.regions_not_collected > 0,
        }
    }

    fn tally(&self, checks: &BTreeSet<&str>) -> Tally {
        let mut tally = Tally::default();
        let about_vpcs = checks.iter().any(|&check| check != GATEWAY);
        if about_vpcs {
            self.add_vpcs(&mut tally, checks);
        }
        if checks.contains(GATEWAY) {
            for gateway in &self.report.transit_gateways {
                let found = found(&gateway.findings, checks);
                tally.add(of_verdict(gateway.verdict, found));
            }
        }
        tally
    }

    /// Counts the VPCs, with the findings that they share: those of roles, destinations and accounts.
    fn add_vpcs(&self, tally: &mut Tally, checks: &BTreeSet<&str>) {
        let shared = || {
            let all = self.report.findings.iter();
            all.filter(|finding| checks.contains(&*finding.check))
        };
        let mut failed = vec![false; self.report.vpcs.len()];
        for &place in shared().flat_map(|finding| &finding.vpcs) {
            if let Some(failed) = failed.get_mut(place) {
                *failed = true;
            }
        }
        for (vpc, failed) in self.report.vpcs.iter().zip(&mut failed) {
            let outcome = self.vpc(vpc, *failed, checks);
            *failed = outcome == Outcome::Fail;
            tally.add(outcome);
        }
        for finding in shared() {
            let counted = |&place: &usize| failed.get(place) == Some(&true);
            if !finding.vpcs.iter().any(counted) {
                tally.add(alone(&finding.check));
            }
        }
    }

    fn vpc(&self, vpc: &VpcReport, shares: bool, checks: &BTreeSet<&str>) -> Outcome {
        let found = shares || found(&vpc.findings, checks);
        let outcome = of_verdict(vpc.verdict, found);
        let decides = checks.iter().any(|check| decides(check));
        match outcome {
            Outcome::Pass if !self.judged(vpc, checks) => Outcome::Unknown,
            // Nothing is recorded: nothing can be said about where and how it is kept.
            Outcome::Fail if !found && !decides => Outcome::Unknown,
            other => other,
        }
    }

    /// Whether each of the checks could look at a VPC that is recorded.
    fn judged(&self, vpc: &VpcReport, checks: &BTreeSet<&str>) -> bool {
        let off = &self.report.policy.checks_off;
        checks.iter().all(|check| match *check {
            check if off.iter().any(|off| off == check) && !decides(check) => false,
            check if ON_FACTS.contains(&check) => vpc.basis == Some(Basis::Facts),
            PROTECTION => self.report.guard_rails_read.contains(&vpc.account_id),
            "records-stale" => self.report.proved || checks.len() > 1,
            _ => true,
        })
    }
}

/// What a finding counts that no VPC was counted for, so that none is lost.
fn alone(check: &str) -> Outcome {
    match check {
        UNREAD => Outcome::Unknown,
        // It belongs to a flow log on what has no verdict.
        check if decides(check) => Outcome::LeftOut,
        _ => Outcome::Fail,
    }
}

fn of_verdict(verdict: Verdict, found: bool) -> Outcome {
    match verdict {
        Verdict::NotOwned => Outcome::LeftOut,
        Verdict::Exempt => Outcome::Exempt,
        Verdict::NotRecorded => Outcome::Fail,
        _ if found => Outcome::Fail,
        Verdict::Unknown => Outcome::Unknown,
        Verdict::Recorded => Outcome::Pass,
    }
}

fn found(findings: &[Finding], checks: &BTreeSet<&str>) -> bool {
    findings
        .iter()
        .any(|finding| checks.contains(&*finding.check))
}

impl Tally {
    const fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Pass => self.pass += 1,
            Outcome::Fail => self.fail += 1,
            Outcome::Unknown => self.unknown += 1,
            Outcome::Exempt => self.exempt += 1,
            Outcome::LeftOut => {}
        }
    }
}

#[cfg(test)]
mod assessed;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn tally(checks: &[&str], edit: impl Fn(&mut Report)) -> Tally {
        let mut report = fixture::report();
        edit(&mut report);
        Facts::new(&report).tally(&checks.iter().copied().collect())
    }

    #[test]
    fn a_control_on_recording_fails_where_nothing_is_recorded() {
        let counted = tally(&["flow-log-missing"], |_| ());
        assert_eq!(
            counted,
            Tally {
                pass: 12,
                fail: 3,
                unknown: 2,
                exempt: 1
            }
        );
    }

    #[test]
    fn a_control_on_retention_is_not_met_by_what_was_not_looked_at() {
        let counted = tally(&["retention-out-of-policy"], |_| ());
        assert_eq!(
            counted,
            Tally {
                pass: 0,
                fail: 1,
                unknown: 16,
                exempt: 1
            }
        );
        let read = tally(&["retention-out-of-policy"], |report| {
            for vpc in &mut report.vpcs {
                vpc.basis = Some(Basis::Facts);
            }
        });
        assert_eq!(
            read,
            Tally {
                pass: 11,
                fail: 1,
                unknown: 5,
                exempt: 1
            }
        );
    }

    #[test]
    fn protection_that_was_not_read_protects_nobody() {
        assert_eq!(tally(&["not-protected"], |_| ()).pass, 0);
    }

    #[test]
    fn exemptions_that_ended_or_match_nothing_fail_their_control() {
        let counted = tally(&["exemption-stale", "exemption-expired"], |_| ());
        assert_eq!(counted.fail, 2);
    }

    #[test]
    fn freshness_counts_only_where_it_was_asked_for() {
        let unproved = tally(&["records-stale"], |report| report.proved = false);
        assert_eq!(unproved.pass, 0);
        assert!(tally(&["records-stale"], |_| ()).pass > 0);
    }

    #[test]
    fn transit_gateways_are_counted_for_their_own_check() {
        assert_eq!(
            tally(&[GATEWAY], |_| ()),
            Tally {
                pass: 1,
                fail: 1,
                unknown: 0,
                exempt: 0
            }
        );
    }

    #[test]
    fn a_control_is_never_met_while_regions_were_not_read() {
        let good = Tally {
            pass: 5,
            ..Tally::default()
        };
        assert_eq!(status(good, false).1, "met");
        assert_eq!(status(good, true).1, "cannot tell");
        assert_eq!(status(Tally { unknown: 1, ..good }, false).1, "cannot tell");
        assert_eq!(
            status(
                Tally {
                    fail: 1,
                    unknown: 1,
                    ..good
                },
                true
            )
            .1,
            "not met"
        );
        assert_eq!(status(Tally::default(), false).1, "nothing to judge");
    }

    #[test]
    fn every_framework_of_the_pages_is_there() {
        let all = frameworks(&fixture::report());
        let cis = all
            .iter()
            .find(|one| one.name.starts_with("CIS AWS") && one.version == "3.0");
        let names: Vec<_> = all
            .iter()
            .map(|one| format!("{} {}", one.name, one.version))
            .collect();
        assert!(cis.is_some(), "{names:?}");
        assert!(all.len() >= 13);
    }
}
