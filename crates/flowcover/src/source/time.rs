//! Times as they are typed.

use std::str::FromStr;
use std::time::Duration;

use flowcover_lake::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::cli::Choosing;
use crate::failure::Failure;

/// `90m`, `24h`, `7d`: a number and its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let refused = || format!("`{text}` is not a time: 45s, 90m, 24h, 7d and 2w are");
    let units = [
        ("s", 1),
        ("m", 60),
        ("h", 3600),
        ("d", 86_400),
        ("w", 604_800),
    ];
    let unit = units.iter().find(|(name, _)| text.ends_with(name));
    let (name, seconds) = unit.ok_or_else(refused)?;
    let number: u32 = text
        .strip_suffix(name)
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|number| number.parse().ok())
        .ok_or_else(refused)?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

/// A moment, or a day of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// RFC 3339.
    At(Timestamp),
    /// `YYYY-MM-DD`.
    Day(Date),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_day = text.len() == "2026-11-20".len();
        let day = is_day.then(|| text.parse().ok().map(Self::Day)).flatten();
        day.or_else(|| text.parse().ok().map(Self::At))
            .ok_or_else(|| {
                format!("`{text}` is no moment: 2026-11-20 and 2026-11-20T08:00:00Z are")
            })
    }
}

impl Moment {
    fn begins(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(day) => beginning(day),
        }
    }

    fn ends(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(day) => beginning(day.saturating_add(1.day())),
        }
    }
}

fn beginning(day: Date) -> Timestamp {
    let midnight = day.at(0, 0, 0, 0);
    TimeZone::UTC
        .to_timestamp(midnight)
        .unwrap_or(Timestamp::MAX)
}

/// The span that was asked for; none: all times.
pub(crate) fn span(choosing: &Choosing, now: Timestamp) -> Result<Option<Span>, Failure> {
    let to = choosing.until.map(Moment::ends);
    let from = match (choosing.since, choosing.last) {
        (Some(from), _) => Some(from.begins()),
        (None, Some(last)) => Some(
            to.unwrap_or(now)
                .checked_sub(last)
                .map_err(|_| Failure::usage("--last goes back too far"))?,
        ),
        (None, None) => None,
    };
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Failure::usage(format!(
            "the span is empty: it ends at {to}, and begins at {from}"
        )));
    }
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    // A second that has begun belongs to the span.
    let up = |at: Timestamp| at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Ok(Some(Span {
        from: from.map(Timestamp::as_second),
        to: to.map(up),
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        choosing: Choosing,
    }

    #[test]
    fn times_are_a_number_and_a_unit() {
        for (text, seconds) in [
            ("45s", 45),
            ("90m", 5400),
            ("24h", 86_400),
            ("7d", 604_800),
            ("0d", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "h",
            "24",
            "-1h",
            "1.5h",
            "24 h",
            "99999999999d",
            "1y",
            "é",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[track_caller]
    fn check(typed: &[&str], from: Option<&str>, to: Option<&str>) {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let words = std::iter::once("flowcover").chain(typed.iter().copied());
        let choosing = Typed::try_parse_from(words).unwrap().choosing;
        let span = span(&choosing, now).unwrap().unwrap_or_default();
        let text = |second: Option<i64>| {
            second.map(|second| Timestamp::from_second(second).unwrap().to_string())
        };
        assert_eq!(text(span.from).as_deref(), from, "{typed:?}");
        assert_eq!(text(span.to).as_deref(), to, "{typed:?}");
    }

    #[test]
    fn spans_are_open_where_nothing_is_said() {
        check(&[], None, None);
        check(&["--last", "24h"], Some("2026-11-19T12:00:00Z"), None);
        check(
            &["--since", "2026-11-19", "--until", "2026-11-19"],
            Some("2026-11-19T00:00:00Z"),
            Some("2026-11-20T00:00:00Z"),
        );
        check(
            &["--until", "2026-11-19T08:00:00.5+02:00", "--last", "1h"],
            Some("2026-11-19T05:00:00Z"),
            Some("2026-11-19T06:00:01Z"),
        );
    }

    #[test]
    fn spans_that_make_no_sense_are_refused() {
        for typed in [
            &["--since", "2026-11-20", "--until", "2026-11-18"][..],
            &["--last", "1h", "--since", "2026-11-18"],
            &["--since", "yesterday"],
            &["--since", "2026-11-20T08:00:00"],
            &["--since", "2026-02-30"],
        ] {
            let words = std::iter::once("flowcover").chain(typed.iter().copied());
            let now = "2026-11-20T12:00:00Z".parse().unwrap();
            let refused = Typed::try_parse_from(words)
                .map_or(true, |typed| span(&typed.choosing, now).is_err());
            assert!(refused, "{typed:?}");
        }
    }
}
