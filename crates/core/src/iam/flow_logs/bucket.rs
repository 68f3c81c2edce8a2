//! Whether a bucket takes the objects of a flow log.

use super::super::decision::Decision;
use super::super::document::PolicyDocument;
use super::super::evaluate::PolicyKind;
use super::super::request::{Context, Request, Text};
use super::{Source, delivery_service, weigh};

/// Where in a bucket a flow log writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketDelivery {
    /// The bucket's name.
    pub bucket: String,
    /// The folder named in the destination, without slashes at its ends; empty for none.
    pub folder: String,
    /// Whether the flow log uses Hive-compatible partitions.
    pub hive: bool,
}

impl BucketDelivery {
    /// What the keys of all objects of the source begin with (VPC User Guide, "Flow log files").
    #[must_use]
    pub fn key_prefix(&self, source: &Source) -> String {
        let Source {
            account_id, region, ..
        } = source;
        let below = if self.hive {
            format!(
                "AWSLogs/aws-account-id={account_id}/aws-service=vpcflowlogs/aws-region={region}/"
            )
        } else {
            format!("AWSLogs/{account_id}/vpcflowlogs/{region}/")
        };
        match self.folder.trim_matches('/') {
            "" => below,
            folder => format!("{folder}/{below}"),
        }
    }
}

/// Whether the bucket policy lets the delivery service write there for the source.
///
/// The service needs a policy that names it also where flow log and bucket share an account; `None` is a bucket without one.
/// Lacking `s3:GetBucketAcl` alone cannot be told: AWS documents it as needed, and checks it when the flow log is made.
#[must_use]
pub fn bucket_allows_delivery(
    policy: Option<&PolicyDocument>,
    delivery: &BucketDelivery,
    source: &Source,
) -> Decision {
    let Some(policy) = policy else {
        return Decision::ImplicitlyDenied {
            reason: "the bucket has no policy".to_owned(),
        };
    };
    let bucket = format!("arn:{}:s3:::{}", source.partition(), delivery.bucket);
    let objects = Text::StartsWith(format!("{bucket}/{}", delivery.key_prefix(source)));
    let context = source.delivery_context();
    let put_context = context
        .clone()
        .with("s3:x-amz-acl", "bucket-owner-full-control");
    let ask = |action: &str, resource: Text, context: Context| {
        let request = Request {
            principal: delivery_service(),
            action: action.to_owned(),
            resource: Some(resource),
            context,
        };
        policy.evaluate("bucket policy", PolicyKind::Resource, &request)
    };
    let put = ask("s3:PutObject", objects, put_context);
    let get_acl = ask("s3:GetBucketAcl", Text::Exact(bucket), context);
    weigh(
        vec![("s3:PutObject", put)],
        vec![("s3:GetBucketAcl", get_acl)],
    )
}
