//! The fewest and narrowest peers of one unit.

use core::net::IpAddr;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::advice::Reason;
use super::block::{Bounds, aggregate, exact, maximal};
use super::propose::Unit;
use super::rule::Peer;
use super::world::{Rule, World};
use super::{Block, Parameters};

type Own = (u32, IpAddr);

/// Peers that hold every other end of the unit, with why they hold more, and that exceed none of its rules. Groups first, then
/// prefix lists, then blocks.
pub(super) fn solve(
    world: &World,
    place: u32,
    unit: &Unit,
    parameters: &Parameters,
) -> Vec<(Peer, Vec<Reason>)> {
    let own = world.group(place);
    let rule = |at: &u32| &own.rules[*at as usize];
    let rules: Vec<&Rule> = unit.rules.iter().map(rule).collect();
    let crowded: Vec<&Rule> = unit.crowded.iter().map(rule).collect();
    let (groups, rest) = groups(world, place, unit, &rules);
    let mut hosts = unit.hosts.clone();
    let rest: BTreeSet<Block> = rest.into_iter().map(|(_, it)| Block::host(it)).collect();
    for host in &rest {
        hosts[usize::from(host.is_ipv6())].insert(*host);
    }
    let mut peers = Vec::new();
    for list in prefix_lists(&rules, &crowded, &mut hosts) {
        let prefix_list_id = list.to_owned();
        peers.push((Peer::PrefixList { prefix_list_id }, Vec::new()));
    }
    let mut left_open = Vec::new();
    for (is_ipv6, hosts) in [false, true].into_iter().zip(hosts) {
        let of_family = |rules: &[&Rule]| {
            let blocks = rules.iter().filter_map(|rule| rule.block());
            maximal(blocks.filter(|block| block.is_ipv6() == is_ipv6))
        };
        let family = Family {
            within: of_family(&rules),
            crowded: of_family(&crowded),
            parameters,
        };
        let blocks = family.blocks(hosts, is_ipv6);
        left_open.extend(blocks.iter().filter(|it| it.is_open).map(|it| it.block));
        peers.extend(blocks.into_iter().map(|it| {
            let peer = Peer::Block { block: it.block };
            let is_own = !it.is_open && rest.iter().any(|host| it.block.holds(*host));
            let reasons = it.reason.into_iter();
            (
                peer,
                reasons
                    .chain(is_own.then_some(Reason::NoGroupFits))
                    .collect(),
            )
        }));
    }
    let account = &own.account_id;
    for (group, members) in groups {
        // What stays open to all of them anyway needs no rule of its own.
        let is_held = |own: &Own| left_open.iter().any(|block| block.contains(own.1));
        if members.iter().all(is_held) {
            continue;
        }
        let named = world.group(group);
        let peer = Peer::Group {
            group_id: named.group_id.clone(),
            owner_id: (named.account_id != *account).then(|| named.account_id.clone()),
        };
        peers.push((peer, Vec::new()));
    }
    peers
}

/// Groups to name, with which of our ends each is for, and the ends that none is for.
///
/// A group may be named if a rule of the unit names it, or if each address of each member is let through today.
/// Those of which the greatest part was seen come first. The order depends on nothing but what was seen, so that
/// the same groups are chosen again when only they are left to choose from.
fn groups(
    world: &World,
    place: u32,
    unit: &Unit,
    rules: &[&Rule],
) -> (Vec<(u32, BTreeSet<Own>)>, BTreeSet<Own>) {
    let mut seen: BTreeMap<u32, BTreeSet<Own>> = BTreeMap::new();
    for end in &unit.ours {
        for &group in &world.interface(end.0).groups {
            seen.entry(group).or_default().insert(*end);
        }
    }
    let own = world.group(place);
    let may_name = |group: u32| {
        let other = world.group(group);
        let is_named = rules.iter().any(|rule| rule.named_group() == Some(group));
        let is_near =
            own.vpc_id.is_some() && own.vpc_id == other.vpc_id && own.region == other.region;
        is_named || (other.has_all_members && is_near && world.are_peers(rules, group))
    };
    let mut candidates: Vec<(u32, BTreeSet<Own>)> = seen
        .into_iter()
        .filter(|(group, _)| may_name(*group))
        .collect();
    candidates.sort_by_cached_key(|(group, ends)| {
        let interfaces: BTreeSet<u32> = ends.iter().map(|(interface, _)| *interface).collect();
        let members = world.group(*group).members.len().max(1);
        // A part in a million is fine enough; members lie in memory, so nothing overflows.
        let part = (interfaces.len() as u128) * 1_000_000 / (members as u128);
        let id = world.group(*group).group_id.clone();
        (Reverse(part), Reverse(ends.len()), id)
    });
    let mut rest = unit.ours.clone();
    candidates.retain_mut(|(_, ends)| {
        ends.retain(|end| rest.remove(end));
        !ends.is_empty()
    });
    (candidates, rest)
}

