//! No flow log on the VPC, nor on any of its subnets or network interfaces.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::judge::Context;
use crate::judge::traffic::Traffic;
use crate::verdict::Verdict;

/// The check.
pub const CHECK: Check = Check {
    id: "flow-log-missing",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let asked = Traffic::asked(&context.policy.traffic_type.value).as_str();
    for (place, judged) in context.vpcs.iter().enumerate() {
        let coverage = &judged.coverage;
        if judged.answer.otherwise != Verdict::NotRecorded || !coverage.flow_logs.is_empty() {
            continue;
        }
        let nothing: Vec<&str> = Vec::new();
        let draft = CHECK
            .finds(
                resource::vpc(context, judged),
                "no flow log on the VPC, its subnets or its network interfaces",
            )
            .evidence("FlowLogs", nothing)
            .evidence(
                "NetworkInterfaces",
                judged.presence.any.map(|_| coverage.interfaces),
            )
            .fix(
                format!("create a flow log on the VPC that captures {asked}"),
                true,
            );
        sink.on_vpc(place, draft);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::Listing;
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let unread = but(bare(), |i| i.regions[0].flow_logs = Listing::not_read());
        let found = three_ways(
            "flow-log-missing",
            &Policy::default(),
            [recorded(), bare(), unread],
        );
        assert_eq!(found[0].resource.id, "vpc-1");
        assert_eq!(found[0].severity, Severity::High);
    }

    #[test]
    fn broken_flow_log_is_not_missing() {
        let broken = but(recorded(), |i| i.roles.clear());
        assert_eq!(findings(&cis(&broken), "flow-log-missing"), []);
    }
}
