//! Making, changing and deleting flow logs.

use flowcover_core::inventory::{DeliverLogsStatus, FlowLog, LogDestinationType, TrafficType};
use flowcover_record::Destination;

use super::World;
use super::creation::{Refusal, check_request, is_gateway, owner};
use super::network::FlowLogState;
use super::world::{BatchFaults, TokenUse};
use crate::{BatchResult, CloudError, FlowLogRequest, Unsuccessful};

impl World {
    /// Makes flow logs as EC2 `CreateFlowLogs` does.
    ///
    /// # Errors
    ///
    /// Those of EC2. Items that are refused one by one stand in `Unsuccessful`, unless
    /// [`World::batch_faults`] says otherwise.
    pub fn create_flow_logs(
        &mut self,
        account_id: &str,
        region: &str,
        request: &FlowLogRequest,
    ) -> Result<BatchResult, CloudError> {
        let token = request
            .client_token
            .as_ref()
            .map(|token| (account_id.to_owned(), region.to_owned(), token.clone()));
        if let Some(used) = token.as_ref().and_then(|token| self.tokens.get(token)) {
            return if used.request == *request {
                Ok(used.result.clone())
            } else {
                Err(CloudError::answered(
                    "IdempotentParameterMismatch",
                    400,
                    "the client token was used with other parameters",
                ))
            };
        }
        check_request(request)?;
        self.check_role(request)?;
        let refusals: Vec<Option<Refusal>> = request
            .resource_ids
            .iter()
            .map(|id| self.refusal(account_id, region, id, request))
            .collect();
        if self.batch_faults == BatchFaults::Error
            && let Some(refusal) = refusals.iter().flatten().next()
        {
            return Err(CloudError::answered(refusal.code, 400, &*refusal.message));
        }
        let mut result = BatchResult::default();
        for (resource_id, refusal) in request.resource_ids.iter().zip(refusals) {
            match refusal {
                None => {
                    let id = self.insert_flow_log(account_id, region, resource_id, request);
                    result.flow_log_ids.push(id);
                }
                Some(refusal) => result.unsuccessful.push(Unsuccessful {
                    resource_id: resource_id.clone(),
                    code: refusal.code.to_owned(),
                    message: refusal.message,
                }),
            }
        }
        if let Some(token) = token {
            let used = TokenUse {
                request: request.clone(),
                result: result.clone(),
            };
            self.tokens.insert(token, used);
        }
        Ok(result)
    }

    fn insert_flow_log(
        &mut self,
        account_id: &str,
        region: &str,
        resource_id: &str,
        request: &FlowLogRequest,
    ) -> String {
        let id = self.ids.resource("fl");
        let detail = self.described(account_id, region, &id, resource_id, request);
        self.network_mut(account_id, region).flow_logs.insert(
            id.clone(),
            FlowLogState {
                detail,
                stuck: false,
                pinned: false,
                old_answer: false,
            },
        );
        id
    }

    /// As `DescribeFlowLogs` tells it, with the defaults of `CreateFlowLogs` filled in.
    fn described(
        &self,
        account_id: &str,
        region: &str,
        id: &str,
        resource_id: &str,
        request: &FlowLogRequest,
    ) -> FlowLog {
        let gateway = is_gateway(&request.resource_type);
        let destination = request.destination(owner(account_id, region));
        let kind = destination.api_type().unwrap_or("cloud-watch-logs");
        let s3 = kind == "s3";
        let log_group_name = match &destination {
            Destination::LogGroup { name, .. } => Some(name.clone()),
            _ => None,
        };
        let log_format = request.log_format.clone();
        FlowLog {
            flow_log_id: id.to_owned(),
            resource_id: Some(resource_id.to_owned()),
            traffic_type: request.traffic_type.as_deref().map(TrafficType::from),
            flow_log_status: Some("ACTIVE".to_owned()),
            // Whether records arrive is known only later.
            deliver_logs_status: Some(DeliverLogsStatus::Success),
            deliver_logs_error_message: None,
            deliver_logs_permission_arn: request.deliver_logs_permission_arn.clone(),
            deliver_cross_account_role: request.deliver_cross_account_role.clone(),
            log_destination_type: Some(LogDestinationType::from(kind)),
            // The ARN of a group is told without `:*`, however it was given.
            log_destination: Some(destination.to_string()),
            log_group_name,
            log_format: Some(log_format.unwrap_or_else(|| default_format(gateway))),
            max_aggregation_interval: request.max_aggregation_interval.or(Some(if gateway {
                60
            } else {
                600
            })),
            creation_time: Some(self.now),
            file_format: s3.then(|| {
                request
                    .file_format
                    .clone()
                    .unwrap_or_else(|| "plain-text".to_owned())
            }),
            hive_compatible_partitions: s3
                .then(|| request.hive_compatible_partitions.unwrap_or(false)),
            per_hour_partition: s3.then(|| request.per_hour_partition.unwrap_or(false)),
            tags: request.tags.clone(),
        }
    }

