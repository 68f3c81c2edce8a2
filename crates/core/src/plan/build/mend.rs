//! What becomes of each flow log that fails: mended in place, left to time, or given up.

use std::collections::BTreeSet;

use flowcover_record::Destination;

use super::Builder;
use super::bucket::{BucketNeed, bucket_name};
use super::refusal::Refusal;
use super::renew::{stays, waiting};
use super::steps::Draft;
use crate::iam::flow_logs::BucketDelivery;
use crate::judge::context::Home;
use crate::judge::delivery::{Delivery, Proof, Works, source_of};
use crate::plan::is_our_flow_log;
use crate::verdict::{Basis, Verdict};

/// What becomes of a flow log.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// It records, or may: it is left as it is.
    Recording,
    /// It fails, and these steps mend what it depends on.
    Mended {
        steps: BTreeSet<String>,
        /// Why it may go on failing all the same.
        stays: Option<Refusal>,
    },
    /// It fails, it or its role is ours, and nothing is found that could be mended.
    Waiting(Refusal),
    /// It fails, and is not mended.
    Broken,
}

/// Something that mends.
enum Remedy {
    Step(Box<Draft>),
    Bucket(String, Box<BucketNeed>),
}

impl Remedy {
    fn id(&self) -> &str {
        match self {
            Self::Step(draft) => &draft.id,
            Self::Bucket(_, need) => &need.step,
        }
    }
}

