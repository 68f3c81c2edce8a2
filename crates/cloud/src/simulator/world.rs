//! The state of a simulated AWS: accounts, their regions, and the clock.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use flowcover_core::iam::flow_logs::Source;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::faults::Faults;
use super::iam::{ManagedPolicy, Role};
use super::ids::Ids;
use super::network::Network;
use super::organization::OrganizationTree;
use super::paging::Paging;
use super::s3::Bucket;
use super::telemetry::Rules;
use crate::{BatchResult, Entry, FlowLogRequest};

/// How AWS reports an item of a batch that it refuses: both forms are met in practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchFaults {
    /// In `Unsuccessful`, while the other items succeed.
    #[default]
    Unsuccessful,
    /// As an error of the whole call: nothing is done.
    Error,
}

/// A call that carried a client token, and what it gave.
#[derive(Clone, Debug)]
pub(super) struct TokenUse {
    pub(super) request: FlowLogRequest,
    pub(super) result: BatchResult,
}

/// An account.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountState {
    pub(super) name: String,
    pub(super) status: String,
    pub(super) disabled_regions: BTreeSet<String>,
    pub(super) roles: BTreeMap<String, Role>,
    /// None: as many as an account has by default.
    pub(super) role_quota: Option<u64>,
    pub(super) networks: BTreeMap<String, Network>,
}

/// A simulated AWS. Builders put things into it; time moves only when [`World::advance`]
/// moves it, or as tokio's does after [`World::follow_tokio_time`].
#[derive(Clone, Debug)]
pub struct World {
    pub(super) now: Timestamp,
    pub(super) ids: Ids,
    pub(super) regions: BTreeSet<String>,
    pub(super) caller: Option<String>,
    pub(super) profiles: BTreeMap<String, String>,
    pub(super) entered: HashSet<Entry>,
    pub(super) accounts: BTreeMap<String, AccountState>,
    pub(super) organization: Option<OrganizationTree>,
    pub(super) buckets: BTreeMap<String, Bucket>,
    pub(super) managed_policies: BTreeMap<String, ManagedPolicy>,
    followed_until: Option<Instant>,
    pub(super) telemetry_rules: Rules,
    pub(super) tokens: HashMap<(String, String, String), TokenUse>,
    /// Seconds until a new role can be assumed everywhere (IAM is eventually consistent).
    pub role_propagation_seconds: i64,
    /// Seconds from the making of a flow log to its first try to deliver.
    pub first_delivery_seconds: i64,
    /// How refused items of a batch are reported.
    pub batch_faults: BatchFaults,
    /// How listings are cut into pages.
    pub paging: Paging,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

impl World {
    /// An AWS without accounts, at `now`, with these regions.
    #[must_use]
    pub fn new(now: Timestamp, regions: &[&str]) -> Self {
        Self {
            now,
            ids: Ids::default(),
            regions: regions.iter().map(|&name| name.to_owned()).collect(),
            caller: None,
            profiles: BTreeMap::new(),
            entered: HashSet::new(),
            accounts: BTreeMap::new(),
            organization: None,
            buckets: BTreeMap::new(),
            managed_policies: BTreeMap::new(),
            followed_until: None,
            telemetry_rules: Rules::new(),
            tokens: HashMap::new(),
            role_propagation_seconds: 10,
            first_delivery_seconds: 600,
            batch_faults: BatchFaults::default(),
            paging: Paging::default(),
            faults: Faults::default(),
        }
    }

    /// The simulated time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass; flow logs deliver, or fail to, once the time is over.
    pub fn advance(&mut self, seconds: u32) {
        self.now += SignedDuration::from_secs(i64::from(seconds));
        self.apply_telemetry_rules();
        self.deliver();
    }

    /// From now on, time also passes as tokio's does, in whole seconds, whenever a call comes in: what waits
    /// and asks again then finds a later world.
    pub fn follow_tokio_time(&mut self) {
        self.followed_until = Some(Instant::now());
    }

    /// Catches up with tokio's time, if it is followed.
    pub(super) fn catch_up(&mut self) {
        let Some(until) = self.followed_until else {
            return;
        };
        let seconds = u32::try_from(until.elapsed().as_secs()).unwrap_or(u32::MAX);
        if seconds > 0 {
            self.followed_until = Some(until + Duration::from_secs(u64::from(seconds)));
            self.advance(seconds);
        }
    }

    /// Opens an account with all regions enabled. The first account is the caller's.
    pub fn add_account(&mut self, account_id: &str, name: &str) {
        self.caller.get_or_insert_with(|| account_id.to_owned());
        self.accounts.insert(
            account_id.to_owned(),
            AccountState {
                name: name.to_owned(),
                status: "ACTIVE".to_owned(),
                ..AccountState::default()
            },
        );
    }

    /// Takes the caller's credentials away, or gives those of another account.
    pub fn set_caller(&mut self, account_id: Option<&str>) {
        self.caller = account_id.map(str::to_owned);
    }

    /// Names a profile that leads to an account.
    pub fn add_profile(&mut self, profile: &str, account_id: &str) {
        self.profiles
            .insert(profile.to_owned(), account_id.to_owned());
    }

    /// Sets the state of an account: `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`.
    pub fn set_account_status(&mut self, account_id: &str, status: &str) {
        status.clone_into(&mut self.account_mut(account_id).status);
    }

    /// Opts an account out of a region.
    pub fn disable_region(&mut self, account_id: &str, region: &str) {
        self.account_mut(account_id)
            .disabled_regions
            .insert(region.to_owned());
    }

    pub(super) fn is_enabled(&self, account_id: &str, region: &str) -> bool {
        self.regions.contains(region)
            && self
                .accounts
                .get(account_id)
                .is_some_and(|account| !account.disabled_regions.contains(region))
    }

    pub(super) fn is_active(&self, account_id: &str) -> bool {
        self.accounts
            .get(account_id)
            .is_some_and(|account| account.status == "ACTIVE")
    }

    /// For builders: they name only what was made before.
    pub(super) fn account_mut(&mut self, account_id: &str) -> &mut AccountState {
        self.accounts.entry(account_id.to_owned()).or_default()
    }

    pub(super) fn network(&self, account_id: &str, region: &str) -> Option<&Network> {
        self.accounts.get(account_id)?.networks.get(region)
    }

    pub(super) fn network_mut(&mut self, account_id: &str, region: &str) -> &mut Network {
        self.account_mut(account_id)
            .networks
            .entry(region.to_owned())
            .or_default()
    }

    /// What the delivering services say of a flow log.
    pub(super) fn source(&self, account_id: &str, region: &str, flow_log_id: &str) -> Source {
        Source {
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            flow_log_id: Some(flow_log_id.to_owned()),
            organization_id: self
                .organization
                .as_ref()
                .filter(|organization| organization.holds(account_id))
                .map(|organization| organization.id.clone()),
        }
    }
}
