//! Completing VPCs and transit gateways: what is missing is made, unless what is mended records it.

use std::collections::BTreeSet;

use super::made::{Subject, Target};
use super::mend::Fate;
use super::missing::Want;
use super::refusal::Refusal;
use super::retire::REPLACE;
use super::surveyors::{Surveyors, View};
use super::{Builder, Reason};
use crate::inventory::ResourceKind;
use crate::judge::context::{Home, Judged};
use crate::judge::coverage::Extent;
use crate::judge::delivery::Works;
use crate::judge::traffic::Traffic;
use crate::verdict::{CoveredBy, Verdict};

/// What is done for a VPC or a transit gateway.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// Nothing needs to be done, or nothing can be decided.
    Left,
    /// Flow logs are made, and steps mend what others depend on.
    Done {
        /// As places among those that are made.
        made: Vec<usize>,
        /// Ids of steps.
        mended: BTreeSet<String>,
        /// Why subnets stay open all the same.
        open: Option<Refusal>,
        /// Why it may stay unrecorded all the same: what hangs on flow logs that no step mends.
        hangs: Option<Refusal>,
    },
    /// It stays as it is.
    Not(Refusal),
}

/// What is done for each VPC and each transit gateway, in the order of the context.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    pub(super) vpcs: Vec<Outcome>,
    pub(super) gateways: Vec<Outcome>,
}

impl Outcomes {
    pub(super) fn of(&self, home: Home) -> &Outcome {
        match home {
            Home::Vpc(vpc) => &self.vpcs[vpc],
            Home::TransitGateway(gateway) => &self.gateways[gateway],
            Home::Nowhere => &Outcome::Left,
        }
    }
}

