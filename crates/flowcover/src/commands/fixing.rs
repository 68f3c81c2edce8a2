//! What `apply`, `verify` and `rollback` share: the way to AWS, progress, and what Ctrl-C does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flowcover_aws::{AwsCloud, Settings};
use flowcover_cloud::execute::{ExecuteOptions, Log, Silent, StepEnd, TakenBackEnd, Watcher};
use flowcover_cloud::{Cloud, Limited, Limits};
use flowcover_core::journal::Event;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{Calling, Global};
use crate::commands::gather;
use crate::failure::Failure;
use crate::journal_file::JournalFile;
use crate::{commands, terminal};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for an answer: some changes take S3 and IAM longer than any read.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time for a run, unless it is said.
const DEADLINE: Duration = Duration::from_secs(3600);

/// Runs what changes AWS, or waits for it.
pub(crate) struct Runner<'a> {
    calling: &'a Calling,
    delivery: Duration,
}

impl<'a> Runner<'a> {
    /// `delivery_seconds`: longest wait for records.
    pub(crate) fn new(calling: &'a Calling, delivery_seconds: u64) -> Self {
        Self {
            calling,
            delivery: Duration::from_secs(delivery_seconds),
        }
    }

    /// Connects, and does `what` with progress on a terminal.
    pub(crate) fn run<T>(
        &self,
        global: &Global,
        what: impl AsyncFnOnce(&Limited, &ExecuteOptions, &dyn Watcher) -> T,
    ) -> anyhow::Result<T> {
        gather::runtime()?.block_on(async {
            let settings = Settings {
                profile: self.calling.profile.clone(),
                region: None,
                connect_timeout: CONNECT_TIMEOUT,
                read_timeout: READ_TIMEOUT,
            };
            let cloud = AwsCloud::connect(settings).await;
            let cloud = cloud.map_err(|error| Failure::nothing_read(error.to_string()))?;
            let home_region = cloud.default_region().unwrap_or("us-east-1").to_owned();
            let options = ExecuteOptions {
                delivery: self.delivery,
                ..ExecuteOptions::new(&home_region, Arc::new(commands::now))
            };
            Ok(watched(Arc::new(cloud), self.limits(), &options, global, what).await)
        })
    }

    fn limits(&self) -> Limits {
        let standard = Limits::default();
        Limits {
            in_flight: self
                .calling
                .concurrency
                .map_or(standard.in_flight, usize::from),
            deadline: self
                .calling
                .deadline
                .map_or(DEADLINE + self.delivery, Duration::from_secs),
            attempt_timeout: CONNECT_TIMEOUT + READ_TIMEOUT,
            ..standard
        }
    }
}

/// Does `what` with progress on a terminal; Ctrl-C lets the calls in flight end, and begins no others.
pub(crate) async fn watched<T>(
    cloud: Arc<dyn Cloud>,
    limits: Limits,
    options: &ExecuteOptions,
    global: &Global,
    what: impl AsyncFnOnce(&Limited, &ExecuteOptions, &dyn Watcher) -> T,
) -> T {
    let cloud = Limited::new(cloud, limits);
    let is_running = Arc::new(AtomicBool::new(true));
    gather::heed_interrupts(
        cloud.stop(),
        Arc::clone(&is_running),
        "interrupted: the calls in flight are finished, and the journal kept; Ctrl-C again ends at once",
    );
    let shown = (!global.quiet).then(Shown::new);
    let watcher: &dyn Watcher = shown.as_ref().map_or(&Silent, |shown| shown);
    let done = what(&cloud, options, watcher).await;
    is_running.store(false, Ordering::Relaxed);
    if let Some(shown) = shown {
        shown.bar.finish_and_clear();
    }
    done
}

impl Log for JournalFile {
    fn append(&self, event: Event) -> std::io::Result<()> {
        Self::append(self, event)
    }
}

/// Each step on a line of its own, and on a terminal how far the run came.
struct Shown {
    bar: ProgressBar,
}

impl Shown {
    fn new() -> Self {
        let bar = if terminal::has_progress() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar }
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| terminal::note(line));
    }
}

impl Watcher for Shown {
    fn stage(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    fn planned(&self, steps: usize) {
        self.bar.set_length(steps as u64);
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} steps [{bar:24}] {msg}");
        if let Ok(style) = style {
            self.bar.set_style(style.progress_chars("=> "));
        }
    }

    fn adopts(&self, step: &str, what: &str) {
        self.say(&format!("  {step}: {what}"));
    }

    fn waits(&self, step: &str, what: &str) {
        self.bar.set_message(format!("{step}: {what}"));
    }

    fn ended(&self, step: &str, end: &StepEnd) {
        self.bar.inc(1);
        self.say(&format!("  {step}: {end}"));
    }

    fn taken_back(&self, step: &str, end: &TakenBackEnd) {
        if *end == TakenBackEnd::TakenBack {
            self.say(&format!("  {step}: taken back"));
        }
    }

    fn verified(&self, settled: usize, of: usize) {
        self.bar.set_length(of as u64);
        self.bar.set_position(settled as u64);
    }
}

/// `1 step`, `2 steps`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}
