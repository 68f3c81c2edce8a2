//! Where a flow log that is made delivers.

use flowcover_record::{Destination, Owner};

use super::bucket::{BucketNeed, bucket_name};
use super::chosen::Chosen;
use super::made::{Subject, Target};
use super::naming::NamedFor;
use super::refusal::Refusal;
use super::settings::log_group_arn;
use super::steps::Draft;
use super::{Builder, Reason};
use crate::call::FlowLogRequest;
use crate::iam::flow_logs::{BucketDelivery, Source};
use crate::inventory::Fact;
use crate::partition;
use crate::policy::{DestinationKind, fill_in};

/// The part of a request that says where to, and what must be there before.
#[derive(Clone, Debug)]
pub(super) struct Delivered {
    pub(super) request: FlowLogRequest,
    pub(super) drafts: Vec<Draft>,
    pub(super) bucket: Option<(String, BucketNeed)>,
}

/// Names that are tried before the search for a free one is given up.
const MOST_TRIES: usize = 50;

impl Builder<'_> {
    /// Where a flow log is to deliver: never where another one on the same resource does, for AWS takes no
    /// second one like it, and their records could not be told apart.
    pub(super) fn deliver(
        &self,
        chosen: &Chosen,
        subject: Subject<'_>,
        target: &Target,
    ) -> Result<Delivered, Refusal> {
        match chosen.destination {
            DestinationKind::CloudWatchLogs => self.to_log_group(chosen, subject, target),
            DestinationKind::S3 => self.to_bucket(chosen, subject, target),
            DestinationKind::Firehose => self.to_stream(chosen, subject, target),
        }
    }

    fn owner(&self, subject: Subject<'_>) -> Owner<'_> {
        let region = self.context.index.regions[subject.region].region;
        Owner {
            partition: partition::of_region(&region.region),
            region: &region.region,
            account_id: &region.account_id,
        }
    }

    fn source(&self, owner: Owner<'_>) -> Source {
        let organization = self.context.index.organization_of(owner.account_id);
        Source {
            account_id: owner.account_id.to_owned(),
            region: owner.region.to_owned(),
            flow_log_id: None,
            organization_id: organization.map(str::to_owned),
        }
    }

    /// What tells one destination of a resource from another: nothing, the traffic, a number.
    fn suffixes(target: &Target) -> impl Iterator<Item = String> {
        let traffic = target.traffic.traffic_type();
        let traffic = traffic.map(|traffic| traffic.as_str().to_lowercase());
        let numbers = (2..MOST_TRIES).map(|number| number.to_string());
        std::iter::once(String::new()).chain(traffic).chain(numbers)
    }

    /// Whether a flow log on the resource, there or made, delivers to that place.
    fn delivers_there(&self, subject: Subject<'_>, target: &Target, place: &Destination) -> bool {
        let index = &self.context.index;
        let owner = self.owner(subject);
        let on_it = index.on_resource(owner.region, &target.resource_id).iter();
        let mut there = on_it.map(|flow_log| &index.flow_logs[*flow_log].destination.named);
        let made = self.made_on(subject.region, &target.resource_id).iter();
        let mut made = made.map(|new| self.made[*new].request.destination(owner));
        there.any(|named| named == place) || made.any(|made| made == *place)
    }

    fn to_log_group(
        &self,
        chosen: &Chosen,
        subject: Subject<'_>,
        target: &Target,
    ) -> Result<Delivered, Refusal> {
        let owner = self.owner(subject);
        let Owner {
            account_id, region, ..
        } = owner;
        for suffix in Self::suffixes(target) {
            let named = NamedFor {
                account_id,
                region,
                id: subject.id,
                name: subject.name,
                suffix: &suffix,
            };
            let group = named.log_group(&chosen.log_group_template);
            let arn = log_group_arn(account_id, region, &group);
            let role_arn = self.role_for(chosen, owner, &named);
            let known = self.context.inventory();
            let taken = !self.users_of_destination(&arn).is_empty()
                || known.log_groups.contains_key(&arn)
                || (chosen.given.role.is_none() && known.roles.contains_key(&role_arn));
            if taken || self.delivers_there(subject, target, &Destination::parse_arn(&arn)) {
                continue;
            }
            let mut drafts = vec![self.new_log_group(account_id, region, &group, chosen)?];
            let source = self.source(owner);
            if chosen.given.role.is_none() {
                let role = self.new_role(account_id, region, &named.role(), &arn, &chosen.tags);
                if let Some(reason) = self.new_role_refuses(&role, &arn, &source) {
                    return Err(Refusal::new(
                        Reason::NotOurs,
                        format!("a role that is made could not deliver: {reason}"),
                        vec![
                            "let the service control policies of the account allow delivery, or choose another `destination` in `[fix]`"
                                .to_owned(),
                        ],
                    ));
                }
                drafts.push(role);
            } else if let Some(reason) = self.role_refuses(&role_arn, &arn, &source) {
                return Err(Refusal::not_configured(
                    format!("`[fix]` names a role that cannot deliver: {reason}"),
                    "mend that role, or leave `role` out of `[fix.log_group]`: then one is made for each log group",
                ));
            }
            return Ok(Delivered {
                request: FlowLogRequest {
                    log_destination_type: Some("cloud-watch-logs".to_owned()),
                    log_group_name: Some(group),
                    deliver_logs_permission_arn: Some(role_arn),
                    ..FlowLogRequest::default()
                },
                drafts,
                bucket: None,
            });
        }
        Err(Refusal::not_configured(
            format!(
                "every log group that the template gives for {} is taken",
                subject.id
            ),
            "choose another `name` in `[fix.log_group]`",
        ))
    }

    /// ARN of the role that delivers to the group that is named so.
    fn role_for(&self, chosen: &Chosen, owner: Owner<'_>, named: &NamedFor<'_>) -> String {
        let arn = |name: &str| {
            format!(
                "arn:{}:iam::{}:role/{name}",
                owner.partition, owner.account_id
            )
        };
        match chosen.given.role.as_deref() {
            None => arn(&named.role()),
            Some(role) => {
                let role = fill_in(
                    role,
                    &[("account_id", owner.account_id), ("region", owner.region)],
                );
                if role.starts_with("arn:") {
                    role
                } else {
                    arn(&role)
                }
            }
        }
    }

    fn to_bucket(
        &self,
        chosen: &Chosen,
        subject: Subject<'_>,
        target: &Target,
    ) -> Result<Delivered, Refusal> {
        let owner = self.owner(subject);
        let Some(name) = bucket_name(chosen, owner.account_id, owner.region) else {
            return Err(Refusal::not_configured(
                "records are to go to S3, and `[fix]` names no bucket",
                "set `name` in `[fix.bucket]`",
            ));
        };
        let values = [("account_id", owner.account_id), ("region", owner.region)];
        let prefix = chosen.given.bucket_prefix.as_deref().unwrap_or_default();
        let prefix = fill_in(prefix.trim_matches('/'), &values);
        let hive = chosen.given.hive_prefixes == Some(true);
        for suffix in Self::suffixes(target) {
            let folder = [prefix.as_str(), suffix.as_str()].join("/");
            let folder = folder.trim_matches('/').to_owned();
            let arn = match folder.as_str() {
                "" => format!("arn:{}:s3:::{name}", owner.partition),
                folder => format!("arn:{}:s3:::{name}/{folder}/", owner.partition),
            };
            if self.delivers_there(subject, target, &Destination::parse_arn(&arn)) {
                continue;
            }
            let delivery = BucketDelivery {
                bucket: name.clone(),
                folder,
                hive,
            };
            let need = self.bucket_need(chosen, &delivery, &self.source(owner))?;
            let parquet = |parquet: bool| if parquet { "parquet" } else { "plain-text" };
            return Ok(Delivered {
                request: FlowLogRequest {
                    log_destination_type: Some("s3".to_owned()),
                    log_destination: Some(arn),
                    file_format: chosen.given.parquet.map(|on| parquet(on).to_owned()),
                    hive_compatible_partitions: chosen.given.hive_prefixes,
                    per_hour_partition: chosen.given.per_hour,
                    ..FlowLogRequest::default()
                },
                drafts: Vec::new(),
                bucket: need.map(|need| (name, need)),
            });
        }
        Err(Refusal::not_configured(
            format!(
                "every folder of bucket {name} that is tried for {} is taken",
                target.resource_id
            ),
            "choose another `prefix` in `[fix.bucket]`",
        ))
    }

    fn to_stream(
        &self,
        chosen: &Chosen,
        subject: Subject<'_>,
        target: &Target,
    ) -> Result<Delivered, Refusal> {
        let owner = self.owner(subject);
        let Some(template) = chosen.given.delivery_stream.as_deref() else {
            return Err(Refusal::not_configured(
                "records are to go to Firehose, and `[fix]` names no delivery stream",
                "set `arn` in `[fix.delivery_stream]`",
            ));
        };
        let values = [("account_id", owner.account_id), ("region", owner.region)];
        let arn = fill_in(template, &values);
        let place = Destination::parse_arn(&arn);
        let hint = "correct `arn` in `[fix.delivery_stream]`, or add an override";
        let wrong = |what: &str| {
            Err(Refusal::not_configured(
                format!("delivery stream {arn} {what}"),
                hint,
            ))
        };
        if !matches!(&place, Destination::DeliveryStream { account_id, .. } if account_id == owner.account_id)
        {
            return wrong("is not one of the account of the flow log");
        }
        match self.context.inventory().delivery_streams.get(&arn) {
            Some(Fact::Absent) => return wrong("does not exist"),
            Some(Fact::Present(stream)) if stream.status != "ACTIVE" => {
                return wrong("is not active");
            }
            _ => {}
        }
        if self.delivers_there(subject, target, &place) {
            return wrong(&format!(
                "takes the records of {} already",
                target.resource_id
            ));
        }
        Ok(Delivered {
            request: FlowLogRequest {
                log_destination_type: Some("kinesis-data-firehose".to_owned()),
                log_destination: Some(arn.clone()),
                ..FlowLogRequest::default()
            },
            drafts: Vec::new(),
            bucket: None,
        })
    }
}
