//! Numbers as people read them: bytes in larger units, times as dates.

use std::borrow::Cow;

use datafusion::arrow::datatypes::Field;
use jiff::Timestamp;

/// What the numbers of a column count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nothing that is known.
    None,
    /// Bytes.
    Bytes,
    /// Seconds since the Unix epoch.
    Seconds,
}

const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

impl Unit {
    /// By its name: a query can only be told apart by the names that it gives.
    pub(super) fn of(field: &Field) -> Self {
        let name = field.name().as_str();
        match name {
            _ if !field.data_type().is_numeric() => Self::None,
            "start" | "end" => Self::Seconds,
            "bytes" => Self::Bytes,
            _ if name.ends_with("_bytes") || name.starts_with("bytes_") => Self::Bytes,
            _ if name.starts_with("sum(") && name.contains("bytes") => Self::Bytes,
            _ => Self::None,
        }
    }

    /// The number in that unit. A text that is no number stays.
    pub(super) fn show(self, text: &str) -> Cow<'_, str> {
        let shown = match self {
            Self::None => None,
            Self::Bytes => text.parse().ok().map(bytes),
            Self::Seconds => text.parse().ok().and_then(time),
        };
        shown.map_or(Cow::from(text), Cow::from)
    }
}

/// Three digits and a decimal unit, as AWS bills traffic.
fn bytes(count: i64) -> String {
    let mut unit = 0;
    // Exact to 2⁵³, which is far more digits than are shown.
    let mut value = count as f64;
    // What would be rounded to 1000 goes into the next unit.
    while value.abs() >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = match value.abs() {
        _ if unit == 0 => 0,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

fn time(seconds: i64) -> Option<String> {
    let time = Timestamp::from_second(seconds).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;

    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        for (count, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9994, "9.99 kB"),
            (9999, "10.0 kB"),
            (99_949, "99.9 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (123_456_789, "123 MB"),
            (-1500, "-1.50 kB"),
            (i64::MAX, "9.22 EB"),
        ] {
            assert_eq!(bytes(count), expected, "{count}");
        }
        assert_eq!(Unit::Seconds.show("1763600000"), "2025-11-20 00:53:20");
        assert_eq!(Unit::Bytes.show(""), "");
        assert_eq!(Unit::None.show("1500"), "1500");
    }

    #[test]
    fn units_are_known_by_names() {
        let of = |name: &str, kind| Unit::of(&Field::new(name, kind, true));
        assert_eq!(of("bytes", DataType::Int64), Unit::Bytes);
        assert_eq!(of("sum(records.bytes)", DataType::Int64), Unit::Bytes);
        assert_eq!(of("bytes", DataType::Utf8View), Unit::None);
        assert_eq!(of("start", DataType::Int64), Unit::Seconds);
        assert_eq!(of("packets", DataType::Int64), Unit::None);
    }
}
