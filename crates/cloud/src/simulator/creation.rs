//! What `CreateFlowLogs` refuses.

use flowcover_record::{Destination, LogFormat, Owner};

use super::World;
use super::network::FlowLogState;
use crate::{CloudError, FlowLogRequest};

/// Why one item of a batch is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Flow logs that a VPC, a subnet or an interface can have.
const FLOW_LOGS_PER_RESOURCE: usize = 2;

fn invalid(code: &str, message: impl Into<String>) -> CloudError {
    CloudError::answered(code, 400, message)
}

/// What is wrong with a request by itself (EC2 API reference, `CreateFlowLogs`).
pub(super) fn check_request(request: &FlowLogRequest) -> Result<(), CloudError> {
    let gateway = is_gateway(&request.resource_type);
    let most = if request.resource_type.starts_with("TransitGateway") {
        25
    } else {
        300
    };
    let s3 = request.log_destination_type.as_deref() == Some("s3");
    let to_group = matches!(
        request.log_destination_type.as_deref(),
        None | Some("cloud-watch-logs")
    );
    if request.resource_ids.is_empty() {
        return Err(invalid("MissingParameter", "ResourceIds is needed"));
    }
    if request.resource_ids.len() > most {
        let message = format!("at most {most} resource ids are taken");
        return Err(invalid("InvalidParameterValue", message));
    }
    if gateway && request.traffic_type.is_some() {
        let message = "TrafficType is not applicable for a transit gateway or core network";
        return Err(invalid("InvalidParameter", message));
    }
    if !gateway && request.traffic_type.is_none() {
        return Err(invalid("MissingParameter", "TrafficType is needed"));
    }
    if s3 && request.deliver_logs_permission_arn.is_some() {
        let message = "DeliverLogsPermissionArn is not applicable for s3 delivery";
        return Err(invalid("InvalidParameter", message));
    }
    if to_group && request.deliver_logs_permission_arn.is_none() {
        let message = "DeliverLogsPermissionArn is needed for cloud-watch-logs delivery";
        return Err(invalid("InvalidParameter", message));
    }
    let wrong_interval = match request.max_aggregation_interval {
        None | Some(60) => false,
        Some(600) => gateway,
        Some(_) => true,
    };
    if wrong_interval {
        let message = "MaxAggregationInterval must be 60 or 600, and 60 for a transit gateway";
        return Err(invalid("InvalidParameterValue", message));
    }
    check_format(request)
}

/// Whether flow logs on it have no traffic type and are aggregated over one minute: transit gateways and Cloud WAN
/// (of the latter, the interval is an assumption).
pub(super) fn is_gateway(resource_type: &str) -> bool {
    resource_type.starts_with("TransitGateway") || resource_type.starts_with("CoreNetwork")
}

/// Who makes a flow log, and where: the simulated partition is `aws`.
pub(super) const fn owner<'a>(account_id: &'a str, region: &'a str) -> Owner<'a> {
    Owner {
        partition: "aws",
        region,
        account_id,
    }
}

fn check_format(request: &FlowLogRequest) -> Result<(), CloudError> {
    let Some(format) = &request.log_format else {
        return Ok(());
    };
    match LogFormat::parse(format) {
        Ok(format) if format.unknown().next().is_none() => Ok(()),
        Ok(_) => Err(invalid(
            "InvalidParameterValue",
            "unknown field in LogFormat",
        )),
        Err(error) => Err(invalid("InvalidParameterValue", error.to_string())),
    }
}

impl World {
    /// The role must exist and have spread; whom it trusts is not looked at.
    pub(super) fn check_role(&self, request: &FlowLogRequest) -> Result<(), CloudError> {
        let Some(arn) = &request.deliver_logs_permission_arn else {
            return Ok(());
        };
        match self.role(arn) {
            Some(role) if !self.is_fresh(role) => Ok(()),
            _ => Err(invalid(
                "InvalidParameter",
                "Unable to assume given IAM role",
            )),
        }
    }

