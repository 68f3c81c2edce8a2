//! Takes flows in, one by one, and says what follows.

mod breadth;
mod warn;

use std::collections::BTreeSet;

use super::advice::{GroupAdvice, RuleAdvice, Standing, Status, Suggestion, Withheld};
use super::tally::{Key, Room, Tally};
use super::warnings::Noted;
use super::world::{Far, Group, Side, World};
use super::{AcceptedFlow, Diff, Parameters, propose};
use crate::inventory::Inventory;
use breadth::Breadths;

/// Collects what the rules of security groups let through. What it holds is bounded by [`Parameters`] and the inventory.
#[derive(Debug)]
pub struct Collector {
    world: World,
    parameters: Parameters,
    /// One for each group.
    tallies: Vec<Tally>,
    kept: usize,
    flows: u64,
    rejected: u64,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    not_explained: Noted,
    unknown: Noted,
    ambiguous: Noted,
    public: Noted,
}

impl Collector {
    /// For the security groups of an inventory.
    #[must_use]
    pub fn new(inventory: &Inventory, parameters: Parameters) -> Self {
        let world = World::of(inventory);
        let tallies = world.groups.iter().map(|it| Tally::new(it.rules.len()));
        Self {
            tallies: tallies.collect(),
            world,
            parameters,
            kept: 0,
            flows: 0,
            rejected: 0,
            first_seen: None,
            last_seen: None,
            not_explained: Noted::default(),
            unknown: Noted::default(),
            ambiguous: Noted::default(),
            public: Noted::default(),
        }
    }

    /// Notes that so many rejected flows were met: they need no rule, but tell that the flow logs capture REJECT.
    pub fn rejected(&mut self, flows: u64) {
        self.rejected = self.rejected.saturating_add(flows);
    }

    /// Takes in accepted flows.
    pub fn add(&mut self, flow: &AcceptedFlow<'_>) {
        self.flows = self.flows.saturating_add(flow.flows);
        let first = self
            .first_seen
            .map_or(flow.first_seen, |it| it.min(flow.first_seen));
        let last = self
            .last_seen
            .map_or(flow.last_seen, |it| it.max(flow.last_seen));
        (self.first_seen, self.last_seen) = (Some(first), Some(last));
        self.note_ends(flow);
        for side in self.world.sides(flow).into_iter().flatten() {
            self.add_side(flow, side);
        }
    }

    fn note_ends(&mut self, flow: &AcceptedFlow<'_>) {
        for (interface_id, address) in [
            (flow.client_interface_id, flow.client),
            (flow.server_interface_id, flow.server),
        ] {
            let is_named = self
                .world
                .named(interface_id, address, flow.seen_by)
                .is_some();
            match interface_id {
                Some(id) if !is_named => self.unknown.add(flow, Some(id)),
                None if !is_named && self.world.is_ambiguous(address) => {
                    self.ambiguous.add(flow, None);
                }
                _ => {}
            }
        }
        let unknown = flow.seen_by.iter().find(|id| !self.world.knows(id));
        if let Some(id) = unknown {
            self.unknown.add(flow, Some(id));
        }
    }

    fn add_side(&mut self, flow: &AcceptedFlow<'_>, side: Side) {
        let interface = self.world.interface(side.holder);
        if interface.groups.is_empty() {
            return;
        }
        let key = Key::new(side.direction, flow.protocol, flow.server_port);
        let matching: Vec<(u32, Vec<u32>)> = interface
            .groups
            .iter()
            .map(|&group| (group, self.world.matching(group, &side, flow)))
            .filter(|(_, rules)| !rules.is_empty())
            .collect();
        if matching.is_empty() {
            self.add_unmatched(flow, side);
            return;
        }
        if side.far.interface.is_none()
            && let Some(public) = self.world.interface_of_public(side.far.address)
        {
            self.public.add(flow, Some(&public.interface_id));
        }
        let is_sole = matching.iter().map(|(_, rules)| rules.len()).sum::<usize>() == 1;
        let is_ours = !self.world.groups_of(side.far).is_empty();
        for (group, rules) in matching {
            self.see(group, &rules, key, side.far, is_ours, (flow, is_sole));
        }
    }

