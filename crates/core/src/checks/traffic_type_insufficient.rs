//! What is captured is narrower than the policy asks.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::judge::Context;
use crate::judge::traffic::Traffic;
use crate::verdict::Verdict;

/// The check.
pub const CHECK: Check = Check {
    id: "traffic-type-insufficient",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let asked = Traffic::asked(&context.policy.traffic_type.value);
    for (place, judged) in context.vpcs.iter().enumerate() {
        let coverage = &judged.coverage;
        let narrow = judged.answer.otherwise == Verdict::NotRecorded
            && !coverage.some_covered
            && !coverage.widest.is_empty();
        if !narrow {
            continue;
        }
        let (captured, asked) = (coverage.widest.as_str(), asked.as_str());
        let types: serde_json::Map<_, _> = context
            .flow_logs_of(judged)
            .map(|(at, _)| {
                let captures = at
                    .flow_log
                    .traffic_type
                    .as_ref()
                    .map(|captures| captures.as_str());
                (at.flow_log.flow_log_id.clone(), captures.into())
            })
            .collect();
        let draft = CHECK
            .finds(
                resource::vpc(context, judged),
                format!("flow logs capture {captured} only, and the policy asks for {asked}"),
            )
            .evidence("TrafficType", types)
            .policy(&context.policy.traffic_type.origin)
            .fix(format!("create a flow log on the VPC that captures {asked}, then delete the narrower one"), false);
        sink.on_vpc(place, draft);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{FlowLog, TrafficType};
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let captures = |captured: Option<&str>| {
            let traffic_type = captured.map(TrafficType::from);
            with(vec![FlowLog {
                traffic_type,
                ..flow_log("fl-1", "vpc-1")
            }])
        };
        let cases = [
            captures(Some("REJECT")),
            captures(Some("ACCEPT")),
            captures(None),
        ];
        let found = three_ways("traffic-type-insufficient", &Policy::default(), cases);
        assert_eq!(found[0].evidence["TrafficType"]["fl-1"], "ACCEPT");
        assert_eq!(found[0].policy.as_ref().unwrap().source, "preset cis");
    }
}
