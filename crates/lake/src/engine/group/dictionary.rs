//! Texts as numbers.

use std::hash::BuildHasher as _;

use datafusion::arrow::array::{StringViewArray, StringViewBuilder};
use datafusion::common::{Result, resources_err};
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// The number of NULL.
const NULL: u32 = 0;
/// How large the buffers are that texts are given in.
const BLOCK: u32 = 1024 * 1024;

/// Gives each text a number, from 1, in the order of their first coming.
#[derive(Debug)]
pub(super) struct Dictionary {
    /// All texts, one after the other.
    text: String,
    /// Where each ends, by its number. NULL ends where it begins.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hash: DefaultHashBuilder,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            text: String::new(),
            ends: vec![0],
            numbers: HashTable::new(),
            hash: DefaultHashBuilder::default(),
        }
    }
}

#[inline]
fn at<'t>(text: &'t [u8], ends: &[usize], number: u32) -> &'t [u8] {
    let number = number as usize;
    &text[ends[number - 1]..ends[number]]
}

impl Dictionary {
    /// The number of the text.
    #[inline]
    pub(super) fn number(&mut self, value: Option<&str>) -> Result<u32> {
        let Some(value) = value else {
            return Ok(NULL);
        };
        let (text, ends, hash) = (self.text.as_bytes(), &self.ends, &self.hash);
        let entry = self.numbers.entry(
            hash.hash_one(value.as_bytes()),
            |&number| at(text, ends, number) == value.as_bytes(),
            |&number| hash.hash_one(at(text, ends, number)),
        );
        match entry {
            Entry::Occupied(found) => Ok(*found.get()),
            Entry::Vacant(place) => {
                let Ok(number) = u32::try_from(self.ends.len()) else {
                    return resources_err!("too many texts to group by");
                };
                place.insert(number);
                self.text.push_str(value);
                self.ends.push(self.text.len());
                Ok(number)
            }
        }
    }

    /// Bytes that it holds.
    pub(super) fn size(&self) -> usize {
        self.text.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.numbers.allocation_size()
    }

    /// The texts, each at the place of its number.
    pub(super) fn array(&self) -> StringViewArray {
        let mut texts =
            StringViewBuilder::with_capacity(self.ends.len()).with_fixed_block_size(BLOCK);
        texts.append_null();
        for span in self.ends.windows(2) {
            texts.append_value(&self.text[span[0]..span[1]]);
        }
        texts.finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use datafusion::arrow::array::Array as _;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_stands_for_its_text(texts in prop::collection::vec(prop::option::of("[a-c0.:é]{0,3}"), 0..200)) {
            let mut dictionary = Dictionary::default();
            let numbers: Vec<u32> = texts
                .iter()
                .map(|text| dictionary.number(text.as_deref()).unwrap())
                .collect();
            let array = dictionary.array();
            for (number, text) in numbers.iter().zip(&texts) {
                let found = array.iter().nth(*number as usize).unwrap();
                prop_assert_eq!(found, text.as_deref());
            }
            let most = numbers.iter().max().map_or(0, |&most| most as usize);
            prop_assert_eq!(array.len(), most + 1);
        }
    }
}