    fn see(
        &mut self,
        group: u32,
        rules: &[u32],
        key: Key,
        far: Far,
        is_ours: bool,
        (flow, is_sole): (&AcceptedFlow<'_>, bool),
    ) {
        let tally = &mut self.tallies[group as usize];
        tally.is_used = true;
        for &rule in rules {
            tally.usage[rule as usize].add(flow, is_sole);
        }
        let room = Room {
            addresses_per_port: self.parameters.addresses_per_port,
            keys_per_group: self.parameters.keys_per_group,
        };
        let more = tally.see(key, far, is_ours, rules, room);
        self.kept = self.kept.saturating_add_signed(more);
        if self.kept > self.parameters.keys && !tally.is_full {
            let more = tally.fill(tally.kept());
            self.kept = self.kept.saturating_add_signed(more);
        }
    }

    /// No rule that can be judged let it through: one that cannot may have, or today's rules do not explain it.
    fn add_unmatched(&mut self, flow: &AcceptedFlow<'_>, side: Side) {
        let interface = self.world.interface(side.holder);
        let mut is_explained = false;
        for &place in &interface.groups {
            let tally = &mut self.tallies[place as usize];
            for (at, rule) in self.world.group(place).rules.iter().enumerate() {
                let takes = rule.takes(side.direction, flow.protocol, flow.server_port);
                if !rule.is_resolved() && takes {
                    tally.usage[at].add(flow, false);
                    tally.is_used = true;
                    is_explained = true;
                }
            }
        }
        if !is_explained && side.is_certain {
            self.not_explained.add(flow, Some(&interface.interface_id));
        }
    }

    /// What follows from all that was taken in.
    #[must_use]
    pub fn finish(self) -> Suggestion {
        let attached = self.world.attached();
        let mut groups: Vec<GroupAdvice> = (0_u32..)
            .zip(&self.world.groups)
            .map(|(place, group)| self.advise(place, group, attached.contains(&place)))
            .collect();
        groups.sort_by(|a, b| {
            (&a.account_id, &a.region, &a.group_id).cmp(&(&b.account_id, &b.region, &b.group_id))
        });
        let warnings = self.warnings(&groups);
        Suggestion {
            parameters: self.parameters,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            flows: self.flows,
            rejected: self.rejected,
            groups,
            warnings,
        }
    }

    fn withheld(&self, group: &Group, tally: &Tally, is_attached: bool) -> Option<Withheld> {
        if self.flows == 0 {
            return Some(Withheld::NothingAccepted);
        }
        if !group.has_all_rules {
            return Some(Withheld::RulesNotRead);
        }
        if !group.has_all_members {
            return Some(Withheld::MembersNotRead);
        }
        if !is_attached {
            return Some(Withheld::NotAttached);
        }
        let bare = self.not_recorded(group);
        if !bare.is_empty() && !self.parameters.despite_unrecorded {
            let interface_ids = bare;
            return Some(Withheld::NotRecorded { interface_ids });
        }
        if tally.is_full {
            return Some(Withheld::TooMany);
        }
        (!tally.is_used).then_some(Withheld::NotSeen)
    }

    fn not_recorded(&self, group: &Group) -> Vec<String> {
        let members = group.members.iter().map(|&it| self.world.interface(it));
        let bare = members.filter(|it| it.is_recorded == Some(false));
        let mut ids: Vec<String> = bare.map(|it| it.interface_id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    fn advise(&self, place: u32, group: &Group, is_attached: bool) -> GroupAdvice {
        let tally = &self.tallies[place as usize];
        let withheld = self.withheld(group, tally, is_attached);
        let proposal = match withheld {
            None => propose::propose(&self.world, place, tally, &self.parameters),
            Some(_) => Vec::new(),
        };
        let is_proposed = withheld.is_none();
        let proposed: BTreeSet<_> = proposal.iter().map(|it| &it.allow).collect();
        let breadths = Breadths::of(&self.world, group, tally);
        let mut stays = BTreeSet::new();
        let mut rules = Vec::with_capacity(group.rules.len());
        for (at, rule) in group.rules.iter().enumerate() {
            let usage = tally.usage[at];
            let standing = if !rule.is_resolved() {
                stays.insert(at);
                Standing::NotJudged
            } else if usage.flows == 0 && usage.first_seen.is_none() {
                Standing::Unused
            } else if !is_proposed {
                Standing::Used
            } else if proposed.contains(&rule.allow) {
                Standing::Fits
            } else {
                Standing::Broader {
                    broader: breadths.at(at, rule.allow.as_ref().and_then(|it| it.service.ports())),
                }
            };
            rules.push(RuleAdvice {
                rule_id: rule.rule_id.clone(),
                description: rule.description.clone(),
                allow: rule.allow.clone(),
                usage,
                standing,
            });
        }
        let diff = if is_proposed {
            Diff::of(&rules, &proposal, &stays)
        } else {
            Diff::default()
        };
        let status = match withheld {
            Some(why) => Status::Withheld { why },
            None if diff.is_empty() => Status::Fits,
            None => Status::Change,
        };
        GroupAdvice {
            group_id: group.group_id.clone(),
            name: group.name.clone(),
            vpc_id: group.vpc_id.clone(),
            account_id: group.account_id.clone(),
            region: group.region.clone(),
            interfaces: group.members.len(),
            status,
            rules,
            proposal,
            diff,
        }
    }
}
