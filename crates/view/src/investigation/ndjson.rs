//! `ndjson`: one JSON object per line, each with a `kind`: first `investigation`, then `cell`, `event`, `peer`, `port` and `finding`, with the
//! fields that they have in `json`. What kind of event it is stands in `event`.

use std::io::Write;

use flowcover_detect::investigate::{Direction, Event, EventKind, Totals, Window};
use flowcover_detect::{Coverage, Dossier, Subject};
use jiff::Timestamp;
use serde::Serialize;

use crate::detections::GENERATOR;
use crate::ndjson::{write_line, write_lines};
use crate::{Options, RenderError};

#[derive(Serialize)]
struct RunLine<'a> {
    schema: &'a str,
    generator: &'a str,
    generated_at: Option<Timestamp>,
    subject: &'a Subject,
    name: Option<&'a str>,
    around: Option<i64>,
    window: Option<Window>,
    totals: &'a Totals,
    step: i64,
    events_beyond: u64,
    peers_beyond: u64,
    ports_beyond: u64,
    remarks: &'a [String],
    coverage: &'a Coverage,
    query: &'a str,
}

#[derive(Serialize)]
struct EventLine<'a> {
    event: EventKind,
    start: i64,
    end: Option<i64>,
    message: &'a str,
    severity: Option<flowcover_core::Severity>,
    direction: Option<Direction>,
    peer: Option<flowcover_detect::Address>,
    server_port: Option<u16>,
    protocol: Option<u8>,
    detection: Option<&'a str>,
    fingerprint: Option<&'a str>,
    query: &'a str,
}

impl<'a> From<&'a Event> for EventLine<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            event: event.kind,
            start: event.start,
            end: event.end,
            message: &event.message,
            severity: event.severity,
            direction: event.direction,
            peer: event.peer,
            server_port: event.server_port,
            protocol: event.protocol,
            detection: event.detection,
            fingerprint: event.fingerprint.as_deref(),
            query: &event.query,
        }
    }
}

/// Writes line by line.
pub(super) fn write(
    dossier: &Dossier,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let run = RunLine {
        schema: dossier.schema,
        generator: GENERATOR,
        generated_at: options.generated_at,
        subject: &dossier.subject,
        name: dossier.name.as_deref(),
        around: dossier.around,
        window: dossier.window,
        totals: &dossier.totals,
        step: dossier.timeline.step,
        events_beyond: dossier.events_beyond,
        peers_beyond: dossier.peers_beyond,
        ports_beyond: dossier.ports_beyond,
        remarks: &dossier.remarks,
        coverage: &dossier.coverage,
        query: &dossier.query,
    };
    write_line("investigation", &run, out)?;
    write_lines("cell", &dossier.timeline.cells, out)?;
    for event in &dossier.events {
        write_line("event", &EventLine::from(event), out)?;
    }
    write_lines("peer", &dossier.peers, out)?;
    write_lines("port", &dossier.ports, out)?;
    write_lines("finding", &dossier.findings, out)
}
