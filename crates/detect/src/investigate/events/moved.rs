//! Flows that moved much.

use super::super::contact::Transfer;
use super::super::dossier::{Direction, Event, EventKind};
use super::{Material, event};
use crate::query::Narrow;

/// Large transfers that are told.
const TRANSFERS: usize = 20;

/// The flows with most bytes one way.
pub(super) fn transfers(material: &Material<'_>, events: &mut Vec<Event>) -> usize {
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
