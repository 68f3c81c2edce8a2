//! The least rules of one group that let through what its rules of today let through.
//!
//! Traffic is put into units: a port, or, where many ports of one range were used, that range. A unit has the other ends that
//! were seen, and the rules of today that let them through, which nothing that is proposed for the unit may exceed. The same
//! traffic falls into the same units under the proposed rules: so a proposal suggests no further change.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use super::advice::{ProposedRule, Reason};
use super::rule::{Allow, Direction, Peer, Service};
use super::solve::solve;
use super::tally::{Key, Tally};
use super::world::{Far, Group, Rule, World};
use super::{Block, Parameters};

/// Rules of one direction with the same protocol and ports.
type Class = (Direction, Service);

/// Traffic that is proposed for as one; see the module.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Places of the rules that nothing may exceed.
    pub(super) rules: BTreeSet<u32>,
    /// Places of those of them that let something through.
    pub(super) used: BTreeSet<u32>,
    /// Other ends that are ours.
    pub(super) ours: BTreeSet<(u32, IpAddr)>,
    /// Other ends that are not, IPv4 and IPv6.
    pub(super) hosts: [BTreeSet<Block>; 2],
    /// Rules that stay because more came by them than was kept.
    pub(super) crowded: BTreeSet<u32>,
    /// Different ports, where it is a range.
    pub(super) ports: Option<usize>,
}

/// Proposes rules for the group at `place`.
pub(super) fn propose(
    world: &World,
    place: u32,
    tally: &Tally,
    parameters: &Parameters,
) -> Vec<ProposedRule> {
    let group = world.group(place);
    let mut drafts: BTreeMap<Allow, Draft> = BTreeMap::new();
    for ((direction, service), unit) in units(world, group, tally, parameters) {
        for (peer, mut reasons) in solve(world, place, &unit, parameters) {
            reasons.extend(unit.ports.map(|ports| Reason::ManyPorts { ports }));
            let allow = Allow {
                direction,
                service,
                peer,
            };
            let draft = drafts.entry(allow).or_default();
            draft.instead_of.extend(&unit.used);
            draft.reasons.extend(reasons);
        }
    }
    let drafts = join_ports(drafts, parameters.ports_per_rule.max(1));
    let judged = drafts
        .into_iter()
        .map(|(allow, draft)| draft.into_rule(group, allow));
    let kept = group.rules.iter().filter(|rule| !rule.is_resolved());
    judged.chain(kept.map(as_it_is)).collect()
}

/// A rule of today that stays because it cannot be judged.
fn as_it_is(rule: &Rule) -> ProposedRule {
    ProposedRule {
        allow: rule.allow.clone(),
        rule_id: Some(rule.rule_id.clone()),
        instead_of: Vec::new(),
        description: rule.description.clone(),
        reasons: vec![Reason::NotJudged],
    }
}

#[derive(Clone, Debug, Default)]
struct Draft {
    instead_of: BTreeSet<u32>,
    reasons: BTreeSet<Reason>,
}

impl Draft {
    fn into_rule(self, group: &Group, allow: Allow) -> ProposedRule {
        let is_there = |rule: &&Rule| rule.is_resolved() && rule.allow.as_ref() == Some(&allow);
        let there = group.rules.iter().find(is_there);
        let narrowed = self.instead_of.iter().map(|&it| &group.rules[it as usize]);
        let narrowed = narrowed.filter(|rule| may_narrow(rule, &allow.peer));
        let instead_of: Vec<&Rule> = there.map_or_else(|| narrowed.collect(), |_| Vec::new());
        let description = there
            .into_iter()
            .chain(instead_of.iter().copied())
            .find_map(|rule| rule.description.clone().filter(|text| !text.is_empty()));
        ProposedRule {
            rule_id: there.map(|rule| rule.rule_id.clone()),
            instead_of: instead_of
                .iter()
                .map(|rule| rule.rule_id.clone())
                .filter(|id| !id.is_empty())
                .collect(),
            description,
            reasons: self.reasons.into_iter().collect(),
            allow: Some(allow),
        }
    }
}

