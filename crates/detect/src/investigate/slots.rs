//! How much there was when: cells of time that grow coarser as they become many.

use std::collections::BTreeMap;

/// Seconds of a cell, each a multiple of the one before: a minute, five, fifteen, an hour, six, a day, a week.
const STEPS: [i64; 7] = [60, 300, 900, 3_600, 21_600, 86_400, 604_800];
/// Cells that are kept.
const MOST: usize = 4_096;
/// Bytes of a cell in the tree, with what lies between.
const CELL: usize = (size_of::<i64>() + size_of::<Amounts>()) * 3 / 2;

/// The next coarser step.
fn coarser(step: i64) -> i64 {
    let next = STEPS.into_iter().find(|next| *next > step);
    next.unwrap_or_else(|| step.saturating_mul(2))
}

/// The finest step with which no more than so many cells lie between these moments, and none is finer than `least`.
pub(crate) fn step_for(first: i64, last: i64, cells: i64, least: i64) -> i64 {
    let mut step = STEPS[0];
    while step < least || last.div_euclid(step).saturating_sub(first.div_euclid(step)) >= cells {
        let next = coarser(step);
        if next == step {
            break;
        }
        step = next;
    }
    step
}

/// What is counted in a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    /// Flows that began in it.
    pub(crate) flows: u64,
    /// Those of them that were refused.
    pub(crate) refused: u64,
    /// Bytes from clients to servers, of all flows that lasted in it.
    pub(crate) to_server: u64,
    /// Bytes from servers to clients, likewise.
    pub(crate) to_client: u64,
    /// Whether a client sent anything.
    pub(crate) client_spoke: bool,
    /// Whether a server sent anything.
    pub(crate) server_spoke: bool,
}

impl Amounts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.flows = self.flows.saturating_add(other.flows);
        self.refused = self.refused.saturating_add(other.refused);
        self.to_server = self.to_server.saturating_add(other.to_server);
        self.to_client = self.to_client.saturating_add(other.to_client);
        self.client_spoke |= other.client_spoke;
        self.server_spoke |= other.server_spoke;
    }
}

/// Amounts by cell. What is in it after all flows does not depend on their order, nor on who saw which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slots {
    step: i64,
    /// By the number of the cell: its beginning divided by the step.
    cells: BTreeMap<i64, Amounts>,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            step: STEPS[0],
            cells: BTreeMap::new(),
        }
    }
}

impl Slots {
    /// Adds what lasted from `start` to `end` (Unix seconds): flows are counted where they begin, bytes are spread evenly.
    pub(crate) fn add(&mut self, start: i64, end: i64, amounts: &Amounts) {
        let end = end.max(start);
        // A flow of years must not cost more cells than are kept.
        while end
            .div_euclid(self.step)
            .saturating_sub(start.div_euclid(self.step))
            >= MOST as i64
        {
            if !self.coarsen() {
                break;
            }
        }
        let first = start.div_euclid(self.step);
        let last = end
            .div_euclid(self.step)
            .min(first.saturating_add(MOST as i64));
        let lasts = i128::from(end) - i128::from(start);
        for cell in first..=last {
            let from = i128::from(cell) * i128::from(self.step) - i128::from(start);
            let to = from + i128::from(self.step);
            let is_last = cell == last;
            // Sums up to a moment are told from each other, so that coarse cells have what the fine ones within them have.
            let part = |bytes: u64| {
                let until = |moment: i128| match lasts {
                    0 => 0,
                    // Both are below 2^64.
                    _ => {
                        u128::from(bytes) * moment.clamp(0, lasts).unsigned_abs()
                            / lasts.unsigned_abs()
                    }
                };
                let upto = if is_last {
                    u128::from(bytes)
                } else {
                    until(to)
                };
                u64::try_from(upto.saturating_sub(until(from))).unwrap_or(u64::MAX)
            };
            let is_first = cell == first;
            let share = Amounts {
                flows: if is_first { amounts.flows } else { 0 },
                refused: if is_first { amounts.refused } else { 0 },
                to_server: part(amounts.to_server),
                to_client: part(amounts.to_client),
                ..*amounts
            };
            self.cells.entry(cell).or_default().add(&share);
        }
        self.keep_few();
    }

