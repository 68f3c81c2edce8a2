//! What the flow logs of a plan would cost.
//!
//! They are not there yet, so nothing of them was measured: their volume is that of the VPC where one of its flow logs is in the sample, else so
//! much for each network interface as those VPCs have that are in it. From there on they are estimated as flow logs that are there.

use std::collections::{BTreeMap, BTreeSet};

use super::estimate::{Estimate, NotEstimated, estimated};
use super::prices::Prices;
use super::samples::{Sample, SampleOf, Stored, StoredForm};
use super::stream::{MONTH, Stream, streams};
use super::width::typical_line;
use super::{Money, Options, scale};
use crate::call::FlowLogRequest;
use crate::inventory::{
    Bucket, ExpirationRule, Fact, FlowLog, Inventory, LogDestinationType, LogGroup, Region,
    ResourceKind, TrafficType,
};
use crate::judge::traffic::Traffic;
use crate::partition;
use crate::plan::{Change, Plan, Step};
use crate::policy::Policy;
use crate::words::counted;
use flowcover_record::{Destination, LogFormat};

/// What the flow logs of a plan would cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What the plan changes in the bill of a month, by the tiers that today's flow logs leave; what it deletes is taken off. None where nothing
    /// of what it makes could be estimated.
    pub adds: Option<Money>,
    /// How many flow logs it makes. Where there is none, `adds` is what longer or shorter keeping and deleted flow logs change.
    pub makes: usize,
    /// A month of them alone, each other way of them, what was assumed. Its flow logs are called as the resources they are planned on.
    pub alone: Estimate,
}

/// Estimates what the flow logs that a plan makes would cost.
#[must_use]
pub fn planned(
    inventory: &Inventory,
    plan: &Plan,
    samples: &[Sample],
    prices: &Prices,
    policy: &Policy,
    options: &Options,
) -> Planned {
    let found = streams(inventory, samples, options);
    let known = Known::new(inventory, &found.known);
    let mut future = Future::new(inventory, plan);
    let mut guessed = Vec::new();
    let mut left = Vec::new();
    for made in &future.made {
        match known.sample(made) {
            Ok(sample) => guessed.push(sample),
            Err(reason) => left.push(NotEstimated {
                id: made.resource.clone(),
                reason,
            }),
        }
    }
    let mut alone = Estimate {
        measured: samples.to_vec(),
        waste: Vec::new(),
        ..estimated(&future.inventory, &guessed, prices, policy, options)
    };
    // Flow logs without a sample are told with the better reason.
    let is_told = |id: &str| left.iter().any(|it| it.id == id);
    alone.not_estimated.retain(|it| !is_told(&it.id));
    alone.not_estimated.extend(left.clone());
    let makes = future.made.len();
    let (is_any_told, untold) = future.changed(inventory, &found.known);
    let is_known = match makes {
        0 => is_any_told || untold.is_empty(),
        _ => !guessed.is_empty(),
    };
    alone.not_estimated.extend(untold);
    alone.not_estimated.sort();
    alone.assumptions.extend(known.assumptions(&future.made));
    let mut adds = None;
    if is_known {
        let today = estimated(inventory, samples, prices, policy, options);
        future.with_today(inventory);
        let all: Vec<Sample> = samples.iter().cloned().chain(guessed).collect();
        let all = estimated(&future.inventory, &all, prices, policy, options);
        let difference = all.total.monthly.minus(today.total.monthly);
        adds = Some(difference);
        if makes == 0 && difference != Money::ZERO {
            alone.assumptions = all.assumptions;
            alone.unconfirmed = all.unconfirmed;
        }
    }
    Planned { adds, makes, alone }
}

/// A flow log that a plan makes.
struct Made {
    /// What it is on: also what it is called, for it has no id yet.
    resource: String,
    account_id: String,
    region: String,
    captures: Traffic,
    format: Option<LogFormat>,
}

/// The inventory as it will be, with nothing but the new flow logs.
struct Future {
    inventory: Inventory,
    made: Vec<Made>,
    deleted: BTreeSet<String>,
    /// Log groups that keep their records for another time than today, as ARNs.
    kept: BTreeSet<String>,
}