/// Whether the rule may have let through what that peer lets through.
fn may_narrow(rule: &Rule, peer: &Peer) -> bool {
    let Peer::Block { block } = peer else {
        return true;
    };
    let mut blocks = rule.blocks().iter();
    rule.named_group().is_some() || blocks.any(|it| it.holds(*block) || block.holds(*it))
}

/// Takes ports next to each other with the same peer together, `longest` at most: more would be a range of many ports next time.
fn join_ports(drafts: BTreeMap<Allow, Draft>, longest: usize) -> Vec<(Allow, Draft)> {
    let mut joined: Vec<(Allow, Draft)> = Vec::new();
    let mut drafts: Vec<(Allow, Draft)> = drafts.into_iter().collect();
    let order = |allow: &Allow| (allow.direction, allow.peer.clone(), allow.service);
    drafts.sort_by_cached_key(|(allow, _)| order(allow));
    for (allow, draft) in drafts {
        if let Some((last, into)) = joined.last_mut()
            && let Some(service) = next_to(last, &allow, longest)
        {
            last.service = service;
            into.instead_of.extend(draft.instead_of);
            into.reasons.extend(draft.reasons);
        } else {
            joined.push((allow, draft));
        }
    }
    joined.sort_by(|(a, _), (b, _)| a.cmp(b));
    joined
}

/// The range of both, if the second is the port right after the first.
fn next_to(before: &Allow, after: &Allow, longest: usize) -> Option<Service> {
    let (
        Service::Ports { protocol, from, to },
        Service::Ports {
            protocol: other,
            from: next,
            to: last,
        },
    ) = (before.service, after.service)
    else {
        return None;
    };
    let is_short = usize::from(last) < usize::from(from) + longest;
    let is_next = to.checked_add(1) == Some(next) && next == last && is_short;
    (is_next
        && protocol == other
        && before.direction == after.direction
        && before.peer == after.peer)
        .then_some(Service::Ports {
            protocol,
            from,
            to: last,
        })
}

/// The units of what was seen.
fn units(
    world: &World,
    group: &Group,
    tally: &Tally,
    parameters: &Parameters,
) -> BTreeMap<Class, Unit> {
    let mut classes: BTreeMap<Class, Vec<u32>> = BTreeMap::new();
    for (at, rule) in (0_u32..).zip(&group.rules) {
        if let (true, Some(allow)) = (rule.is_resolved(), &rule.allow) {
            let class = classes.entry((allow.direction, allow.service));
            class.or_default().push(at);
        }
    }
    let whole = whole_ranges(
        world,
        group,
        tally,
        &classes,
        parameters.ports_per_rule.max(1),
    );
    let mut sorting = Sorting {
        world,
        group,
        classes,
        whole,
        units: BTreeMap::new(),
    };
    for (key, seen) in &tally.seen {
        for &(interface, address) in &seen.ours {
            let interface = Some(interface);
            sorting.place(*key, Far { address, interface }, None);
        }
        for strangers in &seen.strangers {
            for host in &strangers.hosts {
                let (address, interface) = (host.first(), None);
                sorting.place(*key, Far { address, interface }, Some(*host));
            }
            if strangers.are_many {
                sorting.crowd(*key, &strangers.rules);
            }
        }
    }
    sorting.units
}

