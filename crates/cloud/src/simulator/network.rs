//! VPCs and what lies in them, and the builders that make it.

use std::collections::BTreeMap;

use flowcover_core::inventory::{
    FlowLog, NetworkInterface, PrefixList, SecurityGroup, SecurityGroupRule, Subnet, Tags,
    TransitGateway, Vpc,
};

use super::World;
use super::kms::Key;
use super::logs::LogGroup;
use crate::ConfigRule;

/// What one region of one account holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    pub(super) vpcs: BTreeMap<String, Vpc>,
    /// VPCs of other accounts that are shared with this one: id → owner.
    pub(super) shared: BTreeMap<String, String>,
    pub(super) subnets: BTreeMap<String, Subnet>,
    pub(super) interfaces: BTreeMap<String, Interface>,
    pub(super) gateways: BTreeMap<String, TransitGateway>,
    /// Resources of which only the kind matters: id → type, as `CreateFlowLogs` calls it.
    pub(super) others: BTreeMap<String, String>,
    pub(super) flow_logs: BTreeMap<String, FlowLogState>,
    pub(super) log_groups: BTreeMap<String, LogGroup>,
    pub(super) delivery_streams: BTreeMap<String, String>,
    pub(super) keys: BTreeMap<String, Key>,
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) config_rules: Vec<ConfigRule>,
    pub(super) security_groups: BTreeMap<String, SecurityGroup>,
    pub(super) security_group_rules: BTreeMap<String, SecurityGroupRule>,
    pub(super) prefix_lists: BTreeMap<String, PrefixList>,
}

/// An interface, and whether anything flows through it.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    pub(super) detail: NetworkInterface,
    pub(super) traffic: bool,
}

/// A flow log, and how its delivery goes on.
#[derive(Clone, Debug)]
pub(super) struct FlowLogState {
    pub(super) detail: FlowLog,
    /// It failed for want of a permission of its role: mending the policy does not mend it.
    pub(super) stuck: bool,
    /// Its delivery is not simulated: it reports what it was told to report.
    pub(super) pinned: bool,
    /// What old answers leave out is left out.
    pub(super) old_answer: bool,
}

/// Tags from pairs.
#[must_use]
pub(super) fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

impl World {
    /// Makes a VPC without subnets. An empty name means no `Name` tag. Returns its id.
    pub fn add_vpc(&mut self, account_id: &str, region: &str, name: &str) -> String {
        let vpc_id = self.ids.resource("vpc");
        let network = self.network_mut(account_id, region);
        let number = network.vpcs.len() % 256;
        let name = (!name.is_empty()).then_some(("Name", name));
        let vpc = Vpc {
            vpc_id: vpc_id.clone(),
            owner_id: Some(account_id.to_owned()),
            is_default: Some(false),
            cidr_block: Some(format!("10.{number}.0.0/16")),
            tags: tags(name.as_slice()),
        };
        network.vpcs.insert(vpc_id.clone(), vpc);
        vpc_id
    }

    /// Makes the default VPC, with its three subnets. Returns its id.
    pub fn add_default_vpc(&mut self, account_id: &str, region: &str) -> String {
        let vpc_id = self.add_vpc(account_id, region, "");
        if let Some(vpc) = self.network_mut(account_id, region).vpcs.get_mut(&vpc_id) {
            vpc.is_default = Some(true);
            vpc.cidr_block = Some("172.31.0.0/16".to_owned());
        }
        for _ in 0..3 {
            self.add_subnet(account_id, region, &vpc_id);
        }
        vpc_id
    }

    /// Ids of the account's own VPCs in a region.
    #[must_use]
    pub fn vpc_ids(&self, account_id: &str, region: &str) -> Vec<String> {
        self.network(account_id, region)
            .into_iter()
            .flat_map(|network| network.vpcs.keys().cloned())
            .collect()
    }

