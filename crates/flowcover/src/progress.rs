//! Progress on a terminal: account-regions done, calls, throttles, gaps, time left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flowcover_cloud::Counters;
use flowcover_cloud::collect::Observer;
use indicatif::{ProgressBar, ProgressStyle};

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