/// Classes of which many different ports were used, and how many.
fn whole_ranges(
    world: &World,
    group: &Group,
    tally: &Tally,
    classes: &BTreeMap<Class, Vec<u32>>,
    most: usize,
) -> BTreeMap<Class, usize> {
    let is_wide = |service: Service| match service {
        Service::Everything => true,
        Service::Ports { from, to, .. } => from < to,
        Service::Icmp { .. } | Service::Protocol { .. } => false,
    };
    let mut whole = BTreeMap::new();
    for ((direction, service), rules) in classes {
        if !is_wide(*service) {
            continue;
        }
        let keys = tally.seen.iter().filter(|(key, seen)| {
            key.direction == *direction
                && service.takes(key.protocol, key.port)
                && (seen
                    .strangers
                    .iter()
                    .any(|it| rules.iter().any(|rule| it.rules.contains(rule)))
                    || seen.ours.iter().any(|&(interface, address)| {
                        let interface = Some(interface);
                        let far = Far { address, interface };
                        rules
                            .iter()
                            .any(|&rule| world.is_peer(&group.rules[rule as usize], far))
                    }))
        });
        let used = keys.count();
        if used > most {
            whole.insert((*direction, *service), used);
        }
    }
    whole
}

/// Puts what was seen into units.
struct Sorting<'w> {
    world: &'w World,
    group: &'w Group,
    classes: BTreeMap<Class, Vec<u32>>,
    whole: BTreeMap<Class, usize>,
    units: BTreeMap<Class, Unit>,
}

impl Sorting<'_> {
    /// One other end of a key. What a whole range lets through needs no unit of its own.
    fn place(&mut self, key: Key, far: Far, host: Option<Block>) {
        let allows = |rule: &Rule| {
            self.world
                .allows(rule, key.direction, key.protocol, key.port, far)
        };
        let rules = (0_u32..).zip(&self.group.rules);
        let matching: Vec<(u32, Class)> = rules
            .filter(|(_, rule)| allows(rule))
            .filter_map(|(at, rule)| Some((at, class_of(rule)?)))
            .collect();
        let is_whole = |class: &Class| self.whole.contains_key(class);
        let in_whole = matching.iter().any(|(_, class)| is_whole(class));
        let chosen: Vec<(u32, Class)> = matching
            .into_iter()
            .filter(|(_, class)| is_whole(class) == in_whole)
            .collect();
        for (rule, class) in chosen {
            let unit = self.unit(key, class);
            unit.used.insert(rule);
            match (far.interface, host) {
                (Some(interface), _) => _ = unit.ours.insert((interface, far.address)),
                (None, Some(host)) => {
                    _ = unit.hosts[usize::from(host.is_ipv6())].insert(host);
                }
                (None, None) => {}
            }
        }
    }

    /// More other ends of a key than were kept: the rules that let them through stay.
    fn crowd(&mut self, key: Key, rules: &BTreeSet<u32>) {
        for &at in rules {
            let Some(class) = class_of(&self.group.rules[at as usize]) else {
                continue;
            };
            let unit = self.unit(key, class);
            unit.used.insert(at);
            unit.crowded.insert(at);
        }
    }

    fn unit(&mut self, key: Key, class: Class) -> &mut Unit {
        let ports = self.whole.get(&class).copied();
        let name = if ports.is_some() {
            class
        } else {
            (class.0, narrowed(class.1, key))
        };
        let (classes, whole) = (&self.classes, &self.whole);
        self.units.entry(name).or_insert_with(|| {
            let others = classes.iter().filter(|((direction, service), _)| {
                let other = (*direction, *service);
                if ports.is_some() {
                    other == class
                } else {
                    !whole.contains_key(&other)
                        && *direction == class.0
                        && service.takes(key.protocol, key.port)
                        && narrowed(*service, key) == name.1
                }
            });
            Unit {
                rules: others.flat_map(|(_, rules)| rules).copied().collect(),
                ports,
                ..Unit::default()
            }
        })
    }
}

fn class_of(rule: &Rule) -> Option<Class> {
    let allow = rule.allow.as_ref().filter(|_| rule.is_resolved())?;
    Some((allow.direction, allow.service))
}

/// What a rule of that service is narrowed to by a flow of that key. Types of ICMP stay as they are: no record has them.
fn narrowed(service: Service, key: Key) -> Service {
    match service {
        Service::Everything | Service::Ports { .. } => Service::of_flow(key.protocol, key.port),
        Service::Icmp { .. } | Service::Protocol { .. } => service,
    }
}
