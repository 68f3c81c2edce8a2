//! `table`: the story of a subject on a terminal.
//!
//! Who and how much, the time line as spark lines, then events in order of time, peers, ports, and what was covered. Nothing is said by colour
//! alone.

use std::io::Write;

use flowcover_detect::Dossier;
use flowcover_detect::investigate::{Cell, Event};

use super::words;
use crate::detections::chart::spark;
use crate::detections::words::{minute, when};
use crate::table::page::{Page, Tone, fit, pad};
use crate::words::{grouped, plural};
use crate::{Options, RenderError};

/// Events that are shown, unless everything is asked for.
const EVENTS: usize = 40;
/// Peers, and ports, that are shown, unless everything is asked for.
const ROWS: usize = 15;
/// Peers with refused flows that are shown, unless everything is asked for.
const REFUSED: usize = 10;
/// Columns of labels.
const LABEL: usize = 13;
/// Columns of a moment.
const MOMENT: usize = 18;
/// Columns of the kind of an event.
const KIND: usize = 16;

/// Writes every section that has something to say.
pub(super) fn write(
    dossier: &Dossier,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut page = Page::new(out, options);
    page.heading(Tone::Strong, "INVESTIGATION", &words::subject(dossier))?;
    for (label, text) in words::facts(dossier) {
        labelled(&mut page, Tone::Quiet, label, &text)?;
    }
    for remark in &dossier.remarks {
        labelled(&mut page, Tone::Warning, "note", remark)?;
    }
    write_timeline(dossier, &mut page)?;
    let limit = |rows| if options.verbose { usize::MAX } else { rows };
    write_events(dossier, limit(EVENTS), options.verbose, &mut page)?;
    write_peers(dossier, limit(ROWS), &mut page)?;
    write_refused(dossier, limit(REFUSED), &mut page)?;
    write_ports(dossier, limit(ROWS), &mut page)?;
    write_covered(dossier, &mut page)
}

fn labelled(page: &mut Page<'_>, tone: Tone, label: &str, text: &str) -> Result<(), RenderError> {
    page.entry(
        2,
        2 + LABEL,
        &[(tone, &pad(label, LABEL))],
        Tone::Plain,
        text,
    )
}

/// As many cells in one as there is no room for.
fn gathered(cells: &[Cell], room: usize, of: fn(&Cell) -> u64) -> Vec<u64> {
    let in_one = cells.len().div_ceil(room.max(1)).max(1);
    let sums = cells.chunks(in_one);
    sums.map(|some| some.iter().map(of).fold(0, u64::saturating_add))
        .collect()
}

