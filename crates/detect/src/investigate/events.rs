//! What is worth a line in the story of a subject.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::contact::{Transfer, Use};
use super::dossier::{Direction, Event, EventKind, Timeline};
use super::finish::{Between, Resolved};
use super::investigation::Investigation;
use super::sql::Sql;
use crate::address::Address;
use crate::baseline::ADMIN_PORTS;
use crate::finding::Finding;
use crate::keyed::State as _;
use crate::query::Narrow;
use crate::world::World;

/// First contacts in one direction that are told.
const CONTACTS: usize = 30;
/// Large transfers that are told.
const TRANSFERS: usize = 20;
/// Findings that are told.
const FINDINGS: usize = 200;
/// Silences that are told.
const SILENCES: usize = 5;
/// Refused flows in cells next to each other from which on they are a burst.
const BURST: u64 = 20;
/// Refused flows in each of these cells: fewer are the internet's usual noise.
const MANY: u64 = 5;
/// Seconds that a silence lasts at least.
const SILENCE: i64 = 3_600;
/// A silence takes at least such a part of the whole time.
const PART: i64 = 20;

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
    signs(material, &mut events);
    silences(material, &mut events);
    bursts(material, &mut events);
    admin_ports(material, &mut events);
    beyond += contacts(material, &mut events);
    beyond += transfers(material, &mut events);
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

/// The first and the last sign of life.
fn signs(material: &Material<'_>, events: &mut Vec<Event>) {
    let contacts = material.resolved.contacts.iter();
    let known = contacts
        .map(Between::spoke)
        .fold(None, super::contact::wider);
    let alive = || material.cells.cells.iter().filter(|cell| cell.alive);
    let (Some(first), Some(last)) = (alive().next(), alive().next_back()) else {
        return;
    };
    let step = material.cells.step;
    let (begin, end) = known.unwrap_or((first.start, last.start));
    // Peers may have been dropped, cells never are: then the cell is all that is known.
    let begin = begin.min(first.start.saturating_add(step - 1));
    let end = end.max(last.start);
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
fn silences(material: &Material<'_>, events: &mut Vec<Event>) {
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

/// The first burst of refused flows in each direction, and the heaviest.
fn bursts(material: &Material<'_>, events: &mut Vec<Event>) {
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

/// The first attempt at each port for administration, and the first that was answered.
fn admin_ports(material: &Material<'_>, events: &mut Vec<Event>) {
    for ((direction, port, protocol), there) in &material.resolved.ports {
        if !ADMIN_PORTS.contains(port) {
            continue;
        }
        let mut told = vec![there.first];
        if there.first_answered != there.first {
            told.push(there.first_answered);
        }
        for (start, client, server) in told.into_iter().flatten() {
            let is_answered = there.first_answered == Some((start, client, server));
            let narrow = Narrow {
                client: Some(client),
                server: Some(server),
                server_port: Some(*port),
                protocol: Some(*protocol),
            };
            let outcome = outcome(there, is_answered);
            let (peer, message) = match direction {
                Direction::Out => (
                    server,
                    format!("knocked at port {port} of {server} for the first time, {outcome}"),
                ),
                Direction::In => (
                    client,
                    format!("{client} knocked at port {port} for the first time, {outcome}"),
                ),
                Direction::Within => (
                    server,
                    format!(
                        "{client} knocked at port {port} of {server} for the first time, {outcome}"
                    ),
                ),
            };
            events.push(Event {
                direction: Some(*direction),
                peer: Some(peer),
                server_port: Some(*port),
                protocol: Some(*protocol),
                ..event(
                    EventKind::AdminPort,
                    start,
                    message,
                    material.sql.flows(&narrow, start, start),
                )
            });
        }
    }
}

fn outcome(there: &Use, is_answered: bool) -> &'static str {
    match (is_answered, there.sums.answered) {
        (true, _) => "and was answered",
        (false, 0) => "and never got an answer",
        (false, _) => "without an answer",
    }
}

/// The first answered flow with peers outside, of those with most flows and bytes.
fn contacts(material: &Material<'_>, events: &mut Vec<Event>) -> usize {
    let mut beyond = 0;
    for direction in [Direction::Out, Direction::In] {
        let contacts = material.resolved.contacts.iter();
        let mut outside: Vec<(&Between<'_>, i64)> = contacts
            .filter(|between| between.direction == direction)
            .filter(|between| between.is_outside(material.world))
            .filter_map(|between| Some((between, between.contact.sums.first_answered?)))
            .collect();
        outside.sort_by_key(|(between, _)| {
            let ends = (between.client, between.server);
            (Reverse(between.contact.weight()), ends)
        });
        beyond += outside.len().saturating_sub(CONTACTS);
        for (between, start) in outside.into_iter().take(CONTACTS) {
            let peer = between.peer();
            let message = match direction {
                Direction::In => format!("answered {peer}, which is outside, for the first time"),
                _ => format!("reached {peer}, which is outside, for the first time"),
            };
            let narrow = Narrow {
                client: Some(between.client),
                server: Some(between.server),
                ..Narrow::default()
            };
            let only = match between.contact.ports.as_slice() {
                [one] if between.contact.port_count.count() == 1 => Some(*one),
                _ => None,
            };
            events.push(Event {
                direction: Some(direction),
                peer: Some(peer),
                server_port: only.map(|(port, _)| port),
                protocol: only.map(|(_, protocol)| protocol),
                ..event(
                    EventKind::FirstContact,
                    start,
                    message,
                    material.sql.flows(&narrow, start, start),
                )
            });
        }
    }
    beyond
}

/// Flows that moved much.
fn transfers(material: &Material<'_>, events: &mut Vec<Event>) -> usize {
    let all = || material.investigation.largest.iter();
    for (bytes, transfer) in all().take(TRANSFERS) {
        events.push(moved(*bytes, transfer, material));
    }
    all().count().saturating_sub(TRANSFERS)
}

fn moved(bytes: u64, transfer: &Transfer, material: &Material<'_>) -> Event {
    let Transfer {
        client,
        server,
        to_server,
        ..
    } = *transfer;
    let megabytes = bytes / 1_000_000;
    let (from, to) = if to_server {
        (client, server)
    } else {
        (server, client)
    };
    let is_sent = (material.is_own)(from);
    let (peer, message) = match (is_sent, (material.is_own)(to)) {
        (true, true) => (
            to,
            format!("{from} sent {megabytes} MB to {to} in one flow"),
        ),
        (true, false) => (to, format!("sent {megabytes} MB to {to} in one flow")),
        _ => (from, format!("got {megabytes} MB from {from} in one flow")),
    };
    let direction = match ((material.is_own)(client), (material.is_own)(server)) {
        (true, true) => Direction::Within,
        (false, true) => Direction::In,
        _ => Direction::Out,
    };
    let narrow = Narrow {
        client: Some(client),
        server: Some(server),
        server_port: Some(transfer.server_port),
        protocol: Some(transfer.protocol),
    };
    Event {
        end: Some(transfer.end),
        direction: Some(direction),
        peer: Some(peer),
        server_port: Some(transfer.server_port),
        protocol: Some(transfer.protocol),
        ..event(
            EventKind::LargeTransfer,
            transfer.start,
            message,
            material.sql.flows(&narrow, transfer.start, transfer.start),
        )
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
