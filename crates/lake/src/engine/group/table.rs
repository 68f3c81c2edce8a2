//! Groups whose keys are packed into one number each.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray, Int32Array, RecordBatch, StringViewArray, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Int32Type, SchemaRef};
use datafusion::common::{Result, resources_err};
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::dictionary::Dictionary;

/// What a column of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its number in the dictionary.
    Text,
    /// The number, and one bit more for whether there is one.
    Number,
}

/// Where the columns stand in a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    columns: Vec<(Kind, u32)>,
}

impl Layout {
    /// Of columns of these types. `None`: they do not fit, or there is nothing to gain.
    pub(super) fn of<'t>(kinds: impl IntoIterator<Item = &'t DataType>) -> Option<Self> {
        let mut columns = Vec::new();
        let mut at = 0;
        for kind in kinds {
            let (kind, bits) = match kind {
                DataType::Utf8View => (Kind::Text, 32),
                DataType::Int32 => (Kind::Number, 33),
                _ => return None,
            };
            columns.push((kind, at));
            at += bits;
        }
        let has_text = columns.iter().any(|(kind, _)| *kind == Kind::Text);
        (has_text && columns.len() > 1 && at <= u128::BITS).then_some(Self { columns })
    }
}

/// The groups that were met so far.
#[derive(Debug)]
pub(super) struct Groups {
    layout: Layout,
    dictionary: Dictionary,
    keys: Vec<u128>,
    numbers: HashTable<u32>,
    hash: DefaultHashBuilder,
    /// The keys of the batch at hand.
    row_keys: Vec<u128>,
    /// The group of each of its rows.
    row_groups: Vec<usize>,
}

impl Groups {
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            layout,
            dictionary: Dictionary::default(),
            keys: Vec::new(),
            numbers: HashTable::new(),
            hash: DefaultHashBuilder::default(),
            row_keys: Vec::new(),
            row_groups: Vec::new(),
        }
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Bytes that they hold.
    pub(super) fn size(&self) -> usize {
        let keys = self.keys.capacity() + self.row_keys.capacity();
        self.dictionary.size()
            + keys * size_of::<u128>()
            + self.numbers.allocation_size()
            + self.row_groups.capacity() * size_of::<usize>()
    }

    /// The group of each row, in which `columns` are as in the layout, and how many groups there are.
    pub(super) fn find(&mut self, columns: &[ArrayRef]) -> Result<(&[usize], usize)> {
        self.pack(columns)?;
        self.row_groups.clear();
        let (keys, hash) = (&mut self.keys, &self.hash);
        for &key in &self.row_keys {
            let entry = self.numbers.entry(
                hash.hash_one(key),
                |&number| keys[number as usize] == key,
                |&number| hash.hash_one(keys[number as usize]),
            );
            let number = match entry {
                Entry::Occupied(found) => *found.get(),
                Entry::Vacant(place) => {
                    let Ok(number) = u32::try_from(keys.len()) else {
                        return resources_err!("too many groups");
                    };
                    place.insert(number);
                    keys.push(key);
                    number
                }
            };
            self.row_groups.push(number as usize);
        }
        Ok((&self.row_groups, self.keys.len()))
    }

    fn pack(&mut self, columns: &[ArrayRef]) -> Result<()> {
        self.row_keys.clear();
        self.row_keys
            .resize(columns.first().map_or(0, |column| column.len()), 0);
        for (&(kind, at), column) in self.layout.columns.iter().zip(columns) {
            match kind {
                Kind::Text => {
                    for (key, text) in self.row_keys.iter_mut().zip(column.as_string_view()) {
                        *key |= u128::from(self.dictionary.number(text)?) << at;
                    }
                }
                Kind::Number => {
                    for (key, number) in self
                        .row_keys
                        .iter_mut()
                        .zip(column.as_primitive::<Int32Type>())
                    {
                        let number =
                            number.map_or(0, |number| PRESENT | u64::from(number.cast_unsigned()));
                        *key |= u128::from(number) << at;
                    }
                }
            }
        }
        Ok(())
    }

    /// All groups; there are none any more.
    pub(super) fn take(&mut self) -> Keys {
        let empty = Self::new(self.layout.clone());
        let full = std::mem::replace(self, empty);
        Keys {
            texts: full.dictionary.array(),
            layout: full.layout,
            keys: full.keys,
        }
    }
}

const PRESENT: u64 = 1 << 32;

/// The keys of groups that were taken out.
#[derive(Debug)]
pub(super) struct Keys {
    layout: Layout,
    texts: StringViewArray,
    keys: Vec<u128>,
}

