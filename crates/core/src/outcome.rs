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
        not_recorded(gateway.verdict) && !gateway.findings.is_empty()
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
