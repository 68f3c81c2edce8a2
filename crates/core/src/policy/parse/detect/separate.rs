//! Reading the networks that must not talk to each other: `[[detect.separate]]`.

use std::collections::HashMap;

use super::super::super::diagnostic::shown;
use super::super::super::{Level, Network, SeparateEntry};
use super::super::section::{Entry, Reader, Section};
use super::networks::read_some_networks;

/// The entries that are right, in the order of the file.
pub(super) fn read_separate(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Vec<SeparateEntry> {
    let hint = "head each entry with `[[detect.separate]]`";
    let mut entries: Vec<SeparateEntry> = Vec::new();
    let mut lines: HashMap<String, u32> = HashMap::new();
    for section in reader.tables(entry, "detect.separate[]", hint) {
        let Some(entry) = read_entry(reader, &section) else {
            continue;
        };
        if let Some(earlier) = lines.insert(entry.name.clone(), entry.line) {
            let message = format!(
                "`{}` is the name of the entry in line {earlier} too",
                shown(&entry.name)
            );
            let hint = "findings say which entry they break by its name";
            reader.error::<()>(&section.heading, message, hint);
        }
        warn_of_overlap(reader, &section, &entry);
        entries.push(entry);
    }
    entries
}

fn read_entry(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Option<SeparateEntry> {
    // A side that is misspelt is missing, which is said too.
    reader.report_unknown_keys(section, Level::Error, "this would be left out");
    let name = match section.entry("name") {
        Some(entry) => reader.nonempty_text(&entry),
        None => {
            reader.missing(
                section,
                "this entry has no `name`",
                "name it, for the findings: name = \"tenants\"",
            );
            None
        }
    };
    let mut side = |name| match section.entry(name) {
        Some(entry) => read_some_networks(reader, &entry),
        None => {
            let message = format!("this entry has no `{name}`");
            let hint = format!("list the networks of that side: {name} = [\"10.1.0.0/16\"]");
            reader.missing(section, &message, &hint);
            None
        }
    };
    let (one, other) = (side("one"), side("other"));
    Some(SeparateEntry {
        name: name?.to_owned(),
        one: one?,
        other: other?,
        source: reader.source.name.to_owned(),
        line: reader.source.line(section.heading.start),
    })
}

/// Two hosts that are both on both sides must not talk either, which few will have meant.
fn warn_of_overlap(reader: &mut Reader<'_>, section: &Section<'_, '_>, entry: &SeparateEntry) {
    let Some((left, right)) = overlap(&entry.one, &entry.other) else {
        return;
    };
    let Some(other) = section.entry("other") else {
        return;
    };
    let message = format!("{right} of `other` and {left} of `one` overlap");
    let label = Some("hosts of both sides must not talk among themselves".to_owned());
    let hint = Some("keep the sides apart, unless that is what is meant".to_owned());
    reader.push(Level::Warning, &other.span, message, label, hint);
}

/// A network of one side and one of the other that share addresses, if there are any.
fn overlap(one: &[Network], other: &[Network]) -> Option<(Network, Network)> {
    let mut all: Vec<(Network, usize)> = one.iter().map(|network| (*network, 0)).collect();
    all.extend(other.iter().map(|network| (*network, 1)));
    all.sort_unstable();
    // The network of each side that reaches furthest so far.
    let mut furthest: [Option<Network>; 2] = [None, None];
    for (network, side) in all {
        let facing = furthest[1 - side].filter(|facing| facing.last() >= network.first());
        if let Some(facing) = facing {
            let pair = [network, facing];
            return Some((pair[side], pair[1 - side]));
        }
        if furthest[side].is_none_or(|before| network.last() > before.last()) {
            furthest[side] = Some(network);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Blocks of so few addresses that they meet often.
    fn blocks() -> impl Strategy<Value = Vec<Network>> {
        let block = (any::<bool>(), 0..16_u8, 0..=4_u8).prop_map(|(wide, last, free)| {
            let text = match wide {
                true => format!("2001:db8::{last:x}/{}", 128 - free),
                false => format!("10.0.0.{last}/{}", 32 - free),
            };
            text.parse().unwrap()
        });
        proptest::collection::vec(block, 0..4)
    }

    proptest! {
        #[test]
        fn overlaps_are_those_of_all_pairs(one in blocks(), other in blocks()) {
            let meet = |left: &Network, right: &Network| {
                left.first() <= right.last() && right.first() <= left.last()
            };
            let any = one.iter().any(|left| other.iter().any(|right| meet(left, right)));
            let found = overlap(&one, &other);
            prop_assert_eq!(found.is_some(), any);
            if let Some((left, right)) = found {
                prop_assert!(one.contains(&left) && other.contains(&right) && meet(&left, &right));
            }
        }
    }
}