impl Keys {
    /// The columns of so many groups from there.
    fn columns(&self, from: usize, count: usize) -> Result<Vec<ArrayRef>> {
        let keys = &self.keys[from..from + count];
        let column = |&(kind, at): &(Kind, u32)| -> Result<ArrayRef> {
            let parts = keys.iter().map(|key| (key >> at) as u64);
            Ok(match kind {
                Kind::Text => {
                    let numbers = UInt32Array::from_iter_values(parts.map(|part| part as u32));
                    // What receives the batch counts the whole dictionary as its memory, unless the texts are its own.
                    let texts = take(&self.texts, &numbers, None)?;
                    Arc::new(texts.as_string_view().gc())
                }
                Kind::Number => {
                    let numbers =
                        parts.map(|part| (part & PRESENT != 0).then_some(part as u32 as i32));
                    Arc::new(numbers.collect::<Int32Array>())
                }
            })
        };
        self.layout.columns.iter().map(column).collect()
    }
}

/// Groups with what is known of them, given in batches.
#[derive(Debug)]
pub(super) struct Emitted {
    pub(super) keys: Keys,
    pub(super) values: Vec<ArrayRef>,
    pub(super) schema: SchemaRef,
    /// How many were given.
    pub(super) given: usize,
}

impl Emitted {
    /// The next batch of so many rows at most.
    pub(super) fn next(&mut self, rows: usize) -> Result<Option<RecordBatch>> {
        let count = rows.min(self.keys.keys.len() - self.given);
        if count == 0 {
            return Ok(None);
        }
        let mut columns = self.keys.columns(self.given, count)?;
        let values = self.values.iter();
        columns.extend(values.map(|values| values.slice(self.given, count)));
        self.given += count;
        Ok(Some(RecordBatch::try_new(
            Arc::clone(&self.schema),
            columns,
        )?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use datafusion::arrow::datatypes::{Field, Schema};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_into_a_key() {
        let (text, number, other) = (DataType::Utf8View, DataType::Int32, DataType::Int64);
        for (kinds, expected) in [
            (vec![&text, &text], true),
            (vec![&text, &number], true),
            (vec![&text, &text, &number], true),
            (vec![&number, &text, &number], true),
            (vec![&text, &text, &text, &text], true),
            (vec![&text, &text, &number, &number], false),
            (vec![&text], false),
            (vec![&number, &number], false),
            (vec![&text, &other], false),
            (vec![], false),
        ] {
            assert_eq!(Layout::of(kinds.clone()).is_some(), expected, "{kinds:?}");
        }
    }

    type Key = (Option<String>, Option<i32>, Option<String>);

    proptest! {
        /// Rows are of one group if their keys are equal, and the group gives the key back.
        #[test]
        fn groups_are_found_and_given_back(
            rows in prop::collection::vec(
                (prop::option::of("[ab]{0,2}"), prop::option::of(prop_oneof![-1_i32..2, any::<i32>()]), prop::option::of("[ab]{0,20}")),
                0..60,
            ),
            at_once in 1_usize..9,
        ) {
            let layout = Layout::of([&DataType::Utf8View, &DataType::Int32, &DataType::Utf8View]).unwrap();
            let mut groups = Groups::new(layout);
            let mut model: BTreeMap<Key, usize> = BTreeMap::new();
            for rows in rows.chunks(at_once) {
                let columns: Vec<ArrayRef> = vec![
                    Arc::new(rows.iter().map(|row| row.0.clone()).collect::<StringViewArray>()),
                    Arc::new(rows.iter().map(|row| row.1).collect::<Int32Array>()),
                    Arc::new(rows.iter().map(|row| row.2.clone()).collect::<StringViewArray>()),
                ];
                let (found, _) = groups.find(&columns).unwrap();
                for (row, &group) in rows.iter().zip(found) {
                    let next = model.len();
                    prop_assert_eq!(*model.entry(row.clone()).or_insert(next), group);
                }
            }
            prop_assert_eq!(groups.len(), model.len());
            let field = |name, kind| Field::new(name, kind, true);
            let mut emitted = Emitted {
                keys: groups.take(),
                values: Vec::new(),
                schema: Arc::new(Schema::new(vec![
                    field("a", DataType::Utf8View),
                    field("b", DataType::Int32),
                    field("c", DataType::Utf8View),
                ])),
                given: 0,
            };
            prop_assert_eq!(groups.len(), 0);
            let mut given: Vec<Key> = Vec::new();
            while let Some(batch) = emitted.next(at_once).unwrap() {
                let text = |column: usize, row: usize| {
                    let column = batch.column(column).as_string_view();
                    column.is_valid(row).then(|| column.value(row).to_owned())
                };
                let numbers = batch.column(1).as_primitive::<Int32Type>();
                for row in 0..batch.num_rows() {
                    given.push((text(0, row), numbers.is_valid(row).then(|| numbers.value(row)), text(2, row)));
                }
            }
            let mut expected: Vec<(usize, Key)> = model.into_iter().map(|(key, group)| (group, key)).collect();
            expected.sort_unstable();
            let expected: Vec<Key> = expected.into_iter().map(|(_, key)| key).collect();
            prop_assert_eq!(given, expected);
        }
    }
}
