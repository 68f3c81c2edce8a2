//! A report as a list of compliance results, as the formats of security data lakes want it (`ocsf`, `asff`).
//!
//! Each VPC and transit gateway has one result for its verdict, passed ones too: its identifier stays the same from run to run, so
//! that a later run resolves an earlier failure. Each finding is a result of its own.

use std::borrow::Cow;

use flowcover_core::finding::Finding;
use flowcover_core::report::Report;
use flowcover_core::{Severity, Verdict};

use crate::subject::{Subject, findings, resource_arn, subjects};
use crate::{Options, Rule, inert};

/// Whether a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is met.
    Pass,
    /// It is not.
    Fail,
    /// What decides could not be read.
    Unknown,
    /// It is not asked of this resource: exempt, or for its owner to meet.
    NotApplicable,
}

/// One compliance result. All text is inert.
pub(crate) struct Assessment<'a> {
    /// The same for the same question about the same resource, from run to run.
    pub(crate) id: String,
    /// Id of the check; for a verdict `vpc-recorded` or `transit-gateway-recorded`.
    pub(crate) check: &'a str,
    pub(crate) title: Cow<'a, str>,
    pub(crate) message: Cow<'a, str>,
    /// None where nothing is wrong.
    pub(crate) severity: Option<Severity>,
    pub(crate) outcome: Outcome,
    pub(crate) account_id: Option<&'a str>,
    pub(crate) region: Option<&'a str>,
    /// CloudFormation resource type.
    pub(crate) resource_type: Cow<'a, str>,
    pub(crate) resource_arn: String,
    pub(crate) resource_name: Option<Cow<'a, str>>,
    pub(crate) fix: Option<Cow<'a, str>>,
    pub(crate) rule: Option<&'a Rule>,
}

/// Every result of a report.
pub(crate) fn assessments<'a>(
    report: &'a Report,
    options: &'a Options,
) -> impl Iterator<Item = Assessment<'a>> {
    let of_verdicts = subjects(report).map(|subject| of_verdict(report, subject));
    let of_findings = findings(report).map(|(_, finding)| of_finding(report, options, finding));
    of_verdicts.chain(of_findings)
}

fn of_verdict<'a>(report: &'a Report, subject: Subject<'a>) -> Assessment<'a> {
    let arn = subject.arn(&report.partition);
    let outcome = outcome(subject.verdict());
    let worst = subject
        .findings()
        .iter()
        .map(|finding| finding.severity)
        .max();
    let severity = match outcome {
        Outcome::Fail => worst.or(Some(Severity::High)),
        Outcome::Unknown => Some(Severity::Medium),
        Outcome::Pass | Outcome::NotApplicable => None,
    };
    Assessment {
        id: format!(
            "flowcover/verdict/{}/{}",
            subject.account_id(),
            inert::text(&arn)
        ),
        check: match subject {
            Subject::Vpc(_) => "vpc-recorded",
            Subject::TransitGateway(_) => "transit-gateway-recorded",
        },
        title: Cow::Owned(format!(
            "Traffic of {} {} is {}",
            subject.noun(),
            inert::text(subject.id()),
            subject.verdict()
        )),
        message: inert::text(subject.reason()),
        severity,
        outcome,
        account_id: Some(subject.account_id()),
        region: Some(subject.region()),
        resource_type: Cow::Borrowed(subject.resource_type()),
        resource_arn: inert::text(&arn).into_owned(),
        resource_name: subject.name().map(inert::text),
        fix: None,
        rule: None,
    }
}

const fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Recorded => Outcome::Pass,
        Verdict::NotRecorded => Outcome::Fail,
        Verdict::Unknown => Outcome::Unknown,
        Verdict::Exempt | Verdict::NotOwned => Outcome::NotApplicable,
    }
}

fn of_finding<'a>(
    report: &'a Report,
    options: &'a Options,
    finding: &'a Finding,
) -> Assessment<'a> {
    let arn = resource_arn(&report.partition, &finding.resource);
    let rule = options.rule(&finding.check);
    let title = rule.map_or(finding.message.as_str(), |rule| rule.title.as_str());
    // What was not read is neither met nor missed.
    let outcome = match finding.check.as_str() {
        "not-readable" => Outcome::Unknown,
        _ => Outcome::Fail,
    };
    Assessment {
        id: format!("flowcover/finding/{}", inert::text(&finding.fingerprint)),
        check: &finding.check,
        title: inert::text(title),
        message: inert::text(&finding.message),
        severity: Some(finding.severity),
        outcome,
        account_id: finding.resource.account_id.as_deref(),
        region: finding.resource.region.as_deref(),
        resource_type: inert::text(&finding.resource.kind),
        resource_arn: inert::text(&arn).into_owned(),
        resource_name: None,
        fix: finding.fix.as_ref().map(|fix| inert::text(&fix.summary)),
        rule,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fixture;

    #[test]
    fn every_verdict_and_every_finding_is_a_result_with_an_id_of_its_own() {
        let report = fixture::report();
        let options = Options::default();
        let results: Vec<Assessment<'_>> = assessments(&report, &options).collect();
        let ids: BTreeSet<&str> = results.iter().map(|result| result.id.as_str()).collect();
        assert_eq!(ids.len(), results.len());
        assert_eq!(
            results.len(),
            subjects(&report).count() + findings(&report).count()
        );
    }

    #[test]
    fn unknown_neither_passes_nor_fails() {
        let report = fixture::report();
        let options = Options::default();
        let of_vpcs =
            assessments(&report, &options).filter(|result| result.check == "vpc-recorded");
        let count = |wanted| {
            let results = assessments(&report, &options);
            let of_vpcs = results.filter(|result| result.check == "vpc-recorded");
            of_vpcs.filter(|result| result.outcome == wanted).count() as u64
        };
        assert_eq!(of_vpcs.count() as u64, report.summary.vpcs);
        assert_eq!(count(Outcome::Pass), report.summary.recorded);
        assert_eq!(count(Outcome::Fail), report.summary.not_recorded);
        assert_eq!(count(Outcome::Unknown), report.summary.unknown);
    }
}
