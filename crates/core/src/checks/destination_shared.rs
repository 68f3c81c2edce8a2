//! Several VPCs are mixed in one log group.

use super::evidence::{dependents, log_group_arn};
use super::{Check, Sink, resource};
use crate::Severity;
use crate::judge::Context;

/// The check.
pub const CHECK: Check = Check {
    id: "destination-shared",
    severity: Severity::Low,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let allowed = &context.policy.shared_destinations_allowed;
    if allowed.value {
        return;
    }
    for (&arn, dependents) in &dependents(context, log_group_arn) {
        let vpcs = dependents.resources.len();
        if vpcs < 2 {
            continue;
        }
        let message = format!(
            "{vpcs} VPCs or transit gateways share log group {arn}: its streams do not say whose records they hold"
        );
        let draft = CHECK
            .finds(resource::by_arn("AWS::Logs::LogGroup", arn), message)
            .evidence("LogDestination", arn)
            .policy(&allowed.origin)
            .fix("give each VPC a log group of its own, or add the field vpc-id to the record format", false);
        sink.on_report(dependents.add_to(draft));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{Inventory, Listing};
    use crate::policy::Policy;

    fn two(flow_logs: Vec<crate::inventory::FlowLog>) -> Inventory {
        but(with(flow_logs), |i| {
            i.regions[0].vpcs.items.push(vpc("vpc-2"))
        })
    }

    #[test]
    fn three_ways_to_look() {
        let shared = two(vec![flow_log("fl-1", "vpc-1"), flow_log("fl-2", "vpc-2")]);
        let apart = two(vec![
            flow_log("fl-1", "vpc-1"),
            to_bucket(flow_log("fl-2", "vpc-2")),
        ]);
        let unread = but(two(vec![]), |i| {
            i.regions[0].flow_logs = Listing::not_read()
        });
        let found = three_ways(
            "destination-shared",
            &Policy::default(),
            [apart, shared, unread],
        );
        assert_eq!(found[0].evidence["AffectedCount"], 2);
    }

    #[test]
    fn one_vpc_may_use_a_group_twice() {
        let twice = with(vec![
            flow_log("fl-1", "subnet-1"),
            flow_log("fl-2", "eni-1"),
        ]);
        assert_eq!(findings(&cis(&twice), "destination-shared"), []);
    }
}
