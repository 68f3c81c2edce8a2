//! The count of every line that was read: none is lost without a number.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::record::LogStatus;

/// How many records were read, and what became of them.
///
/// Header lines and blank lines are no records and are not counted.
/// The law is in [`Counts::is_balanced`]: `read` is counted where lines are found, the
/// others where they are used, so a line that is lost between shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counts {
    /// Records met in the input.
    pub read: u64,
    /// Records with a `log-status` other than `NODATA` and `SKIPDATA`, or without one.
    pub parsed: u64,
    /// Records that say that there was no traffic.
    pub nodata: u64,
    /// Records that say that others were left out.
    pub skipdata: u64,
    /// Lines that are no records of their format.
    pub malformed: u64,
    /// Records that a filter on bytes passed over before they were split. What their
    /// `log-status` is, and whether they are well formed, was not looked at.
    pub passed_over: u64,
}

impl Counts {
    /// Whether every record that was read is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.read == self.accounted_for()
    }

    /// The records of which it is known what became of them.
    #[must_use]
    pub fn accounted_for(&self) -> u64 {
        self.parsed + self.nodata + self.skipdata + self.malformed + self.passed_over
    }

    /// Counts a record that was parsed, by its `log-status`. `read` is not touched.
    #[inline]
    pub fn record(&mut self, status: Option<LogStatus>) {
        match status {
            Some(LogStatus::NoData) => self.nodata += 1,
            Some(LogStatus::SkipData) => self.skipdata += 1,
            Some(LogStatus::Ok) | None => self.parsed += 1,
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.parsed += other.parsed;
        self.nodata += other.nodata;
        self.skipdata += other.skipdata;
        self.malformed += other.malformed;
        self.passed_over += other.passed_over;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.add(&other);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts() -> impl Strategy<Value = Counts> {
        let one = 0..1_000_000_u64;
        (one.clone(), one.clone(), one.clone(), one.clone(), one).prop_map(
            |(parsed, nodata, skipdata, malformed, passed_over)| Counts {
                read: parsed + nodata + skipdata + malformed + passed_over,
                parsed,
                nodata,
                skipdata,
                malformed,
                passed_over,
            },
        )
    }

    #[test]
    fn records_are_counted_by_status() {
        let mut counts = Counts {
            read: 5,
            ..Counts::default()
        };
        for status in [
            Some(LogStatus::Ok),
            None,
            Some(LogStatus::NoData),
            Some(LogStatus::SkipData),
        ] {
            counts.record(status);
        }
        assert_eq!((counts.parsed, counts.nodata, counts.skipdata), (2, 1, 1));
        assert!(!counts.is_balanced());
        counts.malformed += 1;
        assert!(counts.is_balanced());
    }

    proptest! {
        #[test]
        fn sums_of_balanced_counts_are_balanced(one in counts(), other in counts()) {
            let mut sum = one;
            sum += other;
            prop_assert!(sum.is_balanced());
            prop_assert_eq!(sum.read, one.read + other.read);
            prop_assert_eq!(sum.passed_over, one.passed_over + other.passed_over);
            let mut turned = other;
            turned.add(&one);
            prop_assert_eq!(turned, sum);
        }

        #[test]
        fn a_lost_record_shows(mut counts in counts()) {
            counts.read += 1;
            prop_assert!(!counts.is_balanced());
        }
    }
}
