//! The collector on the simulated organisation.

#![allow(clippy::unwrap_used)]

#[path = "collect/accounts.rs"]
mod accounts;
#[path = "collect/bucket_owners.rs"]
mod bucket_owners;
#[path = "collect/bucket_readers.rs"]
mod bucket_readers;
#[path = "collect/buckets_besides.rs"]
mod buckets_besides;
#[path = "collect/calls.rs"]
mod calls;
#[path = "collect/credentials.rs"]
mod credentials;
#[path = "collect/demo.rs"]
mod demo;
#[path = "collect/facts.rs"]
mod facts;
#[path = "collect/faults.rs"]
mod faults;
#[path = "collect/keys.rs"]
mod keys;
#[path = "collect/limits.rs"]
mod limits;
#[path = "collect/partitions.rs"]
mod partitions;
#[path = "collect/proof.rs"]
mod proof;
#[path = "collect/security_groups.rs"]
mod security_groups;
#[path = "collect/shared_groups.rs"]
mod shared_groups;
#[path = "collect/start.rs"]
mod start;
#[path = "collect/units.rs"]
mod units;

use std::sync::Arc;
use std::time::Duration;

use flowcover_cloud::collect::{AccountSelection, CollectOptions, Quiet, collect};
use flowcover_cloud::simulator::Simulator;
use flowcover_cloud::{Limited, Limits};
use flowcover_core::inventory::{Depth, Gap, Inventory, Region, RegionStatus};

/// The whole organisation, from its management account.
fn everything() -> AccountSelection {
    AccountSelection::Organization {
        include_units: Vec::new(),
        exclude_units: Vec::new(),
    }
}

fn options(simulator: &Arc<Simulator>, accounts: AccountSelection, depth: Depth) -> CollectOptions {
    CollectOptions {
        accounts,
        role_name: Some("OrganizationAccountAccessRole".to_owned()),
        depth,
        ..CollectOptions::new(simulator.clock())
    }
}

async fn run(simulator: &Arc<Simulator>, options: &CollectOptions) -> Inventory {
    run_within(simulator, options, Duration::from_secs(1800)).await
}

async fn run_within(
    simulator: &Arc<Simulator>,
    options: &CollectOptions,
    deadline: Duration,
) -> Inventory {
    let limits = Limits {
        deadline,
        ..Limits::default()
    };
    let limited = Limited::new(Arc::clone(simulator) as _, limits);
    let inventory = collect(&limited, options, &Quiet).await;
    assert_eq!(
        inventory.calls,
        simulator.calls(),
        "what is counted is what arrived"
    );
    inventory
}

fn region<'a>(inventory: &'a Inventory, account_id: &str, name: &str) -> &'a Region {
    inventory
        .regions
        .iter()
        .find(|region| region.account_id == account_id && region.region == name)
        .unwrap()
}

fn statuses(inventory: &Inventory) -> Vec<(&str, RegionStatus)> {
    inventory
        .regions
        .iter()
        .map(|region| (region.region.as_str(), region.status))
        .collect()
}

/// Gaps as `action region code`.
fn gaps(inventory: &Inventory) -> Vec<String> {
    let line = |gap: &Gap| {
        let region = gap.region.as_deref().unwrap_or("-");
        format!("{} {region} {}", gap.action, gap.error_code)
    };
    inventory.gaps.iter().map(line).collect()
}
