//! Signs of life, and silence between them.

use std::cmp::Reverse;

use super::super::contact::wider;
use super::super::dossier::{Event, EventKind};
use super::super::resolve::Between;
use super::{Material, event};

/// Silences that are told.
const SILENCES: usize = 5;
/// Seconds that a silence lasts at least.
const SILENCE: i64 = 3_600;
/// A silence takes at least such a part of the whole time.
const PART: i64 = 20;

/// The first and the last sign of life.
pub(super) fn signs(material: &Material<'_>, events: &mut Vec<Event>) {
    let contacts = material.resolved.contacts.iter();
    let known = contacts.map(Between::spoke).fold(None, wider);
    let alive = || material.cells.cells.iter().filter(|cell| cell.alive);
    let (Some(first), Some(last)) = (alive().next(), alive().next_back()) else {
        return;
    };
    let step = material.cells.step;
    let (begin, end) = known.unwrap_or((first.start, last.start));
    // Peers may have been dropped, cells never are: then the cell is all that is known. Likewise where a peer's first or last flow is far from
    // all others.
    let upto = |start: i64| start.saturating_add(step - 1);
    let begin = begin.clamp(first.start, upto(first.start));
    let end = end.clamp(last.start, upto(last.start));
    let query = |moment: i64| {
        let (from, to) = (moment.saturating_sub(step), moment.saturating_add(step));
        material.sql.between(from, to)
    };
    let message = "sent something for the first time in these records";
    events.push(event(
        EventKind::FirstSign,
        begin,
        message.to_owned(),
        query(begin),
    ));
    let message = "sent something for the last time in these records";
    events.push(event(
        EventKind::LastSign,
        end,
        message.to_owned(),
        query(end),
    ));
}

/// The longest spans between two signs of life.
pub(super) fn silences(material: &Material<'_>, events: &mut Vec<Event>) {
    let (cells, step) = (&material.cells.cells, material.cells.step);
    let whole = step.saturating_mul(cells.len() as i64);
    let least = SILENCE.max(whole / PART);
    let mut silences = Vec::new();
    let mut before: Option<i64> = None;
    for cell in cells.iter().filter(|cell| cell.alive) {
        if let Some(before) = before {
            let lasts = cell.start.saturating_sub(before);
            if lasts >= least {
                silences.push((Reverse(lasts), before, cell.start));
            }
        }
        before = Some(cell.start.saturating_add(step));
    }
    silences.sort_unstable();
    for (_, start, end) in silences.into_iter().take(SILENCES) {
        let message = "sent nothing: it was silent, or was not recorded".to_owned();
        let query = material.sql.between(start, end);
        events.push(Event {
            end: Some(end),
            ..event(EventKind::Silence, start, message, query)
        });
    }
}
