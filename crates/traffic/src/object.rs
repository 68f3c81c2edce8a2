//! The objects of a bin.

use flowcover_record::ObjectKey;
use libdeflater::{CompressionLvl, Compressor};

use crate::cut::{Record, Status};

/// One object as delivered to S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Where it lies in the bucket.
    pub key: ObjectKey,
    /// The header line and the records, not compressed.
    pub text: Vec<u8>,
    /// What is in it.
    pub totals: Totals,
}

/// What records add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows with traffic, `log-status` OK.
    pub records: u64,
    /// Rows with `log-status` NODATA.
    pub no_data: u64,
    /// Rows with `log-status` SKIPDATA.
    pub skip_data: u64,
    /// Those of `records` with action REJECT.
    pub rejected: u64,
    /// The sum of `packets`.
    pub packets: u64,
    /// The sum of `bytes`.
    pub bytes: u64,
}

impl Totals {
    /// Every row but the header.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.records + self.no_data + self.skip_data
    }

    pub(crate) fn count(&mut self, record: &Record) {
        match &record.status {
            Status::Ok(flow) => {
                self.records += 1;
                self.rejected += u64::from(flow.rejected);
                self.packets += flow.volume.packets;
                self.bytes += flow.volume.bytes;
            }
            Status::NoData => self.no_data += 1,
            Status::SkipData => self.skip_data += 1,
        }
    }
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.no_data += other.no_data;
        self.skip_data += other.skip_data;
        self.rejected += other.rejected;
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

impl Object {
    /// The object as it lies in the bucket: gzip, one member.
    #[must_use]
    pub fn gzip(&self) -> Vec<u8> {
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut packed = vec![0; compressor.gzip_compress_bound(self.text.len())];
        let length = compressor
            .gzip_compress(&self.text, &mut packed)
            .expect("the buffer has the size that the compressor asked for");
        packed.truncate(length);
        packed
    }
}
