//! Look-ups over one region: subnets and network interfaces by what holds them.

use std::ops::Range;

use super::grouped::Grouped;
use super::keyed::Map;
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
    subnets_of_vpc: Grouped<'a, &'a Subnet>,
    interfaces_of_vpc: Grouped<'a, &'a NetworkInterface>,
    interfaces_of_subnet: Grouped<'a, &'a NetworkInterface>,
    subnets: Map<&'a str, &'a Subnet>,
    interfaces: Map<&'a str, &'a NetworkInterface>,
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
        let listed = &region.subnets.items;
        let by_id = listed
            .iter()
            .map(|subnet| (subnet.subnet_id.as_str(), subnet));
        let subnets: Map<&str, &Subnet> = by_id.collect();
        let in_vpc = |subnet: &'a Subnet| Some((subnet.vpc_id.as_deref()?, subnet));
        let of_vpc: Vec<_> = listed.iter().filter_map(in_vpc).collect();
        // A subnet of no VPC may be any VPC's.
        let subnets_placed = of_vpc.len() == listed.len();
        let interfaces = Interfaces::place(&region.network_interfaces.items, &subnets);
        Self {
            region,
            flow_logs,
            subnets_complete: region.subnets.is_complete()
                && subnets_placed
                && interfaces.subnets_known,
            interfaces_complete: region.network_interfaces.is_complete()
                && interfaces.of_vpc.len() == interfaces.by_id.len(),
            subnets_of_vpc: Grouped::new(&of_vpc),
            interfaces_of_vpc: Grouped::new(&interfaces.of_vpc),
            interfaces_of_subnet: Grouped::new(&interfaces.of_subnet),
            subnets,
            interfaces: interfaces.by_id.into_iter().collect(),
        }
    }

    /// The subnets of a VPC that are known.
    #[must_use]
    pub fn subnets_of(&self, vpc_id: &str) -> &[&'a Subnet] {
        self.subnets_of_vpc.of(vpc_id)
    }

    /// The network interfaces of a VPC that are known.
    #[must_use]
    pub fn interfaces_of(&self, vpc_id: &str) -> &[&'a NetworkInterface] {
        self.interfaces_of_vpc.of(vpc_id)
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
        match self.interfaces_in_reach(kind, resource_id) {
            Some(listed) => self.presence(listed),
            None => Presence {
                any: None,
                in_use: None,
            },
        }
    }

    /// The known network interfaces whose traffic a flow log on that resource captures; none for
    /// kinds of resources whose interfaces are not looked up.
    #[must_use]
    pub fn interfaces_in_reach(
        &self,
        kind: ResourceKind,
        resource_id: &str,
    ) -> Option<&[&'a NetworkInterface]> {
        match kind {
            ResourceKind::Vpc => Some(self.interfaces_of(resource_id)),
            ResourceKind::Subnet => Some(self.interfaces_of_subnet.of(resource_id)),
            ResourceKind::NetworkInterface => {
                let listed = self.interfaces.get(resource_id);
                Some(listed.map_or(&[], std::slice::from_ref))
            }
            _ => None,
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

/// Network interfaces with what holds each.
struct Interfaces<'a> {
    by_id: Vec<(&'a str, &'a NetworkInterface)>,
    of_vpc: Vec<(&'a str, &'a NetworkInterface)>,
    of_subnet: Vec<(&'a str, &'a NetworkInterface)>,
    /// Whether every subnet that one of them names is listed.
    subnets_known: bool,
}

impl<'a> Interfaces<'a> {
    fn place(listed: &'a [NetworkInterface], subnets: &Map<&'a str, &'a Subnet>) -> Self {
        let mut placed = Self {
            by_id: Vec::with_capacity(listed.len()),
            of_vpc: Vec::with_capacity(listed.len()),
            of_subnet: Vec::with_capacity(listed.len()),
            subnets_known: true,
        };
        for interface in listed {
            placed
                .by_id
                .push((&interface.network_interface_id, interface));
            let subnet_id = interface.subnet_id.as_deref();
            let subnet = subnet_id.and_then(|id| subnets.get(id));
            placed.of_subnet.extend(subnet_id.map(|id| (id, interface)));
            // It was made between the two calls, or the list is not what it says.
            placed.subnets_known &= subnet_id.is_none() || subnet.is_some();
            let of_subnet = || subnet?.vpc_id.as_deref();
            let vpc_id = interface.vpc_id.as_deref().or_else(of_subnet);
            placed.of_vpc.extend(vpc_id.map(|id| (id, interface)));
        }
        placed
    }
}
