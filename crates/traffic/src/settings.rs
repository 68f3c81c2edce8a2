//! What to simulate.

use flowcover_record::{KeyLayout, LogFormat};
use jiff::Timestamp;
use thiserror::Error;

use crate::bin::BIN;
use crate::hidden::Hidden;

/// Every field of the versions 2 to 5, in the order of the VPC user guide.
pub const VERSION_5_FORMAT: &str = "version account-id interface-id srcaddr dstaddr srcport \
     dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id \
     tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id \
     pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path";

/// The most minutes: 92 days, the longest quarter of a year.
const LONGEST: u32 = 92 * 24 * 60;
/// The most interfaces: as many as the addresses of the simulated subnets allow.
const MOST_INTERFACES: u32 = 1000;

/// What to simulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Another seed is another account with other traffic.
    pub seed: u64,
    /// Where objects lie, and with that the account and the region.
    pub layout: KeyLayout,
    /// When it begins: at a full five minutes.
    pub start: Timestamp,
    /// How long it goes on, from 5 minutes to 92 days; rounded up to five minutes.
    pub minutes: u32,
    /// How many records there should be, about. What is hidden, what is periodic, and the rows of silent interfaces have a size
    /// of their own: of less than some hundred thousand records a day there will be more than asked for.
    pub records: u64,
    /// How many network interfaces of its own the account has, from 18 to 1000. If it is not told, it follows from `records`:
    /// [`Traffic::hosts`](crate::Traffic::hosts) tells them.
    pub interfaces: Option<u32>,
    /// Whether there is also what is done every day and looks like an attack to who has not seen the days before: backups,
    /// administrators at work, agents that call home at intervals, mail, monitoring.
    pub habits: bool,
    /// `MaxAggregationInterval` of the flow log in seconds: 60 or 600.
    pub interval: u32,
    /// The fields. Those of the versions 2 to 5 are simulated, others are `-`.
    pub format: LogFormat,
    /// The most records in one object; a bin has as many objects as that takes.
    pub records_per_object: usize,
    /// What to hide.
    pub hidden: Vec<Hidden>,
}

impl Default for Settings {
    /// A day of an account with 200,000 records, with nothing hidden.
    fn default() -> Self {
        Self {
            seed: 1,
            layout: KeyLayout {
                prefix: String::new(),
                organization: None,
                account_id: "123456789012".to_owned(),
                region: "us-east-1".to_owned(),
                hive: false,
                per_hour: false,
            },
            start: Timestamp::constant(1_792_368_000, 0),
            minutes: 24 * 60,
            records: 200_000,
            interfaces: None,
            habits: false,
            interval: 60,
            format: LogFormat::default(),
            records_per_object: 28_000,
            hidden: Vec::new(),
        }
    }
}

/// Why something cannot be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// `start`.
    #[error("the start must be at a full five minutes of a year from 1970 to 2100")]
    Start,
    /// `minutes`.
    #[error("the span must be from 5 minutes to 92 days")]
    Minutes,
    /// `interval`.
    #[error("the aggregation interval must be 60 or 600 seconds")]
    Interval,
    /// `interfaces`.
    #[error("there must be from 18 to 1000 network interfaces")]
    Interfaces,
    /// `records_per_object`.
    #[error("an object must have room for at least one record")]
    RecordsPerObject,
    /// `records`.
    #[error("there can be at most 1,000,000 records a minute")]
    Records,
}

pub(crate) fn check(settings: &Settings) -> Result<(), SettingsError> {
    // 2100-01-01.
    const LATEST: i64 = 4_102_444_800;
    let start = settings.start;
    if start.subsec_nanosecond() != 0
        || start.as_second() % BIN != 0
        || !(0..=LATEST).contains(&start.as_second())
    {
        return Err(SettingsError::Start);
    }
    if !(5..=LONGEST).contains(&settings.minutes) {
        return Err(SettingsError::Minutes);
    }
    if ![60, 600].contains(&settings.interval) {
        return Err(SettingsError::Interval);
    }
    let interfaces = settings.interfaces.unwrap_or(MOST_INTERFACES);
    if !(18..=MOST_INTERFACES).contains(&interfaces) {
        return Err(SettingsError::Interfaces);
    }
    if settings.records_per_object == 0 {
        return Err(SettingsError::RecordsPerObject);
    }
    if settings.records > u64::from(settings.minutes) * 1_000_000 {
        return Err(SettingsError::Records);
    }
    Ok(())
}
