//! `csv`: rows of kind `event`, `peer`, `port` and `cell`; the column `kind` tells them apart.
//!
//! Columns are only ever added, at the end. A cell that a spreadsheet would run as a formula has a `'` before it.

use std::io::Write;

use ::csv::Writer;
use flowcover_detect::Dossier;
use flowcover_detect::investigate::{Cell, Event, Peer, Port};

use crate::RenderError;
use crate::csv::Row;
use crate::detections::words::rfc3339_or_seconds;

/// Names of the columns, in order.
const COLUMNS: [&str; 20] = [
    "kind",
    "event",
    "start_at",
    "end_at",
    "message",
    "severity",
    "detection",
    "direction",
    "own",
    "peer",
    "peer_name",
    "inside",
    "server_port",
    "protocol",
    "flows",
    "refused",
    "bytes_out",
    "bytes_in",
    "fingerprint",
    "query",
];

/// Writes all rows under one header row.
pub(super) fn write(dossier: &Dossier, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut rows = Writer::from_writer(out);
    rows.write_record(COLUMNS)?;
    for event in &dossier.events {
        event_row(event).write(&mut rows)?;
    }
    for peer in &dossier.peers {
        peer_row(peer).write(&mut rows)?;
    }
    for port in &dossier.ports {
        port_row(port).write(&mut rows)?;
    }
    for cell in &dossier.timeline.cells {
        cell_row(cell, dossier.timeline.step).write(&mut rows)?;
    }
    Ok(rows.flush()?)
}

fn new_row<'a>(kind: &'a str, start: i64, end: Option<i64>) -> Row<'a> {
    let mut row = Row::new(&COLUMNS);
    row.set("kind", kind);
    row.set("start_at", rfc3339_or_seconds(start));
    row.set_if("end_at", end.map(rfc3339_or_seconds));
    row
}

fn set_sums(row: &mut Row<'_>, flows: u64, refused: u64, bytes_out: u64, bytes_in: u64) {
    row.set("flows", flows.to_string());
    row.set("refused", refused.to_string());
    row.set("bytes_out", bytes_out.to_string());
    row.set("bytes_in", bytes_in.to_string());
}

fn one_line(query: &str) -> String {
    query.lines().collect::<Vec<&str>>().join(" ")
}

fn event_row(event: &Event) -> Row<'_> {
    let mut row = new_row("event", event.start, event.end);
    row.set("event", event.kind.as_str());
    row.set("message", event.message.as_str());
    row.set_if("severity", event.severity.map(|severity| severity.as_str()));
    row.set_if("detection", event.detection);
    row.set_if(
        "direction",
        event.direction.map(|direction| direction.as_str()),
    );
    row.set_if("peer", event.peer.map(|peer| peer.to_string()));
    row.set_if(
        "server_port",
        event.server_port.map(|port| port.to_string()),
    );
    row.set_if("protocol", event.protocol.map(|number| number.to_string()));
    row.set_if("fingerprint", event.fingerprint.as_deref());
    row.set("query", one_line(&event.query));
    row
}

fn peer_row(peer: &Peer) -> Row<'_> {
    let mut row = new_row("peer", peer.first_seen, Some(peer.last_seen));
    row.set("direction", peer.direction.as_str());
    row.set("own", peer.own.to_string());
    row.set("peer", peer.peer.to_string());
    row.set_if("peer_name", peer.peer_name.as_deref());
    row.set("inside", crate::words::boolean(peer.inside));
    set_sums(
        &mut row,
        peer.flows,
        peer.refused,
        peer.bytes_out,
        peer.bytes_in,
    );
    row.set("query", one_line(&peer.query));
    row
}

fn port_row(port: &Port) -> Row<'_> {
    let mut row = new_row("port", port.first_seen, Some(port.last_seen));
    row.set("direction", port.direction.as_str());
    row.set("server_port", port.server_port.to_string());
    row.set("protocol", port.protocol.to_string());
    set_sums(
        &mut row,
        port.flows,
        port.refused,
        port.bytes_out,
        port.bytes_in,
    );
    row.set("query", one_line(&port.query));
    row
}

fn cell_row(cell: &Cell, step: i64) -> Row<'_> {
    let mut row = new_row("cell", cell.start, Some(cell.start.saturating_add(step)));
    set_sums(
        &mut row,
        cell.flows,
        cell.refused,
        cell.bytes_out,
        cell.bytes_in,
    );
    row
}
