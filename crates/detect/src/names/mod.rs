//! What addresses are called: by an inventory, and by AWS's list of its own ranges.

mod aws_ranges;

use std::collections::{BTreeMap, HashMap};

use flowcover_core::inventory::{Inventory, NetworkInterface, Region};

use crate::address::{Address, Network};
use crate::engine::Report;
use crate::investigate::{Dossier, Subject};

pub use aws_ranges::{AwsRanges, NoAwsRanges};

/// Security groups of an interface that are named; more are counted.
const MOST_GROUPS: usize = 3;

/// One that has an address or a block: which it is, in which VPC, and what it is called.
#[derive(Clone, Debug)]
struct Holder {
    id: String,
    vpc_id: Option<String>,
    name: String,
}

/// Names of addresses.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Interfaces that have the address, or whose public address it is: with blocks that overlap there can be several.
    holders: HashMap<Address, Vec<Holder>>,
    /// The blocks of VPCs.
    blocks: Vec<(Network, Holder)>,
    /// Interfaces by id.
    interfaces: HashMap<String, String>,
    /// Security groups by id.
    groups: HashMap<String, String>,
    ranges: Option<AwsRanges>,
}

impl Names {
    /// By what is known: a snapshot, AWS's list of its ranges.
    #[must_use]
    pub fn new(inventory: Option<&Inventory>, ranges: Option<AwsRanges>) -> Self {
        let mut names = Self {
            ranges,
            ..Self::default()
        };
        for region in inventory
            .into_iter()
            .flat_map(|inventory| &inventory.regions)
        {
            names.add(region);
        }
        names
    }

    fn add(&mut self, region: &Region) {
        let vpcs: BTreeMap<&str, &str> = region
            .vpcs
            .items
            .iter()
            .map(|vpc| (vpc.vpc_id.as_str(), vpc.name().unwrap_or(&vpc.vpc_id)))
            .collect();
        for vpc in &region.vpcs.items {
            let block = vpc
                .cidr_block
                .as_deref()
                .and_then(|block| block.parse().ok());
            let holder = || Holder {
                id: vpc.vpc_id.clone(),
                vpc_id: Some(vpc.vpc_id.clone()),
                name: format!("VPC {}", vpcs[vpc.vpc_id.as_str()]),
            };
            self.blocks.extend(block.map(|block| (block, holder())));
        }
        let subnets = region.subnets.items.iter();
        let subnets: BTreeMap<&str, &str> = subnets
            .filter_map(|subnet| {
                Some((subnet.subnet_id.as_str(), subnet.tags.get("Name")?.as_str()))
            })
            .collect();
        let groups = region.security_groups.items.iter();
        let groups: BTreeMap<&str, &str> = groups
            .filter_map(|group| Some((group.group_id.as_str(), group.group_name.as_deref()?)))
            .collect();
        let named = Named {
            vpcs: &vpcs,
            subnets: &subnets,
            groups: &groups,
        };
        for interface in &region.network_interfaces.items {
            self.add_interface(interface, &named.interface(interface));
        }
        let groups = groups
            .iter()
            .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()));
        self.groups.extend(groups);
    }

    fn add_interface(&mut self, interface: &NetworkInterface, name: &str) {
        let id = &interface.network_interface_id;
        let mut hold = |address: &str, name: String| {
            let Ok(address) = address.parse::<Address>() else {
                return;
            };
            let holders = self.holders.entry(address).or_default();
            // It may stand in an inventory twice: a subnet may be shared.
            if holders.iter().all(|holder| holder.id != *id) {
                holders.push(Holder {
                    id: id.clone(),
                    vpc_id: interface.vpc_id.clone(),
                    name,
                });
            }
        };
        for address in &interface.private_ip_addresses {
            hold(&address.private_ip_address, name.to_owned());
            if let Some(public) = &address.public_ip {
                hold(public, format!("public address of {name}"));
            }
        }
        for address in &interface.ipv6_addresses {
            hold(address, name.to_owned());
        }
        self.interfaces.insert(id.clone(), name.to_owned());
    }

    /// What the address is called, as seen in that VPC: the interface that has it, else the VPC whose block it lies in, else the service of AWS.
    /// Where several have it, and none in that VPC, it has no name.
    #[must_use]
    pub fn of(&self, address: Address, vpc_id: Option<&str>) -> Option<String> {
        let holders = self.holders.get(&address).map_or(&[][..], Vec::as_slice);
        if let Some(name) = only_one(holders.iter(), vpc_id) {
            return Some(name);
        }
        let blocks = self
            .blocks
            .iter()
            .filter(|(block, _)| block.contains(address));
        let of_block = || only_one(blocks.map(|(_, holder)| holder), vpc_id);
        let of_aws = || self.ranges.as_ref()?.owner(address);
        if holders.is_empty() {
            of_block().or_else(of_aws)
        } else {
            of_block()
        }
    }

    /// Fills in the names of both ends of each finding.
    pub fn fill(&self, report: &mut Report) {
        for finding in &mut report.findings {
            let vpc = finding.capture_point.vpc_id.as_deref();
            finding.client_name = finding.client.and_then(|client| self.of(client, vpc));
            finding.server_name = finding.server.and_then(|server| self.of(server, vpc));
        }
    }

    /// Fills in the names of the subject and of its peers.
    pub fn fill_dossier(&self, dossier: &mut Dossier) {
        dossier.name = match &dossier.subject {
            Subject::Address(address) => self.of(*address, None),
            Subject::Network(network) => self.of_block(*network),
            Subject::Interface(id) => self.interfaces.get(id.as_str()).cloned(),
            Subject::SecurityGroup(id) => self.groups.get(id.as_str()).cloned(),
            Subject::Instance(_) => None,
        };
        for peer in &mut dossier.peers {
            peer.peer_name = self.of(peer.peer, None);
        }
    }

    /// The VPC whose block it is, if it is that of one only.
    fn of_block(&self, network: Network) -> Option<String> {
        let blocks = self.blocks.iter().filter(|(block, _)| *block == network);
        only_one(blocks.map(|(_, holder)| holder), None)
    }
}

