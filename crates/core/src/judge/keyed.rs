//! Hash maps for the private look-ups: keyed like the standard ones, but cheaper per key.
//!
//! The keys are short ids out of AWS answers or saved files, so somebody could choose them. The
//! standard hasher (SipHash) is made for that, and took a fifth of all instructions. Sorted lists
//! would need no hasher, but a search touches about as many strings as the list has binary digits:
//! with 100,000 VPCs that is slower than hashing. So: one multiplication per 16 bytes, keyed with
//! secrets of the standard library's random state. Who does not know them cannot choose ids that
//! collide. No answer hangs on the order of a map.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A hash map of the private look-ups.
pub(super) type Map<K, V> = HashMap<K, V, Keyed>;

/// Makes hashers under two secrets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyed {
    first: u64,
    second: u64,
}

impl Default for Keyed {
    fn default() -> Self {
        let random = RandomState::new();
        Self {
            first: random.hash_one(1),
            second: random.hash_one(2),
        }
    }
}

impl BuildHasher for Keyed {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding {
            state: self.first,
            secret: self.second,
        }
    }
}

/// Multiplies 64 by 64 bits and folds the halves of the product together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folding {
    state: u64,
    secret: u64,
}

impl Folding {
    fn take(&mut self, one: u64, other: u64) {
        let product = u128::from(one ^ self.state) * u128::from(other ^ self.secret);
        #[allow(clippy::cast_possible_truncation)] // the two halves
        let (low, high) = (product as u64, (product >> 64) as u64);
        self.state = low ^ high;
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (pairs, rest) = bytes.as_chunks::<16>();
        for pair in pairs {
            let (one, other) = pair.split_at(8);
            self.take(word(one), word(other));
        }
        let (one, other) = rest.split_at(rest.len().min(8));
        // The length goes in, so that trailing zeros count.
        self.take(word(one) ^ bytes.len() as u64, word(other));
    }

    fn write_u8(&mut self, byte: u8) {
        self.take(u64::from(byte), 0);
    }

    fn write_usize(&mut self, number: usize) {
        self.take(number as u64, 0);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

/// Up to eight bytes as a number.
fn word(bytes: &[u8]) -> u64 {
    if let Ok(eight) = <[u8; 8]>::try_from(bytes) {
        return u64::from_le_bytes(eight);
    }
    let shifted = |word, byte: &u8| (word << 8) | u64::from(*byte);
    bytes.iter().fold(0, shifted)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_in_a_row_do_not_collide() {
        let keyed = Keyed::default();
        let ids = (0..50_000).map(|number| format!("vpc-{number:017x}"));
        let hashes: HashSet<u64> = ids.map(|id| keyed.hash_one(id.as_str())).collect();
        assert_eq!(hashes.len(), 50_000);
    }

    #[test]
    fn low_and_high_bits_are_spread() {
        let keyed = Keyed::default();
        let ids: Vec<String> = (0..4096).map(|number| format!("eni-{number}")).collect();
        for shift in [0, 26, 52] {
            let buckets: HashSet<u64> = ids
                .iter()
                .map(|id| (keyed.hash_one(id.as_str()) >> shift) & 0xfff)
                .collect();
            // 4,096 balls thrown into 4,096 buckets fill 63 % of them.
            assert!((2400..2800).contains(&buckets.len()), "{}", buckets.len());
        }
    }

    #[test]
    fn length_and_every_byte_count() {
        let keyed = Keyed::default();
        let mut hashes = HashSet::new();
        for length in 0..40 {
            let text = vec![0_u8; length];
            assert!(hashes.insert(keyed.hash_one(&text[..])), "{length}");
            for place in 0..length {
                let mut changed = text.clone();
                changed[place] = 1;
                assert!(
                    hashes.insert(keyed.hash_one(&changed[..])),
                    "{length} {place}"
                );
            }
        }
    }

    #[test]
    fn each_map_has_secrets_of_its_own() {
        assert_ne!(
            Keyed::default().hash_one("vpc-1"),
            Keyed::default().hash_one("vpc-1")
        );
    }
}
