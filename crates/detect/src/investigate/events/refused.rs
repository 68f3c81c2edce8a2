//! Bursts of refused flows.

use std::cmp::Reverse;

use super::super::dossier::{Direction, Event, EventKind};
use super::{Material, event};

/// Refused flows in cells next to each other from which on they are a burst.
const BURST: u64 = 20;
/// Refused flows in each of these cells: fewer are the internet's usual noise.
const MANY: u64 = 5;

/// The first burst of refused flows in each direction, and the heaviest.
pub(super) fn bursts(material: &Material<'_>, events: &mut Vec<Event>) {
    for direction in [Direction::Out, Direction::In, Direction::Within] {
        let bursts = runs(material, direction);
        let heaviest = bursts
            .iter()
            .max_by_key(|(start, _, refused)| (*refused, Reverse(*start)));
        let mut told: Vec<&(i64, i64, u64)> = bursts.first().into_iter().chain(heaviest).collect();
        told.dedup();
        for &(start, end, refused) in told {
            let whose = match direction {
                Direction::Out => "flows that it opened were refused",
                Direction::In => "flows of others to it were refused",
                Direction::Within => "flows within it were refused",
            };
            events.push(Event {
                end: Some(end),
                direction: Some(direction),
                ..event(
                    EventKind::RefusalBurst,
                    start,
                    format!("{refused} {whose}"),
                    material.sql.refused(direction, start, end),
                )
            });
        }
    }
}

/// Runs of cells with many refused flows: from when to when, and how many.
fn runs(material: &Material<'_>, direction: Direction) -> Vec<(i64, i64, u64)> {
    let step = material.cells.step;
    let mut runs: Vec<(i64, i64, u64)> = Vec::new();
    for (&(of, start), &refused) in material.refused {
        if of != direction || refused < MANY {
            continue;
        }
        let end = start.saturating_add(step);
        match runs.last_mut() {
            Some(run) if run.1 == start => {
                run.1 = end;
                run.2 = run.2.saturating_add(refused);
            }
            _ => runs.push((start, end, refused)),
        }
    }
    runs.retain(|(_, _, refused)| *refused >= BURST);
    runs
}