impl Future {
    fn new(inventory: &Inventory, plan: &Plan) -> Self {
        let mut future = Self {
            inventory: inventory.clone(),
            made: Vec::new(),
            deleted: BTreeSet::new(),
            kept: BTreeSet::new(),
        };
        for region in &mut future.inventory.regions {
            region.flow_logs.items.clear();
        }
        plan.steps.iter().for_each(|step| future.take(step));
        future
    }

    fn take(&mut self, step: &Step) {
        let region = step.region.as_deref().unwrap_or_default();
        match &step.change {
            Change::CreateLogGroup {
                log_group_name,
                retention_in_days,
                ..
            } => self.keeps(step, region, log_group_name, *retention_in_days),
            Change::SetRetention {
                log_group_name,
                retention_in_days,
            } => self.keeps(step, region, log_group_name, Some(retention_in_days.after)),
            Change::CreateBucket {
                bucket,
                expiration_days,
                ..
            } => {
                let expiration = expiration_days.map_or(Fact::Absent, |days| {
                    Fact::Present(vec![ExpirationRule {
                        prefix: String::new(),
                        filtered: false,
                        days,
                    }])
                });
                let made = Bucket {
                    name: bucket.clone(),
                    owner_account_id: Some(step.account_id.clone()),
                    region: Some(region.to_owned()),
                    policy: Fact::NotRead,
                    public: Fact::NotRead,
                    public_access_block: Fact::NotRead,
                    encryption: Fact::NotRead,
                    expiration,
                };
                let buckets = &mut self.inventory.buckets;
                buckets.insert(bucket.clone(), Fact::Present(made));
            }
            Change::CreateFlowLogs { flow_logs, .. } => self.record(step, region, flow_logs),
            Change::DeleteFlowLogs { flow_logs } => {
                let ids = flow_logs.iter().map(|it| it.flow_log_id.clone());
                self.deleted.extend(ids);
            }
            _ => {}
        }
    }

    fn keeps(&mut self, step: &Step, region: &str, name: &str, days: Option<u32>) {
        let arn = group_arn(region, &step.account_id, name);
        self.kept.insert(arn.clone());
        let group = LogGroup {
            arn: arn.clone(),
            name: name.to_owned(),
            retention_in_days: days,
            kms_key_id: None,
            stored_bytes: None,
        };
        let groups = &mut self.inventory.log_groups;
        groups.insert(arn, Fact::Present(group));
    }

    fn record(&mut self, step: &Step, region: &str, request: &FlowLogRequest) {
        let place = self
            .inventory
            .regions
            .iter_mut()
            .find(|it| it.account_id == step.account_id && it.region == region);
        let Some(place) = place else { return };
        for resource in &request.resource_ids {
            let flow_log = as_made(resource, request);
            self.made.push(Made {
                resource: resource.clone(),
                account_id: step.account_id.clone(),
                region: region.to_owned(),
                captures: Traffic::possible(flow_log.traffic_type.as_ref()),
                format: format(&flow_log),
            });
            place.flow_logs.items.push(flow_log);
        }
    }

