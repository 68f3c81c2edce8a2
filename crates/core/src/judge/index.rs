//! Look-ups over an inventory, made once: nothing that judges scans a list.

use std::collections::HashSet;
use std::sync::Arc;

use flowcover_record::{Destination, DestinationAnswer, Owner};

use super::gaps::GapIndex;
use super::grouped::Grouped;
use super::keyed::Map;
pub use super::region::{Presence, RegionIndex};
use crate::inventory::{
    Account, AccountAccess, FlowLog, Inventory, Region, RegionStatus, ResourceKind,
};
use crate::partition;

/// One flow log, where it lies, and where it delivers.
#[derive(Debug)]
pub struct FlowLogAt<'a> {
    /// The flow log.
    pub flow_log: &'a FlowLog,
    /// Its region, as a place in [`Index::regions`].
    pub region: usize,
    /// Where it delivers.
    pub destination: Arc<DestinationAt>,
    /// What it is attached to.
    pub kind: ResourceKind,
}

/// A destination, held once for all flow logs of a region whose answers name it alike.
#[derive(Debug)]
pub struct DestinationAt {
    /// The destination.
    pub named: Destination,
    /// Its key in the inventory: the name of a bucket, else an ARN.
    pub key: String,
    /// Its number: no other destination of the index has it.
    pub number: usize,
}

/// What an answer says of a destination, in one region: place of the region, type, ARN, group.
type Named<'a> = (usize, Option<&'a str>, Option<&'a str>, Option<&'a str>);

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
    accounts: Map<&'a str, &'a Account>,
    /// Roots of the organisation, or organisations.
    roots: Vec<&'a str>,
    on_resource: Map<&'a str, Grouped<'a, usize>>,
    unread_flow_logs: HashSet<(&'a str, &'a str)>,
    in_region: Map<(&'a str, &'a str), usize>,
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
            accounts: Map::default(),
            roots: roots(inventory),
            on_resource: Map::default(),
            unread_flow_logs: HashSet::new(),
            in_region: Map::default(),
            unlisted_accounts: HashSet::new(),
        };
        for account in &inventory.accounts {
            index.accounts.insert(&account.account_id, account);
        }
        let mut destinations = Map::default();
        let mut on_resource: Map<&str, Vec<(&str, usize)>> = Map::default();
        for region in &inventory.regions {
            let on = on_resource.entry(&region.region).or_default();
            let first = index.flow_logs.len();
            for flow_log in &region.flow_logs.items {
                let place = index.flow_logs.len();
                on.extend(flow_log.resource_id.as_deref().map(|id| (id, place)));
                index.add_flow_log(region, flow_log, &mut destinations);
            }
            let range = first..index.flow_logs.len();
            index.note_region(region);
            index.regions.push(RegionIndex::new(region, range));
        }
        let grouped = on_resource.into_iter();
        index.on_resource = grouped
            .map(|(region, on)| (region, Grouped::new(&on)))
            .collect();
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

    fn add_flow_log(
        &mut self,
        region: &'a Region,
        flow_log: &'a FlowLog,
        destinations: &mut Map<Named<'a>, Arc<DestinationAt>>,
    ) {
        let answer = answer_of(flow_log);
        let named = (
            self.regions.len(),
            answer.log_destination_type,
            answer.log_destination,
            answer.log_group_name,
        );
        let number = destinations.len();
        let destination = destinations.entry(named).or_insert_with(|| {
            let owner = Owner {
                partition: partition::of_region(&region.region),
                region: &region.region,
                account_id: &region.account_id,
            };
            Arc::new(DestinationAt::new(
                Destination::of_flow_log(answer, owner),
                number,
            ))
        });
        self.flow_logs.push(FlowLogAt {
            flow_log,
            region: self.regions.len(),
            destination: Arc::clone(destination),
            kind: flow_log.resource_kind(),
        });
    }

    /// The account, if it is in scope.
    #[must_use]
    pub fn account(&self, account_id: &str) -> Option<&'a Account> {
        self.accounts.get(account_id).copied()
    }

    /// Id of the organisation that an account belongs to, where that is certain: of several
    /// organisations, an inventory names one, with the units of all.
    #[must_use]
    pub fn organization_of(&self, account_id: &str) -> Option<&'a str> {
        let organization = self.inventory.organization.as_ref()?;
        let holds = match self.roots.as_slice() {
            [] => true,
            [root] => self
                .account(account_id)
                .and_then(|account| account.organizational_units.first())
                .is_some_and(|first| first == root),
            _ => false,
        };
        holds.then_some(&organization.id)
    }

    /// The flow logs on a resource, as places in [`Index::flow_logs`]. Those of every account
    /// count: who takes part in a shared VPC can have flow logs on network interfaces of his own.
    #[must_use]
    pub fn on_resource(&self, region: &str, resource_id: &str) -> &[usize] {
        let in_region = self.on_resource.get(region);
        in_region.map_or(&[], |resources| resources.of(resource_id))
    }

    /// The region that holds a flow log.
    #[must_use]
    pub fn region_of(&self, flow_log: &FlowLogAt<'_>) -> &RegionIndex<'a> {
        &self.regions[flow_log.region]
    }
}

impl DestinationAt {
    fn new(named: Destination, number: usize) -> Self {
        let key = match &named {
            Destination::Bucket { name, .. } => name.clone(),
            other => other.to_string(),
        };
        Self { named, key, number }
    }
}

fn roots(inventory: &Inventory) -> Vec<&str> {
    let units = inventory.organization.iter().flat_map(|it| &it.units);
    let roots = units.filter(|unit| unit.parent_id.is_none());
    roots.map(|root| root.id.as_str()).collect()
}

fn answer_of(flow_log: &FlowLog) -> DestinationAnswer<'_> {
    DestinationAnswer {
        log_destination: flow_log.log_destination.as_deref(),
        log_group_name: flow_log.log_group_name.as_deref(),
        log_destination_type: flow_log
            .log_destination_type
            .as_ref()
            .map(crate::inventory::LogDestinationType::as_str),
    }
}
