//! How a finding was spread over time, in as many cells as there is room for.

use flowcover_detect::Finding;

/// Seconds of an hour.
const HOUR: i64 = 3600;
/// Seconds of a day.
const DAY: i64 = 24 * HOUR;
/// From nothing to the most.
const LEVELS: [char; 9] = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Hours of a cell that days are cut into without a rest.
const STEPS: [u64; 7] = [1, 2, 3, 4, 6, 8, 12];

/// A sum for each cell of time, all as long as each other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Series {
    /// When the first cell begins, Unix seconds.
    pub(crate) start: i64,
    /// Hours of one cell.
    pub(crate) step: u64,
    /// The sum of each.
    pub(crate) amounts: Vec<u64>,
}

impl Series {
    /// From the first to the last hour in which there was something; none without any.
    pub(crate) fn of(finding: &Finding, most_cells: usize) -> Option<Self> {
        let starts = || finding.hours.iter().map(|point| point.start);
        let first = starts().min()?;
        let hours = hours_between(first, starts().max()?).saturating_add(1);
        Some(Self::new(finding, first, hours, most_cells))
    }

    /// Whole days (UTC) from the first to the last in which there was something; none without any.
    pub(crate) fn of_days(finding: &Finding, most_cells: usize) -> Option<Self> {
        let starts = || finding.hours.iter().map(|point| point.start);
        let first = starts().min()?;
        let first = first.saturating_sub(first.rem_euclid(DAY));
        let hours = hours_between(first, starts().max()?).saturating_add(1);
        let whole = hours.div_ceil(24).saturating_mul(24);
        Some(Self::new(finding, first, whole, most_cells))
    }

    fn new(finding: &Finding, start: i64, hours: u64, most_cells: usize) -> Self {
        let step = step(hours, most_cells.max(1) as u64);
        let mut amounts = vec![0_u64; hours.div_ceil(step).max(1) as usize];
        for point in &finding.hours {
            let cell = hours_between(start, point.start) / step;
            // Hours lie between the first and the last.
            if let Some(amount) = amounts.get_mut(cell as usize) {
                *amount = amount.saturating_add(point.amount);
            }
        }
        Self {
            start,
            step,
            amounts,
        }
    }

    /// The most in one cell.
    pub(crate) fn most(&self) -> u64 {
        self.amounts.iter().copied().max().unwrap_or(0)
    }

    /// When a cell begins, Unix seconds.
    pub(crate) fn starts_at(&self, cell: usize) -> i64 {
        let seconds = (cell as u64).saturating_mul(self.step);
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.start.saturating_add(seconds.saturating_mul(HOUR))
    }

    /// When the last cell ends, Unix seconds.
    pub(crate) fn end(&self) -> i64 {
        self.starts_at(self.amounts.len())
    }

    /// How high a cell is, of `levels`: nothing is 0, and anything at least 1.
    pub(crate) fn height(&self, amount: u64, levels: u64) -> u64 {
        height(amount, self.most(), levels)
    }

    /// One character for each cell.
    pub(crate) fn spark(&self) -> String {
        spark(&self.amounts)
    }
}

/// How high an amount is, of `levels`, where the most there is takes them all: nothing is 0, and anything at least 1.
pub(crate) fn height(amount: u64, most: u64, levels: u64) -> u64 {
    let height = (u128::from(amount) * u128::from(levels)).div_ceil(u128::from(most.max(1)));
    u64::try_from(height).unwrap_or(levels).min(levels)
}

/// One character for each amount.
pub(crate) fn spark(amounts: &[u64]) -> String {
    let levels = LEVELS.len() as u64 - 1;
    let most = amounts.iter().copied().max().unwrap_or(0);
    let amounts = amounts.iter();
    amounts
        .map(|amount| LEVELS[height(*amount, most, levels) as usize])
        .collect()
}

fn hours_between(first: i64, last: i64) -> u64 {
    last.saturating_sub(first).max(0).unsigned_abs() / HOUR.unsigned_abs()
}

/// Hours of a cell, so that no more than `most_cells` are needed: a part of a day, or whole days.
fn step(hours: u64, most_cells: u64) -> u64 {
    let least = hours.div_ceil(most_cells).max(1);
    let part = STEPS.into_iter().find(|step| *step >= least);
    part.unwrap_or_else(|| least.div_ceil(24).saturating_mul(24))
}
