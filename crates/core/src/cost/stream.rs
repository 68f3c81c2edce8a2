//! The streams of records: each flow log with what was measured of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use flowcover_record::{Destination, LogFormat, Scope};

use super::estimate::NotEstimated;
use super::kept::{Kept, kept};
use super::samples::{Sample, SampleOf, StoredForm};
use super::{Options, scale};
use crate::inventory::{DeliverLogsStatus, FlowLog, Inventory, Region, ResourceKind, TrafficType};
use crate::judge::traffic::Traffic;

/// Seconds in a month of 730 hours, as AWS's calculator counts them.
pub(super) const MONTH: u64 = 730 * 3600;

/// What one flow log records in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Volume {
    pub(super) records: u64,
    /// As text, uncompressed.
    pub(super) text: u64,
    /// As text in gzip.
    pub(super) gzip: u64,
    /// In five-minute objects.
    pub(super) objects: u64,
}

impl Volume {
    /// Records and bytes change in a proportion; the objects stay as many, for each span of five minutes has its own.
    pub(super) fn scaled(self, by: u64, of: u64) -> Self {
        Self {
            records: scale(self.records, by, of),
            ..self.with_bytes(by, of)
        }
    }

    /// The same number of records, longer or shorter.
    pub(super) fn with_bytes(self, by: u64, of: u64) -> Self {
        Self {
            text: scale(self.text, by, of),
            gzip: scale(self.gzip, by, of),
            ..self
        }
    }
}

/// One flow log whose volume is known.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    pub(super) account_id: &'a str,
    pub(super) region: &'a str,
    pub(super) flow_log: &'a FlowLog,
    /// The VPC whose traffic it records; none for transit gateways and the like.
    pub(super) vpc_id: Option<&'a str>,
    pub(super) destination: Destination,
    /// Account and region that pay for keeping: those of the bucket, where they are known.
    pub(super) keeper: (String, String),
    pub(super) captures: Traffic,
    pub(super) format: Option<LogFormat>,
    pub(super) parquet: bool,
    pub(super) month: Volume,
    pub(super) kept: Kept,
    pub(super) sample: &'a Sample,
    /// Whether the sample is one of the whole VPC.
    pub(super) by_vpc: bool,
}

impl Stream<'_> {
    /// Seconds of its windows.
    pub(super) fn interval(&self) -> u32 {
        self.flow_log.max_aggregation_interval.unwrap_or(600)
    }

    /// What of the volume is traffic of these kinds. `None` where it does not capture all of them, or its sample does not tell them apart.
    pub(super) fn narrowed(&self, to: Traffic) -> Option<Volume> {
        if !self.captures.covers(to) {
            return None;
        }
        if self.captures == to {
            return Some(self.month);
        }
        tells_actions(self.sample).then(|| narrowed(self.sample, self.month, to))
    }

    /// How much of it is traffic of these kinds, in thousandths of the text.
    pub(super) fn permille(&self, of: Traffic) -> u64 {
        let part = if self.captures == of {
            self.month
        } else {
            narrowed(self.sample, self.month, of)
        };
        scale(part.text, 1000, self.month.text.max(1)).min(1000)
    }
}

/// Whether a sample tells accepted from rejected traffic: formats need not have the field `action`.
fn tells_actions(sample: &Sample) -> bool {
    sample.records == 0 || sample.accepted_records > 0 || sample.rejected_records > 0
}

/// What one kind of traffic takes of a volume that has both. Records without a flow come with either.
fn narrowed(sample: &Sample, whole: Volume, to: Traffic) -> Volume {
    if to == Traffic::ALL {
        return whole;
    }
    let other = if to == Traffic::REJECT {
        sample.accepted_records
    } else {
        sample.rejected_records
    };
    let records = scale(
        whole.records,
        sample.records.saturating_sub(other),
        sample.records.max(1),
    );
    let bytes = match sample.rejected_text_bytes {
        Some(rejected) if to == Traffic::REJECT => rejected.min(sample.text_bytes),
        Some(rejected) => sample.text_bytes.saturating_sub(rejected),
        None => scale(
            sample.text_bytes,
            sample.records.saturating_sub(other),
            sample.records.max(1),
        ),
    };
    Volume {
        records,
        ..whole.with_bytes(bytes, sample.text_bytes.max(1))
    }
}

/// The streams of an inventory, and what could not be measured.
#[derive(Debug, Default)]
pub(super) struct Streams<'a> {
    pub(super) known: Vec<Stream<'a>>,
    pub(super) not_estimated: Vec<NotEstimated>,
}

pub(super) fn streams<'a>(
    inventory: &'a Inventory,
    samples: &'a [Sample],
    options: &Options,
) -> Streams<'a> {
    let mut found = Streams::default();
    let mut by_name: BTreeMap<&SampleOf, (&Sample, bool)> = BTreeMap::new();
    for sample in samples {
        let id = sample.of.id();
        if sample.seconds == 0 {
            found.leave_out(id, "its sample spans no time");
        } else if by_name.contains_key(&sample.of) {
            found.leave_out(id, "it was measured twice: the first sample counts");
        } else {
            by_name.insert(&sample.of, (sample, false));
        }
    }
    for region in &inventory.regions {
        let vpcs = vpcs_of(region);
        for flow_log in &region.flow_logs.items {
            let resource = flow_log.resource_id.as_deref().unwrap_or_default();
            let vpc_id = match flow_log.resource_kind() {
                ResourceKind::Vpc => Some(resource),
                _ => vpcs.get(resource).copied(),
            };
            match measured(flow_log, &mut by_name) {
                Ok(sample) => match stream(inventory, region, flow_log, vpc_id, sample, options) {
                    Ok(stream) => found.known.push(stream),
                    Err(reason) => found.leave_out(&flow_log.flow_log_id, reason),
                },
                Err(reason) => found.leave_out(&flow_log.flow_log_id, reason),
            }
        }
    }
    for (of, _) in by_name.into_iter().filter(|(_, (_, used))| !used) {
        found.leave_out(
            of.id(),
            "it was measured, but no flow log of the inventory belongs to the sample",
        );
    }
    found
}

