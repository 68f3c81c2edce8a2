//! Texts of a block as an Arrow array, without a copy.
//!
//! The only `unsafe` of flowcover. Arrow's safe constructor looks at the bytes of every value once more, to see that they are UTF-8:
//! that was 7 % of a query that groups by an address (`cargo xtask bench-read`, question a). Here it is seen once for a whole block.
#![allow(unsafe_code)]

use datafusion::arrow::array::{NullBufferBuilder, StringViewArray, make_view};
use datafusion::arrow::buffer::Buffer;

/// A block of text, and whether all of it is known to be ASCII. That was looked at: there is no other way to make one.
#[derive(Debug, Clone, Default)]
pub(super) struct TextBlock {
    bytes: Buffer,
    is_ascii: bool,
}

impl TextBlock {
    pub(super) fn new(bytes: Buffer) -> Self {
        let is_ascii = bytes.is_ascii();
        Self { bytes, is_ascii }
    }

    /// Without a look at all of it, for blocks of which few texts are taken. Each of them is looked at.
    pub(super) fn unseen(bytes: Buffer) -> Self {
        let is_ascii = false;
        Self { bytes, is_ascii }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Texts of one block.
#[derive(Debug)]
pub(super) struct TextViews {
    block: TextBlock,
    views: Vec<u128>,
    nulls: NullBufferBuilder,
}

impl TextViews {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            block: TextBlock::default(),
            views: Vec::with_capacity(capacity),
            nulls: NullBufferBuilder::new(capacity),
        }
    }

    /// Takes texts of that block from now on.
    ///
    /// # Panics
    /// If there are texts of the block before.
    pub(super) fn begin(&mut self, block: &TextBlock) {
        assert!(self.views.is_empty(), "texts of one block at a time");
        self.block = block.clone();
    }

    /// Appends the text between two places of the block. Whether it is UTF-8: if not, NULL is appended.
    ///
    /// # Panics
    /// If there are no such places in the block.
    #[inline]
    pub(super) fn push(&mut self, from: usize, to: usize) -> bool {
        let text = &self.block.bytes[from..to];
        if !self.block.is_ascii && std::str::from_utf8(text).is_err() {
            self.push_nulls(1);
            return false;
        }
        // Blocks are smaller than 4 GiB.
        self.views.push(make_view(text, 0, from as u32));
        self.nulls.append_non_null();
        true
    }

    #[inline]
    pub(super) fn push_nulls(&mut self, count: usize) {
        self.views.resize(self.views.len() + count, 0);
        self.nulls.append_n_nulls(count);
    }

    /// The array. There are no texts any more.
    ///
    /// # Panics
    /// If the block has 4 GiB or more.
    pub(super) fn finish(&mut self) -> StringViewArray {
        assert!(
            u32::try_from(self.block.bytes.len()).is_ok(),
            "blocks are smaller than 4 GiB"
        );
        let capacity = self.views.capacity();
        let views = std::mem::replace(&mut self.views, Vec::with_capacity(capacity));
        let nulls = self.nulls.finish();
        // SAFETY: `new_unchecked` asks that every view is sound for the buffers, and every value UTF-8.
        // Views come from `push` and `push_nulls` alone, since the vector was last empty, and `begin` lets the block change only
        // while it is empty: so all are of `self.block`, which is the one buffer given here.
        // - A view of `push` is made by `make_view` of `self.block.bytes[from..to]`, a slice whose bounds were checked, with `from` as its
        //   offset into buffer 0. `from` fits 32 bits, for the block is smaller than 4 GiB (asserted above). Short texts are held
        //   by the view itself, filled up with zeros.
        // - Its bytes are UTF-8: seen for the text itself, or part of a block of ASCII (seen in `TextBlock::new`; a `Buffer` does not change).
        // - A view of `push_nulls` is 0: an empty text that needs no buffer.
        // `nulls` has one bit for each view: both are appended to together.
        unsafe { StringViewArray::new_unchecked(views.into(), [self.block.bytes.clone()], nulls) }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Array;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is made without looking passes Arrow's own look.
        #[test]
        fn arrays_are_sound(
            text in prop_oneof!["[ -~]{0,200}", "\\PC{0,80}"],
            broken in prop::collection::vec(any::<u8>(), 0..4),
            spans in prop::collection::vec((0_usize..300, 0_usize..40, any::<bool>()), 0..60),
            is_seen in any::<bool>(),
        ) {
            let bytes = [text.as_bytes(), &broken].concat();
            let block = Buffer::from_vec(bytes.clone());
            let block = if is_seen { TextBlock::new(block) } else { TextBlock::unseen(block) };
            let mut views = TextViews::new(8);
            views.begin(&block);
            let mut expected: Vec<Option<String>> = Vec::new();
            for (from, length, null) in spans {
                if null {
                    views.push_nulls(1);
                    expected.push(None);
                    continue;
                }
                let from = from.min(bytes.len());
                let to = (from + length).min(bytes.len());
                let value = std::str::from_utf8(&bytes[from..to]).ok();
                prop_assert_eq!(views.push(from, to), value.is_some());
                expected.push(value.map(str::to_owned));
            }
            let array = views.finish();
            let found: Vec<Option<String>> = array.iter().map(|it| it.map(str::to_owned)).collect();
            prop_assert_eq!(found, expected);
            prop_assert!(array.to_data().validate_full().is_ok());
            let (views, buffers, nulls) = array.into_parts();
            prop_assert!(StringViewArray::try_new(views, buffers, nulls).is_ok());
        }
    }
}
