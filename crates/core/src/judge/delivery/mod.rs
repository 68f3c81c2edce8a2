//! Whether a flow log works: three-valued, from what AWS reports and from facts.

mod destination;
mod facts;
mod freshness;
mod role;

use flowcover_record::Destination;

pub use facts::{Doubt, Facts, Proof};
pub(crate) use freshness::window_start;
pub use role::role_policies;

use super::index::{FlowLogAt, Index, Presence};
use super::traffic::Traffic;
use crate::iam::Decision;
use crate::iam::flow_logs::Source;
use crate::inventory::{DeliverLogsStatus, Depth, Fact, FlowLog};
use crate::policy::{EvidenceRequired, Policy};
use crate::verdict::Basis;
use destination::{Destinations, delivery_stream};
use role::{RoleAnswer, RoleQuestion, Roles};

/// Whether a flow log works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Works {
    /// It delivers; what that rests on.
    Yes(Basis),
    /// It does not deliver; what that rests on.
    No(Basis),
    /// What decides is not known.
    Unknown,
}

/// What is known about the delivery of one flow log.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The answer.
    pub works: Works,
    /// What proves that it does not work: empty unless the answer is no.
    pub proofs: Vec<Proof>,
    /// What is not known. May stand beside a yes that rests on `DeliverLogsStatus`.
    pub doubts: Vec<Doubt>,
    /// Whether AWS answered that the destination does not exist; it may be made again.
    pub destination_absent: bool,
    /// What it captures at least, if it works.
    pub captures: Traffic,
    /// What it captures at most, if it works.
    pub may_capture: Traffic,
}

impl Delivery {
    /// The proof that says most: a cause before the failure that AWS reports.
    #[must_use]
    pub fn main_proof(&self) -> Option<&Proof> {
        let cause = self
            .proofs
            .iter()
            .find(|proof| **proof != Proof::DeliveryFailed);
        cause.or(self.proofs.first())
    }

    /// What is surely recorded, resting on facts.
    #[must_use]
    pub fn by_facts(&self) -> Traffic {
        match self.works {
            Works::Yes(Basis::Facts) => self.captures,
            _ => Traffic::NONE,
        }
    }

    /// What is surely recorded.
    #[must_use]
    pub fn sure(&self) -> Traffic {
        match self.works {
            Works::Yes(_) => self.captures,
            _ => Traffic::NONE,
        }
    }

    /// What is recorded if every unknown is good.
    #[must_use]
    pub fn possible(&self) -> Traffic {
        match self.works {
            Works::No(_) => Traffic::NONE,
            Works::Yes(_) | Works::Unknown => self.may_capture,
        }
    }
}

/// Judges every flow log, in the order of the index.
#[must_use]
pub fn judge_all<'a>(index: &Index<'a>, policy: &'a Policy) -> Vec<Delivery> {
    let mut judge = Judge {
        index,
        policy,
        roles: Roles::default(),
        destinations: Destinations::default(),
    };
    let flow_logs = index.flow_logs.iter();
    flow_logs.map(|at| judge.delivery(at)).collect()
}

struct Judge<'i, 'a> {
    index: &'i Index<'a>,
    policy: &'a Policy,
    roles: Roles<'a>,
    destinations: Destinations<'a>,
}

