//! What an investigation says, in words. Names come from inventories: what is made here is not inert, each format makes it so.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use flowcover_detect::Dossier;
use flowcover_detect::investigate::{Direction, Event, Peer, Port, PortName, Timeline, Window};

use crate::detections::words::{bytes, duration, minute, protocol, when};
use crate::words::{grouped, plural};

/// `10.0.3.7 (web-1)`.
pub(super) fn subject(dossier: &Dossier) -> String {
    match &dossier.name {
        Some(name) => format!("{} ({name})", dossier.subject),
        None => dossier.subject.to_string(),
    }
}

/// What there was in all, line by line: a label and what to say.
pub(super) fn facts(dossier: &Dossier) -> Vec<(&'static str, String)> {
    let totals = &dossier.totals;
    let mut facts = Vec::new();
    if let (Some(first), Some(last)) = (totals.first_seen, totals.last_seen) {
        facts.push(("seen", when(first, last)));
    } else {
        facts.push(("seen", "not at all, in what was read".to_owned()));
    }
    if let Some(moment) = dossier.around {
        facts.push(("asked about", format!("{} UTC", minute(moment))));
    }
    if let Some(window) = &dossier.window {
        facts.push(("looked at", looked_at(window)));
    }
    let is_itself = |own: &String| *own == dossier.subject.to_string();
    let own: Vec<String> = dossier.addresses.iter().map(ToString::to_string).collect();
    if !own.is_empty() && !own.iter().all(is_itself) {
        let shown = own.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
        let more = own.len().saturating_sub(10);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        facts.push(("addresses", format!("{shown}{more}")));
    }
    let (out, into) = (totals.flows_out, totals.flows_in);
    facts.push((
        "flows",
        format!(
            "{}: {} out, {} in",
            grouped(totals.flows),
            grouped(out),
            grouped(into)
        ),
    ));
    facts.push((
        "refused",
        format!(
            "{} out, {} in",
            grouped(totals.refused_out),
            grouped(totals.refused_in)
        ),
    ));
    facts.push((
        "bytes",
        format!(
            "{} sent, {} received",
            size(totals.bytes_out),
            size(totals.bytes_in)
        ),
    ));
    facts.push(("peers", peers(totals.peers, totals.peers_outside)));
    facts.push(("findings", findings(dossier)));
    facts
}

/// `12, 3 of them outside`.
fn peers(all: u64, outside: u64) -> String {
    match outside {
        _ if all == 0 => "none".to_owned(),
        0 => format!("{}, none of them outside", grouped(all)),
        _ if outside == all => format!("{}, all of them outside", grouped(all)),
        _ => format!("{}, {} of them outside", grouped(all), grouped(outside)),
    }
}

/// `1 high, 3 low`.
fn findings(dossier: &Dossier) -> String {
    let mut counts = BTreeMap::<_, u64>::new();
    for finding in &dossier.findings {
        *counts.entry(Reverse(finding.severity)).or_default() += 1;
    }
    if counts.is_empty() {
        return "none".to_owned();
    }
    let counts = counts.into_iter();
    let counts: Vec<String> = counts
        .map(|(Reverse(severity), count)| format!("{} {}", grouped(count), severity.as_str()))
        .collect();
    counts.join(", ")
}

/// What was asked for, where that is not everything.
fn looked_at(window: &Window) -> String {
    match (window.from, window.to) {
        (Some(from), Some(to)) => format!("records of {}", when(from, to)),
        (Some(from), None) => format!("records from {} UTC on", minute(from)),
        (None, Some(to)) => format!("records before {} UTC", minute(to)),
        (None, None) => "all records".to_owned(),
    }
}

/// What the subject is, in words.
pub(super) fn what(dossier: &Dossier) -> String {
    dossier.kind.replace('-', " ")
}

/// Peers with refused flows, those with most first.
pub(super) fn refused(dossier: &Dossier) -> Vec<&Peer> {
    let mut refused: Vec<&Peer> = dossier
        .peers
        .iter()
        .filter(|peer| peer.refused > 0)
        .collect();
    // Stable: the busier of two come first.
    refused.sort_by_key(|peer| Reverse(peer.refused));
    refused
}

/// How many of a peer's flows were refused: `7 of 120 flows`.
pub(super) fn refusals(peer: &Peer) -> String {
    if peer.refused == peer.flows {
        return format!("all of {}", plural(peer.flows, "flow"));
    }
    format!(
        "{} of {}",
        grouped(peer.refused),
        plural(peer.flows, "flow")
    )
}

/// `1.5 GB`.
pub(super) fn size(amount: u64) -> String {
    bytes(amount as f64)
}

/// `443 tcp`; the protocol alone where it has no ports.
pub(super) fn port(server_port: u16, number: u8) -> String {
    match server_port {
        0 => protocol(number),
        _ => format!("{server_port} {}", protocol(number)),
    }
}

/// Ports of a peer: `22 tcp, 443 tcp … 14 in all`.
pub(super) fn ports(peer: &Peer) -> String {
    let name = |name: &PortName| port(name.server_port, name.protocol);
    let named: Vec<String> = peer.ports.iter().take(3).map(name).collect();
    let named_all = named.len() as u64 >= peer.port_count;
    let named = named.join(", ");
    if named_all {
        return named;
    }
    format!("{named} … {} in all", grouped(peer.port_count))
}

/// Who called whom: `→ 203.0.113.5 (name, DE)`.
pub(super) fn peer(peer: &Peer, dossier: &Dossier) -> String {
    let own = if dossier.addresses.len() > 1 {
        format!("{} ", peer.own)
    } else {
        String::new()
    };
    let name = peer.peer_name.clone();
    let country = peer.country.map(|country| country.to_string());
    let about: Vec<String> = name.into_iter().chain(country).collect();
    let about = if about.is_empty() {
        String::new()
    } else {
        format!(" ({})", about.join(", "))
    };
    format!("{own}{} {}{about}", arrow(peer.direction), peer.peer)
}

/// Which way flows were opened.
pub(super) const fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Out => "→",
        Direction::In => "←",
        Direction::Within => "⇄",
    }
}

/// Where the other is.
pub(super) const fn place(peer: &Peer) -> &'static str {
    if peer.inside { "inside" } else { "outside" }
}

/// What there was at a port, in one line.
pub(super) fn port_use(port: &Port) -> String {
    format!(
        "{} · {} refused · {} · {} sent, {} received",
        plural(port.flows, "flow"),
        grouped(port.refused),
        plural(port.peers, "peer"),
        size(port.bytes_out),
        size(port.bytes_in)
    )
}

/// What happened, with how long it took where that says more.
pub(super) fn event(event: &Event) -> String {
    let lasts = event.end.map(|end| end.saturating_sub(event.start));
    match lasts {
        Some(lasts) if lasts > 0 => {
            format!("{} ({})", event.message, duration(lasts as f64))
        }
        _ => event.message.clone(),
    }
}

/// The word for an event: that of the detection, of findings.
pub(super) fn kind(event: &Event) -> String {
    match event.detection {
        Some(detection) => detection.to_owned(),
        None => event.kind.as_str().replace('-', " "),
    }
}

/// `each row is 5 min`.
pub(super) fn step(timeline: &Timeline) -> String {
    match timeline.step {
        3_600 => "1 h".to_owned(),
        60 => "1 min".to_owned(),
        86_400 => "1 day".to_owned(),
        step => duration(step as f64),
    }
}