    /// Tags a VPC.
    pub fn tag_vpc(
        &mut self,
        account_id: &str,
        region: &str,
        vpc_id: &str,
        key: &str,
        value: &str,
    ) {
        if let Some(vpc) = self.network_mut(account_id, region).vpcs.get_mut(vpc_id) {
            vpc.tags.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Makes a subnet. Returns its id.
    pub fn add_subnet(&mut self, account_id: &str, region: &str, vpc_id: &str) -> String {
        let subnet_id = self.ids.resource("subnet");
        let subnet = Subnet {
            subnet_id: subnet_id.clone(),
            vpc_id: Some(vpc_id.to_owned()),
            owner_id: Some(account_id.to_owned()),
            tags: Tags::new(),
        };
        self.network_mut(account_id, region)
            .subnets
            .insert(subnet_id.clone(), subnet);
        subnet_id
    }

    /// Makes a network interface in use, with traffic, in a subnet of the account. Returns its id.
    pub fn add_interface(&mut self, account_id: &str, region: &str, subnet_id: &str) -> String {
        let interface_id = self.ids.resource("eni");
        let instance_id = self.ids.resource("i");
        let network = self.network_mut(account_id, region);
        let vpc_id = network
            .subnets
            .get(subnet_id)
            .and_then(|subnet| subnet.vpc_id.clone());
        let detail = NetworkInterface {
            network_interface_id: interface_id.clone(),
            vpc_id,
            subnet_id: Some(subnet_id.to_owned()),
            owner_id: Some(account_id.to_owned()),
            status: Some("in-use".to_owned()),
            interface_type: Some("interface".to_owned()),
            instance_id: Some(instance_id),
            ..NetworkInterface::default()
        };
        network.interfaces.insert(
            interface_id.clone(),
            Interface {
                detail,
                traffic: true,
            },
        );
        interface_id
    }

    /// Detaches an interface, or attaches it: only one in use has traffic.
    pub fn set_interface_in_use(&mut self, account_id: &str, region: &str, id: &str, in_use: bool) {
        if let Some(interface) = self.network_mut(account_id, region).interfaces.get_mut(id) {
            interface.traffic = in_use;
            let status = if in_use { "in-use" } else { "available" };
            interface.detail.status = Some(status.to_owned());
        }
    }

    /// A VPC with two subnets and an interface in each, as workloads have. Returns its id.
    pub fn add_workload_vpc(&mut self, account_id: &str, region: &str, name: &str) -> String {
        let vpc_id = self.add_vpc(account_id, region, name);
        for _ in 0..2 {
            let subnet_id = self.add_subnet(account_id, region, &vpc_id);
            self.add_interface(account_id, region, &subnet_id);
        }
        vpc_id
    }

    /// Shares the subnets of a VPC with another account (AWS Resource Access Manager).
    pub fn share_vpc(&mut self, owner: &str, region: &str, vpc_id: &str, participant: &str) {
        self.network_mut(participant, region)
            .shared
            .insert(vpc_id.to_owned(), owner.to_owned());
    }

    /// Makes a transit gateway. Returns its id.
    pub fn add_transit_gateway(&mut self, account_id: &str, region: &str, name: &str) -> String {
        let id = self.ids.resource("tgw");
        let gateway = TransitGateway {
            transit_gateway_id: id.clone(),
            owner_id: Some(account_id.to_owned()),
            state: Some("available".to_owned()),
            tags: tags(&[("Name", name)]),
        };
        self.network_mut(account_id, region)
            .gateways
            .insert(id.clone(), gateway);
        id
    }

    /// Makes a resource of a type that can have flow logs and is not simulated beyond that: `TransitGatewayAttachment`,
    /// `RegionalNatGateway`, `CoreNetwork`, `CoreNetworkEdge`, `CoreNetworkAttachment`. Returns its id.
    pub fn add_resource(&mut self, account_id: &str, region: &str, resource_type: &str) -> String {
        let prefix = match resource_type {
            "TransitGatewayAttachment" => "tgw-attach",
            "RegionalNatGateway" => "nat",
            "CoreNetwork" => "core-network",
            // The form of the ids of edges is not documented.
            "CoreNetworkEdge" => "core-network-edge",
            _ => "attachment",
        };
        let id = self.ids.resource(prefix);
        self.network_mut(account_id, region)
            .others
            .insert(id.clone(), resource_type.to_owned());
        id
    }

    /// Makes a Firehose delivery stream that is active. Returns its ARN.
    pub fn create_delivery_stream(&mut self, account_id: &str, region: &str, name: &str) -> String {
        self.network_mut(account_id, region)
            .delivery_streams
            .insert(name.to_owned(), "ACTIVE".to_owned());
        format!("arn:aws:firehose:{region}:{account_id}:deliverystream/{name}")
    }

    /// Deletes a Firehose delivery stream.
    pub fn delete_delivery_stream(&mut self, account_id: &str, region: &str, name: &str) {
        self.network_mut(account_id, region)
            .delivery_streams
            .remove(name);
    }

    /// Puts a managed AWS Config rule into a region.
    pub fn add_config_rule(
        &mut self,
        account_id: &str,
        region: &str,
        name: &str,
        identifier: &str,
    ) {
        self.network_mut(account_id, region)
            .config_rules
            .push(ConfigRule {
                name: name.to_owned(),
                source_identifier: Some(identifier.to_owned()),
            });
    }
}

impl Network {
    /// Interfaces below a VPC, subnet or interface that traffic flows through.
    pub(super) fn with_traffic<'a>(
        &'a self,
        resource_id: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        self.interfaces
            .values()
            .filter(move |interface| {
                let detail = &interface.detail;
                interface.traffic
                    && (detail.network_interface_id == resource_id
                        || detail.subnet_id.as_deref() == Some(resource_id)
                        || detail.vpc_id.as_deref() == Some(resource_id))
            })
            .map(|interface| interface.detail.network_interface_id.as_str())
    }
}
