//! The account's own hosts.

use std::net::IpAddr;

use crate::network::{InterfaceIndex, Network};

/// One network interface of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficHost {
    /// `eni-...`.
    pub interface_id: String,
    /// Its primary private IPv4 address.
    pub address: IpAddr,
    /// Its IPv6 address, if it has one.
    pub ipv6: Option<IpAddr>,
    /// `vpc-...`.
    pub vpc_id: String,
    /// `subnet-...`.
    pub subnet_id: String,
    /// What it is there for, in words: `application server`.
    pub role: &'static str,
}

pub(crate) fn hosts(network: &Network) -> Vec<TrafficHost> {
    let address = |host| network.host(host).address;
    let host = |index: InterfaceIndex| {
        let (own, subnet) = (network.interface(index), network.subnet(index));
        TrafficHost {
            interface_id: own.id.clone(),
            address: address(own.host),
            ipv6: own.host_ipv6.map(address),
            vpc_id: subnet.vpc_id.clone(),
            subnet_id: subnet.id.clone(),
            role: network.role(index).name(),
        }
    };
    (0..network.interfaces.len() as InterfaceIndex)
        .map(host)
        .collect()
}