    /// Why a flow log cannot be made on one resource.
    pub(super) fn refusal(
        &self,
        account_id: &str,
        region: &str,
        resource_id: &str,
        request: &FlowLogRequest,
    ) -> Option<Refusal> {
        let network = self.network(account_id, region);
        let (exists, code) = match request.resource_type.as_str() {
            "VPC" => (
                network.is_some_and(|it| it.vpcs.contains_key(resource_id)),
                "InvalidVpcId.NotFound",
            ),
            "Subnet" => (
                network.is_some_and(|it| it.subnets.contains_key(resource_id)),
                "InvalidSubnetId.NotFound",
            ),
            "NetworkInterface" => (
                network.is_some_and(|it| it.interfaces.contains_key(resource_id)),
                "InvalidNetworkInterfaceId.NotFound",
            ),
            "TransitGateway" => (
                network.is_some_and(|it| it.gateways.contains_key(resource_id)),
                "InvalidTransitGatewayID.NotFound",
            ),
            other => (
                network
                    .and_then(|it| it.others.get(resource_id))
                    .is_some_and(|kind| kind == other),
                "InvalidParameterValue",
            ),
        };
        if network.is_some_and(|it| it.shared.contains_key(resource_id)) {
            let message = format!("{resource_id} belongs to another account");
            return Some(Refusal {
                code: "UnauthorizedOperation",
                message,
            });
        }
        if !exists {
            let message = format!("{resource_id} does not exist");
            return Some(Refusal { code, message });
        }
        self.destination_refusal(account_id, region, request)
            .or_else(|| self.duplicate(account_id, region, resource_id, request))
            .or_else(|| self.too_many(account_id, region, resource_id, request))
    }

    /// Two flow logs on each VPC, subnet and interface (VPC User Guide, "Amazon VPC quotas"). Where more were put, the
    /// account has evidently been given more.
    fn too_many(
        &self,
        account_id: &str,
        region: &str,
        resource_id: &str,
        request: &FlowLogRequest,
    ) -> Option<Refusal> {
        let limited = matches!(
            request.resource_type.as_str(),
            "VPC" | "Subnet" | "NetworkInterface"
        );
        let flow_logs = self.network(account_id, region)?.flow_logs.values();
        let on_it =
            |state: &&FlowLogState| state.detail.resource_id.as_deref() == Some(resource_id);
        let full = limited && flow_logs.filter(on_it).count() == FLOW_LOGS_PER_RESOURCE;
        full.then(|| Refusal {
            code: "FlowLogsLimitExceeded",
            message: format!("{resource_id} has as many flow logs as it can have"),
        })
    }

    /// Buckets and streams are looked at when the flow log is made; log groups are not.
    fn destination_refusal(
        &self,
        account_id: &str,
        region: &str,
        request: &FlowLogRequest,
    ) -> Option<Refusal> {
        let refusal = |message| {
            Some(Refusal {
                code: "400",
                message,
            })
        };
        match request.destination(owner(account_id, region)) {
            Destination::LogGroup { .. } => None,
            Destination::Bucket { name, prefix, .. } => {
                let hive = request.hive_compatible_partitions == Some(true);
                let source = self.source(account_id, region, "");
                if !self.buckets.contains_key(&name) {
                    refusal(format!("LogDestination: {name} does not exist"))
                } else if self.bucket_takes(&name, &prefix, hive, &source) {
                    None
                } else {
                    refusal(format!(
                        "Access Denied for LogDestination: {name}. Please check LogDestination permission"
                    ))
                }
            }
            Destination::DeliveryStream {
                account_id,
                region,
                name,
                ..
            } => match self.describe_delivery_stream(&account_id, &region, &name) {
                Ok(_) => None,
                Err(_) => refusal(format!("LogDestination: {name} does not exist")),
            },
            Destination::Unknown { text } => {
                refusal(format!("LogDestination: {text} is not valid"))
            }
        }
    }

    /// Same resource, same traffic, same destination.
    fn duplicate(
        &self,
        account_id: &str,
        region: &str,
        resource_id: &str,
        request: &FlowLogRequest,
    ) -> Option<Refusal> {
        let destination = request.destination(owner(account_id, region)).to_string();
        let same = self
            .network(account_id, region)?
            .flow_logs
            .values()
            .map(|state| &state.detail)
            .any(|log| {
                log.resource_id.as_deref() == Some(resource_id)
                    && log.log_destination.as_deref() == Some(&destination)
                    && log.traffic_type.as_ref().map(|it| it.as_str())
                        == request.traffic_type.as_deref()
            });
        same.then(|| Refusal {
            code: "FlowLogAlreadyExists",
            message: format!("{resource_id} has a flow log with the same configuration"),
        })
    }
}
