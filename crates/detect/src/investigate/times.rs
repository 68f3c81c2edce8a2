//! When a subject did how much: its time line, and its totals, which are counted by time since cells are never dropped.

use std::collections::{BTreeMap, BTreeSet};

use super::dossier::{Cell, Direction, Timeline, Totals};
use super::inquiry::Role;
use super::investigation::Investigation;
use super::resolve::{Between, Resolved, direction, out_and_in};
use super::slots::{Amounts, Slots, step_for};
use crate::address::Address;
use crate::coverage::Coverage;
use crate::world::World;

/// Cells of a time line.
const CELLS: i64 = 200;

impl Investigation {
    /// All that was counted by time, each with the direction of its flows.
    fn times<'a>(
        &'a self,
        own: &'a BTreeSet<Address>,
    ) -> impl Iterator<Item = (Direction, &'a Slots)> + 'a {
        let known = [Direction::Out, Direction::In, Direction::Within];
        let open = self.open_times.iter();
        let open = open.map(|(server, slots)| (direction(Role::Open(*server), own), slots));
        known.into_iter().zip(&self.times).chain(open)
    }

    /// From the subject's first flow to its last, of those that do not lie far from most flows of all: a damaged record says 1970, or 2262.
    pub(crate) fn span(&self, coverage: &Coverage) -> Option<(i64, i64)> {
        let (from, to) = (coverage.from?, coverage.to?);
        // If nothing of it is where most flows are, all that it did is far from them.
        self.spread
            .within(from, to)
            .or_else(|| self.spread.within(i64::MIN, i64::MAX))
    }

    /// The time line, still without its query.
    pub(crate) fn timeline(&self, own: &BTreeSet<Address>, span: Option<(i64, i64)>) -> Timeline {
        let Some((first, last)) = span else {
            return Timeline {
                step: 60,
                ..Timeline::default()
            };
        };
        let least = self.times(own).map(|(_, slots)| slots.step()).max();
        let step = step_for(first, last, CELLS, least.unwrap_or(60));
        let (begin, end) = (first.div_euclid(step), last.div_euclid(step));
        let mut cells: Vec<Cell> = (begin..=end)
            .map(|number| Cell {
                start: number.saturating_mul(step),
                ..Cell::default()
            })
            .collect();
        for (direction, slots) in self.times(own) {
            for (number, amounts) in slots.at(step) {
                let place = usize::try_from(number.saturating_sub(begin)).ok();
                if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
                    add(cell, direction, &amounts);
                }
            }
        }
        Timeline {
            step,
            cells,
            query: String::new(),
        }
    }

    /// Refused flows by direction and beginning of a cell.
    pub(crate) fn refused(
        &self,
        step: i64,
        own: &BTreeSet<Address>,
    ) -> BTreeMap<(Direction, i64), u64> {
        let mut refused = BTreeMap::<_, u64>::new();
        for (direction, slots) in self.times(own) {
            for (number, amounts) in slots.at(step) {
                if amounts.refused > 0 {
                    let key = (direction, number.saturating_mul(step));
                    let sum = refused.entry(key).or_default();
                    *sum = sum.saturating_add(amounts.refused);
                }
            }
        }
        refused
    }

    /// Sums over all flows.
    pub(crate) fn totals(
        &self,
        resolved: &Resolved<'_>,
        own: &BTreeSet<Address>,
        world: &World,
        span: Option<(i64, i64)>,
    ) -> Totals {
        let mut totals = Totals {
            first_seen: span.map(|(first, _)| first),
            last_seen: span.map(|(_, last)| last),
            ..Totals::default()
        };
        // Cells are never dropped, peers may be.
        for (direction, slots) in self.times(own) {
            let mut sum = Amounts::default();
            slots
                .at(slots.step())
                .values()
                .for_each(|cell| sum.add(cell));
            let (bytes_out, bytes_in) = out_and_in(direction, sum.to_server, sum.to_client);
            totals.flows = totals.flows.saturating_add(sum.flows);
            totals.bytes_out = totals.bytes_out.saturating_add(bytes_out);
            totals.bytes_in = totals.bytes_in.saturating_add(bytes_in);
            let (flows, refused) = match direction {
                Direction::In => (&mut totals.flows_in, &mut totals.refused_in),
                Direction::Out | Direction::Within => {
                    (&mut totals.flows_out, &mut totals.refused_out)
                }
            };
            *flows = flows.saturating_add(sum.flows);
            *refused = refused.saturating_add(sum.refused);
        }
        let others = || {
            let contacts = resolved.contacts.iter();
            contacts.filter(|between| between.direction != Direction::Within)
        };
        let different = |of: &mut dyn Iterator<Item = &Between<'_>>| {
            of.map(Between::peer).collect::<BTreeSet<_>>().len() as u64
        };
        totals.peers = different(&mut others());
        totals.peers_outside = different(&mut others().filter(|between| between.is_outside(world)));
        totals
    }
}

fn add(cell: &mut Cell, direction: Direction, amounts: &Amounts) {
    let (bytes_out, bytes_in) = out_and_in(direction, amounts.to_server, amounts.to_client);
    cell.flows = cell.flows.saturating_add(amounts.flows);
    cell.refused = cell.refused.saturating_add(amounts.refused);
    cell.bytes_out = cell.bytes_out.saturating_add(bytes_out);
    cell.bytes_in = cell.bytes_in.saturating_add(bytes_in);
    cell.alive |= match direction {
        Direction::Out => amounts.client_spoke,
        Direction::In => amounts.server_spoke,
        Direction::Within => amounts.client_spoke || amounts.server_spoke,
    };
}
