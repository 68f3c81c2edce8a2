//! Pseudonyms in place of addresses, before any query sees a row.

use std::net::IpAddr;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, StringViewArray,
    StringViewBuilder,
};
use datafusion::arrow::error::ArrowError;
use flowcover_record::{CryptoPan, Field, FieldKind, PseudonymKey};

use crate::cidr::Cidr;

/// Replaces addresses in rows of the table `records`: the same address by the same pseudonym, and networks keep what they have in common
/// ([`CryptoPan`]).
#[derive(Debug)]
pub struct Pseudonyms {
    giver: CryptoPan,
    key_id: String,
}

/// What is replaced in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replaced {
    /// Every value. What is no address becomes NULL: it could be one that is only spelled otherwise.
    All,
    /// Values that are addresses: in columns that can hold anything.
    Addresses,
    Nothing,
}

impl Replaced {
    fn of(column: &str) -> Self {
        let known = Field::all()
            .iter()
            .find(|field| field.parquet_name == column);
        match known.map(|field| field.kind) {
            Some(FieldKind::Address) => Self::All,
            Some(FieldKind::TagValue) | None => Self::Addresses,
            Some(_) => Self::Nothing,
        }
    }
}

/// Whether values of that column are replaced, so that what is stored says nothing about what is seen.
pub(crate) fn is_replaced(column: &str) -> bool {
    Replaced::of(column) != Replaced::Nothing
}

impl Pseudonyms {
    /// With that key.
    #[must_use]
    pub fn new(key: &PseudonymKey) -> Self {
        Self {
            giver: CryptoPan::new(key),
            key_id: key.id(),
        }
    }

    /// What tells this key from others, without telling the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The block that holds the pseudonyms of all addresses of a block, and no others.
    #[must_use]
    pub fn block(&self, block: Cidr) -> Cidr {
        block.map(|address| self.giver.address(address))
    }

    /// The rows with pseudonyms for addresses.
    pub(crate) fn replace(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let schema = batch.schema();
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| match column.as_string_view_opt() {
            Some(texts) => self.column(texts, Replaced::of(field.name())),
            None => Arc::clone(column),
        });
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&schema), columns.collect(), &options)
    }

    fn column(&self, texts: &StringViewArray, replaced: Replaced) -> ArrayRef {
        if replaced == Replaced::Nothing {
            return Arc::new(texts.clone());
        }
        let mut pseudonyms = StringViewBuilder::with_capacity(texts.len());
        // Rows of one address often follow each other.
        let mut last: Option<(IpAddr, String)> = None;
        for text in texts {
            let address: Option<IpAddr> = text.and_then(|text| text.parse().ok());
            match (address, text) {
                (Some(address), _) => {
                    if last.as_ref().is_none_or(|(of, _)| *of != address) {
                        last = Some((address, self.giver.address(address).to_string()));
                    }
                    pseudonyms.append_option(last.as_ref().map(|(_, pseudonym)| pseudonym));
                }
                (None, Some(text)) if replaced == Replaced::Addresses => {
                    pseudonyms.append_value(text);
                }
                (None, _) => pseudonyms.append_null(),
            }
        }
        Arc::new(pseudonyms.finish())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use datafusion::arrow::array::Int32Array;

    use super::*;

    #[test]
    fn no_address_is_left() {
        let key = PseudonymKey::new(std::array::from_fn(|index| index as u8));
        let pseudonyms = Pseudonyms::new(&key);
        let texts = |values: &[Option<&str>]| -> ArrayRef {
            Arc::new(StringViewArray::from(values.to_vec()))
        };
        let addresses = [
            Some("10.0.0.1"),
            Some("10.0.0.1:80"),
            None,
            Some("fe80::1%eth0"),
        ];
        let batch = RecordBatch::try_from_iter([
            ("srcaddr", texts(&addresses)),
            (
                "pkt_dstaddr",
                texts(&[Some("2001:db8::1"), Some("10.0.0.1"), None, Some("x")]),
            ),
            (
                "quantum_hop",
                texts(&[Some("10.0.0.1"), Some("eth0"), None, None]),
            ),
            (
                "instance_tag",
                texts(&[Some("10.0.0.1"), Some("web"), None, None]),
            ),
            (
                "action",
                texts(&[Some("ACCEPT"), Some("REJECT"), None, None]),
            ),
            (
                "dstport",
                Arc::new(Int32Array::from(vec![1, 2, 3, 4])) as ArrayRef,
            ),
        ])
        .unwrap();
        let seen = pseudonyms.replace(&batch).unwrap();
        let giver = CryptoPan::new(&key);
        let one = giver.text("10.0.0.1");
        let one = one.as_deref();
        let column = |name: &str| -> Vec<Option<String>> {
            let column = seen.column_by_name(name).unwrap().as_string_view().clone();
            column.iter().map(|text| text.map(str::to_owned)).collect()
        };
        let owned = |values: &[Option<&str>]| -> Vec<Option<String>> {
            values.iter().map(|text| text.map(str::to_owned)).collect()
        };
        assert_eq!(column("srcaddr"), owned(&[one, None, None, None]));
        let other = giver.text("2001:db8::1");
        assert_eq!(
            column("pkt_dstaddr"),
            owned(&[other.as_deref(), one, None, None])
        );
        assert_eq!(
            column("quantum_hop"),
            owned(&[one, Some("eth0"), None, None])
        );
        assert_eq!(
            column("instance_tag"),
            owned(&[one, Some("web"), None, None])
        );
        assert_eq!(
            seen.column_by_name("action"),
            batch.column_by_name("action")
        );
        assert_eq!(
            seen.column_by_name("dstport"),
            batch.column_by_name("dstport")
        );
    }

    #[test]
    fn blocks_keep_their_members() {
        let pseudonyms = Pseudonyms::new(&PseudonymKey::new([7; 32]));
        let block: Cidr = "10.20.0.0/16".parse().unwrap();
        let seen = pseudonyms.block(block);
        for (address, expected) in [("10.20.3.4", true), ("10.21.0.0", false)] {
            let pseudonym = pseudonyms.giver.address(address.parse().unwrap());
            assert_eq!(seen.contains(pseudonym), expected, "{address}");
        }
    }
}
