//! Exact amounts of money.

use std::fmt;
use std::iter::Sum;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nano-dollars in a dollar.
const DOLLAR: i128 = 1_000_000_000;

/// Nano-dollars in a cent.
const CENT: i128 = DOLLAR / 100;

/// US dollars, counted in billionths: prices of AWS have up to seven decimals. Arithmetic stops at the largest amount
/// instead of wrapping. Stored as decimal text (`"0.075"`), so that no reader rounds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many billionths of a dollar.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// Billionths of a dollar.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// Reads `0.075`, `12` or `-3.50`. `None` for anything else, and for more than nine decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || !are_digits(decimals) || decimals.len() > 9 {
            return None;
        }
        let whole: i128 = whole.parse().ok()?;
        let decimals: i128 = format!("{decimals:0<9}").parse().ok()?;
        let nanos = whole.checked_mul(DOLLAR)?.checked_add(decimals)?;
        Some(Self(sign * nanos))
    }

    /// What `quantity` costs where `unit` of it cost this much, to the nearest billionth of a dollar. A unit of nothing counts as one.
    #[must_use]
    pub fn for_quantity(self, quantity: u64, unit: u64) -> Self {
        let unit = i128::from(unit.max(1));
        let exact = self.0.saturating_mul(i128::from(quantity));
        Self(exact.saturating_add(unit / 2).div_euclid(unit))
    }

    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference; below zero where `other` is more.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Decimal text without rounding and without needless zeros: `0.075`.
    #[must_use]
    pub fn exact(self) -> String {
        let nanos = self.0.unsigned_abs();
        let dollar = DOLLAR.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let decimals = format!("{:09}", nanos % dollar);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{decimals}", nanos / dollar)
    }
}

/// To the cent, halves away from zero, with commas: `$1,234.50`. What would be shown as nothing and is not, is `<$0.01`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let cent = CENT.unsigned_abs();
        let cents = nanos.saturating_add(cent / 2) / cent;
        let sign = if self.0 < 0 { "-" } else { "" };
        if cents == 0 && nanos > 0 {
            return f.pad(if self.0 < 0 { ">-$0.01" } else { "<$0.01" });
        }
        f.pad(&format!(
            "{sign}${}.{:02}",
            thousands(cents / 100),
            cents % 100
        ))
    }
}

/// A number with a comma before every three digits.
pub(super) fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.exact())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an amount of money"))
    }
}

impl JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?$",
            "description": "US dollars, exact, as decimal text",
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::Money;

    #[track_caller]
    fn check(exact: &str, shown: &str) {
        let money = Money::parse(exact).unwrap();
        assert_eq!(
            (money.exact().as_str(), money.to_string().as_str()),
            (exact, shown)
        );
    }

    #[test]
    fn shown_to_the_cent() {
        check("0", "$0.00");
        check("0.004999999", "<$0.01");
        check("-0.000000001", ">-$0.01");
        check("0.005", "$0.01");
        check("-0.005", "-$0.01");
        check("1234567.894999999", "$1,234,567.89");
        check("999.995", "$1,000.00");
        check("-12.5", "-$12.50");
    }

    #[test]
    fn what_is_no_amount() {
        for text in [
            "",
            ".5",
            "1.",
            "1e3",
            "+1",
            "1.0000000001",
            "nan",
            "1_0",
            "--1",
            "1.-1",
        ] {
            assert_eq!(Money::parse(text), None, "{text:?}");
        }
        assert_eq!(Money::parse(&"9".repeat(60)), None);
    }

    #[test]
    fn quantities_round_to_the_nearest_billionth() {
        let price = Money::parse("0.50").unwrap();
        assert_eq!(price.for_quantity(10_240 << 30, 1 << 30).exact(), "5120");
        assert_eq!(price.for_quantity(1, 1 << 30).nanos(), 0, "0.47 billionths");
        assert_eq!(price.for_quantity(2, 1 << 30).nanos(), 1, "0.93 billionths");
        assert_eq!(price.for_quantity(7, 0).exact(), "3.5");
    }

    proptest! {
        #[test]
        fn text_and_back(nanos in any::<i64>()) {
            let money = Money::from_nanos(nanos.into());
            prop_assert_eq!(Money::parse(&money.exact()), Some(money));
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }
    }
}