    /// Flow logs of today that are deleted, or whose records are kept for another time: whether any is in the sample, and those that are not.
    fn changed(&self, inventory: &Inventory, known: &[Stream<'_>]) -> (bool, Vec<NotEstimated>) {
        let is_changed = |region: &Region, flow_log: &FlowLog| {
            let group = match region.destination(flow_log) {
                Destination::LogGroup {
                    region,
                    account_id,
                    name,
                    ..
                } => group_arn(&region, &account_id, &name),
                _ => return self.deleted.contains(&flow_log.flow_log_id),
            };
            self.deleted.contains(&flow_log.flow_log_id) || self.kept.contains(&group)
        };
        let known: BTreeSet<&str> = known
            .iter()
            .map(|stream| stream.flow_log.flow_log_id.as_str())
            .collect();
        let changed = inventory.regions.iter().flat_map(|region| {
            let flow_logs = region.flow_logs.items.iter();
            flow_logs.filter(|flow_log| is_changed(region, flow_log))
        });
        let (told, untold): (Vec<_>, Vec<_>) =
            changed.partition(|flow_log| known.contains(flow_log.flow_log_id.as_str()));
        let untold = untold.into_iter().map(|flow_log| NotEstimated {
            id: flow_log.flow_log_id.clone(),
            reason:
                "what the plan changes of it is not known: none of its records are in the sample"
                    .to_owned(),
        });
        (!told.is_empty(), untold.collect())
    }

    /// Adds the flow logs of today that stay.
    fn with_today(&mut self, inventory: &Inventory) {
        for (region, today) in self.inventory.regions.iter_mut().zip(&inventory.regions) {
            let today = today.flow_logs.items.iter();
            let stay = today.filter(|it| !self.deleted.contains(&it.flow_log_id));
            region.flow_logs.items.extend(stay.cloned());
        }
    }
}

/// The ARN of a log group, as the inventory names it.
fn group_arn(region: &str, account_id: &str, name: &str) -> String {
    let partition = partition::of_region(region);
    format!("arn:{partition}:logs:{region}:{account_id}:log-group:{name}")
}

fn as_made(resource: &str, request: &FlowLogRequest) -> FlowLog {
    let text = |text: &Option<String>| text.clone();
    FlowLog {
        flow_log_id: resource.to_owned(),
        resource_id: Some(resource.to_owned()),
        traffic_type: request
            .traffic_type
            .as_deref()
            .map(|word| TrafficType::from(word.to_owned())),
        log_destination_type: request
            .log_destination_type
            .as_deref()
            .map(|word| LogDestinationType::from(word.to_owned())),
        log_destination: text(&request.log_destination),
        log_group_name: text(&request.log_group_name),
        log_format: text(&request.log_format),
        max_aggregation_interval: request.max_aggregation_interval,
        file_format: text(&request.file_format),
        hive_compatible_partitions: request.hive_compatible_partitions,
        per_hour_partition: request.per_hour_partition,
        ..FlowLog::default()
    }
}

fn format(flow_log: &FlowLog) -> Option<LogFormat> {
    LogFormat::of_flow_log(flow_log.log_format.as_deref(), flowcover_record::Scope::Vpc).ok()
}

/// What is known of how much there is to record.
struct Known<'s, 'a> {
    inventory: &'a Inventory,
    /// The widest flow log of each VPC that was measured, by its traffic: REJECT, ACCEPT, ALL.
    by_vpc: BTreeMap<&'a str, Vec<&'s Stream<'a>>>,
}

/// So much, of so many interfaces.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    interfaces: u64,
    records: u64,
    text: u64,
    gzip: u64,
    rejected_records: u64,
    rejected_text: u64,
}

impl Part {
    fn plus(self, other: Self) -> Self {
        let add = u64::saturating_add;
        Self {
            interfaces: add(self.interfaces, other.interfaces),
            records: add(self.records, other.records),
            text: add(self.text, other.text),
            gzip: add(self.gzip, other.gzip),
            rejected_records: add(self.rejected_records, other.rejected_records),
            rejected_text: add(self.rejected_text, other.rejected_text),
        }
    }
}

