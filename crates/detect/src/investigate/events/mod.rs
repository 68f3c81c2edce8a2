//! What is worth a line in the story of a subject.

mod first;
mod life;
mod moved;
mod refused;

use std::collections::BTreeMap;

use super::dossier::{Direction, Event, EventKind, Timeline};
use super::investigation::Investigation;
use super::resolve::Resolved;
use super::sql::Sql;
use crate::address::Address;
use crate::finding::Finding;
use crate::world::World;

/// Findings that are told.
const FINDINGS: usize = 200;

/// What events are found in.
pub(crate) struct Material<'a> {
    pub(crate) investigation: &'a Investigation,
    pub(crate) resolved: &'a Resolved<'a>,
    pub(crate) cells: &'a Timeline,
    /// Refused flows by direction and beginning of a cell.
    pub(crate) refused: &'a BTreeMap<(Direction, i64), u64>,
    pub(crate) findings: &'a [Finding],
    pub(crate) is_own: &'a dyn Fn(Address) -> bool,
    pub(crate) world: &'a World,
    pub(crate) sql: &'a Sql<'a>,
}

/// All events in order of time, and how many more there were.
pub(crate) fn all(material: &Material<'_>) -> (Vec<Event>, u64) {
    let mut events = Vec::new();
    let mut beyond = 0;
    life::signs(material, &mut events);
    life::silences(material, &mut events);
    refused::bursts(material, &mut events);
    first::admin_ports(material, &mut events);
    beyond += first::contacts(material, &mut events);
    beyond += moved::transfers(material, &mut events);
    beyond += findings(material, &mut events);
    let order = |event: &Event| {
        (
            event.start,
            event.kind,
            event.peer,
            event.server_port,
            event.direction,
            event.message.clone(),
        )
    };
    events.sort_by_cached_key(order);
    (events, beyond as u64)
}

fn event(kind: EventKind, start: i64, message: String, query: String) -> Event {
    Event {
        start,
        end: None,
        kind,
        message,
        severity: None,
        direction: None,
        peer: None,
        server_port: None,
        protocol: None,
        detection: None,
        fingerprint: None,
        query,
    }
}

/// What detections found, the gravest first where there are too many.
fn findings(material: &Material<'_>, events: &mut Vec<Event>) -> usize {
    for finding in material.findings.iter().take(FINDINGS) {
        let is_own = |end: Option<Address>| end.is_some_and(material.is_own);
        let (is_client, is_server) = (is_own(finding.client), is_own(finding.server));
        let (direction, peer) = match (is_client, is_server) {
            (true, true) => (Some(Direction::Within), finding.server),
            (true, false) => (Some(Direction::Out), finding.server),
            (false, true) => (Some(Direction::In), finding.client),
            (false, false) => (None, None),
        };
        events.push(Event {
            end: Some(finding.last_seen),
            severity: Some(finding.severity),
            direction,
            peer,
            server_port: finding.server_port,
            protocol: finding.protocol,
            detection: Some(finding.detection),
            fingerprint: Some(finding.fingerprint.clone()),
            ..event(
                EventKind::Finding,
                finding.first_seen,
                finding.message.clone(),
                finding.query.clone(),
            )
        });
    }
    material.findings.len().saturating_sub(FINDINGS)
}
