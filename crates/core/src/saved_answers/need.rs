//! What lies below VPCs and decides coverage or use, as live collecting at full depth asks for it.

use std::collections::BTreeSet;

use crate::inventory::{DeliverLogsStatus, FlowLog, Region, ResourceKind};

/// Whether the subnets are needed: flow logs on subnets may cover a VPC that has none of its own.
pub(super) fn needs_subnets(region: &Region) -> bool {
    let logged = logged(region);
    let has_bare = region
        .vpcs
        .items
        .iter()
        .any(|vpc| !logged.contains(&*vpc.vpc_id));
    has_bare
        && region
            .flow_logs
            .items
            .iter()
            .any(|log| log.resource_kind() == ResourceKind::Subnet)
}

/// Whether the network interfaces are needed: a VPC has no flow log of its own, or one that AWS
/// does not report as delivering.
pub(super) fn needs_network_interfaces(region: &Region) -> bool {
    let logged = logged(region);
    let failing: BTreeSet<&str> = region
        .flow_logs
        .items
        .iter()
        .filter(|log| !delivers(log))
        .filter_map(|log| log.resource_id.as_deref())
        .collect();
    region
        .vpcs
        .items
        .iter()
        .any(|vpc| !logged.contains(&*vpc.vpc_id) || failing.contains(&*vpc.vpc_id))
}

fn logged(region: &Region) -> BTreeSet<&str> {
    region
        .flow_logs
        .items
        .iter()
        .filter_map(|log| log.resource_id.as_deref())
        .collect()
}

/// Whether AWS reports success, without an error message beside it.
fn delivers(log: &FlowLog) -> bool {
    log.deliver_logs_status == Some(DeliverLogsStatus::Success)
        && log.deliver_logs_error_message.is_none()
}
