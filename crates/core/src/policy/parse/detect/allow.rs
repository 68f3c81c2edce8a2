//! Reading the allow-list: `[[detect.allow]]`.

use std::collections::{BTreeSet, HashMap};

use toml::de::DeValue;

use super::super::super::{AllowEntry, DETECTION_IDS, Level, Network};
use super::super::exemptions::{empty, read_terms};
use super::super::section::{Entry, Reader, Section};
use super::networks::read_some_networks;
use super::not_a_detection;

/// The entries that are right, in the order of the file.
pub(super) fn read_allow(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Vec<AllowEntry> {
    let hint = "head each entry with `[[detect.allow]]`";
    let mut entries: Vec<AllowEntry> = Vec::new();
    let mut lines: HashMap<Conditions, u32> = HashMap::new();
    for section in reader.tables(entry, "detect.allow[]", hint) {
        let Some((conditions, entry)) = read_entry(reader, &section) else {
            continue;
        };
        let earlier = conditions.and_then(|it| lines.insert(it.in_order(), entry.line));
        if let Some(earlier) = earlier {
            let message = format!("same conditions as the entry in line {earlier}");
            reader.error::<()>(&section.heading, message, "keep one of them");
        }
        entries.push(entry);
    }
    entries
}

/// What an entry applies to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Conditions {
    detection: Option<String>,
    clients: Vec<Network>,
    servers: Vec<Network>,
    server_ports: Vec<u16>,
}

impl Conditions {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether what is given holds for every address of a family, so that nothing is left out.
    fn hold_everywhere(&self) -> bool {
        let everywhere = |networks: &[Network]| {
            networks.is_empty() || networks.iter().any(|network| network.bits() == 0)
        };
        self.detection.is_none()
            && self.server_ports.is_empty()
            && everywhere(&self.clients)
            && everywhere(&self.servers)
    }

    /// The order they are written in means nothing.
    fn in_order(mut self) -> Self {
        self.clients.sort_unstable();
        self.servers.sort_unstable();
        self.server_ports.sort_unstable();
        self
    }
}

/// An entry, and its conditions if nothing in them is wrong.
fn read_entry(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
) -> Option<(Option<Conditions>, AllowEntry)> {
    let found_before = reader.diagnostics.len();
    // A condition that is left out makes the entry wider: no mere warning.
    reader.report_unknown_keys(section, Level::Error, "this condition would be left out");
    let conditions = read_conditions(reader, section);
    let found = &reader.diagnostics[found_before..];
    let are_right = found.iter().all(|found| found.severity != Level::Error);
    if conditions.is_empty() && are_right {
        reader.missing(
            section,
            "this entry has no condition: it would allow everything",
            "say what it applies to: detection, clients, servers or server_ports",
        );
    } else if conditions.hold_everywhere() && are_right {
        reader.missing(
            section,
            "the conditions of this entry hold for every address: it would allow everything",
            "say which detection is meant, or which addresses",
        );
    }
    let (reason, until) = read_terms(reader, section, "entry")?;
    let entry = AllowEntry {
        detection: conditions.detection.clone(),
        clients: conditions.clients.clone(),
        servers: conditions.servers.clone(),
        server_ports: conditions.server_ports.clone(),
        reason,
        until,
        source: reader.source.name.to_owned(),
        line: reader.source.line(section.heading.start),
    };
    Some((Some(conditions).filter(|_| are_right), entry))
}

fn read_conditions(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Conditions {
    let detection = section
        .entry("detection")
        .and_then(|entry| read_detection_id(reader, &entry));
    let mut networks = |name| {
        let entry = section.entry(name);
        let networks = entry.and_then(|entry| read_some_networks(reader, &entry));
        networks.unwrap_or_default()
    };
    let (clients, servers) = (networks("clients"), networks("servers"));
    let server_ports = section
        .entry("server_ports")
        .and_then(|entry| read_ports(reader, &entry));
    Conditions {
        detection,
        clients,
        servers,
        server_ports: server_ports.unwrap_or_default(),
    }
}

fn read_detection_id(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<String> {
    let id = reader.text(entry)?;
    if DETECTION_IDS.contains(&id) {
        return Some(id.to_owned());
    }
    not_a_detection(reader, id, &entry.span, &[]);
    None
}

/// Most ports of one entry: nobody who lists more has looked at each.
const MOST_PORTS: usize = 1000;

/// A list of ports, each once. Port 0 is the one that records of protocols without ports have.
fn read_ports(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<Vec<u16>> {
    let DeValue::Array(items) = entry.value else {
        return reader.wrong_type(entry, "a list of ports", None);
    };
    if entry.is_empty_list() {
        return empty(reader, entry);
    }
    if items.len() > MOST_PORTS {
        let message = format!("`{}` has too many ports", entry.path);
        return reader.error(&entry.span, message, "leave it out for every port");
    }
    let mut seen = BTreeSet::new();
    let mut ports = Vec::new();
    for item in items {
        let item = Entry {
            path: format!("{}[]", entry.path),
            value: item.get_ref(),
            span: item.span(),
            ..entry.clone()
        };
        let number = reader.number(&item, 0..=u16::MAX.into());
        let Some(port) = number.and_then(|number| u16::try_from(number).ok()) else {
            continue;
        };
        if !seen.insert(port) {
            let message = format!("`{port}` stands twice in `{}`", entry.path);
            reader.error::<()>(&item.span, message, "leave one of them out");
        }
        ports.push(port);
    }
    Some(ports)
}
