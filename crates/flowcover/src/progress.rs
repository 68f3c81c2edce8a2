//! Progress on a terminal: account-regions done, calls, throttles, gaps, time left; of records, bytes, records a second, time left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use flowcover_cloud::Counters;
use flowcover_cloud::collect::Observer;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// A line on standard error that goes away at the end.
pub(crate) struct Progress {
    bar: ProgressBar,
    counters: Arc<Counters>,
    gaps: AtomicU64,
}

impl Progress {
    /// Begins to show.
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        let bar = ProgressBar::new_spinner()
            .with_style(spinner())
            .with_message("entering accounts");
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            bar,
            counters,
            gaps: AtomicU64::new(0),
        }
    }

    /// Takes the line away.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }

    fn refresh(&self) {
        let mut text = format!("{} calls", self.counters.total());
        let throttles = self.counters.throttles();
        if throttles > 0 {
            text.push_str(&format!(", {throttles} throttled"));
        }
        let gaps = self.gaps.load(Ordering::Relaxed);
        if gaps > 0 {
            text.push_str(&format!(", {gaps} gaps"));
        }
        self.bar.set_message(text);
    }
}

/// How far records are read: a line on standard error that goes away at the end.
#[derive(Debug)]
pub(crate) struct ReadingProgress {
    bar: ProgressBar,
    /// Of all objects; 0 where nobody knows.
    total: u64,
    is_shown: AtomicBool,
    bytes: AtomicU64,
    records: AtomicU64,
}

impl ReadingProgress {
    /// Of so many bytes as they lie there. Nothing is shown yet.
    pub(crate) fn new(total: u64) -> Self {
        Self {
            bar: ProgressBar::new(total)
                .with_style(spinner())
                .with_message("reading"),
            total,
            is_shown: AtomicBool::new(false),
            bytes: AtomicU64::new(0),
            records: AtomicU64::new(0),
        }
    }

    /// Begins to show.
    pub(crate) fn begin(&self) {
        self.is_shown.store(true, Ordering::Relaxed);
        self.bar.reset();
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }

    /// An object of that size was read. What is read twice does not count beyond the end.
    pub(crate) fn add(&self, bytes: u64, records: u64) {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before == 0 && self.total > 0 {
            // Now there is something to tell the time left by.
            self.bar.set_style(measured());
        }
        let records = records + self.records.fetch_add(records, Ordering::Relaxed);
        self.bar
            .set_position(before.saturating_add(bytes).min(self.total));
        self.bar.set_message(rate(records, self.bar.elapsed()));
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        if self.is_shown.swap(false, Ordering::Relaxed) {
            self.bar.finish_and_clear();
        }
    }
}

/// A run that fails says so where the line was.
impl Drop for ReadingProgress {
    fn drop(&mut self) {
        self.end();
    }
}

fn rate(records: u64, time: Duration) -> String {
    // No more than 2^64 milliseconds have gone by.
    let milliseconds = time.as_millis().max(1) as u64;
    let each_second = records.saturating_mul(1000) / milliseconds;
    format!("{} records/s", HumanCount(each_second))
}

fn measured() -> ProgressStyle {
    ProgressStyle::with_template(
        "{spinner} {decimal_bytes} of {decimal_total_bytes} [{bar:16}] {msg}, {eta} left",
    )
    .map_or_else(
        |_| ProgressStyle::default_bar(),
        |style| style.progress_chars("=> "),
    )
}

impl Observer for Progress {
    fn stage(&self, what: &str) {
        self.bar.set_style(spinner());
        self.bar.set_message(what.to_owned());
    }

    fn planned(&self, account_regions: usize) {
        self.bar.set_length(account_regions as u64);
        self.bar.set_style(counted());
        self.refresh();
    }

    fn finished(&self, _account_id: &str, _region: &str) {
        self.bar.inc(1);
        self.refresh();
    }

    fn gap(&self) {
        self.gaps.fetch_add(1, Ordering::Relaxed);
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn counted() -> ProgressStyle {
    ProgressStyle::with_template(
        "{spinner} {pos}/{len} account-regions [{bar:24}] {msg}, {eta} left",
    )
    .map_or_else(
        |_| ProgressStyle::default_bar(),
        |style| style.progress_chars("=> "),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_by_the_second() {
        for (records, milliseconds, text) in [
            (0, 0, "0 records/s"),
            (1_500_000, 2000, "750,000 records/s"),
            (3, 0, "3,000 records/s"),
            (u64::MAX, 1000, "18,446,744,073,709,551 records/s"),
        ] {
            assert_eq!(rate(records, Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn what_is_read_twice_does_not_count_beyond_the_end() {
        let progress = ReadingProgress::new(100);
        for (size, position) in [(60, 60), (40, 100), (60, 100)] {
            progress.add(size, 1);
            assert_eq!(progress.bar.position(), position);
        }
        assert_eq!(progress.records.load(Ordering::Relaxed), 3);
    }
}
