//! The verdict on a VPC, with what it rests on and why in one sentence.

use super::coverage::{Coverage, Extent};
use super::delivery::{Delivery, Works};
use super::gaps::in_words;
use super::index::{Index, RegionIndex};
use super::traffic::Traffic;
use crate::inventory::{DeliverLogsStatus, Depth, Listing, Vpc};
use crate::policy::Policy;
use crate::verdict::{Basis, CoveredBy, Verdict};

/// A verdict and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// What it rests on; none where nothing could be told.
    pub basis: Option<Basis>,
    /// Why, in one sentence without a full stop.
    pub reason: String,
}

/// What a verdict on a VPC is made from.
pub struct Case<'c, 'a> {
    /// All look-ups.
    pub index: &'c Index<'a>,
    /// The policy.
    pub policy: &'c Policy,
    /// Delivery of every flow log.
    pub deliveries: &'c [Delivery],
    /// The region.
    pub region: &'c RegionIndex<'a>,
    /// The VPC.
    pub vpc: &'a Vpc,
    /// How it is covered.
    pub coverage: &'c Coverage<'a>,
}

impl Case<'_, '_> {
    /// The verdict before exemptions.
    #[must_use]
    pub fn answer(&self) -> Answer {
        if let Some(owner) = self.other_owner() {
            return Answer {
                verdict: Verdict::NotOwned,
                basis: None,
                reason: format!("shared from account {owner}: only its owner can record all of it"),
            };
        }
        match self.coverage.extent {
            Extent::Covered(by) => self.recorded(by),
            Extent::Bare => Answer {
                verdict: Verdict::NotRecorded,
                basis: Some(self.basis_of_failure()),
                reason: self.why_not_recorded(),
            },
            Extent::Unknown => Answer {
                verdict: Verdict::Unknown,
                basis: None,
                reason: self.why_unknown(),
            },
        }
    }

    fn other_owner(&self) -> Option<&str> {
        let owner = self.vpc.owner_id.as_deref();
        owner.filter(|owner| *owner != self.region.region.account_id)
    }

    fn recorded(&self, by: CoveredBy) -> Answer {
        let basis = if self.coverage.rests_on_facts {
            Basis::Facts
        } else {
            Basis::DeliveryStatus
        };
        let who = match by {
            CoveredBy::Vpc => "the VPC has a flow log that delivers",
            CoveredBy::Subnets => "every subnet has a flow log that delivers",
            CoveredBy::Interfaces | CoveredBy::Partial | CoveredBy::None => {
                "every network interface of today, but not every subnet, has a flow log that delivers"
            }
        };
        let asked = Traffic::asked(&self.policy.traffic_type.value);
        let wider = if asked == Traffic::ALL {
            ""
        } else {
            " or wider"
        };
        let because = match basis {
            Basis::Facts if self.control_policies_not_weighed() => {
                "every fact that decides was read and is good (service control policies were not weighed: no organisation was read)"
            }
            Basis::Facts => "every fact that decides was read and is good",
            Basis::DeliveryStatus => "so says AWS (DeliverLogsStatus), not every fact was read",
        };
        Answer {
            verdict: Verdict::Recorded,
            basis: Some(basis),
            reason: format!("{who} {}{wider}: {because}", asked.as_str()),
        }
    }

    /// Whether a role delivers here, and whether service control policies bind it nobody can tell.
    fn control_policies_not_weighed(&self) -> bool {
        if self.index.inventory.organization.is_some() {
            return false;
        }
        let account = self.index.account(&self.region.region.account_id);
        let protection = account.and_then(|account| account.protection.as_ref());
        let read =
            protection.is_some_and(|protection| !protection.service_control_policies.is_not_read());
        let by_role = |place: &usize| {
            let flow_log = self.index.flow_logs[*place].flow_log;
            flow_log.deliver_logs_permission_arn.is_some()
                && matches!(self.deliveries[*place].works, Works::Yes(_))
        };
        !read && self.coverage.flow_logs.iter().any(by_role)
    }

    fn basis_of_failure(&self) -> Basis {
        let by_status =
            |place: &usize| self.deliveries[*place].works == Works::No(Basis::DeliveryStatus);
        let only_status = self.coverage.flow_logs.iter().any(by_status);
        if self.index.inventory.depth == Depth::Delivery || only_status {
            Basis::DeliveryStatus
        } else {
            Basis::Facts
        }
    }

