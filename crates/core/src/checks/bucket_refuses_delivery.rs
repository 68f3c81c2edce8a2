//! The bucket or key policy does not let the delivering service write.

use super::evidence::{about_flow_log, each_proof};
use super::{Check, Sink};
use crate::Severity;
use crate::judge::Context;
use crate::judge::delivery::Proof;

/// The check.
pub const CHECK: Check = Check {
    id: "bucket-refuses-delivery",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    each_proof(&CHECK, context, sink, |at, proof| {
        let id = &at.flow_log.flow_log_id;
        let destination = at.destination.to_string();
        match proof {
            Proof::KeyRefuses { key, decision } => {
                let message = format!(
                    "flow log {id} delivers nothing: key {key} of {destination} does not serve it"
                );
                about_flow_log(&CHECK, context, at, message)
                    .evidence("KeyId", key.as_str())
                    .evidence("KeyPolicy", decision.as_str())
                    .told_apart_by("key")
                    .fix("let the delivering service use the key in its key policy, and enable the key", true)
            }
            Proof::BucketRefuses { decision } => {
                let message = format!(
                    "flow log {id} delivers nothing: the policy of {destination} does not let delivery.logs.amazonaws.com write"
                );
                about_flow_log(&CHECK, context, at, message)
                    .evidence("BucketPolicy", decision.as_str())
                    .told_apart_by("bucket")
                    .fix("let delivery.logs.amazonaws.com put objects under AWSLogs/ in the bucket policy", true)
            }
            other => about_flow_log(
                &CHECK,
                context,
                at,
                format!("flow log {id} delivers nothing: {}", other.clause()),
            ),
        }
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{Bucket, Fact};
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let with_policy = |policy| {
            but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
                i.buckets.insert(
                    BUCKET.to_owned(),
                    Fact::Present(Bucket { policy, ..bucket() }),
                );
            })
        };
        let other_folder = TAKE_DELIVERY.replace("/AWSLogs/*", "/elsewhere/*");
        let cases = [
            with_policy(Fact::Present(TAKE_DELIVERY.to_owned())),
            with_policy(Fact::Present(other_folder)),
            with_policy(Fact::NotRead),
        ];
        let found = three_ways("bucket-refuses-delivery", &Policy::default(), cases);
        assert!(found[0].message.contains("central-flow-logs"));
    }
}
