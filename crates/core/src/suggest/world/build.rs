//! Makes a [`World`] of an inventory.

use std::collections::{HashMap, HashSet};

use super::{Group, Interface, Matcher, Rule, World};
use crate::inventory::{
    Inventory, NetworkInterface, Region, SecurityGroup, SecurityGroupRule, TrafficType,
};
use crate::suggest::Block;
use crate::suggest::rule::{Allow, Peer};

impl World {
    /// Everything that the inventory says of security groups. What stands in it twice (a shared subnet is seen by
    /// two accounts) counts once.
    pub(in crate::suggest) fn of(inventory: &Inventory) -> Self {
        let mut world = Self::default();
        for region in &inventory.regions {
            for group in &region.security_groups.items {
                world.add_group(region, group);
            }
        }
        let recorded = Recorded::of(inventory);
        for region in &inventory.regions {
            for interface in &region.network_interfaces.items {
                world.add_interface(interface, recorded.state(region, interface));
            }
        }
        let prefix_lists = prefix_lists(inventory);
        for region in &inventory.regions {
            for rule in &region.security_group_rules.items {
                world.add_rule(region, rule, &prefix_lists);
            }
        }
        world
    }

    fn add_group(&mut self, region: &Region, group: &SecurityGroup) {
        if self.group_by_id.contains_key(&group.group_id) {
            return;
        }
        let place = place_of(self.groups.len());
        self.group_by_id.insert(group.group_id.clone(), place);
        self.groups.push(Group {
            group_id: group.group_id.clone(),
            name: group.group_name.clone(),
            vpc_id: group.vpc_id.clone(),
            account_id: group
                .owner_id
                .clone()
                .unwrap_or_else(|| region.account_id.clone()),
            region: region.region.clone(),
            has_all_rules: region.security_group_rules.is_complete(),
            has_all_members: region.network_interfaces.is_complete(),
            members: Vec::new(),
            rules: Vec::new(),
        });
    }

    fn add_interface(&mut self, interface: &NetworkInterface, is_recorded: Option<bool>) {
        let interface_id = &interface.network_interface_id;
        if self.interface_by_id.contains_key(interface_id) {
            return;
        }
        let place = place_of(self.interfaces.len());
        self.interface_by_id.insert(interface_id.clone(), place);
        let addresses = addresses(interface);
        for block in &addresses {
            self.addresses.insert(*block, place);
        }
        let known = |id: &String| self.group_by_id.get(id).copied();
        let mut groups: Vec<u32> = interface
            .security_group_ids
            .iter()
            .filter_map(known)
            .collect();
        groups.sort_unstable();
        groups.dedup();
        for &group in &groups {
            self.groups[group as usize].members.push(place);
        }
        let public = interface
            .private_ip_addresses
            .iter()
            .filter_map(|address| address.public_ip.as_ref()?.parse().ok());
        self.public.extend(public.map(|address| (address, place)));
        self.interfaces.push(Interface {
            interface_id: interface_id.clone(),
            vpc_id: interface.vpc_id.clone(),
            groups,
            addresses,
            is_recorded,
        });
    }

    fn add_rule(
        &mut self,
        region: &Region,
        rule: &SecurityGroupRule,
        prefix_lists: &HashMap<&str, Option<Vec<Block>>>,
    ) {
        let Some(&place) = self.group_by_id.get(&rule.group_id) else {
            return;
        };
        let own = self.group(place);
        // Only the listing that the group is from, lest a shared group have its rules twice.
        if own.region != region.region
            || own
                .rules
                .iter()
                .any(|it| !it.rule_id.is_empty() && it.rule_id == rule.security_group_rule_id)
        {
            return;
        }
        let mut allow = Allow::of(rule);
        if let Some(Allow {
            peer: Peer::Group { owner_id, .. },
            ..
        }) = &mut allow
        {
            // A rule of the same account may name it or not: it is the same rule.
            owner_id.take_if(|owner| *owner == own.account_id);
        }
        let matcher = self.matcher(allow.as_ref(), prefix_lists);
        self.groups[place as usize].rules.push(Rule {
            rule_id: rule.security_group_rule_id.clone(),
            description: rule.description.clone(),
            allow,
            matcher,
        });
    }

    fn matcher(
        &self,
        allow: Option<&Allow>,
        prefix_lists: &HashMap<&str, Option<Vec<Block>>>,
    ) -> Matcher {
        match allow.map(|allow| &allow.peer) {
            None => Matcher::Unresolved,
            Some(Peer::Block { block }) => Matcher::Blocks(vec![*block]),
            Some(Peer::PrefixList { prefix_list_id }) => prefix_lists
                .get(prefix_list_id.as_str())
                .and_then(Option::as_ref)
                .map_or(Matcher::Unresolved, |it| Matcher::Blocks(it.clone())),
            Some(Peer::Group { group_id, .. }) => match self.group_by_id.get(group_id) {
                Some(&group) if self.group(group).has_all_members => Matcher::Group(group),
                _ => Matcher::Unresolved,
            },
        }
    }
}

fn place_of(length: usize) -> u32 {
    u32::try_from(length).expect("fewer than four billion of them fit into memory")
}

fn addresses(interface: &NetworkInterface) -> Vec<Block> {
    let ipv4 = interface
        .private_ip_addresses
        .iter()
        .map(|it| &it.private_ip_address);
    let hosts = ipv4
        .chain(&interface.ipv6_addresses)
        .filter_map(|address| address.parse().ok())
        .map(Block::host);
    let prefixes = interface.prefixes.iter().filter_map(|it| it.parse().ok());
    hosts.chain(prefixes).collect()
}

/// Blocks by prefix list; none where one of them could not be read.
fn prefix_lists(inventory: &Inventory) -> HashMap<&str, Option<Vec<Block>>> {
    let lists = inventory
        .regions
        .iter()
        .flat_map(|region| &region.prefix_lists.items);
    lists
        .map(|list| {
            let blocks = list.cidrs.as_ref().and_then(|cidrs| {
                let blocks = cidrs.iter().map(|cidr| cidr.parse().ok());
                blocks.collect::<Option<Vec<Block>>>()
            });
            (list.prefix_list_id.as_str(), blocks)
        })
        .collect()
}

/// VPCs, subnets and interfaces whose accepted traffic a flow log records.
struct Recorded<'a> {
    resources: HashSet<&'a str>,
}

impl<'a> Recorded<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let logs = inventory
            .regions
            .iter()
            .flat_map(|region| &region.flow_logs.items);
        let resources = logs
            .filter(|log| log.traffic_type != Some(TrafficType::Reject))
            .filter_map(|log| log.resource_id.as_deref())
            .collect();
        Self { resources }
    }

    /// None where the flow logs that decide could not be read: those of a shared VPC are its owner's.
    fn state(&self, region: &Region, interface: &NetworkInterface) -> Option<bool> {
        let above = [
            Some(&interface.network_interface_id),
            interface.subnet_id.as_ref(),
            interface.vpc_id.as_ref(),
        ];
        if above
            .into_iter()
            .flatten()
            .any(|id| self.resources.contains(id.as_str()))
        {
            return Some(true);
        }
        let is_own = region.vpcs.items.iter().any(|vpc| {
            Some(&vpc.vpc_id) == interface.vpc_id.as_ref()
                && vpc
                    .owner_id
                    .as_ref()
                    .is_none_or(|it| *it == region.account_id)
        });
        (is_own && region.flow_logs.is_complete()).then_some(false)
    }
}
