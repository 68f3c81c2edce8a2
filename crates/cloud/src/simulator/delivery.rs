//! The delivery of records: whether each flow log could deliver, and the traces that delivery leaves.
//!
//! Of the time that passed, only the newest delivery is played: one event time per stream, one
//! object per flow log.

mod bucket;

use flowcover_core::iam::flow_logs::{
    Source, log_group_key_allows, log_permissions, may_create_log_group,
};
use flowcover_core::inventory::{DeliverLogsStatus, FlowLog, ResourceKind};
use flowcover_record::{Destination, Owner, StreamName, TrafficType};
use jiff::SignedDuration;

use super::World;
use super::iam::Role;
use super::trace::Trace;

/// What AWS reports where a role, a group, a bucket or a key stands in the way.
const ACCESS_ERROR: &str = "Access error";

/// How a try to deliver ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Delivered(Trace),
    /// `stuck`: the flow log stays so when the cause is mended.
    Failed {
        stuck: bool,
        message: String,
    },
}

fn refused() -> Outcome {
    Outcome::Failed {
        stuck: false,
        message: ACCESS_ERROR.to_owned(),
    }
}

/// One flow log and the interfaces that it has records of.
struct Delivery<'a> {
    flow_log: &'a FlowLog,
    source: Source,
    interfaces: Vec<&'a str>,
}

impl World {
    /// Lets every flow log that has something to deliver try once.
    pub(super) fn deliver(&mut self) {
        let mut outcomes = Vec::new();
        for (account_id, account) in &self.accounts {
            for (region, network) in &account.networks {
                for (id, state) in &network.flow_logs {
                    if state.pinned || state.stuck || !self.is_due(&state.detail) {
                        continue;
                    }
                    let resource_id = state.detail.resource_id.as_deref().unwrap_or_default();
                    let delivery = Delivery {
                        flow_log: &state.detail,
                        source: self.source(account_id, region, id),
                        interfaces: network.with_traffic(resource_id).collect(),
                    };
                    // Without traffic nothing is tried, and what was reported stands.
                    // A transit gateway always forwards something.
                    let gateway = state.detail.resource_kind() == ResourceKind::TransitGateway;
                    if gateway || !delivery.interfaces.is_empty() {
                        let outcome = self.try_delivery(&delivery);
                        outcomes.push((account_id.clone(), region.clone(), id.clone(), outcome));
                    }
                }
            }
        }
        for (account_id, region, id, outcome) in outcomes {
            self.note(&account_id, &region, &id, outcome);
        }
    }

    fn is_due(&self, flow_log: &FlowLog) -> bool {
        let wait = SignedDuration::from_secs(self.first_delivery_seconds);
        flow_log
            .creation_time
            .is_none_or(|created| created + wait <= self.now)
    }

    fn try_delivery(&self, delivery: &Delivery<'_>) -> Outcome {
        let owner = Owner {
            partition: "aws",
            region: &delivery.source.region,
            account_id: &delivery.source.account_id,
        };
        if !self.is_active(owner.account_id) {
            return refused();
        }
        let destination = delivery.flow_log.destination(owner);
        let action = match &destination {
            Destination::LogGroup { .. } => "logs:PutLogEvents",
            Destination::Bucket { .. } => "s3:PutObject",
            Destination::DeliveryStream { .. } => "firehose:PutRecordBatch",
            Destination::Unknown { .. } => return refused(),
        };
        let fault = self.faults.delivery(owner.account_id, owner.region, action);
        if let Some(message) = fault {
            return Outcome::Failed {
                stuck: false,
                message: message.to_owned(),
            };
        }
        match destination {
            Destination::LogGroup {
                account_id,
                region,
                name,
                ..
            } => self.try_log_group(delivery, account_id, region, name),
            Destination::Bucket { name, prefix, .. } => self.try_bucket(delivery, name, prefix),
            Destination::DeliveryStream {
                account_id,
                region,
                name,
                ..
            } => {
                let across = delivery.flow_log.deliver_cross_account_role.is_some();
                if across && self.delivering_role(delivery.flow_log).is_none()
                    || self
                        .describe_delivery_stream(&account_id, &region, &name)
                        .is_err()
                {
                    return refused();
                }
                Outcome::Delivered(Trace::None)
            }
            Destination::Unknown { .. } => refused(),
        }
    }

