//! The lines that were no records: the first few in full, all of them by number.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::record::{Malformed, ReasonKind};

/// How many bytes of a line are shown.
pub const SHOWN_BYTES: usize = 200;

/// Where a line stands. Places are in the order of their sources, then of their lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, object, log stream, or `-` for standard input.
    pub source: Arc<str>,
    /// The number of the line in its source, from 1. In a log stream, of the event.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.line)
    }
}

/// One line that was no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where it stands.
    pub place: Place,
    /// What is wrong with it.
    pub malformed: Malformed,
    /// What stands there, as [`excerpt`] shows it. Empty where it is hidden.
    pub excerpt: String,
}

/// ``source:line: field 6, `srcport`: not a number: "2 123 …"``.
impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.malformed)?;
        if self.excerpt.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.excerpt)
    }
}

/// Collects the lines that were no records, within bounds.
///
/// Of those that were added the first by [`Place`] are kept, whatever the order in
/// which tasks add and [merge](Rejects::merge) them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejects {
    most: usize,
    /// Sorted by place, at most `most`.
    first: Vec<Reject>,
    by_reason: BTreeMap<ReasonKind, u64>,
}

impl Rejects {
    /// An empty collection that keeps the first `most` lines.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            first: Vec::new(),
            by_reason: BTreeMap::new(),
        }
    }

    /// Counts a line, and keeps it if it is among the first.
    pub fn add(&mut self, source: &Arc<str>, line: u64, malformed: &Malformed, text: &[u8]) {
        *self.by_reason.entry(malformed.reason.kind()).or_default() += 1;
        let place = Place {
            source: Arc::clone(source),
            line,
        };
        if self.is_among_the_first(&place) {
            self.keep(Reject {
                place,
                malformed: malformed.clone(),
                excerpt: excerpt(text),
            });
        }
    }

    /// Takes over what was collected elsewhere.
    pub fn merge(&mut self, other: Self) {
        for (reason, count) in other.by_reason {
            *self.by_reason.entry(reason).or_default() += count;
        }
        for reject in other.first {
            if self.is_among_the_first(&reject.place) {
                self.keep(reject);
            }
        }
    }

    /// Forgets what the lines say, as where addresses must not be seen: only their places and what is wrong with them are left.
    pub fn hide_texts(&mut self) {
        for reject in &mut self.first {
            reject.excerpt.clear();
        }
    }

    /// The first lines by place, at most as many as [`Rejects::new`] was told.
    #[must_use]
    pub fn first(&self) -> &[Reject] {
        &self.first
    }

    /// How many lines were added.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason.values().sum()
    }

    /// How many lines were added for each reason, those that came at all.
    pub fn by_reason(&self) -> impl Iterator<Item = (ReasonKind, u64)> {
        self.by_reason
            .iter()
            .map(|(reason, count)| (*reason, *count))
    }

    fn is_among_the_first(&self, place: &Place) -> bool {
        self.first.len() < self.most || self.first.last().is_some_and(|last| *place < last.place)
    }

    fn keep(&mut self, reject: Reject) {
        let at = self
            .first
            .partition_point(|kept| kept.place <= reject.place);
        self.first.insert(at, reject);
        self.first.truncate(self.most);
    }
}

/// At most [`SHOWN_BYTES`] of a line, in quotes and inert: control characters,
/// characters that are not seen or that change the direction of writing, and bytes that
/// are no UTF-8 are escaped. `…` after the quotes says that more follows.
#[must_use]
pub fn excerpt(line: &[u8]) -> String {
    let cut = line.get(..SHOWN_BYTES).unwrap_or(line);
    let mut shown = String::with_capacity(cut.len() + 8);
    shown.push('"');
    for chunk in cut.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\'' => shown.push(character),
                _ => shown.extend(character.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown.push('"');
    if cut.len() < line.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
