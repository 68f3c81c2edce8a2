//! Whether policies let a flow log deliver, and whether they let in more than that.
//!
//! Sources: VPC User Guide, "Publish flow logs to CloudWatch Logs" and "Publish flow logs to Amazon S3";
//! CloudWatch Logs User Guide, "Enable logging from AWS services".

mod breadth;
mod bucket;
mod key;
mod logs;
mod trust;

use super::decision::Decision;
use super::request::{Context, Principal, Text};
use super::truth::union;

pub use breadth::{Breadth, BroadGrant, breadth};
pub use bucket::{BucketDelivery, bucket_allows_delivery};
pub use key::{key_allows_delivery, log_group_key_allows};
pub use logs::{LogPermission, log_permissions, may_create_log_group};
pub use trust::{other_services_trusted, trust_allows_flow_logs, trust_without_source_conditions};

/// The service that assumes the role of a flow log to CloudWatch Logs.
pub const FLOW_LOGS_SERVICE: &str = "vpc-flow-logs.amazonaws.com";
/// The service that writes to buckets.
pub const DELIVERY_SERVICE: &str = "delivery.logs.amazonaws.com";

/// Where flow logs come from: what the delivering service says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The account that owns the flow log, twelve digits.
    pub account_id: String,
    /// The flow log's region.
    pub region: String,
    /// The flow log's id, once it exists.
    pub flow_log_id: Option<String>,
    /// The organisation of the account (`o-…`), if known.
    pub organization_id: Option<String>,
}

impl Source {
    /// The partition of the region, `aws` for a region of no known special partition.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        crate::partition::of_region(&self.region)
    }

    /// An ARN of the source's region and account that starts so.
    fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{}:{resource}",
            self.partition(),
            self.region,
            self.account_id
        )
    }

    /// What is known of a request that a service makes for the source.
    ///
    /// A service is no member of an organisation: its requests carry no `aws:PrincipalOrgID`
    /// (IAM User Guide, "AWS global condition context keys").
    fn service_context(&self, service: &str, source_arn: Text) -> Context {
        let context = Context::new()
            .with("aws:SourceAccount", self.account_id.as_str())
            .with("aws:SourceArn", source_arn)
            .with("aws:SecureTransport", "true")
            .with("aws:PrincipalIsAWSService", "true")
            .with("aws:PrincipalServiceName", service)
            .without("aws:PrincipalOrgID")
            .without("aws:PrincipalOrgPaths");
        match &self.organization_id {
            Some(id) => context.with("aws:SourceOrgID", id.as_str()),
            None => context,
        }
    }

    /// What is known of a request of the log delivery service. What follows the account in its source ARN is not documented.
    fn delivery_context(&self) -> Context {
        self.service_context(DELIVERY_SERVICE, Text::StartsWith(self.arn("logs", "")))
    }
}

fn delivery_service() -> Principal {
    Principal::Service(DELIVERY_SERVICE.to_owned())
}

/// Weighs the actions without which nothing is delivered, and those that AWS documents beside them: lacking one of the
/// latter proves nothing.
fn weigh(needed: Vec<(&str, Decision)>, documented: Vec<(&str, Decision)>) -> Decision {
    let mut by = Vec::new();
    let mut reasons = Vec::new();
    for (action, decision) in needed {
        match decision {
            Decision::Allowed { by: statements } => by.extend(statements),
            Decision::CannotTell { reasons: more } => {
                reasons = union(
                    reasons,
                    more.into_iter()
                        .map(|reason| format!("{action}: {reason}"))
                        .collect(),
                );
            }
            Decision::ImplicitlyDenied { reason } => {
                return Decision::ImplicitlyDenied {
                    reason: format!("{action}: {reason}"),
                };
            }
            denied @ Decision::ExplicitlyDenied { .. } => return denied,
        }
    }
    for (action, decision) in documented {
        match decision {
            Decision::Allowed { by: statements } => by.extend(statements),
            other => {
                reasons = union(
                    reasons,
                    vec![format!("{action}, which AWS documents as needed: {other}")],
                )
            }
        }
    }
    if !reasons.is_empty() {
        return Decision::CannotTell { reasons };
    }
    by.sort();
    by.dedup();
    Decision::Allowed { by }
}
