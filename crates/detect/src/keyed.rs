//! A table of states by key that never outgrows its memory.

use std::hash::Hash;

use hashbrown::HashMap;

/// What is kept for a key.
pub trait State: Default {
    /// How much it matters: where memory is short, the least go first.
    fn weight(&self) -> u64;

    /// Bytes beside the value itself.
    fn heap(&self) -> usize {
        0
    }

    /// Adds what another part of the flows had for the same key.
    fn join(&mut self, other: Self);
}

/// What a table gave up for want of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thinned {
    /// How many keys were dropped.
    pub keys: u64,
    /// The largest weight among them: no sum that is given is too low by more.
    pub weight: u64,
}

impl Thinned {
    /// What a finding says of it; none if nothing was given up.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        (self.keys > 0).then(|| {
            format!(
                "for want of memory {} of the quietest were dropped while counting: what is counted here may be low by {}",
                self.keys, self.weight
            )
        })
    }
}

/// States by key, within so many bytes.
#[derive(Clone, Debug)]
pub struct Keyed<K, S> {
    states: HashMap<K, S>,
    heap: usize,
    budget: usize,
    thinned: Thinned,
}

impl<K: Hash + Eq + Ord + Copy, S: State> Keyed<K, S> {
    /// An empty table that may hold so many bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            states: HashMap::new(),
            heap: 0,
            budget,
            thinned: Thinned::default(),
        }
    }

    /// Changes the state of a key, which begins as the default.
    pub fn update(&mut self, key: K, change: impl FnOnce(&mut S)) {
        let mut is_new = false;
        let state = self.states.entry(key).or_insert_with(|| {
            is_new = true;
            S::default()
        });
        let before = state.heap();
        change(state);
        let after = state.heap();
        self.heap = (self.heap + after).saturating_sub(before);
        // What is there takes part of its memory whether or not it grows.
        if is_new || after != before {
            self.keep_within_budget();
        }
    }

    /// Adds another part's states.
    pub fn join(&mut self, other: Self) {
        self.thinned.keys += other.thinned.keys;
        self.thinned.weight = self.thinned.weight.saturating_add(other.thinned.weight);
        self.budget = self.budget.max(other.budget);
        for (key, theirs) in other.states {
            self.update(key, |mine| mine.join(theirs));
        }
    }

    /// Bytes that are held. A hash table is at most seven eighths full, so entries are counted with what lies between them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.states.len() * (size_of::<(K, S)>() + 1) * 8 / 7 + self.heap
    }

    fn keep_within_budget(&mut self) {
        if self.bytes() <= self.budget || self.states.len() < 2 {
            return;
        }
        // Half at once, so that what it costs is shared by many insertions. Ties go by key: the same flows leave the same states.
        let mut ranks: Vec<(u64, K)> = self
            .states
            .iter()
            .map(|(key, state)| (state.weight(), *key))
            .collect();
        let middle = ranks.len() / 2;
        let (_, &mut limit, _) = ranks.select_nth_unstable(middle);
        self.thinned.keys += middle as u64;
        self.thinned.weight = self.thinned.weight.max(limit.0);
        self.states
            .retain(|key, state| (state.weight(), *key) >= limit);
        self.heap = self.states.values().map(State::heap).sum();
    }

    /// What was given up.
    #[must_use]
    pub fn thinned(&self) -> Thinned {
        self.thinned
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The state of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&S> {
        self.states.get(key)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &S)> {
        self.states.iter()
    }

    /// Those that hold, in the order of their keys.
    pub fn ordered(&self, holds: impl Fn(&K, &S) -> bool) -> Vec<(K, &S)> {
        let mut chosen: Vec<(K, &S)> = self
            .states
            .iter()
            .filter(|(key, state)| holds(key, state))
            .map(|(key, state)| (*key, state))
            .collect();
        chosen.sort_unstable_by_key(|(key, _)| *key);
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(u64);

    impl State for Count {
        fn weight(&self) -> u64 {
            self.0
        }

        fn join(&mut self, other: Self) {
            self.0 += other.0;
        }
    }

    #[test]
    fn what_is_heavy_stays() {
        let mut table: Keyed<u64, Count> = Keyed::new(10_000);
        for round in 0..100 {
            table.update(7, |count| count.0 += 5);
            for key in 0..1_000 {
                table.update(1_000_000 + round * 1_000 + key, |count| count.0 += 1);
            }
            assert!(table.bytes() <= 10_000 + 100, "{}", table.bytes());
        }
        let seven = table.get(&7).map_or(0, |count| count.0);
        assert_eq!(seven, 500);
        let thinned = table.thinned();
        assert!(thinned.keys > 90_000, "{thinned:?}");
        assert_eq!(thinned.weight, 1);
        assert!(
            thinned
                .remark()
                .is_some_and(|remark| remark.contains("low by 1"))
        );
    }

    #[test]
    fn joined_as_if_seen_by_one() {
        let mut left: Keyed<u8, Count> = Keyed::new(1 << 20);
        let mut right: Keyed<u8, Count> = Keyed::new(1 << 20);
        left.update(1, |count| count.0 += 2);
        right.update(1, |count| count.0 += 3);
        right.update(2, |count| count.0 += 4);
        left.join(right);
        let all: Vec<(u8, u64)> = left
            .ordered(|_, _| true)
            .iter()
            .map(|(key, count)| (*key, count.0))
            .collect();
        assert_eq!(all, [(1, 5), (2, 4)]);
        assert_eq!(left.thinned().remark(), None);
    }
}
