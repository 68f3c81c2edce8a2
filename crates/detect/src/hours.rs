//! How something was spread over time.

use serde::{Deserialize, Serialize};

/// Seconds of an hour.
pub(crate) const HOUR: i64 = 3600;
/// Hours that are kept apart: two months of them.
const MOST: usize = 24 * 62;

/// A sum for each hour in which there was something, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    sums: Vec<(i32, u64)>,
}

impl Hours {
    /// Adds to the hour of that moment (Unix seconds).
    pub fn add(&mut self, moment: i64, amount: u64) {
        let hour = i32::try_from(moment.div_euclid(HOUR)).unwrap_or(i32::MAX);
        self.add_to(hour, amount);
    }

    fn add_to(&mut self, hour: i32, amount: u64) {
        // Flows come nearly in order of time.
        let place = match self.sums.last() {
            Some((last, _)) if *last == hour => Ok(self.sums.len() - 1),
            Some((last, _)) if *last < hour => Err(self.sums.len()),
            _ => self.sums.binary_search_by_key(&hour, |(hour, _)| *hour),
        };
        match place {
            Ok(place) => self.sums[place].1 = self.sums[place].1.saturating_add(amount),
            Err(place) => {
                self.sums.insert(place, (hour, amount));
                if self.sums.len() > MOST {
                    // The oldest goes: what is asked is always about the newest.
                    self.sums.remove(0);
                }
            }
        }
    }

    /// Adds what another has counted.
    pub fn join(&mut self, other: &Self) {
        for &(hour, amount) in &other.sums {
            self.add_to(hour, amount);
        }
    }

    /// The most in one hour.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.sums.iter().map(|(_, sum)| *sum).max().unwrap_or(0)
    }

    /// The most within so many hours one after the other.
    #[must_use]
    pub fn most_within(&self, hours: i32) -> u64 {
        let (mut most, mut sum, mut oldest) = (0_u128, 0_u128, 0);
        for &(hour, amount) in &self.sums {
            sum += u128::from(amount);
            // The newest is never that old, so this ends before it.
            while hour.saturating_sub(self.sums[oldest].0) >= hours.max(1) {
                sum -= u128::from(self.sums[oldest].1);
                oldest += 1;
            }
            most = most.max(sum);
        }
        u64::try_from(most).unwrap_or(u64::MAX)
    }

    /// The sum of all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.sums
            .iter()
            .fold(0, |total, (_, sum)| total.saturating_add(*sum))
    }

    /// The sum of the hours that began before that moment (Unix seconds).
    #[must_use]
    pub fn before(&self, moment: i64) -> u64 {
        self.iter()
            .take_while(|(hour, _)| *hour < moment)
            .fold(0, |total, (_, sum)| total.saturating_add(sum))
    }

    /// How many hours had something.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Whether there was nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// When each hour begins (Unix seconds), and its sum.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.sums
            .iter()
            .map(|(hour, sum)| (i64::from(*hour) * HOUR, *sum))
    }

    /// When each day (UTC) begins that had something, and its sum.
    #[must_use]
    pub fn days(&self) -> Vec<(i64, u64)> {
        let mut days: Vec<(i64, u64)> = Vec::new();
        for (start, sum) in self.iter() {
            let day = start.div_euclid(24 * HOUR) * 24 * HOUR;
            match days.last_mut() {
                Some((last, total)) if *last == day => *total = total.saturating_add(sum),
                _ => days.push((day, sum)),
            }
        }
        days
    }

    /// Bytes beside the value itself.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.sums.capacity() * size_of::<(i32, u64)>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_sums_of_hours() {
        let mut hours = Hours::default();
        for (moment, amount) in [(90_000, 5), (3_600, 1), (7_000, 2), (86_399, 3)] {
            hours.add(moment, amount);
        }
        assert_eq!(hours.days(), [(0, 6), (86_400, 5)]);
        assert_eq!((hours.most(), hours.total(), hours.len()), (5, 11, 3));
        assert_eq!(
            [0, 3_600, 3_601, 90_001].map(|moment| hours.before(moment)),
            [0, 0, 3, 11]
        );
        let within = [0, 1, 2, 3, 23, 25, 48].map(|count| hours.most_within(count));
        assert_eq!(within, [5, 5, 5, 8, 8, 11, 11]);
    }

    proptest! {
        #[test]
        fn neither_order_nor_joining_matters(
            added in prop::collection::vec((0_i64..400_000, 0_u64..10), 0..60),
            cut in 0_usize..60,
        ) {
            let of = |added: &[(i64, u64)]| {
                let mut hours = Hours::default();
                added.iter().for_each(|(moment, amount)| hours.add(*moment, *amount));
                hours
            };
            let whole = of(&added);
            let (left, right) = added.split_at(cut.min(added.len()));
            let mut joined = of(right);
            joined.join(&of(left));
            prop_assert_eq!(joined, whole);
        }
    }
}
