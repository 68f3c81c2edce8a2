//! What was collected, and what could not be: the one input of every check.

mod account;
mod destination;
mod fact;
mod flow_log;
mod gap;
mod named;
mod named_key;
mod need;
mod network;
mod role;
mod security_group;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use account::{
    Account, AccountAccess, AccountStatus, ControlLevel, Organization, OrganizationalUnit,
    Protection,
};
pub use destination::{
    Bucket, BucketEncryption, DeliveryStream, ExpirationRule, Key, LastRecord, LogGroup,
    PublicAccessBlock,
};
pub use fact::{Fact, Listing, ListingState};
pub use flow_log::{DeliverLogsStatus, FlowLog, LogDestinationType, ResourceKind, TrafficType};
pub use gap::{Gap, GapKind};
pub use named::{Located, Named};
pub use named_key::NamedKey;
pub use need::Need;
pub use network::{NetworkInterface, Region, RegionStatus, Subnet, TransitGateway, Vpc};
pub use role::{NamedPolicy, Role};
pub use security_group::{PrefixList, PrivateIpAddress, SecurityGroup, SecurityGroupRule};

/// Version of the stored form. A snapshot with another one is refused, or migrated by name.
pub const SCHEMA: &str = "flowcover.inventory/1";

/// Key-value tags of an AWS resource, as set by its owner: untrusted text.
pub type Tags = BTreeMap<String, String>;

/// How deep collecting went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// VPCs, flow logs with their delivery status, and coverage.
    Delivery,
    /// The above, and every fact that delivery depends on: roles, destinations, keys; transit gateways.
    #[default]
    Full,
}

/// Everything that one run of collecting found, over all accounts and regions.
///
/// Facts that belong to an ARN (roles, log groups, buckets, streams, keys) are kept once, keyed by
/// that ARN, for flow logs of many accounts may share them. An ARN that is not in a map was
/// not asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Version of flowcover that collected it.
    pub generator: String,
    /// When collecting ended. Freshness and exemption dates are judged against it.
    pub collected_at: Timestamp,
    /// AWS partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// How deep collecting went.
    pub depth: Depth,
    /// Whether the time of the last record was asked for (`--prove`).
    pub proved: bool,
    /// Whether collecting was cut short (Ctrl-C or the deadline).
    #[serde(default)]
    pub interrupted: bool,
    /// The organisation, where its management account or a delegate was asked.
    pub organization: Option<Organization>,
    /// Accounts in scope, those left out included.
    pub accounts: Vec<Account>,
    /// One entry for each account and region in scope.
    pub regions: Vec<Region>,
    /// IAM roles that flow logs name, by role ARN.
    #[serde(default)]
    pub roles: BTreeMap<String, Fact<Role>>,
    /// Log groups that flow logs name, by ARN without the trailing `:*`.
    #[serde(default)]
    pub log_groups: BTreeMap<String, Fact<LogGroup>>,
    /// Buckets that flow logs name, by bucket name.
    #[serde(default)]
    pub buckets: BTreeMap<String, Fact<Bucket>>,
    /// Firehose delivery streams that flow logs name, by ARN.
    #[serde(default)]
    pub delivery_streams: BTreeMap<String, Fact<DeliveryStream>>,
    /// KMS keys that encrypt those buckets and log groups, by key ARN or alias ARN; by the bare name only where the account or region that it belongs to is not known.
    #[serde(default)]
    pub keys: BTreeMap<String, Fact<Key>>,
    /// Time of the last record by flow-log id; only with `--prove`.
    #[serde(default)]
    pub last_records: BTreeMap<String, Fact<LastRecord>>,
    /// What could not be read, and why.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// API calls made, by IAM-style action (`ec2:DescribeVpcs`).
    #[serde(default)]
    pub calls: BTreeMap<String, u64>,
}

impl Inventory {
    /// An inventory with nothing in it, collected at `collected_at` in the partition `aws`.
    #[must_use]
    pub fn empty(collected_at: Timestamp) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            generator: concat!("flowcover ", env!("CARGO_PKG_VERSION")).to_owned(),
            collected_at,
            partition: "aws".to_owned(),
            depth: Depth::Full,
            proved: false,
            interrupted: false,
            organization: None,
            accounts: Vec::new(),
            regions: Vec::new(),
            roles: BTreeMap::new(),
            log_groups: BTreeMap::new(),
            buckets: BTreeMap::new(),
            delivery_streams: BTreeMap::new(),
            keys: BTreeMap::new(),
            last_records: BTreeMap::new(),
            gaps: Vec::new(),
            calls: BTreeMap::new(),
        }
    }

    /// The account with that id, if it is in scope.
    #[must_use]
    pub fn account(&self, account_id: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.account_id == account_id)
    }

    /// Puts every list in a fixed order, so that collecting in parallel gives the same bytes each time.
    pub fn sort(&mut self) {
        self.accounts
            .sort_by(|a, b| a.account_id.cmp(&b.account_id));
        self.regions
            .sort_by(|a, b| (&a.account_id, &a.region).cmp(&(&b.account_id, &b.region)));
        self.regions.iter_mut().for_each(Region::sort);
        self.gaps.sort();
        self.gaps.dedup();
    }
}
