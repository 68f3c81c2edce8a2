//! How delivery stands, by what was seen.

use std::fmt;

use flowcover_core::inventory::{Fact, FlowLog, LogDestinationType, Region, ResourceKind};
use jiff::{SignedDuration, Timestamp};

use super::enter::Places;
use crate::collect::Sight;

/// A flow log that was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// Its account.
    pub account_id: String,
    /// Its region.
    pub region: String,
    /// `fl-…`
    pub flow_log_id: String,
}

/// How delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Records were seen.
    Records {
        /// Time of the newest.
        at: Timestamp,
        /// The log stream or object that has it.
        seen_in: String,
    },
    /// There is no network interface: no record will come until there is one.
    NoInterface,
    /// AWS reports success; the destination does not tell which records it got.
    Reported,
    /// AWS reports that it fails; why, in its words.
    Failing(String),
    /// No record was seen yet; why, in one sentence.
    NoRecords(String),
    /// The flow log is gone.
    Gone,
    /// It could not be found out; why, in one sentence.
    Unknown(String),
}

impl Delivery {
    /// Whether there is nothing left to wait for.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(
            self,
            Self::Records { .. } | Self::NoInterface | Self::Reported
        )
    }
}

/// A flow log that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Which.
    pub flow_log: Made,
    /// What it is attached to, where it was read.
    pub resource_id: Option<String>,
    /// How its delivery stands.
    pub delivery: Delivery,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records { at, seen_in } => write!(f, "newest record of {at} in {seen_in}"),
            Self::NoInterface => {
                f.write_str("there is no network interface, so no record will come")
            }
            Self::Reported => {
                f.write_str("AWS reports success; its destination does not tell records apart")
            }
            Self::Failing(why) => write!(f, "AWS reports: {why}"),
            Self::NoRecords(why) | Self::Unknown(why) => f.write_str(why),
            Self::Gone => f.write_str("it does not exist any more"),
        }
    }
}

/// How the delivery of one flow log stands, by what was seen.
pub(super) fn judge(places: &Places, seen: &Sight, made: &Made) -> Verified {
    let verified = |resource_id: Option<&String>, delivery| Verified {
        flow_log: made.clone(),
        resource_id: resource_id.cloned(),
        delivery,
    };
    if let Err(why) = places.home(&made.account_id) {
        return verified(None, Delivery::Unknown(why));
    }
    let region = seen
        .regions
        .iter()
        .find(|it| it.account_id == made.account_id && it.region == made.region);
    let Some(region) = region else {
        let why = "its region was not read".to_owned();
        return verified(None, Delivery::Unknown(why));
    };
    let logs = &region.flow_logs;
    match logs
        .items
        .iter()
        .find(|log| log.flow_log_id == made.flow_log_id)
    {
        Some(log) => verified(log.resource_id.as_ref(), delivery(seen, region, log)),
        None if logs.is_complete() => verified(None, Delivery::Gone),
        None => verified(None, Delivery::Unknown(gap(seen, region, None))),
    }
}

/// Why something was not read.
fn gap(seen: &Sight, region: &Region, flow_log_id: Option<&str>) -> String {
    let is_about = |resource: Option<&str>| flow_log_id.is_none() || resource == flow_log_id;
    let gaps = seen.gaps.iter().filter(|gap| {
        gap.account_id
            .as_deref()
            .is_none_or(|id| id == region.account_id)
    });
    let mut gaps: Vec<_> = gaps.collect();
    gaps.sort_by_key(|gap| !is_about(gap.resource.as_deref()));
    gaps.first().map_or_else(
        || "what decides could not be read".to_owned(),
        |gap| format!("{}: {}: {}", gap.action, gap.error_code, gap.message),
    )
}

fn delivery(seen: &Sight, region: &Region, log: &FlowLog) -> Delivery {
    let status = log.deliver_logs_status.as_ref().map(|it| it.as_str());
    if let Some(message) = &log.deliver_logs_error_message {
        return Delivery::Failing(message.clone());
    }
    if status == Some("FAILED") {
        return Delivery::Failing("FAILED".to_owned());
    }
    if log
        .flow_log_status
        .as_deref()
        .is_some_and(|status| status != "ACTIVE")
    {
        return Delivery::NoRecords("the flow log is not active".to_owned());
    }
    match seen.last_records.get(&log.flow_log_id) {
        Some(Fact::Present(last)) => {
            if let (Some(at), Some(seen_in)) = (last.at, &last.seen_in)
                && is_since(log, at)
            {
                let seen_in = seen_in.clone();
                return Delivery::Records { at, seen_in };
            }
            if is_without_interface(region, log) {
                return Delivery::NoInterface;
            }
            Delivery::NoRecords(no_records(log))
        }
        _ if is_without_interface(region, log) => Delivery::NoInterface,
        _ if is_firehose(log) && status == Some("SUCCESS") => Delivery::Reported,
        _ => Delivery::Unknown(gap(seen, region, Some(&log.flow_log_id))),
    }
}

/// Of transit gateways and the like it is not read whether anything is attached to them.
fn no_records(log: &FlowLog) -> String {
    let seen = "no record of it was seen yet";
    match log.resource_kind() {
        ResourceKind::Vpc | ResourceKind::Subnet | ResourceKind::NetworkInterface => {
            seen.to_owned()
        }
        _ => format!("{seen}; whether anything flows through what it is attached to is not known"),
    }
}

/// Objects are named for the flow log and for the start of a time of up to an hour; streams may be older than it.
fn is_since(log: &FlowLog, at: Timestamp) -> bool {
    let to_bucket = log.log_destination_type == Some(LogDestinationType::S3);
    let created = log
        .creation_time
        .map(|at| at - SignedDuration::from_mins(1));
    to_bucket || created.is_none_or(|created| at >= created)
}

fn is_firehose(log: &FlowLog) -> bool {
    log.log_destination_type == Some(LogDestinationType::Firehose)
}

/// Whether there is surely no interface in use: only those carry traffic.
fn is_without_interface(region: &Region, log: &FlowLog) -> bool {
    // Interfaces are asked for by VPC.
    if !region.vpcs.is_complete() || !region.network_interfaces.is_complete() {
        return false;
    }
    let Some(id) = log.resource_id.as_deref() else {
        return false;
    };
    let enis = region.network_interfaces.items.iter();
    let mut enis = enis.filter(|eni| {
        eni.status
            .as_deref()
            .is_none_or(|status| status == "in-use")
    });
    match log.resource_kind() {
        ResourceKind::Vpc => !enis.any(|eni| eni.vpc_id.as_deref() == Some(id)),
        ResourceKind::Subnet => !enis.any(|eni| eni.subnet_id.as_deref() == Some(id)),
        ResourceKind::NetworkInterface => !enis.any(|eni| eni.network_interface_id == id),
        _ => false,
    }
}
