//! Where checks put what they find.

use super::draft::Draft;
use crate::Severity;
use crate::finding::Finding;
use crate::judge::Context;
use crate::judge::context::Home;
use crate::verdict::Verdict;

/// Takes findings, and puts each with the VPC or transit gateway that it belongs to.
#[derive(Debug)]
pub struct Sink<'c> {
    context: &'c Context<'c>,
    vpcs: Vec<Vec<Finding>>,
    transit_gateways: Vec<Vec<Finding>>,
    others: Vec<Finding>,
}

impl<'c> Sink<'c> {
    /// An empty one.
    #[must_use]
    pub fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            vpcs: context.vpcs.iter().map(|_| Vec::new()).collect(),
            transit_gateways: context
                .transit_gateways
                .iter()
                .map(|_| Vec::new())
                .collect(),
            others: Vec::new(),
        }
    }

    /// Takes a finding of a VPC, given as its place in [`Context::vpcs`].
    ///
    /// What the policy exempts is information. What decides verdicts weighs little on a VPC that is
    /// recorded all the same: other flow logs record it.
    pub fn on_vpc(&mut self, vpc: usize, draft: Draft<true>) {
        let most = match self.context.vpcs[vpc].answer.verdict {
            Verdict::Exempt => Severity::Info,
            Verdict::Recorded if draft.check().decides => Severity::Low,
            _ => Severity::High,
        };
        let finding = self.finish(draft, most);
        self.vpcs[vpc].push(finding);
    }

    /// Takes a finding of a flow log, given as its place in the index, to where it belongs.
    pub fn on_flow_log(&mut self, flow_log: usize, draft: Draft<true>) {
        match self.context.homes[flow_log] {
            Home::Vpc(vpc) => self.on_vpc(vpc, draft),
            Home::TransitGateway(gateway) => self.on_transit_gateway(gateway, draft),
            Home::Nowhere => self.on_report(draft),
        }
    }

    /// Takes a finding of a transit gateway, given as its place in [`Context::transit_gateways`].
    ///
    /// Where it must be recorded, findings weigh less than a VPC's, unless the policy says otherwise
    /// of the check.
    pub fn on_transit_gateway(&mut self, gateway: usize, draft: Draft<true>) {
        let must = self.context.policy.transit_gateways.value;
        let finding = match self.context.transit_gateways[gateway].answer.verdict {
            Verdict::Exempt => self.finish(draft, Severity::Info),
            Verdict::NotRecorded | Verdict::Unknown if must => {
                let own = draft.own_severity().min(Severity::Medium);
                self.finish(draft.severity(own), Severity::High)
            }
            _ => self.finish(draft, Severity::Low),
        };
        self.transit_gateways[gateway].push(finding);
    }

    /// Takes a finding that belongs to no VPC and no transit gateway.
    pub fn on_report(&mut self, draft: Draft<true>) {
        let finding = self.finish(draft, Severity::High);
        self.others.push(finding);
    }

    fn finish(&self, draft: Draft<true>, most: Severity) -> Finding {
        let policy = self.context.policy;
        let (severity, line) = policy.severity_of(draft.check().id, draft.own_severity());
        draft.finish(severity.min(most), line)
    }

    /// What was found: by VPC, by transit gateway, and the rest.
    #[must_use]
    pub fn into_findings(self) -> (Vec<Vec<Finding>>, Vec<Vec<Finding>>, Vec<Finding>) {
        (self.vpcs, self.transit_gateways, self.others)
    }
}
