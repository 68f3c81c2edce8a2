//! Flow logs that are made.

use std::collections::BTreeSet;

use super::bucket::BucketNeed;
use super::destination::Delivered;
use super::manual::aws;
use super::refusal::Refusal;
use super::steps::Draft;
use super::{Builder, Reason};
use crate::call::FlowLogRequest;
use crate::inventory::ResourceKind;
use crate::judge::traffic::Traffic;

/// AWS takes so many flow logs for each VPC, subnet and network interface, and raises that for nobody
/// (Amazon VPC User Guide, "Amazon VPC quotas").
const MOST_ON_A_RESOURCE: usize = 2;

/// The VPC or transit gateway that is recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'s> {
    /// Its region, as a place in the index.
    pub(super) region: usize,
    pub(super) id: &'s str,
    /// Tag `Name`.
    pub(super) name: Option<&'s str>,
    /// Why it is not recorded as it is.
    pub(super) reason: Option<&'s str>,
}

/// A flow log that is wanted on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) resource_id: String,
    pub(super) kind: ResourceKind,
    /// Empty for transit gateways, which have no traffic type.
    pub(super) traffic: Traffic,
}

/// A flow log that is made.
#[derive(Clone, Debug)]
pub(super) struct NewFlowLog {
    pub(super) region: usize,
    pub(super) resource_id: String,
    /// How, without the resource.
    pub(super) request: FlowLogRequest,
    /// Ids of the steps that must be done before.
    pub(super) after: BTreeSet<String>,
    /// Flow logs on the resource.
    pub(super) existing: Vec<String>,
    /// Places of the findings that it answers.
    pub(super) answers: BTreeSet<usize>,
    /// Why the VPC or transit gateway is not recorded as it is.
    pub(super) reason: Option<String>,
    /// Id of its step, once it is in a batch.
    pub(super) step: String,
}

/// A flow log with what must be made before, not yet part of the plan.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    new: NewFlowLog,
    drafts: Vec<Draft>,
    bucket: Option<(String, BucketNeed)>,
}

impl Builder<'_> {
    /// What is needed to make a flow log, or why it cannot be made.
    pub(super) fn prepare(
        &self,
        subject: Subject<'_>,
        target: &Target,
    ) -> Result<Prepared, Refusal> {
        let chosen = self.chosen(subject.region)?;
        let existing = self.existing(subject.region, target)?;
        let Delivered {
            mut request,
            drafts,
            bucket,
        } = self.deliver(chosen, subject, target)?;
        request.resource_type = target.kind.resource_type().unwrap_or_default().to_owned();
        request.traffic_type = target
            .traffic
            .traffic_type()
            .map(|traffic| traffic.as_str().to_owned());
        request.max_aggregation_interval = Some(chosen.interval_of(target.kind));
        if target.kind != ResourceKind::TransitGateway {
            request.log_format.clone_from(&chosen.log_format);
        }
        request.tags.clone_from(&chosen.tags);
        let bucket_step = bucket.iter().map(|(_, need)| need.step.clone());
        Ok(Prepared {
            new: NewFlowLog {
                region: subject.region,
                resource_id: target.resource_id.clone(),
                request,
                after: drafts
                    .iter()
                    .map(|draft| draft.id.clone())
                    .chain(bucket_step)
                    .collect(),
                existing,
                answers: BTreeSet::new(),
                reason: subject.reason.map(str::to_owned),
                step: String::new(),
            },
            drafts,
            bucket,
        })
    }

    /// Puts a flow log into the plan. Gives its place among those that are made.
    pub(super) fn make(&mut self, prepared: Prepared) -> usize {
        for draft in prepared.drafts {
            self.steps.add(draft);
        }
        let mut new = prepared.new;
        if let Some((name, need)) = prepared.bucket {
            new.after.remove(&need.step);
            let step = self.need_bucket(&name, need);
            new.after.insert(step);
        }
        let place = self.made.len();
        let on = (new.region, new.resource_id.clone());
        self.made_on.entry(on).or_default().push(place);
        self.made.push(new);
        place
    }

    /// The flow logs that are made on a resource, as places among all that are made.
    pub(super) fn made_on(&self, region: usize, resource_id: &str) -> &[usize] {
        let on = (region, resource_id.to_owned());
        self.made_on.get(&on).map_or(&[], Vec::as_slice)
    }

    /// Says that a flow log that is made answers a finding, and so does what is made for it.
    pub(super) fn answer_with(&mut self, made: usize, finding: usize) {
        self.made[made].answers.insert(finding);
        let after = self.made[made].after.clone();
        self.steps.answer(&after, finding);
    }

    /// Ids of the flow logs on the resource, if there is room for one more.
    fn existing(&self, region: usize, target: &Target) -> Result<Vec<String>, Refusal> {
        let index = &self.context.index;
        let name = &index.regions[region].region.region;
        let id = target.resource_id.as_str();
        let on_it = index.on_resource(name, id).iter();
        let mut existing: Vec<String> = on_it
            .map(|place| index.flow_logs[*place].flow_log.flow_log_id.clone())
            .collect();
        existing.sort();
        existing.dedup();
        let planned = self.made_on(region, id).len();
        if target.kind != ResourceKind::TransitGateway
            && existing.len() + planned >= MOST_ON_A_RESOURCE
        {
            let first = existing.first().map_or("FLOW-LOG-ID", String::as_str);
            return Err(Refusal::new(
                Reason::Quota,
                format!(
                    "{id} has {} flow logs, and AWS takes no more than {MOST_ON_A_RESOURCE} on a VPC, subnet or network interface",
                    existing.len() + planned
                ),
                vec![
                    "see which of them nobody needs".to_owned(),
                    aws(
                        &["ec2", "delete-flow-logs", "--flow-log-ids", first],
                        Some(name),
                    ),
                    "then make a new plan".to_owned(),
                ],
            ));
        }
        Ok(existing)
    }
}
