//! VPCs, transit gateways and findings as the page shows them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use flowcover_core::Verdict;
use flowcover_core::finding::Finding;
use flowcover_core::report::{AppliedExemption, Report, TransitGatewayReport, VpcReport};
use serde_json::Value;

use super::guidance;
use super::words::{AccountNames, class, label, rank};
use crate::inert;

/// Characters of a name that are shown in a table; what lies below the row shows the rest.
const NAME: usize = 64;

/// Characters of a name that are shown below its row: AWS allows 256 in the value of a tag.
const LONG_NAME: usize = 1_000;

/// Evidence up to this length stays on one line.
const ONE_LINE: usize = 80;

/// What every row needs beside itself.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) names: AccountNames<'a>,
    /// Fingerprints of findings that an earlier report did not have.
    pub(super) new: HashSet<&'a str>,
}

/// One finding.
#[derive(Debug)]
pub(super) struct FindingView<'a> {
    pub(super) finding: &'a Finding,
    pub(super) title: &'a str,
    /// What it is about, where that is not what it stands under.
    pub(super) elsewhere: bool,
    pub(super) evidence: Vec<Evidence<'a>>,
    pub(super) is_new: bool,
}

/// One API field that decided.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    pub(super) field: &'a str,
    /// Its value; documents are indented, a line each.
    pub(super) lines: Vec<String>,
}

impl<'a> Context<'a> {
    pub(super) fn finding(&self, finding: &'a Finding, under: &str) -> FindingView<'a> {
        FindingView {
            title: guidance::title(&finding.check),
            elsewhere: finding.resource.id != under,
            evidence: finding
                .evidence
                .iter()
                .map(|(field, value)| evidence(field, value))
                .collect(),
            is_new: self.new.contains(&*finding.fingerprint),
            finding,
        }
    }

    fn findings(&self, findings: &'a [Finding], under: &str) -> Vec<FindingView<'a>> {
        let mut views: Vec<_> = findings
            .iter()
            .map(|finding| self.finding(finding, under))
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.finding.severity));
        views
    }
}

fn evidence<'a>(field: &'a str, value: &Value) -> Evidence<'a> {
    let lines = match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(_) | Value::Object(_) if value.to_string().len() > ONE_LINE => {
            // Line breaks within strings are escaped in JSON: these are only those between its parts.
            format!("{value:#}").lines().map(str::to_owned).collect()
        }
        other => vec![other.to_string()],
    };
    Evidence { field, lines }
}

/// One row of the table of VPCs or of transit gateways, and what lies below it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// Unique in the page.
    pub(super) anchor: String,
    pub(super) id: &'a str,
    pub(super) short_name: Cow<'a, str>,
    /// More of the name, where the short one is not all of it.
    pub(super) long_name: Option<Cow<'a, str>>,
    pub(super) account_id: &'a str,
    pub(super) account_name: Cow<'a, str>,
    pub(super) region: &'a str,
    pub(super) class: &'static str,
    pub(super) verdict: &'static str,
    pub(super) reason: &'a str,
    pub(super) covered_by: &'static str,
    pub(super) basis: Option<&'static str>,
    /// `default`, `unused`.
    pub(super) labels: Vec<&'static str>,
    pub(super) owner: Option<&'a str>,
    pub(super) owner_verdict: Option<&'static str>,
    pub(super) flow_log_ids: &'a [String],
    pub(super) last_record: Option<String>,
    pub(super) exemption: Option<&'a AppliedExemption>,
    pub(super) findings: Vec<FindingView<'a>>,
    /// Ids of the checks of its findings, for the filter.
    pub(super) checks: String,
    /// Highest severity and number of findings; empty where there is none.
    pub(super) worst: &'static str,
}

impl<'a> Row<'a> {
    pub(super) fn vpc(number: usize, vpc: &'a VpcReport, context: &Context<'a>) -> Self {
        let mut labels = Vec::new();
        labels.extend((vpc.is_default == Some(true)).then_some("default"));
        labels.extend(match vpc.in_use {
            Some(true) => None,
            Some(false) => Some("unused"),
            None => Some("use not known"),
        });
        Row {
            covered_by: vpc.covered_by.as_str(),
            labels,
            last_record: vpc.last_record_at.map(super::words::moment),
            owner_verdict: vpc.owner_verdict.map(label),
            ..Self::new(
                format!("v{number}"),
                &Common {
                    id: &vpc.vpc_id,
                    name: vpc.name.as_deref(),
                    account_id: &vpc.account_id,
                    region: &vpc.region,
                    owner: vpc.owner_id.as_deref(),
                    verdict: vpc.verdict,
                    reason: &vpc.reason,
                    basis: vpc.basis,
                    flow_log_ids: &vpc.flow_log_ids,
                    exemption: vpc.exemption.as_ref(),
                    findings: &vpc.findings,
                },
                context,
            )
        }
    }

    pub(super) fn gateway(
        number: usize,
        gateway: &'a TransitGatewayReport,
        context: &Context<'a>,
    ) -> Self {
        Self::new(
            format!("t{number}"),
            &Common {
                id: &gateway.transit_gateway_id,
                name: gateway.name.as_deref(),
                account_id: &gateway.account_id,
                region: &gateway.region,
                owner: gateway.owner_id.as_deref(),
                verdict: gateway.verdict,
                reason: &gateway.reason,
                basis: gateway.basis,
                flow_log_ids: &gateway.flow_log_ids,
                exemption: gateway.exemption.as_ref(),
                findings: &gateway.findings,
            },
            context,
        )
    }

