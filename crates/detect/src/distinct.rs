//! How many different values there were.

use datasketches::hll::{HllSketch, HllType, HllUnion};
use serde::{Deserialize, Serialize};

/// Up to so many values are counted exactly.
const EXACT: usize = 512;
/// Binary logarithm of the registers of a sketch: a standard error of 2.3 %.
const REGISTERS: u8 = 11;

/// A count of different values: exact up to 512, an estimate of HyperLogLog with a standard error of 2.3 % beyond. Never more than
/// about 4 KiB. What it says depends neither on the order of the values nor on how parts of them were joined.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Distinct {
    values: Values,
}

#[derive(Clone, Debug, Default)]
enum Values {
    /// Most counts of a table never go beyond one.
    #[default]
    None,
    One(u64),
    /// Hashes in order.
    Few(Vec<u64>),
    Many(Box<HllSketch>),
}

/// As it is kept in files.
#[derive(Serialize, Deserialize)]
enum Stored {
    Few(Vec<u64>),
    /// In the format of Apache DataSketches.
    Many(Vec<u8>),
}

impl From<Stored> for Distinct {
    fn from(stored: Stored) -> Self {
        let mut distinct = Self::default();
        match stored {
            Stored::Few(values) => values
                .into_iter()
                .for_each(|value| distinct.insert_hash(value)),
            // A sketch that cannot be read says nothing: the file's check sum stands before this.
            Stored::Many(bytes) => {
                if let Ok(sketch) = HllSketch::deserialize(&bytes) {
                    distinct.values = Values::Many(Box::new(sketch));
                }
            }
        }
        distinct
    }
}

impl From<Distinct> for Stored {
    fn from(distinct: Distinct) -> Self {
        match distinct.values {
            Values::None => Self::Few(Vec::new()),
            Values::One(value) => Self::Few(vec![value]),
            Values::Few(values) => Self::Few(values),
            Values::Many(sketch) => Self::Many(sketch.serialize()),
        }
    }
}

/// Spreads a value over all bits: the finaliser of SplitMix64, which maps different values to different ones.
fn spread(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Distinct {
    /// Adds a number.
    pub fn insert(&mut self, value: u64) {
        self.insert_hash(spread(value));
    }

    /// Adds a number of 128 bits, such as an address.
    pub fn insert_wide(&mut self, value: u128) {
        let upper = spread((value >> 64) as u64);
        self.insert_hash(spread(upper ^ value as u64));
    }

    fn insert_hash(&mut self, hash: u64) {
        match &mut self.values {
            Values::None => self.values = Values::One(hash),
            Values::One(one) if *one == hash => {}
            Values::One(one) => {
                let (low, high) = ((*one).min(hash), (*one).max(hash));
                self.values = Values::Few(vec![low, high]);
            }
            Values::Few(few) => {
                let Err(place) = few.binary_search(&hash) else {
                    return;
                };
                if few.len() < EXACT {
                    few.insert(place, hash);
                } else {
                    let mut sketch = new_sketch();
                    few.iter().for_each(|value| sketch.update(*value));
                    sketch.update(hash);
                    self.values = Values::Many(Box::new(sketch));
                }
            }
            Values::Many(sketch) => sketch.update(hash),
        }
    }

    /// Adds what another has counted.
    pub fn join(&mut self, other: &Self) {
        match &other.values {
            Values::None => {}
            Values::One(value) => self.insert_hash(*value),
            Values::Few(values) => values.iter().for_each(|value| self.insert_hash(*value)),
            Values::Many(theirs) => {
                let mut union = HllUnion::new(REGISTERS).expect("a valid number of registers");
                union.update(theirs);
                match &self.values {
                    Values::None => {}
                    Values::One(value) => union.update_value(*value),
                    Values::Few(values) => {
                        values.iter().for_each(|value| union.update_value(*value))
                    }
                    Values::Many(mine) => union.update(mine),
                }
                self.values = Values::Many(Box::new(union.to_sketch(HllType::Hll6)));
            }
        }
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        match &self.values {
            Values::None => 0,
            Values::One(_) => 1,
            Values::Few(values) => values.len() as u64,
            // The other estimate of the library depends on the order of the values.
            Values::Many(sketch) => {
                (sketch.composite_estimate().round() as u64).max(EXACT as u64 + 1)
            }
        }
    }

    /// Whether the count is exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !matches!(self.values, Values::Many(_))
    }

    /// Bytes beside the value itself.
    #[must_use]
    pub fn heap(&self) -> usize {
        match &self.values {
            Values::None | Values::One(_) => 0,
            Values::Few(values) => values.capacity() * size_of::<u64>(),
            Values::Many(sketch) => sketch.estimated_size(),
        }
    }
}

fn new_sketch() -> HllSketch {
    HllSketch::new(REGISTERS, HllType::Hll6).expect("a valid number of registers")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Distinct {
        let mut distinct = Distinct::default();
        values.into_iter().for_each(|value| distinct.insert(value));
        distinct
    }

    #[test]
    fn many_values_take_little() {
        let distinct = of(0..1_000_000);
        let count = distinct.count() as f64;
        assert!((count / 1e6 - 1.0).abs() < 0.1, "{count}");
        assert!(distinct.heap() < 5_000, "{}", distinct.heap());
        assert!(!distinct.is_exact());
    }

    proptest! {
        #[test]
        fn exact_below_the_limit(values in prop::collection::vec(0_u64..400, 0..2000)) {
            let expected: std::collections::BTreeSet<_> = values.iter().collect();
            let distinct = of(values.iter().copied());
            prop_assert_eq!(distinct.count(), expected.len() as u64);
            prop_assert!(distinct.is_exact());
        }

        #[test]
        fn joined_in_any_way(values in prop::collection::vec(0_u64..3000, 0..3000), cut in 0_usize..3000) {
            let whole = of(values.iter().copied());
            let (left, right) = values.split_at(cut.min(values.len()));
            let (left, right) = (of(left.iter().copied()), of(right.iter().copied()));
            let mut one = left.clone();
            one.join(&right);
            let mut other = right;
            other.join(&left);
            prop_assert_eq!(one.count(), whole.count());
            prop_assert_eq!(other.count(), whole.count());
        }

        #[test]
        fn kept_in_files(values in prop::collection::vec(any::<u64>(), 0..1500)) {
            let distinct = of(values);
            let text = serde_json::to_string(&distinct).unwrap();
            let back: Distinct = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back.count(), distinct.count());
            prop_assert_eq!(back.is_exact(), distinct.is_exact());
        }
    }
}
