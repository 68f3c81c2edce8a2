//! How much of each rule was used.

use std::collections::{BTreeSet, HashMap};

use crate::suggest::advice::Broader;
use crate::suggest::tally::Tally;
use crate::suggest::world::{Far, Group, World};

/// What was seen of each rule of a group.
pub(super) struct Breadths {
    by_rule: HashMap<usize, Broader>,
}

impl Breadths {
    pub(super) fn of(world: &World, group: &Group, tally: &Tally) -> Self {
        let mut by_rule = HashMap::new();
        for (at, rule) in group.rules.iter().enumerate() {
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            let mut ends = BTreeSet::new();
            let mut broader = Broader::default();
            for (key, seen) in &tally.seen {
                if !rule.takes(key.direction, key.protocol, key.port) {
                    continue;
                }
                let before = ends.len();
                ends.extend(seen.ours.iter().filter_map(|&(interface, address)| {
                    let interface = Some(interface);
                    world
                        .is_peer(rule, Far { address, interface })
                        .then_some(address)
                }));
                let mut is_used = ends.len() > before;
                for strangers in &seen.strangers {
                    let is_here = strangers.rules.contains(&place);
                    is_used |= is_here;
                    broader.more_addresses |= is_here && strangers.are_many;
                    let hosts = strangers.hosts.iter().map(|host| host.first());
                    let interface = None;
                    ends.extend(
                        hosts.filter(|&address| world.is_peer(rule, Far { address, interface })),
                    );
                }
                broader.ports_seen += usize::from(is_used);
            }
            broader.addresses_seen = ends.len();
            by_rule.insert(at, broader);
        }
        Self { by_rule }
    }

    pub(super) fn at(&self, at: usize, ports_allowed: Option<u32>) -> Broader {
        Broader {
            ports_allowed,
            ..self.by_rule.get(&at).cloned().unwrap_or_default()
        }
    }
}
