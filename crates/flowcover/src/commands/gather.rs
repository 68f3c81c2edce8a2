//! Gets an inventory: from AWS, or from what was saved.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use flowcover_aws::{AwsCloud, Settings};
use flowcover_cloud::collect::{
    CollectOptions, Collected, NameBuckets, Observer, Quiet, collect_with_entries,
};
use flowcover_cloud::{Cloud, Limited, Limits, Stop};
use flowcover_core::inventory::{Inventory, ListingState};
use flowcover_core::partition;

use crate::cli::{Collecting, Global};
use crate::commands::nothing_read;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{snapshot, terminal};

/// Collects from AWS.
pub(crate) fn live(
    collecting: &Collecting,
    global: &Global,
    freshness: Duration,
) -> anyhow::Result<Inventory> {
    let collected = live_with_entries(collecting, global, freshness, Besides::default());
    collected.map(|collected| collected.inventory)
}

/// What is read besides what an audit needs.
#[derive(Default)]
pub(crate) struct Besides {
    /// Buckets besides those of flow logs.
    pub(crate) buckets: Option<NameBuckets>,
    /// What suggesting rules of security groups needs.
    pub(crate) security_groups: bool,
}

/// Collects from AWS, and tells how each account was entered.
pub(crate) fn live_with_entries(
    collecting: &Collecting,
    global: &Global,
    freshness: Duration,
    besides: Besides,
) -> anyhow::Result<Collected> {
    let runtime = runtime()?;
    let collected = runtime.block_on(async {
        let (cloud, home_region) = connect(collecting).await?;
        let mut options = collecting.options(&home_region, freshness)?;
        options.buckets_besides = besides.buckets;
        options.security_groups = besides.security_groups;
        for profile in &collecting.profile {
            if let Some(region) = cloud.profile_region(profile).await {
                options.profile_regions.insert(profile.clone(), region);
            }
        }
        let collected = observed(Arc::new(cloud), collecting.limits(), &options, global).await;
        // Credentials that fail at once leave nothing to judge.
        if collected.inventory.accounts.is_empty() {
            return Err(nothing_read::why(&collected.inventory).into());
        }
        Ok(collected)
    });
    // Connections are closed while the report is made.
    runtime.shutdown_background();
    collected
}

/// The way to AWS, and the region that the run starts from.
async fn connect(collecting: &Collecting) -> Result<(AwsCloud, String), Failure> {
    let (connect_timeout, read_timeout) = collecting.timeouts();
    let connect = |region| async move {
        let settings = Settings {
            profile: collecting.profile.first().cloned(),
            region,
            connect_timeout,
            read_timeout,
        };
        let cloud = AwsCloud::connect(settings).await;
        cloud.map_err(|error| Failure::nothing_read(error.to_string()))
    };
    let cloud = connect(None).await?;
    let home_region = collecting.home_region(cloud.default_region()).to_owned();
    // Profiles that assume a role do so in the configured region. Only if that is none, or lies in
    // another partition, it is not the one that the run starts from.
    let is_usual = partition::of_region(&home_region) == "aws";
    if is_usual || cloud.default_region() == Some(&home_region) {
        return Ok((cloud, home_region));
    }
    let cloud = connect(Some(home_region.clone())).await?;
    Ok((cloud, home_region))
}

/// The runtime that collecting runs on.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, |cores| cores.get().min(4)))
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")
}

/// Collects with progress on a terminal; Ctrl-C stops collecting, and what there is is kept.
pub(crate) async fn observed(
    cloud: Arc<dyn Cloud>,
    limits: Limits,
    options: &CollectOptions,
    global: &Global,
) -> Collected {
    let cloud = Limited::new(cloud, limits);
    let is_collecting = Arc::new(AtomicBool::new(true));
    heed_interrupts(
        cloud.stop(),
        Arc::clone(&is_collecting),
        "interrupted: what was not read is unknown; Ctrl-C again ends at once",
    );
    let progress =
        (terminal::has_progress() && !global.quiet).then(|| Progress::new(cloud.counters()));
    let observer: &dyn Observer = progress.as_ref().map_or(&Quiet, |progress| progress);
    let collected = collect_with_entries(&cloud, options, observer).await;
    is_collecting.store(false, Ordering::Relaxed);
    if let Some(progress) = progress {
        progress.finish();
    }
    collected
}

/// What Ctrl-C does.
#[derive(Debug, PartialEq, Eq)]
enum Interrupt {
    /// Collecting stops.
    Stop,
    /// The process ends.
    End,
}

impl Interrupt {
    /// The first one stops collecting; any other one, and one after collecting, ends the process.
    fn next(is_collecting: &AtomicBool) -> Self {
        if is_collecting.swap(false, Ordering::Relaxed) {
            Self::Stop
        } else {
            Self::End
        }
    }
}

/// Heeds Ctrl-C until the process ends, on a thread of its own: once it has been caught, the system
/// no longer ends the process, not even one that waits for a pipe long after collecting.
pub(crate) fn heed_interrupts(
    stop: Stop,
    is_collecting: Arc<AtomicBool>,
    what_it_means: &'static str,
) {
    let heed = async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if Interrupt::next(&is_collecting) == Interrupt::End {
                std::process::exit(130);
            }
            terminal::warning(what_it_means);
            stop.stop();
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Without it, Ctrl-C ends the process at once, as ever.
    if let Ok(runtime) = runtime {
        std::thread::spawn(move || runtime.block_on(heed));
    }
}

/// Reads what was saved: a snapshot, or a folder of AWS CLI answers.
pub(crate) fn saved(path: &Path, collecting: &Collecting) -> anyhow::Result<Inventory> {
    if path.is_dir() {
        return snapshot::read_folder(path, collecting.account.first(), collecting.region.first());
    }
    if let Some(extra) = collecting
        .account
        .first()
        .map(|_| "--account")
        .or_else(|| collecting.region.first().map(|_| "--region"))
    {
        return Err(
            Failure::usage(format!("{extra} has no effect on a snapshot"))
                .hint("with --from it says where the flat files of a folder belong")
                .into(),
        );
    }
    snapshot::read_inventory(path)
}

/// Exit code of a command that collects without judging.
pub(crate) fn exit(inventory: &Inventory) -> Exit {
    let read_something = inventory
        .regions
        .iter()
        .any(|region| region.vpcs.state == ListingState::Complete || !region.vpcs.items.is_empty());
    if !read_something {
        Exit::NothingRead
    } else if inventory.gaps.is_empty() && !inventory.interrupted {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_interrupt_and_a_late_one_end_the_process() {
        let is_collecting = AtomicBool::new(true);
        assert_eq!(Interrupt::next(&is_collecting), Interrupt::Stop);
        assert_eq!(Interrupt::next(&is_collecting), Interrupt::End);
        let is_over = AtomicBool::new(false);
        assert_eq!(Interrupt::next(&is_over), Interrupt::End);
    }
}
