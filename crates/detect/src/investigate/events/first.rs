//! What happened for the first time: attempts at ports for administration, and contacts with somebody outside.

use std::cmp::Reverse;

use super::super::contact::Use;
use super::super::dossier::{Direction, Event, EventKind};
use super::super::resolve::Between;
use super::{Material, event};
use crate::baseline::ADMIN_PORTS;
use crate::keyed::State as _;
use crate::query::Narrow;

/// First contacts in one direction that are told.
const CONTACTS: usize = 30;

/// The first attempt at each port for administration, and the first that was answered.
pub(super) fn admin_ports(material: &Material<'_>, events: &mut Vec<Event>) {
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
pub(super) fn contacts(material: &Material<'_>, events: &mut Vec<Event>) -> usize {
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
