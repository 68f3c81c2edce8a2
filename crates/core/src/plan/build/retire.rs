//! Flow logs that are wrong cannot be changed: with `--replace` they make way for others.

use std::collections::BTreeSet;

use super::complete::{Outcome, Outcomes};
use super::made::{Subject, Target};
use super::manual::aws;
use super::mend::Fate;
use super::refusal::Refusal;
use super::steps::{Draft, Place, Rank};
use super::{Builder, Reason};
use crate::finding::Resource;
use crate::inventory::ResourceKind;
use crate::judge::context::Home;
use crate::judge::delivery::Works;
use crate::judge::traffic::Traffic;
use crate::plan::Change;
use crate::verdict::Verdict;

/// The argument without which no old flow log is deleted.
pub(super) const REPLACE: &str = "--replace";

/// An old flow log that is deleted.
#[derive(Clone, Debug)]
pub(super) struct Retired {
    /// Id of the step that deletes it.
    pub(super) step: String,
    /// The flow logs that are made in its place, as places among those that are made.
    pub(super) made: Vec<usize>,
}

impl Builder<'_> {
    /// Whether a flow log can be deleted, and why not. Nothing is planned by that.
    pub(super) fn check_retirement(
        &self,
        place: usize,
        check: &str,
        outcomes: &Outcomes,
    ) -> Result<(), Refusal> {
        if let Some(known) = self.retired.get(&place) {
            return known.as_ref().map(|_| ()).map_err(Clone::clone);
        }
        let context = self.context;
        let at = &context.index.flow_logs[place];
        self.chosen(at.region)?;
        let home = context.homes[place];
        let region = context.index.region_of(at).region;
        let id = at.flow_log.flow_log_id.as_str();
        let by_hand = aws(
            &["ec2", "delete-flow-logs", "--flow-log-ids", id],
            Some(&region.region),
        );
        let verdict = self.verdict_of(home);
        if matches!(verdict, None | Some(Verdict::NotOwned | Verdict::Exempt)) {
            return Err(self.why_left(home));
        }
        if matches!(self.fates[place], Fate::Broken) {
            if verdict == Some(Verdict::Unknown) && self.mending(home).is_empty() {
                return Err(self.why_left(home));
            }
            if let Outcome::Not(refusal) = outcomes.of(home) {
                return Err(refusal.clone());
            }
            if !self.request.replace && check == "bucket-refuses-delivery" {
                return Err(Refusal::new(
                    Reason::NotOurs,
                    format!("the bucket or key to which flow log {id} delivers is not one that `[fix]` names"),
                    vec![
                        "let delivery.logs.amazonaws.com write in the bucket policy and use the key".to_owned(),
                        format!("or plan with {REPLACE}: the flow log is deleted once another one records the same"),
                    ],
                ));
            }
            if !self.request.replace {
                return Err(Refusal::new(
                    Reason::NeedsReplace,
                    format!("flow log {id} cannot be changed, and stays as it is"),
                    vec![
                        format!(
                            "plan with {REPLACE} to delete it once another one records the same"
                        ),
                        by_hand,
                    ],
                ));
            }
            return Ok(());
        }
        if !self.request.replace {
            return Err(Refusal::new(
                Reason::NeedsReplace,
                format!(
                    "flow log {id} cannot be changed, and another one beside it would record the same traffic twice"
                ),
                vec![format!(
                    "plan with {REPLACE}: another one is made, and this one deleted once that delivers"
                )],
            ));
        }
        self.successor(place)
            .map(|(subject, target)| self.prepare(subject, &target))?
            .map(|_| ())
    }

    /// Deletes a flow log; one that works, or may, only after another one in its place delivers.
    pub(super) fn retire(&mut self, place: usize, outcomes: &Outcomes) -> Result<Retired, Refusal> {
        if let Some(known) = self.retired.get(&place) {
            return known.clone();
        }
        let retired = self.try_retire(place, outcomes);
        self.retired.insert(place, retired.clone());
        retired
    }

    fn try_retire(&mut self, place: usize, outcomes: &Outcomes) -> Result<Retired, Refusal> {
        let broken = matches!(self.fates[place], Fate::Broken);
        let made = if broken {
            match outcomes.of(self.context.homes[place]) {
                Outcome::Done { made, .. } => made.clone(),
                Outcome::Left | Outcome::Not(_) => Vec::new(),
            }
        } else {
            let (subject, target) = self.successor(place)?;
            let prepared = self.prepare(subject, &target)?;
            vec![self.make(prepared)]
        };
        let mending = if broken {
            self.mending(self.context.homes[place])
        } else {
            BTreeSet::new()
        };
        let at = &self.context.index.flow_logs[place];
        let region = self.context.index.region_of(at).region;
        let id = at.flow_log.flow_log_id.as_str();
        let resource = Resource {
            account_id: Some(region.account_id.clone()),
            region: Some(region.region.clone()),
            kind: "AWS::EC2::FlowLog".to_owned(),
            id: id.to_owned(),
        };
        let change = Change::DeleteFlowLogs {
            flow_logs: vec![at.flow_log.clone()],
        };
        let on = at.flow_log.resource_id.as_deref().unwrap_or("?");
        let summary = if made.is_empty() {
            format!("delete flow log {id} on {on}, which does not deliver; others record the same")
        } else {
            format!("delete flow log {id} on {on} once what takes its place delivers")
        };
        let place = Place::regional(&region.account_id, &region.region, Rank::Deletion);
        let mut draft = Draft::new(place, "flow-log", id, resource, change).summary(summary);
        draft.after = mending;
        draft.needs_argument = Some(REPLACE.to_owned());
        let step = self.steps.add(draft);
        let waits = made.iter().map(|made| (step.clone(), *made));
        self.waits.extend(waits);
        Ok(Retired { step, made })
    }

    /// What is made in the place of a flow log that works.
    fn successor(&self, place: usize) -> Result<(Subject<'_>, Target), Refusal> {
        let context = self.context;
        let at = &context.index.flow_logs[place];
        let delivery = &context.deliveries[place];
        let id = &at.flow_log.flow_log_id;
        let mended = matches!(self.fates[place], Fate::Mended { .. });
        if !mended && !matches!(delivery.works, Works::Yes(_)) {
            let doubt = delivery
                .doubts
                .first()
                .map_or("AWS says that it fails", |doubt| doubt);
            return Err(Refusal::not_read(
                format!(
                    "whether flow log {id} delivers is not known, so it is not replaced: {doubt}"
                ),
                None,
            ));
        }
        let unknown =
            |what: &str| Refusal::not_read(format!("AWS does not say {what} flow log {id}"), None);
        let resource_id = at
            .flow_log
            .resource_id
            .clone()
            .ok_or_else(|| unknown("what is recorded by"))?;
        let traffic = if at.kind == ResourceKind::TransitGateway {
            Traffic::NONE
        } else {
            delivery.captures
        };
        if traffic.is_empty() && at.kind != ResourceKind::TransitGateway {
            return Err(unknown("which traffic is captured by"));
        }
        let subject = match context.homes[place] {
            Home::Vpc(vpc) => Subject {
                region: at.region,
                id: &context.vpcs[vpc].vpc.vpc_id,
                name: context.vpcs[vpc].vpc.name(),
                reason: None,
            },
            Home::TransitGateway(gateway) => Subject {
                region: at.region,
                id: &context.transit_gateways[gateway].gateway.transit_gateway_id,
                name: context.transit_gateways[gateway].gateway.name(),
                reason: None,
            },
            Home::Nowhere => return Err(self.why_left(Home::Nowhere)),
        };
        Ok((
            subject,
            Target {
                resource_id,
                kind: at.kind,
                traffic,
            },
        ))
    }

    /// The steps that mend flow logs of a VPC or transit gateway.
    fn mending(&self, home: Home) -> BTreeSet<String> {
        let flow_logs = match home {
            Home::Vpc(vpc) => self.context.vpcs[vpc].coverage.flow_logs.as_slice(),
            Home::TransitGateway(gateway) => {
                let judged = &self.context.transit_gateways[gateway];
                let region = &self.context.region(judged.region).region.region;
                let id = &judged.gateway.transit_gateway_id;
                self.context.index.on_resource(region, id)
            }
            Home::Nowhere => &[],
        };
        let fates = flow_logs.iter().map(|place| &self.fates[*place]);
        let mended = fates.filter_map(|fate| match fate {
            Fate::Mended { steps, .. } => Some(steps),
            _ => None,
        });
        mended.flatten().cloned().collect()
    }

    pub(super) fn verdict_of(&self, home: Home) -> Option<Verdict> {
        match home {
            Home::Vpc(vpc) => Some(self.context.vpcs[vpc].answer.verdict),
            Home::TransitGateway(gateway) => {
                Some(self.context.transit_gateways[gateway].answer.verdict)
            }
            Home::Nowhere => None,
        }
    }

    /// Ids of the flow logs that are deleted.
    pub(super) fn deleted(&self) -> BTreeSet<usize> {
        let retired = self.retired.iter().filter(|(_, retired)| retired.is_ok());
        retired.map(|(place, _)| *place).collect()
    }
}