impl Streams<'_> {
    fn leave_out(&mut self, id: &str, reason: &str) {
        let (id, reason) = (id.to_owned(), reason.to_owned());
        self.not_estimated.push(NotEstimated { id, reason });
    }
}

/// The VPC of each subnet and network interface.
fn vpcs_of(region: &Region) -> HashMap<&str, &str> {
    let subnets = region.subnets.items.iter();
    let subnets =
        subnets.filter_map(|subnet| Some((subnet.subnet_id.as_str(), subnet.vpc_id.as_deref()?)));
    let enis = region.network_interfaces.items.iter();
    let enis =
        enis.filter_map(|eni| Some((eni.network_interface_id.as_str(), eni.vpc_id.as_deref()?)));
    subnets.chain(enis).collect()
}

/// The VPCs of a region of which something is recorded.
pub(super) fn vpcs_recorded(region: &Region) -> BTreeSet<&str> {
    let vpcs = vpcs_of(region);
    let resources = region.flow_logs.items.iter();
    let resources = resources.filter_map(|flow_log| flow_log.resource_id.as_deref());
    resources
        .map(|resource| vpcs.get(resource).copied().unwrap_or(resource))
        .collect()
}

/// The sample that holds for a flow log.
fn measured<'a>(
    flow_log: &'a FlowLog,
    samples: &mut BTreeMap<&SampleOf, (&'a Sample, bool)>,
) -> Result<&'a Sample, &'static str> {
    let own = SampleOf::FlowLog(flow_log.flow_log_id.clone());
    if let Some((sample, used)) = samples.get_mut(&own) {
        *used = true;
        return Ok(*sample);
    }
    if flow_log.deliver_logs_status == Some(DeliverLogsStatus::Failed) {
        return Err("it delivers nothing, so nothing is charged");
    }
    let resource = flow_log.resource_id.clone().unwrap_or_default();
    match samples.get_mut(&SampleOf::Vpc(resource)) {
        Some((sample, used)) => {
            *used = true;
            Ok(*sample)
        }
        None => Err("none of its records are in the sample"),
    }
}

fn stream<'a>(
    inventory: &'a Inventory,
    region: &'a Region,
    flow_log: &'a FlowLog,
    vpc_id: Option<&'a str>,
    sample: &'a Sample,
    options: &Options,
) -> Result<Stream<'a>, &'static str> {
    let destination = region.destination(flow_log);
    if matches!(destination, Destination::Unknown { .. }) {
        return Err("its destination is not understood");
    }
    let captures = captured(flow_log);
    let by_vpc = matches!(sample.of, SampleOf::Vpc(_));
    if by_vpc && captures != Traffic::ALL && !tells_actions(sample) {
        return Err("the sample of its VPC does not tell accepted from rejected traffic");
    }
    let whole = per_month(sample, options);
    let scope = match flow_log.resource_kind() {
        ResourceKind::TransitGateway | ResourceKind::TransitGatewayAttachment => {
            Scope::TransitGateway
        }
        _ => Scope::Vpc,
    };
    let (kept, keeper) = kept(inventory, region, &destination);
    Ok(Stream {
        account_id: &region.account_id,
        region: &region.region,
        flow_log,
        vpc_id,
        destination,
        keeper,
        captures,
        format: LogFormat::of_flow_log(flow_log.log_format.as_deref(), scope).ok(),
        parquet: flow_log.file_format.as_deref() == Some("parquet"),
        month: if by_vpc {
            narrowed(sample, whole, captures)
        } else {
            whole
        },
        kept,
        sample,
        by_vpc,
    })
}

/// Flow logs of transit gateways have no traffic type: they capture everything.
fn captured(flow_log: &FlowLog) -> Traffic {
    match flow_log.traffic_type {
        Some(TrafficType::Accept) => Traffic::ACCEPT,
        Some(TrafficType::Reject) => Traffic::REJECT,
        _ => Traffic::ALL,
    }
}

fn per_month(sample: &Sample, options: &Options) -> Volume {
    let month = |count: u64| scale(count, MONTH, sample.seconds);
    let text = month(sample.text_bytes);
    let assumed =
        month(u64::from(options.objects_in_five_minutes).saturating_mul(sample.seconds / 300));
    let (gzip, objects) = match sample.stored {
        None => (scale(text, options.gzip_permille.into(), 1000), assumed),
        Some(stored) => {
            let gzip = match stored.form {
                StoredForm::GzipText => stored.bytes,
                StoredForm::Parquet => scale(
                    stored.bytes,
                    1000,
                    u64::from(options.parquet_permille.max(1)),
                ),
            };
            (month(gzip), month(stored.objects))
        }
    };
    Volume {
        records: month(sample.records),
        text,
        gzip,
        objects,
    }
}
