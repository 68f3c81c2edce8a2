//! What the policy's `[fix]` section comes to in one region of one account, defaults filled in.

use flowcover_record::{LogFormat, Scope};

use crate::call::RETENTION_DAYS;
use crate::inventory::{ResourceKind, Tags};
use crate::judge::traffic::Traffic;
use crate::policy::{DestinationKind, FixSettings, Policy};

/// Name of the log group of a VPC where the policy gives none.
pub(super) const LOG_GROUP_TEMPLATE: &str = "/flowcover/{region}/{vpc_id}";

/// The choices.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) enabled: bool,
    pub(super) destination: DestinationKind,
    /// What a VPC is to be recorded with.
    pub(super) traffic: Traffic,
    /// Record format; none: AWS's default.
    pub(super) log_format: Option<String>,
    /// Seconds.
    pub(super) interval: u32,
    pub(super) tags: Tags,
    pub(super) log_group_template: String,
    /// Days; none: events never expire.
    pub(super) retention: Option<u32>,
    /// Days until objects of a bucket that is made expire; none: never.
    pub(super) bucket_expiration: Option<u32>,
    pub(super) given: FixSettings,
}

impl Chosen {
    pub(super) fn new(policy: &Policy, given: FixSettings) -> Self {
        let asked = Traffic::asked(&policy.traffic_type.value);
        let traffic = given.traffic_type.as_ref().map_or(asked, Traffic::asked);
        let longest = policy.max_aggregation_interval.value.unwrap_or(600);
        Self {
            enabled: given.enabled.unwrap_or(true),
            destination: given.destination.unwrap_or_else(|| destination(policy)),
            // Less than the policy asks for would fix nothing.
            traffic: traffic.union(asked),
            log_format: log_format(policy, given.fields.as_deref()),
            interval: given
                .interval
                .unwrap_or(if longest < 600 { 60 } else { 600 }),
            tags: given.tags.clone().unwrap_or_default(),
            log_group_template: given
                .log_group_name
                .clone()
                .unwrap_or_else(|| LOG_GROUP_TEMPLATE.to_owned()),
            retention: given.retention_days.or_else(|| retention(policy)),
            bucket_expiration: given.bucket_expiration_days.or_else(|| expiration(policy)),
            given,
        }
    }

    /// The aggregation interval for a kind of resource; transit gateways have no choice
    /// (EC2 `CreateFlowLogs`, `MaxAggregationInterval`).
    pub(super) const fn interval_of(&self, kind: ResourceKind) -> u32 {
        match kind {
            ResourceKind::TransitGateway => 60,
            _ => self.interval,
        }
    }
}

/// CloudWatch Logs, or the first kind that the policy allows.
fn destination(policy: &Policy) -> DestinationKind {
    let allowed = &policy.destinations.value;
    let cloud_watch = DestinationKind::CloudWatchLogs;
    match allowed.first() {
        Some(first) if !allowed.contains(&cloud_watch) => *first,
        _ => cloud_watch,
    }
}

/// The fields that are asked for, else AWS's default format and what the policy requires beside it.
fn log_format(policy: &Policy, fields: Option<&[String]>) -> Option<String> {
    let mut names: Vec<String> = match fields {
        Some(fields) => fields.to_vec(),
        None => LogFormat::default().names().map(str::to_owned).collect(),
    };
    for required in &policy.required_fields.value {
        if !names.contains(required) {
            names.push(required.clone());
        }
    }
    let format = names
        .iter()
        .map(|name| format!("${{{name}}}"))
        .collect::<Vec<_>>()
        .join(" ");
    let is_default = LogFormat::of_flow_log(None, Scope::Vpc)
        .is_ok_and(|default| default.names().eq(names.iter().map(String::as_str)));
    (!is_default).then_some(format)
}

/// The shortest retention that CloudWatch Logs offers and the policy accepts; a year where the policy names no shortest.
fn retention(policy: &Policy) -> Option<u32> {
    let (min, max) = (
        policy.retention_min_days.value,
        policy.retention_max_days.value,
    );
    let fits =
        |days: &u32| min.is_none_or(|min| *days >= min) && max.is_none_or(|max| *days <= max);
    let offered = RETENTION_DAYS.iter().copied().filter(|days| fits(days));
    match min {
        Some(_) => offered.min(),
        None => offered.filter(|days| *days <= 365).max(),
    }
}

fn expiration(policy: &Policy) -> Option<u32> {
    let (min, max) = (
        policy.retention_min_days.value,
        policy.retention_max_days.value,
    );
    min.or(Some(365))
        .map(|days| max.map_or(days, |max| days.min(max)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixture::policy;

    fn chosen(preset: &str, change: impl FnOnce(&mut Policy)) -> Chosen {
        Chosen::new(&policy(preset, change), FixSettings::default())
    }

    #[test]
    fn where_the_section_is_silent_the_policy_decides() {
        let cis = chosen("cis", |_| ());
        assert_eq!(cis.traffic, Traffic::REJECT);
        assert_eq!((cis.retention, cis.interval), (Some(365), 600));
        assert_eq!((cis.log_format, cis.enabled), (None, true));
        let strict = chosen("strict", |_| ());
        assert_eq!((strict.traffic, strict.interval), (Traffic::ALL, 60));
        assert!(strict.log_format.unwrap().contains("${vpc-id}"));
    }

    #[test]
    fn retention_is_one_that_is_offered() {
        let with = |min, max| {
            chosen("cis", |policy| {
                policy.retention_min_days.value = min;
                policy.retention_max_days.value = max;
            })
            .retention
        };
        assert_eq!(with(Some(366), None), Some(400));
        assert_eq!(with(None, None), Some(365));
        assert_eq!(with(None, Some(100)), Some(90));
        assert_eq!(with(Some(366), Some(399)), None);
    }

    #[test]
    fn destinations_that_are_not_allowed_are_not_chosen() {
        let only_s3 = chosen("cis", |policy| {
            policy.destinations.value = vec![DestinationKind::S3];
        });
        assert_eq!(only_s3.destination, DestinationKind::S3);
    }
}
