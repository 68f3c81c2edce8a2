//! Random numbers that are the same everywhere: integers only.

/// SplitMix64, after Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Random {
    /// The stream of one purpose: streams of different labels know nothing of each other, so that any part can be
    /// made without those before it.
    pub(crate) fn stream(seed: u64, label: &[u64]) -> Self {
        let fold = |state: u64, part: &u64| mix(state.wrapping_add(GAMMA) ^ mix(*part));
        Self {
            state: label.iter().fold(mix(seed), fold),
        }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// From 0 to `bound` - 1; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// From `low` to `high`, both included.
    pub(crate) fn range(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True `parts` times of 1000.
    pub(crate) fn chance(&mut self, parts: u32) -> bool {
        self.below(1000) < parts
    }

    /// From 0 to `bound` - 1, small ones far more often: a few clients are busy, most are not.
    pub(crate) fn skewed(&mut self, bound: u32) -> u32 {
        let one = self.next() >> 32;
        let cube = (((one * one) >> 32) * one) >> 32;
        ((cube * u64::from(bound)) >> 32) as u32
    }

    /// About `base`, doubled up to `doublings` times, each half as likely as the one before, and blurred.
    pub(crate) fn doubled(&mut self, base: u32, doublings: u32) -> u64 {
        let times = self.next().trailing_zeros().min(doublings);
        let size = u64::from(base) << times;
        size + ((size * (self.next() >> 40)) >> 24)
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u32) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // The first numbers of the reference implementation for the state 1234567.
        let mut random = Random { state: 1_234_567 };
        let numbers: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn streams_of_different_labels_differ() {
        let first = |label: &[u64]| Random::stream(1, label).next();
        let all = [first(&[1, 2]), first(&[2, 1]), first(&[1]), first(&[1, 0])];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[index + 1..].contains(one));
        }
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut random = Random::stream(7, &[]);
        let mut seen = [false; 5];
        for _ in 0..1000 {
            seen[random.range(3, 7) as usize - 3] = true;
            assert!(random.below(10) < 10 && random.skewed(10) < 10);
            assert!((100..=1600).contains(&random.doubled(100, 3)));
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), None);
    }
}
