//! Numbers that follow from a seed and a name: whole numbers only, so that every machine draws the same.

/// A generator of its own for each thing that draws (xoshiro256**, seeded by splitmix64): what one
/// thing draws never shifts what another draws.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

/// One number from several: the same for the same, unlike for unlike.
pub(crate) fn mix(keys: &[u64]) -> u64 {
    let mut hash = 0x51_7c_c1_b7_27_22_0a_95_u64;
    for key in keys {
        hash = splitmix(hash ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    hash
}

fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    pub(crate) fn keyed(keys: &[u64]) -> Self {
        let mut seed = mix(keys);
        let state = std::array::from_fn(|_| {
            seed = splitmix(seed);
            seed
        });
        Self { state }
    }

    pub(crate) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// From 0 to below `bound`; 0 where the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).expect("the upper half of 128 bits has 64")
    }

    /// From `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// A span of time from `low` to `high` milliseconds.
    pub(crate) fn span(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(high.saturating_sub(low).max(0).unsigned_abs() + 1))
            .expect("no longer than the span")
    }

    /// True in so many of a thousand cases.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.index(from.len())).copied()
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("below a length")
    }

    /// From `low` to `high`, small values as likely as large ones: each doubling has the same chance.
    pub(crate) fn spread(&mut self, low: u64, high: u64) -> u64 {
        let low = low.max(1);
        let doublings = u64::from((high / low).max(1).ilog2());
        let from = low << self.below(doublings + 1);
        self.between(from, (from * 2).min(high.max(from)))
    }

    /// How often something happens that happens `permille` / 1000 times on average.
    pub(crate) fn count(&mut self, permille: u64) -> u64 {
        let around = permille * self.between(750, 1250) / 1000;
        around / 1000 + u64::from(self.chance(around % 1000))
    }

    /// A port that Linux gives to a client.
    pub(crate) fn client_port(&mut self) -> u16 {
        self.port(32_768, 60_999)
    }

    pub(crate) fn port(&mut self, low: u16, high: u16) -> u16 {
        u16::try_from(self.between(low.into(), high.into())).expect("between two ports")
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut random = Random::keyed(&[1, 2]);
        for _ in 0..10_000 {
            assert!(random.below(7) < 7);
            assert!((3..=9).contains(&random.between(3, 9)));
            assert!((5..=5_000).contains(&random.spread(5, 5_000)));
            assert!((-4..=4).contains(&random.span(-4, 4)));
        }
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), None);
    }

    #[test]
    fn keys_draw_apart() {
        let first = |keys: &[u64]| Random::keyed(keys).next();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
    }

    #[test]
    fn counts_are_right_on_average() {
        let mut random = Random::keyed(&[5]);
        let sum: u64 = (0..10_000).map(|_| random.count(2_500)).sum();
        assert!((24_000..26_000).contains(&sum), "{sum}");
    }
}
