//! What is counted of rows, to see that none was lost or changed.

use std::fmt;
use std::ops::AddAssign;

use datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;

/// Number of rows, and sums of what they count. Sums are exact: there are fewer than 2⁶⁴ rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows.
    pub records: u64,
    /// Sum of `packets`; NULL is 0.
    pub packets: i128,
    /// Sum of `bytes`; NULL is 0.
    pub bytes: i128,
}

impl Totals {
    /// The columns that are summed.
    pub(super) const COLUMNS: [&'static str; 2] = ["packets", "bytes"];

    /// Of these rows.
    pub(super) fn of(batch: &RecordBatch) -> Self {
        let sum = |name: &str| -> i128 {
            let column = batch.column_by_name(name);
            let Some(values) = column.and_then(|column| column.as_primitive_opt::<Int64Type>())
            else {
                return 0;
            };
            match values.null_count() {
                0 => values.values().iter().map(|&value| i128::from(value)).sum(),
                _ => values.iter().flatten().map(i128::from).sum(),
            }
        };
        let [packets, bytes] = Self::COLUMNS.map(sum);
        Self {
            records: batch.num_rows() as u64,
            packets,
            bytes,
        }
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            records,
            packets,
            bytes,
        } = self;
        write!(f, "{records} records, {packets} packets, {bytes} bytes")
    }
}