impl<'s, 'a> Known<'s, 'a> {
    fn new(inventory: &'a Inventory, streams: &'s [Stream<'a>]) -> Self {
        let mut by_vpc: BTreeMap<&str, Vec<&Stream<'_>>> = BTreeMap::new();
        for stream in streams {
            let is_whole = stream.flow_log.resource_kind() == ResourceKind::Vpc;
            if let Some(vpc_id) = stream.vpc_id.filter(|_| is_whole) {
                by_vpc.entry(vpc_id).or_default().push(stream);
            }
        }
        Self { inventory, by_vpc }
    }

    /// What a VPC records of that traffic, in that format; none if no flow log of it captures all of that.
    fn of_vpc(&self, vpc_id: &str, to: Traffic, format: &LogFormat) -> Option<Part> {
        let interfaces = self.interfaces(vpc_id).filter(|number| *number > 0)?;
        let streams = self.by_vpc.get(vpc_id)?.iter();
        streams
            .filter_map(|stream| {
                let volume = stream.narrowed(to)?;
                let today = stream.format.as_ref()?;
                let volume = volume.with_bytes(typical_line(format), typical_line(today));
                let rejected = stream.narrowed(to.within(Traffic::REJECT));
                let rejected = rejected.filter(|_| to.covers(Traffic::REJECT));
                let rejected = rejected.unwrap_or_default();
                Some(Part {
                    interfaces,
                    records: volume.records,
                    text: volume.text,
                    gzip: volume.gzip,
                    rejected_records: rejected.records,
                    rejected_text: rejected
                        .with_bytes(typical_line(format), typical_line(today))
                        .text,
                })
            })
            .next()
    }

    /// All VPCs that tell of that traffic, together.
    fn of_all(&self, to: Traffic, format: &LogFormat) -> Option<Part> {
        let parts = self
            .by_vpc
            .keys()
            .filter_map(|vpc_id| self.of_vpc(vpc_id, to, format));
        parts.reduce(Part::plus)
    }

    /// The interfaces of a VPC or a subnet; none where they were not read.
    fn interfaces(&self, resource: &str) -> Option<u64> {
        let read = |region: &&Region| {
            let mut vpcs = region.vpcs.items.iter();
            let mut subnets = region.subnets.items.iter();
            vpcs.any(|vpc| vpc.vpc_id == resource)
                || subnets.any(|subnet| subnet.subnet_id == resource)
        };
        let region = self.inventory.regions.iter().find(read)?;
        if !region.network_interfaces.is_complete() {
            return None;
        }
        let is_there = |id: &Option<String>| id.as_deref() == Some(resource);
        let enis = region.network_interfaces.items.iter();
        let enis = enis.filter(|eni| is_there(&eni.vpc_id) || is_there(&eni.subnet_id));
        Some(enis.count() as u64)
    }

    fn sample(&self, made: &Made) -> Result<Sample, String> {
        let kind = ResourceKind::of(&made.resource);
        let interfaces = match kind {
            ResourceKind::Vpc | ResourceKind::Subnet => self
                .interfaces(&made.resource)
                .ok_or("its network interfaces were not read")?,
            ResourceKind::NetworkInterface => 1,
            _ => return Err("how much goes through it is not known from VPCs".to_owned()),
        };
        let format = made.format.as_ref();
        let format = format.ok_or("its format is not understood")?;
        let own = self.of_vpc(&made.resource, made.captures, format);
        let known = own.or_else(|| self.of_all(made.captures, format));
        let known = known.ok_or_else(|| {
            format!(
                "no flow log of a VPC that captures {} is in the sample",
                made.captures.as_str()
            )
        })?;
        let cut = |number: u64| scale(number, interfaces, known.interfaces);
        let tells = made.captures == Traffic::ALL;
        let (records, rejected) = (cut(known.records), cut(known.rejected_records));
        let (accepted, rejected) = match made.captures {
            Traffic::REJECT => (0, records),
            Traffic::ACCEPT => (records, 0),
            _ => (records.saturating_sub(rejected), rejected),
        };
        Ok(Sample {
            of: SampleOf::FlowLog(made.resource.clone()),
            seconds: MONTH,
            records,
            text_bytes: cut(known.text),
            accepted_records: accepted,
            rejected_records: rejected,
            rejected_text_bytes: tells.then(|| cut(known.rejected_text)),
            stored: Some(Stored {
                form: StoredForm::GzipText,
                bytes: cut(known.gzip),
                objects: MONTH / 300,
            }),
            records_in_ten_minutes: None,
        })
    }

    fn assumptions(&self, made: &[Made]) -> Vec<String> {
        if self.by_vpc.is_empty() || made.is_empty() {
            return Vec::new();
        }
        let interfaces: u64 = self
            .by_vpc
            .keys()
            .filter_map(|vpc_id| self.interfaces(vpc_id))
            .fold(0, u64::saturating_add);
        let places: BTreeSet<_> = made
            .iter()
            .map(|made| (&made.account_id, &made.region))
            .collect();
        vec![
            format!(
                "a network interface records as much as one of the VPCs in the sample does on average ({} with {}); where a VPC itself is in the sample, as much as it does",
                counted(self.by_vpc.len(), "VPC"),
                counted(interfaces, "interface")
            ),
            format!(
                "{} in {}, each with one object every five minutes; interfaces and windows stay as they are",
                counted(made.len(), "flow log"),
                match places.len() {
                    1 => "one account and region".to_owned(),
                    places => format!("{places} accounts and regions"),
                }
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
