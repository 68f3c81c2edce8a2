//! Security groups, their rules, and the prefix lists that rules name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tags;

/// A security group (EC2 `DescribeSecurityGroups`). Its rules stand in [`Region::security_group_rules`].
///
/// [`Region::security_group_rules`]: super::Region::security_group_rules
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SecurityGroup {
    /// `sg-…`
    pub group_id: String,
    /// Its name; untrusted text.
    pub group_name: Option<String>,
    /// What its owner wrote about it; untrusted text.
    pub description: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<String>,
    /// Account that owns it.
    pub owner_id: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// One rule of a security group (EC2 `DescribeSecurityGroupRules`): one peer each, as AWS numbers them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SecurityGroupRule {
    /// `sgr-…`
    pub security_group_rule_id: String,
    /// The group that it belongs to.
    pub group_id: String,
    /// Whether it is about traffic that leaves.
    pub is_egress: bool,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, the number of another protocol, or `-1` for every one.
    pub ip_protocol: Option<String>,
    /// First port; of ICMP the type, -1 for every one.
    pub from_port: Option<i32>,
    /// Last port; of ICMP the code, -1 for every one.
    pub to_port: Option<i32>,
    /// IPv4 peer, a CIDR block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_ipv4: Option<String>,
    /// IPv6 peer, a CIDR block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_ipv6: Option<String>,
    /// Peer, a prefix list (`pl-…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list_id: Option<String>,
    /// Peer, a security group: `ReferencedGroupInfo.GroupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referenced_group_id: Option<String>,
    /// Account of that group: `ReferencedGroupInfo.UserId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referenced_group_owner_id: Option<String>,
    /// What its owner wrote about it; untrusted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A prefix list that a rule names (EC2 `DescribeManagedPrefixLists`, `GetManagedPrefixListEntries`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PrefixList {
    /// `pl-…`
    pub prefix_list_id: String,
    /// Its name; `com.amazonaws.REGION.SERVICE` for those of AWS.
    pub prefix_list_name: Option<String>,
    /// Its CIDR blocks; none where they could not be read.
    pub cidrs: Option<Vec<String>>,
}

/// An IPv4 address of a network interface (EC2 `DescribeNetworkInterfaces`, `PrivateIpAddresses`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PrivateIpAddress {
    /// The private address.
    pub private_ip_address: String,
    /// The public address that stands for it: `Association.PublicIp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<String>,
}