    fn new(anchor: String, common: &Common<'a>, context: &Context<'a>) -> Self {
        let name = common.name.unwrap_or_default();
        let short_name = inert::clip(name, NAME);
        let findings = context.findings(common.findings, common.id);
        let checks: BTreeSet<&str> = common
            .findings
            .iter()
            .map(|finding| &*finding.check)
            .collect();
        Self {
            anchor,
            id: common.id,
            long_name: (short_name != inert::text(name)).then(|| inert::clip(name, LONG_NAME)),
            short_name,
            account_id: common.account_id,
            account_name: inert::clip(context.names.get(common.account_id), NAME),
            region: common.region,
            class: class(common.verdict),
            verdict: label(common.verdict),
            reason: common.reason,
            covered_by: "",
            basis: common.basis.map(flowcover_core::verdict::Basis::as_str),
            labels: Vec::new(),
            owner: common.owner.filter(|&owner| owner != common.account_id),
            owner_verdict: None,
            flow_log_ids: common.flow_log_ids,
            last_record: None,
            exemption: common.exemption,
            worst: findings
                .first()
                .map_or("", |view| view.finding.severity.as_str()),
            findings,
            checks: checks.into_iter().collect::<Vec<_>>().join(" "),
        }
    }
}

struct Common<'a> {
    id: &'a str,
    name: Option<&'a str>,
    account_id: &'a str,
    region: &'a str,
    owner: Option<&'a str>,
    verdict: Verdict,
    reason: &'a str,
    basis: Option<flowcover_core::verdict::Basis>,
    flow_log_ids: &'a [String],
    exemption: Option<&'a AppliedExemption>,
    findings: &'a [Finding],
}

/// The VPCs, worst first, then by account, region and id.
pub(super) fn ordered(report: &Report) -> Vec<&VpcReport> {
    let mut vpcs: Vec<_> = report.vpcs.iter().collect();
    vpcs.sort_by_cached_key(|&vpc| {
        let worst = vpc.findings.iter().map(|finding| finding.severity).max();
        let place = (&vpc.account_id, &vpc.region, &vpc.vpc_id);
        (rank(vpc.verdict), std::cmp::Reverse(worst), place)
    });
    vpcs
}

/// One exemption that applies, with what it exempts.
#[derive(Debug)]
pub(super) struct ExemptionView<'a> {
    pub(super) exemption: &'a AppliedExemption,
    pub(super) otherwise: &'static str,
    pub(super) resources: Vec<&'a str>,
}

/// The exemptions that apply, each once, in the order of the policy.
pub(super) fn exemptions(report: &Report) -> Vec<ExemptionView<'_>> {
    let mut views: Vec<ExemptionView<'_>> = Vec::new();
    let of_vpcs = report.vpcs.iter().map(|vpc| (&vpc.exemption, &*vpc.vpc_id));
    let of_gateways = report
        .transit_gateways
        .iter()
        .map(|gateway| (&gateway.exemption, &*gateway.transit_gateway_id));
    let mut places = std::collections::HashMap::new();
    for (exemption, id) in of_vpcs.chain(of_gateways) {
        let Some(exemption) = exemption else { continue };
        let key = (
            exemption.line,
            &exemption.reason,
            &exemption.until,
            exemption.otherwise,
        );
        let at = *places.entry(key).or_insert_with(|| {
            let otherwise = label(exemption.otherwise);
            views.push(ExemptionView {
                exemption,
                otherwise,
                resources: Vec::new(),
            });
            views.len() - 1
        });
        views[at].resources.push(id);
    }
    views.sort_by_key(|view| view.exemption.line);
    views
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_worst_come_first() {
        let report = fixture::report();
        let verdicts: Vec<_> = ordered(&report)
            .iter()
            .map(|vpc| rank(vpc.verdict))
            .collect();
        assert!(verdicts.is_sorted());
        assert_eq!(verdicts.len(), report.vpcs.len());
    }

    #[test]
    fn a_document_is_indented_and_a_scalar_is_not() {
        let long = serde_json::json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        assert!(evidence("Document", &long).lines.len() > 5);
        assert_eq!(evidence("Days", &Value::Null).lines, ["null"]);
        assert_eq!(evidence("Name", &Value::from("a\nb")).lines, ["a\nb"]);
    }

    #[test]
    fn a_long_name_is_cut_in_the_table_and_longer_below() {
        let report = fixture::report();
        let context = Context {
            names: AccountNames::new(&report.accounts),
            new: HashSet::new(),
        };
        let long = report
            .vpcs
            .iter()
            .find(|vpc| vpc.name.as_ref().is_some_and(|name| name.len() > 1000));
        let row = Row::vpc(0, long.expect("one has a long name"), &context);
        assert_eq!(row.short_name.chars().count(), NAME);
        assert_eq!(row.long_name.expect("it is cut").chars().count(), LONG_NAME);
    }
}