/// Prefix lists of the rules that hold a host that nothing before them holds; takes these hosts away. Their blocks change, so they
/// are never taken apart.
fn prefix_lists<'w>(
    rules: &[&'w Rule],
    crowded: &[&Rule],
    hosts: &mut [BTreeSet<Block>; 2],
) -> Vec<&'w str> {
    let lists: BTreeMap<&str, &&Rule> = rules
        .iter()
        .filter_map(|rule| Some((rule.prefix_list()?, rule)))
        .collect();
    let mut chosen = Vec::new();
    for (id, rule) in lists {
        let before: usize = hosts.iter().map(BTreeSet::len).sum();
        for hosts in hosts.iter_mut() {
            hosts.retain(|host| !rule.blocks().iter().any(|block| block.holds(*host)));
        }
        let after: usize = hosts.iter().map(BTreeSet::len).sum();
        let is_crowded = crowded.iter().any(|rule| rule.prefix_list() == Some(id));
        if after < before || is_crowded {
            chosen.push(id);
        }
    }
    chosen
}

/// A block that is proposed.
struct Proposed {
    block: Block,
    reason: Option<Reason>,
    /// Whether it is as wide as today, whatever was seen.
    is_open: bool,
}

/// Blocks of one family that a unit may have.
struct Family<'p> {
    /// Those of its rules.
    within: Vec<Block>,
    /// Those of its rules that stay.
    crowded: Vec<Block>,
    parameters: &'p Parameters,
}

impl Family<'_> {
    fn blocks(&self, hosts: BTreeSet<Block>, is_ipv6: bool) -> Vec<Proposed> {
        let at_least = self.parameters.addresses_per_port;
        let mut proposed: Vec<Proposed> = open(&self.crowded, || Reason::ManyAddresses {
            addresses: at_least,
        });
        let is_held = |host: &Block| self.crowded.iter().any(|block| block.holds(*host));
        let hosts: Vec<Block> = hosts.into_iter().filter(|host| !is_held(host)).collect();
        proposed.extend(self.of_hosts(&hosts, is_ipv6));
        let widest = maximal(proposed.iter().map(|it| it.block));
        proposed.retain(|it| widest.contains(&it.block));
        proposed.dedup_by_key(|it| it.block);
        proposed
    }

    fn of_hosts(&self, hosts: &[Block], is_ipv6: bool) -> Vec<Proposed> {
        let addresses = hosts.len();
        if addresses == 0 {
            return Vec::new();
        }
        let is_world = self.within.iter().any(|block| block.is_everything());
        if is_world && addresses >= self.parameters.open_after {
            return open(&[Block::everything(is_ipv6)], || Reason::ManyAddresses {
                addresses,
            });
        }
        let bounds = Bounds {
            most: self.parameters.cidrs_per_port.max(1),
            widest: if is_ipv6 {
                self.parameters.widest_ipv6
            } else {
                self.parameters.widest_ipv4
            },
            within: &self.within,
        };
        let seen = exact(hosts);
        let Some(blocks) = aggregate(hosts, bounds) else {
            // None holds a block that was joined from neighbours of several.
            let outer = |block: &Block| {
                let mut within = self.within.iter();
                *within.find(|outer| outer.holds(*block)).unwrap_or(block)
            };
            let blocks = maximal(seen.iter().map(outer));
            return open(&blocks, || Reason::Scattered { addresses });
        };
        blocks
            .into_iter()
            .map(|block| Proposed {
                block,
                reason: (!seen.contains(&block)).then_some(Reason::TakenTogether { addresses }),
                is_open: false,
            })
            .collect()
    }
}

fn open(blocks: &[Block], reason: impl Fn() -> Reason) -> Vec<Proposed> {
    let proposed = blocks.iter().map(|&block| Proposed {
        block,
        reason: Some(reason()),
        is_open: true,
    });
    proposed.collect()
}
