//! Look-ups over one region: subnets and network interfaces by what holds them.

use std::collections::HashMap;
use std::ops::Range;

use crate::inventory::{NetworkInterface, Region, ResourceKind, Subnet};

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
    pub(super) fn new(region: &'a Region, flow_logs: Range<usize>) -> Self {
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
            // It was made between the two calls, or the list is not what it says.
            self.subnets_complete &= self.subnets.contains_key(subnet);
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

    /// The subnet that holds a network interface, if that is known.
    #[must_use]
    pub fn subnet_of_interface(&self, interface_id: &str) -> Option<&'a str> {
        self.interfaces.get(interface_id)?.subnet_id.as_deref()
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
