//! `markdown`: for an issue, a ticket or a wiki page.

use std::io::Write;

use flowcover_detect::Dossier;

use super::words;
use crate::detections::GENERATOR;
use crate::detections::words::{minute, when};
use crate::markdown::{cell, write_left_out};
use crate::words::grouped;
use crate::{Options, RenderError};

/// Rows of one table, unless everything is asked for.
const ROWS: usize = 25;

/// Writes it under one second-level heading, so that it fits into a page of others.
pub(super) fn write(
    dossier: &Dossier,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let limit = if options.verbose { usize::MAX } else { ROWS };
    let subject = words::subject(dossier);
    writeln!(out, "## Investigation: {}\n", cell(&subject))?;
    writeln!(out, "| | |\n| --- | --- |")?;
    for (label, text) in words::facts(dossier) {
        writeln!(out, "| {label} | {} |", cell(&text))?;
    }
    for remark in &dossier.remarks {
        writeln!(out, "| note | {} |", cell(remark))?;
    }
    write_events(dossier, limit, out)?;
    write_peers(dossier, limit, out)?;
    write_refused(dossier, limit, out)?;
    write_ports(dossier, limit, out)?;
    writeln!(out, "\n### Covered\n\n| | |\n| --- | --- |")?;
    for line in crate::detections::coverage::seen(&dossier.coverage) {
        let bold = if line.is_gap { "**" } else { "" };
        writeln!(out, "| {bold}{}{bold} | {} |", line.label, cell(&line.text))?;
    }
    let time = options.generated_at;
    let time = time.map_or_else(String::new, |time| format!(", {time}"));
    Ok(writeln!(out, "\n<sub>{}{time}</sub>", cell(GENERATOR))?)
}

fn write_events(dossier: &Dossier, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(
        out,
        "\n### Events\n\n| when (UTC) | what | severity | what happened |\n| --- | --- | --- | --- |"
    )?;
    for event in dossier.events.iter().take(limit) {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            cell(&minute(event.start)),
            cell(&words::kind(event)),
            event.severity.map_or("–", |severity| severity.as_str()),
            cell(&words::event(event))
        )?;
    }
    write_left_out(dossier.events.len(), limit, out)
}

fn write_peers(dossier: &Dossier, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(
        out,
        "\n### Peers\n\n| peer | where | ports | flows | refused | sent | received | when (UTC) |\n\
         | --- | --- | --- | ---: | ---: | ---: | ---: | --- |"
    )?;
    for peer in dossier.peers.iter().take(limit) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            cell(&words::peer(peer, dossier)),
            words::place(peer),
            cell(&words::ports(peer)),
            grouped(peer.flows),
            grouped(peer.refused),
            words::size(peer.bytes_out),
            words::size(peer.bytes_in),
            cell(&when(peer.first_seen, peer.last_seen))
        )?;
    }
    write_left_out(dossier.peers.len(), limit, out)
}

fn write_refused(dossier: &Dossier, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    let refused = words::refused(dossier);
    writeln!(
        out,
        "\n### Refused\n\n| peer | refused | ports | when (UTC) |\n| --- | --- | --- | --- |"
    )?;
    for peer in refused.iter().take(limit) {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            cell(&words::peer(peer, dossier)),
            words::refusals(peer),
            cell(&words::ports(peer)),
            cell(&when(peer.first_seen, peer.last_seen))
        )?;
    }
    write_left_out(refused.len(), limit, out)
}

fn write_ports(dossier: &Dossier, limit: usize, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(
        out,
        "\n### Ports\n\n| port | opened | peers | flows | refused | sent | received |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    )?;
    for port in dossier.ports.iter().take(limit) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            cell(&words::port(port.server_port, port.protocol)),
            port.direction.as_str(),
            grouped(port.peers),
            grouped(port.flows),
            grouped(port.refused),
            words::size(port.bytes_out),
            words::size(port.bytes_in)
        )?;
    }
    write_left_out(dossier.ports.len(), limit, out)
}
