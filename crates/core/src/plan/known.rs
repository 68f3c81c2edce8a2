//! What a plan may be asked to be about.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Fact, Inventory};

/// The ids among `only` that the inventory does not hold, in order: they are misspelled, or lie where nothing was
/// read. Ids are those of accounts, VPCs, subnets, network interfaces, transit gateways and flow logs, names of buckets,
/// and ARNs of roles, log groups, delivery streams and keys.
#[must_use]
pub fn unknown_ids(inventory: &Inventory, only: &BTreeSet<String>) -> Vec<String> {
    let mut unknown: BTreeSet<&str> = only.iter().map(String::as_str).collect();
    for account in &inventory.accounts {
        unknown.remove(account.account_id.as_str());
    }
    for region in &inventory.regions {
        let network = region.vpcs.items.iter().map(|it| &it.vpc_id);
        let network = network
            .chain(region.subnets.items.iter().map(|it| &it.subnet_id))
            .chain(region.flow_logs.items.iter().map(|it| &it.flow_log_id))
            .chain(
                region
                    .flow_logs
                    .items
                    .iter()
                    .filter_map(|it| it.resource_id.as_ref()),
            );
        let interfaces = region.network_interfaces.items.iter();
        let gateways = region.transit_gateways.items.iter();
        let others = interfaces
            .map(|it| &it.network_interface_id)
            .chain(gateways.map(|it| &it.transit_gateway_id));
        for id in network.chain(others) {
            unknown.remove(id.as_str());
        }
    }
    remove(&inventory.roles, &mut unknown);
    remove(&inventory.log_groups, &mut unknown);
    remove(&inventory.buckets, &mut unknown);
    remove(&inventory.delivery_streams, &mut unknown);
    remove(&inventory.keys, &mut unknown);
    unknown.into_iter().map(str::to_owned).collect()
}

/// What was looked for is known, whether it is there or not.
fn remove<T>(facts: &BTreeMap<String, Fact<T>>, unknown: &mut BTreeSet<&str>) {
    unknown.retain(|id| !facts.contains_key(*id));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{ACCOUNT, BUCKET, GROUP, KEY, ROLE, STREAM, recorded};

    #[test]
    fn only_what_is_nowhere_is_unknown() {
        let known = [
            ACCOUNT, "vpc-1", "subnet-1", "eni-1", "fl-1", ROLE, GROUP, BUCKET, STREAM,
        ];
        let only: BTreeSet<String> = known
            .into_iter()
            .chain(["vpc-2", "fl-9", KEY])
            .map(str::to_owned)
            .collect();
        assert_eq!(unknown_ids(&recorded(), &only), [KEY, "fl-9", "vpc-2"]);
        assert!(unknown_ids(&recorded(), &BTreeSet::new()).is_empty());
    }
}
