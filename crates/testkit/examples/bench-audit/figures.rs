//! Figures, what they should be, and how they are shown.

use std::fmt::Write;
use std::time::Duration;

use crate::process::Cost;

/// A measured value with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Figure {
    Calls(usize),
    /// How many times as long as something else.
    Ratio(f64),
    Time(Duration),
    /// Bytes.
    Memory(u64),
    /// The system does not tell.
    NotKnown,
}

impl Figure {
    fn text(self) -> String {
        match self {
            Self::Calls(calls) => calls.to_string(),
            Self::Ratio(ratio) => format!("{ratio:.2} x"),
            Self::Time(time) if time < Duration::from_secs(1) => {
                format!("{:.1} ms", time.as_secs_f64() * 1e3)
            }
            Self::Time(time) => format!("{:.2} s", time.as_secs_f64()),
            Self::Memory(bytes) => format!("{} MB", bytes.div_ceil(1_000_000)),
            Self::NotKnown => "not known".to_owned(),
        }
    }

    /// Whether it is within the goal; none if one of them is not known, or they do not compare.
    fn reaches(self, goal: Self) -> Option<bool> {
        match (self, goal) {
            (Self::Calls(calls), Self::Calls(goal)) => Some(calls == goal),
            (Self::Ratio(ratio), Self::Ratio(goal)) => Some(ratio <= goal),
            (Self::Time(time), Self::Time(goal)) => Some(time < goal),
            (Self::Memory(bytes), Self::Memory(goal)) => Some(bytes < goal),
            _ => None,
        }
    }
}

impl From<Option<Duration>> for Figure {
    fn from(time: Option<Duration>) -> Self {
        time.map_or(Self::NotKnown, Self::Time)
    }
}

impl From<Option<u64>> for Figure {
    fn from(bytes: Option<u64>) -> Self {
        bytes.map_or(Self::NotKnown, Self::Memory)
    }
}

/// One line of the result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: Figure,
    pub(crate) goal: Option<Figure>,
}

impl Row {
    /// A figure that should be within a goal.
    pub(crate) fn goal(what: &str, figure: impl Into<Figure>, goal: Figure) -> Self {
        Self {
            what: what.to_owned(),
            figure: figure.into(),
            goal: Some(goal),
        }
    }

    /// A figure to know.
    pub(crate) fn plain(what: &str, figure: impl Into<Figure>) -> Self {
        Self {
            what: what.to_owned(),
            figure: figure.into(),
            goal: None,
        }
    }

    fn reached(&self) -> &'static str {
        match self.goal.map(|goal| self.figure.reaches(goal)) {
            Some(Some(true)) => "yes",
            Some(Some(false)) => "NO",
            Some(None) => "not known",
            None => "",
        }
    }
}

/// The rows of one measurement as a Markdown table.
pub(crate) fn table(title: &str, rows: &[Row]) -> String {
    let mut text = format!("\n{title}\n\n");
    let mut line = |cells: [&str; 4]| {
        let [what, figure, goal, reached] = cells;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {what:<44} | {figure:>9} | {goal:>8} | {reached:<9} |"
        );
    };
    line(["", "measured", "goal", "reached"]);
    line(["---", "--:", "--:", "---"]);
    for row in rows {
        let goal = row.goal.map(Figure::text).unwrap_or_default();
        line([&row.what, &row.figure.text(), &goal, row.reached()]);
    }
    text
}

/// The middle of the values; the lower one of two.
pub(crate) fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// The medians of several runs, each for itself.
pub(crate) fn medians(costs: &[Cost]) -> Cost {
    Cost {
        wall: median(costs.iter().map(|cost| cost.wall)).unwrap_or_default(),
        cpu: median(costs.iter().filter_map(|cost| cost.cpu)),
        peak: median(costs.iter().filter_map(|cost| cost.peak)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_one_of_the_values() {
        assert_eq!(median([3, 1, 2].into_iter()), Some(2));
        assert_eq!(median([4, 1, 2, 3].into_iter()), Some(2));
        assert_eq!(median(std::iter::empty::<u8>()), None);
    }

    #[test]
    fn goals_are_judged_and_shown() {
        let rows = [
            Row::goal("calls", Figure::Calls(36), Figure::Calls(36)),
            Row::goal("too long", Figure::Ratio(1.304), Figure::Ratio(1.3)),
            Row::goal("memory", None::<u64>, Figure::Memory(40_000_000)),
            Row::plain("time", Some(Duration::from_millis(1500))),
        ];
        let text = table("title", &rows);
        let cells: Vec<Vec<&str>> = text
            .lines()
            .skip(5)
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        assert_eq!(cells[0], ["", "calls", "36", "36", "yes", ""]);
        assert_eq!(cells[1], ["", "too long", "1.30 x", "1.30 x", "NO", ""]);
        assert_eq!(
            cells[2],
            ["", "memory", "not known", "40 MB", "not known", ""]
        );
        assert_eq!(cells[3], ["", "time", "1.50 s", "", "", ""]);
    }

    #[test]
    fn fewer_calls_than_needed_are_no_success() {
        assert_eq!(Figure::Calls(35).reaches(Figure::Calls(36)), Some(false));
        assert_eq!(Figure::Calls(35).reaches(Figure::Ratio(1.0)), None);
    }
}
