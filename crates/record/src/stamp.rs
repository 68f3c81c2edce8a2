//! The 5-minute bins that delivered files are named by.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The bin of a delivered file: it holds the records whose `end` lies in it.
///
/// Source: VPC user guide, "Flow log files": a file stamped 16:20 has the records
/// that end from 16:20:00 to 16:24:59 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeBin {
    /// In UTC, to the minute, in a year from 1970 to 9998.
    start: DateTime,
}

const MINUTES: i8 = 5;

impl TimeBin {
    /// The bin that holds the moment. `None` outside the years 1970 to 9998.
    #[must_use]
    pub fn containing(moment: Timestamp) -> Option<Self> {
        let civil = TimeZone::UTC.to_datetime(moment);
        let minute = civil.minute() - civil.minute() % MINUTES;
        let start = civil.date().at(civil.hour(), minute, 0, 0);
        (1970..=9998)
            .contains(&start.year())
            .then_some(Self { start })
    }

    /// The first moment of the bin.
    #[must_use]
    pub fn start(self) -> Timestamp {
        TimeZone::UTC
            .to_timestamp(self.start)
            .expect("a moment of the years 1970 to 9998 is within the range of a timestamp")
    }

    /// The first moment after the bin.
    #[must_use]
    pub fn end(self) -> Timestamp {
        self.start() + MINUTES.minutes()
    }

    /// The start in UTC.
    #[must_use]
    pub fn civil(self) -> DateTime {
        self.start
    }

    /// Reads `YYYYMMDDTHHmmZ`. Minutes that do not begin a bin are let pass.
    pub(crate) fn parse_stamp(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('Z')?;
        let (day, time) = digits.split_once('T')?;
        if day.len() != 8 || time.len() != 4 {
            return None;
        }
        let part = |text: &str, from: usize, to: usize| number(text.get(from..to)?);
        let year = part(day, 0, 4)?;
        let narrow = |value: i16| i8::try_from(value).ok();
        let date = date_of(year, narrow(part(day, 4, 6)?)?, narrow(part(day, 6, 8)?)?)?;
        let (hour, minute) = (narrow(part(time, 0, 2)?)?, narrow(part(time, 2, 4)?)?);
        let start =
            DateTime::new(date.year(), date.month(), date.day(), hour, minute, 0, 0).ok()?;
        Some(Self { start })
    }

    /// `YYYYMMDDTHHmmZ`.
    pub(crate) fn stamp(self) -> String {
        format!("{}{:02}Z", hour_stamp(self.start), self.start.minute())
    }
}

/// `YYYYMMDDTHH`: what the stamps of an hour begin with.
pub(crate) fn hour_stamp(civil: DateTime) -> String {
    format!(
        "{:04}{:02}{:02}T{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour()
    )
}

fn date_of(year: i16, month: i8, day: i8) -> Option<Date> {
    let valid = (1970..=9998).contains(&year);
    valid.then(|| Date::new(year, month, day).ok()).flatten()
}

/// Digits only: no sign, no blank.
fn number(text: &str) -> Option<i16> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stamp_of_the_user_guide() {
        let bin = TimeBin::parse_stamp("20180620T1620Z").unwrap();
        assert_eq!(bin.start().to_string(), "2018-06-20T16:20:00Z");
        assert_eq!(bin.end().to_string(), "2018-06-20T16:25:00Z");
        let inside: Timestamp = "2018-06-20T16:24:59.9Z".parse().unwrap();
        assert_eq!(TimeBin::containing(inside), Some(bin));
        assert_ne!(TimeBin::containing(bin.end()), Some(bin));
    }

    #[test]
    fn bad_stamps_are_refused() {
        for text in [
            "",
            "Z",
            "20180620T1620",
            "20180631T1620Z",
            "20180620T2420Z",
            "20180620T1660Z",
            "2018062 T1620Z",
            "+2180620T1620Z",
            "20180620T162Z",
            "00000101T0000Z",
            "99991231T2359Z",
            "20230229T0000Z",
            "2018é620T1620Z",
            "20180620t1620Z",
        ] {
            assert_eq!(TimeBin::parse_stamp(text), None, "{text:?}");
        }
        assert!(TimeBin::parse_stamp("20240229T0000Z").is_some());
    }

    #[test]
    fn moments_outside_the_range_have_no_bin() {
        assert_eq!(TimeBin::containing(Timestamp::MIN), None);
        assert_eq!(TimeBin::containing(Timestamp::MAX), None);
        assert_eq!(
            TimeBin::containing("1969-12-31T23:59:59Z".parse().unwrap()),
            None
        );
    }

    proptest! {
        #[test]
        fn bin_holds_its_moment_and_round_trips(second in 0_i64..253_000_000_000) {
            let moment = Timestamp::from_second(second).unwrap();
            let bin = TimeBin::containing(moment).unwrap();
            prop_assert!(bin.start() <= moment && moment < bin.end());
            prop_assert_eq!(bin.start().as_second() % 300, 0);
            prop_assert_eq!(TimeBin::parse_stamp(&bin.stamp()), Some(bin));
        }

        #[test]
        fn no_stamp_panics(text in "[0-9TZé+]{0,16}") {
            if let Some(bin) = TimeBin::parse_stamp(&text) {
                prop_assert_eq!(bin.stamp(), text);
            }
        }
    }
}