impl Builder<'_> {
    pub(super) fn complete(&mut self) -> Outcomes {
        let context = self.context;
        let asked = Traffic::asked(&context.policy.traffic_type.value);
        let mut outcomes = Outcomes::default();
        let deliveries = self.to_come();
        let mut surveyors: Option<(usize, Surveyors<'_, '_>)> = None;
        for vpc in 0..context.vpcs.len() {
            let region = context.vpcs[vpc].region;
            let current = match surveyors.take() {
                Some((of, surveyors)) if of == region => surveyors,
                _ => Surveyors::new(context, region, &deliveries, asked),
            };
            let flow_logs = &context.vpcs[vpc].coverage.flow_logs;
            let outcome = self.replacing(flow_logs, |builder, given_up| {
                builder.complete_vpc(vpc, current.view(given_up), asked)
            });
            outcomes.vpcs.push(outcome);
            surveyors = Some((region, current));
        }
        for gateway in 0..context.transit_gateways.len() {
            let flow_logs = self.on_gateway(gateway);
            let outcome = self.replacing(&flow_logs, |builder, _| {
                builder.complete_gateway(gateway, &flow_logs)
            });
            outcomes.gateways.push(outcome);
        }
        outcomes
    }

    /// Completes what these flow logs are on without those that make way for others; with them where that cannot be done.
    fn replacing(
        &mut self,
        flow_logs: &[usize],
        complete: impl Fn(&mut Self, bool) -> Outcome,
    ) -> Outcome {
        let given_up = self.give_up(flow_logs);
        if !given_up.is_empty() {
            match complete(self, true) {
                Outcome::Not(refusal) => self.keep(given_up, &refusal),
                outcome => return outcome,
            }
        }
        complete(self, false)
    }

    fn complete_vpc(&mut self, vpc: usize, view: View<'_, '_, '_>, asked: Traffic) -> Outcome {
        let surveyor = view.to_come;
        let context = self.context;
        let judged = &context.vpcs[vpc];
        let vpc_id = judged.vpc.vpc_id.as_str();
        let partial = judged.answer.verdict == Verdict::Recorded
            && judged.coverage.covered_by == CoveredBy::Interfaces;
        let missing = judged.answer.verdict == Verdict::NotRecorded;
        if !self.concerns(vpc_id) || !(partial || missing) {
            return Outcome::Left;
        }
        let chosen = match self.chosen(judged.region) {
            Ok(chosen) => chosen,
            Err(refusal) => return Outcome::Not(refusal),
        };
        let want = Want {
            surveyor,
            region: context.region(judged.region),
            vpc_id,
            asked,
            wanted: chosen.traffic,
        };
        let targets = if partial {
            want.open_subnets().map(|targets| (targets, None))
        } else {
            let survey = surveyor.survey(vpc_id);
            if survey.extent != Extent::Bare {
                let some_bare =
                    !survey.bare_subnets.is_empty() || !survey.bare_interfaces.is_empty();
                let open = some_bare.then(|| want.one_by_one());
                let open = open.or_else(|| view.unsure_subnet(&want));
                let mut outcome = self.mended(&judged.coverage.flow_logs, open);
                if let Outcome::Done { hangs, .. } = &mut outcome
                    && hangs.is_none()
                    && view.mended.survey(vpc_id).extent == Extent::Bare
                {
                    *hangs = Some(self.hanging_elsewhere(judged.region));
                }
                return outcome;
            }
            let targets = want.targets();
            targets.map(|(targets, open)| {
                let open = open.or_else(|| view.unsure_subnet(&want));
                (targets, open)
            })
        };
        let reason = self.because(vpc_id, &judged.answer, &judged.coverage.flow_logs);
        let subject = Subject {
            region: judged.region,
            id: vpc_id,
            name: judged.vpc.name(),
            reason: Some(&reason),
        };
        let mended = match self.mended(&judged.coverage.flow_logs, None) {
            Outcome::Done { mended, .. } => mended,
            Outcome::Left | Outcome::Not(_) => BTreeSet::new(),
        };
        targets.map_or_else(Outcome::Not, |(targets, open)| {
            let mut hangs = self.hanging(&judged.coverage.flow_logs);
            if hangs.is_none() && view.is_left_to_others(vpc_id, asked) {
                hangs = Some(self.hanging_elsewhere(judged.region));
            }
            self.make_all(subject, &targets, mended, (open, hangs))
        })
    }

    /// Why something is made for a VPC or transit gateway on which these flow logs are.
    fn because(&self, id: &str, answer: &Judged, flow_logs: &[usize]) -> String {
        let what = match answer.verdict {
            Verdict::Recorded => "is recorded only in part",
            _ => "is not recorded",
        };
        let reason = &answer.reason;
        let is_broken = |place: &&usize| matches!(self.fates[**place], Fate::Broken);
        let broken = flow_logs.iter().filter(is_broken);
        let broken: Vec<&str> = broken
            .map(|place| {
                self.context.index.flow_logs[*place]
                    .flow_log
                    .flow_log_id
                    .as_str()
            })
            .collect();
        let stays = match broken.as_slice() {
            _ if self.request.replace => String::new(),
            [] => String::new(),
            [one] => format!("; {one} stays until it is replaced ({REPLACE})"),
            more => format!(
                "; {} stay until they are replaced ({REPLACE})",
                more.join(", ")
            ),
        };
        format!("{id} {what}: {reason}{stays}")
    }

    fn make_all(
        &mut self,
        subject: Subject<'_>,
        targets: &[Target],
        mended: BTreeSet<String>,
        (open, hangs): (Option<Refusal>, Option<Refusal>),
    ) -> Outcome {
        let prepared: Result<Vec<_>, Refusal> = targets
            .iter()
            .map(|target| self.prepare(subject, target))
            .collect();
        match prepared {
            Ok(prepared) => Outcome::Done {
                made: prepared
                    .into_iter()
                    .map(|prepared| self.make(prepared))
                    .collect(),
                mended,
                open,
                hangs,
            },
            Err(refusal) => Outcome::Not(refusal),
        }
    }

    /// What mending these flow logs comes to, where that is all that is needed.
    fn mended(&self, flow_logs: &[usize], open: Option<Refusal>) -> Outcome {
        let fates = || flow_logs.iter().map(|place| &self.fates[*place]);
        let steps = fates().filter_map(|fate| match fate {
            Fate::Mended { steps, .. } => Some(steps),
            _ => None,
        });
        let mended: BTreeSet<String> = steps.flatten().cloned().collect();
        if !mended.is_empty() {
            return Outcome::Done {
                made: Vec::new(),
                mended,
                open,
                hangs: self.hanging(flow_logs),
            };
        }
        Outcome::Not(self.hanging(flow_logs).unwrap_or_else(stale))
    }

    /// Why what some of these flow logs capture may stay unrecorded: they fail, or are silent, and no step surely mends them.
    fn hanging(&self, flow_logs: &[usize]) -> Option<Refusal> {
        let id = |place: &&usize| &self.context.index.flow_logs[**place].flow_log.flow_log_id;
        let mut in_order: Vec<&usize> = flow_logs.iter().collect();
        in_order.sort_by_key(id);
        in_order
            .into_iter()
            .find_map(|place| match &self.fates[*place] {
                Fate::Recording => {
                    let works = self.context.deliveries[*place].works;
                    matches!(works, Works::No(_)).then(stale)
                }
                Fate::Mended { .. } | Fate::Waiting(_) | Fate::Broken => self.may_fail(*place),
            })
    }

    /// Why a VPC may stay unrecorded whose own flow logs do not tell: what hangs on those of subnets that were not listed.
    fn hanging_elsewhere(&self, region: usize) -> Refusal {
        let flow_logs: Vec<usize> = self.context.region(region).flow_logs.clone().collect();
        self.hanging(&flow_logs).unwrap_or_else(stale)
    }

    /// Flow logs on a transit gateway, by id.
    fn on_gateway(&self, gateway: usize) -> Vec<usize> {
        let index = &self.context.index;
        let judged = &self.context.transit_gateways[gateway];
        let region = &self.context.region(judged.region).region.region;
        let id = &judged.gateway.transit_gateway_id;
        let mut on_it = index.on_resource(region, id).to_vec();
        on_it.sort_by_key(|place| &index.flow_logs[*place].flow_log.flow_log_id);
        on_it
    }

    fn complete_gateway(&mut self, gateway: usize, on_it: &[usize]) -> Outcome {
        let context = self.context;
        let judged = &context.transit_gateways[gateway];
        let id = judged.gateway.transit_gateway_id.as_str();
        let asked = context.policy.transit_gateways.value;
        if judged.answer.verdict != Verdict::NotRecorded || !asked || !self.concerns(id) {
            return Outcome::Left;
        }
        if on_it
            .iter()
            .any(|place| !matches!(self.fates[*place], Fate::Broken))
        {
            return self.mended(on_it, None);
        }
        let reason = self.because(id, &judged.answer, on_it);
        let subject = Subject {
            region: judged.region,
            id,
            name: judged.gateway.name(),
            reason: Some(&reason),
        };
        let target = Target {
            resource_id: id.to_owned(),
            kind: ResourceKind::TransitGateway,
            traffic: Traffic::NONE,
        };
        self.make_all(subject, &[target], BTreeSet::new(), (None, None))
    }
}

fn stale() -> Refusal {
    Refusal::new(
        Reason::NotAChange,
        "its flow logs deliver as far as AWS says, and nothing arrived lately",
        vec!["find out why delivery stopped: destination, role, quota".to_owned()],
    )
}
