//! What lies below VPCs and decides coverage, use or proof: subnets and network interfaces.

use std::collections::{BTreeSet, HashMap};

use super::{DeliverLogsStatus, Depth, FlowLog, Region, ResourceKind};

/// What must be read below the VPCs of one region, told from its VPCs and flow logs.
///
/// Live collecting asks for no more than this; a folder of saved answers that lacks it has a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Flow logs on subnets may cover a VPC that has none of its own. Interface-level flow logs
    /// alone never cover a subnet, so the interfaces decide there.
    pub subnets: bool,
    /// Every VPC without a VPC-level flow log, for coverage by interfaces.
    interfaces_of_bare: bool,
    /// Every VPC whose VPC-level flow logs do not all deliver, to know whether something is lost.
    interfaces_of_failing: bool,
    /// Every VPC, to know whether records can be expected.
    interfaces_of_all: bool,
}

impl Need {
    /// What a region needs at a depth; `prove`: the newest records are looked up too.
    #[must_use]
    pub fn of(region: &Region, depth: Depth, prove: bool) -> Self {
        let flow_logs = &region.flow_logs.items;
        let has = |kind| flow_logs.iter().any(|log| log.resource_kind() == kind);
        let logged = Logged::of(region);
        let vpcs = &region.vpcs.items;
        let bare = vpcs.iter().any(|vpc| !logged.has(&vpc.vpc_id));
        let full = depth == Depth::Full;
        Self {
            subnets: bare && has(ResourceKind::Subnet),
            interfaces_of_bare: full || (bare && has(ResourceKind::NetworkInterface)),
            interfaces_of_failing: full,
            interfaces_of_all: prove,
        }
    }

    /// Ids of the VPCs whose network interfaces are needed, once the subnets are there.
    #[must_use]
    pub fn interfaces_of<'a>(&self, region: &'a Region) -> Vec<&'a str> {
        let logged = Logged::of(region);
        let split = if self.subnets {
            vpcs_with_some_subnets_bare(region, &logged)
        } else {
            BTreeSet::new()
        };
        let vpc_ids = region.vpcs.items.iter().map(|vpc| vpc.vpc_id.as_str());
        vpc_ids
            .filter(|vpc_id| {
                self.interfaces_of_all
                    || match logged.all_deliver.get(vpc_id) {
                        None => self.interfaces_of_bare || split.contains(vpc_id),
                        Some(all_deliver) => self.interfaces_of_failing && !all_deliver,
                    }
            })
            .collect()
    }
}

/// The resources that have flow logs.
struct Logged<'a> {
    /// Whether AWS reports success for every flow log on it.
    all_deliver: HashMap<&'a str, bool>,
}

impl<'a> Logged<'a> {
    fn of(region: &'a Region) -> Self {
        let mut all_deliver = HashMap::new();
        for log in &region.flow_logs.items {
            if let Some(resource) = log.resource_id.as_deref() {
                *all_deliver.entry(resource).or_insert(true) &= delivers(log);
            }
        }
        Self { all_deliver }
    }

    fn has(&self, resource_id: &str) -> bool {
        self.all_deliver.contains_key(resource_id)
    }
}

/// VPCs of which flow logs on subnets reach some, but not all: there the interfaces of the rest decide.
fn vpcs_with_some_subnets_bare<'a>(region: &'a Region, logged: &Logged<'_>) -> BTreeSet<&'a str> {
    let (mut with, mut without) = (BTreeSet::new(), BTreeSet::new());
    for subnet in &region.subnets.items {
        let vpcs = if logged.has(&subnet.subnet_id) {
            &mut with
        } else {
            &mut without
        };
        vpcs.extend(subnet.vpc_id.as_deref());
    }
    with.intersection(&without).copied().collect()
}

/// Whether AWS reports success, without an error message beside it.
fn delivers(log: &FlowLog) -> bool {
    log.deliver_logs_status == Some(DeliverLogsStatus::Success)
        && log.deliver_logs_error_message.is_none()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::inventory::Listing;

    /// VPC `vpc-1` with subnets `subnet-1` and `subnet-2`, and flow logs on these resources.
    fn region(on: &[&str]) -> Region {
        let logs = on.iter().map(|on| flow_log(&format!("fl-{on}"), on));
        let mut region = with(logs.collect()).regions.remove(0);
        region.subnets.items.push(subnet("subnet-2", "vpc-1"));
        region
    }

    #[track_caller]
    fn check(region: &Region, depth: Depth, prove: bool, subnets: bool, interfaces: &[&str]) {
        let need = Need::of(region, depth, prove);
        assert_eq!(need.subnets, subnets, "subnets");
        assert_eq!(need.interfaces_of(region), interfaces, "interfaces");
    }

    #[test]
    fn a_vpc_that_is_recorded_needs_nothing_below() {
        let recorded = region(&["vpc-1"]);
        check(&recorded, Depth::Full, false, false, &[]);
        check(&recorded, Depth::Delivery, false, false, &[]);
        check(&recorded, Depth::Full, true, false, &["vpc-1"]);
    }

    #[test]
    fn a_bare_vpc_needs_interfaces_at_full_depth() {
        let bare = region(&[]);
        check(&bare, Depth::Full, false, false, &["vpc-1"]);
        check(&bare, Depth::Delivery, false, false, &[]);
        check(&bare, Depth::Delivery, true, false, &["vpc-1"]);
    }

    #[test]
    fn flow_logs_below_the_vpc_need_what_lies_there() {
        let all_subnets = region(&["subnet-1", "subnet-2"]);
        check(&all_subnets, Depth::Delivery, false, true, &[]);
        let one_subnet = region(&["subnet-1"]);
        check(&one_subnet, Depth::Delivery, false, true, &["vpc-1"]);
        let interface = region(&["eni-1"]);
        check(&interface, Depth::Delivery, false, false, &["vpc-1"]);
    }

    #[test]
    fn a_vpc_whose_flow_log_fails_needs_interfaces_at_full_depth() {
        let mut failing = region(&["vpc-1"]);
        failing.flow_logs.items[0].deliver_logs_error_message = Some("Access error".to_owned());
        check(&failing, Depth::Full, false, false, &["vpc-1"]);
        check(&failing, Depth::Delivery, false, false, &[]);
    }

    #[test]
    fn a_region_without_vpcs_needs_nothing() {
        let mut empty = region(&["vpc-1", "subnet-1"]);
        empty.vpcs = Listing::complete(Vec::new());
        check(&empty, Depth::Full, true, false, &[]);
    }
}
