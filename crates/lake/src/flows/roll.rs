//! Who wrote records when: `NODATA` and `SKIPDATA` rows too, which belong to no flow.

use std::collections::BTreeSet;

use flowcover_detect::{Address, Attendance};

use super::points::Known;
use super::sighting::Columns;
use crate::span::Span;

/// Interfaces that wrote records, by number, and when.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    /// By number.
    attendance: Attendance,
    /// What was noted last: rows of one interface and window stand next to each other.
    last: Option<(u32, i64)>,
    /// Addresses of gateways.
    gateways: BTreeSet<u128>,
}

/// Gateways that are known at most.
const MOST_GATEWAYS: usize = 65_536;
/// Seconds within which a second record of an interface says nothing new.
const SAME: i64 = 60;

impl Roll {
    /// Notes the rows of a batch that are in the span.
    pub(crate) fn call(
        &mut self,
        columns: &Columns<'_>,
        rows: usize,
        known: &mut Known,
        span: Span,
    ) {
        for row in 0..rows {
            let Some((point, start, end, skipped)) = columns.writer(row, known) else {
                continue;
            };
            if !span.has(Some(start), Some(end)) {
                continue;
            }
            if let Some(gateway) = columns.gateway(row)
                && self.gateways.len() < MOST_GATEWAYS
            {
                self.gateways.insert(gateway);
            }
            if skipped {
                self.attendance.note_skipped(point.into());
            }
            let moment = start.div_euclid(SAME);
            if self.last != Some((point, moment)) {
                self.attendance.note(point.into(), start);
                self.last = Some((point, moment));
            }
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.attendance.join(&other.attendance);
        self.gateways.extend(&other.gateways);
    }

    pub(crate) fn gateways(&self) -> impl Iterator<Item = Address> + '_ {
        self.gateways.iter().map(|bits| Address::from_bits(*bits))
    }

    /// With the key that each number stands for.
    pub(crate) fn attendance(&self, key: impl Fn(u32) -> u64) -> Attendance {
        self.attendance.renamed(|number| key(number as u32))
    }
}
