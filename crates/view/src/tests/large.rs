//! A report of many VPCs.

use std::io;

use super::options;

use crate::{Format, fixture, render};

/// Enough to fill every buffer many times.
const VPCS: usize = 5_000;

/// Counts what is written, and keeps nothing.
#[derive(Default)]
struct Sink {
    bytes: usize,
    largest: usize,
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        self.largest = self.largest.max(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn output_is_written_as_it_is_made() {
    let mut report = fixture::report();
    let vpcs = report.vpcs.clone();
    report.vpcs = (0..VPCS)
        .map(|number| {
            let mut vpc = vpcs[number % 12].clone();
            vpc.account_id = format!("{:012}", number / 85);
            vpc.region = format!("region-{}", number % 17);
            vpc
        })
        .collect();
    report.summary = fixture::summarise(&report);
    for format in Format::ALL {
        let mut sink = Sink::default();
        render(format, &report, &options(), &mut sink).expect("the sink takes everything");
        // Only what gathers by account holds more than a buffer, and no format hands on everything at once.
        assert!(
            sink.largest <= 128 * 1024,
            "{format}: {} bytes at once",
            sink.largest
        );
        assert!(sink.bytes > 1_000, "{format}");
    }
}