impl Builder<'_> {
    /// Settles what becomes of each flow log.
    pub(super) fn decide_fates(&mut self) {
        self.fates = vec![Fate::Recording; self.context.deliveries.len()];
        for worthy in [true, false] {
            for &place in &self.context.in_order {
                if self.is_worth_mending(place) != worthy {
                    continue;
                }
                let delivery = &self.context.deliveries[place];
                if fails(delivery) {
                    self.fates[place] = self.fate(place, worthy);
                } else if delivery.destination_absent {
                    self.fates[place] = self.group_lost(place);
                }
            }
        }
    }

    /// The deliveries as they will be once what is mended is mended: what may record then counts as
    /// recording, so that nothing is recorded a second time. `given_up`: but for what makes way for others where it can.
    pub(super) fn deliveries_to_come(&self, given_up: bool) -> Vec<Delivery> {
        let deliveries = self.context.deliveries.iter().enumerate();
        let to_come = deliveries.map(|(place, delivery)| {
            let mut delivery = delivery.clone();
            let goes =
                matches!(self.fates[place], Fate::Broken) || given_up && self.is_renewable(place);
            if matches!(delivery.works, Works::No(_)) && !goes {
                delivery.works = Works::Unknown;
            }
            delivery
        });
        to_come.collect()
    }

    /// The deliveries once what is mended is mended, and what surely delivers then does.
    pub(super) fn deliveries_once_mended(&self) -> Vec<Delivery> {
        let deliveries = self.context.deliveries.iter().zip(&self.fates);
        let mended = deliveries.map(|(delivery, fate)| {
            let mut delivery = delivery.clone();
            if matches!(fate, Fate::Mended { stays: None, .. }) {
                delivery.works = Works::Yes(Basis::Facts);
            }
            delivery
        });
        mended.collect()
    }

    /// Whether mending it records what nothing else records.
    pub(super) fn is_worth_mending(&self, place: usize) -> bool {
        let open = |verdict| matches!(verdict, Verdict::NotRecorded | Verdict::Unknown);
        match self.context.homes[place] {
            Home::Vpc(vpc) => {
                let judged = &self.context.vpcs[vpc];
                open(judged.answer.verdict) && self.concerns(&judged.vpc.vpc_id)
            }
            Home::TransitGateway(gateway) => {
                let judged = &self.context.transit_gateways[gateway];
                open(judged.answer.verdict)
                    && self.context.policy.transit_gateways.value
                    && self.concerns(&judged.gateway.transit_gateway_id)
            }
            Home::Nowhere => self.request.only.is_empty(),
        }
    }

    fn fate(&mut self, place: usize, worthy: bool) -> Fate {
        let at = &self.context.index.flow_logs[place];
        if self.chosen(at.region).is_err() {
            return Fate::Broken;
        }
        let delivery = &self.context.deliveries[place];
        let causes: Vec<&Proof> = delivery
            .proofs
            .iter()
            .filter(|proof| is_cause(proof))
            .collect();
        if causes.is_empty() {
            let ours = self.is_our_flow_log(place) || self.names_our_role(place);
            let waiting = Fate::Waiting(waiting(at.flow_log, delivery));
            return if ours { waiting } else { Fate::Broken };
        }
        // Whatever else is wrong, records need a log group to go to.
        let gone = Proof::DestinationGone { what: "log group" };
        let is_group = matches!(at.destination.named, Destination::LogGroup { .. });
        let group =
            (is_group && delivery.destination_absent && !causes.contains(&&gone)).then_some(&gone);
        let remedies: Option<Vec<Remedy>> = causes
            .iter()
            .copied()
            .chain(group)
            .map(|cause| self.remedy(place, cause))
            .collect();
        let Some(remedies) = remedies else {
            return Fate::Broken;
        };
        let is_planned = |remedy: &Remedy| match remedy {
            Remedy::Step(draft) => self.steps.contains(&draft.id),
            Remedy::Bucket(name, _) => self.buckets.contains_key(name),
        };
        // Where the VPC is recorded, nothing is done for its sake; what is done for others may mend it.
        if !worthy && !remedies.iter().all(is_planned) {
            return Fate::Broken;
        }
        let steps: BTreeSet<String> = remedies
            .iter()
            .map(|remedy| remedy.id().to_owned())
            .collect();
        for remedy in remedies {
            match remedy {
                Remedy::Step(draft) => {
                    self.steps.add(*draft);
                }
                Remedy::Bucket(name, need) => {
                    self.need_bucket(&name, *need);
                }
            }
        }
        let id = &at.flow_log.flow_log_id;
        let stays = stays(id, delivery);
        if let Some(cause) = delivery.main_proof() {
            for step in &steps {
                let why = format!("flow log {id} does not deliver: {}", cause.clause());
                self.steps.because(step, &why);
            }
        }
        Fate::Mended { steps, stays }
    }

    /// A flow log that fails not, or not surely, although its log group is gone: the group is made again.
    fn group_lost(&mut self, place: usize) -> Fate {
        let concerned = match self.context.homes[place] {
            Home::Vpc(vpc) => self.concerns(&self.context.vpcs[vpc].vpc.vpc_id),
            Home::TransitGateway(gateway) => self.concerns(
                &self.context.transit_gateways[gateway]
                    .gateway
                    .transit_gateway_id,
            ),
            Home::Nowhere => self.request.only.is_empty(),
        };
        match self.log_group_of_use_again(place) {
            Ok(draft) if concerned => Fate::Mended {
                steps: [self.steps.add(draft)].into(),
                stays: None,
            },
            _ => Fate::Recording,
        }
    }

    fn remedy(&self, place: usize, cause: &Proof) -> Option<Remedy> {
        let at = &self.context.index.flow_logs[place];
        let role = at.flow_log.deliver_logs_permission_arn.as_deref();
        let step = |draft: Draft| Remedy::Step(Box::new(draft));
        match cause {
            Proof::RoleNotAssumable { .. } | Proof::RoleLacksPermission { .. } => {
                self.mended_role(role?).map(|(draft, _)| step(draft))
            }
            Proof::RoleGone if self.was_ours(role?) => self.role_again(role?).map(step),
            Proof::DestinationGone { what: "log group" } => {
                self.log_group_again(place).ok().map(step)
            }
            Proof::DestinationGone { what: "bucket" } | Proof::BucketRefuses { .. } => {
                self.bucket_remedy(place)
            }
            _ => None,
        }
    }

    /// Whether a role that is gone was ours, to go by those who name it.
    fn was_ours(&self, role: &str) -> bool {
        let mut users = self.users_of_role(role).iter();
        users.any(|place| self.is_our_flow_log(*place))
    }

    /// Whether flowcover made a flow log, given as its place in the index.
    pub(super) fn is_our_flow_log(&self, place: usize) -> bool {
        let index = &self.context.index;
        let at = &index.flow_logs[place];
        let region = index.region_of(at).region;
        is_our_flow_log(at.flow_log, &region.account_id, &region.region)
    }

    /// The bucket takes the flow log's records, if it is the one that `[fix]` names.
    fn bucket_remedy(&self, place: usize) -> Option<Remedy> {
        let index = &self.context.index;
        let at = &index.flow_logs[place];
        let Destination::Bucket { name, prefix, .. } = &at.destination.named else {
            return None;
        };
        let own = index.region_of(at).region;
        let chosen = self.chosen(at.region).ok()?;
        if bucket_name(chosen, &own.account_id, &own.region).as_ref() != Some(name) {
            return None;
        }
        let delivery = BucketDelivery {
            bucket: name.clone(),
            folder: prefix.trim_matches('/').to_owned(),
            hive: at.flow_log.hive_compatible_partitions == Some(true),
        };
        let need = self.bucket_need(chosen, &delivery, &source_of(index, at));
        need.ok()?
            .map(|need| Remedy::Bucket(name.clone(), Box::new(need)))
    }
}

/// Whether it is proved not to deliver. That nothing arrived lately says nothing of why: another flow log
/// would stay as silent.
fn fails(delivery: &Delivery) -> bool {
    let proved = |proof: &Proof| !matches!(proof, Proof::RecordsStale { .. });
    matches!(delivery.works, Works::No(_)) && delivery.proofs.iter().any(proved)
}

fn is_cause(proof: &Proof) -> bool {
    !matches!(proof, Proof::DeliveryFailed | Proof::RecordsStale { .. })
}
