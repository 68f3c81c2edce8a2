//! Slices of time, each of which is read by itself.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How long a slice is, in seconds. They begin at full quarters of an hour, so that what is kept of one fits any span.
const LENGTH: i64 = 15 * 60;
/// Records come in for so long after the end of their slice, in seconds: the longest aggregation interval is ten minutes, and
/// delivery takes about five more, best effort (VPC user guide, "Flow log records").
const LATE: i64 = 60 * 60;
/// The most slices of one run: two years.
const MOST: i64 = 2 * 366 * 96;

/// Events from `from` to before `to`, seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slice {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Slice {
    /// Those that hold every event from `from` to before `to`, in the order of time. None: they would be too many.
    pub(super) fn of(from: i64, to: i64) -> Option<Vec<Self>> {
        let first = from.div_euclid(LENGTH);
        let last = to.saturating_sub(1).div_euclid(LENGTH);
        if last.saturating_sub(first) >= MOST {
            return None;
        }
        let slice = |number: i64| Self {
            from: number * LENGTH,
            to: (number + 1) * LENGTH,
        };
        Some((first..=last).map(slice).collect())
    }

    /// Whether no more records of it will come.
    pub(super) fn is_closed(self, now: Timestamp) -> bool {
        self.to + LATE <= now.as_second()
    }

    /// Its first moment.
    pub(super) fn begins(self) -> Timestamp {
        Timestamp::from_second(self.from).unwrap_or_default()
    }

    /// Its last millisecond: `FilterLogEvents` gives what happened in the last one asked for, too.
    pub(super) fn ends(self) -> Timestamp {
        Timestamp::from_millisecond(self.to * 1000 - 1).unwrap_or_default()
    }

    /// `20261120T0015Z`.
    pub(super) fn stamp(self) -> String {
        let at = TimeZone::UTC.to_datetime(self.begins());
        format!(
            "{:04}{:02}{:02}T{:02}{:02}Z",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute()
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn slices_hold_the_span_and_begin_at_full_quarters() {
        for (from, to, expected) in [
            (0, 900, vec![0]),
            (1, 901, vec![0, 900]),
            (899, 900, vec![0]),
            (900, 2700, vec![900, 1800]),
            (-1, 1, vec![-900, 0]),
        ] {
            let slices = Slice::of(from, to).unwrap();
            let begins: Vec<i64> = slices.iter().map(|slice| slice.from).collect();
            assert_eq!(begins, expected, "{from} {to}");
            assert!(slices.iter().all(|slice| slice.to - slice.from == LENGTH));
        }
        assert_eq!(Slice::of(0, i64::MAX), None);
        assert_eq!(Slice::of(i64::MIN, i64::MAX), None);
    }

    #[test]
    fn a_slice_is_closed_when_late_records_have_come() {
        let slice = Slice { from: 0, to: 900 };
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(!slice.is_closed(at(900 + LATE - 1)));
        assert!(slice.is_closed(at(900 + LATE)));
        assert_eq!(slice.ends().to_string(), "1970-01-01T00:14:59.999Z");
        assert_eq!(slice.stamp(), "19700101T0000Z");
    }
}