    fn try_log_group(
        &self,
        delivery: &Delivery<'_>,
        account_id: String,
        region: String,
        group: String,
    ) -> Outcome {
        let first = delivery.flow_log.deliver_logs_permission_arn.as_deref();
        let assumable = first
            .and_then(|arn| self.role(arn))
            .is_some_and(|role| role.admits_flow_logs(&delivery.source));
        let Some((role_arn, role)) = self.delivering_role(delivery.flow_log) else {
            return refused();
        };
        if !assumable || !self.is_active(&account_id) {
            return refused();
        }
        let group_arn = format!("arn:aws:logs:{region}:{account_id}:log-group:{group}");
        let policies = role.policies();
        let may_write = log_permissions(policies, role_arn, &group_arn, &delivery.source)
            .into_iter()
            .all(|permission| !permission.decisive || permission.decision.is_allowed());
        if !may_write {
            return Outcome::Failed {
                stuck: true,
                message: ACCESS_ERROR.to_owned(),
            };
        }
        let found = self
            .network(&account_id, &region)
            .and_then(|network| network.log_groups.get(&group));
        let make_group = found.is_none();
        if make_group
            && !may_create_log_group(policies, role_arn, &group_arn, &delivery.source).is_allowed()
        {
            return refused();
        }
        let key = found.and_then(|found| found.detail.kms_key_id.as_deref());
        if key.is_some_and(|key| !self.key_serves_group(key, &group_arn)) {
            return refused();
        }
        Outcome::Delivered(Trace::Events {
            account_id,
            region,
            streams: streams(delivery),
            group,
            make_group,
        })
    }

    /// The role that writes, with its ARN: that of the flow log, or the one in the account of the destination, which
    /// must trust the former.
    fn delivering_role<'a>(&'a self, flow_log: &'a FlowLog) -> Option<(&'a str, &'a Role)> {
        let first_arn = flow_log.deliver_logs_permission_arn.as_deref()?;
        let first = self.role(first_arn)?;
        let Some(second_arn) = flow_log.deliver_cross_account_role.as_deref() else {
            return Some((first_arn, first));
        };
        let second = self.role(second_arn)?;
        let account_id = first_arn.split(':').nth(4)?;
        second
            .admits(account_id, first_arn, None)
            .then_some((second_arn, second))
    }

    /// Whether CloudWatch Logs may encrypt that group with that key.
    pub(super) fn key_serves_group(&self, key_arn: &str, group_arn: &str) -> bool {
        self.key("", "", key_arn).is_some_and(|key| {
            key.enabled && log_group_key_allows(&key.policy, &key.arn, group_arn).is_allowed()
        })
    }

    fn note(&mut self, account_id: &str, region: &str, id: &str, outcome: Outcome) {
        let Some(state) = self.network_mut(account_id, region).flow_logs.get_mut(id) else {
            return;
        };
        match outcome {
            Outcome::Failed { stuck, message } => {
                state.stuck = stuck;
                state.detail.deliver_logs_status = Some(DeliverLogsStatus::Failed);
                state.detail.deliver_logs_error_message = Some(message);
            }
            Outcome::Delivered(trace) => {
                state.detail.deliver_logs_status = Some(DeliverLogsStatus::Success);
                state.detail.deliver_logs_error_message = None;
                self.leave(trace);
            }
        }
    }
}

/// One stream for each interface; one for a transit gateway (Transit Gateway Flow Logs in CloudWatch Logs). How that one is
/// named is not documented: here for the gateway, which no reader may count on.
fn streams(delivery: &Delivery<'_>) -> Vec<String> {
    if delivery.flow_log.resource_kind() == ResourceKind::TransitGateway {
        return delivery.flow_log.resource_id.iter().cloned().collect();
    }
    let traffic = delivery.flow_log.traffic_type.as_ref();
    let traffic_type = traffic
        .and_then(|it| it.as_str().parse().ok())
        .unwrap_or(TrafficType::All);
    delivery
        .interfaces
        .iter()
        .map(|&eni| {
            StreamName {
                eni: eni.to_owned(),
                traffic_type,
            }
            .to_string()
        })
        .collect()
}