    /// Adds what another has.
    pub(crate) fn join(&mut self, other: &Self) {
        while self.step < other.step && self.coarsen() {}
        for (cell, amounts) in &other.cells {
            let start = i128::from(*cell) * i128::from(other.step);
            let here = start.div_euclid(i128::from(self.step));
            let here = i64::try_from(here).unwrap_or(i64::MIN);
            self.cells.entry(here).or_default().add(amounts);
        }
        self.keep_few();
    }

    fn keep_few(&mut self) {
        while self.cells.len() > MOST && self.coarsen() {}
    }

    /// Takes the next coarser step; whether there was one.
    fn coarsen(&mut self) -> bool {
        let step = coarser(self.step);
        if step == self.step {
            return false;
        }
        self.cells = self.at(step);
        self.step = step;
        true
    }

    /// The same in cells of so many seconds: a multiple of [`Self::step`].
    pub(crate) fn at(&self, step: i64) -> BTreeMap<i64, Amounts> {
        let mut coarse = BTreeMap::<i64, Amounts>::new();
        for (cell, amounts) in &self.cells {
            let start = i128::from(*cell) * i128::from(self.step);
            let number = start.div_euclid(i128::from(step));
            let number = i64::try_from(number).unwrap_or(i64::MIN);
            coarse.entry(number).or_default().add(amounts);
        }
        coarse
    }

    /// Seconds of a cell.
    pub(crate) fn step(&self) -> i64 {
        self.step
    }

    /// Bytes beside the value itself.
    pub(crate) fn heap(&self) -> usize {
        self.cells.len() * CELL
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amounts(bytes: u64) -> Amounts {
        Amounts {
            flows: 1,
            refused: 0,
            to_server: bytes,
            to_client: bytes / 3,
            client_spoke: true,
            server_spoke: false,
        }
    }

    #[test]
    fn bytes_of_a_long_flow_are_spread() {
        let mut slots = Slots::default();
        slots.add(30, 150, &amounts(1_200));
        let bytes: Vec<u64> = slots.cells.values().map(|cell| cell.to_server).collect();
        assert_eq!(bytes, [300, 600, 300]);
        let flows: Vec<u64> = slots.cells.values().map(|cell| cell.flows).collect();
        assert_eq!(flows, [1, 0, 0]);
    }

    #[test]
    fn cells_fit_the_time() {
        for (last, step) in [
            (0, 60),
            (199 * 60, 60),
            (200 * 60, 300),
            (86_400, 900),
            (7 * 86_400, 3_600),
            (30 * 86_400, 21_600),
            (150 * 86_400, 86_400),
        ] {
            assert_eq!(step_for(0, last, 200, 60), step, "{last}");
        }
        assert_eq!(step_for(0, 0, 200, 3_600), 3_600);
        assert!(step_for(i64::MIN, i64::MAX, 200, 60) > 604_800);
    }

    #[test]
    fn moments_far_away_cost_little() {
        let mut slots = Slots::default();
        for (start, end) in [
            (0, i64::MAX),
            (i64::MIN, i64::MAX),
            (i64::MAX, i64::MIN),
            (i64::MIN, i64::MIN),
            (5, 6),
        ] {
            slots.add(start, end, &amounts(u64::MAX));
        }
        assert!(slots.cells.len() <= MOST, "{}", slots.cells.len());
    }

    proptest! {
        #[test]
        fn joined_as_if_seen_by_one(
            seen in prop::collection::vec((0_i64..9_000_000, 0_i64..90_000, 0_u64..10_000_000_000), 0..60),
            cut in 0_usize..60,
        ) {
            let of = |seen: &mut dyn Iterator<Item = &(i64, i64, u64)>| {
                let mut slots = Slots::default();
                seen.for_each(|(start, lasts, bytes)| slots.add(*start, start + lasts, &amounts(*bytes)));
                slots
            };
            let (left, right) = seen.split_at(cut.min(seen.len()));
            let whole = of(&mut seen.iter());
            let mut joined = of(&mut right.iter());
            joined.join(&of(&mut left.iter()));
            let step = step_for(0, 9_090_000, 200, 60);
            prop_assert_eq!(joined.at(step), whole.at(step));
            prop_assert_eq!(of(&mut seen.iter().rev()).at(step), whole.at(step));
            let total: u64 = whole.at(step).values().map(|cell| cell.to_server).sum();
            prop_assert_eq!(total, seen.iter().map(|(_, _, bytes)| bytes).sum::<u64>());
        }
    }
}