    fn why_not_recorded(&self) -> String {
        let coverage = self.coverage;
        if coverage.flow_logs.is_empty() {
            return "no flow log on the VPC, its subnets or its network interfaces".to_owned();
        }
        if coverage.some_covered {
            return self.why_partial();
        }
        let asked = Traffic::asked(&self.policy.traffic_type.value);
        if let Some(captured) = coverage.captured_where_narrow() {
            return format!(
                "its flow logs capture {captured}, the policy asks for {}",
                asked.as_str()
            );
        }
        let broken = coverage
            .flow_logs
            .iter()
            .filter(|place| matches!(self.deliveries[**place].works, Works::No(_)));
        let count = broken.clone().count();
        let first = broken.min_by_key(|place| &self.index.flow_logs[**place].flow_log.flow_log_id);
        let Some((place, clause)) = first.and_then(|place| {
            let cause = self.deliveries[*place].main_proof()?;
            Some((*place, cause.clause()))
        }) else {
            return "no flow log on it captures anything".to_owned();
        };
        let id = &self.index.flow_logs[place].flow_log.flow_log_id;
        match count {
            1 => format!("flow log {id} does not deliver: {clause}"),
            _ => format!("none of {count} flow logs delivers; {id}: {clause}"),
        }
    }

    fn why_partial(&self) -> String {
        let coverage = self.coverage;
        let (bare, all, what) = if coverage.bare_interfaces.is_empty() {
            (coverage.bare_subnets.len(), coverage.subnets, "subnets")
        } else {
            (
                coverage.bare_interfaces.len(),
                coverage.interfaces,
                "network interfaces",
            )
        };
        format!(
            "{bare} of {all} {what} are not covered by any flow log that could deliver what the policy asks for"
        )
    }

    fn why_unknown(&self) -> String {
        let region = self.region.region;
        if !region.flow_logs.is_complete() {
            return self.unread(&region.flow_logs, "flow logs", "ec2:DescribeFlowLogs");
        }
        if let Some(reason) = self.undecided_flow_log() {
            return reason;
        }
        if !self.region.interfaces_complete {
            let interfaces = &region.network_interfaces;
            return self.unread(
                interfaces,
                "network interfaces",
                "ec2:DescribeNetworkInterfaces",
            );
        }
        if !self.region.subnets_complete {
            return self.unread(&region.subnets, "subnets", "ec2:DescribeSubnets");
        }
        "flow logs of an account that takes part in this VPC could not be listed".to_owned()
    }

    fn undecided_flow_log(&self) -> Option<String> {
        let flow_logs = self.coverage.flow_logs.iter();
        let mut undecided: Vec<_> = flow_logs
            .filter_map(|place| {
                let delivery = &self.deliveries[*place];
                let flow_log = self.index.flow_logs[*place].flow_log;
                let id = &flow_log.flow_log_id;
                let success = flow_log.deliver_logs_status == Some(DeliverLogsStatus::Success);
                match (delivery.works, delivery.doubts.first()) {
                    (Works::Unknown, Some(doubt)) if success => Some(format!(
                        "AWS reports that flow log {id} delivers, but the policy asks for more: {doubt}"
                    )),
                    (Works::Unknown, Some(doubt)) => Some(format!(
                        "AWS does not say whether flow log {id} delivers, and {doubt}"
                    )),
                    (Works::Yes(_), _) if delivery.captures != delivery.may_capture => {
                        Some(format!("which traffic flow log {id} captures is not known (TrafficType)"))
                    }
                    _ => None,
                }
            })
            .collect();
        undecided.sort();
        undecided.into_iter().next()
    }

    fn unread<T>(&self, listing: &Listing<T>, what: &str, action: &str) -> String {
        let region = self.region.region;
        let gap = self
            .index
            .gaps
            .in_region(&region.account_id, &region.region, &[action]);
        let how = if listing.items.is_empty() {
            "could not be listed"
        } else {
            "could not all be listed"
        };
        format!("{what} {how} ({})", in_words(gap))
    }
}