/// The one of that VPC, else the only one there is.
fn only_one<'a>(
    holders: impl Iterator<Item = &'a Holder> + Clone,
    vpc_id: Option<&str>,
) -> Option<String> {
    let here = vpc_id.and_then(|vpc_id| {
        holders
            .clone()
            .find(|holder| holder.vpc_id.as_deref() == Some(vpc_id))
    });
    let mut all = holders;
    match (here, all.next(), all.next()) {
        (Some(one), ..) | (None, Some(one), None) => Some(one.name.clone()),
        _ => None,
    }
}

/// What things of one region are called, by id.
struct Named<'a> {
    vpcs: &'a BTreeMap<&'a str, &'a str>,
    subnets: &'a BTreeMap<&'a str, &'a str>,
    groups: &'a BTreeMap<&'a str, &'a str>,
}

impl Named<'_> {
    /// `i-0abc, subnet private-a, VPC shop, group web`.
    fn interface(&self, interface: &NetworkInterface) -> String {
        let kind = interface
            .interface_type
            .as_deref()
            .filter(|kind| *kind != "interface");
        let name = match (&interface.instance_id, kind) {
            (Some(instance), _) => instance.clone(),
            (None, Some(kind)) => format!("{kind} {}", interface.network_interface_id),
            (None, None) => interface.network_interface_id.clone(),
        };
        let called =
            |names: &BTreeMap<&str, &str>, id: &str| (*names.get(id).unwrap_or(&id)).to_owned();
        let subnet = interface
            .subnet_id
            .as_deref()
            .map(|id| format!("subnet {}", called(self.subnets, id)));
        let vpc = interface
            .vpc_id
            .as_deref()
            .map(|id| format!("VPC {}", called(self.vpcs, id)));
        let mut groups: Vec<String> = interface
            .security_group_ids
            .iter()
            .map(|id| called(self.groups, id))
            .collect();
        let more = groups.len().saturating_sub(MOST_GROUPS);
        groups.truncate(MOST_GROUPS);
        if more > 0 {
            groups.push(format!("{more} more"));
        }
        let noun = if groups.len() == 1 { "group" } else { "groups" };
        let groups = (!groups.is_empty()).then(|| format!("{noun} {}", groups.join(" and ")));
        let parts = [Some(name), subnet, vpc, groups];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_core::inventory::{PrivateIpAddress, RegionStatus, SecurityGroup, Subnet, Vpc};

    use super::*;

    fn vpc(vpc_id: &str, name: Option<&str>, block: &str) -> Vpc {
        Vpc {
            vpc_id: vpc_id.to_owned(),
            cidr_block: Some(block.to_owned()),
            tags: name
                .map(|name| ("Name".to_owned(), name.to_owned()))
                .into_iter()
                .collect(),
            ..Vpc::default()
        }
    }

    fn interface(eni: &str, vpc_id: &str, address: &str) -> NetworkInterface {
        NetworkInterface {
            network_interface_id: eni.to_owned(),
            vpc_id: Some(vpc_id.to_owned()),
            subnet_id: Some("subnet-1".to_owned()),
            private_ip_addresses: vec![PrivateIpAddress {
                private_ip_address: address.to_owned(),
                public_ip: None,
            }],
            ..NetworkInterface::default()
        }
    }

    fn names() -> Names {
        let mut region = Region::new("111122223333", "eu-west-1", RegionStatus::Collected);
        region.vpcs.items = vec![
            vpc("vpc-1", Some("shop"), "10.0.0.0/16"),
            vpc("vpc-2", None, "10.0.0.0/16"),
            vpc("vpc-3", Some("alone"), "10.3.0.0/16"),
        ];
        let mut web = interface("eni-1", "vpc-1", "10.0.0.5");
        web.instance_id = Some("i-1".to_owned());
        web.security_group_ids = vec!["sg-1".to_owned(), "sg-2".to_owned()];
        web.private_ip_addresses[0].public_ip = Some("198.51.100.5".to_owned());
        web.ipv6_addresses = vec!["2001:db8::5".to_owned()];
        let mut gateway = interface("eni-2", "vpc-1", "10.0.0.6");
        gateway.interface_type = Some("nat_gateway".to_owned());
        let twin = interface("eni-3", "vpc-2", "10.0.0.5");
        region.network_interfaces.items = vec![web, gateway.clone(), gateway, twin];
        region.subnets.items = vec![Subnet {
            subnet_id: "subnet-1".to_owned(),
            tags: [("Name".to_owned(), "private-a".to_owned())].into(),
            ..Subnet::default()
        }];
        region.security_groups.items = vec![SecurityGroup {
            group_id: "sg-1".to_owned(),
            group_name: Some("web".to_owned()),
            ..SecurityGroup::default()
        }];
        let ranges = r#"{"prefixes": [{"ip_prefix": "198.51.100.0/24", "region": "eu-west-1", "service": "EC2"}]}"#;
        let mut names = Names::new(None, Some(AwsRanges::parse(ranges).unwrap()));
        names.add(&region);
        names
    }

    #[test]
    fn the_nearest_that_is_known_names_an_address() {
        let web = "i-1, subnet private-a, VPC shop, groups web and sg-2";
        for (address, vpc_id, name) in [
            ("10.0.0.5", Some("vpc-1"), Some(web)),
            (
                "10.0.0.5",
                Some("vpc-2"),
                Some("eni-3, subnet private-a, VPC vpc-2"),
            ),
            // Two have it, and nobody says which of them is meant.
            ("10.0.0.5", None, None),
            (
                "10.0.0.6",
                None,
                Some("nat_gateway eni-2, subnet private-a, VPC shop"),
            ),
            ("10.0.0.7", Some("vpc-1"), Some("VPC shop")),
            ("10.0.0.7", None, None),
            ("10.3.0.7", None, Some("VPC alone")),
            ("2001:db8::5", None, Some(web)),
            (
                "198.51.100.5",
                None,
                Some("public address of i-1, subnet private-a, VPC shop, groups web and sg-2"),
            ),
            ("198.51.100.6", None, Some("AWS EC2 eu-west-1")),
            ("192.0.2.1", Some("vpc-1"), None),
        ] {
            let said = names().of(address.parse().unwrap(), vpc_id);
            assert_eq!(said.as_deref(), name, "{address} in {vpc_id:?}");
        }
        let block = |block: &str| names().of_block(block.parse().unwrap());
        assert_eq!(block("10.3.0.0/16").as_deref(), Some("VPC alone"));
        assert_eq!(block("10.0.0.0/16"), None, "of two VPCs");
        assert_eq!(block("10.3.0.0/24"), None, "a part of one");
        assert_eq!(names().groups["sg-1"], "web");
        assert_eq!(
            names().interfaces["eni-3"],
            "eni-3, subnet private-a, VPC vpc-2"
        );
        assert_eq!(Names::default().of("10.0.0.5".parse().unwrap(), None), None);
    }
}
