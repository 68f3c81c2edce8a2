//! Inventories and flows for the tests of suggestions.

use jiff::Timestamp;

use crate::inventory::*;
use crate::suggest::*;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const DAY: i64 = 86_400;
pub(super) const START: i64 = 1_793_491_200;

/// One region with one VPC, `vpc-1`, which is recorded, and nothing in it.
pub(super) fn inventory() -> Inventory {
    let at: Timestamp = "2026-11-20T12:00:00Z".parse().expect("a time");
    let mut inventory = Inventory::empty(at);
    let mut region = Region::new(ACCOUNT, "eu-west-1", RegionStatus::Collected);
    region.vpcs = Listing::complete(vec![Vpc {
        vpc_id: "vpc-1".to_owned(),
        owner_id: Some(ACCOUNT.to_owned()),
        ..Vpc::default()
    }]);
    region.flow_logs = Listing::complete(vec![FlowLog {
        flow_log_id: "fl-1".to_owned(),
        resource_id: Some("vpc-1".to_owned()),
        traffic_type: Some(TrafficType::All),
        ..FlowLog::default()
    }]);
    region.network_interfaces = Listing::complete(Vec::new());
    region.security_groups = Listing::complete(Vec::new());
    region.security_group_rules = Listing::complete(Vec::new());
    region.prefix_lists = Listing::complete(Vec::new());
    inventory.regions.push(region);
    inventory
}

/// Adds to an inventory of [`inventory`].
pub(super) struct Builder(pub(super) Inventory);

impl Builder {
    pub(super) fn region(&mut self) -> &mut Region {
        &mut self.0.regions[0]
    }

    pub(super) fn group(&mut self, id: &str) -> &mut Self {
        self.region().security_groups.items.push(SecurityGroup {
            group_id: format!("sg-{id}"),
            group_name: Some(id.to_owned()),
            vpc_id: Some("vpc-1".to_owned()),
            owner_id: Some(ACCOUNT.to_owned()),
            ..SecurityGroup::default()
        });
        self
    }

    /// An interface in groups, with addresses of both families.
    pub(super) fn eni(&mut self, id: &str, groups: &[&str], addresses: &[&str]) -> &mut Self {
        let (ipv6, ipv4): (Vec<&str>, Vec<&str>) =
            addresses.iter().partition(|address| address.contains(':'));
        let ipv4 = ipv4.iter().map(|address| PrivateIpAddress {
            private_ip_address: (*address).to_owned(),
            public_ip: None,
        });
        self.region()
            .network_interfaces
            .items
            .push(NetworkInterface {
                network_interface_id: format!("eni-{id}"),
                vpc_id: Some("vpc-1".to_owned()),
                security_group_ids: groups.iter().map(|group| format!("sg-{group}")).collect(),
                private_ip_addresses: ipv4.collect(),
                ipv6_addresses: ipv6.iter().map(|address| (*address).to_owned()).collect(),
                ..NetworkInterface::default()
            });
        self
    }

    /// `GROUP in|out PROTOCOL FROM-TO PEER`; the peer is a block, `sg-…` or `pl-…`.
    pub(super) fn rule(&mut self, text: &str) -> &mut Self {
        let words: Vec<&str> = text.split(' ').collect();
        let [group, direction, protocol, ports, peer] = words[..] else {
            panic!("{text}: five words");
        };
        let (from, to) = match ports {
            "*" => (-1, -1),
            ports => ports.split_once('_').map_or_else(
                || {
                    (
                        ports.parse().expect("a port"),
                        ports.parse().expect("a port"),
                    )
                },
                |(a, b)| (a.parse().expect("a port"), b.parse().expect("a port")),
            ),
        };
        let rules = &mut self.region().security_group_rules.items;
        let mut rule = SecurityGroupRule {
            security_group_rule_id: format!("sgr-{group}-{}", rules.len()),
            group_id: format!("sg-{group}"),
            is_egress: direction == "out",
            ip_protocol: Some(protocol.to_owned()),
            from_port: Some(from),
            to_port: Some(to),
            ..SecurityGroupRule::default()
        };
        let peer = Some(peer.to_owned());
        match peer.as_deref() {
            Some(id) if id.starts_with("sg-") => rule.referenced_group_id = peer,
            Some(id) if id.starts_with("pl-") => rule.prefix_list_id = peer,
            Some(block) if block.contains(':') => rule.cidr_ipv6 = peer,
            _ => rule.cidr_ipv4 = peer,
        }
        rules.push(rule);
        self
    }

    pub(super) fn prefix_list(&mut self, id: &str, cidrs: &[&str]) -> &mut Self {
        self.region().prefix_lists.items.push(PrefixList {
            prefix_list_id: id.to_owned(),
            prefix_list_name: None,
            cidrs: Some(cidrs.iter().map(|cidr| (*cidr).to_owned()).collect()),
        });
        self
    }
}

/// A flow that knows its own text.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) client: core::net::IpAddr,
    pub(super) server: core::net::IpAddr,
    pub(super) client_eni: Option<String>,
    pub(super) server_eni: Option<String>,
    pub(super) protocol: u8,
    pub(super) port: u16,
    pub(super) day: i64,
}

impl Flow {
    /// `CLIENT[@ENI] SERVER[@ENI] PROTOCOL PORT`
    pub(super) fn of(text: &str) -> Self {
        let words: Vec<&str> = text.split(' ').collect();
        let end = |word: &str| match word.split_once('@') {
            Some((address, eni)) => (
                address.parse().expect("an address"),
                Some(format!("eni-{eni}")),
            ),
            None => (word.parse().expect("an address"), None),
        };
        let ((client, client_eni), (server, server_eni)) = (end(words[0]), end(words[1]));
        Self {
            client,
            server,
            client_eni,
            server_eni,
            protocol: words[2].parse().expect("a protocol"),
            port: words[3].parse().expect("a port"),
            day: 0,
        }
    }

    pub(super) fn accepted(&self) -> AcceptedFlow<'_> {
        AcceptedFlow {
            client: self.client,
            server: self.server,
            server_port: self.port,
            protocol: self.protocol,
            client_interface_id: self.client_eni.as_deref(),
            server_interface_id: self.server_eni.as_deref(),
            seen_by: &[],
            packets: 10,
            bytes: 1_000,
            first_seen: START + self.day * DAY,
            last_seen: START + self.day * DAY + 60,
            flows: 1,
        }
    }
}

pub(super) fn suggest(
    inventory: &Inventory,
    flows: &[Flow],
    parameters: &Parameters,
) -> Suggestion {
    let mut collector = Collector::new(inventory, parameters.clone());
    flows
        .iter()
        .for_each(|flow| collector.add(&flow.accepted()));
    collector.finish()
}

pub(super) fn replay(inventory: &Inventory, suggestion: &Suggestion, flows: &[Flow]) -> Replayed {
    let mut replay = Replay::new(inventory, suggestion);
    flows.iter().for_each(|flow| replay.add(&flow.accepted()));
    replay.finish()
}

/// The rules that are proposed for a group.
pub(super) fn proposal(suggestion: &Suggestion, group: &str) -> Vec<String> {
    let group_id = format!("sg-{group}");
    let group = suggestion.groups.iter().find(|it| it.group_id == group_id);
    let rules = &group.expect("the group").proposal;
    let allows = rules.iter().filter_map(|rule| rule.allow.as_ref());
    allows.map(ToString::to_string).collect()
}