impl<'a> Judge<'_, 'a> {
    fn delivery(&mut self, at: &FlowLogAt<'a>) -> Delivery {
        let resource = at.flow_log.resource_id.as_deref().unwrap_or_default();
        let presence = self
            .index
            .region_of(at)
            .presence_in_reach(at.kind, resource);
        let mut facts = match self.index.inventory.depth {
            Depth::Full => self.facts(at, presence),
            Depth::Delivery => {
                Facts::doubt("roles and destinations are not read at depth `delivery`")
            }
        };
        if reports_failure(at.flow_log) {
            facts.proofs.insert(0, Proof::DeliveryFailed);
        }
        let freshness = freshness::judge(self.index.inventory, self.policy, at.flow_log, presence);
        let works = self.weigh(at.flow_log, &facts, &freshness);
        facts.add(freshness);
        let traffic_type = at.flow_log.traffic_type.as_ref();
        Delivery {
            works,
            proofs: facts.proofs,
            doubts: facts.doubts,
            destination_absent: self.index.inventory.depth == Depth::Full
                && destination_absent(self.index, at),
            captures: Traffic::sure(traffic_type),
            may_capture: Traffic::possible(traffic_type),
        }
    }

    fn weigh(&self, flow_log: &FlowLog, facts: &Facts, freshness: &Facts) -> Works {
        let by_facts = |fact: bool| match self.index.inventory.depth {
            Depth::Full if fact => Basis::Facts,
            Depth::Full | Depth::Delivery => Basis::DeliveryStatus,
        };
        let proofs = || facts.proofs.iter().chain(&freshness.proofs);
        if proofs().next().is_some() {
            return Works::No(by_facts(
                proofs().any(|proof| *proof != Proof::DeliveryFailed),
            ));
        }
        if !freshness.doubts.is_empty() {
            return Works::Unknown;
        }
        let succeeded = flow_log.deliver_logs_status == Some(DeliverLogsStatus::Success);
        match (facts.doubts.is_empty(), self.policy.evidence.value) {
            (true, _) => Works::Yes(by_facts(true)),
            (false, EvidenceRequired::DeliveryStatus) if succeeded => {
                Works::Yes(Basis::DeliveryStatus)
            }
            (false, _) => Works::Unknown,
        }
    }

    fn facts(&mut self, at: &FlowLogAt<'a>, presence: Presence) -> Facts {
        let region = self.index.region_of(at).region;
        match &at.destination.named {
            Destination::LogGroup { account_id, .. } => {
                let mut facts = self.log_group(at, presence);
                if *account_id != region.account_id {
                    facts.add(Facts::doubt(
                        "its log group is another account's: the policies of its role do not decide alone",
                    ));
                }
                facts
            }
            Destination::Bucket { name, prefix, .. } => {
                self.destinations.bucket(self.index, at, name, prefix)
            }
            Destination::DeliveryStream { .. } => {
                delivery_stream(self.index, at, &region.account_id)
            }
            Destination::Unknown { .. } => Facts::doubt("its destination cannot be understood"),
        }
    }

    fn log_group(&mut self, at: &FlowLogAt<'a>, presence: Presence) -> Facts {
        let arn = at.destination.key.as_str();
        let across = at.flow_log.deliver_cross_account_role.is_some();
        let answer = match at.flow_log.deliver_logs_permission_arn.as_deref() {
            Some(role) if !across => self.roles.judge(
                self.index,
                RoleQuestion {
                    arn: role,
                    at,
                    log_group: arn,
                    group_missing: matches!(
                        self.index.inventory.log_groups.get(arn),
                        Some(Fact::Absent)
                    ),
                },
            ),
            Some(_) => undecided("it delivers through a role of another account"),
            None => undecided("it names no role"),
        };
        let mut facts = answer.facts;
        facts.add(
            self.destinations
                .log_group(self.index, at, presence, &answer.may_create_group),
        );
        facts
    }
}

fn undecided(reason: &'static str) -> RoleAnswer {
    RoleAnswer {
        facts: Facts::doubt(reason),
        may_create_group: Decision::CannotTell {
            reasons: vec![reason.to_owned()],
        },
    }
}

/// Where a flow log comes from, as policies see it.
#[must_use]
pub fn source_of(index: &Index<'_>, at: &FlowLogAt<'_>) -> Source {
    let region = index.region_of(at).region;
    Source {
        account_id: region.account_id.clone(),
        region: region.region.clone(),
        flow_log_id: Some(at.flow_log.flow_log_id.clone()),
        organization_id: index.organization_of(&region.account_id).map(str::to_owned),
    }
}

/// Whether AWS says that delivery fails. A recorded answer of a real account carries an error
/// message without a status: either is enough.
#[must_use]
pub fn reports_failure(flow_log: &FlowLog) -> bool {
    let message = flow_log.deliver_logs_error_message.as_deref();
    flow_log.deliver_logs_status == Some(DeliverLogsStatus::Failed)
        || message.is_some_and(|message| !message.trim().is_empty())
}

fn destination_absent(index: &Index<'_>, at: &FlowLogAt<'_>) -> bool {
    let (inventory, key) = (index.inventory, &at.destination.key);
    match &at.destination.named {
        Destination::LogGroup { .. } => inventory.log_groups.get(key).is_some_and(Fact::is_absent),
        Destination::Bucket { .. } => inventory.buckets.get(key).is_some_and(Fact::is_absent),
        Destination::DeliveryStream { .. } => inventory
            .delivery_streams
            .get(key)
            .is_some_and(Fact::is_absent),
        Destination::Unknown { .. } => false,
    }
}
