//! How moments are spread over time, and where most of them lie.

use std::collections::BTreeMap;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Seconds that a flow lasts at most: one that says it lasted longer has a damaged beginning or end.
pub(crate) const LONGEST: i64 = FAR * DAY;
/// Days without anything that part what is far away from what belongs together.
const FAR: i64 = 45;
/// Days that are kept apart: 27 years of them. More are made up.
const MOST_DAYS: usize = 10_000;
/// What is far away from the rest, and one in so many or less, is no reason to judge what lies between. It is judged by itself.
const FEW: u64 = 20;

/// Moments from a first to a last, and how many there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    first: i64,
    last: i64,
    count: u64,
}

impl Part {
    fn add(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
    }
}

/// Moments (Unix seconds), by day. A damaged or forged record may say that it is of 1970 or of 2262: by the first and the last
/// moment alone, everything would be new, or everybody silent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    days: BTreeMap<i64, Part>,
    /// The day that was noted last, not yet among the others: nearly always it is also the next.
    current: Option<(i64, Part)>,
}

/// Where most moments lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Main {
    /// The first of them.
    pub(crate) first: i64,
    /// The last of them.
    pub(crate) last: i64,
    /// How many lie far away: before or after.
    pub(crate) strays: u64,
}

impl Main {
    /// Whether a moment is one of them.
    #[must_use]
    pub(crate) const fn has(&self, moment: i64) -> bool {
        self.first <= moment && moment <= self.last
    }
}

impl Spread {
    /// Notes a moment.
    pub(crate) fn note(&mut self, moment: i64) {
        let day = moment.div_euclid(DAY);
        let part = Part {
            first: moment,
            last: moment,
            count: 1,
        };
        match &mut self.current {
            Some((current, known)) if *current == day => known.add(part),
            current => {
                if let Some((day, part)) = current.replace((day, part)) {
                    self.add(day, part);
                }
            }
        }
    }

    fn add(&mut self, day: i64, part: Part) {
        if let Some(known) = self.days.get_mut(&day) {
            known.add(part);
        } else {
            self.days.insert(day, part);
            if self.days.len() > MOST_DAYS {
                self.forget();
            }
        }
    }

    /// Forgets the days with the least, half of them.
    fn forget(&mut self) {
        let mut counts: Vec<u64> = self.days.values().map(|part| part.count).collect();
        counts.sort_unstable();
        let middle = counts[counts.len() / 2];
        let mut room = counts.len() / 2;
        self.days.retain(|_, part| {
            let stays = part.count > middle || (part.count == middle && room > 0);
            room -= usize::from(stays).min(room);
            stays
        });
    }

    /// Adds what another has noted.
    pub(crate) fn join(&mut self, other: &Self) {
        for (day, part) in other
            .days
            .iter()
            .map(|(day, part)| (*day, *part))
            .chain(other.current)
        {
            self.add(day, part);
        }
    }

    /// All days.
    fn days(&self) -> BTreeMap<i64, Part> {
        let mut all = Self {
            days: self.days.clone(),
            current: None,
        };
        if let Some((day, part)) = self.current {
            all.add(day, part);
        }
        all.days
    }

    /// The first and the last of those moments that lie between two others, as far as they can be told apart: by day, and where a day reaches
    /// beyond, by nothing. None if there is no such moment.
    #[must_use]
    pub(crate) fn within(&self, first: i64, last: i64) -> Option<(i64, i64)> {
        let days = self.days();
        let inside = days
            .values()
            .filter(|part| part.first <= last && first <= part.last);
        let inside = inside.map(|part| (part.first.max(first), part.last.min(last)));
        inside.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// How many moments lie before the one or after the other, by day.
    #[must_use]
    pub(crate) fn outside(&self, first: i64, last: i64) -> u64 {
        let days = self.days();
        let outside = days
            .values()
            .filter(|part| part.last < first || last < part.first);
        outside.fold(0, |sum, part| sum.saturating_add(part.count))
    }

    /// Where most moments lie: from the first to the last of all groups of days that are not both far from the others and small. None
    /// if there was nothing.
    #[must_use]
    pub(crate) fn main(&self) -> Option<Main> {
        let mut groups: Vec<Part> = Vec::new();
        for part in self.days().values() {
            match groups.last_mut() {
                Some(group) if part.first.saturating_sub(group.last) <= FAR * DAY => {
                    group.add(*part);
                }
                _ => groups.push(*part),
            }
        }
        let all = groups
            .iter()
            .fold(0_u64, |sum, group| sum.saturating_add(group.count));
        let most = groups.iter().map(|group| group.count).max()?;
        let counts = |group: &&Part| group.count > most / FEW;
        let main = groups
            .iter()
            .filter(counts)
            .copied()
            .reduce(|mut one, other| {
                one.add(other);
                one
            })?;
        Some(Main {
            first: main.first,
            last: main.last,
            strays: all - main.count.min(all),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn of(moments: impl IntoIterator<Item = i64>) -> Spread {
        let mut spread = Spread::default();
        moments.into_iter().for_each(|moment| spread.note(moment));
        spread
    }

    #[test]
    fn moments_far_from_most_do_not_widen_where_most_are() {
        let week = || (0..5_000).map(|n| NOW + n * 120);
        let usual = of(week()).main().unwrap();
        assert_eq!(
            (usual.first, usual.last, usual.strays),
            (NOW, NOW + 4_999 * 120, 0)
        );
        let strays = [0, i64::MIN, i64::MAX, 9_223_372_036];
        let with = of(week().chain(strays)).main().unwrap();
        assert_eq!((with.first, with.last), (usual.first, usual.last));
        assert_eq!(with.strays, 4);
        assert!(with.has(NOW) && !with.has(0));
    }

    #[test]
    fn months_apart_are_one_span_where_both_are_many() {
        let apart = (0..1_000).flat_map(|n| [NOW + n * 60, NOW + 200 * DAY + n * 60]);
        let main = of(apart).main().unwrap();
        assert_eq!(
            (main.first, main.last, main.strays),
            (NOW, NOW + 200 * DAY + 999 * 60, 0)
        );
        assert_eq!(of([]).main(), None);
        // Of two, neither is the stray one.
        let two = of([0, NOW]).main().unwrap();
        assert_eq!((two.first, two.last), (0, NOW));
    }

    #[test]
    fn moments_between_two_others() {
        let spread = of([0, NOW, NOW + 60, NOW + 3 * DAY, i64::MAX]);
        assert_eq!(spread.within(NOW - 5, NOW + 90), Some((NOW, NOW + 60)));
        assert_eq!(spread.within(NOW, i64::MAX - 1), Some((NOW, NOW + 3 * DAY)));
        assert_eq!(spread.within(1_000_000, NOW - DAY), None);
        assert_eq!(spread.outside(NOW, NOW + 3 * DAY), 2);
    }

    #[test]
    fn made_up_days_cost_little_and_leave_what_is_many() {
        let made_up = (0..50_000).map(|day| day * DAY * 3);
        let real = (0..100_000).map(|n| NOW + n);
        let spread = of(real.chain(made_up));
        assert!(spread.days.len() <= MOST_DAYS);
        assert!(spread.main().unwrap().has(NOW));
    }

    proptest! {
        #[test]
        fn joined_as_if_noted_by_one(moments in prop::collection::vec(any::<i64>(), 0..200), cut in 0_usize..200) {
            let (left, right) = moments.split_at(cut.min(moments.len()));
            let mut joined = of(right.iter().copied());
            joined.join(&of(left.iter().copied()));
            prop_assert_eq!(joined.days(), of(moments).days());
        }
    }
}
