//! Regions and what lies in them: VPCs, subnets, network interfaces, transit gateways.

use flowcover_record::{Destination, Owner};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    FlowLog, Listing, PrefixList, PrivateIpAddress, SecurityGroup, SecurityGroupRule, Tags,
};
use crate::partition;

/// How well one region of one account could be read.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RegionStatus {
    /// The base answer (VPCs, flow logs) was read in full.
    Collected,
    /// Part of the base answer could not be read.
    Partial,
    /// All of the base answer was refused.
    Denied,
    /// The endpoint did not answer in time.
    Unreachable,
    /// The account has not opted in: nothing can run there.
    Disabled,
}

impl RegionStatus {
    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Collected => "collected",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Unreachable => "unreachable",
            Self::Disabled => "disabled",
        }
    }
}

/// One region of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Region {
    /// The account.
    pub account_id: String,
    /// Region name; `*` where the regions of the account could not even be listed.
    pub region: String,
    /// How well it could be read.
    pub status: RegionStatus,
    /// `DescribeVpcs`
    #[serde(default)]
    pub vpcs: Listing<Vpc>,
    /// `DescribeFlowLogs`
    #[serde(default)]
    pub flow_logs: Listing<FlowLog>,
    /// `DescribeSubnets`, where coverage needs them.
    #[serde(default)]
    pub subnets: Listing<Subnet>,
    /// `DescribeNetworkInterfaces`, where coverage, use or proof needs them.
    #[serde(default)]
    pub network_interfaces: Listing<NetworkInterface>,
    /// `DescribeTransitGateways`, at full depth.
    #[serde(default)]
    pub transit_gateways: Listing<TransitGateway>,
    /// `DescribeSecurityGroups`, where rules are to be suggested.
    #[serde(default, skip_serializing_if = "Listing::is_not_needed")]
    pub security_groups: Listing<SecurityGroup>,
    /// `DescribeSecurityGroupRules`, where rules are to be suggested.
    #[serde(default, skip_serializing_if = "Listing::is_not_needed")]
    pub security_group_rules: Listing<SecurityGroupRule>,
    /// The prefix lists that those rules name.
    #[serde(default, skip_serializing_if = "Listing::is_not_needed")]
    pub prefix_lists: Listing<PrefixList>,
}

impl Region {
    /// A region about which nothing is known yet.
    #[must_use]
    pub fn new(account_id: &str, region: &str, status: RegionStatus) -> Self {
        Self {
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            status,
            vpcs: Listing::default(),
            flow_logs: Listing::default(),
            subnets: Listing::default(),
            network_interfaces: Listing::default(),
            transit_gateways: Listing::default(),
            security_groups: Listing::default(),
            security_group_rules: Listing::default(),
            prefix_lists: Listing::default(),
        }
    }

    /// Where one of its flow logs delivers; see [`FlowLog::destination`].
    #[must_use]
    pub fn destination(&self, flow_log: &FlowLog) -> Destination {
        flow_log.destination(Owner {
            partition: partition::of_region(&self.region),
            region: &self.region,
            account_id: &self.account_id,
        })
    }

    pub(super) fn sort(&mut self) {
        self.vpcs.items.sort_by(|a, b| a.vpc_id.cmp(&b.vpc_id));
        self.flow_logs
            .items
            .sort_by(|a, b| a.flow_log_id.cmp(&b.flow_log_id));
        self.subnets
            .items
            .sort_by(|a, b| a.subnet_id.cmp(&b.subnet_id));
        self.network_interfaces
            .items
            .sort_by(|a, b| a.network_interface_id.cmp(&b.network_interface_id));
        self.transit_gateways
            .items
            .sort_by(|a, b| a.transit_gateway_id.cmp(&b.transit_gateway_id));
        self.security_groups
            .items
            .sort_by(|a, b| a.group_id.cmp(&b.group_id));
        self.security_group_rules.items.sort_by(|a, b| {
            (&a.group_id, &a.security_group_rule_id).cmp(&(&b.group_id, &b.security_group_rule_id))
        });
        self.prefix_lists
            .items
            .sort_by(|a, b| a.prefix_list_id.cmp(&b.prefix_list_id));
    }
}

/// A VPC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vpc {
    /// `vpc-…`
    pub vpc_id: String,
    /// Account that owns it; another one than the account asked where it is shared through RAM.
    pub owner_id: Option<String>,
    /// Whether AWS made it.
    pub is_default: Option<bool>,
    /// First CIDR block.
    pub cidr_block: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Vpc {
    /// The tag `Name`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.tags.get("Name").map(String::as_str)
    }
}

/// A subnet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Subnet {
    /// `subnet-…`
    pub subnet_id: String,
    /// Its VPC.
    pub vpc_id: Option<String>,
    /// Account that owns it.
    pub owner_id: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NetworkInterface {
    /// `eni-…`
    pub network_interface_id: String,
    /// Its VPC.
    pub vpc_id: Option<String>,
    /// Its subnet.
    pub subnet_id: Option<String>,
    /// Account that owns it; a participant's in a shared subnet.
    pub owner_id: Option<String>,
    /// `in-use`, `available`, …: only one in use carries traffic.
    pub status: Option<String>,
    /// `interface`, `nat_gateway`, `lambda`, …
    pub interface_type: Option<String>,
    /// Instance it is attached to.
    pub instance_id: Option<String>,
    /// Ids of its security groups; empty where it can have none (gateways), or where they were not asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_group_ids: Vec<String>,
    /// Its IPv4 addresses, with the public ones that stand for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub private_ip_addresses: Vec<PrivateIpAddress>,
    /// Its IPv6 addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ipv6_addresses: Vec<String>,
    /// CIDR blocks of both families that are delegated to it (`Ipv4Prefixes`, `Ipv6Prefixes`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
}

/// A transit gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TransitGateway {
    /// `tgw-…`
    pub transit_gateway_id: String,
    /// Account that owns it.
    pub owner_id: Option<String>,
    /// `available`, `deleting`, …
    pub state: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

impl TransitGateway {
    /// The tag `Name`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.tags.get("Name").map(String::as_str)
    }
}
