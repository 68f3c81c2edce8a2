//! What a report comes to as a whole: the exit code of `audit` is made from it.

use crate::Severity;
use crate::inventory::{AccountAccess, AccountStatus, GapKind, RegionStatus};
use crate::report::Report;
use crate::verdict::Verdict;

/// What a report comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything was read, and nothing is wrong.
    Clean,
    /// A finding at or above the severity given, or a verdict `not-recorded`.
    Findings,
    /// Something is unknown or was not read; nothing worse was found.
    Incomplete,
    /// Nothing could be read, for want of credentials or permission.
    NothingRead,
}

/// Weighs a report. A finding counts where its severity is `fail_on` or higher.
#[must_use]
pub fn outcome(report: &Report, fail_on: Severity) -> Outcome {
    if nothing_read(report) {
        return if refused(report) {
            Outcome::NothingRead
        } else {
            Outcome::Incomplete
        };
    }
    if has_findings(report, fail_on) {
        Outcome::Findings
    } else if is_incomplete(report) {
        Outcome::Incomplete
    } else {
        Outcome::Clean
    }
}

fn nothing_read(report: &Report) -> bool {
    let read = |status| matches!(status, RegionStatus::Collected | RegionStatus::Partial);
    !report.regions.iter().any(|region| read(region.status))
}

fn refused(report: &Report) -> bool {
    let refusal = |kind| matches!(kind, GapKind::Denied | GapKind::Credentials);
    report.gaps.iter().any(|gap| refusal(gap.kind))
}

fn has_findings(report: &Report, fail_on: Severity) -> bool {
    let not_recorded = |verdict| verdict == Verdict::NotRecorded;
    // A transit gateway need not be recorded unless the policy says so: then it has a finding.
    let gateway = |gateway: &crate::report::TransitGatewayReport| {
        not_recorded(gateway.verdict)
            && gateway
                .findings
                .iter()
                .any(|finding| finding.check == "transit-gateway-not-recorded")
    };
    report.vpcs.iter().any(|vpc| not_recorded(vpc.verdict))
        || report.transit_gateways.iter().any(gateway)
        || report
            .all_findings()
            .any(|finding| finding.severity >= fail_on)
}

fn is_incomplete(report: &Report) -> bool {
    let unread = |status| !matches!(status, RegionStatus::Collected | RegionStatus::Disabled);
    report.interrupted
        || !report.gaps.is_empty()
        || report.regions.iter().any(|region| unread(region.status))
        || report
            .vpcs
            .iter()
            .any(|vpc| vpc.verdict == Verdict::Unknown)
        || report
            .transit_gateways
            .iter()
            .any(|gateway| gateway.verdict == Verdict::Unknown)
        || report.accounts.iter().any(|account| {
            account.access != AccountAccess::Reached && account.status != AccountStatus::Suspended
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::inventory::{Account, Gap, Inventory, Listing, Region};

    #[track_caller]
    fn check(inventory: &Inventory, expected: Outcome) {
        assert_eq!(outcome(&cis(inventory), Severity::High), expected);
    }

    #[test]
    fn clean_and_findings() {
        check(&recorded(), Outcome::Clean);
        check(&bare(), Outcome::Findings);
        let never_expires = but(recorded(), |i| {
            let group = crate::inventory::LogGroup {
                retention_in_days: None,
                ..log_group()
            };
            i.log_groups
                .insert(GROUP.to_owned(), crate::inventory::Fact::Present(group));
        });
        check(&never_expires, Outcome::Clean);
        assert_eq!(
            outcome(&cis(&never_expires), Severity::Medium),
            Outcome::Findings
        );
    }

    #[test]
    fn not_recorded_counts_whatever_its_findings() {
        let mut report = cis(&bare());
        report.vpcs[0].findings.clear();
        assert_eq!(outcome(&report, Severity::High), Outcome::Findings);
    }

    #[test]
    fn unread_is_incomplete_unless_something_is_worse() {
        let unread = |inventory| {
            but(inventory, |i: &mut Inventory| {
                i.gaps.push(gap("ec2:DescribeSubnets"))
            })
        };
        check(&unread(recorded()), Outcome::Incomplete);
        check(&unread(bare()), Outcome::Findings);
        check(
            &but(recorded(), |i| i.interrupted = true),
            Outcome::Incomplete,
        );
        let region = |status| {
            but(recorded(), |i| {
                i.regions.push(Region::new(ACCOUNT, "eu-west-2", status))
            })
        };
        check(&region(RegionStatus::Disabled), Outcome::Clean);
        check(&region(RegionStatus::Unreachable), Outcome::Incomplete);
        let refused = Account {
            access: AccountAccess::Refused,
            ..account(OTHER)
        };
        check(
            &but(recorded(), |i| i.accounts.push(refused)),
            Outcome::Incomplete,
        );
        let suspended = Account {
            access: AccountAccess::NotTried,
            status: AccountStatus::Suspended,
            ..account(OTHER)
        };
        check(
            &but(recorded(), |i| i.accounts.push(suspended)),
            Outcome::Clean,
        );
    }

    #[test]
    fn nothing_read_for_want_of_permission_is_its_own() {
        let unread = |kind| {
            but(bare(), |i| {
                i.regions[0].status = RegionStatus::Denied;
                i.regions[0].vpcs = Listing::not_read();
                i.regions[0].flow_logs = Listing::not_read();
                i.gaps.push(Gap {
                    kind,
                    ..gap("ec2:DescribeVpcs")
                });
            })
        };
        check(&unread(GapKind::Denied), Outcome::NothingRead);
        check(&unread(GapKind::Credentials), Outcome::NothingRead);
        check(&unread(GapKind::Throttled), Outcome::Incomplete);
        check(&Inventory::empty(now()), Outcome::Incomplete);
    }
}
