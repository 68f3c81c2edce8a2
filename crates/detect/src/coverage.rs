//! What was looked at, and what was not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::spread::Spread;

/// Seconds of one bin: AWS's longest aggregation window.
const BIN: i64 = 600;
/// Words of 64 bins that are kept of an interface: two months. What came before is forgotten.
const MOST_WORDS: usize = 140;
/// Interfaces that are watched.
const MOST_POINTS: usize = 100_000;

/// Where something was seen, as far as records say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CapturePoint {
    /// Interface, attachment or gateway.
    pub interface_id: Option<String>,
    /// Account that holds it.
    pub account_id: Option<String>,
    /// VPC that holds it.
    pub vpc_id: Option<String>,
    /// Subnet that holds it.
    pub subnet_id: Option<String>,
    /// Instance that it is attached to.
    pub instance_id: Option<String>,
}

impl CapturePoint {
    /// The key of the capture point of that name, as [`Flow::point`](crate::Flow::point) has it: FNV-1a, 64 bits. It depends on nothing but the
    /// name.
    #[must_use]
    pub fn key(name: &str) -> u64 {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        name.bytes().fold(0xcbf2_9ce4_8422_2325, mix)
    }
}

/// Which interfaces wrote records when, `NODATA` among them: silence of an interface is not the same as silence of its recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attendance {
    points: BTreeMap<u64, Bins>,
    /// Records that AWS says it lost (`SKIPDATA`), by interface.
    skipped: BTreeMap<u64, u64>,
    /// Whether some interfaces were not watched: there were too many.
    pub is_partial: bool,
}

/// The bins in which there was a record: one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bins {
    /// Number and bits of each word with a record, in order: 64 bins each.
    words: Vec<(i64, u64)>,
}

impl Bins {
    fn set(&mut self, bin: i64) {
        let (word, bit) = (bin.div_euclid(64), 1 << bin.rem_euclid(64));
        // Records come nearly in order of time.
        let place = match self.words.last() {
            Some((last, _)) if *last == word => Ok(self.words.len() - 1),
            Some((last, _)) if *last < word => Err(self.words.len()),
            _ => self
                .words
                .binary_search_by_key(&word, |(number, _)| *number),
        };
        match place {
            Ok(place) => self.words[place].1 |= bit,
            Err(place) => {
                self.words.insert(place, (word, bit));
                if self.words.len() > MOST_WORDS {
                    self.words.remove(0);
                }
            }
        }
    }

    fn all(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        self.words.iter().flat_map(|(word, bits)| {
            let set = (0..64).filter(move |bit| bits >> bit & 1 == 1);
            set.map(move |bit| word * 64 + bit)
        })
    }
}

/// Seconds of so many bins; also when a bin begins.
const fn moment(bins: i64) -> i64 {
    bins.saturating_mul(BIN)
}

/// When an interface wrote records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Key of the capture point.
    pub point: u64,
    /// Unix seconds: beginning of the first bin of ten minutes with a record.
    pub first: i64,
    /// Unix seconds: end of the last such bin.
    pub last: i64,
    /// Bins with a record.
    pub bins: u64,
    /// Seconds of the longest silence between two records.
    pub longest_silence: i64,
    /// Unix seconds: when that silence began.
    pub silent_from: i64,
    /// Seconds of the longest of all other silences.
    pub second_silence: i64,
}

impl Attendance {
    /// Notes that an interface wrote a record about that moment (Unix seconds).
    pub fn note(&mut self, point: u64, moment: i64) {
        let bin = moment.div_euclid(BIN);
        if let Some(bins) = self.points.get_mut(&point) {
            bins.set(bin);
        } else if self.points.len() < MOST_POINTS {
            self.points.entry(point).or_default().set(bin);
        } else {
            self.is_partial = true;
        }
    }

    /// Notes that AWS says it lost records of an interface.
    pub fn note_skipped(&mut self, point: u64) {
        if self.skipped.len() < MOST_POINTS || self.skipped.contains_key(&point) {
            *self.skipped.entry(point).or_default() += 1;
        }
    }

    /// The same, with other keys: different ones for different ones.
    #[must_use]
    pub fn renamed(&self, key: impl Fn(u64) -> u64) -> Self {
        let points = self
            .points
            .iter()
            .map(|(point, bins)| (key(*point), bins.clone()));
        let skipped = self
            .skipped
            .iter()
            .map(|(point, count)| (key(*point), *count));
        Self {
            points: points.collect(),
            skipped: skipped.collect(),
            is_partial: self.is_partial,
        }
    }

    /// Adds what another has noted.
    pub fn join(&mut self, other: &Self) {
        for (point, bins) in &other.points {
            bins.all().for_each(|bin| self.note(*point, moment(bin)));
        }
        for (point, count) in &other.skipped {
            *self.skipped.entry(*point).or_default() += count;
        }
        self.is_partial |= other.is_partial;
    }

