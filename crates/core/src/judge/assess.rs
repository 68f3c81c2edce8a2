//! From an inventory to a report.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, JudgedGateway, JudgedVpc};
use super::delivery::Delivery;
use super::index::FlowLogAt;
use crate::checks::{self, Sink};
use crate::finding::Finding;
use crate::inventory::{Account, Fact, Inventory, RegionStatus, ResourceKind};
use crate::policy::{EvidenceRequired, Policy};
use crate::report::{
    AppliedExemption, OtherFlowLog, PolicySummary, RegionReport, Report, SCHEMA, Summary,
    TransitGatewayReport, VpcReport,
};
use crate::verdict::{CoveredBy, Verdict};

/// Judges an inventory under a policy. The same input gives the same report.
#[must_use]
pub fn assess(inventory: &Inventory, policy: &Policy) -> Report {
    let context = Context::new(inventory, policy);
    let mut sink = Sink::new(&context);
    for check in checks::ALL {
        if policy.is_enabled(check.id) {
            (check.run)(&context, &mut sink);
        }
    }
    report(&context, sink)
}

fn report(context: &Context<'_>, sink: Sink<'_>) -> Report {
    let inventory = context.inventory();
    let (vpc_findings, gateway_findings, findings) = sink.into_findings();
    let vpcs = context.vpcs.iter().zip(vpc_findings);
    let vpcs: Vec<_> = vpcs
        .map(|(vpc, findings)| vpc_report(context, vpc, findings))
        .collect();
    let gateways = context.transit_gateways.iter().zip(gateway_findings);
    let gateways = gateways.map(|(gateway, findings)| gateway_report(context, gateway, findings));
    let mut report = Report {
        schema: SCHEMA.to_owned(),
        generated_at: inventory.collected_at,
        generator: concat!("flowcover ", env!("CARGO_PKG_VERSION")).to_owned(),
        partition: inventory.partition.clone(),
        depth: inventory.depth,
        proved: inventory.proved,
        interrupted: inventory.interrupted,
        policy: policy_summary(context.policy),
        summary: Summary::default(),
        accounts: accounts(inventory),
        guard_rails_read: guard_rails_read(inventory),
        regions: regions(inventory),
        vpcs,
        transit_gateways: gateways.collect(),
        other_flow_logs: other_flow_logs(context),
        findings,
        gaps: inventory.gaps.clone(),
        calls: inventory.calls.clone(),
        changes: None,
    };
    report.gaps.sort();
    report.gaps.dedup();
    report.summary = summary(&report);
    report
}

fn vpc_report(context: &Context<'_>, judged: &JudgedVpc<'_>, findings: Vec<Finding>) -> VpcReport {
    let region = context.region(judged.region).region;
    let owned = judged.answer.otherwise != Verdict::NotOwned;
    VpcReport {
        account_id: region.account_id.clone(),
        region: region.region.clone(),
        vpc_id: judged.vpc.vpc_id.clone(),
        owner_id: judged.vpc.owner_id.clone(),
        name: judged.vpc.name().map(str::to_owned),
        is_default: judged.vpc.is_default,
        in_use: judged.presence.any,
        verdict: judged.answer.verdict,
        reason: judged.answer.reason.clone(),
        covered_by: if owned {
            judged.coverage.covered_by
        } else {
            CoveredBy::None
        },
        basis: judged.answer.basis,
        flow_log_ids: ids(context.flow_logs_of(judged)),
        last_record_at: last_record(context, judged),
        exemption: applied(
            context,
            judged.answer.verdict,
            judged.answer.otherwise,
            judged.answer.exemption,
        ),
        owner_verdict: judged.owner_verdict,
        findings,
    }
}

fn gateway_report(
    context: &Context<'_>,
    judged: &JudgedGateway<'_>,
    findings: Vec<Finding>,
) -> TransitGatewayReport {
    let region = context.region(judged.region).region;
    let id = &judged.gateway.transit_gateway_id;
    let on_it = context.index.on_resource(&region.region, id).iter();
    let mut flow_log_ids: Vec<_> = on_it
        .map(|place| context.index.flow_logs[*place].flow_log.flow_log_id.clone())
        .collect();
    flow_log_ids.sort();
    TransitGatewayReport {
        account_id: region.account_id.clone(),
        region: region.region.clone(),
        transit_gateway_id: id.clone(),
        owner_id: judged.gateway.owner_id.clone(),
        name: judged.gateway.name().map(str::to_owned),
        verdict: judged.answer.verdict,
        reason: judged.answer.reason.clone(),
        basis: judged.answer.basis,
        flow_log_ids,
        exemption: applied(
            context,
            judged.answer.verdict,
            judged.answer.otherwise,
            judged.answer.exemption,
        ),
        findings,
    }
}

