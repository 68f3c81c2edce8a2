//! The findings of a report, and what becomes of each.

use std::collections::{BTreeSet, HashMap};

use super::refusal::Refusal;
use crate::Severity;
use crate::finding::Finding;
use crate::judge::Context;
use crate::judge::context::Home;
use crate::plan::{Answered, NotFixed};
use crate::report::Report;

/// A finding, and what it belongs to.
#[derive(Debug)]
pub(super) struct Noted<'r> {
    pub(super) finding: &'r Finding,
    pub(super) home: Home,
    refusal: Option<Refusal>,
}

/// The findings that a plan accounts for, in the order of the report.
#[derive(Debug)]
pub(super) struct Findings<'r> {
    pub(super) all: Vec<Noted<'r>>,
}

impl<'r> Findings<'r> {
    /// Every finding but information; with `only`, those of these VPCs, transit gateways and resources.
    pub(super) fn new(context: &Context<'_>, report: &'r Report, only: &BTreeSet<String>) -> Self {
        let region = |place: usize| context.region(place).region;
        let vpcs = context.vpcs.iter().enumerate().map(|(place, judged)| {
            let at = region(judged.region);
            (
                (&*at.account_id, &*at.region, &*judged.vpc.vpc_id),
                Home::Vpc(place),
            )
        });
        let gateways = context
            .transit_gateways
            .iter()
            .enumerate()
            .map(|(place, judged)| {
                let at = region(judged.region);
                let id = &*judged.gateway.transit_gateway_id;
                (
                    (&*at.account_id, &*at.region, id),
                    Home::TransitGateway(place),
                )
            });
        let homes: HashMap<_, _> = vpcs.chain(gateways).collect();
        let home = |account: &str, region: &str, id: &str| {
            homes
                .get(&(account, region, id))
                .copied()
                .unwrap_or(Home::Nowhere)
        };
        let mut all = Vec::new();
        for vpc in &report.vpcs {
            let home = home(&vpc.account_id, &vpc.region, &vpc.vpc_id);
            all.extend(noted(&vpc.findings, home, Some(&vpc.vpc_id), only));
        }
        for gateway in &report.transit_gateways {
            let id = &gateway.transit_gateway_id;
            let home = home(&gateway.account_id, &gateway.region, id);
            all.extend(noted(&gateway.findings, home, Some(id), only));
        }
        all.extend(noted(&report.findings, Home::Nowhere, None, only));
        Self { all }
    }

    /// Says why a finding is not fixed. The first reason stands.
    pub(super) fn refuse(&mut self, place: usize, refusal: Refusal) {
        self.all[place].refusal.get_or_insert(refusal);
    }

    pub(super) fn answered(&self, place: usize) -> Answered {
        let finding = self.all[place].finding;
        Answered {
            check: finding.check.clone(),
            fingerprint: finding.fingerprint.clone(),
            resource: finding.resource.id.clone(),
        }
    }

    /// The findings that no step answers, with the reasons given.
    pub(super) fn not_fixed(self, answered: &BTreeSet<usize>) -> Vec<NotFixed> {
        let rest = self.all.into_iter().enumerate();
        let rest = rest.filter(|(place, _)| !answered.contains(place));
        rest.map(|(_, noted)| {
            let refusal = noted.refusal.unwrap_or_else(|| by_hand(noted.finding));
            not_fixed(noted.finding, refusal)
        })
        .collect()
    }
}

fn noted<'r>(
    findings: &'r [Finding],
    home: Home,
    id: Option<&str>,
    only: &BTreeSet<String>,
) -> Vec<Noted<'r>> {
    let wanted = |finding: &&Finding| {
        let named =
            || id.is_some_and(|id| only.contains(id)) || only.contains(&finding.resource.id);
        finding.severity >= Severity::Low && (only.is_empty() || named())
    };
    let noted = findings.iter().filter(wanted).map(|finding| Noted {
        finding,
        home,
        refusal: None,
    });
    noted.collect()
}

fn not_fixed(finding: &Finding, refusal: Refusal) -> NotFixed {
    NotFixed {
        check: finding.check.clone(),
        fingerprint: finding.fingerprint.clone(),
        resource: finding.resource.clone(),
        reason: refusal.reason,
        message: refusal.message,
        manual: refusal.manual,
    }
}

/// What no rule speaks of: what the finding itself advises.
fn by_hand(finding: &Finding) -> Refusal {
    let advice = finding.fix.as_ref().map(|fix| fix.summary.clone());
    Refusal::new(
        crate::plan::Reason::NotAChange,
        "no change of a plan answers it",
        advice.into_iter().collect(),
    )
}
