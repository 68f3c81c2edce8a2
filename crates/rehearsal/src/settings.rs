//! What a rehearsal is made from.

use serde::Serialize;
use thiserror::Error;

/// How openly an attacker works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// Loud: the tool's fastest setting.
    Easy,
    /// As an ordinary competent attacker does it with common tools.
    Realistic,
    /// As a patient one does it who tries not to be seen.
    Evasive,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Easy, Self::Realistic, Self::Evasive];

    /// What stands in labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Realistic => "realistic",
            Self::Evasive => "evasive",
        }
    }

    pub(crate) fn of<T>(self, easy: T, realistic: T, evasive: T) -> T {
        match self {
            Self::Easy => easy,
            Self::Realistic => realistic,
            Self::Evasive => evasive,
        }
    }
}

/// Which fields a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordFormat {
    /// The default fields, then those of version 3 and 5 that tell instance, flags, packet addresses and direction.
    #[default]
    Version5,
    /// The default fields alone (version 2).
    Default,
}

/// `MaxAggregationInterval` of the flow logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// 60 seconds.
    Minute,
    /// 600 seconds, AWS's default.
    #[default]
    TenMinutes,
}

impl Window {
    pub(crate) fn millis(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::TenMinutes => 600_000,
        }
    }
}

/// What a rehearsal is made from. The same settings give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// All that is drawn follows from it.
    pub seed: u64,
    /// First moment, in seconds since the Unix epoch: a full hour.
    pub from: i64,
    /// Days of records, from 3 to 3660.
    pub days: u32,
    /// Own hosts that stand all the time, from 24 to 800. Load balancers, NAT gateways, endpoints
    /// and hosts that live for hours come on top.
    pub hosts: u32,
    /// Variants of the attacks; none for background alone.
    pub variants: Vec<Variant>,
    /// How often each attack happens in each variant.
    pub instances: u32,
    /// Fields of the records.
    pub format: RecordFormat,
    /// Aggregation windows of the records.
    pub window: Window,
}

impl Default for Settings {
    /// 30 days of 50 hosts from Monday 2026-10-05, the realistic attacks twice.
    fn default() -> Self {
        Self {
            seed: 1,
            from: 1_791_158_400,
            days: 30,
            hosts: 50,
            variants: vec![Variant::Realistic],
            instances: 2,
            format: RecordFormat::default(),
            window: Window::default(),
        }
    }
}

/// Why nothing can be made from the settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A number is out of its bounds.
    #[error("{what} must be from {low} to {high}, not {found}")]
    OutOfBounds {
        /// Which setting.
        what: &'static str,
        /// The least that is possible.
        low: u32,
        /// The most that is possible.
        high: u32,
        /// What was set.
        found: u32,
    },
    /// The first moment is no full hour of the years 1970 to 2100.
    #[error("the first moment must be a full hour from 1970 to 2100, not {0}")]
    From(i64),
}

const LAST_START: i64 = 4_102_444_800;

impl Settings {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        bounded("days", 3, 3660, self.days)?;
        bounded("hosts", 24, 800, self.hosts)?;
        bounded("instances", 0, 1000, self.instances)?;
        if self.from % 3600 == 0 && (0..LAST_START).contains(&self.from) {
            Ok(())
        } else {
            Err(SettingsError::From(self.from))
        }
    }
}

fn bounded(what: &'static str, low: u32, high: u32, found: u32) -> Result<(), SettingsError> {
    if (low..=high).contains(&found) {
        return Ok(());
    }
    Err(SettingsError::OutOfBounds {
        what,
        low,
        high,
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_possible() {
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn impossible_settings_are_refused() {
        let check = |change: fn(&mut Settings), message: &str| {
            let mut settings = Settings::default();
            change(&mut settings);
            let error = settings.check().expect_err("it is impossible");
            assert!(error.to_string().starts_with(message), "{error}");
        };
        check(|s| s.days = 2, "days must be from 3 to 3660, not 2");
        check(|s| s.hosts = 0, "hosts must be");
        check(|s| s.instances = 2000, "instances must be");
        check(|s| s.from += 1, "the first moment must be");
        check(|s| s.from = -3600, "the first moment must be");
    }
}