    /// How many interfaces wrote anything.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether none did.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// When each interface wrote records. Bins far from most, as a damaged record has them, are left out.
    pub fn presences(&self) -> impl Iterator<Item = Presence> + '_ {
        let mut spread = Spread::default();
        let bins = self.points.values().flat_map(Bins::all);
        bins.for_each(|bin| spread.note(moment(bin)));
        let main = spread.main();
        let is_meant = move |bin: &i64| main.is_some_and(|main| main.has(moment(*bin)));
        self.points.iter().filter_map(move |(point, bins)| {
            let first = bins.all().find(is_meant)?;
            let last = bins.all().rfind(is_meant)?;
            let (mut count, mut before) = (0, first);
            let (mut silence, mut silent_from, mut second) = (0, first + 1, 0);
            for bin in bins.all().filter(is_meant) {
                count += 1;
                let between = bin - before - 1;
                if between > silence {
                    (second, silence, silent_from) = (silence, between, before + 1);
                } else {
                    second = second.max(between);
                }
                before = bin;
            }
            Some(Presence {
                point: *point,
                first: moment(first),
                last: moment(last + 1),
                bins: count,
                longest_silence: moment(silence.max(0)),
                silent_from: moment(silent_from),
                second_silence: moment(second.max(0)),
            })
        })
    }

    /// Interfaces of which AWS says that it lost records, and how many `SKIPDATA` rows say so.
    pub fn skipped(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.skipped.iter().map(|(point, count)| (*point, *count))
    }
}

/// A detection that sees less than it could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Weakened {
    /// Its id.
    pub detection: &'static str,
    /// Why, and what that means.
    pub why: String,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// Unix seconds: when the first flow began; none without flows. Flows far from all others do not count.
    pub from: Option<i64>,
    /// Unix seconds: when the last flow ended; none without flows. Flows far from all others do not count.
    pub to: Option<i64>,
    /// Beginnings and ends of flows that lie far before or after all others, as a damaged record has them.
    pub stray_moments: u64,
    /// Flows that were seen.
    pub flows: u64,
    /// Records of traffic that were read.
    pub records: u64,
    /// Interfaces, attachments and gateways that wrote them.
    pub interfaces: u64,
    /// Windows without traffic (`NODATA`).
    pub nodata: u64,
    /// Windows of which AWS lost records (`SKIPDATA`).
    pub skipdata: u64,
    /// Lines that are no records.
    pub malformed: u64,
    /// Objects that could not be read.
    pub unreadable_objects: u64,
    /// Findings about the own address of a NAT gateway that were left out: the hosts behind it were judged.
    pub gateway_findings: u64,
    /// Spans for which no object was there, in words.
    pub missing: Vec<String>,
    /// Fields, by AWS's names, that the records have not and that a detection would use.
    pub lacking_fields: Vec<String>,
    /// Detections that saw less than they could, or could not judge, and why.
    pub weakened: Vec<Weakened>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_key_is_that_of_the_published_vectors() {
        // "FNV Test Vectors" of the Internet-Draft "The FNV Non-Cryptographic Hash Algorithm".
        for (name, key) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(CapturePoint::key(name), key);
        }
    }

    #[test]
    fn presence_tells_silence_from_absence() {
        let mut attendance = Attendance::default();
        for bin in [0, 1, 2, 6, 7] {
            attendance.note(3, bin * BIN + 17);
        }
        let presences: Vec<_> = attendance.presences().collect();
        let expected = Presence {
            point: 3,
            first: 0,
            last: 4_800,
            bins: 5,
            longest_silence: 1_800,
            silent_from: 1_800,
            second_silence: 0,
        };
        assert_eq!(presences, [expected]);
    }

    #[test]
    fn moments_far_away_cost_nothing() {
        let mut attendance = Attendance::default();
        for moment in [
            0,
            i64::MAX / 2,
            -1_000_000_000_000,
            i64::MIN,
            i64::MAX,
            600,
            i64::MAX / 2,
            i64::MIN / 2,
        ] {
            attendance.note(0, moment);
        }
        let words = |attendance: &Attendance| -> usize {
            let bins = attendance.points.values();
            bins.map(|bins| bins.words.len()).sum()
        };
        assert!(words(&attendance) <= 7);
        assert_eq!(attendance.presences().count(), 1);
        for word in 0..1_000 {
            attendance.note(0, word * 64 * BIN);
        }
        assert_eq!(words(&attendance), MOST_WORDS);
    }

    /// Of a record that says it is of 1970 or of 2262.
    #[test]
    fn moments_far_away_make_nobody_silent() {
        let mut attendance = Attendance::default();
        for bin in 3_000_000..3_000_900 {
            for point in [1, 2] {
                attendance.note(point, bin * BIN);
            }
        }
        let usual: Vec<_> = attendance.presences().collect();
        attendance.note(1, 9_223_372_036);
        attendance.note(2, 0);
        assert_eq!(attendance.presences().collect::<Vec<_>>(), usual);
    }

    proptest! {
        #[test]
        fn joined_as_if_noted_by_one(
            noted in prop::collection::vec((0_u64..4, 0_i64..2_000_000), 0..200),
            cut in 0_usize..200,
        ) {
            let of = |noted: &[(u64, i64)]| {
                let mut attendance = Attendance::default();
                noted.iter().for_each(|(point, moment)| attendance.note(*point, *moment));
                attendance
            };
            let (left, right) = noted.split_at(cut.min(noted.len()));
            let mut joined = of(right);
            joined.join(&of(left));
            prop_assert_eq!(joined.presences().collect::<Vec<_>>(), of(&noted).presences().collect::<Vec<_>>());
        }
    }
}
