//! The aggregation interval is above the policy's.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::inventory::ResourceKind;
use crate::judge::Context;

/// The check.
pub const CHECK: Check = Check {
    id: "interval-too-coarse",
    severity: Severity::Low,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let asked = &context.policy.max_aggregation_interval;
    let Some(most) = asked.value else { return };
    for &place in &context.in_order {
        let at = &context.index.flow_logs[place];
        let interval = at
            .flow_log
            .max_aggregation_interval
            .unwrap_or(default_interval(at.kind));
        if interval <= most {
            continue;
        }
        let id = &at.flow_log.flow_log_id;
        let draft = CHECK
            .finds(
                resource::flow_log(context, at),
                format!("flow log {id} aggregates over {interval} seconds, the policy allows {most}"),
            )
            .evidence("MaxAggregationInterval", interval)
            .policy(&asked.origin)
            .fix("create a flow log with the shorter interval, check that it delivers, then delete this one", false);
        sink.on_flow_log(place, draft);
    }
}

/// Seconds where an answer names no interval (EC2 `CreateFlowLogs`).
fn default_interval(kind: ResourceKind) -> u32 {
    match kind {
        ResourceKind::TransitGateway | ResourceKind::TransitGatewayAttachment => 60,
        _ => 600,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{FlowLog, Listing};
    use crate::judge::assess;

    #[test]
    fn three_ways_to_look() {
        let every = |seconds| {
            with(vec![FlowLog {
                max_aggregation_interval: seconds,
                ..flow_log("fl-1", "vpc-1")
            }])
        };
        let minute = policy("cis", |policy| {
            policy.max_aggregation_interval.value = Some(60)
        });
        let unread = but(bare(), |i| i.regions[0].flow_logs = Listing::not_read());
        let found = three_ways(
            "interval-too-coarse",
            &minute,
            [every(Some(60)), every(Some(600)), unread],
        );
        assert_eq!(found[0].evidence["MaxAggregationInterval"], 600);
        assert_eq!(
            findings(&assess(&every(None), &minute), "interval-too-coarse").len(),
            1
        );
    }

    #[test]
    fn transit_gateways_default_to_a_minute() {
        let minute = policy("cis", |policy| {
            policy.max_aggregation_interval.value = Some(60)
        });
        let log = FlowLog {
            max_aggregation_interval: None,
            ..flow_log("fl-1", "tgw-1")
        };
        assert_eq!(
            findings(&assess(&with(vec![log]), &minute), "interval-too-coarse"),
            []
        );
    }
}