fn ids<'c>(flow_logs: impl Iterator<Item = (&'c FlowLogAt<'c>, &'c Delivery)>) -> Vec<String> {
    flow_logs
        .map(|(at, _)| at.flow_log.flow_log_id.clone())
        .collect()
}

fn last_record(context: &Context<'_>, judged: &JudgedVpc<'_>) -> Option<jiff::Timestamp> {
    let inventory = context.inventory();
    let flow_logs = context.flow_logs_of(judged).filter(|_| inventory.proved);
    let last = flow_logs.filter_map(|(at, _)| {
        let record = inventory.last_records.get(&at.flow_log.flow_log_id);
        record.and_then(Fact::present)?.at
    });
    last.max()
}

fn applied(
    context: &Context<'_>,
    verdict: Verdict,
    otherwise: Verdict,
    exemption: Option<usize>,
) -> Option<AppliedExemption> {
    let exemption = exemption.filter(|_| verdict == Verdict::Exempt)?;
    let given = &context.policy.exemptions[exemption];
    Some(AppliedExemption {
        reason: given.reason.clone(),
        until: given.until.to_string(),
        line: Some(given.line),
        otherwise,
    })
}

fn policy_summary(policy: &Policy) -> PolicySummary {
    PolicySummary {
        preset: policy.preset.clone(),
        file: policy.file.clone(),
        traffic_type: policy.traffic_type.value.as_str().to_owned(),
        evidence: match policy.evidence.value {
            EvidenceRequired::DeliveryStatus => "delivery-status",
            EvidenceRequired::Facts => "facts",
        }
        .to_owned(),
        checks_off: checks::ALL
            .iter()
            .filter(|check| !policy.is_enabled(check.id))
            .map(|check| check.id.to_owned())
            .collect(),
    }
}

fn guard_rails_read(inventory: &Inventory) -> BTreeSet<String> {
    let read = inventory.accounts.iter().filter(|account| {
        account.protection.as_ref().is_some_and(|protection| {
            !protection.service_control_policies.is_not_read()
                && !protection.config_rules.is_not_read()
        })
    });
    read.map(|account| account.account_id.clone()).collect()
}

/// Accounts by id, without the text of the policies that govern them.
fn accounts(inventory: &Inventory) -> Vec<Account> {
    let mut accounts: Vec<_> = inventory
        .accounts
        .iter()
        .map(|account| Account {
            account_id: account.account_id.clone(),
            name: account.name.clone(),
            status: account.status.clone(),
            access: account.access,
            is_management: account.is_management,
            organizational_units: account.organizational_units.clone(),
            protection: None,
        })
        .collect();
    accounts.sort_by(|a, b| a.account_id.cmp(&b.account_id));
    accounts
}

fn regions(inventory: &Inventory) -> Vec<RegionReport> {
    let mut regions: Vec<_> = inventory
        .regions
        .iter()
        .map(|region| RegionReport {
            account_id: region.account_id.clone(),
            region: region.region.clone(),
            status: region.status,
        })
        .collect();
    regions.sort_by(|a, b| (&a.account_id, &a.region).cmp(&(&b.account_id, &b.region)));
    regions
}

/// Flow logs on what has no verdict.
fn other_flow_logs(context: &Context<'_>) -> Vec<OtherFlowLog> {
    let all = context.index.flow_logs.iter().filter(|at| {
        matches!(
            at.kind,
            ResourceKind::RegionalNatGateway
                | ResourceKind::CoreNetwork
                | ResourceKind::TransitGatewayAttachment
                | ResourceKind::Other
        )
    });
    let mut listed: Vec<_> = all
        .map(|at| {
            let region = context.index.region_of(at).region;
            OtherFlowLog {
                account_id: region.account_id.clone(),
                region: region.region.clone(),
                flow_log_id: at.flow_log.flow_log_id.clone(),
                resource_id: at.flow_log.resource_id.clone(),
            }
        })
        .collect();
    listed.sort_by(|a, b| {
        (&a.account_id, &a.region, &a.flow_log_id).cmp(&(&b.account_id, &b.region, &b.flow_log_id))
    });
    listed
}

fn summary(report: &Report) -> Summary {
    let count = |verdict| {
        report
            .vpcs
            .iter()
            .filter(|vpc| vpc.verdict == verdict)
            .count() as u64
    };
    let unread = report.regions.iter().filter(|region| {
        !matches!(
            region.status,
            RegionStatus::Collected | RegionStatus::Disabled
        )
    });
    let mut findings = BTreeMap::new();
    for finding in report.all_findings() {
        *findings.entry(finding.severity).or_insert(0) += 1;
    }
    Summary {
        vpcs: report.vpcs.len() as u64,
        recorded: count(Verdict::Recorded),
        not_recorded: count(Verdict::NotRecorded),
        unknown: count(Verdict::Unknown),
        exempt: count(Verdict::Exempt),
        not_owned: count(Verdict::NotOwned),
        regions_not_collected: unread.count() as u64,
        findings,
    }
}