    /// Deletes flow logs as EC2 `DeleteFlowLogs` does.
    ///
    /// # Errors
    ///
    /// `InvalidFlowLogId.NotFound` where [`World::batch_faults`] asks for errors.
    pub fn delete_flow_logs(
        &mut self,
        account_id: &str,
        region: &str,
        ids: &[String],
    ) -> Result<BatchResult, CloudError> {
        let code = "InvalidFlowLogId.NotFound";
        let message = |id: &str| format!("the flow log {id} does not exist");
        let network = self.network(account_id, region);
        let missing = |id: &&String| network.is_none_or(|it| !it.flow_logs.contains_key(*id));
        let unsuccessful: Vec<_> = ids
            .iter()
            .filter(missing)
            .map(|id| Unsuccessful {
                resource_id: id.clone(),
                code: code.to_owned(),
                message: message(id),
            })
            .collect();
        if self.batch_faults == BatchFaults::Error
            && let Some(first) = unsuccessful.first()
        {
            return Err(CloudError::answered(code, 400, &*first.message));
        }
        let flow_logs = &mut self.network_mut(account_id, region).flow_logs;
        for id in ids {
            flow_logs.remove(id);
        }
        Ok(BatchResult {
            flow_log_ids: Vec::new(),
            unsuccessful,
        })
    }

    /// Puts a flow log into the world as it is, whatever `CreateFlowLogs` would say: such as one
    /// to S3 that carries a role, or one of a kind of resource that is not simulated. Its delivery is simulated.
    pub fn put_flow_log(&mut self, account_id: &str, region: &str, mut detail: FlowLog) -> String {
        if detail.flow_log_id.is_empty() {
            detail.flow_log_id = self.ids.resource("fl");
        }
        let id = detail.flow_log_id.clone();
        self.network_mut(account_id, region).flow_logs.insert(
            id.clone(),
            FlowLogState {
                detail,
                stuck: false,
                pinned: false,
                old_answer: false,
            },
        );
        id
    }

    /// Tags a flow log: nothing else of it can be changed.
    pub fn tag_flow_log(
        &mut self,
        account_id: &str,
        region: &str,
        id: &str,
        key: &str,
        value: &str,
    ) {
        if let Some(state) = self.network_mut(account_id, region).flow_logs.get_mut(id) {
            state.detail.tags.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Fixes what a flow log reports of its delivery: a status, an error message, neither or both.
    pub fn pin_delivery(
        &mut self,
        account_id: &str,
        region: &str,
        id: &str,
        status: Option<&str>,
        message: Option<&str>,
    ) {
        if let Some(state) = self.network_mut(account_id, region).flow_logs.get_mut(id) {
            state.pinned = true;
            state.detail.deliver_logs_status = status.map(DeliverLogsStatus::from);
            state.detail.deliver_logs_error_message = message.map(str::to_owned);
        }
    }

    /// Lets a flow log be answered as years ago: without format, interval, destination type and tags.
    pub fn answer_as_of_old(&mut self, account_id: &str, region: &str, id: &str) {
        if let Some(state) = self.network_mut(account_id, region).flow_logs.get_mut(id) {
            state.old_answer = true;
        }
    }

    /// A flow log as it stands.
    #[must_use]
    pub fn flow_log(&self, account_id: &str, region: &str, id: &str) -> Option<&FlowLog> {
        let state = self.network(account_id, region)?.flow_logs.get(id)?;
        Some(&state.detail)
    }
}

fn default_format(gateway: bool) -> String {
    let fields: &[&str] = if gateway {
        &flowcover_record::DEFAULT_TRANSIT_GATEWAY_FIELDS
    } else {
        &flowcover_record::DEFAULT_FIELDS
    };
    let fields: Vec<String> = fields.iter().map(|name| format!("${{{name}}}")).collect();
    fields.join(" ")
}
