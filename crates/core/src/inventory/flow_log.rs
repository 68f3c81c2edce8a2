//! Flow logs, as EC2 `DescribeFlowLogs` gives them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use flowcover_record::{Destination, DestinationAnswer, Owner};

use super::Tags;
use crate::text_enum::text_enum;

text_enum! {
    /// Which traffic a flow log captures (EC2 `TrafficType`).
    TrafficType {
        /// Accepted traffic only.
        Accept = "ACCEPT",
        /// Rejected traffic only.
        Reject = "REJECT",
        /// Both.
        All = "ALL",
    }
}

text_enum! {
    /// Whether delivery worked when AWS last tried (EC2 `DeliverLogsStatus`).
    DeliverLogsStatus {
        /// Records were delivered.
        Success = "SUCCESS",
        /// Records were not delivered.
        Failed = "FAILED",
    }
}

text_enum! {
    /// Kind of destination (EC2 `LogDestinationType`).
    LogDestinationType {
        /// A CloudWatch Logs log group; the default where the field is missing.
        CloudWatchLogs = "cloud-watch-logs",
        /// An S3 bucket.
        S3 = "s3",
        /// A Firehose delivery stream.
        Firehose = "kinesis-data-firehose",
    }
}

/// What kind of resource a flow log is attached to, by the prefix of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// `vpc-…`
    Vpc,
    /// `subnet-…`
    Subnet,
    /// `eni-…`
    NetworkInterface,
    /// `tgw-…`
    TransitGateway,
    /// `tgw-attach-…`
    TransitGatewayAttachment,
    /// `nat-…`: a regional NAT gateway.
    RegionalNatGateway,
    /// `core-network-…`, with its edges and attachments: Cloud WAN.
    CoreNetwork,
    /// Something that AWS added since.
    Other,
}

impl ResourceKind {
    /// The kind of the resource with that id.
    #[must_use]
    pub fn of(resource_id: &str) -> Self {
        const PREFIXES: [(&str, ResourceKind); 8] = [
            ("vpc-", ResourceKind::Vpc),
            ("subnet-", ResourceKind::Subnet),
            ("eni-", ResourceKind::NetworkInterface),
            ("tgw-attach-", ResourceKind::TransitGatewayAttachment),
            ("tgw-", ResourceKind::TransitGateway),
            ("nat-", ResourceKind::RegionalNatGateway),
            ("core-network-", ResourceKind::CoreNetwork),
            ("attachment-", ResourceKind::CoreNetwork),
        ];
        PREFIXES
            .iter()
            .find(|(prefix, _)| resource_id.starts_with(prefix))
            .map_or(Self::Other, |(_, kind)| *kind)
    }

    /// As EC2 `CreateFlowLogs` calls it (`ResourceType`); none where that cannot be told from an id.
    #[must_use]
    pub const fn resource_type(self) -> Option<&'static str> {
        match self {
            Self::Vpc => Some("VPC"),
            Self::Subnet => Some("Subnet"),
            Self::NetworkInterface => Some("NetworkInterface"),
            Self::TransitGateway => Some("TransitGateway"),
            Self::TransitGatewayAttachment => Some("TransitGatewayAttachment"),
            Self::RegionalNatGateway => Some("RegionalNatGateway"),
            Self::CoreNetwork | Self::Other => None,
        }
    }
}

/// One flow log. Every field but the id is optional: old answers, new resource types and other
/// partitions leave some out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FlowLog {
    /// `fl-…`
    pub flow_log_id: String,
    /// What it is attached to; see [`ResourceKind`].
    pub resource_id: Option<String>,
    /// What it captures; none for transit gateways and Cloud WAN.
    pub traffic_type: Option<TrafficType>,
    /// `ACTIVE` is its only documented value: it says nothing about delivery.
    pub flow_log_status: Option<String>,
    /// Whether records arrive, as of AWS's last try.
    pub deliver_logs_status: Option<DeliverLogsStatus>,
    /// `Access error`, `Rate limited`, `Unknown error`. May stand there without a `deliver_logs_status`.
    pub deliver_logs_error_message: Option<String>,
    /// Role that delivers to CloudWatch Logs (or Firehose across accounts).
    pub deliver_logs_permission_arn: Option<String>,
    /// Role in the destination account for delivery across accounts.
    pub deliver_cross_account_role: Option<String>,
    /// Kind of destination.
    pub log_destination_type: Option<LogDestinationType>,
    /// ARN of the destination.
    pub log_destination: Option<String>,
    /// Name of the log group; older answers have only this.
    pub log_group_name: Option<String>,
    /// Record format; none means the default format.
    pub log_format: Option<String>,
    /// Longest aggregation interval in seconds, 60 or 600; none means 600.
    pub max_aggregation_interval: Option<u32>,
    /// When it was made.
    pub creation_time: Option<Timestamp>,
    /// `plain-text` or `parquet`, for S3.
    pub file_format: Option<String>,
    /// Whether S3 prefixes are Hive-compatible.
    pub hive_compatible_partitions: Option<bool>,
    /// Whether S3 prefixes go down to the hour.
    pub per_hour_partition: Option<bool>,
    /// Its tags.
    pub tags: Tags,
}

impl FlowLog {
    /// What kind of resource it is attached to.
    #[must_use]
    pub fn resource_kind(&self) -> ResourceKind {
        self.resource_id
            .as_deref()
            .map_or(ResourceKind::Other, ResourceKind::of)
    }

    /// Where it delivers. A log group given by name alone is in the flow log's own account and region.
    #[must_use]
    pub fn destination(&self, owner: Owner<'_>) -> Destination {
        Destination::of_flow_log(
            DestinationAnswer {
                log_destination: self.log_destination.as_deref(),
                log_group_name: self.log_group_name.as_deref(),
                log_destination_type: self
                    .log_destination_type
                    .as_ref()
                    .map(LogDestinationType::as_str),
            },
            owner,
        )
    }
}
