//! What to collect.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flowcover_core::inventory::{Depth, Inventory};
use jiff::Timestamp;

use crate::Entry;

/// Which accounts to audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AccountSelection {
    /// Those that the entries lead to.
    #[default]
    Own,
    /// These, through a role in each.
    Listed(Vec<String>),
    /// All of the organisation, through a role in each.
    Organization {
        /// Only accounts below these roots or units; empty means all.
        include_units: Vec<String>,
        /// Not accounts below these.
        exclude_units: Vec<String>,
    },
}

/// Which regions to audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionSelection {
    /// Only these; empty means every enabled one.
    pub include: Vec<String>,
    /// Not these.
    pub exclude: Vec<String>,
}

impl RegionSelection {
    /// Whether the region is in scope.
    #[must_use]
    pub fn admits(&self, region: &str) -> bool {
        (self.include.is_empty() || self.include.iter().any(|name| name == region))
            && !self.exclude.iter().any(|name| name == region)
    }
}

/// Names buckets by what was collected of accounts and regions: each with the account that owns it, as
/// far as the one who names it knows.
pub type NameBuckets = Arc<dyn Fn(&Inventory) -> BTreeMap<String, String> + Send + Sync>;

/// What to collect, and how.
#[derive(Clone)]
pub struct CollectOptions {
    /// Ways in: the caller, or named profiles.
    pub entries: Vec<Entry>,
    /// Which accounts.
    pub accounts: AccountSelection,
    /// Name (with path, if it has one) of the role to assume in other accounts.
    pub role_name: Option<String>,
    /// External id for that role.
    pub external_id: Option<String>,
    /// Accounts not audited, but entered to read the central buckets that they hold.
    pub bucket_accounts: Vec<String>,
    /// Buckets that are read at any depth, though no flow log may deliver to them yet: those of a plan. The accounts that
    /// own them are entered as `bucket_accounts` are.
    pub buckets_besides: Option<NameBuckets>,
    /// Which regions.
    pub regions: RegionSelection,
    /// Region that the run starts from: asked first about accounts as a whole.
    pub home_region: String,
    /// Region that the configuration gives each profile: where to begin with those of another
    /// partition than `home_region` lies in.
    pub profile_regions: BTreeMap<String, String>,
    /// How deep.
    pub depth: Depth,
    /// How far back to look for records; none: not at all.
    pub prove_window: Option<Duration>,
    /// Whether to read security groups, their rules, the prefix lists that these name, and all network interfaces: what
    /// suggesting rules needs.
    pub security_groups: bool,
    /// Account-regions worked on at once; calls in flight are capped apart from this.
    pub places_at_once: usize,
    /// Tells the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for CollectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollectOptions")
            .field("entries", &self.entries)
            .field("accounts", &self.accounts)
            .field("regions", &self.regions)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

impl CollectOptions {
    /// The caller's account, every enabled region, full depth, no proof.
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            entries: vec![Entry::Caller],
            accounts: AccountSelection::Own,
            role_name: None,
            external_id: None,
            bucket_accounts: Vec::new(),
            buckets_besides: None,
            regions: RegionSelection::default(),
            home_region: "us-east-1".to_owned(),
            profile_regions: BTreeMap::new(),
            depth: Depth::Full,
            prove_window: None,
            security_groups: false,
            places_at_once: 256,
            clock,
        }
    }
}
