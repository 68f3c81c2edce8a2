//! Look-ups over an inventory, made once: nothing that judges scans a list.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use flowcover_record::{Destination, DestinationAnswer, Owner};

use super::gaps::GapIndex;
use crate::inventory::{
    Account, AccountAccess, FlowLog, Inventory, NetworkInterface, Region, RegionStatus,
    ResourceKind, Subnet,
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
    /// What it is attached to.
    pub kind: ResourceKind,
}

/// One region of one account, by VPC and by subnet.
#[derive(Debug)]
pub struct RegionIndex<'a> {
    /// The region.
    pub region: &'a Region,
    /// Its flow logs, as places in [`Index::flow_logs`].
    pub flow_logs: Range<usize>,
    /// Whether every subnet is known, with its VPC.
    pub subnets_complete: bool,
    /// Whether every network interface is known, with its VPC.
    pub interfaces_complete: bool,
    subnets_of_vpc: HashMap<&'a str, Vec<&'a Subnet>>,
    interfaces_of_vpc: HashMap<&'a str, Vec<&'a NetworkInterface>>,
    interfaces_of_subnet: HashMap<&'a str, Vec<&'a NetworkInterface>>,
    subnets: HashMap<&'a str, &'a Subnet>,
    interfaces: HashMap<&'a str, &'a NetworkInterface>,
}

/// Whether there are network interfaces; none where that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Any interface.
    pub any: Option<bool>,
    /// One whose status is `in-use`: only such an interface carries traffic.
    pub in_use: Option<bool>,
}

impl<'a> RegionIndex<'a> {
    fn new(region: &'a Region, flow_logs: Range<usize>) -> Self {
        let mut index = Self {
            region,
            flow_logs,
            subnets_complete: region.subnets.is_complete(),
            interfaces_complete: region.network_interfaces.is_complete(),
            subnets_of_vpc: HashMap::new(),
            interfaces_of_vpc: HashMap::new(),
            interfaces_of_subnet: HashMap::new(),
            subnets: HashMap::new(),
            interfaces: HashMap::new(),
        };
        region
            .subnets
            .items
            .iter()
            .for_each(|subnet| index.add_subnet(subnet));
        let interfaces = &region.network_interfaces.items;
        interfaces.iter().for_each(|eni| index.add_interface(eni));
        index
    }

    fn add_subnet(&mut self, subnet: &'a Subnet) {
        self.subnets.insert(&subnet.subnet_id, subnet);
        match subnet.vpc_id.as_deref() {
            Some(vpc) => self.subnets_of_vpc.entry(vpc).or_default().push(subnet),
            // A subnet of no VPC may be any VPC's.
            None => self.subnets_complete = false,
        }
    }

    fn add_interface(&mut self, interface: &'a NetworkInterface) {
        self.interfaces
            .insert(&interface.network_interface_id, interface);
        let subnet = interface.subnet_id.as_deref();
        if let Some(subnet) = subnet {
            let list = self.interfaces_of_subnet.entry(subnet).or_default();
            list.push(interface);
        }
        let of_subnet = || {
            let subnet = self.subnets.get(subnet?)?;
            subnet.vpc_id.as_deref()
        };
        match interface.vpc_id.as_deref().or_else(of_subnet) {
            Some(vpc) => self
                .interfaces_of_vpc
                .entry(vpc)
                .or_default()
                .push(interface),
            None => self.interfaces_complete = false,
        }
    }

    /// The subnets of a VPC that are known.
    #[must_use]
    pub fn subnets_of(&self, vpc_id: &str) -> &[&'a Subnet] {
        self.subnets_of_vpc.get(vpc_id).map_or(&[], Vec::as_slice)
    }

    /// The network interfaces of a VPC that are known.
    #[must_use]
    pub fn interfaces_of(&self, vpc_id: &str) -> &[&'a NetworkInterface] {
        self.interfaces_of_vpc
            .get(vpc_id)
            .map_or(&[], Vec::as_slice)
    }

    /// Whether the subnet is known.
    #[must_use]
    pub fn knows_subnet(&self, subnet_id: &str) -> bool {
        self.subnets.contains_key(subnet_id)
    }

    /// Whether the network interface is known.
    #[must_use]
    pub fn knows_interface(&self, interface_id: &str) -> bool {
        self.interfaces.contains_key(interface_id)
    }

    /// Whether a VPC has network interfaces.
    #[must_use]
    pub fn presence_in_vpc(&self, vpc_id: &str) -> Presence {
        self.presence(self.interfaces_of(vpc_id))
    }

    /// Whether there are network interfaces whose traffic a flow log on that resource captures.
    #[must_use]
    pub fn presence_in_reach(&self, kind: ResourceKind, resource_id: &str) -> Presence {
        match kind {
            ResourceKind::Vpc => self.presence_in_vpc(resource_id),
            ResourceKind::Subnet => {
                let listed = self.interfaces_of_subnet.get(resource_id);
                self.presence(listed.map_or(&[], Vec::as_slice))
            }
            ResourceKind::NetworkInterface => {
                let listed = self.interfaces.get(resource_id);
                self.presence(listed.as_slice_of_one())
            }
            _ => Presence {
                any: None,
                in_use: None,
            },
        }
    }

    fn presence(&self, listed: &[&NetworkInterface]) -> Presence {
        let known = |found: bool| match (found, self.interfaces_complete) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        let is_in_use = |eni: &&NetworkInterface| eni.status.as_deref() == Some("in-use");
        let unsure = listed.iter().any(|eni| eni.status.is_none());
        let in_use = known(listed.iter().any(is_in_use));
        Presence {
            any: known(!listed.is_empty()),
            in_use: if unsure && in_use == Some(false) {
                None
            } else {
                in_use
            },
        }
    }
}

/// One or no item as a slice.
trait AsSliceOfOne<T> {
    fn as_slice_of_one(&self) -> &[T];
}

impl<T> AsSliceOfOne<T> for Option<&T> {
    fn as_slice_of_one(&self) -> &[T] {
        self.map_or(&[], std::slice::from_ref)
    }
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
        self.flow_logs.push(FlowLogAt {
            flow_log,
            region: self.regions.len(),
            destination: destination_of(flow_log, region, &self.inventory.partition),
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
