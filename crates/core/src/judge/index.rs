//! Look-ups over an inventory, made once: nothing that judges scans a list.

use std::collections::{HashMap, HashSet};

use flowcover_record::{Destination, DestinationAnswer, Owner};

use super::gaps::GapIndex;
pub use super::region::{Presence, RegionIndex};
use crate::inventory::{
    Account, AccountAccess, FlowLog, Inventory, Region, RegionStatus, ResourceKind,
};

/// One flow log, where it lies, and where it delivers.
#[derive(Debug)]
pub struct FlowLogAt<'a> {
    /// The flow log.
    pub flow_log: &'a FlowLog,
    /// Its region, as a place in [`Index::regions`].
    pub region: usize,
    /// Where it delivers.
    pub destination: Destination,
    /// The key of that destination in the inventory: the name of a bucket, else an ARN.
    pub destination_key: String,
    /// What it is attached to.
    pub kind: ResourceKind,
}

/// Look-ups over a whole inventory.
#[derive(Debug)]
pub struct Index<'a> {
    /// What was collected.
    pub inventory: &'a Inventory,
    /// Regions, in the order of the inventory.
    pub regions: Vec<RegionIndex<'a>>,
    /// Flow logs of all regions, in the order of the inventory.
    pub flow_logs: Vec<FlowLogAt<'a>>,
    /// Gaps by what they concern.
    pub gaps: GapIndex<'a>,
    accounts: HashMap<&'a str, &'a Account>,
    on_resource: HashMap<&'a str, HashMap<&'a str, Vec<usize>>>,
    unread_flow_logs: HashSet<(&'a str, &'a str)>,
    in_region: HashMap<(&'a str, &'a str), usize>,
    unlisted_accounts: HashSet<&'a str>,
}

impl<'a> Index<'a> {
    /// Indexes an inventory: time and memory grow with its size, no faster.
    #[must_use]
    pub fn new(inventory: &'a Inventory) -> Self {
        let mut index = Self {
            inventory,
            regions: Vec::with_capacity(inventory.regions.len()),
            flow_logs: Vec::new(),
            gaps: GapIndex::new(&inventory.gaps),
            accounts: HashMap::with_capacity(inventory.accounts.len()),
            on_resource: HashMap::new(),
            unread_flow_logs: HashSet::new(),
            in_region: HashMap::new(),
            unlisted_accounts: HashSet::new(),
        };
        for account in &inventory.accounts {
            index.accounts.insert(&account.account_id, account);
        }
        for region in &inventory.regions {
            let first = index.flow_logs.len();
            for flow_log in &region.flow_logs.items {
                index.add_flow_log(region, flow_log);
            }
            let range = first..index.flow_logs.len();
            index.note_region(region);
            index.regions.push(RegionIndex::new(region, range));
        }
        index
    }

    fn note_region(&mut self, region: &'a Region) {
        let key = (region.account_id.as_str(), region.region.as_str());
        self.in_region.insert(key, self.regions.len());
        if region.region == "*" {
            self.unlisted_accounts.insert(&region.account_id);
        } else if !region.flow_logs.is_complete() && region.status != RegionStatus::Disabled {
            self.unread_flow_logs.insert(key);
        }
    }

    /// The region of an account, as a place in [`Index::regions`].
    #[must_use]
    pub fn region(&self, account_id: &str, region: &str) -> Option<usize> {
        self.in_region.get(&(account_id, region)).copied()
    }

    /// Whether the account is in scope and its flow logs in that region could not all be listed.
    #[must_use]
    pub fn is_unread_in_scope(&self, account_id: &str, region: &str) -> bool {
        self.unread_flow_logs.contains(&(account_id, region))
            || self.unlisted_accounts.contains(account_id)
            || (self
                .account(account_id)
                .is_some_and(|account| account.access != AccountAccess::Reached)
                && self.region(account_id, region).is_none())
    }

    fn add_flow_log(&mut self, region: &'a Region, flow_log: &'a FlowLog) {
        let place = self.flow_logs.len();
        if let Some(resource) = flow_log.resource_id.as_deref() {
            let in_region = self.on_resource.entry(&region.region).or_default();
            in_region.entry(resource).or_default().push(place);
        }
        let destination = destination_of(flow_log, region, &self.inventory.partition);
        self.flow_logs.push(FlowLogAt {
            flow_log,
            region: self.regions.len(),
            destination_key: match &destination {
                Destination::Bucket { name, .. } => name.clone(),
                other => other.to_string(),
            },
            destination,
            kind: flow_log.resource_kind(),
        });
    }

    /// The account, if it is in scope.
    #[must_use]
    pub fn account(&self, account_id: &str) -> Option<&'a Account> {
        self.accounts.get(account_id).copied()
    }

    /// The flow logs on a resource, as places in [`Index::flow_logs`]. Those of every account
    /// count: who takes part in a shared VPC can have flow logs on network interfaces of his own.
    #[must_use]
    pub fn on_resource(&self, region: &str, resource_id: &str) -> &[usize] {
        let in_region = self.on_resource.get(region);
        let found = in_region.and_then(|resources| resources.get(resource_id));
        found.map_or(&[], Vec::as_slice)
    }

    /// The region that holds a flow log.
    #[must_use]
    pub fn region_of(&self, flow_log: &FlowLogAt<'_>) -> &RegionIndex<'a> {
        &self.regions[flow_log.region]
    }
}

fn destination_of(flow_log: &FlowLog, region: &Region, partition: &str) -> Destination {
    let answer = DestinationAnswer {
        log_destination: flow_log.log_destination.as_deref(),
        log_group_name: flow_log.log_group_name.as_deref(),
        log_destination_type: flow_log
            .log_destination_type
            .as_ref()
            .map(crate::inventory::LogDestinationType::as_str),
    };
    let owner = Owner {
        partition,
        region: &region.region,
        account_id: &region.account_id,
    };
    Destination::of_flow_log(answer, owner)
}
