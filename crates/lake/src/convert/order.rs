//! The order of rows in a row group: by source address, then by start.
//!
//! Files are slices of time already, for parts are: their statistics serve filters on time. Inside, the address comes first: equal addresses
//! lie together, which makes files smaller, lets statistics of pages tell where an address is, and lets whoever groups by address meet
//! each one once.

use datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;

/// Where a row lies: in which batch, and where there.
pub(super) type Place = (usize, usize);

/// The first bytes of the address, the start, and where the row lies. Of longer addresses (IPv6) only these bytes count.
type Key = (u128, i64, u32, u32);

/// The places of all rows, in order. Rows without address come first.
pub(super) fn order(batches: &[RecordBatch]) -> Vec<Place> {
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut keys: Vec<Key> = Vec::with_capacity(rows);
    for (index, batch) in batches.iter().enumerate() {
        let addresses = batch.column_by_name("srcaddr");
        let addresses = addresses.and_then(|column| column.as_string_view_opt());
        let starts = batch.column_by_name("start");
        let starts = starts.and_then(|column| column.as_primitive_opt::<Int64Type>());
        for row in 0..batch.num_rows() {
            let address = addresses
                .filter(|addresses| addresses.is_valid(row))
                .map_or(0, |addresses| first_bytes(addresses.value(row)));
            let start = starts
                .filter(|starts| starts.is_valid(row))
                .map_or(0, |starts| starts.value(row));
            // Batches and their rows are far fewer than 2³².
            keys.push((address, start, index as u32, row as u32));
        }
    }
    keys.sort_unstable();
    keys.into_iter()
        .map(|(_, _, batch, row)| (batch as usize, row as usize))
        .collect()
}

/// In the order of texts.
fn first_bytes(text: &str) -> u128 {
    let mut bytes = [0; 16];
    let length = text.len().min(16);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn rows_are_ordered_by_address_then_start() {
        let batch = |rows: &[(Option<&str>, Option<i64>)]| {
            let addresses: StringViewArray = rows.iter().map(|(address, _)| *address).collect();
            let starts: Int64Array = rows.iter().map(|(_, start)| *start).collect();
            RecordBatch::try_from_iter([
                ("srcaddr", Arc::new(addresses) as ArrayRef),
                ("start", Arc::new(starts) as ArrayRef),
            ])
            .unwrap()
        };
        let batches = [
            batch(&[
                (Some("10.0.0.2"), Some(1)),
                (Some("10.0.0.10"), Some(9)),
                (None, Some(5)),
            ]),
            batch(&[
                (Some("10.0.0.2"), Some(0)),
                (Some("2001:db8:0:1::2"), Some(3)),
                (Some("10.0.0.10"), None),
            ]),
        ];
        let expected = [(0, 2), (1, 2), (0, 1), (1, 0), (0, 0), (1, 1)];
        assert_eq!(order(&batches), expected);
        let none: [RecordBatch; 0] = [];
        assert_eq!(order(&none), []);
    }
}
