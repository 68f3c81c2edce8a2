//! One self-contained page: no outside resource, works offline, reads well on paper, in the dark and without script.
//!
//! The page is whole as it is written; its script only filters, sorts and shortens what already stands there. It
//! holds no data: names and tags reach the page through one escaper ([`Inert`]), as text and quoted attributes.
//! A Content-Security-Policy within the page admits the one style sheet and the one script by their hashes.

mod actions;
mod changes;
pub(crate) mod csp;
mod escape;
mod frameworks;
mod gaps;
mod glance;
pub(crate) mod guidance;
mod map;
mod rows;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod words;

use std::collections::BTreeSet;
use std::io::Write;

use askama::Template;
use flowcover_core::Verdict;
use flowcover_core::finding::Finding;
use flowcover_core::inventory::Depth;
use flowcover_core::report::{Report, VpcReport};

use actions::Action;
use changes::ChangesView;
use frameworks::Framework;
use gaps::GapGroup;
use glance::Glance;
use map::HeatMap;
use rows::{Context, ExemptionView, FindingView, Row};
use words::AccountNames;

pub(crate) use escape::Inert;

use crate::{RenderError, inert};

/// Writes the page. Rows are made one at a time: only what they point to is held in memory.
///
/// # Errors
///
/// When `out` refuses what is written to it.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    Ok(Page::new(report).write_into(out)?)
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    report: &'a Report,
    context: Context<'a>,
    glance: Glance,
    actions: Vec<Action<'a>>,
    map: HeatMap<'a>,
    ordered: Vec<&'a VpcReport>,
    regions: BTreeSet<&'a str>,
    accounts: BTreeSet<&'a str>,
    checks: BTreeSet<&'a str>,
    gateways: Vec<Row<'a>>,
    loose: Vec<FindingView<'a>>,
    exemptions: Vec<ExemptionView<'a>>,
    gaps: Vec<GapGroup<'a>>,
    frameworks: Vec<Framework>,
    changes: Option<ChangesView<'a>>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report) -> Self {
        let changes = ChangesView::new(report);
        let context = Context {
            names: AccountNames::new(&report.accounts),
            new: report
                .changes
                .iter()
                .flat_map(|changes| &changes.new)
                .map(String::as_str)
                .collect(),
        };
        let gateways = report.transit_gateways.iter().enumerate();
        let of_vpcs = || report.vpcs.iter().flat_map(|vpc| &vpc.findings);
        Self {
            glance: Glance::new(report),
            actions: actions::actions(report),
            map: HeatMap::new(report, &context.names),
            ordered: rows::ordered(report),
            regions: report.vpcs.iter().map(|vpc| &*vpc.region).collect(),
            accounts: report.vpcs.iter().map(|vpc| &*vpc.account_id).collect(),
            checks: of_vpcs().map(|finding| &*finding.check).collect(),
            gateways: gateways
                .map(|(number, gateway)| Row::gateway(number, gateway, &context))
                .collect(),
            loose: loose(report, &context),
            exemptions: rows::exemptions(report),
            gaps: gaps::groups(report),
            frameworks: frameworks::frameworks(report),
            changes,
            context,
            report,
        }
    }

    fn style(&self) -> &'static str {
        csp::STYLE
    }

    fn script(&self) -> &'static str {
        csp::SCRIPT
    }

    fn policy(&self) -> &'static str {
        &csp::POLICY
    }

    fn rows(&self) -> impl Iterator<Item = Row<'a>> + '_ {
        let vpcs = self.ordered.iter().enumerate();
        vpcs.map(|(number, vpc)| Row::vpc(number, vpc, &self.context))
    }

    /// Accounts that were not read at all, with why.
    fn unread_accounts(&self) -> impl Iterator<Item = (&map::Row<'a>, &'static str)> {
        self.map
            .rows
            .iter()
            .filter_map(|row| Some((row, row.blind?)))
    }

    /// Regions that were not read in full, with why, by account.
    fn unread_regions(&self) -> Vec<(&'a str, &'a str, &'static str)> {
        let why = |region: &'a flowcover_core::report::RegionReport| {
            Some((
                &*region.account_id,
                &*region.region,
                words::not_read(region.status)?,
            ))
        };
        self.report.regions.iter().filter_map(why).collect()
    }

    fn verdicts(&self) -> [(&'static str, &'static str, &'static str); 5] {
        Verdict::ALL.map(|verdict| {
            (
                words::class(verdict),
                words::label(verdict),
                words::meaning(verdict),
            )
        })
    }

    fn name(&self, account_id: &str) -> &'a str {
        self.context.names.get(account_id)
    }

    fn calls(&self) -> u64 {
        self.report.calls.values().sum()
    }

    fn has_blind_spots(&self) -> bool {
        !self.gaps.is_empty()
            || self.report.interrupted
            || self.report.summary.regions_not_collected > 0
    }
}

/// Findings that stand under no VPC and no transit gateway. What could not be read stands among the gaps.
fn loose<'a>(report: &'a Report, context: &Context<'a>) -> Vec<FindingView<'a>> {
    let mut findings: Vec<_> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
        .into_iter()
        .map(|finding| context.finding(finding, ""))
        .collect()
}

/// All findings: of VPCs, of transit gateways, and those of neither.
fn findings(report: &Report) -> impl Iterator<Item = &Finding> {
    let of_vpcs = report.vpcs.iter().flat_map(|vpc| &vpc.findings);
    let of_gateways = report
        .transit_gateways
        .iter()
        .flat_map(|gateway| &gateway.findings);
    of_vpcs.chain(of_gateways).chain(&report.findings)
}