fn write_timeline(dossier: &Dossier, page: &mut Page<'_>) -> Result<(), RenderError> {
    let timeline = &dossier.timeline;
    let (Some(first), Some(last)) = (timeline.cells.first(), timeline.cells.last()) else {
        return Ok(());
    };
    let room = page.width().saturating_sub(2 + LABEL + 14).max(10);
    let in_one = timeline.cells.len().div_ceil(room).max(1) as i64;
    let remark = format!(
        "{}; a column is {}",
        when(first.start, last.start.saturating_add(timeline.step)),
        crate::detections::words::duration(timeline.step.saturating_mul(in_one) as f64)
    );
    page.heading(Tone::Strong, "TIME LINE", &remark)?;
    type Row = (&'static str, fn(&Cell) -> u64, bool);
    let rows: [Row; 4] = [
        ("flows", |cell| cell.flows, false),
        ("refused", |cell| cell.refused, false),
        ("bytes out", |cell| cell.bytes_out, true),
        ("bytes in", |cell| cell.bytes_in, true),
    ];
    for (label, of, is_size) in rows {
        let amounts = gathered(&timeline.cells, room, of);
        let most = amounts.iter().copied().max().unwrap_or(0);
        let most = if is_size {
            words::size(most)
        } else {
            grouped(most)
        };
        let text = format!("{} ≤ {most}", spark(&amounts));
        labelled(page, Tone::Quiet, label, &text)?;
    }
    if let Some(mark) = mark(dossier, in_one) {
        labelled(page, Tone::Quiet, "asked about", &mark)?;
    }
    Ok(())
}

/// A mark under the column of the moment that the question is about.
fn mark(dossier: &Dossier, in_one: i64) -> Option<String> {
    let moment = dossier.around?;
    let (first, step) = (dossier.timeline.cells.first()?.start, dossier.timeline.step);
    let column = moment
        .checked_sub(first)?
        .div_euclid(step.max(1))
        .div_euclid(in_one);
    let column = usize::try_from(column).ok()?;
    let columns = dossier
        .timeline
        .cells
        .len()
        .div_ceil(usize::try_from(in_one).ok()?);
    // Spaces at the beginning would be dropped when the line is wrapped.
    (column < columns).then(|| format!("{}▲ {} UTC", "·".repeat(column), minute(moment)))
}

fn write_events(
    dossier: &Dossier,
    limit: usize,
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    if dossier.events.is_empty() {
        return Ok(());
    }
    let number = plural(dossier.events.len() as u64, "event");
    page.heading(
        Tone::Strong,
        "EVENTS",
        &format!("{number}, in order of time (UTC)"),
    )?;
    for event in shown(&dossier.events, limit) {
        write_event(event, verbose, page)?;
    }
    let beyond = dossier.events.len().saturating_sub(limit) as u64;
    write_beyond(beyond.saturating_add(dossier.events_beyond), page)
}

/// In order of time; where there are too many, findings stay and then what comes first.
fn shown(events: &[Event], limit: usize) -> Vec<&Event> {
    let mut ranked: Vec<(usize, &Event)> = events.iter().enumerate().collect();
    ranked.sort_by_key(|(place, event)| (std::cmp::Reverse(event.severity), *place));
    ranked.truncate(limit);
    ranked.sort_by_key(|(place, _)| *place);
    ranked.into_iter().map(|(_, event)| event).collect()
}

fn write_event(event: &Event, verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    let moment = pad(&minute(event.start), MOMENT);
    let kind = words::kind(event);
    let kind = format!("{}  ", pad(&kind, KIND));
    let mut lead = vec![(Tone::Quiet, moment.as_str())];
    let severity = event.severity.map(|severity| {
        let tone = Tone::of_severity(severity);
        (tone, format!("{} ", severity.as_str().to_uppercase()))
    });
    lead.push((Tone::Strong, &kind));
    if let Some((tone, text)) = &severity {
        lead.push((*tone, text));
    }
    page.entry(
        2,
        2 + MOMENT + KIND + 2,
        &lead,
        Tone::Plain,
        &words::event(event),
    )?;
    if verbose {
        for line in event.query.lines() {
            page.verbatim(6, &crate::inert::text(line))?;
        }
    }
    Ok(())
}

fn write_peers(dossier: &Dossier, limit: usize, page: &mut Page<'_>) -> Result<(), RenderError> {
    if dossier.peers.is_empty() {
        return Ok(());
    }
    page.heading(
        Tone::Strong,
        "PEERS",
        "→ it opened, ← they opened; the busiest first",
    )?;
    for peer in dossier.peers.iter().take(limit) {
        page.text(2, Tone::Strong, &fit(&words::peer(peer, dossier), 90))?;
        let text = format!(
            "{} · {} · {} · {} refused · {} sent, {} received · {}",
            words::place(peer),
            words::ports(peer),
            plural(peer.flows, "flow"),
            grouped(peer.refused),
            words::size(peer.bytes_out),
            words::size(peer.bytes_in),
            when(peer.first_seen, peer.last_seen)
        );
        page.text(4, Tone::Plain, &text)?;
    }
    let beyond = dossier.peers.len().saturating_sub(limit) as u64;
    write_beyond(beyond.saturating_add(dossier.peers_beyond), page)
}

fn write_refused(dossier: &Dossier, limit: usize, page: &mut Page<'_>) -> Result<(), RenderError> {
    let refused = words::refused(dossier);
    if refused.is_empty() {
        return Ok(());
    }
    page.heading(
        Tone::Strong,
        "REFUSED",
        "attempts that were rejected, by peer; the most first",
    )?;
    for peer in refused.iter().take(limit) {
        let text = format!(
            "{} · {} · {}",
            words::refusals(peer),
            words::ports(peer),
            when(peer.first_seen, peer.last_seen)
        );
        page.text(2, Tone::Strong, &fit(&words::peer(peer, dossier), 90))?;
        page.text(4, Tone::Plain, &text)?;
    }
    write_beyond(refused.len().saturating_sub(limit) as u64, page)
}

fn write_ports(dossier: &Dossier, limit: usize, page: &mut Page<'_>) -> Result<(), RenderError> {
    if dossier.ports.is_empty() {
        return Ok(());
    }
    page.heading(Tone::Strong, "PORTS", "→ of others, ← its own")?;
    for port in dossier.ports.iter().take(limit) {
        let name = words::port(port.server_port, port.protocol);
        let name = pad(&format!("{} {name}", words::arrow(port.direction)), LABEL);
        let lead = [(Tone::Strong, name.as_str())];
        let mut text = words::port_use(port);
        if port.is_admin {
            text.push_str(" · administration");
        }
        page.entry(2, 2 + LABEL, &lead, Tone::Plain, &text)?;
    }
    let beyond = dossier.ports.len().saturating_sub(limit) as u64;
    write_beyond(beyond.saturating_add(dossier.ports_beyond), page)
}

fn write_beyond(beyond: u64, page: &mut Page<'_>) -> Result<(), RenderError> {
    if beyond == 0 {
        return Ok(());
    }
    page.text(2, Tone::Plain, &format!("… and {} more", grouped(beyond)))
}

fn write_covered(dossier: &Dossier, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.heading(
        Tone::Strong,
        "COVERED",
        "what was not seen is unknown, not absent",
    )?;
    for line in crate::detections::coverage::seen(&dossier.coverage) {
        let tone = if line.is_gap {
            Tone::Warning
        } else {
            Tone::Quiet
        };
        let label = pad(line.label, 17);
        page.entry(2, 19, &[(tone, &label)], Tone::Plain, &line.text)?;
    }
    Ok(())
}
